"""The figures of the metrics, for all people at once: one query each. What each counts stands in metrics.py."""

from collections.abc import Collection
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils.translation import gettext_lazy as _

from agents.credit import credited
from agents.targets.metrics import Measure, Pair, Period
from collection_ops.core.dated_settings import Setting
from compliance.complaints.rates import complained

REDEFAULT_DAYS = Setting(
    "target.redefault_days",
    label=_("盘活观察天数"),
    default=30,
    source="DESIGN 4",
    unit=_("天"),
    least=1,
    most=180,
)

HELD = """
held AS (
    -- Whoever had a case on some moment of the period, with the first day of it.
    SELECT d.owner_id AS user_id, u.case_id,
           min(greatest((u.started_at AT TIME ZONE %(zone)s)::date, %(first)s::date)) AS since
    FROM cases_desk d
    JOIN cases_custody u ON u.desk_id = d.id
    WHERE d.kind = 'collector' AND d.owner_id = ANY(%(users)s)
      AND u.started_at < (%(last)s::date + 1)::timestamp AT TIME ZONE %(zone)s
      AND (u.ended_at IS NULL OR u.ended_at > %(first)s::date::timestamp AT TIME ZONE %(zone)s)
    GROUP BY 1, 2
)"""
AT_ENTRY = """coalesce(
    (SELECT p.total FROM cases_position p WHERE p.case_id = h.case_id AND p.as_of <= h.since
     ORDER BY p.as_of DESC, p.run_id DESC LIMIT 1),
    (SELECT p.total FROM cases_position p WHERE p.case_id = h.case_id AND p.as_of <= %(last)s::date
     ORDER BY p.as_of, p.run_id LIMIT 1), 0)"""
"""What a case held owed when it came into the hand; of one handed out before its first file, what that file said."""
LAST_HOLDER = """
    JOIN LATERAL (
        SELECT u.desk_id FROM cases_custody u WHERE u.case_id = c.id ORDER BY u.started_at DESC, u.id DESC LIMIT 1
    ) u ON true
    JOIN cases_desk d ON d.id = u.desk_id AND d.kind = 'collector' AND d.owner_id = ANY(%(users)s)"""

_RECOVERY = f"WITH {HELD} SELECT h.user_id, sum({AT_ENTRY}) FROM held h GROUP BY 1"  # noqa: S608 (fixed parts only, here and below)
_ENDED = f"""
WITH {HELD}, ended AS (
    SELECT d.owner_id AS user_id, count(*) AS cases FROM cases_case c {LAST_HOLDER}
    WHERE c.closed_on BETWEEN %(first)s AND %(last)s AND c.close_reason = ANY(%(reasons)s)
      AND NOT EXISTS (
          SELECT 1 FROM cases_case again WHERE %(again_within)s > 0 AND again.loan_id = c.loan_id
            AND again.episode > c.episode AND again.opened_on <= c.closed_on + %(again_within)s
            AND again.opened_on <= %(last)s
      )
    GROUP BY 1
)
SELECT b.user_id, coalesce(e.cases, 0), b.cases
FROM (SELECT user_id, count(*) AS cases FROM held GROUP BY 1) b LEFT JOIN ended e USING (user_id)"""  # noqa: S608
_ROLL = """
WITH start AS (
    SELECT d.owner_id AS user_id, u.case_id, p.stage, p.total
    FROM cases_desk d
    JOIN cases_custody u ON u.desk_id = d.id
    JOIN LATERAL (
        SELECT stage, total FROM cases_position p WHERE p.case_id = u.case_id AND p.as_of < %(first)s
        ORDER BY p.as_of DESC, p.run_id DESC LIMIT 1
    ) p ON true
    WHERE d.kind = 'collector' AND d.owner_id = ANY(%(users)s) AND p.stage BETWEEN 1 AND 6
      AND u.started_at <= %(first)s::date::timestamp AT TIME ZONE %(zone)s
      AND (u.ended_at IS NULL OR u.ended_at > %(first)s::date::timestamp AT TIME ZONE %(zone)s)
)
SELECT s.user_id, coalesce(sum(s.total) FILTER (WHERE n.stage > s.stage), 0), sum(s.total)
FROM start s
JOIN LATERAL (
    SELECT stage FROM cases_position p WHERE p.case_id = s.case_id AND p.as_of <= %(last)s
    ORDER BY p.as_of DESC, p.run_id DESC LIMIT 1
) n ON true
GROUP BY 1"""
REACHED = "('right_party', 'met')"
_TALKED = f"""
    FROM compliance_contactattempt a
    WHERE a.actor_id = ANY(%(users)s) AND a.state = 'closed' AND a.result IN {REACHED} AND NOT a.misdirected
      AND a.started_at >= %(first)s::date::timestamp AT TIME ZONE %(zone)s
      AND a.started_at < (%(last)s::date + 1)::timestamp AT TIME ZONE %(zone)s"""
