"""What moved between the last two business dates of each source: new, left, rolled forward or back.

Always a source's own dates: one whose file did not come today is compared on the days it has, so that its cases have not
«left». Facts are the positions of the newest applied run of each of the two dates.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models.expressions import RawSQL

from cases.models import ImportRun, RunKind, RunState
from cases.positions import NEWEST_FIRST
from cases.querysets import CaseQuerySet


@dataclass(frozen=True)
class Day:
    """One applied business date of a source, by the run that holds its positions."""

    run_id: int
    as_of: date


@dataclass(frozen=True)
class LastDays:
    """The last applied business date of a source and the one before; `earlier` is None for a source with one date."""

    source_id: int
    later: Day
    earlier: Day | None


def last_days(source_ids: Iterable[int] | None = None) -> list[LastDays]:
    """Of every source that has an applied file (or of those named), in one query over the runs."""
    runs = ImportRun.objects.filter(state=RunState.APPLIED, kind=RunKind.OVERDUE)
    if source_ids is not None:
        runs = runs.filter(source_id__in=list(source_ids))
    days: dict[int, list[Day]] = {}
    for source_id, run_id, as_of in runs.order_by(*NEWEST_FIRST).values_list("source_id", "pk", "as_of"):
        kept = days.setdefault(source_id, [])
        if len(kept) < 2 and (not kept or kept[-1].as_of != as_of):
            kept.append(Day(run_id, as_of))
    return [
        LastDays(source_id, later=kept[0], earlier=kept[1] if len(kept) == 2 else None)
        for source_id, kept in days.items()
    ]


# Both days of one source side by side; a loan without a row on one of them has NULL there. By loan, as the roll-rate KPI
# (reports/kpis/moving.py): a debt that was closed and came back as a new case in between has rolled, too.
_ON_DAY = """
    (SELECT c.loan_id, p.case_id, p.stage, p.total
     FROM cases_position p JOIN cases_case c ON c.id = p.case_id WHERE p.run_id = %s AND p.as_of = %s)
"""
PAIRED = f"{_ON_DAY} AS was FULL JOIN {_ON_DAY} AS now ON now.loan_id = was.loan_id"
THE_CASE = "coalesce(now.case_id, was.case_id)"

CONDITIONS: dict[str, str] = {
    "new": "was.case_id IS NULL",
    "left": "now.case_id IS NULL",
    "both": "was.case_id IS NOT NULL AND now.case_id IS NOT NULL",
    "forward": "now.stage > was.stage",
    "back": "now.stage < was.stage",
}


def paired_params(days: LastDays) -> list[Any]:
    assert days.earlier is not None
    return [days.earlier.run_id, days.earlier.as_of, days.later.run_id, days.later.as_of]


def moved(
    queryset: CaseQuerySet, move: str, *, stage_from: int | None = None, stage_to: int | None = None
) -> CaseQuerySet:
    """Those of `queryset` that moved so. `move` is a key of `CONDITIONS`; the stages narrow to one cell of the matrix.

    A join of two runs, not a question per case: 100,000 cases take a third of a second this way and two and more the
    other.
    """
    conditions, narrowed = [CONDITIONS[move]], []
    for name, stage in (("was", stage_from), ("now", stage_to)):
        if stage is not None:
            conditions.append(f"{name}.stage = %s")
            narrowed.append(stage)
    parts, params = [], []
    for days in last_days():
        if days.earlier is None:
            continue
        parts.append(
            f"SELECT {THE_CASE} FROM {PAIRED} WHERE {' AND '.join(conditions)}"  # noqa: S608
        )
        params += [*paired_params(days), *narrowed]
    if not parts:
        return queryset.none()
    return queryset.filter(pk__in=RawSQL(" UNION ALL ".join(parts), params))  # noqa: S611
