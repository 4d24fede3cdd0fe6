"""The day by blocks of hours: appointments in their hour, everybody else spread over what is left. No database."""

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from zoneinfo import ZoneInfo

from agents.workbench.best_hour import SLOTS, History, Tried, slot_of
from agents.workbench.queue.gather import QueueRow
from agents.workbench.queue.plan import plan_day
from agents.workbench.queue.score import scored
from agents.workbench.queue.weights import Group, Weights

CHINA = ZoneInfo("Asia/Shanghai")
DAY = dt.date(2026, 3, 2)
OPEN = [slot for slot, begins in enumerate(SLOTS) if dt.time(8) <= begins < dt.time(22)]
ROW = QueueRow(1, 1, 1, Group.FIRST, 400, Decimal(1000), 2, 45, 16, None, has_number=True, is_held=False)


def lines(*rows: QueueRow):
    return [scored(row, Weights(), today=DAY) for row in rows]


def plan(*rows: QueueRow, at: str = "10:30", histories=None, per_hour: int = 2, slots=OPEN):
    local = dt.datetime.combine(DAY, dt.time.fromisoformat(at), tzinfo=CHINA)
    blocks = plan_day(lines(*rows), histories or {}, local=local, slots=slots, per_hour=per_hour)
    return {block.hour: [one.row.case_id for one in block.lines] for block in blocks}


def people(number: int) -> list[QueueRow]:
    return [replace(ROW, case_id=n, debtor_id=n) for n in range(1, number + 1)]


def test_the_queue_is_spread_over_the_hours_that_are_left_but_not_over_noon() -> None:
    assert plan(*people(7)) == {10: [1, 2], 11: [3, 4], 14: [5, 6], 15: [7]}


def test_a_callback_stands_in_its_hour_and_an_overdue_one_in_this_one() -> None:
    at_four = replace(
        ROW, case_id=8, debtor_id=8, group=Group.CALLBACK, told_at=dt.datetime(2026, 3, 2, 16, 20, tzinfo=CHINA)
    )
    missed = replace(
        ROW, case_id=9, debtor_id=9, group=Group.CALLBACK, told_at=dt.datetime(2026, 3, 2, 8, 20, tzinfo=CHINA)
    )
    assert plan(at_four, missed, *people(2)) == {10: [9, 1], 11: [2], 16: [8]}


def test_who_is_known_to_pick_up_in_the_evening_is_called_then() -> None:
    evening = History(slots={slot_of(dt.time(19)): Tried(20, 18)})
    assert plan(*people(2), histories={2: evening}) == {10: [1], 19: [2]}


def test_in_the_evening_only_the_current_hour_and_appointments_are_left() -> None:
    assert plan(*people(5), at="19:10") == {19: [1, 2]}
    assert plan(*people(5), at="22:30") == {}
    assert plan(*people(5), slots=[]) == {}
