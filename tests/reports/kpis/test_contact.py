"""Contact figures of small days, worked out by hand; and what must not move them."""

from decimal import Decimal

import pytest

from collection_ops.core.access import Role
from compliance.gate import open_attempt
from compliance.services.log import cancel_attempt, close_attempt, mark_misdirected
from reports.kpis import Dim, NoBook, kpi
from tests.cases.builders import desk_of
from tests.conftest import _person
from tests.reports.kpis.builders import ask, at, call, hand_over, in_hand, march, own_number, share

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("codes")]


@pytest.fixture
def colleague(db):
    return _person("bai.collector", "白催收", Role.COLLECTOR, unit="team-b")


def days_calls(collector):
    """2 March: seven calls about four people."""
    ann, bob, cat, dan = (in_hand(desk_of(collector)) for _n in range(4))
    call(ann, collector, 2, "no_answer", clock="09:00")
    call(ann, collector, 2, "right_party", clock="10:00")
    call(bob, collector, 2, "third_party", clock="09:00")
    call(bob, collector, 2, "voicemail", clock="10:00")
    call(cat, collector, 2, "right_party", clock="09:00")
    call(cat, collector, 2, "right_party", clock="14:00")
    call(dan, collector, 2, "connected", clock="09:00")
    return ann, bob, cat, dan


def test_one_days_calls_give_three_figures_of_right_party_contact(collector):
    days_calls(collector)
    assert share(ask("rpc_per_dialled", 2, 2)) == (3, 7)
    assert share(ask("rpc_per_answered", 2, 2)) == (3, 5)
    assert share(ask("rpc_per_reached", 2, 2)) == (2, 4)
    values = {ask(name, 2, 2).total.value for name in ("rpc_per_dialled", "rpc_per_answered", "rpc_per_reached")}
    assert values == {Decimal("0.428571"), Decimal("0.600000"), Decimal("0.500000")}


def test_voicemail_is_not_an_answer_and_anybody_who_picks_up_is_one(collector):
    days_calls(collector)
    answer = ask("connect_rate", 2, 2)
    assert share(answer) == (5, 7)
    assert answer.total.parts == {"voicemail": 1, "open": 0}


def test_penetration_divides_attempts_by_the_cases_attempted_and_counts_no_message(collector):
    ann, *_others = days_calls(collector)
    in_hand(desk_of(collector))  # nobody tries it
    call(ann, collector, 2, "sent", channel="sms", clock="11:00")
    assert share(ask("penetration", 2, 2)) == (7, 4)
    # The same cases on another day are the same cases.
    call(ann, collector, 3, "no_answer")
    assert share(ask("penetration", 2, 3)) == (8, 4)


def test_what_was_never_dialled_what_came_in_and_what_was_somebody_elses_number_count_for_nothing(collector):
    ann, bob, *_others = days_calls(collector)
    never = open_attempt(case=bob, point=own_number(bob), actor=collector, now=at(2, "15:00")).attempt
    cancel_attempt(attempt=never, actor=collector, now=at(2, "15:05"))
    call(ann, collector, 2, "right_party", clock="16:00", direction="in")
    wrong = call(ann, collector, 2, "connected", clock="17:00")
    assert share(ask("connect_rate", 2, 2)) == (6, 8)
    mark_misdirected(attempt=wrong, actor=collector, now=at(2, "18:00"))
    assert share(ask("connect_rate", 2, 2)) == (5, 7)
    assert share(ask("penetration", 2, 2)) == (7, 4)


def test_a_contact_that_was_only_open_then_is_open_in_the_report_of_then(collector):
    case = in_hand(desk_of(collector))
    attempt = open_attempt(case=case, point=own_number(case), actor=collector, now=at(2, "10:00")).attempt
    then = at(2, "10:30")
    close_attempt(attempt=attempt, actor=collector, now=at(2, "11:00"), result="right_party")
    assert share(ask("connect_rate", 2, 2)) == (1, 1)
    past = ask("connect_rate", 2, 2, known_by=then)
    assert (share(past), past.total.parts["open"]) == ((0, 0), 1)
    assert past.total.value is None
    assert share(ask("penetration", 2, 2, known_by=then)) == (1, 1)
    assert share(ask("penetration", 2, 2, known_by=at(2, "09:00"))) == (0, 0)


def test_a_contact_told_afterwards_is_known_from_then_on(collector):
    case = in_hand(desk_of(collector))
    call(case, collector, 2, "right_party", told=at(4, "09:00"))
    assert share(ask("rpc_per_dialled", 2, 2, known_by=at(3))) == (0, 0)
    assert share(ask("rpc_per_dialled", 2, 2, known_by=at(5))) == (1, 1)


def test_an_effective_talk_is_with_the_debtor_long_enough_and_came_to_something(collector):
    case, others = in_hand(desk_of(collector)), [in_hand(desk_of(collector)) for _n in range(4)]
    call(case, collector, 2, code="REFUSE", seconds=10)  # refusing to pay is talk
    call(others[0], collector, 2, code="UNABLE", seconds=9)
    call(others[1], collector, 2, code="PTP")  # nobody knows how long
    call(others[2], collector, 2, "right_party", seconds=300)  # a long silence, without a code
    call(others[3], collector, 2, code="THIRD_RELAY", seconds=60)
    answer = ask("effective_talk_rate", 2, 2)
    assert share(answer) == (1, 4)
    assert answer.total.parts == {"too_short": 1, "unknown_length": 1, "no_code": 1}


