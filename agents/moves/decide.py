"""Which of the chosen cases may go to a desk, and what to mind. Pure: facts in, codes out."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from agents.moves.gather import CaseFacts, Target
from agents.moves.limits import Place, Reach
from cases.models import DeskKind


@dataclass(frozen=True)
class Decision:
    """`moving` in the order of ids; `refused` by case id with a code of agents/moves/codes.py; `warnings` are codes."""

    moving: list[CaseFacts] = field(default_factory=list)
    refused: dict[int, str] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)


def decide(
    expected: Mapping[int, int],
    found: Iterable[CaseFacts],
    target: Target,
    reach: Reach,
    places: Mapping[int, Place],
) -> Decision:
    """`expected`: case id → desk on which it was seen. `found`: those of them in the mover's scope as they lie now.

    What was refused for every case (a target without certificate) is refused for each. The debts of one person fit in
    together or not at all; persons are taken in the order of their first case, so that the order of choosing is irrelevant.
    """
    refused = dict.fromkeys(expected, "gone")
    persons: dict[int, list[CaseFacts]] = defaultdict(list)
    of_target = _of_target(target)
    for case in sorted(found, key=lambda one: one.id):
        code = _refusal(case, expected[case.id], target, reach, places) or of_target
        if code:
            refused[case.id] = code
        else:
            persons[case.debtor_id].append(case)
    moving: list[CaseFacts] = []
    count, amount = target.count, target.amount
    for cases in persons.values():
        more = sum((case.total for case in cases), Decimal(0))
        if _exceeds(count + len(cases), target.hard_count) or _exceeds(amount + more, target.hard_amount):
            refused |= dict.fromkeys((case.id for case in cases), "full")
            continue
        count, amount = count + len(cases), amount + more
        moving += cases
    moving.sort(key=lambda one: one.id)
    for case in moving:
        del refused[case.id]
    return Decision(moving, refused, _warnings(moving, target, count, amount) if moving else [])


def _of_target(target: Target) -> str:
    if not target.is_working:
        return "left"
    if target.place.kind == DeskKind.COLLECTOR and not target.may_contact:
        return "no_certificate"
    return "away_long" if target.away_long else ""


def _refusal(case: CaseFacts, seen_on: int, target: Target, reach: Reach, places: Mapping[int, Place]) -> str:
    if not case.is_open or case.desk_id is None:
        return "closed"
    if case.desk_id != seen_on:
        return "elsewhere"
    if case.desk_id == target.id:
        return "there"
    return reach.refuses(places[case.desk_id], target.place) or ("complaint" if case.debtor_id in target.upheld else "")


def _exceeds(value: Decimal | int, limit: Decimal | int | None) -> bool:
    return limit is not None and value > limit


def _warnings(moving: list[CaseFacts], target: Target, count: int, amount: Decimal) -> list[str]:
    facts = {
        "away": target.away,
        "no_new": not target.takes_new,
        "over_soft": _exceeds(count, target.soft_count) or _exceeds(amount, target.soft_amount),
        "stage": bool(target.stages) and any(case.stage not in target.stages for case in moving),
        "product": bool(target.products) and any(case.product not in target.products for case in moving),
        "region": bool(target.regions)
        and any(not any(case.region.startswith(region) for region in target.regions) for case in moving),
    }
    return [code for code, holds in facts.items() if holds]
