"""What typed rules would change, against those in force: today's pool dealt twice, nothing written."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from agents.assignment.reasons import stayed_because
from agents.assignment.rules import RulesInForce
from agents.assignment.runs import what_if


@dataclass(frozen=True)
class Pair:
    """One figure under the rules in force and under the typed ones."""

    label: str
    before: Decimal
    after: Decimal

    @property
    def difference(self) -> Decimal:
        return self.after - self.before


@dataclass(frozen=True)
class Tried:
    """`cases` of the pool, how many are dealt, what keeps the others, and what each desk gets: cases and expected yuan."""

    cases: int
    dealt: Pair
    kept: list[Pair]
    desks: list[tuple[Pair, Pair]]

    @property
    def changes_nothing(self) -> bool:
        return not self.dealt.difference and not any(one.difference for one in self.kept) and not self.desks


def try_out(
    in_force: RulesInForce, lines: Sequence[Mapping[str, Any]], values: Mapping[str, Any], *, day: date
) -> Tried:
    """Raises AssignmentRefused for rules that cannot be read."""
    after = what_if(lines=lines, values=values, day=day)
    now = [line.to_json() for line in in_force.lines]
    before = what_if(lines=now, values=asdict(in_force.values), day=day)
    codes = sorted({*before["unassigned"], *after["unassigned"]})
    old, new = ({one["desk"]: one for one in totals["desks"]} for totals in (before, after))
    desks = [
        tuple(Pair(line["name"], _gets(old[desk], figure), _gets(line, figure)) for figure in ("count", "expected"))
        for desk, line in new.items()
        if desk in old
    ]
    return Tried(
        cases=after["cases"],
        dealt=Pair("", Decimal(before["moves"]), Decimal(after["moves"])),
        kept=[
            Pair(stayed_because(code), *(Decimal(totals["unassigned"].get(code, 0)) for totals in (before, after)))
            for code in codes
        ],
        desks=[(count, money) for count, money in desks if count.difference or money.difference],
    )


def _gets(line: Mapping[str, Any], figure: str) -> Decimal:
    return Decimal(str(line[f"{figure}_after"])) - Decimal(str(line[f"{figure}_before"]))
