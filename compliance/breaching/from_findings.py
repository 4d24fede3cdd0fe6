"""What people find in one contact (a quality check its critical errors, a judge forbidden wording), in the register: in the
transaction that finds it.

A contact and a kind of breach are one matter, whoever finds it and however often. Each finding is a step of the matter
(the first opens it; `found`, later perhaps `found_not`) that names where it comes from, so what still holds is read off
the steps, and a judgement that was taken back stays to be seen.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from collection_ops.core.models import User
from compliance.breaching.register import MOST_WORDS, bring_back, report_breach, step, withdraw
from compliance.models import STANDING, BreachCase, BreachCaseState, BreachSource, BreachStep, ContactAttempt

OPENED, FOUND, FOUND_NOT = "opened", "found", "found_not"
OF_FINDINGS = (BreachSource.QUALITY, BreachSource.WORDING)
"""Matters that findings opened: they fall with the last of them. Others have a reason of their own to stand."""


@dataclass(frozen=True)
class Finding:
    """Where it comes from: `key` names the check or the hit among all findings. `check_number`: of a check."""

    key: str
    source: BreachSource
    attempt: ContactAttempt
    user: User | None
    org: str
    check_number: int | None = None


def follow(finding: Finding, kinds: Mapping[str, str], *, actor: User, now: datetime, why: str) -> list[BreachCase]:
    """Bring the register after what `finding` holds now: `kinds` of breach, with what was found. Safe to repeat. A kind that
    it held before and does not any more is `found_not`, because of `why`; where nothing else holds it the matter is
    withdrawn. What a person has closed or dismissed stays as it is, but for the step that says so."""
    # Two hits in one note, or a check and a hit, may be judged at the same time: they are one matter.
    contact = ContactAttempt.objects.filter(pk=finding.attempt.pk)
    contact.select_for_update(no_key=True).values_list("pk").get()
    rows = list(BreachCase.objects.filter(attempt=finding.attempt).select_for_update(of=("self",)).order_by("pk"))
    holding = _holding(rows)
    matters = []
    for kind, what in kinds.items():
        row = _matter(rows, kind, finding)
        if row is None:
            row = report_breach(
                kind=kind,
                severity=None,
                what=what[:MOST_WORDS],
                actor=actor,
                now=now,
                attempt=finding.attempt,
                user=finding.user,
                org=finding.org,
                check_number=finding.check_number,
                source=finding.source,
                finding=finding.key,
            )
        elif finding.key not in holding.get(row.pk, ()):
            step(row, FOUND, actor=actor, now=now, words=what[:MOST_WORDS], data={"finding": finding.key})
        if row.state == BreachCaseState.WITHDRAWN:
            bring_back(row, actor=actor, now=now)
        matters.append(row)
    for row in rows:
        held = holding.get(row.pk, set())
        if finding.key in held and row not in matters:
            step(row, FOUND_NOT, actor=actor, now=now, words=why, data={"finding": finding.key})
            if row.source in OF_FINDINGS and row.state in STANDING and held == {finding.key}:
                withdraw(row, actor=actor, now=now)
    return matters


def _holding(rows: list[BreachCase]) -> dict[int, set[str]]:
    """By matter, the findings that hold it. One query."""
    held: dict[int, set[str]] = {}
    steps = BreachStep.objects.filter(
        breach_case__in=rows, kind__in=[OPENED, FOUND, FOUND_NOT], data__has_key="finding"
    )
    for matter, kind, data in steps.order_by("pk").values_list("breach_case_id", "kind", "data"):
        keys = held.setdefault(matter, set())
        (keys.discard if kind == FOUND_NOT else keys.add)(str(data["finding"]))
    return held


def _matter(rows: list[BreachCase], kind: str, finding: Finding) -> BreachCase | None:
    """The matter that is there of this kind. One that somebody found to be no breach is no answer to a new finding of
    another sort; to the same sort it is."""

    def is_own(row: BreachCase) -> bool:
        return row.source == finding.source and row.check_number == finding.check_number

    over = (BreachCaseState.DISMISSED, BreachCaseState.WITHDRAWN)
    alike = [row for row in rows if row.kind == kind and (is_own(row) or row.state not in over)]
    return min(alike, key=lambda row: (row.state not in STANDING, not is_own(row), row.pk), default=None)
