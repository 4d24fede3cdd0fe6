"""Two collectors ask for the same debtor at the same moment, and one call is left."""

from collections.abc import Callable
from threading import Barrier

import pytest

from collection_ops.core.models import User
from compliance import gate
from compliance.gate import open_attempt
from compliance.models import ContactAttempt, GateDecision
from compliance.services.log import record_past
from tests.compliance.conftest import Person, monday
from tests.core.races import at_once

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def one_call_left(transactional_db: None, person: Person) -> Person:
    for clock in ("09:00", "11:00"):
        record_past(
            case=person.card, point=person.mobile, channel="call", result="right_party", actor=None,
            started_at=monday(clock), now=monday("12:00"),
        )  # fmt: skip
    return person


def asking(person: Person, actor: User, *, about_the_loan: bool) -> Callable[[], bool]:
    case = person.loan if about_the_loan else person.card
    return lambda: open_attempt(case=case, point=person.mobile, actor=actor, now=monday("14:00")).allowed


def ask_together(person: Person, *people: User) -> list[object]:
    return at_once(*[asking(person, actor, about_the_loan=bool(n % 2)) for n, actor in enumerate(people)])


def test_only_one_of_them_gets_the_last_call_and_both_answers_are_kept(
    one_call_left: Person, collector: User, supervisor: User, team_leader: User
) -> None:
    answers = ask_together(one_call_left, collector, supervisor, team_leader)
    assert sorted(answers) == [False, False, True]
    assert sorted(GateDecision.objects.values_list("verdict", flat=True)) == ["allow", "block", "block"]
    assert ContactAttempt.objects.filter(state="open").count() == 1


def test_without_the_lock_both_would_get_it(
    one_call_left: Person, collector: User, supervisor: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The failing twin: what the story above rests on is the debtor's row."""
    monkeypatch.setattr(gate, "hold_debtor", lambda debtor_id: None)
    gathered = gate.gather

    both = Barrier(2)

    def gather_and_wait(**asked):
        known = gathered(**asked)
        both.wait(timeout=10)  # each has read before either writes
        return known

    monkeypatch.setattr(gate, "gather", gather_and_wait)
    assert ask_together(one_call_left, collector, supervisor) == [True, True]
