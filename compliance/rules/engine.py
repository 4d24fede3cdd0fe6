"""All rules asked about one action: the strictest wins, and every reason is given."""

import datetime as dt
from collections.abc import Iterator, Sequence

from compliance.rules.facts import Facts
from compliance.rules.packs import Rule
from compliance.rules.verdict import Answer, Finding, Reason, Strength, Verdict

_ANSWERS: dict[Strength, Answer] = {"block": "block", "warn": "warn", "record": "allow", "report": "allow"}
_STRICT: tuple[Answer, ...] = ("allow", "warn", "block")
_ORDER: tuple[Strength, ...] = ("block", "warn", "report", "record")
TURNS = 2000
"""More waits in a row than rules can ask for; what is blocked after so many is blocked for good."""


def decide(facts: Facts, rules: Sequence[Rule]) -> Verdict:
    """The verdict on `facts.action` at `facts.now`, by the rules in force on that day."""
    found = list(_findings(facts, rules))
    reasons = sorted(
        (_reason(rule, finding) for rule, finding in found), key=lambda reason: _ORDER.index(reason.verdict)
    )
    answer: Answer = max((_ANSWERS[reason.verdict] for reason in reasons), key=_STRICT.index, default="allow")
    return Verdict(
        answer,
        tuple(reasons),
        _first_allowed(facts, rules, found) if answer == "block" else None,
        tuple(dict.fromkeys(evidence for _rule, finding in found for evidence in finding.evidence)),
    )


def _findings(facts: Facts, rules: Sequence[Rule]) -> Iterator[tuple[Rule, Finding]]:
    for rule in rules:
        if rule.in_force(facts.today) and rule.at_work(facts.now):
            finding = rule.check(facts)
            if finding is not None:
                yield rule, finding


def _first_allowed(facts: Facts, rules: Sequence[Rule], found: Sequence[tuple[Rule, Finding]]) -> dt.datetime | None:
    """The first moment at which no rule blocks. Each rule knows until when it blocks at least, so whatever lies before the
    latest of these is blocked: from there it is asked again."""
    for _turn in range(TURNS):
        waits = [_wait(facts, rule, finding) for rule, finding in found if _strength(rule, finding) == "block"]
        if not waits:
            return facts.now
        if None in waits:
            return None
        later = facts.at(max(moment for moment in waits if moment is not None))
        assert later.now > facts.now, "a rule that blocks until now does not block"
        facts, found = later, list(_findings(later, rules))
    return None


def _wait(facts: Facts, rule: Rule, finding: Finding) -> dt.datetime | None:
    """Until when the rule blocks at least: no longer than it is in force itself."""
    ends = [moment for moment in (finding.until, rule.ends(facts)) if moment is not None]
    return min(ends, default=None)


def _strength(rule: Rule, finding: Finding) -> Strength:
    return finding.strength or rule.verdict


def _reason(rule: Rule, finding: Finding) -> Reason:
    return Reason(
        rule=rule.id,
        pack=rule.pack,
        verdict=_strength(rule, finding),
        observed=finding.observed,
        limit=finding.limit,
        next_allowed_at=finding.until,
        source=rule.source,
        statement=dict(rule.statement),
        report=finding.report,
    )
