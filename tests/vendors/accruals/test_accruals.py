"""March of three agencies as an accountant closes it: accrued, settled, taken back, the difference told, the voucher."""

import datetime as dt
import io
import json
from decimal import Decimal

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import IntegrityError, transaction
from django.urls import reverse
from openpyxl import load_workbook

from cases.models import Repayment
from collection_ops.core import clock
from collection_ops.core.dated_settings import set_value, setting_named
from collection_ops.core.models import Job
from collection_ops.core.services import jobs
from collection_ops.core.services.form_tokens import new_token
from tests.budgets.test_book_queries import own_queries
from tests.core.races import at_once
from tests.vendors.accruals.cast import APRIL_1, APRIL_9, MARCH_3, approved
from tests.vendors.settlement.house import (
    APRIL,
    MARCH,
    SETTLED_MARCH,
    a_case,
    a_version,
    an_agency,
    april_of,
    at,
    give,
    march_of,
    pay,
    recall,
)
from vendors.accruals.accrue import AccrueRefused, accrue, accrue_month
from vendors.accruals.invariants import what_is_settled_is_not_accrued_too
from vendors.accruals.jobs import enqueue_last_month
from vendors.accruals.selectors import accruals, outcomes
from vendors.accruals.vouchers import draft_of
from vendors.models import Accrual, Placement
from vendors.settlement import states
from vendors.settlement.states import Objection, approve, confirm, dispute
from vendors.settlement.states import pay as pay_statement

pytestmark = pytest.mark.django_db
D = Decimal
JUNE_1 = dt.date(2026, 6, 1)


def test_a_month_is_accrued_settled_taken_back_and_its_difference_told(jia, vendor_manager, finance):
    (found,) = accrue_month(period=MARCH, actor=None, now=APRIL_1)
    accrual = found.accrual
    # 2,000 × 10 % = 200.00, of it 200 − 200 ÷ 1.06 = 11.32 tax.
    assert (accrual.amount, accrual.tax, accrual.basis) == (D("200.00"), D("11.32"), "engine")
    assert accrual.booked_on == dt.date(2026, 3, 31)

    # Known on April 2: 3,000 more. All 5,000 are 10 % of 50,000: 20 % of it, 1,000.00. A line of 200.00 is disputed.
    pay(
        Repayment.objects.order_by("pk")[0].loan.cases.get(),
        dt.date(2026, 3, 30),
        "3000.00",
        told=at(dt.date(2026, 4, 2)),
    )
    statement = march_of(jia)
    assert statement.total == D("1000.00")
    line = statement.lines.filter(amount=D("1000.00")).order_by("number")[0]
    dispute(line=line, objection=Objection("金额不符"), actor=vendor_manager, now=SETTLED_MARCH)
    approved(statement, by=vendor_manager, finance=finance)

    back = Accrual.objects.get(reverses=accrual)
    assert (back.amount, back.tax, back.booked_on) == (D("-200.00"), D("-11.32"), dt.date(2026, 4, 9))
    (outcome,) = outcomes(list(accruals()))
    assert (outcome.payable, outcome.difference) == (D("800.00"), D("600.00"))
    # 3,000 × 20 % later; the 2,000 known at 20 % instead of 10 %: 200; 200 withheld.
    assert [(part.cause.value, str(part.amount)) for part in outcome.parts] == [
        ("later", "600.00"), ("band", "200.00"), ("disputes", "-200.00"),
    ]  # fmt: skip


