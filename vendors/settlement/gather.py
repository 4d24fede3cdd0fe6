"""Gather: all that an agency's month is decided by, in a fixed number of queries, whatever there is.

Whose money a payment is says `cases.credit` alone; here it is only joined to its placement. Two kinds of
money make a month: what was paid in it, and what was paid in an earlier month that is settled already but was not known
then. So every payment comes up once, however late it is told.

`known_by`: nothing learned after it counts, so that the same month can be asked for again years later.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime

from django.conf import settings
from django.db import connection
from django.utils.translation import gettext as _

from cases.credit import GRACE_AGENCY, MONEY_OF_A_DESK, MONEY_OF_DESKS, asked
from cases.models import Repayment
from collection_ops.core.clock import month_after, month_end
from collection_ops.core.sql import all_rows
from vendors.contracts.reading import ROWS, terms_of
from vendors.contracts.terms import Event, Terms
from vendors.models import Agency, ContractVersion, VersionState
from vendors.settlement import earlier
from vendors.settlement.decide import Facts, Money, Placed
from vendors.settlement.events import conduct_of
from vendors.settlement.score import score_of, weights_on

_WORK_MEM = "64MB"
"""A month's money of all agencies is joined and put in order in memory rather than in files."""
SHOWN = 5
"""So many contract numbers stand in a refusal."""


class GatherRefused(Exception):
    """The month cannot be told; the sentence says what to do first."""


def facts_of(agency: Agency, period: date, known_by: datetime, *, credited: str = "") -> Facts:
    """The facts of the month that begins on `period`. `credited`: a table of its money as it was known by
    `known_by`, where several agencies are settled at once (see `credited_once`).

    Raises GatherRefused for money without a placement.
    """
    versions = terms_of_agency(agency, last=month_end(period), known_by=known_by)
    money = _money(agency, period, known_by, credited)
    placed = _placed(agency, period, {one.placement_id for one in money})
    events = _events(agency, period, known_by, placed, versions)
    own = {one.repayment_id for one in money}
    late = [one.reversal_of for one in money if one.reversal_of is not None and one.reversal_of not in own]
    charged = earlier.charged(agency, period, late)
    keys = {line.key for lines in charged.values() for line in lines}
    return Facts(
        period=period,
        last=month_end(period),
        versions=versions,
        placed=placed,
        money=money,
        events=events,
        score=score_of(events, weights_on(month_end(period))),
        charged=charged,
        ladders=earlier.ladders(agency, period, keys, versions),
        months=earlier.months(agency, period, {key[0] for key in keys}),
        corrections=earlier.corrections(agency, period, known_by),
    )


# The contract ------------------------------------------------------------------------------------------------------


def terms_of_agency(agency: Agency, *, last: date, known_by: datetime) -> list[Terms]:
    """The approved versions of all its contracts that began by `last`, as they were known. `Terms.version` is the id."""
    found = (
        ContractVersion.objects.filter(
            contract__agency=agency, state=VersionState.APPROVED, effective_from__lte=last, approved_at__lte=known_by
        )
        .prefetch_related(*ROWS)
        .order_by("effective_from", "pk")
    )
    return [terms_of(version) for version in found]


# Money -------------------------------------------------------------------------------------------------------------

# Charged by another statement of this agency: not of this month. What another agency has charged stays in, so that it is
# found out. `t` is the statement.
_NOT_CHARGED = """NOT EXISTS (
    SELECT FROM vendors_settledrepayment d JOIN vendors_settlement t ON t.id = d.settlement_id
    WHERE d.repayment_id = {repayment} AND t.agency_id = %(agency)s AND t.period <> %(period)s)"""
_OF_AGENCY = """
    SELECT c.repayment_id, p.id, c.paid_on, c.held_on, c.amount, c.reversal_of_id, c.because = 'grace'
    FROM {money} c
    LEFT JOIN vendors_placement p ON p.loan_id = c.loan_id AND p.agency_id = %(agency)s AND p.placed_on <= c.held_on
    WHERE c.desk_id = %(desk)s AND {not_charged} {only}
    ORDER BY c.paid_on, c.repayment_id
"""
_OF_SETTLED_MONTH = """AND EXISTS (SELECT FROM vendors_settlement s WHERE s.agency_id = %(agency)s AND s.period < %(period)s
                                   AND s.period = date_trunc('month', c.paid_on)::date)"""
