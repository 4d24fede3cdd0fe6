"""A day's work by blocks of hours: who is called when.

An agreed callback stands in its hour, and a person whose own history knows a best hour in that. Everybody else is spread
over the working hours that are left, in the order of the queue, as many an hour as a person makes.

Pure: lines in, blocks out.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from agents.workbench.best_hour import SLOTS, History, best_hour
from agents.workbench.queue.score import Scored
from agents.workbench.queue.weights import Group

USUAL_HOURS = (9, 10, 11, 14, 15, 16, 17)
"""In which somebody is called of whom nothing is known; not at noon."""


@dataclass(frozen=True)
class Block:
    """An hour of the day with its cases, in the order of the queue. `agreed` is how many of them have an appointment."""

    hour: int
    lines: list[Scored] = field(default_factory=list)
    agreed: int = 0

    @property
    def span(self) -> str:
        return f"{self.hour:02d}:00–{self.hour + 1:02d}:00"


def plan_day(
    lines: Sequence[Scored],
    histories: Mapping[int, History],
    *,
    local: dt.datetime,
    slots: Collection[int],
    per_hour: int,
) -> list[Block]:
    """Blocks from the hour of `local` on, without empty ones. `slots`: when calls are allowed today. What does not fit into
    the day is left out: it is tomorrow's."""
    open_hours = {SLOTS[slot].hour for slot in slots} | ({13} if SLOTS.index(dt.time(12)) in slots else set())
    hours = [hour for hour in sorted(open_hours) if hour >= local.hour]
    placed: defaultdict[int, list[Scored]] = defaultdict(list)
    agreed: defaultdict[int, int] = defaultdict(int)
    others = []
    for line in lines:
        hour = _hour_of(line, histories.get(line.row.debtor_id, History()), local, slots)
        if hour is None or hour not in hours:
            others.append(line)
            continue
        placed[hour].append(line)
        agreed[hour] += line.row.group == Group.CALLBACK
    for hour in hours:
        room = per_hour - len(placed[hour]) if hour in USUAL_HOURS or hour == local.hour else 0
        taken, others = others[: max(room, 0)], others[max(room, 0) :]
        placed[hour] += taken
    return [Block(hour, placed[hour], agreed[hour]) for hour in hours if placed[hour]]


def _hour_of(line: Scored, history: History, local: dt.datetime, slots: Collection[int]) -> int | None:
    """The hour that is this person's: the agreed one, or the best of their own history; None if there is neither."""
    if line.row.group == Group.CALLBACK and line.row.told_at is not None:
        return max(line.row.told_at.astimezone(local.tzinfo), local).hour
    if not history.calls:
        return None
    best = best_hour(history, local.date(), allowed=slots)
    return best.begins.hour if best is not None and best.own.answered else None