def test_the_vouchers_of_march_and_april_balance_and_leave_nothing_accrued(jia, vendor_manager, finance):
    accrue_month(period=MARCH, actor=None, now=APRIL_1)
    march = draft_of(MARCH, today=JUNE_1)
    assert [(one.account.value, str(one.debit), str(one.credit)) for one in march.entries] == [
        ("fee", "188.68", "0.00"), ("tax_pending", "11.32", "0.00"), ("accrued", "0.00", "200.00"),
    ]  # fmt: skip
    statement = approved(march_of(jia), by=vendor_manager, finance=finance)
    pay_statement(
        settlement=statement, reference="FK-1", paid_on=dt.date(2026, 4, 20), today=dt.date(2026, 4, 20), actor=finance,
        now=at(dt.date(2026, 4, 20)),
    )  # fmt: skip
    april = draft_of(APRIL, today=JUNE_1)
    assert [(one.section.value, one.account.value, str(one.debit), str(one.credit)) for one in april.entries] == [
        ("reversal", "fee", "0.00", "188.68"),
        ("reversal", "tax_pending", "0.00", "11.32"),
        ("reversal", "accrued", "200.00", "0.00"),
        ("statement", "fee", "188.68", "0.00"),
        ("statement", "tax", "11.32", "0.00"),
        ("statement", "payable", "0.00", "200.00"),
        ("payment", "payable", "200.00", "0.00"),
        ("payment", "bank", "0.00", "200.00"),
    ]
    assert what_is_settled_is_not_accrued_too() == []
    assert (march.debit, april.debit) == (march.credit, april.credit) == (D("200.00"), D("600.00"))
    assert draft_of(dt.date(2026, 5, 1), today=JUNE_1).entries == []


def test_a_month_with_a_clawback_is_foreseen_and_booked_apart(jia, vendor_manager, finance):
    """March paid 200.00. In April one of its payments is reversed (100.00 back) and 3,000.00 come: 6 %, 15 % of it."""
    approved(march_of(jia), by=vendor_manager, finance=finance)
    kept, gone = Repayment.objects.order_by("pk")
    pay(gone.loan.cases.get(), dt.date(2026, 4, 5), "1000.00", takes_back=gone)
    pay(kept.loan.cases.get(), dt.date(2026, 4, 6), "3000.00")
    may = at(dt.date(2026, 5, 3))
    accrual = accrue(agency=jia, period=APRIL, actor=None, now=at(dt.date(2026, 5, 1), 6)).accrual
    assert accrual.kinds == {"commission": "450.00", "clawback": "-100.00"} and accrual.amount == D("350.00")
    approved(april_of(jia, now=may), by=vendor_manager, finance=finance, now=may)
    (outcome,) = outcomes([accrual])
    assert (outcome.difference, outcome.parts) == (D("0.00"), [])
    booked = [one for one in draft_of(dt.date(2026, 5, 1), today=JUNE_1).entries if one.section == "statement"]
    # 450 ÷ 1.06 = 424.53, 100 ÷ 1.06 = 94.34, tax in 350: 19.81.
    assert [(one.account.value, str(one.debit), str(one.credit)) for one in booked] == [
        ("fee", "424.53", "0.00"),
        ("clawback", "0.00", "94.34"),
        ("tax", "19.81", "0.00"),
        ("payable", "0.00", "350.00"),
    ]


def test_a_month_that_runs_is_refused_and_one_that_was_accrued_is_not_accrued_again(jia):
    with pytest.raises(AccrueRefused, match="还没有结束"):
        accrue_month(period=MARCH, actor=None, now=at(dt.date(2026, 3, 31), 23))
    accrue_month(period=MARCH, actor=None, now=APRIL_1)
    pay(Repayment.objects.order_by("pk")[0].loan.cases.get(), dt.date(2026, 3, 30), "9.00", told=SETTLED_MARCH)
    (again,) = accrue_month(period=MARCH, actor=None, now=APRIL_9)
    assert not again.is_new and again.accrual.amount == D("200.00")
    assert accrue_month(period=dt.date(2026, 1, 1), actor=None, now=APRIL_1) == [], "nobody had a case then"


def test_a_statement_that_waits_is_the_accrual_and_an_approved_one_leaves_none(jia, vendor_manager, finance):
    yi = an_agency("yi", "乙机构")
    a_version(yi, {"bands": [("0", "0.30")]})
    case = a_case()
    give(yi, case)
    pay(case, MARCH_3, "100.00")
    march_of(jia)
    approved(march_of(yi), by=vendor_manager, finance=finance)
    found = {one.agency.desk.code: one.accrual for one in accrue_month(period=MARCH, actor=None, now=APRIL_9)}
    assert found["yi"] is None and (found["jia"].basis, found["jia"].amount) == ("statement", D("200.00"))


