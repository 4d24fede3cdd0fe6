"""Three months as finance types them into the ledger: posted once, frozen, and what is told late comes in the next."""

import datetime as dt
import io
import json
from decimal import Decimal
from threading import Barrier

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import IntegrityError, connection, transaction
from django.urls import reverse
from openpyxl import load_workbook

from collection_ops.core.access import Role
from collection_ops.core.dated_settings import set_value, setting_named
from collection_ops.core.models import AuditEvent
from collection_ops.core.services.form_tokens import new_token
from tests.core.races import at_once
from tests.vendors.accruals.cast import APRIL_1, APRIL_9, approved, with_march
from tests.vendors.settlement.house import APRIL, JANUARY, MARCH, at, march_of, person
from vendors.accruals import invariants, posting
from vendors.accruals.accrue import accrue, accrue_month
from vendors.accruals.invariants import nothing_falls_through_between_two_vouchers as fallen
from vendors.accruals.invariants import what_was_posted_balances_and_is_as_it_was as spoiled
from vendors.accruals.posting import PostRefused, post
from vendors.accruals.vouchers import draft_of, rows_of
from vendors.models import Accrual, Settlement, Voucher, VoucherEntry
from vendors.settlement.states import pay as pay_statement

pytestmark = pytest.mark.django_db
D = Decimal
MAY = dt.date(2026, 5, 1)
APRIL_2, MAY_2, JUNE_1 = at(dt.date(2026, 4, 2)), at(dt.date(2026, 5, 2)), at(dt.date(2026, 6, 1))
TODAY = dt.date(2026, 6, 1)


def paid(settlement: Settlement, day: dt.date, *, told: dt.date, finance) -> None:
    pay_statement(settlement=settlement, reference="FK-1", paid_on=day, today=told, actor=finance, now=at(told))


def said(voucher: Voucher) -> list[tuple[str, str, str, str, str]]:
    return [
        (
            row.entry.section.value,
            row.entry.account.value,
            str(row.booked_on),
            str(row.entry.debit),
            str(row.entry.credit),
        )
        for row in rows_of(voucher)
    ]


def at_the_end_of_the_transaction() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def test_three_months_are_posted_and_a_payment_told_late_comes_in_the_next(jia, vendor_manager, finance):
    # March 31: 200.00 are expected, of it 200 − 200 ÷ 1.06 = 11.32 tax.
    accrue_month(period=MARCH, actor=None, now=APRIL_1)
    march = post(month=MARCH, actor=finance, now=APRIL_2)
    assert (march.number, march.debit, march.credit) == ("WV-202603-01", D("200.00"), D("200.00"))
    assert said(march) == [
        ("accrual", "fee", "2026-03-31", "188.68", "0.00"),
        ("accrual", "tax_pending", "2026-03-31", "11.32", "0.00"),
        ("accrual", "accrued", "2026-03-31", "0.00", "200.00"),
    ]

    # April 9: the statement of March is approved, the accrual taken back. Nothing is paid when April is posted.
    statement = approved(march_of(jia), by=vendor_manager, finance=finance)
    april = post(month=APRIL, actor=finance, now=MAY_2)
    before = said(april)
    assert before == [
        ("reversal", "fee", "2026-04-09", "0.00", "188.68"),
        ("reversal", "tax_pending", "2026-04-09", "0.00", "11.32"),
        ("reversal", "accrued", "2026-04-09", "200.00", "0.00"),
        ("statement", "fee", "2026-04-09", "188.68", "0.00"),
        ("statement", "tax", "2026-04-09", "11.32", "0.00"),
        ("statement", "payable", "2026-04-09", "0.00", "200.00"),
    ]

    # May 6: the bank's list shows that it was paid on April 28.
    paid(statement, dt.date(2026, 4, 28), told=dt.date(2026, 5, 6), finance=finance)
    assert said(Voucher.objects.get(month=APRIL)) == before and fallen() == []
    may = post(month=MAY, actor=finance, now=JUNE_1)
    assert said(may) == [
        ("payment", "payable", "2026-04-28", "200.00", "0.00"),
        ("payment", "bank", "2026-04-28", "0.00", "200.00"),
    ]
    assert AuditEvent.objects.filter(action="voucher.posted").latest("pk").data["late"] == 2

    # Over the three months: the fee and its tax, and the bank; nothing expected, nothing owed.
    left: dict[str, Decimal] = {}
    for one in VoucherEntry.objects.all():
        left[one.account] = left.get(one.account, D(0)) + one.debit - one.credit
    assert {account: str(rest) for account, rest in left.items() if rest} == {
        "fee": "188.68", "tax": "11.32", "bank": "-200.00",
    }  # fmt: skip
    assert (spoiled(), fallen()) == ([], [])
    assert draft_of(dt.date(2026, 6, 1), today=dt.date(2026, 7, 1)).rows == []


