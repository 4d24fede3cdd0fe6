"""Leave: asked, decided by somebody else, cancelled."""

import datetime as dt

import pytest
from django.utils import timezone

from agents.models import Half, Leave, LeaveState
from agents.people import leave as service
from agents.people.leave import (
    Away,
    LeaveRefused,
    ask_leave,
    cancel_leave,
    decide_leave,
    leaves_to_decide,
    on_leave_approved,
    record_leave,
)
from collection_ops.core.models import Notification, User
from tests.core.races import at_once

pytestmark = pytest.mark.django_db

TODAY = timezone.localdate()
MONDAY = TODAY + dt.timedelta(days=7 - TODAY.weekday())


def away(first: dt.date = MONDAY, days: int = 1, **more: str) -> Away:
    return Away(more.pop("kind", "annual"), first, first + dt.timedelta(days=days - 1), **more)


def ask(user: User, what: Away | None = None) -> Leave:
    return ask_leave(user=user, away=what or away(), actor=user, now=timezone.now())


def decide(leave: Leave, actor: User, *, approve: bool = True, note: str = "") -> Leave:
    return decide_leave(leave=leave, approve=approve, note=note, actor=actor, now=timezone.now())


def told(user: User) -> list[str]:
    return list(Notification.objects.filter(user=user).order_by("pk").values_list("kind", flat=True))


def test_the_leader_is_told_decides_and_the_person_hears_of_it(collector: User, team_leader: User) -> None:
    leave = ask(collector)
    assert told(team_leader) == ["leave.asked"]
    assert list(leaves_to_decide(team_leader)) == [leave]
    assert decide(leave, team_leader).state == LeaveState.APPROVED
    assert told(collector) == ["leave.approved"]
    assert not leaves_to_decide(team_leader)


def test_a_leaders_own_leave_waits_for_a_supervisor(team_leader: User, supervisor: User) -> None:
    leave = ask(team_leader)
    assert told(supervisor) == ["leave.asked"]
    assert not leaves_to_decide(team_leader)
    with pytest.raises(LeaveRefused, match="须由他人"):
        decide(leave, team_leader)
    with pytest.raises(LeaveRefused, match="须由他人"):
        record_leave(user=team_leader, away=away(days=2), actor=team_leader, now=timezone.now())
    assert decide(leave, supervisor).state == LeaveState.APPROVED


def test_a_refusal_says_why_and_the_days_are_free_again(collector: User, team_leader: User) -> None:
    leave = ask(collector)
    with pytest.raises(LeaveRefused, match="驳回的原因"):
        decide(leave, team_leader, approve=False)
    decide(leave, team_leader, approve=False, note="月底人手不够")
    assert told(collector) == ["leave.refused"]
    assert ask(collector).state == LeaveState.ASKED


@pytest.mark.parametrize(
    ("what", "field"),
    [
        (Away("annual", MONDAY, MONDAY - dt.timedelta(days=1)), "last_day"),
        (away(TODAY - dt.timedelta(days=32)), "first_day"),
        (away(days=400), "last_day"),
        (away(days=2, first_half=Half.MORNING), "first_half"),
        (away(days=2, last_half=Half.AFTERNOON), "last_half"),
        (away(first_half=Half.MORNING, last_half=Half.AFTERNOON), "last_half"),
        (away(kind="other"), "reason"),
        (away(kind="holiday"), "kind"),
    ],
)
def test_what_cannot_be_leave_is_refused_at_its_entry(collector: User, what: Away, field: str) -> None:
    with pytest.raises(LeaveRefused) as refused:
        ask(collector, what)
    assert refused.value.field == field
    assert not Leave.objects.exists()


def test_two_leaves_of_one_person_never_overlap(collector: User, team_leader: User) -> None:
    ask(collector, away(days=3))
    with pytest.raises(LeaveRefused, match="已有请假"):
        ask(collector, away(MONDAY + dt.timedelta(days=2), days=2))
    assert ask(collector, away(MONDAY + dt.timedelta(days=3))).pk
    assert ask(team_leader, away(days=3)).pk, "another person's days are their own"