def test_where_facts_are_refused_the_month_is_estimated_by_earlier_ones_and_says_so(jia, client, finance):
    march_of(jia)
    loose = a_case(contract_no="HT-LOOSE-9999")
    give(jia, loose, on=dt.date(2026, 4, 2))
    pay(loose, dt.date(2026, 4, 9), "5000.00")
    Placement.objects.filter(case=loose).delete()
    may = at(dt.date(2026, 5, 1), 6)
    found = accrue(agency=jia, period=APRIL, actor=None, now=may).accrual
    # March: 200.00 for 2,000.00. 5,000.00 × 10 %.
    assert (found.basis, found.amount) == ("rate", D("500.00"))
    assert found.told["months"] == ["2026-03"] and "***9999" in found.told["reason"]
    client.force_login(finance)
    said = client.get(reverse("vendors:accruals"), {"month": "2026-04"}).content.decode()
    assert "没有对应的委案记录" in said and "按 2026-03 的实际费率 10% × 回款 5,000.00 估计" in said

    yi = an_agency("yi", "乙机构")
    case = a_case()
    give(yi, case)
    pay(case, dt.date(2026, 4, 9), "70.00")
    nothing = accrue(agency=yi, period=APRIL, actor=None, now=may).accrual
    assert (nothing.basis, nothing.amount) == ("none", D("0.00")) and "没有已批准的合同版本" in nothing.told["reason"]


def test_an_accrual_is_never_changed_and_taken_back_only_whole_and_once(jia, vendor_manager, finance):
    accrual = accrue(agency=jia, period=MARCH, actor=None, now=APRIL_1).accrual
    statement = march_of(jia)
    columns = {
        "agency": jia, "period": MARCH, "booked_on": dt.date(2026, 4, 9), "tax_rate": accrual.tax_rate, "basis": "engine",
        "known_by": APRIL_9, "made_at": APRIL_9, "reverses": accrual, "settlement": statement,
    }  # fmt: skip
    for wrong in (
        lambda: Accrual.objects.update(amount=1),
        lambda: Accrual.objects.all().delete(),
        lambda: Accrual.objects.create(**columns, amount=-accrual.amount + 1, tax=-accrual.tax),
        lambda: Accrual.objects.create(**columns | {"settlement": None}, amount=-accrual.amount, tax=-accrual.tax),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            wrong()
    approved(statement, by=vendor_manager, finance=finance)
    with pytest.raises(IntegrityError), transaction.atomic():
        Accrual.objects.create(**columns, amount=-accrual.amount, tax=-accrual.tax)
    assert Accrual.objects.count() == 2


def test_twin_an_approval_that_takes_nothing_back_leaves_the_month_booked_twice(
    jia, vendor_manager, finance, monkeypatch
):
    accrue(agency=jia, period=MARCH, actor=None, now=APRIL_1)
    monkeypatch.setattr(states, "take_back", lambda **told: None)
    approved(march_of(jia), by=vendor_manager, finance=finance)
    both = [*draft_of(MARCH, today=JUNE_1).entries, *draft_of(APRIL, today=JUNE_1).entries]
    assert sum(one.debit - one.credit for one in both if one.account.value == "fee") == D("377.36")
    assert what_is_settled_is_not_accrued_too() == [{"pk": Accrual.objects.get().pk, "agency": jia.pk}]


@pytest.mark.django_db(transaction=True)
def test_accruing_and_approving_at_the_same_moment_never_leaves_an_accrual_standing(jia, vendor_manager, finance):
    statement = march_of(jia)
    confirm(settlement=statement, accept_rest=True, actor=vendor_manager, now=APRIL_9)
    results = at_once(
        lambda: accrue(agency=jia, period=MARCH, actor=None, now=APRIL_9),
        lambda: accrue(agency=jia, period=MARCH, actor=None, now=APRIL_9),
        lambda: approve(settlement=statement, actor=finance, now=APRIL_9),
    )
    assert not [one for one in results if isinstance(one, Exception)]
    assert sum(Accrual.objects.values_list("amount", flat=True)) == 0 and Accrual.objects.count() in (0, 2)


def test_the_bell_of_the_month_makes_one_job_and_the_command_tells_it(jia, capsys):
    now = clock.database_now()
    assert enqueue_last_month(now=now) == enqueue_last_month(now=now)
    job = Job.objects.get(kind="vendors.accrue")
    jobs.run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.error) == ("done", "")
    call_command("accrue", "--period=2026-03", "--json")
    (told,) = json.loads(capsys.readouterr().out)
    assert (told["agency"], told["amount"], told["basis"], told["new"]) == ("jia", "200.00", "engine", True)
    call_command("accrue", "--period=2026-03")
    assert "jia 2026-03: 200.00 (engine)" in capsys.readouterr().out
    with pytest.raises(CommandError, match="还没有结束"):
        call_command("accrue", "--period=2199-01")


