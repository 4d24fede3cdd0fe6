"""Cases to learn from: candidates with what speaks for them, and what was done with the chosen ones.

Success: cases that paid in the period. Hard: cases of at least HARD_AMOUNT in the last file that were called or visited at
least HARD_TRIES times in the 30 days up to the period's end, kept no promise within 90 days and paid nothing within 30.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import connection

from reports.regular.facts.book import KNOWN_LOAN, SIGNED, SourceDay

HARD_TRIES = 3
HARD_AMOUNT = 5_000
TOLD_DAYS = 60

_POSITION = """
    SELECT p.total, p.stage, p.as_of FROM cases_position p
    WHERE p.case_id = c.id AND p.recorded_at <= %(known_by)s AND p.as_of {day}
    ORDER BY p.as_of DESC, p.recorded_at DESC, p.run_id DESC LIMIT 1
"""
_SUCCESS = f"""
WITH money AS (
    SELECT r.loan_id, sum({SIGNED}) AS paid FROM cases_repayment r
    WHERE r.status = 'confirmed' AND r.recorded_at <= %(known_by)s AND {KNOWN_LOAN}
      AND r.paid_on BETWEEN %(first)s AND %(last)s
    GROUP BY 1 HAVING sum({SIGNED}) > 0
)
SELECT c.id, m.paid, s.total, s.stage,
       (SELECT count(*) FROM cases_promise p WHERE p.case_id = c.id AND p.state IN ('broken', 'part_kept')
          AND p.settled_on < %(first)s),
       (SELECT count(*) FROM cases_promise p WHERE p.case_id = c.id AND p.state = 'kept'
          AND p.settled_on BETWEEN %(first)s AND %(last)s),
       t.tried, t.reached
FROM money m
JOIN LATERAL (
    SELECT x.id FROM cases_case x WHERE x.loan_id = m.loan_id AND x.opened_on <= %(last)s
    ORDER BY x.opened_on DESC, x.episode DESC LIMIT 1
) c ON true
JOIN LATERAL ({_POSITION.format(day="< %(first)s")}) s ON s.total > 0
LEFT JOIN LATERAL (
    SELECT count(*) AS tried, count(*) FILTER (WHERE a.result IN ('right_party', 'met')) AS reached
    FROM compliance_contactattempt a
    WHERE a.case_id = c.id AND a.state = 'closed' AND a.direction = 'out' AND a.channel IN ('call', 'visit')
      AND a.closed_at <= %(known_by)s AND a.opened_at >= (%(first)s::date - 30)::timestamp AT TIME ZONE %(zone)s
      AND a.opened_at < %(first)s::date::timestamp AT TIME ZONE %(zone)s
) t ON true
ORDER BY c.id
"""  # noqa: S608 (fixed parts only, here and below)
_HARD = f"""
WITH tried AS (
    SELECT a.case_id, count(*) AS tries, count(*) FILTER (WHERE a.result IN ('right_party', 'met')) AS reached
    FROM compliance_contactattempt a
    WHERE a.state = 'closed' AND a.direction = 'out' AND a.channel IN ('call', 'visit') AND a.closed_at <= %(known_by)s
      AND a.opened_at >= (%(last)s::date - 29)::timestamp AT TIME ZONE %(zone)s
      AND a.opened_at < (%(last)s::date + 1)::timestamp AT TIME ZONE %(zone)s
    GROUP BY 1 HAVING count(*) >= %(tries)s
)
SELECT c.id, e.total, e.stage, s.stage, t.tries, t.reached
FROM tried t
JOIN cases_case c ON c.id = t.case_id
JOIN cases_loan l ON l.id = c.loan_id
JOIN (SELECT unnest(%(sources)s::bigint[]) AS source_id, unnest(%(days)s::date[]) AS day) n ON n.source_id = l.source_id
JOIN LATERAL ({_POSITION.format(day="<= %(last)s")}) e ON e.as_of = n.day AND e.total >= %(amount)s
LEFT JOIN LATERAL ({_POSITION.format(day="< %(first)s")}) s ON true
WHERE NOT EXISTS (SELECT FROM cases_promise p WHERE p.case_id = c.id AND p.state = 'kept'
                  AND p.settled_on BETWEEN %(last)s::date - 90 AND %(last)s::date)
  AND NOT EXISTS (SELECT FROM cases_repayment r WHERE r.loan_id = c.loan_id AND r.status = 'confirmed'
                  AND r.recorded_at <= %(known_by)s AND {KNOWN_LOAN}
                  AND r.paid_on BETWEEN %(last)s::date - 30 AND %(last)s::date)
