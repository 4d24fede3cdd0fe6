"""What the gate refused, what was done all the same, notes in time; and complaints, by their one definition."""

from decimal import Decimal

import pytest

from collection_ops.core.dated_settings import set_value
from compliance.complaints.handling import reopen
from compliance.complaints.rates import LEAST_CONTACTED, rates
from compliance.gate import open_attempt
from compliance.services.log import close_attempt
from reports.kpis import Dim
from tests.cases.builders import desk_of
from tests.compliance.complaints.builders import a_complaint, officer, settle
from tests.reports.kpis.builders import ask, at, call, in_hand, march, own_number, share

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("codes")]


@pytest.fixture
def refused(collector):
    """A debtor who was reached three times today; the gate refuses the fourth call."""
    case = in_hand(desk_of(collector))
    for clock in ("09:00", "10:00", "11:00"):
        call(case, collector, 2, "right_party", clock=clock, told=at(2, "11:30"))
    assert not open_attempt(case=case, point=own_number(case), actor=collector, now=at(2, "14:00")).allowed
    other = in_hand(desk_of(collector))
    assert open_attempt(case=other, point=own_number(other), actor=collector, now=at(2, "14:05")).allowed
    return case


def test_refusals_are_counted_of_all_questions_to_the_gate(refused, collector):
    assert share(ask("gate_refusal_rate", 2, 2)) == (1, 2)
    assert share(ask("gate_refusal_rate", 2, 2, Dim.DESK), desk_of(collector).code) == (1, 2)
    assert share(ask("gate_refusal_rate", 2, 2, known_by=at(2, "14:01"))) == (1, 1)
    assert share(ask("gate_refusal_rate", 3, 3)) == (0, 0)


def test_a_contact_told_after_a_refusal_went_past_it_and_one_told_before_did_not(refused, collector, team_leader):
    assert share(ask("gate_override_rate", 2, 2)) == (0, 1)
    call(refused, team_leader, 2, "connected", clock="15:00")  # she was refused, not he
    call(refused, collector, 2, "sent", channel="sms", clock="15:00")  # another channel
    call(refused, collector, 3, "connected", clock="15:00")  # another day
    assert share(ask("gate_override_rate", 2, 2)) == (0, 1)
    call(refused, collector, 2, "connected", clock="16:00", told=at(2, "17:00"))
    assert share(ask("gate_override_rate", 2, 2, Dim.STAGE), "M2") == (1, 1)
    assert share(ask("gate_override_rate", 2, 2, known_by=at(2, "16:30"))) == (0, 1)


def test_notes_are_in_time_within_two_hours_and_overdue_ones_count_against(collector):
    quick, slow, untold = (in_hand(desk_of(collector)) for _n in range(3))
    call(quick, collector, 2, told=at(2, "12:00"))
    call(slow, collector, 2, told=at(2, "12:01"))
    attempt = open_attempt(case=untold, point=own_number(untold), actor=collector, now=at(2, "10:00")).attempt
    answer = ask("notes_in_time", 2, 2)
    assert share(answer) == (1, 3)
    assert answer.total.parts == {"late": 1, "untold": 1}
    # At half past eleven nothing of it was due yet: the two were not told about, the third is within its time.
    assert share(ask("notes_in_time", 2, 2, known_by=at(2, "11:30"))) == (0, 0)
    assert ask("notes_in_time", 2, 2, known_by=at(2, "12:01")).total.parts == {"late": 1, "untold": 1}
    close_attempt(attempt=attempt, actor=collector, now=at(2, "18:00"), result="no_answer")
    assert ask("notes_in_time", 2, 2).total.parts == {"late": 2, "untold": 0}
    assert ask("notes_in_time", 2, 2, known_by=at(2, "13:00")).total.parts == {"late": 1, "untold": 1}


@pytest.fixture
def contacted(collector, manager):
    """Forty customers reached, of whom enough are ten."""
    set_value(LEAST_CONTACTED, 10, effective_from=march(1), reason="测试", actor=manager, now=at(1))
    cases = [in_hand(desk_of(collector)) for _n in range(40)]
    for case in cases:
        call(case, collector, 2, "connected")
    return cases


def test_the_complaint_rate_is_that_of_the_complaint_page(contacted, collector):
    for case in contacted[:2]:
        a_complaint(debtor=case.loan.debtor, about=collector, received_at=at(5), upheld=True)
    a_complaint(debtor=contacted[2].loan.debtor, about=collector, received_at=at(5), upheld=False)
    answer = ask("complaint_rate", 1, 31, Dim.TEAM)
    (house,) = rates(march(1), march(31))
    assert share(answer) == (3, 40)
    assert answer.total.value * 10_000 == house.rate == Decimal("750.00")
    assert share(answer, "team-a") == (3, 40)
    assert share(ask("upheld_rate", 1, 31)) == (2, 3)
    assert share(ask("upheld_rate", 1, 31, Dim.DESK), desk_of(collector).code) == (2, 3)
    assert share(ask("complaints_in_time", 1, 31)) == (3, 3)
    assert share(ask("complaint_rate", 1, 31, desks=frozenset({desk_of(collector).pk}))) == (3, 40)


def test_a_reopened_complaint_counts_once_and_is_undecided_with_a_round_of_its_own(contacted, collector):
    one = a_complaint(debtor=contacted[0].loan.debtor, about=collector, received_at=at(2), upheld=True)
    reopen(complaint=one, reason="不满意", actor=officer(), now=at(9))
    assert share(ask("complaint_rate", 1, 31)) == (1, 40)
    assert share(ask("upheld_rate", 1, 31)) == (0, 0)
    one.refresh_from_db()
    settle(one, "not_upheld", at=at(10))
    assert share(ask("complaint_rate", 1, 31)) == (1, 40)
    assert share(ask("upheld_rate", 1, 31)) == (0, 1)
    assert share(ask("complaints_in_time", 1, 31)) == (2, 2)


def test_with_too_few_customers_contacted_there_is_no_rate(collector):
    case = in_hand(desk_of(collector))
    call(case, collector, 2, "connected")
    a_complaint(debtor=case.loan.debtor, about=collector, received_at=at(5))
    answer = ask("complaint_rate", 1, 31)
    assert (share(answer), answer.total.value) == ((1, 1), None)
    assert answer.total.to_json(())["no_rate"] is True


def test_complaints_are_told_apart_by_one_thing_at_a_time(db):
    with pytest.raises(ValueError, match="one of"):
        ask("complaint_rate", 1, 31, Dim.TEAM, Dim.AGENCY)


def test_a_late_complaint_counts_where_somebody_acted_and_only_once_it_is_known(contacted, collector):
    a_complaint(debtor=contacted[0].loan.debtor, about=collector, received_at=at(20, month=4), event_on=march(2))
    assert share(ask("complaint_rate", 1, 31)) == (1, 40)