def test_a_month_is_posted_when_it_is_over_in_order_and_once(jia, vendor_manager, finance):
    accrue_month(period=MARCH, actor=None, now=APRIL_1)
    approved(march_of(jia), by=vendor_manager, finance=finance)
    with pytest.raises(PostRefused, match="2026-04 还没有结束，下月 1 日起才能过账"):
        post(month=APRIL, actor=finance, now=at(dt.date(2026, 4, 30), 23))
    with pytest.raises(PostRefused, match="2026-03 还有内容没有过账，请先过账 2026-03"):
        post(month=APRIL, actor=finance, now=MAY_2)
    with pytest.raises(PostRefused, match="2026-01 没有可过账的内容"):
        post(month=JANUARY, actor=finance, now=APRIL_2)
    post(month=MARCH, actor=finance, now=MAY_2)
    post(month=APRIL, actor=finance, now=MAY_2)
    with pytest.raises(PostRefused, match=r"2026-03 已由 .+ 于 2026-05-02 10:00 过账（WV-202603-01），没有重复过账"):
        post(month=MARCH, actor=finance, now=MAY_2)
    with pytest.raises(PostRefused, match="已过账到 2026-04，2026-01 不再单独过账"):
        post(month=JANUARY, actor=finance, now=MAY_2)
    assert Voucher.objects.count() == 2


def test_an_accrual_made_after_its_month_was_posted_waits_for_the_next(jia, finance):
    accrue_month(period=MARCH, actor=None, now=APRIL_1)
    march = post(month=MARCH, actor=finance, now=APRIL_2)
    yi = with_march("yi", "乙机构")
    accrue(agency=yi, period=MARCH, actor=None, now=APRIL_9)
    late = draft_of(APRIL, today=TODAY)
    assert [(row.entry.agency, str(row.booked_on)) for row in late.rows] == [("乙机构", "2026-03-31")] * 3
    post(month=APRIL, actor=finance, now=MAY_2)
    assert {row.entry.agency for row in rows_of(march)} == {"甲机构"} and fallen() == []


def test_a_code_and_a_name_that_change_do_not_change_what_was_posted(jia, client, finance):
    accrue_month(period=MARCH, actor=None, now=APRIL_1)
    draft = draft_of(MARCH, today=TODAY)
    march = post(month=MARCH, actor=finance, now=APRIL_2, seen=draft.digest)
    assert march.digest == draft.digest
    set_value(
        setting_named("voucher.account_fee"), 66029999, effective_from=MARCH, reason="新科目表", actor=finance, now=APRIL_9,
    )  # fmt: skip
    jia.name = "甲机构(更名)"
    jia.save(update_fields=["name"])
    assert {(row.code, row.entry.agency) for row in rows_of(march) if row.entry.account == "fee"} == {
        ("66020101", "甲机构")
    }
    assert spoiled() == []
    client.force_login(finance)
    shown = client.get(reverse("vendors:vouchers"), {"month": "2026-03"}).content.decode()
    assert "66020101" in shown and "66029999" not in shown and "更名" not in shown


def test_what_changed_after_it_was_looked_at_is_not_posted(jia, vendor_manager, finance):
    accrue_month(period=MARCH, actor=None, now=APRIL_1)
    seen = draft_of(MARCH, today=TODAY)
    accrue(agency=with_march("yi", "乙机构"), period=MARCH, actor=None, now=APRIL_1)
    with pytest.raises(PostRefused, match="在您查看之后有变化"):
        post(month=MARCH, actor=finance, now=APRIL_2, seen=seen.digest)
    again = draft_of(MARCH, today=TODAY)
    assert post(month=MARCH, actor=finance, now=APRIL_2, seen=again.digest).debit == D("400.00")


