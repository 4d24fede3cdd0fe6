"""Take back exactly what a run wrote, refused contract by contract where later facts stand on it.

Gather what the run wrote (`undo_units`) → find what stands on it (`undo_blockers`) → take back the rest (`undo_facts`), in
one transaction. The documents (run, rows, problems) stay; the facts go, and the rows say that they were undone.
"""

from dataclasses import dataclass, field
from datetime import datetime

from django.db import connection, transaction
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

from cases.imports.undoing.undo_blockers import (
    Blocked,
    Blocker,
    count_blocked,
    find_blocked,
    sentence,
    sentence_of_one,
    undo_guard,
)
from cases.imports.undoing.undo_facts import take_back as take_back_facts
from cases.imports.undoing.undo_units import gather, leave_out_kept
from cases.models import Case, ImportRun

__all__ = [
    "Blocked",
    "Blocker",
    "Survey",
    "blocked_cases",
    "blocker_counts",
    "reasons_of",
    "sentence",
    "sentence_of_one",
    "survey",
    "take_back",
    "undo_guard",
]


@dataclass(frozen=True)
class Survey:
    """What undoing a run would do now. `blockers` and `blocked` (contracts) stay; `free` is taken back, by kind: rows,
    cases, positions, absences, cases_reopened, persons (names and numbers changed), contracts (products and limits
    changed), contact_points."""

    blockers: list[Blocker] = field(default_factory=list)
    blocked: int = 0
    free: dict[str, int] = field(default_factory=dict)

    @property
    def is_whole(self) -> bool:
        return not self.blocked

    @property
    def has_free(self) -> bool:
        return any(self.free.values())


def survey(*, run: ImportRun) -> Survey:
    """Of an applied run. Reads only; a second for fifty thousand rows."""
    with transaction.atomic(), connection.cursor() as cursor:
        values = gather(cursor, run=run)
        blockers = find_blocked(cursor, run=run, values=values)
        leave_out_kept(cursor)
        cursor.execute(_FREE, values)
        names = [column.name for column in cursor.description or ()]
        counts = dict(zip(names, cursor.fetchone(), strict=True))
        return Survey(blockers, counts.pop("blocked"), counts)


def take_back(*, run: ImportRun, now: datetime) -> dict[str, int]:
    """Delete and restore what `survey` found free, in the transaction of that survey; returns rows by table. The caller
    holds the locks and has decided whether a part is enough."""
    with connection.cursor() as cursor:
        return take_back_facts(cursor, {"run": run.pk, "as_of": run.as_of, "applied_at": run.applied_at, "now": now})


def blocked_cases(*, run: ImportRun, code: str = "") -> QuerySet[Case]:
    """The cases that cannot be taken back (for one reason). To be read in the caller's transaction: the list lives in a
    temporary table."""
    with connection.cursor() as cursor:
        find_blocked(cursor, run=run, values=gather(cursor, run=run))
    listed = RawSQL("SELECT case_id FROM undo_blocked WHERE %s IN ('', code)", [code])
    return Case.objects.filter(pk__in=listed).select_related("loan__debtor", "desk")


def blocker_counts() -> list[Blocker]:
    """By reason, after `blocked_cases` in the same transaction."""
    with connection.cursor() as cursor:
        return count_blocked(cursor)


def reasons_of(*, case_ids: list[int] | None = None) -> dict[int, list[Blocked]]:
    """Why each case (those given, or all) stays; after `blocked_cases` in the same transaction."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT DISTINCT case_id, code, run_id FROM undo_blocked
               WHERE %(all)s OR case_id = ANY(%(cases)s::bigint[]) ORDER BY case_id, code, run_id""",
            {"all": case_ids is None, "cases": case_ids or []},
        )
        found: dict[int, list[Blocked]] = {}
        for row in cursor.fetchall():
            found.setdefault(row[0], []).append(Blocked(*row))
    return found


_FREE = """
    SELECT (SELECT count(DISTINCT loan_id) FROM undo_kept) AS blocked,
           (SELECT count(*) FROM undo_row) AS rows,
           t.cases, t.positions, t.cases_reopened,
           (SELECT count(*) FROM cases_absence a JOIN undo_case u ON u.case_id = a.case_id
            WHERE a.run_id = %(run)s) AS absences,
           (SELECT count(*) FROM cases_importchange c JOIN undo_person u ON u.debtor_id = c.object_id
            WHERE c.run_id = %(run)s AND c."table" = 'debtor') AS persons,
           (SELECT count(*) FROM cases_importchange c JOIN undo_row u ON u.loan_id = c.object_id
            WHERE c.run_id = %(run)s AND c."table" = 'loan') AS contracts,
           (SELECT count(*) FROM cases_contactpoint p JOIN undo_person u ON u.debtor_id = p.debtor_id
            WHERE p.created_by_run_id = %(run)s) AS contact_points
    FROM (
        SELECT count(*) FILTER (WHERE opened) AS cases, count(*) FILTER (WHERE listed) AS positions,
               count(*) FILTER (WHERE closed) AS cases_reopened
        FROM undo_case
    ) t
"""
