"""Two people at the same matter, or at two alerts about the same events, at the same moment: done once, and with a word."""

from collections.abc import Callable
from threading import Barrier

import pytest

from collection_ops.core.access import Role
from collection_ops.core.models import User
from collection_ops.core.services.accounts import create_user
from compliance.breaching import from_disclosure, handling
from compliance.breaching.handling import close, dismiss, remedy, take
from compliance.breaching.register import report_breach
from compliance.disclosure.watch import decide_alert
from compliance.models import BreachCase, DisclosureAlert
from tests.compliance.conftest import monday
from tests.core.races import at_once

pytestmark = pytest.mark.django_db(transaction=True)
NOW = monday("10:00", day=3)


@pytest.fixture
def second_officer(db: None) -> User:
    return create_user(
        username="di.compliance", display_name="狄合规", password="x" * 20, roles=[Role.COMPLIANCE], actor=None
    )


@pytest.fixture
def remedied(collector: User, supervisor: User) -> BreachCase:
    row = report_breach(kind="B01.2", severity=None, what="骂人", actor=None, now=NOW, user=collector)
    take(row=row, owner=supervisor, actor=supervisor, now=NOW)
    return remedy(row=row, words="已辅导", actor=supervisor, now=NOW)


def both(row: BreachCase, one: User, other: User) -> list[object]:
    return at_once(
        lambda: close(row=row, words="到位", actor=one, now=NOW).state,
        lambda: dismiss(row=row, words="不是", actor=other, now=NOW).state,
    )


def test_twin_of_the_test_of_two_who_settle_a_matter_without_the_lock_both_do(
    remedied: BreachCase, compliance_officer: User, second_officer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    met = Barrier(2)

    def unlocked(row: BreachCase, *states: str) -> BreachCase:
        found = BreachCase.objects.get(pk=row.pk)
        met.wait(timeout=10)
        return found

    monkeypatch.setattr(handling, "_locked", unlocked)
    both(remedied, compliance_officer, second_officer)
    assert remedied.steps.filter(kind__in=["closed", "dismissed"]).count() == 2


@pytest.fixture
def alerts(supervisor: User) -> list[DisclosureAlert]:
    """Two rules that saw the same events."""
    return [
        DisclosureAlert.objects.create(
            kind=kind, user=supervisor, day=NOW.date(), count=3, severity=1, evidence=[1, 2, 3], found_at=NOW
        )
        for kind in ("not_own", "after_hours")
    ]


def confirm(alerts: list[DisclosureAlert], *people: User) -> list[object]:
    def act(alert: DisclosureAlert, actor: User) -> Callable[[], object]:
        return lambda: decide_alert(alert=alert, confirmed=True, note="无理由", actor=actor, now=NOW).breach_case_id

    return at_once(*(act(alert, actor) for alert, actor in zip(alerts, people, strict=True)))


def test_two_alerts_about_the_same_events_confirmed_at_once_are_one_matter(
    alerts: list[DisclosureAlert], compliance_officer: User, second_officer: User
) -> None:
    answers = confirm(alerts, compliance_officer, second_officer)
    matter = BreachCase.objects.get()
    assert answers == [matter.pk, matter.pk]
    assert sorted(matter.steps.values_list("kind", flat=True)) == ["noted", "opened"]


def test_twin_without_turns_they_are_two(
    alerts: list[DisclosureAlert], compliance_officer: User, second_officer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    met, real = Barrier(2), from_disclosure._matter_of

    def together(alert: DisclosureAlert) -> BreachCase | None:
        found = real(alert)
        met.wait(timeout=10)
        return found

    monkeypatch.setattr(from_disclosure, "_take_turn", lambda alert: None)
    monkeypatch.setattr(from_disclosure, "_matter_of", together)
    confirm(alerts, compliance_officer, second_officer)
    assert BreachCase.objects.count() == 2
