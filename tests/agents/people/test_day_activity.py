"""A day's counters and its hours without a sign of work, on plain values."""

import datetime as dt
from typing import Any

import pytest

from agents.people.day_activity import Contact, Refusal, gaps_of, idle_minutes, longest, signs_of
from tests.compliance.conftest import monday

SHIFT = [(monday("09:00"), monday("12:00")), (monday("13:00"), monday("18:00"))]


def contact(at: str = "10:00", *, until: str = "", told: str = "", **columns: Any) -> Contact:
    values: dict[str, Any] = {
        "pk": 1, "case_id": 7, "channel": "call", "direction": "out", "state": "closed", "result": "no_answer",
        "misdirected": False, "opened_at": monday(at), "started_at": None,
        "ended_at": monday(until) if until else None, "closed_at": monday(told) if told else None, "late_minutes": 0,
        "complaint_wish": False, **columns,
    }  # fmt: skip
    return Contact(**values)


def refusal(at: str) -> Refusal:
    return Refusal(2, 7, monday(at), "CN-T-01", {"zh": "夜间", "en": "night"})


@pytest.mark.parametrize(
    ("columns", "counters"),
    [
        ({"result": "no_answer"}, (1, 0, 0)),
        ({"result": "dead_number"}, (1, 0, 0)),
        ({"result": "connected"}, (1, 1, 0)),
        ({"result": "third_party"}, (1, 1, 0)),
        ({"result": "right_party"}, (1, 1, 1)),
        ({"result": "met", "channel": "visit"}, (1, 1, 1)),
        ({"result": "right_party", "misdirected": True}, (1, 0, 0)),
        ({"result": "", "state": "open"}, (1, 0, 0)),
        ({"result": "", "state": "cancelled"}, (0, 0, 0)),
        ({"result": "right_party", "direction": "in"}, (0, 0, 0)),
        ({"result": "delivered", "channel": "sms"}, (0, 0, 0)),
    ],
)
def test_attempt_connected_and_effective_are_three_counts(columns, counters) -> None:
    one = contact(**columns)
    assert (one.is_attempt, one.is_connected, one.is_effective) == counters


def gaps(signs, now: str, hours=SHIFT) -> list[tuple[str, str, int]]:
    found = gaps_of(signs, hours, now=monday(now))
    return [(f"{gap.begins.astimezone(SHIFT[0][0].tzinfo):%H:%M}", f"{gap.ends:%H:%M}", gap.minutes) for gap in found]


def test_hours_without_a_sign_lie_between_what_was_done_and_leave_the_break_out() -> None:
    signs = signs_of([contact("09:20", until="09:30", told="09:40"), contact("13:30", told="13:30")], [])
    assert gaps(signs, "15:00") == [
        ("09:00", "09:20", 20), ("09:30", "09:40", 10), ("09:40", "13:30", 170), ("13:30", "15:00", 90)
    ]  # fmt: skip


def test_who_asks_the_gate_and_is_refused_is_at_work() -> None:
    assert gaps(signs_of([], [refusal("09:50")]), "10:00") == [("09:00", "09:50", 50), ("09:50", "10:00", 10)]


def test_a_long_talk_is_no_gap_and_a_short_one_within_it_ends_nothing() -> None:
    signs = signs_of([contact("09:00", until="11:00"), contact("09:30", until="09:35")], [])
    assert gaps(signs, "11:30") == [("11:00", "11:30", 30)]


def test_the_first_gap_begins_with_the_shift_and_nobody_is_idle_outside_it() -> None:
    early = signs_of([contact("08:10", until="08:15")], [])
    assert gaps(early, "08:30") == []
    assert gaps([], "10:00") == [("09:00", "10:00", 60)]
    assert gaps([], "20:00") == [("09:00", "18:00", 480)]
    assert gaps([], "10:00", hours=[]) == []


@pytest.mark.parametrize(
    ("now", "minutes"), [("08:59", None), ("09:30", 20), ("12:30", None), ("13:05", 175), ("18:00", None)]
)
def test_idle_are_the_working_minutes_since_the_last_sign(now: str, minutes: int | None) -> None:
    found = gaps_of(signs_of([contact("09:10")], []), SHIFT, now=monday(now))
    assert idle_minutes(found, SHIFT, now=monday(now)) == minutes


def test_who_is_on_the_telephone_at_this_moment_is_not_idle() -> None:
    found = gaps_of(signs_of([contact("10:00")], []), SHIFT, now=monday("10:00"))
    assert idle_minutes(found, SHIFT, now=monday("10:00")) == 0


def test_the_longest_come_first_and_short_ones_are_left_out() -> None:
    signs = signs_of([contact("09:50"), contact("11:50"), contact("11:55")], [])
    found = longest(gaps_of(signs, SHIFT, now=monday("12:00")), at_least=45)
    assert [gap.minutes for gap in found] == [120, 50]
    assert found[0].before is not None
    assert found[0].before.at == monday("09:50")
    assert found[1].before is None


def test_overdue_is_a_note_that_is_missing_two_hours_after_the_end() -> None:
    talk = contact("10:00", until="10:30", state="open", result="")
    assert not talk.is_overdue(monday("12:30"))
    assert talk.is_overdue(monday("12:30") + dt.timedelta(minutes=1))
    assert not contact("10:00").is_overdue(monday("18:00"))


def test_the_last_gap_goes_on_until_the_day_is_over() -> None:
    signs = signs_of([contact("10:00")], [])
    assert [gap.is_open for gap in gaps_of(signs, SHIFT, now=monday("11:00"))] == [False, True]
    assert [gap.is_open for gap in gaps_of(signs, SHIFT, now=monday("18:00"))] == [False, False]
    assert [gap.is_open for gap in gaps_of(signs, SHIFT, now=monday("10:00"))] == [False]
