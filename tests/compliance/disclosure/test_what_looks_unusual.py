"""What is told about people who look at personal data: limits, and what each alert counts."""

import datetime as dt
from typing import Any

import pytest

from compliance.disclosure.facts import EXPORTED, REVEALED, SEARCHED, Event
from compliance.disclosure.rules import Limits, unusual
from compliance.models import AlertKind

DAY = dt.date(2026, 3, 3)
TEN = dt.datetime(2026, 3, 3, 10, 0, tzinfo=dt.timezone(dt.timedelta(hours=8)))


def event(number: int, action: str = REVEALED, *, minute: float = 0, actor: int = 7, **said: Any) -> Event:
    given: dict[str, Any] = {"debtor": number if action == REVEALED else None, "outcome": "ok", **said}
    return Event(id=number, actor=actor, at=TEN + dt.timedelta(minutes=minute), day=DAY, action=action, **given)


def found(events: list[Event], *, today: dt.date = DAY + dt.timedelta(days=1)) -> dict[AlertKind, tuple[int, int]]:
    return {one.kind: (one.count, one.severity) for one in unusual(events, Limits(), today=today)}


@pytest.mark.parametrize(
    ("sizes", "expected"),
    [
        ([24], None),
        ([25], (25, 1)),
        ([12, 13], (25, 1)),
        ([249], (249, 1)),
        ([250], (250, 2)),
        ([2499], (2499, 2)),
        ([2000, 500], (2500, 3)),
    ],
)
def test_exports_of_a_day_count_together_at_25_250_and_2500_persons(
    sizes: list[int], expected: tuple[int, int] | None
) -> None:
    exports = [event(n, EXPORTED, persons=size) for n, size in enumerate(sizes)]
    assert found(exports).get(AlertKind.EXPORTS) == expected


def test_exports_of_two_people_are_not_one() -> None:
    assert found([event(n, EXPORTED, persons=24, actor=n) for n in range(2)]) == {}


def test_one_person_of_somebody_elses_desk_is_told_and_their_own_are_not() -> None:
    assert found([event(1, own=False), event(2)]) == {AlertKind.NOT_OWN: (1, 1)}
    assert found([event(2)]) == {}


def test_the_same_person_opened_twice_is_one_person() -> None:
    assert found([event(1, own=False), event(2, own=False, debtor=1)])[AlertKind.NOT_OWN] == (1, 1)
    assert found([event(n, own=False) for n in range(3)])[AlertKind.NOT_OWN] == (3, 2), "three times the limit: more"


def test_fifteen_persons_within_ten_minutes_are_many_and_within_eleven_are_not() -> None:
    assert found([event(n, minute=n * 10 / 14) for n in range(15)])[AlertKind.IN_A_ROW] == (15, 1)
    assert found([event(n, minute=n * 11 / 14) for n in range(15)]) == {}
    assert found([event(n, debtor=1) for n in range(15)]) == {}, "one person fifteen times"


def test_three_things_after_hours_are_told_whatever_they_were() -> None:
    late = [event(1, late=True), event(2, SEARCHED, late=True), event(3, EXPORTED, late=True, persons=1)]
    assert found(late) == {AlertKind.AFTER_HOURS: (3, 1)}
    assert found(late[:2]) == {}


def test_five_names_that_nobody_has_are_told_and_contract_numbers_are_not() -> None:
    names = [event(n, SEARCHED, is_empty=True, by_name=True) for n in range(5)]
    assert found(names) == {AlertKind.EMPTY_SEARCHES: (5, 1)}
    assert found(names[:4]) == {}
    assert found([event(n, SEARCHED, is_empty=True) for n in range(5)]) == {}


def test_numbers_opened_to_call_and_not_called_are_told_once_the_day_is_over() -> None:
    idle = [event(n, capability="phones.reveal", why="contact", contacted=False) for n in range(3)]
    assert found(idle) == {AlertKind.NO_CONTACT: (3, 1)}
    assert found(idle, today=DAY) == {}, "the day is not over"
    assert found([*idle[:2], event(9, capability="phones.reveal", why="contact")]) == {}, "the third was called"
    assert found([event(n, capability="phones.reveal", why="letter", contacted=False) for n in range(3)]) == {}


def test_what_was_refused_is_no_look() -> None:
    assert found([event(n, own=False, outcome="refused", late=True) for n in range(20)]) == {}
