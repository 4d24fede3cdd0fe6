"""What the rules say: one verdict, with every reason that led to it."""

import datetime as dt
from dataclasses import dataclass
from typing import Any, Literal

Strength = Literal["block", "warn", "record", "report"]
"""What a rule does when it speaks: refuse · allow and remember why · ask for evidence · open a case for the compliance
officer."""

Answer = Literal["allow", "warn", "block"]


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check has to say. `observed` and `limit` are what it counted or saw, and what the rule wants.

    `until`: the first moment at which this check alone would not say it again if nothing else happened; None when time
    alone does not help. `strength` instead of the rule's own, where a rule has several; `report` besides it.
    """

    observed: Any
    limit: Any = None
    until: dt.datetime | None = None
    strength: Strength | None = None
    evidence: tuple[str, ...] = ()
    report: bool = False


@dataclass(frozen=True, slots=True)
class Reason:
    """A finding with the rule that it comes from."""

    rule: str
    pack: str
    verdict: Strength
    observed: Any
    limit: Any
    next_allowed_at: dt.datetime | None
    source: str
    statement: dict[str, str]
    report: bool = False

    def to_json(self) -> dict[str, Any]:
        return {
            "rule": self.rule,
            "pack": self.pack,
            "verdict": self.verdict,
            "observed": _plain(self.observed),
            "limit": _plain(self.limit),
            "next_allowed_at": _plain(self.next_allowed_at),
            "source": self.source,
            "statement": self.statement,
        }


@dataclass(frozen=True, slots=True)
class Verdict:
    """The strictest of all reasons. `next_allowed_at`: of a refusal, the first moment at which the same action is not
    refused if nothing happens meanwhile; None when waiting does not help. `evidence_required`: what has to be kept with
    the action. `reports`: rules that open a case for the compliance officer."""

    verdict: Answer
    reasons: tuple[Reason, ...] = ()
    next_allowed_at: dt.datetime | None = None
    evidence_required: tuple[str, ...] = ()

    @property
    def allowed(self) -> bool:
        return self.verdict != "block"

    @property
    def reports(self) -> tuple[str, ...]:
        return tuple(reason.rule for reason in self.reasons if reason.report or reason.verdict == "report")

    def to_json(self) -> dict[str, Any]:
        return {
            "verdict": self.verdict,
            "reasons": [reason.to_json() for reason in self.reasons],
            "next_allowed_at": _plain(self.next_allowed_at),
            "evidence_required": list(self.evidence_required),
            "reports": list(self.reports),
        }


def _plain(value: Any) -> Any:
    if isinstance(value, dt.datetime | dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value if value is None or isinstance(value, bool | int | str) else str(value)
