"""Rows of contact, promises and ends: calls, answers of the gate, notes, promises, closed cases, as many as their figures
say."""

import datetime as dt
from decimal import Decimal

import pytest
from django.urls import reverse

from cases.models import Case, CloseReason
from cases.services.promises import make_promise
from collection_ops.core import clock
from compliance.gate import open_attempt
from reports.dashboards.rows import reading, registry
from reports.kpis import Dim, Question, catalogue, kpi
from tests.cases.builders import desk_of
from tests.cases.imports.conftest import case_of, debt
from tests.reports.kpis.builders import at, call, in_hand, march, own_number, pay
from tests.reports.kpis.conftest import codes, import_day, other_source, source  # noqa: F401  (fixtures)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("codes")]
ASKED = Question(first=march(2), as_of=march(2))
OF_THE_DAY = (
    "connect_rate", "rpc_per_dialled", "rpc_per_answered", "rpc_per_reached", "effective_talk_rate", "promise_rate",
    "penetration", "coverage", "gate_refusal_rate", "gate_override_rate", "notes_in_time", "reachable_rate",
    "kept_rate_count", "kept_rate_amount", "closure_rate", "reactivation_rate", "money_per_head",
)  # fmt: skip
WITHOUT_A_BOOK = ("closure_rate", "reactivation_rate")
"""The day's book is of 1 March; these start from it."""
OF_DAYS = {("money_per_head", "denominator")}
"""Days of people are no rows."""


@pytest.fixture
def day(collector, team_leader, supervisor):
    """A debtor reached three times, of which one call brought two promises, one of them kept; a fourth call that the gate
    refused and that was made all the same; one who did not answer, told late; one that the leader called."""
    case = in_hand(desk_of(collector), name="张三丰", total="9000.00")
    for hour, code, seconds in (("09:00", "PTP", 60), ("10:00", "REFUSE", 5), ("11:00", "", 40)):
        told = {"code": code} if code else {"result": "right_party"}
        call(case, collector, 2, clock=hour, seconds=seconds, told=at(2, "11:30"), **told)
    for amount, minute in (("500.00", "12:00"), ("800.00", "12:10")):
        case.refresh_from_db()
        make_promise(
            case=case, amount=Decimal(amount), due_on=march(2), actor=collector, now=at(2, minute),
            override_by=supervisor, override_reason="核实",
        )  # fmt: skip
    pay(case, 2, "600.00")
    assert not open_attempt(case=case, point=own_number(case), actor=collector, now=at(2, "14:00")).allowed
    call(case, collector, 2, "connected", clock="16:00", told=at(2, "17:00"))
    late = in_hand(desk_of(collector))
    call(late, collector, 2, clock="09:00", told=at(2, "12:30"))
    call(late, collector, 2, "out_of_service", clock="17:00", told=at(2, "17:10"))
    other = in_hand(desk_of(team_leader))
    call(other, team_leader, 2, "third_party", clock="15:00")
    ended = in_hand()
    Case.objects.filter(pk=ended.pk).update(closed_on=march(2), closed_at=at(2, "18:00"), close_reason=CloseReason.PAID)
    return case


def assert_rows_are_the_figure(name: str, asked: Question, reader) -> None:
    """Of every part of which the figure tells how many or how much."""
    total = kpi(name, asked).total
    said = {"numerator": total.numerator, "denominator": total.denominator, **total.parts}
    for part, rows in registry.parts_of(name).items():
        if part not in said:
            continue
        found, page = reading.total_of(rows, asked), reading.page_of(rows, asked, reader)
        assert (Decimal(found.number) if rows.is_count else found.amount) == said[part], (name, part)
        assert len(page.rows) == len({row.row_id for row in page.rows}) == found.number, (name, part)
        assert sum((row.amount for row in page.rows), Decimal(0)) == found.amount, (name, part)


@pytest.mark.parametrize("name", OF_THE_DAY)
@pytest.mark.parametrize("whose", ["all", "own"])
def test_there_are_as_many_rows_as_the_figure_says(monkeypatch, supervisor, collector, day, name, whose):
    monkeypatch.setattr(clock, "now", lambda: at(10, "09:00"))
    asked = ASKED if whose == "all" else ASKED.narrowed(desks=frozenset({desk_of(collector).pk}))
    assert_rows_are_the_figure(name, asked, supervisor)
    total = kpi(name, asked).total
    if name not in WITHOUT_A_BOOK:
        assert total.numerator and total.denominator, "something to count on either side"


def test_every_figure_that_is_not_of_complaints_opens_its_rows():
    without = {name for name in catalogue() if not registry.has_rows(name)}
    assert without == {"complaint_rate", "upheld_rate", "complaints_in_time"}, "these open the page of complaints"


