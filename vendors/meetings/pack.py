"""The material of a month: what the agency had, how it went, the hard cases. Plain JSON, amounts as texts; names masked."""

from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings

from collection_ops.core.clock import month_before, month_end
from collection_ops.core.sql import all_rows
from vendors.meetings.figures import figures_of
from vendors.meetings.hard import hard_cases
from vendors.models import UNSETTLED, Agency, Rectification, Settlement
from vendors.scorecard.promises import month_told
from vendors.scorecard.selectors import newest

MONTHS = 6
"""Months of the table, the newest first."""


def build(agency: Agency, period: date, known_by: datetime) -> dict[str, Any]:
    """A fixed number of queries."""
    last = month_end(period)
    before = (period - timedelta(days=1)).replace(day=1)
    figures = figures_of([agency], period, last, known_by)[agency.pk]
    earlier = figures_of([agency], before, month_end(before), known_by)[agency.pk]
    return {
        "agency": {"name": agency.name, "desk": agency.desk.code},
        "month": f"{period:%Y-%m}",
        "figures": {str(name): str(value) for name, value in figures.items()},
        "earlier": {str(name): str(value) for name, value in earlier.items()},
        "allocation": _allocation(agency, period, last),
        "roll": _roll(agency, period, last),
        "rectifications": _rectifications(agency),
        "settlement": _settlement(agency, period),
        "scorecards": _scorecards(agency, period),
        "targets": month_told(agency.pk, period, known_by),
        "hard": hard_cases(agency, period, last, known_by),
    }


def _allocation(agency: Agency, period: date, last: date) -> dict[str, Any]:
    first = period
    for _back in range(MONTHS - 1):
        first = (first - timedelta(days=1)).replace(day=1)
    given = {"agency": agency.pk, "first": first, "last": last}
    stages = [
        {"stage": stage, "count": count, "amount": str(amount)} for stage, count, amount in _rows(_IN_HAND, given)
    ]
    months = [
        {"month": month, "placed": placed, "amount": str(amount), "recalled": recalled}
        for month, placed, amount, recalled in _rows(_MONTHS, given)
    ]
    return {"months": months, "stages": stages, "count": sum(one["count"] for one in stages)}


_MONTHS = """
    WITH months AS (SELECT generate_series(%(first)s::date, %(last)s::date, interval '1 month')::date AS month),
    placed AS (SELECT date_trunc('month', placed_on)::date AS month, count(*) AS n, sum(amount) AS amount
               FROM vendors_placement WHERE agency_id = %(agency)s AND placed_on BETWEEN %(first)s AND %(last)s GROUP BY 1),
    back AS (SELECT date_trunc('month', recalled_on)::date AS month, count(*) AS n
             FROM vendors_placement WHERE agency_id = %(agency)s AND recalled_on BETWEEN %(first)s AND %(last)s GROUP BY 1)
    SELECT to_char(m.month, 'YYYY-MM'), coalesce(p.n, 0), coalesce(p.amount, 0.00), coalesce(b.n, 0)
    FROM months m LEFT JOIN placed p USING (month) LEFT JOIN back b USING (month) ORDER BY m.month DESC
"""
# In hand at the end of the month, by the stage in which they were placed.
_IN_HAND = """
    SELECT stage, count(*), sum(amount) FROM vendors_placement
    WHERE agency_id = %(agency)s AND placed_on <= %(last)s AND (recalled_on IS NULL OR recalled_on > %(last)s)
    GROUP BY 1 ORDER BY 1
"""


def _roll(agency: Agency, period: date, last: date) -> dict[str, int]:
    """Cases that were in hand all month: how many are in a later stage at its end than at its beginning, by the newest
    position known of either day."""
    given = {"agency": agency.pk, "first": period, "last": last}
    ((worse, same, better),) = _rows(_ROLL, given)
    return {"worse": worse, "same": same, "better": better}


_NEWEST = """(SELECT n.stage FROM cases_position n WHERE n.case_id = p.case_id AND n.as_of <= {day} AND n.as_of > {day} - 10
     ORDER BY n.as_of DESC, n.run_id DESC LIMIT 1)"""
_ROLL = f"""
    SELECT count(*) FILTER (WHERE after > before), count(*) FILTER (WHERE after = before),
           count(*) FILTER (WHERE after < before)
    FROM (SELECT {_NEWEST.format(day="%(first)s::date")} AS before, {_NEWEST.format(day="%(last)s::date")} AS after
          FROM vendors_placement p
          WHERE p.agency_id = %(agency)s AND p.placed_on <= %(first)s
            AND (p.recalled_on IS NULL OR p.recalled_on > %(last)s)) x
"""  # noqa: S608  names of ours


def _rectifications(agency: Agency) -> list[dict[str, str]]:
    rows = Rectification.objects.filter(agency=agency, state__in=UNSETTLED).order_by("due_on", "pk")
    return [{"number": row.number, "rule": row.rule, "state": row.state, "due": row.due_on.isoformat()} for row in rows]


def _settlement(agency: Agency, period: date) -> dict[str, str]:
    found = Settlement.objects.filter(agency=agency, period=period).first()
    if found is None:
        return {}
    return {"score": str(found.score), "commission": str(found.commission), "total": str(found.total)}


def _scorecards(agency: Agency, period: date) -> list[dict[str, str]]:
    """Of the month and the two before, the newest first, as far as they were scored; without a ratio nothing could be
    expected."""
    first = month_before(month_before(period))
    rows = newest().filter(agency=agency, month__range=(first, period)).order_by("-month")
    return [
        {
            "month": f"{one.month:%Y-%m}",
            "score": str(one.score),
            "grade": one.grade,
            "ratio": "" if one.ratio is None else str(one.ratio),
            "verdict": one.verdict,
        }
        for one in rows
    ]


def _rows(sql: str, given: dict[str, Any]) -> list[tuple[Any, ...]]:
    return all_rows(sql, {"zone": settings.TIME_ZONE, **given})