def test_half_a_day_is_that_half(collector: User) -> None:
    leave = ask(collector, away(first_half=Half.AFTERNOON))
    assert (leave.first_half, leave.last_half) == ("afternoon", "afternoon")


def test_who_called_in_sick_is_written_down_as_away_at_once(collector: User, team_leader: User) -> None:
    leave = record_leave(user=collector, away=away(TODAY, kind="sick"), actor=team_leader, now=timezone.now())
    assert (leave.state, leave.asked_by, leave.decided_by) == (LeaveState.APPROVED, team_leader, team_leader)
    assert told(collector) == ["leave.approved"]


def test_ones_own_leave_is_cancelled_until_it_begins_and_afterwards_by_who_decides(
    collector: User, team_leader: User
) -> None:
    later = decide(ask(collector), team_leader)
    assert cancel_leave(leave=later, reason="", actor=collector, now=timezone.now()).state == LeaveState.CANCELLED
    begun = record_leave(user=collector, away=away(TODAY, kind="sick"), actor=team_leader, now=timezone.now())
    with pytest.raises(LeaveRefused, match="已经开始"):
        cancel_leave(leave=begun, reason="好了", actor=collector, now=timezone.now())
    with pytest.raises(LeaveRefused, match="取消的原因"):
        cancel_leave(leave=begun, reason=" ", actor=team_leader, now=timezone.now())
    assert cancel_leave(leave=begun, reason="已到岗", actor=team_leader, now=timezone.now()).pk
    with pytest.raises(LeaveRefused, match="已取消"):
        cancel_leave(leave=begun, reason="又一次", actor=team_leader, now=timezone.now())


def test_what_follows_from_approved_leave_happens_with_it_or_not_at_all(
    collector: User, team_leader: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "_when_approved", [])
    heard: list[Leave] = []
    on_leave_approved(lambda leave, *, actor, now: heard.append(leave))
    decide(ask(collector), team_leader)
    assert len(heard) == 1

    @on_leave_approved
    def fails(leave: Leave, *, actor: User, now: dt.datetime) -> None:
        raise ZeroDivisionError

    other = ask(collector, away(MONDAY + dt.timedelta(days=14)))
    with pytest.raises(ZeroDivisionError):
        decide(other, team_leader)
    other.refresh_from_db()
    assert other.state == LeaveState.ASKED


@pytest.mark.django_db(transaction=True)
def test_two_who_decide_at_once_one_wins_and_the_other_is_told_what_was_decided(
    collector: User, team_leader: User, supervisor: User
) -> None:
    leave = ask(collector)
    found = at_once(
        lambda: decide(leave, team_leader), lambda: decide(leave, supervisor, approve=False, note="人手不够")
    )
    assert sorted(type(one).__name__ for one in found) == ["Leave", "LeaveRefused"]
    assert len(told(collector)) == 1
    refused = next(one for one in found if isinstance(one, LeaveRefused))
    leave.refresh_from_db()
    assert str(leave.decided_by) in str(refused)
    assert str(leave.get_state_display()) in str(refused)


@pytest.mark.django_db(transaction=True)
def test_twin_without_the_lock_both_decide(
    collector: User, team_leader: User, supervisor: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    leave = ask(collector)
    import threading

    both_have_read = threading.Barrier(2)

    def unlocked(leave: Leave) -> Leave:
        found = Leave.objects.get(pk=leave.pk)
        both_have_read.wait(timeout=10)
        return found

    monkeypatch.setattr(service, "_locked", unlocked)
    at_once(lambda: decide(leave, team_leader), lambda: decide(leave, supervisor, approve=False, note="人手不够"))
    assert sorted(told(collector)) == ["leave.approved", "leave.refused"]


@pytest.mark.django_db(transaction=True)
def test_the_same_days_asked_for_twice_at_once_are_asked_for_once(collector: User) -> None:
    found = at_once(*[lambda: ask(collector)] * 3)
    assert sorted(type(one).__name__ for one in found) == ["Leave", "LeaveRefused", "LeaveRefused"]
