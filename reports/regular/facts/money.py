"""Money of a period, yuan. Confirmed money less what was taken back, by the day it was paid; claimed money apart, waivers
beside, money without a known contract apart: neither of the three is in any rate."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import connection

from collection_ops.core.money import round_money
from reports.regular.facts.book import KNOWN_LOAN, SIGNED, ZERO

_BY_DAY = f"""
SELECT r.paid_on, coalesce(sum({SIGNED}), 0), count(*) FILTER (WHERE r.reversal_of_id IS NULL)
FROM cases_repayment r
WHERE r.status = 'confirmed' AND r.recorded_at <= %(known_by)s AND {KNOWN_LOAN}
  AND r.paid_on BETWEEN %(first)s AND %(last)s
GROUP BY 1 ORDER BY 1
"""  # noqa: S608 (fixed parts only, here and below)
_BESIDE = f"""
SELECT
    (SELECT coalesce(sum({SIGNED}), 0) FROM cases_repayment r
     WHERE r.status = 'claimed' AND r.recorded_at <= %(known_by)s AND r.paid_on BETWEEN %(first)s AND %(last)s
       -- Confirmed in the meantime it is counted there.
       AND NOT EXISTS (SELECT FROM cases_repayment c WHERE c.source_id = r.source_id AND c.status = 'confirmed'
                       AND c.reference = r.reference AND r.reference <> '' AND c.recorded_at <= %(known_by)s)),
    (SELECT coalesce(sum({SIGNED}), 0) FROM cases_repayment r
     WHERE r.status = 'confirmed' AND r.recorded_at <= %(known_by)s AND r.paid_on BETWEEN %(first)s AND %(last)s
       AND NOT ({KNOWN_LOAN})),
    (SELECT coalesce(sum(w.principal + w.interest + w.penalty + w.fees), 0) FROM cases_waiver w
     WHERE w.state = 'used' AND w.ended_at <= %(known_by)s
       AND (w.ended_at AT TIME ZONE %(zone)s)::date BETWEEN %(first)s AND %(last)s)
"""  # noqa: S608


@dataclass(frozen=True)
class DayMoney:
    day: date
    amount: Decimal
    payments: int


@dataclass(frozen=True)
class Beside:
    """What is no recovered money: claimed and not confirmed, confirmed without a known contract, let off (and used)."""

    claimed: Decimal = ZERO
    unmatched: Decimal = ZERO
    waived: Decimal = ZERO


def money_by_day(*, first: date, last: date, known_by: datetime) -> list[DayMoney]:
    """Days with money only. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_BY_DAY, _asked(first, last, known_by))
        return [DayMoney(*row) for row in cursor.fetchall()]


def total(days: list[DayMoney], *, first: date | None = None, last: date | None = None) -> Decimal:
    """Of the days from `first` through `last`."""
    wanted = [one.amount for one in days if (first is None or one.day >= first) and (last is None or one.day <= last)]
    return sum(wanted, ZERO)


def beside(*, first: date, last: date, known_by: datetime) -> Beside:
    with connection.cursor() as cursor:
        cursor.execute(_BESIDE, _asked(first, last, known_by))
        return Beside(*(round_money(amount) for amount in cursor.fetchone()))


def _asked(first: date, last: date, known_by: datetime) -> dict[str, Any]:
    return {"first": first, "last": last, "known_by": known_by, "zone": settings.TIME_ZONE}
