"""What stands behind the figures of a card: its cases with their money, its complaints, its breaches, its late days.

All as it was known when the card was made, so that the rows add up to the figure even where facts have changed since.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce

from cases.credit import MONEY_OF_A_DESK, asked
from cases.models import Case
from cases.stage import Stage
from collection_ops.core.clock import month_end
from collection_ops.core.models import User
from collection_ops.core.money import round_money
from collection_ops.core.sql import all_rows
from compliance.models import About, Complaint, ComplaintState, ComplaintStep, ComplaintSubject, QualityCheck
from compliance.models.complaint import ComplaintQuerySet
from compliance.quality.results import done_between
from vendors.models import Scorecard
from vendors.scorecard.strata import AGES, BALANCES, MOST_EARLIER
from vendors.settlement.events import FEED_DAYS

PAGE = 50


@dataclass(frozen=True)
class PlacedCase:
    """A case that the agency had in hand in the month (`days` of it; 0: only money of the days of grace). Yuan; `expected`
    is what the pool's rate of its stratum gives. `case_id` empty: its record is not the reader's to open."""

    placement: int
    case_id: int | None
    contract_no: str
    stage: str
    product: str
    amount: Decimal
    placed_on: date
    recalled_on: date | None
    days: int
    observed: Decimal
    expected: Decimal | None


@dataclass(frozen=True)
class CasePage:
    """Cases by money, the most first; `after`: where the next page begins, empty at the end."""

    cases: list[PlacedCase]
    after: str


# As vendors/scorecard/gather.py counts them, one row for each placement. The agency's money of the month is summed up for
# every page: the pages go by it.
_CASES = """
    WITH money AS MATERIALIZED (
        SELECT c.loan_id, sum(c.amount) AS amount FROM ({money}) c GROUP BY 1
    ), hand AS (
        SELECT p.*, coalesce(m.amount, 0.00) AS money,
               greatest(0, least(coalesce(p.recalled_on, %(last)s), %(last)s) - greatest(p.placed_on, %(first)s) + 1)
               AS days
        FROM vendors_placement p LEFT JOIN money m ON m.loan_id = p.loan_id
        WHERE p.agency_id = %(agency)s AND p.placed_on <= %(last)s
          AND (p.recalled_on IS NULL OR p.recalled_on >= %(first)s OR m.amount IS NOT NULL)
    ), shown AS (
        SELECT h.*, CASE {ages} ELSE {oldest} END AS age_band,
               greatest(width_bucket(h.amount, ARRAY[{balances}]::numeric[]) - 1, 0) AS balance_band
        FROM hand h
        WHERE (h.money <> 0 OR NOT %(paid_only)s)
          AND (%(money)s::numeric IS NULL OR (h.money, -h.id) < (%(money)s::numeric, -%(id)s::bigint))
        ORDER BY h.money DESC, h.id LIMIT %(size)s
    )
    SELECT s.id, s.case_id, l.contract_no, s.stage, s.product, s.amount, s.placed_on,
           CASE WHEN s.recalled_on <= %(last)s THEN s.recalled_on END, s.days, s.money, t.rate
    FROM shown s JOIN cases_loan l ON l.id = s.loan_id
    CROSS JOIN LATERAL (
        SELECT least(count(*), {most_earlier}) AS earlier FROM vendors_placement e
        WHERE e.loan_id = s.loan_id AND (e.placed_on, e.id) < (s.placed_on, s.id)) tried
    LEFT JOIN vendors_scorecardstratum t ON t.scorecard_id = %(card)s AND t.stage = s.stage AND t.age_band = s.age_band
         AND t.balance_band = s.balance_band AND t.product = s.product AND t.earlier = tried.earlier
    ORDER BY s.money DESC, s.id
