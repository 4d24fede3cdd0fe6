"""What people have in hand: cases by stage, call-backs that wait, money of the month. Set-based, whatever the number."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.core.cache import cache
from django.db import connection

from agents.credit import credited
from agents.expected import WHOLE, rates_on
from collection_ops.core.money import ZERO

EARLIER_SECONDS = 300
"""Money of the month up to yesterday is added up anew every so often for everybody; today's is always fresh."""


@dataclass(frozen=True)
class Load:
    """Cases of one person and stage; amounts in yuan."""

    user_id: int
    stage: int
    cases: int
    amount: Decimal
    expected: Decimal


_LOAD = """
SELECT d.owner_id, c.stage, count(*), sum(c.total),
       sum(CASE WHEN c.total > 0 THEN round(c.total * coalesce(r.rate, 0) / %(whole)s, 2) ELSE 0 END)
FROM cases_desk d
JOIN cases_case c ON c.desk_id = d.id AND c.closed_on IS NULL AND c.absent_since IS NULL
LEFT JOIN unnest(%(stages)s::int[], %(bands)s::int[], %(rates)s::int[]) r(stage, band, rate)
       ON r.stage = c.stage AND r.band = (c.total >= 1000)::int + (c.total >= 5000)::int + (c.total >= 20000)::int
WHERE d.owner_id = ANY(%(users)s) AND d.kind = 'collector'
GROUP BY 1, 2 ORDER BY 1, 2
"""


def loads(users: Collection[int], *, day: date) -> list[Load]:
    """Cases in the latest files, as the case list counts them; expected money case by case, as Rates.expected has it. By
    person and stage, lowest first. Two queries."""
    stages, bands, rates = (list(column) for column in zip(*rates_on(day).to_json(), strict=True))
    asked: dict[str, Any] = {"whole": WHOLE, "stages": stages, "bands": bands, "rates": rates, "users": list(users)}
    with connection.cursor() as cursor:
        cursor.execute(_LOAD, asked)
        return [Load(*row) for row in cursor.fetchall()]


_CALLBACKS = """
SELECT k.owner_id, count(*)
FROM cases_desk k
JOIN cases_case c ON c.desk_id = k.id AND c.closed_on IS NULL AND c.absent_since IS NULL
JOIN cases_loan l ON l.id = c.loan_id
LEFT JOIN LATERAL (
    SELECT opened_at FROM compliance_contactattempt
    WHERE debtor_id = l.debtor_id AND direction <> 'in' AND state <> 'cancelled'
    ORDER BY opened_at DESC LIMIT 1
) called ON true
CROSS JOIN LATERAL (
    SELECT id, case_id FROM compliance_contactattempt
    WHERE debtor_id = l.debtor_id AND opened_at >= coalesce(called.opened_at, '-infinity')
    OFFSET 0  -- first the few contacts since the last call, or the planner reads the whole log of each case
) a
JOIN compliance_contactdetail d ON d.attempt_id = a.id AND d.callback_at <= %(until)s
WHERE k.owner_id = ANY(%(users)s) AND k.kind = 'collector' AND a.case_id = c.id
GROUP BY 1
"""


def callbacks_overdue(users: Collection[int], *, until: datetime) -> dict[int, int]:
    """How many agreed call-backs on each person's cases are past their moment: those of selectors_calls.callbacks_due, but
    from the last call backwards, so that it does not grow with the log. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_CALLBACKS, {"users": list(users), "until": until})
        return dict(cursor.fetchall())


def money_of(users: Collection[int], *, day: date) -> dict[int, tuple[Decimal, Decimal]]:
    """Confirmed money credited to each person (yuan): today's, and the month's up to and with today."""
    today = money_on(day)
    earlier = _earlier(day)
    return {
        user: (today.get(user, ZERO), today.get(user, ZERO) + earlier.get(user, ZERO))
        for user in users
        if user in today or user in earlier
    }


def money_on(day: date) -> dict[int, Decimal]:
    """Confirmed money of the day credited to each person (yuan)."""
    return _sums(day, day)


def _earlier(day: date) -> dict[int, Decimal]:
    """The month up to yesterday, of everybody: the same for all who look at the board."""
    first = day.replace(day=1)
    if first == day:
        return {}
    key = f"agents.money_before.{day.isoformat()}"
    found: dict[int, Decimal] | None = cache.get(key)
    if found is None:
        found = _sums(first, day - timedelta(days=1))
        cache.set(key, found, EARLIER_SECONDS)
    return found


def _sums(first: date, last: date) -> dict[int, Decimal]:
    found: dict[int, Decimal] = {}
    for credit in credited(first=first, last=last):
        found[credit.user_id] = found.get(credit.user_id, ZERO) + credit.amount
    return found
