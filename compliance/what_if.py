"""What a change of a rule would have made of the gate's last answers: decided again from the facts that were kept."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from compliance.models import GateDecision
from compliance.rulebook import packs, rules_in_force
from compliance.rules.engine import decide
from compliance.rules.facts import facts_kept
from compliance.rules.versions import Change, with_change

DAYS = 30
MOST = 1000
"""Newest first; as many as a page can wait for (about a millisecond each)."""
_STRICT = ("allow", "warn", "block")


@dataclass(frozen=True)
class Trial:
    """How many of the `judged` answers would have been stricter or milder; some of them to look at. `is_cut`: there were
    more in these days than were judged."""

    judged: int
    stricter: int
    milder: int
    is_cut: bool
    examples: tuple[tuple[GateDecision, str], ...]

    @property
    def changed(self) -> int:
        return self.stricter + self.milder


def try_change(change: Change, *, now: datetime, days: int = DAYS, most: int = MOST) -> Trial:
    """Judge the decisions of the last `days` days by the rules of their moment, and by the same with `change`."""
    rules = rules_in_force()
    other = with_change(rules, change, packs())
    asked = list(GateDecision.objects.filter(decided_at__gte=now - timedelta(days=days)).order_by("-pk")[: most + 1])
    stricter, milder = 0, 0
    examples: list[tuple[GateDecision, str]] = []
    for decision in asked[:most]:
        facts = facts_kept(decision.facts)
        before, after = (_STRICT.index(decide(facts, book).verdict) for book in (rules, other))
        if before != after:
            stricter, milder = stricter + (after > before), milder + (after < before)
            examples.append((decision, _STRICT[after]))
    return Trial(min(len(asked), most), stricter, milder, len(asked) > most, tuple(examples[:5]))
