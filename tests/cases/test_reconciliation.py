"""Balances against money: every contract in one group, the groups adding up, and money around a case."""

import datetime as dt
import itertools
import json
import random
from decimal import Decimal
from io import BytesIO
from typing import Any

import openpyxl
import pytest
from django.db.models import Sum
from django.urls import reverse
from django.utils import timezone

from cases.allocation import parts_received
from cases.credit import GRACE_COLLECTOR, money_by_desk
from cases.imports import run as runs
from cases.models import Case, CloseReason, Custody, ImportRun, Position, Repayment, RunKind, Source
from cases.outside_money import outside_page, outside_sums
from cases.reconciliation import GROUPS, Period, Sums, all_pairs, days_of, pairs_page, period_of, reconcile
from cases.services.closing import close_case
from cases.services.custody import move_cases
from cases.services.sources import add_source
from collection_ops.core.dated_settings import set_value
from collection_ops.core.models import AuditEvent
from tests.cases.builders import add_position, desk_of, make_case, make_run, make_source, pool_desk

FIRST, LAST = dt.date(2026, 3, 10), dt.date(2026, 3, 20)
BEFORE = dt.date(2026, 3, 1)


@pytest.fixture
def source(db: None) -> Source:
    """With a file of each day, so that there is something to reconcile."""
    source = make_source()
    make_run(source, FIRST)
    make_run(source, LAST)
    return source


def yuan(text: Any) -> Decimal:
    return Decimal(str(text))


def owed(case: Case, day: dt.date, principal: Any = 0, interest: Any = 0, *, total: Any = None) -> None:
    add_position(case, day, days=30, total=str(yuan(principal) + yuan(interest)) if total is None else str(total))
    Position.objects.filter(case=case, as_of=day).update(principal=yuan(principal), interest=yuan(interest))


def contract(source: Source, was: Any, now: Any, **more: Any) -> Case:
    """A case with what each file says of it: (principal, interest), a bare total, or None where it is missing."""
    case = make_case(source=source, as_of=BEFORE, total="0", **more)
    Position.objects.filter(case=case).delete()
    for day, said in ((FIRST, was), (LAST, now)):
        if isinstance(said, tuple):
            owed(case, day, *said)
        elif said is not None:
            owed(case, day, total=said)
    return case


def pay(case: Case, day: int, amount: Any, *, of: Repayment | None = None, **more: Any) -> Repayment:
    known = {"loan": case.loan, "contract_no": case.loan.contract_no, "status": "confirmed", "reversal_of": of}
    paid_on = dt.date(2026, 3, day)
    return Repayment.objects.create(source=case.loan.source, paid_on=paid_on, amount=yuan(amount), **{**known, **more})


def period(source: Source) -> Period:
    return period_of(source, first=FIRST, last=LAST)


def group_of(case: Case) -> str:
    found = dict.fromkeys(
        row[1].reason for row in all_pairs(period(case.loan.source)) if row[1].loan_id == case.loan_id
    )
    return next(iter(found), "unchanged")


# One contract, one reason -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("was", "now", "paid", "expected"),
    [
        (None, None, [(15, 10)], "outside"),
        (None, (100, 0), [], "new"),
        ((100, 10), None, [(15, 110)], "absent_paid"),
        (-5, None, [], "absent_paid"),
        ((100, 10), None, [(15, 109)], "absent_open"),
        ((100, 10), None, [], "absent_open"),
        ((100, 10), (60, 0), [(15, 50)], "agree"),
        ((100, 10), (100, 10), [], "unchanged"),
        ((100, 10), (-5, 0), [(15, 90)], "overpaid"),
        ((100, 10), (50, 10), [(10, 50)], "paid_before"),
        ((100, 10), (50, 10), [], "fell"),
        ((100, 10), (100, 10), [(20, 50)], "not_counted"),
        ((100, 10), (100, 13), [(20, 50)], "not_counted"),
        ((100, 10), (90, 10), [(15, 5), (20, 5)], "agree"),
        ((100, 10), (130, 10), [], "drawn"),
        ((100, 10), (100, 12), [], "accrued"),
        ((100, 10), (100, 4), [(15, 8)], "accrued"),
        ((1000, 10), (990, 11), [(15, 900)], "not_counted"),
        (100, 120, [], "rose"),
    ],
)
def test_each_difference_has_its_likely_reason(source, was, now, paid, expected):
    case = contract(source, was, now)
    for day, amount in paid:
        pay(case, day, amount)
    assert group_of(case) == expected


