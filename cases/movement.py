"""What moved between the last two business dates of each source: new, left, rolled forward or back.

Always a source's own dates: one whose file did not come today is compared on the days it has, so that its cases have not
«left». Facts are the positions of the newest applied run of each of the two dates.
"""

# ruff: noqa: S608  statements are put together from constants of this module only

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


# Both days of one source side by side; a debt without a row on one of them has NULL there. By loan, as the roll-rate KPI
# (reports/kpis/moving.py): one that was closed and came back as a new case in between has rolled, too. Nearly all are the
# same case on both days and are paired as such; of the few others alone the loan is looked up.
_ON_DAY = "SELECT case_id, stage, total FROM cases_position WHERE run_id = %s AND as_of = %s"
_ALONE = """
    (SELECT c.loan_id, a.* FROM {day} a JOIN cases_case c ON c.id = a.case_id
     WHERE NOT EXISTS (SELECT FROM {other} o WHERE o.case_id = a.case_id))
"""
WITH_DAYS = f"WITH earlier AS MATERIALIZED ({_ON_DAY}), later AS MATERIALIZED ({_ON_DAY})"
PAIRED = f"""
    (SELECT e.case_id AS was_case, e.stage AS was_stage, e.total AS was_total,
            l.case_id AS now_case, l.stage AS now_stage, l.total AS now_total
     FROM earlier e JOIN later l USING (case_id)
     UNION ALL
     SELECT e.case_id, e.stage, e.total, l.case_id, l.stage, l.total
     FROM {_ALONE.format(day="earlier", other="later")} e FULL JOIN {_ALONE.format(day="later", other="earlier")} l
         ON l.loan_id = e.loan_id) p
"""
THE_CASE = "coalesce(p.now_case, p.was_case)"

CONDITIONS: dict[str, str] = {
    "new": "p.was_case IS NULL",
    "left": "p.now_case IS NULL",
    "both": "p.was_case IS NOT NULL AND p.now_case IS NOT NULL",
    "forward": "p.now_stage > p.was_stage",
    "back": "p.now_stage < p.was_stage",
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
            conditions.append(f"p.{name}_stage = %s")
            narrowed.append(stage)
    parts, params = [], []
    for days in last_days():
        if days.earlier is None:
            continue
        parts.append(f"({WITH_DAYS} SELECT {THE_CASE} FROM {PAIRED} WHERE {' AND '.join(conditions)})")
        params += [*paired_params(days), *narrowed]
    if not parts:
        return queryset.none()
    return queryset.filter(pk__in=RawSQL(" UNION ALL ".join(parts), params))  # noqa: S611