@pytest.mark.django_db(transaction=True)
def test_of_two_who_post_at_once_one_posts_and_the_other_is_told(jia, finance):
    accrue_month(period=MARCH, actor=None, now=APRIL_1)
    other = person("other.finance", Role.FINANCE)
    results = at_once(*[lambda who=who: post(month=MARCH, actor=who, now=APRIL_2) for who in (finance, other)])
    (refused,) = [one for one in results if isinstance(one, Exception)]
    assert isinstance(refused, PostRefused) and "没有重复过账" in str(refused)
    assert Voucher.objects.count() == 1 and VoucherEntry.objects.count() == 3


@pytest.mark.django_db(transaction=True)
def test_twin_without_their_turn_the_other_is_stopped_by_the_database_alone(jia, finance, monkeypatch):
    accrue_month(period=MARCH, actor=None, now=APRIL_1)
    other, both_have_looked, look = person("other.finance", Role.FINANCE), Barrier(2, timeout=10), posting.draft_of

    def looked(*args, **columns):
        found = look(*args, **columns)
        both_have_looked.wait()
        return found

    monkeypatch.setattr(posting, "_wait_for_turn", lambda: None)
    monkeypatch.setattr(posting, "draft_of", looked)
    results = at_once(*[lambda who=who: post(month=MARCH, actor=who, now=APRIL_2) for who in (finance, other)])
    (refused,) = [one for one in results if isinstance(one, Exception)]
    assert isinstance(refused, IntegrityError) and "voucher_once_a_month" in str(refused)
    assert Voucher.objects.count() == 1


def test_the_database_keeps_what_was_posted(jia, finance):
    accrue_month(period=MARCH, actor=None, now=APRIL_1)
    march = post(month=MARCH, actor=finance, now=APRIL_2)
    at_the_end_of_the_transaction()
    for wrong in (
        lambda: Voucher.objects.update(debit=1, credit=1),
        lambda: Voucher.objects.filter(pk=march.pk).update(posted_at=MAY_2),
        lambda: VoucherEntry.objects.update(code="1"),
        lambda: VoucherEntry.objects.all().delete(),
        lambda: Voucher.objects.all()._raw_delete("default"),
    ):
        with pytest.raises(IntegrityError, match="never changed or deleted"), transaction.atomic():
            wrong()
    assert march.entries.count() == 3


def test_the_database_refuses_a_voucher_that_does_not_add_up(jia, vendor_manager, finance):
    accrue_month(period=MARCH, actor=None, now=APRIL_1)
    statement = approved(march_of(jia), by=vendor_manager, finance=finance)
    first, back = Accrual.objects.order_by("pk")
    march = post(month=MARCH, actor=finance, now=MAY_2)
    head = {"month": APRIL, "number": "WV-X", "digest": "0" * 64, "posted_by": finance, "posted_at": MAY_2}
    line = {
        "code": "1", "agency": jia, "agency_name": "甲机构", "period": MARCH, "booked_on": dt.date(2026, 4, 9), "tax": D(0),
    }  # fmt: skip

    def of(section: str, source: Accrual | Settlement, account: str, amount: int, **other) -> dict:
        named = {"settlement" if isinstance(source, Settlement) else "accrual": source}
        sides = {"debit": max(amount, 0), "credit": max(-amount, 0)}
        return line | {"section": section, "account": account} | named | sides | other

    def voucher(*entries: dict, debit: int = 10, credit: int = 10, to: Voucher | None = None, **other):
        posted = to or Voucher.objects.create(**head | {"debit": debit, "credit": credit} | other)
        VoucherEntry.objects.bulk_create(
            VoucherEntry(voucher=posted, number=number, **entry)
            for number, entry in enumerate(entries, start=posted.entries.count() + 1)
        )
        at_the_end_of_the_transaction()

    fits = [of("reversal", back, "fee", 10), of("reversal", back, "accrued", -10)]
    for rule, wrong in {
        "voucher_balances": lambda: voucher(*fits, credit=9),
        "voucher_first_of_month": lambda: voucher(*fits, month=dt.date(2026, 4, 2)),
        "voucher_once_a_month": lambda: voucher(*fits, month=MARCH),
        "its entries come to 0 and 0": lambda: voucher(),
        "its entries come to 10.00 and 10.00, not 20": lambda: voucher(*fits, debit=20, credit=20),
        "its entries come to 210": lambda: voucher(*fits, to=march),
        "a document does not balance": lambda: voucher(
            of("reversal", back, "fee", 10), of("statement", statement, "payable", -10)
        ),
        "voucher_entry_one_side": lambda: voucher(of("reversal", back, "fee", 0), *fits),
        "voucher_entry_of_one_document": lambda: voucher(of("statement", back, "fee", 10), fits[1]),
        "voucher_accrual_posted_once": lambda: voucher(
            of("accrual", first, "fee", 10), of("accrual", first, "accrued", -10)
        ),
        "a document was posted before": lambda: voucher(
            of("accrual", first, "tax", 10), of("accrual", first, "bank", -10)
        ),
        "an entry of a later month": lambda: voucher(*[one | {"booked_on": MAY} for one in fits]),
    }.items():
        with pytest.raises(IntegrityError, match=rule), transaction.atomic():
            wrong()
    with transaction.atomic():
        voucher(*fits)
    assert fallen() != [], "10.00 is not what the reversal is about"