def test_a_case_moved_at_noon_is_in_one_hand_only(collector, colleague):
    moved, stayed = in_hand(desk_of(collector)), in_hand(desk_of(colleague))
    hand_over(moved, desk_of(colleague), 2)
    call(moved, colleague, 2, "no_answer", clock="15:00")
    answer = ask("coverage", 2, 2, Dim.DESK)
    assert share(answer) == (1, 2)
    # Whoever called it: it was in her hand as the day began.
    assert share(answer, desk_of(collector).code) == (1, 1)
    assert share(answer, desk_of(colleague).code) == (0, 1)
    tomorrow = ask("coverage", 3, 3, Dim.DESK)
    assert [line.key for line in tomorrow.lines] == [(desk_of(colleague).code,)]
    assert share(tomorrow) == (0, 2)
    assert stayed.pk != moved.pk


def test_coverage_adds_up_days_and_leaves_out_what_came_that_day_what_is_closed_and_weekends(collector):
    first = in_hand(desk_of(collector))
    in_hand(desk_of(collector), opened=3)  # enters with the file of the 3rd, which lists nothing else
    call(first, collector, 2)
    call(first, collector, 7)  # a Saturday
    assert share(ask("coverage", 2, 3)) == (1, 2)
    assert share(ask("coverage", 2, 4)) == (1, 3)  # on the 4th the book is that of the 3rd
    assert ask("coverage", 2, 8).total.parts["days"] == 5
    assert share(ask("coverage", 7, 8)) == (0, 0)


def test_a_message_does_not_cover_a_case_and_is_shown_beside(collector):
    case = in_hand(desk_of(collector))
    call(case, collector, 2, "sent", channel="sms")
    answer = ask("coverage", 2, 2)
    assert (share(answer), answer.total.parts["messaged"]) == ((0, 1), 1)
    call(case, collector, 2, "nobody_home", channel="visit", clock="15:00")
    answer = ask("coverage", 2, 2)
    assert (share(answer), answer.total.parts["messaged"]) == ((1, 1), 0)


def test_the_rate_of_a_team_is_not_the_mean_of_its_members_rates(collector, colleague):
    colleague.unit = collector.unit
    colleague.save()
    many = [in_hand(desk_of(collector)) for _n in range(9)]
    for case in many:
        call(case, collector, 2, "no_answer")
    call(in_hand(desk_of(colleague)), colleague, 2, "right_party")
    members = ask("connect_rate", 2, 2, Dim.DESK)
    assert [line.value for line in members.lines] == [0, 1] or [line.value for line in members.lines] == [1, 0]
    team = ask("connect_rate", 2, 2, Dim.TEAM)
    assert share(team, "team-a") == (1, 10)
    assert team.line("team-a").value == Decimal("0.1") != Decimal("0.5")


def test_every_stage_is_there_and_an_empty_one_is_a_nought(collector):
    call(in_hand(desk_of(collector), days=45), collector, 2, "right_party")
    answer = ask("rpc_per_dialled", 2, 2, Dim.STAGE)
    assert [line.key for line in answer.lines] == [(f"M{n}",) for n in range(1, 7)] + [("M7+",)]
    assert share(answer, "M2") == (1, 1)
    assert share(answer, "M1") == (0, 0)
    assert answer.line("M1").value is None


def test_contacts_belong_to_whoever_made_them_and_an_agencys_to_the_agency(collector, colleague):
    case = in_hand(desk_of(collector))
    call(case, collector, 2, "right_party")
    call(case, colleague, 2, "no_answer", clock="11:00")
    call(case, None, 2, "no_answer", clock="12:00", org="hengtong")
    answer = ask("connect_rate", 2, 2, Dim.TEAM, Dim.AGENCY)
    assert {line.key: line.denominator for line in answer.lines} == {
        ("team-a", ""): 1,
        ("team-b", ""): 1,
        ("", "hengtong"): 1,
    }
    scoped = ask("connect_rate", 2, 2, desks=frozenset({desk_of(colleague).pk}))
    assert share(scoped) == (0, 1)
    assert share(ask("connect_rate", 2, 2, only={Dim.TEAM: "team-a"})) == (1, 1)


def test_the_day_of_a_contact_is_the_lenders_day(collector):
    case = in_hand(desk_of(collector))
    call(case, collector, 2, clock="23:59")  # in UTC the day before is not over at eight in the morning
    call(case, collector, 3, clock="00:01")
    assert share(ask("penetration", 2, 2)) == (1, 1)
    assert share(ask("penetration", 3, 3)) == (1, 1)


def test_a_case_is_reachable_while_a_number_of_its_own_was_answered_and_is_not_dead_since(collector):
    cases = [in_hand(desk_of(collector)) for _n in range(5)]
    call(cases[0], collector, 2, "right_party")
    call(cases[1], collector, 2, "connected", clock="09:00")
    call(cases[1], collector, 5, "out_of_service")
    call(cases[2], collector, 2, "no_answer")  # proves nothing
    call(cases[3], collector, 6, "dead_number")
    answer = ask("reachable_rate", 2, 6)
    assert share(answer) == (1, 5)
    assert answer.total.parts == {"dead": 2, "untested": 2}
    # It decays: thirty days later it has to be tried again.
    assert share(ask("reachable_rate", march(1), march(31))) == (1, 5)
    assert share(ask("reachable_rate", march(1), march(1, 4))) == (0, 5)


def test_without_a_book_there_is_nothing_to_reach(db):
    with pytest.raises(NoBook):
        ask("reachable_rate", 2, 6)
    with pytest.raises(ValueError, match="not told apart"):
        kpi("reachable_rate", ask("connect_rate", 2, 2).question.narrowed(by=(Dim.AGE,)))
