"""The next case: the first that may be called now, and never the same one to two people."""

import datetime as dt

import pytest

from agents.models import CaseLock, CasePass
from agents.workbench.limits import DeskLimits
from agents.workbench.queue import lock, serve
from agents.workbench.queue.serve import Served, queue_of, serve_next
from agents.workbench.queue.weights import Weights
from cases.models import Case, ContactPoint, HoldType
from cases.services.holds import place_hold
from collection_ops.core.models import User
from compliance.gate import open_attempt
from compliance.services.log import close_attempt, record_past
from tests.agents.workbench.test_queue import case_of
from tests.compliance.conftest import monday
from tests.core.races import at_once

LIMITS = DeskLimits(lock=dt.timedelta(minutes=10), idle=dt.timedelta(minutes=5), passed=dt.timedelta(minutes=30))


def next_case(person: User, *, owner: User | None = None, clock: str = "10:00") -> Served:
    cases = Case.objects.for_user(person, "contacts.make").present().filter(desk__owner=owner or person)
    return serve_next(cases, Weights(), LIMITS, user=person, now=monday(clock))


def call(case: Case, person: User, *, clock: str, result: str = "no_answer") -> None:
    now = monday(clock)
    point = ContactPoint.objects.get(debtor=case.loan.debtor)
    answer = open_attempt(case=case, point=point, actor=person, now=now)
    assert answer.attempt is not None
    close_attempt(attempt=answer.attempt, result=result, actor=person, now=now + dt.timedelta(minutes=1))


@pytest.mark.django_db
def test_a_case_stays_until_it_was_called_and_then_the_next_one_is_served(collector: User) -> None:
    first, second = case_of(collector, days=60), case_of(collector)
    assert next_case(collector).case_id == first.pk
    assert next_case(collector, clock="10:01").case_id == first.pk  # asked again, nothing was done
    call(first, collector, clock="10:02")
    assert next_case(collector, clock="10:04").case_id == second.pk
    assert list(CaseLock.objects.values_list("case_id", flat=True)) == [second.pk]


@pytest.mark.django_db
def test_what_the_gate_refuses_now_is_put_aside_until_it_allows_it(collector: User, supervisor: User) -> None:
    used_up, other = case_of(collector, days=60), case_of(collector)
    agreed = Weights.of({"quiet_0": 0})  # otherwise it would be at the end of the queue anyway
    for clock in ("08:10", "08:40", "09:10"):
        record_past(
            case=used_up, point=None, channel="call", result="right_party", actor=supervisor, now=monday("09:30"),
            started_at=monday(clock),
        )  # fmt: skip
    cases = Case.objects.for_user(collector, "contacts.make").present()
    assert serve_next(cases, agreed, LIMITS, user=collector, now=monday("10:00")) == Served(other.pk)
    put_aside = CasePass.objects.get()
    assert (put_aside.case_id, put_aside.allowed_at) == (used_up.pk, monday("08:00", day=3))
    assert put_aside.until == monday("10:30")


@pytest.mark.django_db
def test_however_many_are_refused_they_keep_nobody_else_from_being_served(
    monkeypatch: pytest.MonkeyPatch, collector: User, supervisor: User
) -> None:
    monkeypatch.setattr(serve, "LOOKS", 1)
    used_up, other = [case_of(collector, days=60) for _n in range(2)], case_of(collector)
    for case in used_up:
        for clock in ("08:10", "08:40", "09:10"):
            record_past(
                case=case, point=None, channel="call", result="right_party", actor=supervisor, now=monday("09:30"),
                started_at=monday(clock),
            )  # fmt: skip
    cases = Case.objects.for_user(collector, "contacts.make").present()
    agreed = Weights.of({"quiet_0": 0})
    served = [serve_next(cases, agreed, LIMITS, user=collector, now=monday("10:00")) for _n in range(3)]
    tomorrow = monday("08:00", day=3)
    assert served == [Served(None, tomorrow), Served(None, tomorrow), Served(other.pk)]
    assert rank_of(cases, collector) == {used_up[0].pk: tomorrow, used_up[1].pk: tomorrow, other.pk: None}


def rank_of(cases, person: User) -> dict[int, dt.datetime | None]:
    """What the page lists, with the moments from which on the gate allows a call."""
    found = queue_of(cases, Weights(), user=person, now=monday("10:01"))
    return {line.row.case_id: line.row.allowed_at for line in found.lines}


@pytest.mark.django_db
def test_at_night_there_is_none_and_the_answer_says_from_when_on(collector: User) -> None:
    case_of(collector)
    assert next_case(collector, clock="22:00") == Served(None, monday("08:00", day=3))
    assert next_case(collector, clock="07:59") == Served(None, monday("08:00"))
    assert next_case(collector, clock="08:00").case_id is not None


@pytest.mark.django_db
def test_a_case_passed_over_comes_back_after_a_while(collector: User) -> None:
    first, second = case_of(collector, days=60), case_of(collector)
    assert next_case(collector).case_id == first.pk
    lock.put_aside(collector, [lock.Aside(first.pk, monday("10:30"))])
    lock.release(case_id=first.pk, user=collector)
    assert next_case(collector, clock="10:01").case_id == second.pk
    lock.release(case_id=second.pk, user=collector)
    assert next_case(collector, clock="10:31").case_id == first.pk