def test_who_gets_past_the_database_is_seen(jia, finance):
    accrue_month(period=MARCH, actor=None, now=APRIL_1)
    march = post(month=MARCH, actor=finance, now=APRIL_2)
    assert spoiled() == []
    at_the_end_of_the_transaction()
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE vendors_voucherentry DISABLE TRIGGER vendors_voucherentry_kept")
        cursor.execute("UPDATE vendors_voucherentry SET code = '66029999' WHERE number = 1")
        assert spoiled() == [{"voucher": march.pk}] and fallen() == []
        cursor.execute("UPDATE vendors_voucherentry SET code = '66020101', credit = 201 WHERE number = 3")
        cursor.execute("UPDATE vendors_voucherentry SET code = '66020101' WHERE number = 1")
    assert fallen() == [{"document": Accrual.objects.get().pk, "section": "accrual"}]


def test_twin_what_neither_was_posted_nor_waits_is_seen(jia, vendor_manager, finance, monkeypatch):
    accrue_month(period=MARCH, actor=None, now=APRIL_1)
    statement = approved(march_of(jia), by=vendor_manager, finance=finance)
    for month in (MARCH, APRIL):
        post(month=month, actor=finance, now=MAY_2)
    paid(statement, dt.date(2026, 4, 28), told=dt.date(2026, 5, 6), finance=finance)
    assert fallen() == [], "it waits"
    monkeypatch.setattr(invariants, "waiting_until", lambda last: {})
    assert fallen() == [{"document": statement.pk, "section": "payment"}]
    monkeypatch.undo()
    # What was there when the month was posted should not wait any more.
    lost = accrue(agency=with_march("yi", "乙机构"), period=MARCH, actor=None, now=APRIL_1).accrual
    assert fallen() == [{"document": lost.pk, "section": "accrual"}]


def test_finance_posts_on_the_page_and_the_others_read(client, jia, vendor_manager, finance, auditor, collector):
    accrue_month(period=MARCH, actor=None, now=APRIL_1)
    address, action = f"{reverse('vendors:vouchers')}?month=2026-03", reverse("vendors:voucher_post")
    for reader in (vendor_manager, auditor):
        client.force_login(reader)
        page = client.get(address).content.decode()
        assert "待过账" in page and "由财务过账" in page and action not in page
        assert client.post(action, {"month": "2026-03", "form_token": new_token()}).status_code == 403
    client.force_login(collector)
    assert client.get(address).status_code == 403 and client.get(reverse("vendors:vouchers_posted")).status_code == 403

    client.force_login(finance)
    assert "还没有过账的凭证" in client.get(reverse("vendors:vouchers_posted")).content.decode()
    assert action in client.get(address).content.decode()
    assert client.post(action, {"month": "", "form_token": new_token()}).status_code == 400
    early = client.post(action, {"month": "2199-01", "form_token": new_token()})
    assert early.status_code == 409 and "还没有结束" in early.content.decode()
    stale = client.post(action, {"month": "2026-03", "seen": "0" * 64, "form_token": new_token()})
    assert stale.status_code == 409 and "在您查看之后有变化" in stale.content.decode()
    form = {"month": "2026-03", "seen": draft_of(MARCH, today=TODAY).digest, "form_token": new_token()}
    for _twice in range(2):
        assert client.post(action, form).status_code == 302
    again = client.post(action, form | {"form_token": new_token()})
    assert again.status_code == 409 and "没有重复过账" in again.content.decode()

    voucher = Voucher.objects.get()
    page = client.get(address).content.decode()
    assert voucher.number in page and voucher.digest in page and "已过账" in page and action not in page
    assert voucher.number in client.get(reverse("vendors:vouchers_posted")).content.decode()
    skipped = client.get(f"{reverse('vendors:vouchers')}?month=2026-01").content.decode()
    assert "2026-01 不再单独过账" in skipped
    client.cookies["language"] = "en"
    assert "Posted by" in client.get(address).content.decode()


