"""The figures of an agency over a span of days: for the month of a meeting, and for a decision on its last day. One way to
count, so that what was decided by a figure is measured by the same."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings

from cases.credit import MONEY_OF_DESKS, asked
from collection_ops.core.clock import month_end
from collection_ops.core.money import ZERO, round_money
from collection_ops.core.sql import all_rows
from compliance.complaints.rates import REACHED_IN
from vendors.models import MORE_IS_BETTER, Agency, Figure
from vendors.settlement.events import conduct_of

Figures = Mapping[Figure, Decimal]


def figures_of(agencies: Sequence[Agency], first: date, last: date, known_by: datetime) -> dict[int, Figures]:
    """By id of the agency, from `first` through `last`, as it was known by then. Seven queries, however many agencies.
    Money is confirmed money, in yuan; complaints are those that were found true; rectifications those that were not settled
    at the end of the last day."""
    desks = {agency.desk_id: agency.pk for agency in agencies}
    codes = {agency.desk.code: agency.pk for agency in agencies}
    given = {
        **asked(first=first, last=last, known_by=known_by), "desks": list(desks), "codes": list(codes),
        "agencies": list(desks.values()),
    }  # fmt: skip
    money = {desks[desk]: amount for desk, amount in _rows(_MONEY, given)}
    contacts = {codes[code]: (number, people) for code, number, people in _rows(_CONTACTS, given)}
    reached = {codes[code]: people for code, people in _rows(_REACHED, given)}
    unsettled = dict(_rows(_UNSETTLED, given))
    conduct = conduct_of(agencies, first, last, known_by)
    return {
        agency.pk: {
            Figure.RECOVERED: round_money(money.get(agency.pk, ZERO)),
            Figure.CONTACTED: Decimal(reached.get(agency.pk, 0)),
            Figure.CONTACTS: Decimal(contacts.get(agency.pk, (0, 0))[0]),
            Figure.COMPLAINTS: Decimal(len(conduct[agency.pk].complaints)),
            Figure.BREACHES: Decimal(len(conduct[agency.pk].critical) + len(conduct[agency.pk].breaches)),
            Figure.LATE_DAYS: Decimal(len(conduct[agency.pk].late_days)),
            Figure.RECTIFICATIONS: Decimal(unsettled.get(agency.pk, 0)),
        }
        for agency in agencies
    }


def span_ending(day: date, period: date) -> tuple[date, date]:
    """As many days as the month of `period` has, ending on `day`: what is measured is as long as what it is compared to."""
    return day - timedelta(days=month_end(period).day - 1), day


def is_reached(figure: str, *, measured: Decimal, target: Decimal) -> bool:
    """Money and contacts should be no less than the target, everything else no more."""
    return measured >= target if figure in MORE_IS_BETTER else measured <= target


_MONEY = f"""
    SELECT c.desk_id, sum(c.amount) FROM ({MONEY_OF_DESKS}) c WHERE c.desk_id = ANY(%(desks)s) GROUP BY 1
"""  # noqa: S608  names of ours, here and below
_CONTACTS = """
    SELECT a.org, count(*), count(DISTINCT a.debtor_id)
    FROM compliance_contactattempt a
    WHERE a.org = ANY(%(codes)s) AND a.state = 'closed' AND a.direction = 'out' AND a.closed_at <= %(known_by)s
      AND a.started_at >= %(first)s::date::timestamp AT TIME ZONE %(zone)s
      AND a.started_at < (%(last)s::date + 1)::timestamp AT TIME ZONE %(zone)s
    GROUP BY 1
"""
_REACHED = f"""
    SELECT a.org, count(DISTINCT a.debtor_id) {REACHED_IN}
      AND a.org = ANY(%(codes)s) AND a.closed_at <= %(known_by)s
    GROUP BY 1
"""
_UNSETTLED = """
    SELECT r.agency_id, count(*) FROM vendors_rectification r
    WHERE r.agency_id = ANY(%(agencies)s) AND r.raised_at <= %(known_by)s AND r.state <> 'ended'
      AND r.raised_at < (%(last)s::date + 1)::timestamp AT TIME ZONE %(zone)s
      AND (r.closed_at IS NULL OR r.closed_at > %(known_by)s
           OR r.closed_at >= (%(last)s::date + 1)::timestamp AT TIME ZONE %(zone)s)
    GROUP BY 1
"""


def _rows(sql: str, given: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    return all_rows(sql, {"zone": settings.TIME_ZONE, **given})
