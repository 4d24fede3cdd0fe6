"""One call in two windows at the same moment: it is told once, and dialled once."""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from threading import Barrier

import pytest

from agents.workbench import telling
from agents.workbench.telephony.calls import dial
from agents.workbench.telephony.simulator import SimulatedLine
from agents.workbench.telling import tell_call
from cases.models import Hold, Promise
from collection_ops.core.models import AuditEvent, User
from compliance.gate import open_attempt
from compliance.models import ContactAttempt, ResultCode
from compliance.services import recordings
from compliance.services.call_details import CallDetails, LogRefused
from compliance.services.identity import confirm_identity
from tests.compliance.conftest import Person, monday, person
from tests.core.races import at_once

__all__ = ["person"]

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def attempt(transactional_db: None, person: Person, collector: User) -> ContactAttempt:
    found = open_attempt(case=person.card, point=person.mobile, actor=collector, now=monday("10:00")).attempt
    assert found is not None
    return found


def telling_it(attempt: ContactAttempt, actor: User, code: str, **learned) -> Callable[[], tuple[str, ...]]:
    details = CallDetails(result_code=ResultCode.objects.get(code=code), **learned)
    values = {"promise": {"amount": Decimal("500.00"), "due_on": dt.date(2026, 3, 6), "channel": ""}}
    return lambda: tell_call(attempt=attempt, details=details, actor=actor, now=monday("10:05"), values=values).done


def steps_taken() -> int:
    return AuditEvent.objects.filter(action="contact.next_step").count()


def test_told_by_the_collector_and_the_leader_together_the_promise_is_one(
    attempt: ContactAttempt, collector: User, team_leader: User
) -> None:
    answers = at_once(*(telling_it(attempt, actor, "PTP") for actor in (collector, team_leader)))
    assert sorted(map(len, answers)) == [0, 1]
    assert (Promise.objects.count(), steps_taken()) == (1, 1)


def test_told_differently_together_one_of_the_two_is_refused(
    attempt: ContactAttempt, collector: User, team_leader: User
) -> None:
    answers = at_once(
        telling_it(attempt, collector, "REFUSE", self_harm=True), telling_it(attempt, team_leader, "BUSY")
    )
    assert len([answer for answer in answers if isinstance(answer, LogRefused)]) == 1
    attempt.refresh_from_db()
    assert Hold.objects.exists() == (attempt.result == "right_party")


def test_twin_without_the_lock_the_steps_are_taken_twice(
    attempt: ContactAttempt, collector: User, team_leader: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = Barrier(2)

    def read_and_wait(found: ContactAttempt) -> ContactAttempt:
        read = ContactAttempt.objects.get(pk=found.pk)
        both.wait(timeout=10)  # each has read before either writes
        return read

    monkeypatch.setattr(telling, "hold_attempt", read_and_wait)
    at_once(*(telling_it(attempt, actor, "STOP") for actor in (collector, team_leader)))
    assert steps_taken() == 2


class CountingLine(SimulatedLine):
    """Says how often it was asked to ring."""

    def __init__(self) -> None:
        self.rang: list[int] = []

    def dial(self, **call) -> str:
        self.rang.append(call["attempt_id"])
        return super().dial(**call)


def dial_together(attempt: ContactAttempt, collector: User) -> tuple[CountingLine, list[object]]:
    counting = CountingLine()
    press = lambda: dial(attempt=attempt, line=counting, actor=collector, now=monday("10:00"))  # noqa: E731
    return counting, at_once(press, press)


def test_two_presses_ring_once(attempt: ContactAttempt, collector: User) -> None:
    confirm_identity(attempt=attempt, factors=("name", "id_last4"), actor=collector, now=monday("10:00"))
    counting, answers = dial_together(attempt, collector)
    assert counting.rang == [attempt.pk]
    assert len([answer for answer in answers if isinstance(answer, LogRefused)]) == 1


def test_twin_without_the_lock_two_presses_ring_twice(
    attempt: ContactAttempt, collector: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the identity confirmed before: else the row that both insert would hold the second back."""
    confirm_identity(attempt=attempt, factors=("name", "id_last4"), actor=collector, now=monday("10:00"))
    both = Barrier(2)
    ring = CountingLine.dial

    def ring_and_wait(self: CountingLine, **call) -> str:
        both.wait(timeout=10)
        return ring(self, **call)

    monkeypatch.setattr(CountingLine, "dial", ring_and_wait)
    unlocked = ContactAttempt.objects.select_related("point", "case")
    monkeypatch.setattr(recordings, "hold_attempt", lambda found: unlocked.get(pk=found.pk))
    counting, _answers = dial_together(attempt, collector)
    assert len(counting.rang) == 2
