"""Decide: where a person's week lags behind others who do the same work. Pure.

Like is compared with like: the same segment and step, people who have been here about as long (TENURES). Where there are
fewer than LEAST_PEERS of those, everybody else in the segment. The peers' rate is of their pooled counts, since the mean of
rates is not the rate.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from agents.reviews.segments import SEGMENTS, STEPS, Count

TENURES = (90, 365)
"""Days: starters, people in their first year, the others."""
LEAST_PEERS = 2
LEAST_OF = 5
"""Fewer say nothing about a person."""


@dataclass(frozen=True)
class Line:
    """One person's step in one segment beside the peers'. `like`: the peers are of about the same tenure."""

    segment: int
    step: str
    number: int
    of: int
    peer_number: int
    peer_of: int
    peers: int
    like: bool

    @property
    def rate(self) -> float | None:
        return self.number / self.of * 100 if self.of else None

    @property
    def peer_rate(self) -> float | None:
        return self.peer_number / self.peer_of * 100 if self.peer_of else None

    @property
    def gap(self) -> float | None:
        """Percentage points below the peers (positive) or above them; None where nothing can be said."""
        if self.rate is None or self.peer_rate is None or self.of < LEAST_OF or self.peer_of < LEAST_OF:
            return None
        return self.peer_rate - self.rate

    @property
    def missed(self) -> float:
        """How many more there would have been at the peers' rate."""
        return max(self.gap or 0.0, 0.0) * self.of / 100

    def to_json(self) -> dict[str, Any]:
        return dict(vars(self))


def tenure_of(joined_on: date | None, day: date) -> int:
    """0 starter, 1 in the first year, 2 the others (and who has no file)."""
    if joined_on is None:
        return len(TENURES)
    return sum((day - joined_on).days >= limit for limit in TENURES)


def lines_of(
    user_id: int, counts: Iterable[Count], tenures: Mapping[int, int], people: Collection[int] | None = None
) -> list[Line]:
    """All lines of a person, by segment and step; of segments the person has nothing in, none. `people`: who counts as a
    peer (collectors); None: whoever has counts."""
    mine: dict[tuple[int, str], Count] = {}
    others: dict[tuple[int, str], list[Count]] = {}
    for count in counts:
        key = (count.segment, count.step)
        if count.user_id == user_id:
            mine[key] = count
        elif people is None or count.user_id in people:
            others.setdefault(key, []).append(count)
    lines = []
    for segment in SEGMENTS:
        for step in STEPS:
            own = mine.get((segment, step))
            if own is None:
                continue
            all_peers = others.get((segment, step), [])
            same = [one for one in all_peers if tenures.get(one.user_id, 2) == tenures.get(user_id, 2)]
            like = len(same) >= LEAST_PEERS
            peers = same if like else all_peers
            lines.append(
                Line(
                    segment, step, own.number, own.of,
                    sum(one.number for one in peers), sum(one.of for one in peers), len(peers), like,
                )
            )  # fmt: skip
    return lines


def from_json(figures: Mapping[str, Any]) -> list[Line]:
    return [Line(**line) for line in figures.get("lines", [])]


def worst(lines: Iterable[Line]) -> Line | None:
    """The line that cost most, or None if nothing lags."""
    lagging = [line for line in lines if line.missed > 0]
    return max(lagging, key=lambda line: (line.missed, -line.segment)) if lagging else None
