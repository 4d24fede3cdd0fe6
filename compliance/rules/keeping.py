"""Records: how long they are kept, that they are not rewritten, and what a machine may not settle alone."""

import datetime as dt
from dataclasses import dataclass
from typing import Literal

from compliance.rules.facts import Facts
from compliance.rules.kinds import kind
from compliance.rules.tighter import FEWER, FIXED, HIGHER, LOWER, MORE, YES
from compliance.rules.verdict import Finding


@dataclass(frozen=True)
class Retention:
    """Kept for `years` from the day of the record (or of the debt's last activity), and `until_settled` in any case; a plan
    agreed on the telephone likewise. A legal hold goes before all."""

    years: int
    since: Literal["recorded", "last_activity"] = "recorded"
    until_settled: bool = True


@kind("retention", years=HIGHER, until_settled=YES, since=FIXED)
def retention(facts: Facts, params: Retention) -> Finding | None:
    record = facts.keeping
    if facts.action.kind != "delete" or record is None:
        return None
    if record.legal_hold:
        return Finding("legal_hold")
    begins = record.recorded_on if params.since == "recorded" else record.last_activity_on or record.recorded_on
    last_day = years_later(begins, params.years)
    unsettled = not record.settled and (params.until_settled or record.oral_plan)
    if facts.today > last_day and not unsettled:
        return None
    return Finding(begins, last_day, until=None if unsettled else facts.start_of(last_day + dt.timedelta(days=1)))


def years_later(day: dt.date, years: int) -> dt.date:
    """The same day `years` later; where there is none, the last of its month (Civil Code 202)."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


@dataclass(frozen=True)
class AppendOnly:
    """Whether a record may only be added to."""

    required: bool = True


@kind("append_only", required=YES)
def append_only(facts: Facts, params: AppendOnly) -> Finding | None:
    return Finding("edit") if params.required and facts.action.kind == "edit" else None


@dataclass(frozen=True)
class Reviewed:
    """What a machine may decide `alone`; all else needs a person who looked at it."""

    alone: tuple[str, ...]


@kind("reviewed", alone=FEWER)
def reviewed(facts: Facts, params: Reviewed) -> Finding | None:
    action = facts.action
    if action.kind != "decide" or action.what in params.alone or action.reviewer:
        return None
    return Finding(action.what, params.alone)


@dataclass(frozen=True)
class PlanEvidence:
    """Whether a plan needs a document or a recording before it is in force."""

    required: bool = True


@kind("plan_evidence", required=YES)
def plan_evidence(facts: Facts, params: PlanEvidence) -> Finding | None:
    if not params.required or facts.action.kind != "activate_plan" or facts.action.evidence:
        return None
    return Finding(None, evidence=("document",))


@dataclass(frozen=True)
class Certificate:
    """Days for which a passed test holds."""

    days: int


@kind("certificate", days=LOWER)
def certificate(facts: Facts, params: Certificate) -> Finding | None:
    """Whoever contacts a debtor has passed the training's test, and not too long ago."""
    if facts.action.kind != "contact" or facts.staff is None:
        return None
    passed = facts.staff.trained_on
    if passed is not None and (facts.today - passed).days <= params.days:
        return None
    return Finding(passed, params.days)


@dataclass(frozen=True)
class StaffDocuments:
    """What is on file of whoever contacts a debtor."""

    required: tuple[str, ...]


@kind("staff_documents", required=MORE)
def staff_documents(facts: Facts, params: StaffDocuments) -> Finding | None:
    if facts.action.kind != "contact" or facts.staff is None:
        return None
    missing = tuple(one for one in params.required if one not in facts.staff.documents)
    return Finding(missing, params.required) if missing else None