def test_finance_starts_it_reads_it_and_takes_the_voucher(client, vendor_manager, finance, jia):
    client.force_login(finance)
    assert "还没有计提" in client.get(reverse("vendors:accruals")).content.decode()
    address = reverse("vendors:accrual_make")
    early = client.post(address, {"month": "2199-01", "form_token": new_token()})
    assert early.status_code == 409 and "还没有结束" in early.content.decode()
    assert client.post(address, {"month": "", "form_token": new_token()}).status_code == 400
    assert client.post(address, {"month": "2026-03", "form_token": new_token()}).status_code == 302
    job = Job.objects.get(kind="vendors.accrue")
    jobs.run(job.pk)
    job.refresh_from_db()
    assert job.result_url.endswith("?month=2026-03")
    listed = client.get(job.result_url).content.decode()
    assert "按合同试算" in listed and "200.00" in listed and "未冲回" in listed
    assert "没有符合条件的计提" in client.get(reverse("vendors:accruals"), {"month": "2026-01"}).content.decode()
    set_value(
        setting_named("voucher.account_fee"), 66020999, effective_from=dt.date(2026, 3, 1), reason="新科目表", actor=finance,
        now=APRIL_1,
    )  # fmt: skip
    shown = client.get(reverse("vendors:vouchers"), {"month": "2026-03"}).content.decode()
    assert "66020999" in shown and "188.68" in shown and "待认证进项税额" in shown
    assert "没有委外费用的凭证" in client.get(reverse("vendors:vouchers"), {"month": "2026-01"}).content.decode()
    file = client.get(reverse("vendors:voucher_book"), {"month": "2026-03"}).content
    cells = [[cell.value for cell in row] for row in load_workbook(io.BytesIO(file)).worksheets[0].iter_rows()]
    assert [row[5:7] for row in cells if row[0] == "合计"] == [[200, 200]]
    client.cookies["language"] = "en"
    assert "Dry run by contract" in client.get(reverse("vendors:accruals")).content.decode()
    assert "input tax to be certified" in client.get(reverse("vendors:vouchers"), {"month": "2026-03"}).content.decode()
    client.force_login(vendor_manager)
    assert client.get(reverse("vendors:vouchers")).status_code == 200


def test_the_pages_ask_as_often_for_many_agencies_as_for_few(client_as, finance, vendor_manager):
    client, counts = client_as(finance), []
    urls = [reverse("vendors:accruals"), f"{reverse('vendors:vouchers')}?month=2026-03"]
    for number in (2, 12):
        for n in range(number):
            agency = an_agency(f"ag-{number}-{n}")
            a_version(agency)
            case = a_case()
            give(agency, case)
            pay(case, MARCH_3, "10.00")
            accrue(agency=agency, period=MARCH, actor=None, now=APRIL_1)
            approved(march_of(agency), by=vendor_manager, finance=finance)
        counts.append([own_queries(client, url) for url in urls])
    for few, many, budget in zip(*counts, (6, 6), strict=True):
        assert len(many) <= min(budget, len(few)), "\n".join(many)


def test_an_agency_with_nothing_in_hand_any_more_is_not_accrued(jia):
    for placement in Placement.objects.select_related("case"):
        recall(jia, placement.case, dt.date(2026, 4, 2))
    march_of(jia)
    assert accrue(agency=jia, period=dt.date(2026, 5, 1), actor=None, now=at(dt.date(2026, 6, 1))).accrual is None
