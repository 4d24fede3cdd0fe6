"""Money of a period, yuan, from the relation that the catalogue's 回款额 (`money_in`) is counted from, told apart by day.
Claimed money and waivers stand beside it and are in no rate; money without a known contract is money, and is shown."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import connection

from collection_ops.core.money import round_money
from reports.kpis import Question
from reports.kpis.relations import paid_in
from reports.kpis.rows import parameters
from reports.regular.facts.book import ZERO

# What was let off when the rest was paid. A waiver has no history of its states: its end bears its moment.
_WAIVED = """
SELECT coalesce(sum(w.principal + w.interest + w.penalty + w.fees), 0) FROM cases_waiver w
WHERE w.state = 'used' AND w.ended_at <= %(known_by)s
  AND (w.ended_at AT TIME ZONE %(zone)s)::date BETWEEN %(first)s AND %(last)s
"""


@dataclass(frozen=True)
class DayMoney:
    """`claimed`: what people said they paid and nobody has confirmed. `waiting`: of `amount`, what has no contract yet."""

    day: date
    amount: Decimal
    payments: int
    claimed: Decimal = ZERO
    waiting: Decimal = ZERO


@dataclass(frozen=True)
class Beside:
    claimed: Decimal = ZERO
    unmatched: Decimal = ZERO
    waived: Decimal = ZERO


def money_by_day(*, first: date, last: date, known_by: datetime) -> list[DayMoney]:
    """Days with money only. One query."""
    question = Question(as_of=last, first=first, known_by=known_by)
    relation = paid_in(question)
    sums = "sum(x.money), sum(x.payments), sum(x.claimed), sum(x.waiting)"
    with connection.cursor() as cursor:
        cursor.execute(
            f"{relation.with_} SELECT x.paid_on, {sums} FROM {relation.name} x GROUP BY 1 ORDER BY 1",  # noqa: S608
            parameters(question),
        )
        return [
            DayMoney(day, round_money(money), int(payments), round_money(claimed), round_money(waiting))
            for day, money, payments, claimed, waiting in cursor.fetchall()
        ]


def total(days: list[DayMoney]) -> Decimal:
    return sum((one.amount for one in days), ZERO)


def beside(days: list[DayMoney], *, first: date, last: date, known_by: datetime) -> Beside:
    """What stands beside the money of these days. One query."""
    asked: dict[str, Any] = {"first": first, "last": last, "known_by": known_by, "zone": settings.TIME_ZONE}
    with connection.cursor() as cursor:
        cursor.execute(_WAIVED, asked)
        (waived,) = cursor.fetchone()
    claimed = sum((one.claimed for one in days), ZERO)
    return Beside(claimed, sum((one.waiting for one in days), ZERO), round_money(waived))