"""
_CURSOR = re.compile(r"(-?[0-9]{1,14}\.[0-9]{2})_([0-9]{1,18})")


def case_page(card: Scorecard, user: User, *, after: str = "", paid_only: bool = False, size: int = PAGE) -> CasePage:
    """Three queries, whatever there is."""
    last, found = month_end(card.month), _CURSOR.fullmatch(after)
    given = asked(first=card.month, last=last, known_by=card.known_by) | {
        "agency": card.agency_id, "desk": card.agency.desk_id, "card": card.pk, "paid_only": paid_only, "size": size + 1,
        "money": found[1] if found else None, "id": found[2] if found else 0, **_begins(card.month),
    }  # fmt: skip
    sql = _CASES.format(
        money=MONEY_OF_A_DESK,
        ages=" ".join(f"WHEN h.placed_on >= %(age_{band})s THEN {band}" for band in range(len(AGES) - 1)),
        oldest=len(AGES) - 1,
        balances=", ".join(map(str, BALANCES)),
        most_earlier=MOST_EARLIER,
    )
    rows = all_rows(sql, given)
    shown = rows[:size]
    seen = set(Case.objects.for_user(user).filter(pk__in=[row[1] for row in shown]).values_list("pk", flat=True))
    edge = f"{shown[-1][9]:.2f}_{shown[-1][0]}" if len(rows) > size else ""
    return CasePage([_placed(row, last.day, seen) for row in shown], edge)


def _placed(row: Sequence[Any], days_of_month: int, seen: set[int]) -> PlacedCase:
    placement, case, contract_no, stage, product, amount, placed_on, recalled_on, days, observed, rate = row
    is_seen = case in seen
    return PlacedCase(
        placement=placement,
        case_id=case if is_seen else None,
        contract_no=contract_no if is_seen else f"***{contract_no[-4:]}",
        stage=str(Stage(stage).label),
        product=product,
        amount=amount,
        placed_on=placed_on,
        recalled_on=recalled_on,
        days=days,
        observed=observed,
        expected=None if rate is None else round_money(rate * amount * days / days_of_month),
    )


def _begins(month: date) -> dict[str, date]:
    """Of each band of age but the last, the first day of placement that is still in it."""
    whole = month.year * 12 + month.month - 1
    firsts = [whole - (begin - 1) for begin in AGES[1:]]
    return {f"age_{band}": date(one // 12, one % 12 + 1, 1) for band, one in enumerate(firsts)}


def complaints_of(card: Scorecard) -> ComplaintQuerySet:
    """The complaints that the card's rate counts (compliance/complaints/rates.py): by the day on which it happened, about
    this agency, one that was joined to another not."""
    of_agency = ComplaintSubject.objects.filter(complaint=OuterRef("pk"), about=About.AGENCY, org=card.agency.desk.code)
    joined_since = ComplaintStep.objects.filter(complaint=OuterRef("pk"), kind="joined", at__gt=card.known_by)
    rows: ComplaintQuerySet = (
        Complaint.objects.annotate(day=Coalesce("event_on", "received_on"))
        .filter(
            Exists(of_agency), day__range=(card.month, month_end(card.month)), recorded_at__lte=card.known_by
        )
        .filter(~Q(state=ComplaintState.JOINED) | Exists(joined_since))
    )  # fmt: skip
    return rows


def checks_of(card: Scorecard) -> QuerySet[QualityCheck]:
    """The quality checks of the month's mean (compliance/quality/results.py): of the agency's people, by the day of the
    result."""
    done = done_between(card.month, month_end(card.month))
    return done.filter(org=card.agency.desk.code, user=None, done_at__lte=card.known_by)


@dataclass(frozen=True)
class LateDay:
    """A day of contacts that was told late: how many contacts came after the day that the contract allows, and the last
    day on which some did."""

    day: date
    contacts: int
    told_on: date

    @property
    def days_late(self) -> int:
        return (self.told_on - self.day).days


_LATE = """
    SELECT (a.started_at AT TIME ZONE %(zone)s)::date AS day, count(*),
           max((a.recorded_at AT TIME ZONE %(zone)s)::date)
    FROM compliance_contactattempt a JOIN compliance_reportedcontact f ON f.attempt_id = a.id AND f.org = a.org
    WHERE a.org = %(org)s AND a.recorded_at <= %(known_by)s
      AND a.started_at >= %(first)s::date::timestamp AT TIME ZONE %(zone)s
      AND a.started_at < (%(last)s::date + 1)::timestamp AT TIME ZONE %(zone)s
      AND (a.recorded_at AT TIME ZONE %(zone)s)::date > (a.started_at AT TIME ZONE %(zone)s)::date + %(days)s
    GROUP BY 1 ORDER BY 1
"""


def late_days_of(card: Scorecard) -> list[LateDay]:
    """The late days of the month; at most one a day. Two queries."""
    last = month_end(card.month)
    given = {
        "org": card.agency.desk.code, "known_by": card.known_by, "first": card.month, "last": last,
        "zone": settings.TIME_ZONE, "days": FEED_DAYS.on(last),
    }  # fmt: skip
    return [LateDay(*row) for row in all_rows(_LATE, given)]