def test_a_month_that_no_calendar_can_end_is_told_and_not_looked_for(client, finance):
    client.force_login(finance)
    for asked in ("9999-12", "0001-01", "2026-13"):
        answer = client.get(reverse("vendors:vouchers"), {"month": asked})
        assert answer.status_code == 200 and "请填写月份，例如 2026-03" in answer.content.decode(), asked
    assert (
        client.post(reverse("vendors:voucher_post"), {"month": "9999-12", "form_token": new_token()}).status_code == 400
    )


def test_pages_say_what_is_late_and_where_it_was_booked(client, jia, vendor_manager, finance):
    accrue_month(period=MARCH, actor=None, now=APRIL_1)
    statement = approved(march_of(jia), by=vendor_manager, finance=finance)
    for month in (MARCH, APRIL):
        post(month=month, actor=finance, now=MAY_2)
    paid(statement, dt.date(2026, 4, 28), told=dt.date(2026, 5, 6), finance=finance)
    client.force_login(finance)

    def page(month: str) -> str:
        return client.get(reverse("vendors:vouchers"), {"month": month}).content.decode()

    assert "过账后又得知 1 项属于本月的内容" in page("2026-04")
    assert "其中 2 行补记" in page("2026-05")
    post(month=MAY, actor=finance, now=JUNE_1)
    assert "过账后又得知" not in page("2026-04") and "WV-202605-01" in page("2026-04")
    assert "WV-202605-01" not in page("2026-03")


def test_the_workbook_is_written_from_what_was_posted(client, jia, finance):
    accrue_month(period=MARCH, actor=None, now=APRIL_1)
    client.force_login(finance)

    def cells() -> list[list]:
        answer = client.get(reverse("vendors:voucher_book"), {"month": "2026-03"})
        return [
            [cell.value for cell in row] for row in load_workbook(io.BytesIO(answer.content)).worksheets[0].iter_rows()
        ]

    assert any("待过账" in str(value) for row in cells() for value in row)
    voucher = post(month=MARCH, actor=finance, now=APRIL_2)
    set_value(
        setting_named("voucher.account_fee"), 66029999, effective_from=MARCH, reason="新科目表", actor=finance, now=APRIL_9,
    )  # fmt: skip
    rows = cells()
    assert ["计提", "66020101"] in [row[:2] for row in rows]
    assert [row[5:7] for row in rows if row[0] == "合计"] == [[200, 200]]
    assert [row[1] for row in rows if row[0] in ("凭证号", "内容指纹")] == ["WV-202603-01", voucher.digest]
    exported = AuditEvent.objects.filter(action="voucher.exported").latest("pk")
    assert exported.data["digest"] == voucher.digest


def test_the_command_posts_for_whoever_may(jia, finance, vendor_manager, capsys):
    accrue_month(period=MARCH, actor=None, now=APRIL_1)
    with pytest.raises(CommandError, match="may not post"):
        call_command("post_voucher", "--month=2026-03", f"--actor={vendor_manager.username}")
    call_command("post_voucher", "--month=2026-03", f"--actor={finance.username}", "--json")
    told = json.loads(capsys.readouterr().out)
    assert (told["number"], told["debit"], len(told["entries"])) == ("WV-202603-01", "200.00", 3)
    assert told["entries"][0] == {
        "section": "accrual", "account": "fee", "code": "66020101", "agency": "甲机构", "period": "2026-03",
        "booked_on": "2026-03-31", "debit": "188.68", "credit": "0.00", "tax": "11.32",
    }  # fmt: skip
    with pytest.raises(CommandError, match="没有重复过账"):
        call_command("post_voucher", "--month=2026-03", f"--actor={finance.username}")
