"""Who gets which case of somebody who is away. Pure: cases and helpers in, a deal out."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class Piece:
    """A case to be lent. Yuan."""

    case_id: int
    debtor_id: int
    stage: int
    total: Decimal
    expected: Decimal


@dataclass(frozen=True)
class Room:
    """What a helper can still take: cases, and yuan (None: no limit)."""

    user_id: int
    count: int | None
    amount: Decimal | None


@dataclass(frozen=True)
class Deal:
    """Helper's id → ids of the cases; and the cases for which nobody has room."""

    to: dict[int, list[int]]
    left: list[int]


def deal(pieces: Sequence[Piece], rooms: Sequence[Room]) -> Deal:
    """One person's debts go to one helper. The largest expectation first, each to whoever has been dealt least so far among
    those with room; between equals the smaller id. The order of the arguments does not matter."""
    people: dict[int, list[Piece]] = defaultdict(list)
    for piece in pieces:
        people[piece.debtor_id].append(piece)
    groups = sorted(
        people.values(), key=lambda group: (-sum(p.expected for p in group), -len(group), group[0].debtor_id)
    )
    by_id = sorted(rooms, key=lambda room: room.user_id)
    dealt = {room.user_id: Decimal(0) for room in by_id}
    amounts, to, left = dict(dealt), {room.user_id: list[int]() for room in by_id}, list[int]()
    for group in groups:
        total = sum((p.total for p in group), Decimal(0))
        able = [
            room
            for room in by_id
            if (room.count is None or len(to[room.user_id]) + len(group) <= room.count)
            and (room.amount is None or amounts[room.user_id] + total <= room.amount)
        ]
        if not able:
            left += [p.case_id for p in group]
            continue
        chosen = min(able, key=lambda room: (dealt[room.user_id], len(to[room.user_id]), room.user_id)).user_id
        to[chosen] += [p.case_id for p in group]
        dealt[chosen] += sum((p.expected for p in group), Decimal(0))
        amounts[chosen] += total
    return Deal({user: sorted(cases) for user, cases in to.items()}, sorted(left))
