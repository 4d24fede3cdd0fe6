"""Rows of contact and of ends: calls, answers of the gate, notes, closed cases, as many as their figures say."""

import datetime as dt

import pytest
from django.urls import reverse

from cases.models import Case, CloseReason
from collection_ops.core import clock
from compliance.gate import open_attempt
from reports.dashboards.rows import reading, registry
from reports.kpis import Question, kpi
from tests.cases.builders import desk_of
from tests.reports.kpis.builders import at, call, in_hand, march, own_number
from tests.reports.kpis.conftest import codes  # noqa: F401  (the result codes)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("codes")]
ASKED = Question(first=march(2), as_of=march(2))
PARTS = {
    "connect_rate": ("numerator", "denominator"),
    "rpc_per_dialled": ("numerator", "denominator"),
    "rpc_per_answered": ("numerator", "denominator"),
    "gate_refusal_rate": ("numerator", "denominator"),
    "notes_in_time": ("numerator", "denominator", "late", "untold"),
    "closure_rate": ("numerator", "denominator", "still_open"),
}


@pytest.fixture
def day(collector, team_leader, supervisor):
    """A debtor reached three times, a fourth call refused; one who did not answer, told late; one that the leader called."""
    case = in_hand(desk_of(collector), name="张三丰")
    for hour in ("09:00", "10:00", "11:00"):
        call(case, collector, 2, "right_party", clock=hour, told=at(2, "11:30"))
    assert not open_attempt(case=case, point=own_number(case), actor=collector, now=at(2, "14:00")).allowed
    late = in_hand(desk_of(collector))
    call(late, collector, 2, clock="09:00", told=at(2, "12:30"))
    other = in_hand(desk_of(team_leader))
    call(other, team_leader, 2, "third_party", clock="15:00")
    ended = in_hand()
    Case.objects.filter(pk=ended.pk).update(closed_on=march(2), closed_at=at(2, "18:00"), close_reason=CloseReason.PAID)
    return case


@pytest.mark.parametrize("name", PARTS)
@pytest.mark.parametrize("whose", ["all", "own"])
def test_there_are_as_many_rows_as_the_figure_says(supervisor, collector, day, name, whose):
    asked = ASKED if whose == "all" else ASKED.narrowed(desks=frozenset({desk_of(collector).pk}))
    total = kpi(name, asked).total
    said = {"numerator": total.numerator, "denominator": total.denominator, **total.parts}
    for part in PARTS[name]:
        rows = registry.parts_of(name)[part]
        assert reading.total_of(rows, asked).number == said[part], part
        assert len(reading.page_of(rows, asked, supervisor).rows) == said[part], part
    if name != "closure_rate":
        assert total.denominator, "something to count"


def test_calls_are_listed_by_case_without_an_amount(client_as, collector, day, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: at(3, "09:00"))
    address = f"{reverse('reports:rows', args=['connect_rate'])}?from=2026-03-02&to=2026-03-02"
    response = client_as(collector).get(address)
    page = response.content.decode()
    assert response.context["sum"].number == 3 and "<strong>3</strong> 行" in page
    assert (
        "张*丰" in page and "元" not in page.partition("<main")[2].partition("<tbody>")[0].partition("lead-sentence")[2]
    )
    assert response.context["page"].rows[0].day == dt.date(2026, 3, 2)