# A settled month's money that was told afterwards. A day is allowed for what was being written while it was settled.
_LATE = f"""
    SELECT min(r.paid_on), max(r.paid_on)
    FROM vendors_settlement s
    JOIN vendors_placement p ON p.agency_id = s.agency_id
    JOIN cases_repayment r ON r.loan_id = p.loan_id AND r.status = 'confirmed'
                          AND r.paid_on >= s.period AND r.paid_on < s.period + interval '1 month'
    WHERE s.agency_id = %(agency)s AND s.period < %(period)s AND r.paid_on >= p.placed_on
      AND greatest(r.recorded_at, r.matched_at) > s.known_by - interval '1 day'
      AND greatest(r.recorded_at, r.matched_at) <= %(known_by)s
      AND (p.recalled_on IS NULL OR r.reversal_of_id IS NOT NULL OR r.paid_on <= p.recalled_on + {GRACE_AGENCY.most} + 1)
      AND NOT EXISTS (SELECT FROM vendors_settledrepayment d JOIN vendors_settlement t ON t.id = d.settlement_id
                      WHERE d.repayment_id = r.id AND NOT (t.agency_id = %(agency)s AND t.period = %(period)s))
"""  # noqa: S608  names of ours
_OF_GAPS = f"""
    SELECT min(date_trunc('month', c.paid_on))::date FROM ({MONEY_OF_A_DESK}) c
    WHERE date_trunc('month', c.paid_on)::date = ANY(%(gaps)s) AND {_NOT_CHARGED.format(repayment="c.repayment_id")}
"""  # noqa: S608  names of ours


@contextmanager
def credited_once(period: date, known_by: datetime) -> Iterator[str]:
    """A table of the month's money of all agencies, for settling them one after the other; gone afterwards."""
    given = asked(first=period, last=month_end(period), known_by=known_by)
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('work_mem', %s, false)", [_WORK_MEM])
        cursor.execute(
            f"""CREATE TEMP TABLE money_of_agencies AS SELECT c.* FROM ({MONEY_OF_DESKS}) c
                JOIN cases_desk k ON k.id = c.desk_id AND k.kind = 'agency'""",  # noqa: S608
            given,
        )
        cursor.execute("CREATE INDEX ON money_of_agencies (desk_id)")
        cursor.execute("ANALYZE money_of_agencies")
        try:
            yield "money_of_agencies"
        finally:
            if not connection.needs_rollback:
                cursor.execute("DROP TABLE IF EXISTS money_of_agencies; RESET work_mem")


def _money(agency: Agency, period: date, known_by: datetime, credited: str) -> list[Money]:
    """The month's money. Raises GatherRefused for what has no placement."""
    ours = {"agency": agency.pk, "desk": agency.desk_id, "period": period}
    given = asked(first=period, last=month_end(period), known_by=known_by) | ours
    of_desk = f"({MONEY_OF_A_DESK})"
    found = all_rows(_of_agency(credited or of_desk), given)
    ((first, last),) = all_rows(_LATE, given)
    if first is not None:
        found = all_rows(_of_agency(of_desk, _OF_SETTLED_MONTH), given | {"first": first, "last": last}) + found
    loose = [row[0] for row in found if row[1] is None]
    if loose:
        raise GatherRefused(_without_placement(loose))
    return list(map(Money._make, found))


def _of_agency(money: str, only: str = "") -> str:
    not_charged = _NOT_CHARGED.format(repayment="c.repayment_id")
    return _OF_AGENCY.replace("{money}", money).replace("{not_charged}", not_charged).replace("{only}", only)


