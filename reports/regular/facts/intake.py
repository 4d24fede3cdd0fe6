"""What came in and how good it was: files, absences that wait for an explanation, money that waits for its contract."""

import json
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import connection

from cases import known
from collection_ops.core.money import round_money

# Of several files for one day the first says whether it came in time, the last what the day was like.
_FILES = """
SELECT s.name, r.kind, r.as_of, min(r.applied_at), count(*),
       (array_agg(r.row_counts ORDER BY r.applied_at DESC, r.id DESC))[1]
FROM cases_importrun r JOIN cases_source s ON s.id = r.source_id
WHERE r.kind IN ('overdue', 'repayments') AND r.state = 'applied' AND r.applied_at <= %(known_by)s
  AND r.as_of BETWEEN %(first)s AND %(last)s
GROUP BY s.id, s.name, r.kind, r.as_of ORDER BY s.name, r.kind, r.as_of
"""
_ABSENCES = """
SELECT count(*), coalesce(sum(p.total), 0), min(a.as_of)
FROM cases_absence a
LEFT JOIN LATERAL (
    SELECT p.total FROM cases_position p WHERE p.case_id = a.case_id AND p.as_of < a.as_of
    ORDER BY p.as_of DESC, p.run_id DESC LIMIT 1
) p ON true
WHERE a.as_of <= %(last)s AND a.created_at <= %(known_by)s
  AND (a.explained_at IS NULL OR a.explained_at > %(known_by)s)
"""
# Whatever the day it was paid: it waits until somebody finds the contract.
_WAITING = f"""
SELECT count(*) FILTER (WHERE m.reversal_of_id IS NULL), coalesce(sum(m.amount), 0), min(m.paid_on)
FROM ({known.money("ever", "last", past=True)}) m WHERE m.status = 'confirmed' AND m.loan_id IS NULL
"""  # noqa: S608 (fixed parts only)
EVER = date(2000, 1, 1)
_NUMBERS = """
SELECT count(*) FILTER (WHERE result = 'dead_number'), count(*) FILTER (WHERE result = 'out_of_service'),
       count(*) FILTER (WHERE misdirected), count(*)
FROM compliance_contactattempt
WHERE state = 'closed' AND channel = 'call' AND direction = 'out' AND closed_at <= %(known_by)s
  AND started_at >= %(first)s::date::timestamp AT TIME ZONE %(zone)s
  AND started_at < (%(last)s::date + 1)::timestamp AT TIME ZONE %(zone)s
"""


@dataclass(frozen=True)
class FileLine:
    """The files of a source, a kind and a business date; `applied_at` is the moment of the first."""

    source: str
    kind: str
    as_of: date
    applied_at: datetime
    files: int
    row_counts: dict[str, Any]

    @property
    def accepted(self) -> int:
        return int(self.row_counts.get("accepted", 0))

    @property
    def rejected(self) -> int:
        return int(self.row_counts.get("rejected", 0))


@dataclass(frozen=True)
class Waiting:
    """How many, how much (yuan), since when."""

    count: int
    amount: Decimal
    oldest: date | None


@dataclass(frozen=True)
class Numbers:
    """Calls of a period that ended at a number which is none, or is somebody else's."""

    dead: int
    out_of_service: int
    misdirected: int
    calls: int


def files(*, first: date, last: date, known_by: datetime) -> list[FileLine]:
    return [
        FileLine(
            source, kind, as_of, applied_at, files, json.loads(counts) if isinstance(counts, str) else counts or {}
        )
        for source, kind, as_of, applied_at, files, counts in _rows(_FILES, first, last, known_by)
    ]


def open_absences(*, last: date, known_by: datetime) -> Waiting:
    """Cases that a file up to `last` lacked and that nobody had explained by then; the total of their last file."""
    return _waiting(_rows(_ABSENCES, last, last, known_by)[0])


def waiting_money(*, last: date, known_by: datetime) -> Waiting:
    return _waiting(_rows(_WAITING, last, last, known_by)[0])


def bad_numbers(*, first: date, last: date, known_by: datetime) -> Numbers:
    return Numbers(*_rows(_NUMBERS, first, last, known_by)[0])


def _waiting(row: tuple[Any, ...]) -> Waiting:
    count, amount, oldest = row
    return Waiting(count, round_money(amount), oldest)


def _rows(sql: str, first: date, last: date, known_by: datetime) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, _asked(first, last, known_by))
        return cursor.fetchall()


def _asked(first: date, last: date, known_by: datetime) -> dict[str, Any]:
    zone = settings.TIME_ZONE
    return {"first": first, "last": last, "known_by": known_by, "zone": zone, "ever": EVER, "source": None}