def test_cases_that_came_back_are_listed_by_what_they_came_to(import_day, supervisor):  # noqa: F811
    import_day(march(1), [debt(n) for n in range(1, 5)])
    import_day(march(5), [debt(1, days=0), debt(2, days=0), debt(3, days=49), debt(4, days=49)])
    import_day(march(20), [debt(1, days=0), debt(2, days=3), debt(3, days=64), debt(4, days=64)])
    import_day(march(6, 4), [debt(1, days=0), debt(3, days=81), debt(4, days=81)])
    asked = Question(first=march(2), as_of=march(10))
    assert_rows_are_the_figure("reactivation_rate", asked, supervisor)
    parts = registry.parts_of("reactivation_rate")
    cured, fell_back = (reading.page_of(parts[part], asked, supervisor).rows for part in ("numerator", "fell_back"))
    assert [(row.loan_id, row.day) for row in cured] == [(case_of(1).loan_id, march(5))]
    assert [row.loan_id for row in fell_back] == [case_of(2).loan_id]


def test_a_point_of_the_curve_opens_the_payments_up_to_its_age(import_day, client_as, supervisor, monkeypatch):  # noqa: F811
    import_day(march(2), [debt(1, total="1000.00")])
    import_day(march(2, 4), [debt(1, total="900.00"), debt(2, total="500.00")])
    pay(case_of(1), 10, "100.00")
    pay(case_of(1), 5, "50.00", month=4)
    pay(case_of(2), 6, "30.00", month=4)
    monkeypatch.setattr(clock, "now", lambda: at(10, "09:00", month=4))
    for only, money, owed in (
        ({}, "180.00", "1500.00"),
        ({Dim.COHORT: "2026-03"}, "150.00", "1000.00"),
        ({Dim.COHORT: "2026-03", Dim.AGE: "01"}, "100.00", "1000.00"),
    ):
        asked = Question(first=march(1), as_of=march(10, 4), only=only)
        assert_rows_are_the_figure("vintage", asked, supervisor)
        total = kpi("vintage", asked).total
        assert (total.numerator, total.denominator) == (Decimal(money), Decimal(owed))
    manager = client_as(supervisor).get(
        f"{reverse('reports:rows', args=['vintage'])}?from=2026-03-01&to=2026-04-10&cohort=2026-03&age=01"
    )
    assert manager.context["sum"].amount == manager.context["figure"].line.numerator == Decimal("100.00")
    assert [chip.text for chip in manager.context["asked"].chips][-2:] == ["2026-03", "01"]
    odd = client_as(supervisor).get(
        f"{reverse('reports:rows', args=['vintage'])}?from=2026-03-01&to=2026-04-10&cohort=x&age=99"
    )
    assert odd.context["sum"].amount == Decimal("180.00")
    elsewhere = client_as(supervisor).get(
        f"{reverse('reports:rows', args=['money_in'])}?from=2026-04-01&to=2026-04-10&cohort=2026-03"
    )
    assert elsewhere.context["sum"].amount == Decimal("80.00"), "other figures know nothing of it"


def test_what_became_overdue_of_what_fell_due_is_listed(import_day, supervisor):  # noqa: F811
    import_day(
        march(6), [debt(1, days=2, total="100.00"), debt(2, days=30, total="200.00"), debt(3, days=1, total="-5.00")]
    )
    asked = Question(first=march(1), as_of=march(31))
    for name in ("entry_rate", "period_recovery"):
        assert_rows_are_the_figure(name, asked, supervisor)
    assert reading.total_of(registry.parts_of("entry_rate")["numerator"], asked).amount == Decimal("100.00")
    assert reading.total_of(registry.parts_of("entry_rate")["older"], asked).amount == Decimal("200.00")


def test_calls_are_listed_by_case_without_an_amount(client_as, collector, day, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: at(3, "09:00"))
    address = f"{reverse('reports:rows', args=['connect_rate'])}?from=2026-03-02&to=2026-03-02"
    response = client_as(collector).get(address)
    page = response.content.decode()
    assert response.context["sum"].number == 4 and "<strong>4</strong> 行" in page
    assert (
        "张*丰" in page and "元" not in page.partition("<main")[2].partition("<tbody>")[0].partition("lead-sentence")[2]
    )
    assert response.context["page"].rows[0].day == dt.date(2026, 3, 2)


def test_a_period_before_the_first_file_and_a_figure_of_the_whole_house_say_so(client_as, supervisor, day, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: at(3, "09:00"))
    client = client_as(supervisor)
    before = client.get(f"{reverse('reports:rows', args=['recovery_rate'])}?from=2020-01-01&to=2020-01-31")
    assert before.status_code == 200 and "这个期间之前没有账簿" in before.content.decode()
    code = day.loan.source.code
    other = client.get(f"{reverse('reports:rows', args=['cost_to_collect'])}?month=2026-03&source={code}")
    assert other.status_code == 200 and "这个指标不能按所选条件细分" in other.content.decode()
    for name, query in (("recovery_rate", "from=2020-01-01&to=2020-01-31"), ("cost_to_collect", f"source={code}")):
        refused = client.post(f"{reverse('reports:rows_export', args=[name])}?{query}", {"reason": "核对"}, follow=True)
        assert refused.redirect_chain and refused.status_code == 200