def _without_placement(repayments: Sequence[int]) -> str:
    numbers = Repayment.objects.filter(pk__in=repayments).values_list("contract_no", flat=True)
    shown = sorted({f"***{number[-4:]}" for number in numbers})
    return _(
        "有 %(count)s 笔还款计给该机构，但合同没有对应的委案记录(%(numbers)s)，请先补登委案再结算"
    ) % {"count": len(repayments), "numbers": "、".join(shown[:SHOWN]) + ("…" if len(shown) > SHOWN else "")}  # fmt: skip


def first_unsettled(agency: Agency, period: date, known_by: datetime) -> date | None:
    """The earliest month before `period` that has money of the agency and no statement. Three queries at most."""
    begun = agency.placements.order_by("placed_on").values_list("placed_on", flat=True).first()
    if begun is None:
        return None
    settled = set(agency.settlements.filter(period__lt=period).values_list("period", flat=True))
    gaps, month = [], begun.replace(day=1)
    while month < period:
        if month not in settled:
            gaps.append(month)
        month = month_after(month)
    if not gaps:
        return None
    given = asked(first=gaps[0], last=month_end(gaps[-1]), known_by=known_by)
    given |= {"agency": agency.pk, "desk": agency.desk_id, "period": period, "gaps": gaps}
    found: date | None = all_rows(_OF_GAPS, given)[0][0]
    return found


# Placements --------------------------------------------------------------------------------------------------------


def _placed(agency: Agency, period: date, with_money: set[int]) -> dict[int, Placed]:
    """What was in hand on a day of the month, and what money came of. A recall after the month is not of it."""
    last = month_end(period)
    rows = all_rows(
        """SELECT id, stage, product, amount, placed_on, CASE WHEN recalled_on <= %(last)s THEN recalled_on END
           FROM vendors_placement
           WHERE agency_id = %(agency)s AND placed_on <= %(last)s
             AND (recalled_on IS NULL OR recalled_on >= %(period)s OR id = ANY(%(with_money)s))
           ORDER BY id""",
        {"agency": agency.pk, "period": period, "last": last, "with_money": sorted(with_money)},
    )
    return {row[0]: Placed(*row) for row in rows}


# Events ------------------------------------------------------------------------------------------------------------


def _events(
    agency: Agency, period: date, known_by: datetime, placed: Mapping[int, Placed], versions: Sequence[Terms]
) -> dict[Event, int]:
    """How many of each: what conduct_of tells, and what only a settlement asks for."""
    last, org = month_end(period), agency.desk.code
    found = conduct_of([agency], period, last, known_by)[agency.pk]
    least = versions[-1].least_attempts if versions else 0
    given = {
        "org": org, "agency": agency.pk, "period": period, "last": last, "known_by": known_by,
        "zone": settings.TIME_ZONE, "least": least,
    }  # fmt: skip
    untouched = all_rows(_UNTOUCHED, given)[0][0] if least else 0
    in_hand = any(one.recalled_on is None or one.recalled_on >= period for one in placed.values())
    clean = in_hand and not (found.complaints or found.critical or found.breaches)
    counts = {
        Event.COMPLAINT: len(found.complaints), Event.BREACH: len(found.breaches),
        Event.CRITICAL_BREACH: len(found.critical), Event.LATE_FILE: len(found.late_days),
        Event.UNTOUCHED: untouched, Event.CLEAN_MONTH: int(clean),
    }  # fmt: skip
    return {event: count for event, count in counts.items() if count}


# Only cases that were in hand for the whole month: of less, nobody can ask a month's work.
_UNTOUCHED = """
    SELECT count(*) FROM vendors_placement p
    WHERE p.agency_id = %(agency)s AND p.placed_on <= %(period)s
      AND (p.recalled_on IS NULL OR p.recalled_on > %(last)s)
      AND (SELECT count(*) FROM compliance_contactattempt a
           WHERE a.case_id = p.case_id AND a.org = %(org)s AND a.recorded_at <= %(known_by)s
             AND a.started_at >= %(period)s::date::timestamp AT TIME ZONE %(zone)s
             AND a.started_at < (%(last)s::date + 1)::timestamp AT TIME ZONE %(zone)s) < %(least)s
"""
