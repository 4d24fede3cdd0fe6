"""Whose money it is: which person a confirmed payment is credited to. The one answer; targets, cover and appraisal ask here.

Rule: a person has the money of the own desk, and which desk held the case for a payment is the answer of cases/credit.py,
for desks of every kind, with its days of grace. What lay in the pool or with an agency is nobody's.

While a case is lent to somebody who covers an absence (agents/cover), the two share its money: from the day on which it was
lent through the cover's last day the helper has the cover's share of each payment, rounded half-up to the cent, the owner
the rest. A loan that is handed back late is over all the same: from the day after its last one the money is the owner's.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import connection

from cases.credit import MONEY_OF_DESKS, asked


@dataclass(frozen=True)
class Credit:
    """Part of one repayment, credited to one person. Yuan; negative for money that was taken back. `cover_id`: the absence
    cover under which it was shared."""

    user_id: int
    case_id: int
    repayment_id: int
    paid_on: date
    amount: Decimal
    cover_id: int | None = None


_CREDITED = f"""
WITH money AS ({MONEY_OF_DESKS})
SELECT part.user_id, m.case_id, m.repayment_id, m.paid_on, part.amount, CASE WHEN m.held_on <= lent.last_day THEN lent.id END
FROM money m
JOIN cases_desk d ON d.id = m.desk_id AND d.kind = 'collector'
LEFT JOIN LATERAL (
    SELECT v.id, v.owner_id, v.helper_id, v.last_day,
           round(m.amount * CASE WHEN m.held_on <= v.last_day THEN v.share ELSE 0 END / 100, 2) AS helped
    FROM agents_covercase t JOIN agents_cover v ON v.id = t.cover_id
    WHERE t.case_id = m.case_id
      AND m.held_on >= (t.since AT TIME ZONE %(zone)s)::date
      AND (t.until IS NULL OR m.held_on <= (t.until AT TIME ZONE %(zone)s)::date)
      -- As the day began it lay with the helper; on the first day still with the owner, or with the helper before this one.
      AND (d.owner_id = v.helper_id OR m.held_on = (t.since AT TIME ZONE %(zone)s)::date AND (
          d.owner_id = v.owner_id OR EXISTS (
              SELECT FROM agents_covercase s JOIN agents_cover w ON w.id = s.cover_id
              WHERE s.case_id = m.case_id AND w.owner_id = v.owner_id AND w.helper_id = d.owner_id
                AND w.last_day < m.held_on AND (s.until AT TIME ZONE %(zone)s)::date = m.held_on)))
    ORDER BY m.held_on <= v.last_day DESC, t.since, t.id LIMIT 1
) lent ON true
CROSS JOIN LATERAL (VALUES
    (1, coalesce(lent.owner_id, d.owner_id), m.amount - coalesce(lent.helped, 0)),
    (2, lent.helper_id, lent.helped)
) part (number, user_id, amount)
WHERE part.user_id IS NOT NULL AND part.amount <> 0 AND (%(everybody)s OR part.user_id = ANY(%(users)s))
ORDER BY m.paid_on, m.repayment_id, part.number
"""  # noqa: S608  fragment of ours


def credited(
    *, first: date, last: date, users: Collection[int] | None = None, known_by: datetime | None = None
) -> list[Credit]:
    """What was paid from `first` through `last`, by person and payment; of `users` (ids) only, if given. `known_by`: as it
    was known at that moment. One query."""
    given = {**asked(first=first, last=last, known_by=known_by), "everybody": users is None, "users": list(users or ())}
    with connection.cursor() as cursor:
        cursor.execute(_CREDITED, given)
        return [Credit(*row) for row in cursor.fetchall()]
