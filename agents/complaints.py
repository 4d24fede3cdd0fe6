"""Complaints of debtors about a collector, as assignment, moves, reviews and rewards see them: the register, by person.

Each person whom a complaint names has a line of it; one that names nobody is nobody's, one that was joined to another is
not counted. Upheld: decided as (partly) true, with this person responsible; what is opened again is undecided until the
new decision. How often people are complained about is `compliance.complaints.rates`, not here.
"""

from collections.abc import Collection
from datetime import date, datetime
from typing import NamedTuple

from django.db import connection


class Complaint(NamedTuple):
    """`pk` of the complaint. `debtor_id`: None while nobody knows whose it is. `team`: code of the team that the person was
    in on the day of receipt, empty for none."""

    pk: int
    debtor_id: int | None
    user_id: int
    received_on: date
    upheld: bool
    closed_at: datetime | None
    team: str

    @property
    def number(self) -> str:
        """As it is told to people (Complaint.number)."""
        return f"TS{self.received_on:%Y%m%d}-{self.pk}"

    def is_settled(self, now: datetime) -> bool:
        return self.closed_at is not None and self.closed_at <= now


_RECEIVED = """
SELECT c.id, c.debtor_id, s.user_id, c.received_on,
       c.state IN ('decided', 'closed') AND c.outcome IN ('upheld', 'partly') AND s.responsible IS TRUE,
       c.closed_at, coalesce(t.code, u.unit)
FROM compliance_complaint c
JOIN compliance_complaintsubject s ON s.complaint_id = c.id AND s.user_id IS NOT NULL
JOIN core_user u ON u.id = s.user_id
LEFT JOIN agents_membership m
    ON m.user_id = s.user_id AND m.since <= c.received_on AND (m.until IS NULL OR m.until > c.received_on)
LEFT JOIN agents_team t ON t.id = m.team_id
WHERE c.state <> 'joined' AND c.received_on <= %(last)s
  AND (%(first)s::date IS NULL OR c.received_on >= %(first)s)
  AND (%(users)s::bigint[] IS NULL OR s.user_id = ANY(%(users)s))
  AND (%(debtors)s::bigint[] IS NULL OR c.debtor_id = ANY(%(debtors)s))
ORDER BY c.received_at, c.id, s.user_id
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
    return frozenset(
        one.debtor_id
        for one in complaints(last=day, users=[user_id], debtors=debtors)
        if one.upheld and one.debtor_id is not None
    )
