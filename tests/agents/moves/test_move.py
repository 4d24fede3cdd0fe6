"""Moves by hand: what goes, what stays and why."""

import datetime as dt
from decimal import Decimal
from threading import Thread

import pytest
from django.db import OperationalError, connection, transaction

from agents.models import Collector, Leave, LeaveState
from agents.moves import move as moving
from agents.moves.move import Moved, MoveRefused, move_chosen
from cases.models import Case, Custody, Desk, DeskKind
from cases.services.custody import move_cases
from collection_ops.core import clock
from collection_ops.core.access import Role
from collection_ops.core.models import AuditEvent, User
from collection_ops.core.services.accounts import create_user
from compliance.models import TrainingCertificate
from tests.cases.builders import desk_of, make_case, pool_desk
from tests.compliance.complaints.builders import a_complaint
from tests.core.races import at_once
from tests.staff import place, qualify

pytestmark = pytest.mark.django_db


def colleague(username: str = "ma", unit: str = "team-a") -> User:
    user = create_user(
        username=username, display_name="马催收", password="x" * 20, roles=[Role.COLLECTOR], actor=None, unit=unit
    )
    place(qualify(user))
    return user


def move(cases: list[Case], desk: Desk, actor: User) -> Moved:
    expected = {case.pk: case.desk_id or 0 for case in cases}
    return move_chosen(expected=expected, desk=desk, reason="休假代办", actor=actor, now=clock.now())


def codes(moved: Moved) -> dict[int, str]:
    return {one.case: one.code for one in moved.refused}


def test_chosen_cases_go_to_the_desk_with_a_custody_and_one_word_in_the_trail(
    collector: User, supervisor: User
) -> None:
    other = colleague()
    cases = [make_case(desk=desk_of(collector)) for _ in range(3)]
    moved = move(cases, desk_of(other), supervisor)
    assert (moved.moved, moved.by_desk, moved.refused) == (3, {desk_of(collector).pk: 3}, [])
    assert set(Case.objects.values_list("desk__owner", flat=True)) == {other.pk}
    custody = Custody.objects.filter(ended_at=None).first()
    assert custody is not None and (custody.reason, custody.moved_by) == ("reassigned", supervisor)
    event = AuditEvent.objects.get(action="cases.moved_by_hand")
    assert (event.data["count"], event.reason, event.actor) == (3, "休假代办", supervisor)


def test_what_lies_elsewhere_by_now_stays_there_and_is_named_with_who_moved_it(
    collector: User, supervisor: User, manager: User
) -> None:
    other, third = colleague(), colleague("tang")
    case, moved_on = make_case(desk=desk_of(collector)), make_case(desk=desk_of(collector))
    move_cases(cases=[moved_on.pk], desk=desk_of(third), reason="reassigned", actor=manager, now=clock.now())
    moved = move([case, moved_on], desk_of(other), supervisor)
    assert moved.moved == 1
    (refused,) = moved.refused
    assert (refused.case, refused.code, refused.desk, refused.by) == (moved_on.pk, "elsewhere", "马催收", str(manager))
    assert refused.at is not None
    moved_on.refresh_from_db()
    assert moved_on.desk == desk_of(third)


def test_what_is_closed_or_there_already_is_said_so(collector: User, supervisor: User) -> None:
    other = colleague()
    closed, there = make_case(desk=desk_of(collector)), make_case(desk=desk_of(other))
    Custody.objects.filter(case=closed).update(ended_at=clock.now())
    Case.objects.filter(pk=closed.pk).update(closed_on=clock.now().date(), close_reason="paid", desk=None)
    moved = move([closed, there], desk_of(other), supervisor)
    assert (moved.moved, codes(moved)) == (0, {closed.pk: "closed", there.pk: "there"})


def test_a_leader_reaches_the_team_and_the_pool_and_nothing_else(collector: User, team_leader: User) -> None:
    desk_of(collector)
    stranger = colleague("chen", unit="team-b")
    own, pooled, foreign = make_case(desk=desk_of(collector)), make_case(), make_case(desk=desk_of(stranger))
    moved = move([own, pooled, foreign], pool_desk(), team_leader)
    assert codes(moved) == {pooled.pk: "there", foreign.pk: "gone"}
    moved = move([pooled], desk_of(collector), team_leader)
    assert moved.moved == 1
    own.refresh_from_db()
    assert codes(move([own], desk_of(stranger), team_leader)) == {own.pk: "limit_team"}


