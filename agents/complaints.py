"""Complaints of debtors about a collector: the one place in which assignment, moves, reviews and rewards see them.

There is no register of complaints yet. Until it comes, a complaint is a hold of that type which names whom it is about
(`accused`): received on the day it begins, upheld when there is proof, settled once the hold has ended. One that names
nobody is nobody's.
"""

from collections.abc import Collection
from datetime import date, datetime
from typing import NamedTuple

from django.conf import settings
from django.db import connection


class Complaint(NamedTuple):
    """`number` is that of the hold, by which it is found in the debtor's record; `debtor_id` for links, never a name.
    `team`: code of the team that the person was in on the day, empty for none."""

    number: int
    debtor_id: int
    user_id: int
    received_on: date
    upheld: bool
    ended_at: datetime | None
    team: str

    def is_settled(self, now: datetime) -> bool:
        return self.ended_at is not None and self.ended_at <= now


_RECEIVED = """
SELECT h.id, h.debtor_id, h.accused_id, d.day, h.proven, h.ends_at, coalesce(t.code, u.unit)
FROM cases_hold h
CROSS JOIN LATERAL (SELECT (h.since AT TIME ZONE %(zone)s)::date AS day) d
JOIN core_user u ON u.id = h.accused_id
LEFT JOIN agents_membership m ON m.user_id = h.accused_id AND m.since <= d.day AND (m.until IS NULL OR m.until > d.day)
LEFT JOIN agents_team t ON t.id = m.team_id
WHERE h.type = 'complaint' AND h.accused_id IS NOT NULL AND d.day <= %(last)s
  AND (%(first)s::date IS NULL OR d.day >= %(first)s)
  AND (%(users)s::bigint[] IS NULL OR h.accused_id = ANY(%(users)s))
  AND (%(debtors)s::bigint[] IS NULL OR h.debtor_id = ANY(%(debtors)s))
ORDER BY h.since, h.id
"""


def complaints(
    *,
    last: date,
    first: date | None = None,
    users: Collection[int] | None = None,
    debtors: Collection[int] | None = None,
) -> list[Complaint]:
    """Received from `first` (by default ever) through `last`, oldest first; about `users` or by `debtors` (ids) only, if
    given. One query."""
    asked = {
        "zone": settings.TIME_ZONE,
        "first": first,
        "last": last,
        "users": None if users is None else list(users),
        "debtors": None if debtors is None else list(debtors),
    }
    with connection.cursor() as cursor:
        cursor.execute(_RECEIVED, asked)
        return [Complaint(*row) for row in cursor.fetchall()]


def upheld_against(user_id: int, debtors: Collection[int], *, day: date) -> frozenset[int]:
    """Those of `debtors` whose complaint about this person was upheld up to `day`: their cases are not this person's any
    more. One query."""
    return frozenset(one.debtor_id for one in complaints(last=day, users=[user_id], debtors=debtors) if one.upheld)
