"""What a desk asks of the gate before anybody calls: only looks, nothing is kept.

The gate itself is asked again at the call.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from zoneinfo import ZoneInfo

from collection_ops.core.models import User
from compliance.facts import DEBTOR, gather
from compliance.rulebook import rules_in_force
from compliance.rules.engine import decide
from compliance.rules.facts import HOME, Action, Facts, Loan


@dataclass(frozen=True)
class CallLook:
    """Whether a call to one of the debtor's own numbers is allowed now, and if not, from when on (None: not at all as things
    stand, or there is no number)."""

    allowed: bool
    next_allowed_at: dt.datetime | None = None


def look_at_call(*, debtor_id: int, loan_id: int, actor: User, now: dt.datetime) -> CallLook:
    """How the gate stands for a call about the loan to the debtor's own numbers. Two queries, however long
    the log."""
    known = gather(debtor_id=debtor_id, now=now, actor=actor)
    rules = rules_in_force(key=known.rulebook)
    later: list[dt.datetime] = []
    for point in known.facts.points:
        if point.party != DEBTOR or point.invalid:
            continue
        action = Action(loans=(str(loan_id),), actor=str(actor.pk), point=point.id)
        verdict = decide(replace(known.facts, action=action), rules)
        if verdict.allowed:
            return CallLook(True)
        if verdict.next_allowed_at is not None:
            later.append(verdict.next_allowed_at)
    return CallLook(False, min(later, default=None))


def callable_times(day: dt.date, times: Sequence[dt.time]) -> list[bool]:
    """For each time of day, whether the rules allow a call to somebody of whom nothing is known but a debt: the hours of the
    day, without what a person's own log or holds may add."""
    rules = [rule for rule in rules_in_force() if rule.verdict == "block"]
    zone = ZoneInfo(HOME)
    action, loans = Action(loans=("0",)), (Loan("0", Decimal(1_000)),)
    moments = (dt.datetime.combine(day, time, tzinfo=zone) for time in times)
    return [decide(Facts(moment, action=action, loans=loans), rules).allowed for moment in moments]
