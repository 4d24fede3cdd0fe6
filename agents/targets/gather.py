"""What targets are shared out and followed by: who is in which team, what lies in their hands, when they are there."""

from calendar import monthrange
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import connection
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from agents.expected import WHOLE, Rates, band_of, rates_on
from agents.models import Collector, Membership, Team
from agents.people.attendance import attendance
from agents.targets.propose import Hand, learning_factor
from collection_ops.core.dated_settings import Setting, values_on
from collection_ops.core.money import round_money

ZERO = Decimal(0)
_HOUSE = _("新人在前几个月仍在学习")
LEARNING = tuple(
    Setting(
        f"target.learning_{number}",
        label=label,
        default=default,
        source=_HOUSE,
        unit="%",
        least=0,
        most=100,
    )
    for number, label, default in (
        (1, _("新人目标系数：第 1 个月"), 50),
        (2, _("新人目标系数：第 2 个月"), 75),
        (3, _("新人目标系数：第 3 个月"), 90),
    )
)


def month_of(day: date) -> date:
    return day.replace(day=1)


def last_of(month: date) -> date:
    return month.replace(day=monthrange(month.year, month.month)[1])


@dataclass(frozen=True)
class Basis:
    """The people of the month by team, and the day on which their cases were looked at."""

    hands: list[Hand]
    teams: dict[int, Team]
    names: dict[int, str]
    day: date

    def to_json(self) -> dict[str, object]:
        """As it is kept with a proposal."""
        return {
            "day": self.day.isoformat(),
            "people": {
                str(one.user_id): {
                    "expected": str(one.expected),
                    "days": str(one.days),
                    "factor": str(one.factor),
                }
                for one in self.hands
            },
        }


def basis_of(month: date, *, day: date) -> Basis:
    """Everybody with a file who is in a team in the month; of two teams the later one counts. Cases as they lie on the desks
    on `day`. Eight queries, whatever the number of people and cases."""
    last = last_of(month)
    members: dict[int, Membership] = {}
    found = Membership.objects.filter(
        Q(until__isnull=True) | Q(until__gt=month), since__lte=last, team__is_active=True, user__is_active=True
    )
    for one in found.select_related("team", "user").order_by("since", "pk"):
        members[one.user_id] = one
    files = Collector.objects.filter(Q(left_on__isnull=True) | Q(left_on__gte=month), pk__in=members)
    joined = dict(files.filter(joined_on__lte=last).values_list("pk", "joined_on"))
    members = {user: one for user, one in members.items() if user in joined}
    there = attendance(list(members), month, last)
    days: dict[int, Decimal] = {}
    for (user, _day), part in there.items():
        days[user] = days.get(user, ZERO) + part
    steps = [Decimal(value) / 100 for value in values_on(month, LEARNING).values()]
    expected = expected_in_hand(list(members), day)
    hands = [
        Hand(
            user_id=user,
            team_id=one.team_id,
            expected=expected.get(user, ZERO),
            days=days.get(user, ZERO),
            factor=learning_factor(joined[user], month, steps),
        )
        for user, one in members.items()
    ]
    return Basis(
        hands,
        {one.team_id: one.team for one in members.values()},
        {user: one.user.display_name for user, one in members.items()},
        day,
    )


_IN_HAND = """
SELECT d.owner_id, c.stage,
       CASE WHEN c.total < 1000 THEN 0 WHEN c.total < 5000 THEN 1000 WHEN c.total < 20000 THEN 5000 ELSE 20000 END,
       sum(c.total)
FROM cases_desk d JOIN cases_case c ON c.desk_id = d.id AND c.closed_on IS NULL AND c.absent_since IS NULL
WHERE d.kind = 'collector' AND d.owner_id = ANY(%s) AND c.stage > 0 AND c.total > 0
GROUP BY 1, 2, 3
"""


def expected_in_hand(users: Collection[int], day: date, rates: Rates | None = None) -> dict[int, Decimal]:
    """Yuan that the cases in people's hands will probably bring within 30 days. Two queries."""
    rates = rates or rates_on(day)
    with connection.cursor() as cursor:
        cursor.execute(_IN_HAND, [list(users)])
        rows = cursor.fetchall()
    found: dict[int, Decimal] = {}
    for user, stage, least, total in rows:
        found[user] = found.get(user, ZERO) + expected_of(rates, stage, least, total)
    return found


def expected_of(rates: Rates, stage: int, least: Decimal | int, total: Decimal) -> Decimal:
    """Of many cases of one stage and one band of amounts, the band named by its lowest amount."""
    return round_money(total * rates.table[stage, band_of(Decimal(least))] / WHOLE)
