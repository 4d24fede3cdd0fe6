"""Cases to learn from: candidates with what speaks for them, and what was done with the chosen ones.

Success: cases that paid in the period. Hard: cases of at least HARD_AMOUNT in the last file that were called or visited at
least HARD_TRIES times in the 30 days up to the period's end, kept no promise within 90 days and paid nothing within 30.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import connection

from cases import known

HARD_TRIES = 3
HARD_AMOUNT = 5_000
TOLD_DAYS = 60

_BEFORE = known.positions(known.files(last="base_day", past=True), past=True, loans="SELECT loan_id FROM candidates")
_AT_END = known.positions(known.files(last="last", past=True), past=True, loans="SELECT loan_id FROM candidates")
_SUCCESS = f"""
WITH candidates AS (
    SELECT m.loan_id, sum(m.amount) AS paid FROM ({known.money("first", "last", past=True)}) m
    WHERE m.status = 'confirmed' AND m.loan_id IS NOT NULL GROUP BY 1 HAVING sum(m.amount) > 0
)
SELECT s.case_id, m.paid, s.total, s.stage,
       (SELECT count(*) FROM cases_promise p WHERE p.case_id = s.case_id AND p.state IN ('broken', 'part_kept')
          AND p.settled_on < %(first)s),
       (SELECT count(*) FROM cases_promise p WHERE p.case_id = s.case_id AND p.state = 'kept'
          AND p.settled_on BETWEEN %(first)s AND %(last)s),
       t.tried, t.reached
FROM candidates m
JOIN ({_BEFORE}) s ON s.loan_id = m.loan_id AND s.total > 0
LEFT JOIN LATERAL (
    SELECT count(*) AS tried, count(*) FILTER (WHERE a.result IN ('right_party', 'met')) AS reached
    FROM compliance_contactattempt a
    WHERE a.case_id = s.case_id AND a.state = 'closed' AND a.direction = 'out' AND a.channel IN ('call', 'visit')
      AND a.closed_at <= %(known_by)s AND a.opened_at >= (%(first)s::date - 30)::timestamp AT TIME ZONE %(zone)s
      AND a.opened_at < %(first)s::date::timestamp AT TIME ZONE %(zone)s
) t ON true
ORDER BY s.case_id
"""  # noqa: S608 (fixed parts only, here and below)
_HARD = f"""
WITH tried AS (
    SELECT a.case_id, count(*) AS tries, count(*) FILTER (WHERE a.result IN ('right_party', 'met')) AS reached
    FROM compliance_contactattempt a
    WHERE a.state = 'closed' AND a.direction = 'out' AND a.channel IN ('call', 'visit') AND a.closed_at <= %(known_by)s
      AND a.opened_at >= (%(last)s::date - 29)::timestamp AT TIME ZONE %(zone)s
      AND a.opened_at < (%(last)s::date + 1)::timestamp AT TIME ZONE %(zone)s
    GROUP BY 1 HAVING count(*) >= %(tries)s
), candidates AS (
    SELECT c.loan_id FROM tried t JOIN cases_case c ON c.id = t.case_id
), paid AS (
    SELECT DISTINCT m.loan_id FROM ({known.money("paid_from", "last", past=True)}) m
    WHERE m.status = 'confirmed' AND m.loan_id IS NOT NULL
)
SELECT e.case_id, e.total, e.stage, s.stage, t.tries, t.reached
FROM tried t
JOIN ({_AT_END}) e ON e.case_id = t.case_id AND e.total >= %(amount)s
LEFT JOIN ({_BEFORE}) s ON s.case_id = t.case_id
WHERE NOT EXISTS (SELECT FROM cases_promise p WHERE p.case_id = t.case_id AND p.state = 'kept'
                  AND p.settled_on BETWEEN %(last)s::date - 90 AND %(last)s::date)
  AND e.loan_id NOT IN (SELECT loan_id FROM paid)
ORDER BY e.case_id
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
    SELECT c.id, m.paid_on, 3, m.id, CASE WHEN m.reversal_of_id IS NULL THEN 'paid' ELSE 'reversed' END, '', '',
           abs(m.amount), NULL
    FROM ({known.money("told_from", "last", past=True)}) m
    JOIN cases_case c ON c.loan_id = m.loan_id AND c.id = ANY(%(cases)s) AND m.paid_on >= c.opened_on
    WHERE m.status = 'confirmed'
) steps
WHERE day BETWEEN %(told_from)s AND %(last)s
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


def hard_cases(*, first: date, last: date, known_by: datetime) -> list[Hard]:
    """In the last file of their source."""
    asked = {"first": first, "last": last, "known_by": known_by, "tries": HARD_TRIES, "amount": HARD_AMOUNT}
    return [Hard(*row) for row in _rows(_HARD, {**asked, "paid_from": last - timedelta(days=30)})]


def steps_of(cases: Collection[int], *, last: date, known_by: datetime) -> dict[int, list[Done]]:
    """What was done in the 60 days up to `last`, by case. One query."""
    if not cases:
        return {}
    told_from = last - timedelta(days=TOLD_DAYS)
    asked = {"cases": sorted(cases), "last": last, "known_by": known_by, "told_from": told_from}
    found: dict[int, list[Done]] = {}
    for case, day, _rank, _pk, *rest in _rows(_STEPS, asked):
        found.setdefault(case, []).append(Done(case, day, *rest))
    return found


def _rows(sql: str, asked: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        base_day = asked["first"] - timedelta(days=1) if "first" in asked else None
        cursor.execute(sql, {"source": None, "base_day": base_day, "zone": settings.TIME_ZONE, **asked})
        return cursor.fetchall()
