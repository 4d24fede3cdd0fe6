"""Whose money it is: which person a confirmed payment is credited to. The one answer; targets, cover and appraisal ask here.

Rule (version 1): money belongs to whoever held the case at the beginning of the day on which it was paid; of a case that was
opened or handed out that very day, to the first who held it then. What lay in the pool or with an agency is nobody's. A
payment taken back is taken back from whoever had it, on the day of the reversal. While a case is lent to somebody who covers
an absence, the two share as the cover says (agents/cover).
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.conf import settings
from django.db import connection


@dataclass(frozen=True)
class Credit:
    """Part of one repayment, credited to one person. Yuan; negative for money that was taken back."""

    user_id: int
    case_id: int
    repayment_id: int
    paid_on: date
    amount: Decimal


_CREDITED = """
WITH money AS (
    SELECT r.id, r.loan_id, r.paid_on, coalesce(o.paid_on, r.paid_on) AS held_on,
           CASE WHEN r.reversal_of_id IS NULL THEN r.amount ELSE -r.amount END AS amount
    FROM cases_repayment r LEFT JOIN cases_repayment o ON o.id = r.reversal_of_id
    WHERE r.status = 'confirmed' AND r.loan_id IS NOT NULL AND r.paid_on BETWEEN %(first)s AND %(last)s
      AND (%(known_by)s::timestamptz IS NULL OR r.recorded_at <= %(known_by)s)
)
SELECT d.owner_id, c.id, m.id, m.paid_on, m.amount
FROM money m
JOIN LATERAL (
    SELECT id FROM cases_case WHERE loan_id = m.loan_id AND opened_on <= m.held_on
    ORDER BY opened_on DESC, episode DESC LIMIT 1
) c ON true
JOIN LATERAL (
    SELECT u.desk_id FROM cases_custody u
    JOIN cases_desk k ON k.id = u.desk_id
    WHERE u.case_id = c.id
      AND u.started_at < (m.held_on + 1)::timestamp AT TIME ZONE %(zone)s
      AND (u.ended_at IS NULL OR u.ended_at > m.held_on::timestamp AT TIME ZONE %(zone)s)
    -- Whoever held it as the day began; else the first person who got it that day, and only then the pool.
    ORDER BY (u.started_at <= m.held_on::timestamp AT TIME ZONE %(zone)s AND k.kind <> 'pool') DESC,
             (k.kind <> 'pool') DESC, u.started_at LIMIT 1
) h ON true
JOIN cases_desk d ON d.id = h.desk_id AND d.kind = 'collector'
WHERE %(everybody)s OR d.owner_id = ANY(%(users)s)
ORDER BY m.paid_on, m.id
"""


def credited(
    *, first: date, last: date, users: Collection[int] | None = None, known_by: datetime | None = None
) -> list[Credit]:
    """What was paid from `first` through `last`, by person and payment; of `users` (ids) only, if given. `known_by`: as it
    was known at that moment. One query."""
    asked = {
        "first": first,
        "last": last,
        "known_by": known_by,
        "zone": settings.TIME_ZONE,
        "everybody": users is None,
        "users": list(users or ()),
    }
    with connection.cursor() as cursor:
        cursor.execute(_CREDITED, asked)
        return [Credit(*row) for row in cursor.fetchall()]