def test_a_reversal_that_the_balance_does_not_have_back_yet(source):
    case = contract(source, (100, 0), (100, 0))
    earlier = pay(case, 5, 40)
    pay(case, 15, 40, of=earlier)
    assert group_of(case) == "reversed"
    added_back = contract(source, (100, 0), (140, 0))
    pay(added_back, 15, 40, of=pay(added_back, 5, 40))
    assert group_of(added_back) == "agree"


def test_claimed_money_and_money_waiting_for_its_contract_are_named_and_do_not_count(source):
    claimed, waiting = contract(source, (100, 0), (50, 0)), contract(source, (100, 0), (60, 0))
    pay(claimed, 15, 50, status="claimed", reference="C1")
    pay(waiting, 15, 40, loan=None)
    assert (group_of(claimed), group_of(waiting)) == ("unconfirmed", "unconfirmed")
    found = reconcile(period(source))
    assert (found.total.came, found.waiting) == (0, (1, yuan(40)))
    pay(claimed, 15, 50, reference="C1")  # confirmed since: the claim is history
    assert group_of(claimed) == "agree"


def test_a_corrected_file_and_a_debt_that_came_back_as_a_new_case(source):
    case = contract(source, (100, 0), (90, 0))
    back = contract(source, (100, 0), None)
    close_case(case=back, reason=CloseReason.CURED, closed_on=dt.date(2026, 3, 12), actor=None, now=timezone.now())
    again = make_case(loan=back.loan, episode=2, as_of=LAST, total="150", opened_on=LAST)
    assert (group_of(case), group_of(again)) == ("fell", "returned")
    again_file = ImportRun.objects.create(
        source=source, as_of=LAST, state="applied", file_name="更正.xlsx", stored_name="-", sha256="c" * 64,
        applied_at=timezone.now(),
    )  # fmt: skip
    add_position(case, LAST, days=30, total="80", run=again_file)
    assert group_of(case) == "corrected"
    (pair,) = [pair for _no, pair in all_pairs(period(source)) if pair.loan_id == case.loan_id]
    assert (pair.now_total, pair.difference) == (80, 20)
    assert [group for group, _sums in reconcile(period(source)).groups if group.key == "absent_open"], (
        "not in the new file"
    )


# The whole ----------------------------------------------------------------------------------------------------------


def test_the_groups_add_up_to_the_whole_whatever_the_book(source):
    """Sums of a random book against its plain facts: nothing is left out and nothing counted twice."""
    dice = random.Random(7)
    fell = came = Decimal(0)
    for _ in range(120):
        was, now = (
            None if dice.random() < 0.2 else (dice.randint(-50, 500), dice.randint(0, 50)) for _file in range(2)
        )
        case = contract(source, was, now)
        fell += sum(was or (), 0) - sum(now or (), 0)
        for _payment in range(dice.choice([0, 0, 1, 2])):
            day, amount = dice.randint(8, 22), yuan(dice.randint(1, 9_999)) / 100
            payment = pay(case, day, amount, status=dice.choice(["confirmed", "confirmed", "claimed"]))
            inside = 10 < day <= 20 and payment.status == "confirmed"
            came += amount if inside else 0
            if payment.status == "confirmed" and dice.random() < 0.3:
                pay(case, min(day + 1, 22), amount, of=payment)
                came -= amount if 10 < min(day + 1, 22) <= 20 else 0
    other = make_case(source=make_source("loan", "消费贷系统"), as_of=FIRST, total="999")
    pay(other, 15, 77)
    found = reconcile(period(source))
    assert (found.total.fell, found.total.came, found.total.difference) == (fell, came, fell - came)
    assert len(found.groups) > 6
    counted = 0
    for group, sums in found.groups:
        rows = list(all_pairs(period(source), group=group.key))
        counted += len(rows)
        assert (len(rows), sum(pair.difference for _no, pair in rows)) == (sums.count, sums.difference)
    assert counted == found.total.count


def test_pages_walk_through_a_group_forth_and_back(source):
    cases = [contract(source, (100 + n % 3, 0), (50, 0)) for n in range(7)]
    page = pairs_page(period(source), group="fell", size=3)
    seen, first = [row.loan_id for row in page.rows], page
    while page.after:
        page = pairs_page(period(source), group="fell", size=3, after=page.after)
        seen += [row.loan_id for row in page.rows]
    assert sorted(seen) == sorted(case.loan_id for case in cases)
    assert [row.difference for row in first.rows] == [52, 52, 51]
    middle = pairs_page(period(source), group="fell", size=3, after=first.after)
    back = pairs_page(period(source), group="fell", size=3, before=middle.before)
    assert (back.rows, back.before) == (first.rows, "")
    for odd in ("x", "1_", "_1", "9e99_1", "1_99999999999999999999", "NaN_1"):
        assert pairs_page(period(source), group="fell", size=3, after=odd).rows == first.rows