def test_without_a_valid_certificate_nothing_is_moved_to_a_person(collector: User, supervisor: User) -> None:
    other = colleague()
    case = make_case(desk=desk_of(collector))
    TrainingCertificate.objects.filter(user=other).delete()
    with pytest.raises(MoveRefused, match="合格证"):
        move([case], desk_of(other), supervisor)
    qualify_again = move([case], pool_desk(), supervisor)
    assert qualify_again.moved == 1


def test_the_last_place_is_filled_and_the_debts_of_one_person_fit_in_together_or_not_at_all(
    collector: User, supervisor: User
) -> None:
    other = colleague()
    Collector.objects.filter(user=other).update(soft_count=2, hard_count=3)
    first = make_case(desk=desk_of(collector))
    pair = [make_case(desk=desk_of(collector)) for _ in range(1)]
    pair += [make_case(desk=desk_of(collector), debtor=pair[0].loan.debtor) for _ in range(2)]
    last = make_case(desk=desk_of(collector))
    moved = move([first, *pair, last], desk_of(other), supervisor)
    assert codes(moved) == dict.fromkeys((case.pk for case in pair), "full")
    assert moved.moved == 2
    Collector.objects.filter(user=other).update(hard_amount=Decimal("2500.00"))
    assert codes(move([pair[0]], desk_of(other), supervisor)) == {pair[0].pk: "full"}


def test_a_debtor_who_complained_rightly_does_not_get_the_accused_back(collector: User, supervisor: User) -> None:
    other = colleague()
    case, plain = make_case(desk=desk_of(collector)), make_case(desk=desk_of(collector))
    a_complaint(debtor=case.loan.debtor, about=other, upheld=True, received_at=clock.now() - dt.timedelta(days=9))
    moved = move([case, plain], desk_of(other), supervisor)
    assert (moved.moved, codes(moved)) == (1, {case.pk: "complaint"})


@pytest.mark.parametrize(("days", "gets"), [(3, True), (14, False)])
def test_who_is_away_for_long_gets_nothing_and_for_some_days_with_a_warning(
    collector: User, supervisor: User, days: int, gets: bool
) -> None:
    other, today = colleague(), clock.business_date(clock.now())
    Leave.objects.create(
        user=other, kind="annual", first_day=today, last_day=today + dt.timedelta(days=days - 1),
        state=LeaveState.APPROVED, asked_at=clock.now(),
    )  # fmt: skip
    case = make_case(desk=desk_of(collector))
    if gets:
        moved = move([case], desk_of(other), supervisor)
        assert (moved.moved, moved.warnings) == (1, ["away"])
    else:
        with pytest.raises(MoveRefused, match="长期休假"):
            move([case], desk_of(other), supervisor)


def test_too_many_for_the_role_no_reason_and_no_right_move_nothing(
    collector: User, team_leader: User, supervisor: User
) -> None:
    desk = desk_of(collector)
    with pytest.raises(MoveRefused, match="一次最多移动 500 件"):
        move_chosen(expected=dict.fromkeys(range(501), 1), desk=desk, reason="x", actor=team_leader, now=clock.now())
    with pytest.raises(MoveRefused, match="原因"):
        move_chosen(expected={1: 1}, desk=desk, reason=" ", actor=supervisor, now=clock.now())
    with pytest.raises(MoveRefused, match="权限"):
        move_chosen(expected={1: 1}, desk=desk, reason="x", actor=collector, now=clock.now())


