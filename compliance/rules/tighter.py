"""Which way a parameter is tighter: declared with its kind of rule, so that «tighten» and «loosen» can be told apart.

    @kind("min_gap", minutes=HIGHER)

A value that cannot be compared with another (other places, neither all of them) counts as looser: two people look at it.
"""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import IntEnum
from typing import Any


class Turn(IntEnum):
    LOOSER = -1
    SAME = 0
    TIGHTER = 1


@dataclass(frozen=True)
class Direction:
    """How one value of a parameter compares with another. `fixed`: part of what the rule is, not changed by anybody here."""

    name: str
    turn: Callable[[Any, Any], Turn]
    fixed: bool = False

    def of(self, old: Any, new: Any) -> Turn:
        return Turn.SAME if old == new else self.turn(old, new)


def _by(rank: Callable[[Any], Any]) -> Callable[[Any, Any], Turn]:
    return lambda old, new: Turn.TIGHTER if rank(new) > rank(old) else Turn.LOOSER


def _number(value: Any) -> Decimal:
    return Decimal(str(value))


_NONE = Decimal("Infinity")

LOWER = Direction("lower", _by(lambda value: -_NONE if value is None else -_number(value)))
"""A limit: fewer is tighter, none at all the loosest."""
HIGHER = Direction("higher", _by(lambda value: -_NONE if value is None else _number(value)))
"""A wait or a least number: more is tighter, none at all the loosest."""
LONGER = Direction("longer", _by(lambda value: _NONE if value is None else _number(value)))
"""A time for which something stops: longer is tighter, without an end the tightest."""
YES = Direction("yes", _by(bool))
NO = Direction("no", _by(lambda value: not value))
MORE = Direction("more", lambda old, new: Turn.TIGHTER if set(new) > set(old) else Turn.LOOSER)
"""What is forbidden or asked for: more of it is tighter."""
FEWER = Direction("fewer", lambda old, new: Turn.TIGHTER if set(new) < set(old) else Turn.LOOSER)
"""What is allowed: fewer is tighter."""


def _since_noon(time: dt.time) -> int:
    """Minutes since noon: an evening is earlier than the small hours after it."""
    return (time.hour * 60 + time.minute - 12 * 60) % (24 * 60)


EVENING = Direction("evening", _by(lambda time: -_since_noon(time)))
"""When a night begins: the earlier the tighter."""
MORNING = Direction("morning", _by(_since_noon))
"""When a night ends: the later the tighter."""


def stricter(*values: Any) -> Direction:
    """Codes from the loosest to the tightest."""
    return Direction("stricter", _by(values.index))


FIXED = Direction("fixed", lambda _old, _new: Turn.LOOSER, fixed=True)

VERDICT = stricter("record", "report", "warn", "block")
"""What a rule does when it speaks."""


def worst(turns: Mapping[str, Turn]) -> Turn:
    """Looser if anything is; else tighter if anything is."""
    found = set(turns.values())
    if Turn.LOOSER in found:
        return Turn.LOOSER
    return Turn.TIGHTER if Turn.TIGHTER in found else Turn.SAME