@pytest.mark.django_db
def test_the_team_leader_gets_another_case_of_the_same_desk(collector: User, team_leader: User) -> None:
    first, second = case_of(collector, days=60), case_of(collector)
    assert next_case(collector).case_id == first.pk
    assert next_case(team_leader, owner=collector).case_id == second.pk
    holder = lock.holder_of(first.pk, now=monday("10:05"))
    assert holder is not None
    assert (holder.user, holder.since) == (collector, monday("10:00"))


@pytest.mark.django_db
def test_a_lock_that_nobody_renews_runs_out(collector: User, team_leader: User) -> None:
    only = case_of(collector)
    assert next_case(collector).case_id == only.pk
    assert next_case(team_leader, owner=collector, clock="10:09") == Served(None)
    assert next_case(team_leader, owner=collector, clock="10:10").case_id == only.pk
    assert not lock.take(case_id=only.pk, user=collector, now=monday("10:11"), lasts=LIMITS.lock)


@pytest.mark.django_db
def test_leaving_frees_a_case_but_not_in_the_middle_of_a_call(collector: User, team_leader: User) -> None:
    only = case_of(collector)
    next_case(collector)
    point = ContactPoint.objects.get(debtor=only.loan.debtor)
    attempt = open_attempt(case=only, point=point, actor=collector, now=monday("10:00")).attempt
    assert attempt is not None
    assert not lock.release(case_id=only.pk, user=collector)
    close_attempt(attempt=attempt, result="no_answer", actor=collector, now=monday("10:02"))
    assert not lock.release(case_id=only.pk, user=team_leader)
    assert lock.release(case_id=only.pk, user=collector)


@pytest.mark.django_db
def test_a_case_moved_to_another_desk_is_not_held_on_to(collector: User, supervisor: User) -> None:
    moved, other = case_of(collector, days=60), case_of(collector)
    assert next_case(collector).case_id == moved.pk
    Case.objects.filter(pk=moved.pk).update(desk=case_of(supervisor).desk)
    assert next_case(collector).case_id == other.pk


@pytest.mark.django_db
def test_who_is_on_hold_is_not_served(collector: User, supervisor: User) -> None:
    held = case_of(collector)
    place_hold(
        debtor=held.loan.debtor, type=HoldType.ILLNESS, reason="住院", proof="病历", actor=supervisor,
        now=monday("09:00"), ends_at=monday("00:00", day=20),
    )  # fmt: skip
    assert next_case(collector) == Served(None, monday("08:00", day=20))


@pytest.mark.django_db
def test_what_has_run_out_is_forgotten_at_night_and_nothing_else(collector: User) -> None:
    old, held, aside = (case_of(collector) for _n in range(3))
    lock.take(case_id=held.pk, user=collector, now=monday("10:00"), lasts=LIMITS.lock)
    until = monday("10:05")
    lock.put_aside(collector, [lock.Aside(old.pk, until), lock.Aside(aside.pk, monday("10:30"))])
    assert lock.forget(now=monday("10:06")) == 1
    assert list(CasePass.objects.values_list("case_id", flat=True)) == [aside.pk]
    assert CaseLock.objects.get().case_id == held.pk
    assert lock.forget(now=monday("10:31")) == 2


# Two people at the same moment.


@pytest.fixture
def shared_desk(transactional_db: None, collector: User, team_leader: User) -> list[Case]:
    return [case_of(collector, days=days) for days in (60, 59, 45)]


def asking_together(monkeypatch: pytest.MonkeyPatch, collector: User, *others: User) -> list[object]:
    """Each has ranked the same queue before anybody takes a case."""
    from threading import Barrier

    together, looked = Barrier(1 + len(others)), serve.queue_of

    def ranked_and_waited(*args, **asked):
        found = looked(*args, **asked)
        together.wait(timeout=10)
        return found

    monkeypatch.setattr(serve, "queue_of", ranked_and_waited)
    return at_once(*[lambda who=who: next_case(who, owner=collector) for who in (collector, *others)])


@pytest.mark.django_db(transaction=True)
def test_three_who_ask_at_once_get_three_cases(
    monkeypatch, shared_desk: list[Case], collector: User, team_leader: User, supervisor: User
) -> None:
    served = asking_together(monkeypatch, collector, team_leader, supervisor)
    assert {one.case_id for one in served} == {case.pk for case in shared_desk}
    assert CaseLock.objects.count() == 3


@pytest.mark.django_db(transaction=True)
def test_without_the_guard_they_would_get_the_same(
    monkeypatch, shared_desk: list[Case], collector: User, team_leader: User, supervisor: User
) -> None:
    """The failing twin: what the story above rests on is that a lock of somebody else is not written over."""
    guard = "WHERE held.user_id = excluded.user_id OR held.expires_at <= %(now)s"
    assert guard in lock._TAKE
    monkeypatch.setattr(lock, "_TAKE", lock._TAKE.replace(guard, ""))
    served = asking_together(monkeypatch, collector, team_leader, supervisor)
    assert [one.case_id for one in served] == [shared_desk[0].pk] * 3