@pytest.mark.django_db(transaction=True)
def test_two_supervisors_at_once_one_wins_and_the_other_is_told_exactly_which(
    collector: User, supervisor: User, manager: User
) -> None:
    left, right = colleague("ma"), colleague("tang")
    cases = [make_case(desk=desk_of(collector)) for _ in range(12)]
    only_left, both, only_right = cases[:3], cases[3:9], cases[9:]
    results = at_once(
        lambda: move([*only_left, *both], desk_of(left), supervisor),
        lambda: move([*both, *only_right], desk_of(right), manager),
    )
    assert all(isinstance(one, Moved) for one in results), results
    assert sorted(one.moved for one in results) == [3, 9]
    loser = min(results, key=lambda one: one.moved)
    winner = manager if loser is results[0] else supervisor
    assert codes(loser) == dict.fromkeys((case.pk for case in both), "elsewhere")
    assert {one.by for one in loser.refused} == {str(winner)}
    assert Custody.objects.filter(case__in=both).count() == 2 * len(both), "moved once, not twice"


@pytest.mark.django_db(transaction=True)
def test_twin_without_what_was_seen_the_second_takes_them_from_the_first(
    collector: User, supervisor: User, manager: User
) -> None:
    left, right = colleague("ma"), colleague("tang")
    cases = [make_case(desk=desk_of(collector)) for _ in range(6)]
    ids = [case.pk for case in cases]

    def plain(desk: Desk, actor: User) -> int:
        return move_cases(cases=ids, desk=desk, reason="reassigned", actor=actor, now=clock.now())

    results = at_once(lambda: plain(desk_of(left), supervisor), lambda: plain(desk_of(right), manager))
    counted = [one for one in results if isinstance(one, int)]
    assert sum(counted) == 12 or any(isinstance(one, Exception) for one in results), "nobody is told"


@pytest.mark.django_db(transaction=True)
def test_two_at_once_do_not_fill_the_last_place_twice(collector: User, supervisor: User, manager: User) -> None:
    other = colleague()
    Collector.objects.filter(user=other).update(soft_count=1, hard_count=1)
    one, two = make_case(desk=desk_of(collector)), make_case(desk=desk_of(collector))
    results = at_once(lambda: move([one], desk_of(other), supervisor), lambda: move([two], desk_of(other), manager))
    assert sorted(result.moved for result in results) == [0, 1]
    assert Case.objects.filter(desk=desk_of(other)).count() == 1


def test_an_agency_is_reached_by_the_manager_alone(collector: User, supervisor: User, manager: User) -> None:
    agency = Desk.objects.create(code="agency-a", name="委外甲", kind=DeskKind.AGENCY)
    case = make_case(desk=desk_of(collector))
    assert codes(move([case], agency, supervisor)) == {case.pk: "limit_to"}
    assert move([case], agency, manager).moved == 1


def waits_with_nothing_in_hand(case: Case, desk: Desk, actor: User) -> bool:
    """Whether a move that waits for the desk leaves the case free for whoever has the desk (assignment, a cover)."""
    done: list[Moved] = []

    def act() -> None:
        try:
            done.append(move([case], desk, actor))
        finally:
            connection.close()

    waiting = Thread(target=act)
    with transaction.atomic():
        Desk.objects.select_for_update(no_key=True).get(pk=desk.pk)
        waiting.start()
        waiting.join(timeout=1)
        assert not done
        try:
            with transaction.atomic():
                Case.objects.select_for_update(nowait=True).get(pk=case.pk)
            free = True
        except OperationalError:
            free = False
    waiting.join(timeout=30)
    assert done[0].moved == 1
    return free


@pytest.mark.django_db(transaction=True)
def test_a_move_and_a_run_of_assignment_do_not_wait_for_each_other(collector: User, supervisor: User) -> None:
    case, desk = make_case(desk=desk_of(collector)), desk_of(colleague())
    assert waits_with_nothing_in_hand(case, desk, supervisor)


@pytest.mark.django_db(transaction=True)
def test_twin_a_move_that_takes_the_cases_first_would_be_in_the_way(
    collector: User, supervisor: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    case, desk = make_case(desk=desk_of(collector)), desk_of(colleague())
    decide_in_order = moving._decide

    def cases_first(expected: dict[int, int], *others: object) -> object:
        moving.hold_cases(list(expected))
        return decide_in_order(expected, *others)  # type: ignore[arg-type]

    monkeypatch.setattr(moving, "_decide", cases_first)
    assert not waits_with_nothing_in_hand(case, desk, supervisor)