ORDER BY c.id
"""  # noqa: S608
_STEPS = f"""
SELECT * FROM (
    SELECT a.case_id, (a.started_at AT TIME ZONE %(zone)s)::date AS day, 1 AS rank, a.id, 'contact' AS kind,
           a.channel AS one, a.result AS other, NULL::numeric AS amount, NULL::date AS due
    FROM compliance_contactattempt a
    WHERE a.case_id = ANY(%(cases)s) AND a.state = 'closed' AND a.closed_at <= %(known_by)s
    UNION ALL
    SELECT p.case_id, p.made_on, 2, p.id, 'promised', '', '', p.amount, p.due_on
    FROM cases_promise p WHERE p.case_id = ANY(%(cases)s) AND p.made_at <= %(known_by)s
    UNION ALL
    SELECT p.case_id, p.settled_on, 4, p.id, 'settled', p.state, '', p.paid, p.due_on
    FROM cases_promise p WHERE p.case_id = ANY(%(cases)s) AND p.state IN ('kept', 'part_kept', 'broken')
    UNION ALL
    SELECT c.id, r.paid_on, 3, r.id, CASE WHEN r.reversal_of_id IS NULL THEN 'paid' ELSE 'reversed' END, '', '', r.amount,
           NULL
    FROM cases_repayment r JOIN cases_case c ON c.loan_id = r.loan_id AND c.id = ANY(%(cases)s) AND r.paid_on >= c.opened_on
    WHERE r.status = 'confirmed' AND r.recorded_at <= %(known_by)s AND {KNOWN_LOAN}
) steps
WHERE day BETWEEN %(last)s::date - %(told)s AND %(last)s::date
ORDER BY case_id, day, rank, id
"""  # noqa: S608


@dataclass(frozen=True)
class Payer:
    """A case that paid. `total`, `stage`: before the period; `broken` before it, `kept` in it; calls of 30 days before."""

    case: int
    paid: Decimal
    total: Decimal
    stage: int
    broken: int
    kept: int
    tried: int
    reached: int

    @property
    def share(self) -> Decimal:
        return min(self.paid / self.total, Decimal(1))


@dataclass(frozen=True)
class Hard:
    case: int
    total: Decimal
    stage: int
    stage_before: int | None
    tries: int
    reached: int

    @property
    def has_rolled(self) -> bool:
        return self.stage_before is not None and self.stage > self.stage_before


@dataclass(frozen=True)
class Done:
    """Something that was done with a case. `one`, `other`: codes by kind; `amount` in yuan."""

    case: int
    day: date
    kind: str
    one: str
    other: str
    amount: Decimal | None
    due: date | None


def payers(*, first: date, last: date, known_by: datetime) -> list[Payer]:
    return [Payer(*row) for row in _rows(_SUCCESS, {"first": first, "last": last, "known_by": known_by})]


def hard_cases(*, first: date, last: date, known_by: datetime, days: list[SourceDay]) -> list[Hard]:
    """`days`: the newest business date of each source, by which a case is in the book or not."""
    asked = {
        "first": first, "last": last, "known_by": known_by, "tries": HARD_TRIES, "amount": HARD_AMOUNT,
        "sources": [one.source_id for one in days], "days": [one.day for one in days],
    }  # fmt: skip
    return [Hard(*row) for row in _rows(_HARD, asked)]


def steps_of(cases: Collection[int], *, last: date, known_by: datetime) -> dict[int, list[Done]]:
    """What was done in the 60 days up to `last`, by case. One query."""
    if not cases:
        return {}
    asked = {"cases": sorted(cases), "last": last, "known_by": known_by, "told": TOLD_DAYS}
    found: dict[int, list[Done]] = {}
    for case, day, _rank, _pk, *rest in _rows(_STEPS, asked):
        found.setdefault(case, []).append(Done(case, day, *rest))
    return found


def _rows(sql: str, asked: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, {**asked, "zone": settings.TIME_ZONE})
        return cursor.fetchall()
