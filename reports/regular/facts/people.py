"""What each collector's period was like, as it was known at a moment: money, contacts, promises, complaints; targets.

The same formulas as agents/credit.py, agents/targets and compliance/complaints/rates.py; of contacts and promises those that
were written down by the moment.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db.models import Q

from agents.credit import credited
from agents.models import Level, Membership, SetKind, TargetSet, Team
from collection_ops.core.models import User
from collection_ops.core.money import round_money
from collection_ops.core.sql import all_rows
from compliance.complaints.rates import rates

ZERO = Decimal("0.00")
_CONTACTS = """
SELECT actor_id, count(*), count(*) FILTER (WHERE result IN ('right_party', 'met') AND NOT misdirected)
FROM compliance_contactattempt
WHERE state = 'closed' AND direction = 'out' AND actor_id IS NOT NULL AND closed_at <= %(known_by)s
  AND started_at >= %(first)s::date::timestamp AT TIME ZONE %(zone)s
  AND started_at < (%(last)s::date + 1)::timestamp AT TIME ZONE %(zone)s
GROUP BY 1
"""
_PROMISES = """
SELECT made_by_id, count(*) FILTER (WHERE state = 'kept'), count(*)
FROM cases_promise
WHERE due_on BETWEEN %(first)s AND %(last)s AND made_by_id IS NOT NULL AND made_at <= %(known_by)s
  AND state IN ('kept', 'part_kept', 'broken')
  AND settled_on <= (%(known_by)s::timestamptz AT TIME ZONE %(zone)s)::date
GROUP BY 1
"""


@dataclass
class PersonFigures:
    """`rate` of complaints for 10,000 customers, None for a small sample."""

    user_id: int
    name: str
    team_id: int | None = None
    money: Decimal = ZERO
    target: Decimal | None = None
    attempts: int = 0
    effective: int = 0
    kept: int = 0
    due: int = 0
    complaints: int = 0
    contacted: int = 0


@dataclass
class Targets:
    """The money targets of a month as last agreed by the moment. `people`: user → (team, amount)."""

    version: int | None = None
    company: Decimal | None = None
    teams: dict[int, Decimal] = field(default_factory=dict)
    people: dict[int, tuple[int | None, Decimal]] = field(default_factory=dict)


def money_targets(month: date, *, known_by: datetime) -> Targets:
    """Two queries."""
    known = TargetSet.objects.filter(month=month, kind=SetKind.AGREED, saved_at__lte=known_by)
    version = known.order_by("-version").first()
    if version is None:
        return Targets()
    found = Targets(version.version)
    for row in version.targets.filter(metric="money"):
        if row.level == Level.COMPANY:
            found.company = row.amount
        elif row.level == Level.TEAM:
            found.teams[row.team_id or 0] = row.amount
        else:
            found.people[row.user_id or 0] = (row.team_id, row.amount)
    return found


def money_of_people(*, first: date, last: date, known_by: datetime) -> dict[int, Decimal]:
    """Confirmed money credited, by user."""
    found: dict[int, Decimal] = {}
    for one in credited(first=first, last=last, known_by=known_by):
        found[one.user_id] = found.get(one.user_id, ZERO) + one.amount
    return {user: round_money(amount) for user, amount in found.items()}


def team_names() -> dict[int, str]:
    return dict(Team.objects.values_list("pk", "name"))


def people_of(*, first: date, last: date, known_by: datetime, targets: Targets) -> list[PersonFigures]:
    """Everybody with money, a contact, a promise, a complaint or a target in the period, by team and name. Seven queries."""
    asked = {"first": first, "last": last, "known_by": known_by, "zone": settings.TIME_ZONE}
    money = money_of_people(first=first, last=last, known_by=known_by)
    contacts = {row[0]: row[1:] for row in all_rows(_CONTACTS, asked)}
    promises = {row[0]: row[1:] for row in all_rows(_PROMISES, asked)}
    said = {
        int(line.key): line.counts for line in rates(first, last, by="user", known_by=known_by) if line.key.isdecimal()
    }
    users = money.keys() | contacts.keys() | promises.keys() | said.keys() | targets.people.keys()
    names = dict(User.objects.filter(pk__in=users).values_list("pk", "display_name"))
    teams = _teams(users, last)
    found = []
    for user in users:
        one = PersonFigures(user, names.get(user, ""), teams.get(user))
        one.money = money.get(user, ZERO)
        if user in targets.people:
            team, one.target = targets.people[user]
            one.team_id = one.team_id or team
        one.attempts, one.effective = contacts.get(user, (0, 0))
        one.kept, one.due = promises.get(user, (0, 0))
        if user in said:
            one.complaints, one.contacted = said[user].complaints, said[user].contacted
        found.append(one)
    return sorted(found, key=lambda one: (one.team_id is None, one.team_id or 0, one.name, one.user_id))


def _teams(users: Any, day: date) -> Mapping[int, int]:
    """The team of each on a day."""
    there = Membership.objects.filter(Q(until__isnull=True) | Q(until__gt=day), user__in=list(users), since__lte=day)
    return dict(there.order_by("since", "pk").values_list("user_id", "team_id"))