_CONTACTS = f"SELECT a.actor_id, count(*), 0 {_TALKED} GROUP BY 1"
_CONTACTS_BY_DAY = f"SELECT a.actor_id, (a.started_at AT TIME ZONE %(zone)s)::date, count(*) {_TALKED} GROUP BY 1, 2"
_KEPT = """
SELECT made_by_id, count(*) FILTER (WHERE state = 'kept'), count(*) FROM cases_promise
WHERE due_on BETWEEN %(first)s AND %(last)s AND made_by_id = ANY(%(users)s)
  AND state IN ('kept', 'part_kept', 'broken') AND settled_on <= %(last)s
GROUP BY 1"""


def rows_of(sql: str, period: Period, users: Collection[int], **more: Any) -> list[tuple[Any, ...]]:
    asked = {
        "first": period.first,
        "last": period.last,
        "users": list(users),
        "zone": settings.TIME_ZONE,
        **more,
    }
    with connection.cursor() as cursor:
        cursor.execute(sql, asked)
        return list(cursor.fetchall())


def _pairs(sql: str, **more: Any) -> Measure:
    def measure(period: Period, users: Collection[int]) -> dict[int, Pair]:
        rows = rows_of(sql, period, users, **more)
        return {user: Pair(Decimal(upper), Decimal(lower)) for user, upper, lower in rows}

    return measure


class Money:
    """What was credited to people in a period, by person and day: asked once, at the first need, for all who need it."""

    def __init__(self, *, first: date, last: date, users: Collection[int]) -> None:
        self._asked = Period(first, last), tuple(users)
        self._found: dict[int, dict[date, Decimal]] | None = None

    def by_day(self, period: Period) -> dict[int, dict[date, Decimal]]:
        """Yuan; `period` lies within the one that was asked for."""
        if self._found is None:
            asked, users = self._asked
            self._found = {}
            for one in credited(first=asked.first, last=asked.last, users=users):
                days = self._found.setdefault(one.user_id, {})
                days[one.paid_on] = days.get(one.paid_on, Decimal(0)) + one.amount
        return {
            user: {day: amount for day, amount in days.items() if period.first <= day <= period.last}
            for user, days in self._found.items()
        }

    def total(self, period: Period) -> dict[int, Pair]:
        found = {user: list(days.values()) for user, days in self.by_day(period).items()}
        return {user: Pair(sum(amounts, Decimal(0))) for user, amounts in found.items() if amounts}


def contacts_by_day(period: Period, users: Collection[int]) -> dict[int, dict[date, Decimal]]:
    found: dict[int, dict[date, Decimal]] = {}
    for user, day, number in rows_of(_CONTACTS_BY_DAY, period, users):
        found.setdefault(user, {})[day] = Decimal(number)
    return found


def _recovery(period: Period, users: Collection[int], money: dict[int, Pair]) -> dict[int, Pair]:
    owed = dict(rows_of(_RECOVERY, period, users))
    paid = {user: pair.numerator for user, pair in money.items()}
    return {
        user: Pair(paid.get(user, Decimal(0)), Decimal(owed.get(user, 0))) for user in {*paid, *owed}
    }  # fmt: skip


def _reactivation(period: Period, users: Collection[int]) -> dict[int, Pair]:
    within = REDEFAULT_DAYS.on(period.last)
    rows = rows_of(_ENDED, period, users, reasons=["cured"], again_within=within)
    return {user: Pair(Decimal(upper), Decimal(lower)) for user, upper, lower in rows}


def _complaints(period: Period, users: Collection[int]) -> dict[int, Pair]:
    """The complaint rate's parts, by its one definition."""
    rated = complained(period.first, period.last, users)
    return {user: Pair(Decimal(number), Decimal(people)) for user, (number, people) in rated.items()}


MEASURES: dict[str, Measure] = {
    "reactivation": _reactivation,
    "closure": _pairs(_ENDED, reasons=["paid", "cured"], again_within=0),
    "roll": _pairs(_ROLL),
    "contacts": _pairs(_CONTACTS),
    "kept": _pairs(_KEPT),
    "complaints": _complaints,
}
OF_MONEY = {"money", "recovery"}
"""Metrics whose numerator is the money credited."""
RECENT = timedelta(days=60)


def money_around(month: date, *, day: date, last: date, users: Collection[int]) -> Money:
    """For the figures of a month and the pace of the 60 days before `day` at once."""
    return Money(first=min(month, day - RECENT), last=max(last, day - timedelta(days=1)), users=users)


def measure(
    code: str, *, first: date, last: date, users: Collection[int], money: Money | None = None
) -> dict[int, Pair]:
    """The metric's figures by person, from `first` through `last`; nothing before `first`."""
    if last < first or not users:
        return {}
    period = Period(first, last)
    if code not in OF_MONEY:
        return MEASURES[code](period, users)
    total = (money or Money(first=first, last=last, users=users)).total(period)
    return total if code == "money" else _recovery(period, users, total)


def by_day(code: str, *, day: date, users: Collection[int], money: Money) -> dict[int, dict[date, Decimal]] | None:
    """Numerators of the last 60 days before `day`, by person and day; None for a metric without a pace."""
    period = Period(day - RECENT, day - timedelta(days=1))
    if code in OF_MONEY:
        return money.by_day(period) if users else {}
    return contacts_by_day(period, users) if code == "contacts" else None