def test_every_group_has_a_name_of_its_own_and_the_last_takes_what_is_left():
    assert len({group.key for group in GROUPS}) == len(GROUPS)
    assert GROUPS[-1].condition == "true"


# Money around a case ------------------------------------------------------------------------------------------------


def test_money_before_and_after_a_case_says_whose_it_is_and_why(source, collector):
    moment = timezone.make_aware(dt.datetime(2026, 3, 11, 9))
    case = contract(source, (100, 0), None)
    Custody.objects.filter(case=case).update(started_at=timezone.make_aware(dt.datetime(2026, 3, 1)))
    move_cases(cases=[case.pk], desk=desk_of(collector), reason="assigned", actor=None, now=moment)
    set_value(GRACE_COLLECTOR, 3, effective_from=BEFORE, reason="合同", actor=None, now=timezone.now())
    close_case(
        case=case, reason=CloseReason.PAID, closed_on=dt.date(2026, 3, 13), actor=None,
        now=moment + dt.timedelta(days=2),
    )  # fmt: skip
    pay(case, 12, 1)  # within: not listed
    pay(case, 15, 2)
    pay(case, 18, 4)
    late = make_case(source=source, as_of=dt.date(2026, 3, 19), total="100")
    pay(late, 16, 8)
    moved = contract(source, (100, 0), (100, 0))
    Custody.objects.filter(case=moved).update(started_at=moment, desk=desk_of(collector))
    Case.objects.filter(pk=moved.pk).update(desk=desk_of(collector))
    move_cases(cases=[moved.pk], desk=pool_desk(), reason="pool", actor=None, now=moment + dt.timedelta(days=2))
    pay(moved, 14, 16)
    rows = outside_page(source, first=FIRST, last=LAST, size=10).rows
    mine = desk_of(collector).name
    assert [(row.amount, row.kind, row.desk, row.because) for row in rows] == [
        (4, "after", "", "after_end"),
        (8, "before", "", "before_case"),
        (2, "after", mine, "grace"),
        (16, "moved", mine, "grace"),
    ]
    assert [(number, amount) for _label, number, amount in outside_sums(source, first=FIRST, last=LAST)] == [
        (1, 8),
        (2, 6),
        (1, 16),
    ]
    second = outside_page(
        source, first=FIRST, last=LAST, size=2, after=outside_page(source, first=FIRST, last=LAST, size=2).after
    )
    assert [row.amount for row in second.rows] == [2, 16]


# The page -----------------------------------------------------------------------------------------------------------


def test_the_page_says_the_sum_first_and_each_tile_opens_its_rows(source, clerk, client_as):
    case = contract(source, (1000, 0), (900, 0), contract_no="HT1", name="张三丰")
    pay(case, 15, 60)
    browser = client_as(clerk)
    address = reverse("cases:reconciliation")
    page = browser.get(address).content.decode()
    assert "余额减少 <strong>100.00</strong> 元，收到 <strong>60.00</strong> 元，差 <strong>40.00</strong> 元" in page
    assert 'data-group="fell"' in page
    rows = browser.get(address, {"group": "fell"}).content.decode()
    assert "HT1" in rows and reverse("cases:record", args=[case.pk]) in rows
    assert "没有案外还款" in browser.get(address, {"show": "outside"}).content.decode()


def test_odd_addresses_show_the_last_two_days(source, clerk, client_as):
    contract(source, (1000, 0), (900, 0))
    browser = client_as(clerk)
    for odd in ("x", "2026-03-20", "9999-99-99", "\x00", ""):
        page = browser.get(
            reverse("cases:reconciliation"), dict.fromkeys(("source", "first", "last", "group", "after"), odd)
        )
        assert "差 <strong>100.00</strong>" in page.content.decode()
    assert days_of(source) == [LAST, FIRST, BEFORE]


def test_a_source_with_one_file_cannot_be_reconciled_and_no_source_is_no_error(db, clerk, client_as):
    browser = client_as(clerk)
    assert "还没有数据来源" in browser.get(reverse("cases:reconciliation")).content.decode()
    make_run(make_source(), FIRST)
    assert "还不能对账" in browser.get(reverse("cases:reconciliation")).content.decode()
    assert browser.get(reverse("cases:reconciliation_export"), {"source": "card"}).status_code == 404


