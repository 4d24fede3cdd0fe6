"""Upheld complaints of a debtor about a collector: whoever it is about does not get the person's cases back.

Until complaints are documents of their own, they are the holds of that type with a proof and somebody accused; nothing else
of assignment knows where they come from.
"""

from datetime import date, timedelta
from typing import NamedTuple

from django.conf import settings
from django.db import connection


class Upheld(NamedTuple):
    """`team`: code of the team that the person was in on the day, empty for none."""

    debtor_id: int
    user_id: int
    upheld_on: date
    team: str


_UPHELD = """
SELECT h.debtor_id, h.accused_id, (h.since AT TIME ZONE %(zone)s)::date, coalesce(t.code, u.unit)
FROM cases_hold h
JOIN core_user u ON u.id = h.accused_id
LEFT JOIN agents_membership m ON m.user_id = h.accused_id AND m.since <= (h.since AT TIME ZONE %(zone)s)::date
     AND (m.until IS NULL OR m.until > (h.since AT TIME ZONE %(zone)s)::date)
LEFT JOIN agents_team t ON t.id = m.team_id
WHERE h.type = 'complaint' AND h.proven AND h.accused_id IS NOT NULL AND h.since < %(before)s
  AND (%(everybody)s OR h.debtor_id = ANY(%(debtors)s))
ORDER BY 1, 2, 3
"""


def upheld_complaints(day: date, debtors: list[int] | None = None) -> list[Upheld]:
    """Those that were upheld up to `day`; of `debtors` only, if given. One query."""
    asked = {
        "zone": settings.TIME_ZONE,
        "before": day + timedelta(days=1),
        "everybody": debtors is None,
        "debtors": debtors or [],
    }
    with connection.cursor() as cursor:
        cursor.execute(_UPHELD, asked)
        return [Upheld(*row) for row in cursor.fetchall()]