def test_collectors_do_not_reconcile(source, collector, auditor, client_as):
    for route in ("cases:reconciliation", "cases:reconciliation_export"):
        assert client_as(collector).get(reverse(route), {"source": "card"}).status_code == 403
        assert client_as(auditor).get(reverse(route), {"source": "card"}).status_code == 200


def test_the_export_has_the_same_sums_and_no_names(source, finance, client_as):
    for n in range(5):
        pay(contract(source, (1000, n), (900, 0), contract_no=f"=HT{n}", name="张三丰"), 15, 60 + n)
    contract(source, (7, 0), (7, 0))
    response = client_as(finance).get(reverse("cases:reconciliation_export"), {"source": "card"})
    sheet = openpyxl.load_workbook(BytesIO(response.content)).worksheets[0]
    rows = [row for row in sheet.iter_rows(values_only=True) if str(row[0]).startswith("=HT")]
    assert sum(yuan(row[5]) for row in rows) == reconcile(period(source)).total.difference
    assert len(rows) == 5
    assert "张三丰" not in str([list(row) for row in sheet.iter_rows(values_only=True)])
    assert AuditEvent.objects.get(action="reconciliation.exported").data["rows"] == 5


def test_a_long_list_goes_out_as_csv_and_not_as_excel(source, finance, client_as, monkeypatch):
    monkeypatch.setattr("cases.views.reconciliation.MOST_IN_EXCEL", 2)
    for n in range(3):
        contract(source, (100 + n, 0), (50, 0))
    browser, address = client_as(finance), reverse("cases:reconciliation_export")
    refused = browser.get(address, {"source": "card", "group": "fell"}, follow=True)
    assert "请用 CSV" in refused.content.decode()
    assert not AuditEvent.objects.filter(action="reconciliation.exported").exists()
    text = browser.get(address, {"source": "card", "group": "fell", "format": "csv"}).content.decode("utf-8-sig")
    assert [text.count(f",{n}.00,") > 0 for n in (50, 51, 52)] == [True] * 3
    assert AuditEvent.objects.get(action="reconciliation.exported").data["rows"] == 3


@pytest.mark.parametrize("query", [{}, {"group": "fell"}, {"show": "outside"}])
def test_the_queries_do_not_grow_with_the_book(source, supervisor, client_as, query, django_assert_max_num_queries):
    for _ in range(60):
        pay(contract(source, (100, 0), (50, 0)), 15, 10)
    browser = client_as(supervisor)
    browser.get(reverse("cases:reconciliation"), query)
    with django_assert_max_num_queries(24):
        browser.get(reverse("cases:reconciliation"), query)


@pytest.mark.slow
def test_the_month_end_books_reconcile_to_the_cent(db, shared_data):
    """Three months of files: fell is the change of the totals, came is the money of the files, and the parts add up."""
    folder = shared_data / "month_end"
    answers = json.loads((folder / "reference_answers.json").read_text(encoding="utf-8"), parse_float=Decimal)
    source = add_source(code="tw", name="信用卡系统", actor=None)
    for paid, snapshot in zip(answers["payments"], answers["snapshots"], strict=False):
        day = dt.date.fromisoformat(snapshot["date"])
        now = timezone.make_aware(dt.datetime.combine(day, dt.time(20)))
        common: dict[str, Any] = {"source": source, "as_of": day, "actor": None, "now": now, "apply": True}
        runs.import_file(path=folder / paid["file"], kind=RunKind.REPAYMENTS, **common)
        runs.import_file(path=folder / snapshot["file"], **common)
    for was, now_ in itertools.pairwise(answers["snapshots"][:3]):
        first, last = (dt.date.fromisoformat(one["date"]) for one in (was, now_))
        found = reconcile(period_of(source, first=first, last=last))
        money = Repayment.objects.filter(paid_on__gt=first, paid_on__lte=last).aggregate(sum=Sum("amount"))["sum"]
        assert found.total.fell == was["total"] - now_["total"]
        assert found.total.came == money
        assert sum((sums for _group, sums in found.groups), Sums()) == found.total
        absent = sum(sums.count for group, sums in found.groups if group.key.startswith("absent"))
        assert absent == now_["left_since_previous"]
        parts = parts_received(first=first + dt.timedelta(days=1), last=last)
        assert parts.fees + parts.interest + parts.penalty + parts.principal + parts.beyond == money
        assert sum(money_by_desk(first=first + dt.timedelta(days=1), last=last).values()) == money
