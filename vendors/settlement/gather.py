"""Gather: all that an agency's month is decided by, in a fixed number of queries, whatever there is.

Whose money a payment is says `cases.credit` alone; here it is only joined to its placement. Two kinds of
money make a month: what was paid in it, and what was paid in an earlier month that is settled already but was not known
then. So every payment comes up once, however late it is told.

`known_by`: nothing learned after it counts, so that the same month can be asked for again years later.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.credit import GRACE_AGENCY, MONEY_OF_A_DESK, MONEY_OF_DESKS, asked
from collection_ops.core.dated_settings import Setting, values_on
from vendors.contracts.reading import ROWS, terms_of
from vendors.contracts.terms import Event, Terms
from vendors.models import Agency, ContractVersion, VersionState
from vendors.settlement.decide import Charged, Correction, Facts, Kind, Ladder, LadderKey, Money, MonthPaid, Placed
from vendors.settlement.events import conduct_of

_SOURCE = gettext_lazy("内部评分办法：合规得分由 100 起按当月事项扣减，最低 0；结算的合规系数与评分卡用同一个数")
_WEIGHTS: Mapping[Event, Setting] = {
    event: Setting(
        f"agency.score_{event.value}", label=label, default=default, unit=gettext_lazy("分"), source=_SOURCE,
        least=0, most=100,
    )
    for event, label, default in (
        (Event.COMPLAINT, gettext_lazy("委外合规得分：每件属实投诉扣分"), 10),
        (Event.BREACH, gettext_lazy("委外合规得分：每起违规扣分"), 5),
        (Event.CRITICAL_BREACH, gettext_lazy("委外合规得分：每起严重违规扣分"), 20),
        (Event.LATE_FILE, gettext_lazy("委外合规得分：每次迟交文件扣分"), 2),
    )
}  # fmt: skip
_WORK_MEM = "64MB"
"""A month's money of all agencies is joined and put in order in memory rather than in files."""
SHOWN = 5
"""So many contract numbers stand in a refusal."""


class GatherRefused(Exception):
    """The month cannot be told; the sentence says what to do first."""


def month_end(period: date) -> date:
    """The last day of the month that `period` begins."""
    return (period + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def facts_of(agency: Agency, period: date, known_by: datetime, *, credited: str = "") -> Facts:
    """The facts of the month that begins on `period`. `credited`: a table of its money as it was known by
    `known_by`, where several agencies are settled at once (see `credited_once`).

    Raises GatherRefused for money without a placement.
    """
    versions = terms_of_agency(agency, last=month_end(period), known_by=known_by)
    money, loose = _money(agency, period, known_by, credited)
    if loose:
        raise GatherRefused(_without_placement(loose))
    placed = _placed(agency, period, {one.placement_id for one in money})
    events = _events(agency, period, known_by, placed, versions)
    own = {one.repayment_id for one in money}
    late = [one.reversal_of for one in money if one.reversal_of is not None and one.reversal_of not in own]
    charged = _charged(agency, period, late)
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
        ladders=_ladders(agency, period, keys, versions),
        months=_months(agency, period, {key[0] for key in keys}),
        corrections=_corrections(agency, period, known_by),
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
_CREDITED = """
    SELECT c.repayment_id, p.id AS placement_id, c.paid_on, c.held_on, c.amount, c.reversal_of_id,
           c.because = 'grace' AS in_grace, c.desk_id,
           CASE WHEN p.id IS NULL THEN (SELECT r.contract_no FROM cases_repayment r WHERE r.id = c.repayment_id) END
               AS contract_no
    FROM {money} c
    JOIN vendors_agency a ON a.desk_id = c.desk_id
    LEFT JOIN vendors_placement p ON p.loan_id = c.loan_id AND p.agency_id = a.id AND p.placed_on <= c.held_on
"""
_OF_AGENCY = """
    SELECT c.repayment_id, c.placement_id, c.paid_on, c.held_on, c.amount, c.reversal_of_id, c.in_grace, c.contract_no
    FROM {credited} c
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
        # Whose it is first: how much that is, is not to be guessed beforehand, and what is joined to it would be looked up
        # one by one.
        cursor.execute(
            f"""CREATE TEMP TABLE money_of_agencies AS SELECT c.* FROM ({MONEY_OF_DESKS}) c
                JOIN cases_desk k ON k.id = c.desk_id AND k.kind = 'agency'""",  # noqa: S608
            given,
        )
        cursor.execute("ANALYZE money_of_agencies")
        cursor.execute(f"CREATE TEMP TABLE credited_month AS {_CREDITED.replace('{money}', 'money_of_agencies')}")
        cursor.execute("CREATE INDEX ON credited_month (desk_id)")
        cursor.execute("ANALYZE credited_month")
        try:
            yield "credited_month"
        finally:
            if not connection.needs_rollback:
                cursor.execute("DROP TABLE IF EXISTS money_of_agencies, credited_month; RESET work_mem")


def _money(agency: Agency, period: date, known_by: datetime, credited: str) -> tuple[list[Money], list[str]]:
    """The month's money, and the contract numbers of what has no placement."""
    ours = {"agency": agency.pk, "desk": agency.desk_id, "period": period}
    given = asked(first=period, last=month_end(period), known_by=known_by) | ours
    of_desk = f"({_CREDITED.replace('{money}', f'({MONEY_OF_A_DESK})')})"
    found = _rows(_of_agency(credited or of_desk), given)
    ((first, last),) = _rows(_LATE, given)
    if first is not None:
        found = _rows(_of_agency(of_desk, _OF_SETTLED_MONTH), given | {"first": first, "last": last}) + found
    money = [Money._make(row[:-1]) for row in found if row[1] is not None]
    return money, [row[7] for row in found if row[1] is None]


def _of_agency(credited: str, only: str = "") -> str:
    not_charged = _NOT_CHARGED.format(repayment="c.repayment_id")
    return _OF_AGENCY.replace("{credited}", credited).replace("{not_charged}", not_charged).replace("{only}", only)


def _without_placement(numbers: Sequence[str]) -> str:
    shown = sorted({f"***{number[-4:]}" for number in numbers})
    return _(
        "有 %(count)s 笔还款计给该机构，但合同没有对应的委案记录(%(numbers)s)，请先补登委案再结算"
    ) % {"count": len(numbers), "numbers": "、".join(shown[:SHOWN]) + ("…" if len(shown) > SHOWN else "")}  # fmt: skip


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
        month = month_end(month) + timedelta(days=1)
    if not gaps:
        return None
    given = asked(first=gaps[0], last=month_end(gaps[-1]), known_by=known_by)
    given |= {"agency": agency.pk, "desk": agency.desk_id, "period": period, "gaps": gaps}
    found: date | None = _rows(_OF_GAPS, given)[0][0]
    return found


# Placements --------------------------------------------------------------------------------------------------------


def _placed(agency: Agency, period: date, with_money: set[int]) -> dict[int, Placed]:
    """What was in hand on a day of the month, and what money came of. A recall after the month is not of it."""
    last = month_end(period)
    rows = _rows(
        """SELECT id, stage, product, amount, placed_on, CASE WHEN recalled_on <= %(last)s THEN recalled_on END
           FROM vendors_placement
           WHERE agency_id = %(agency)s AND placed_on <= %(last)s
             AND (recalled_on IS NULL OR recalled_on >= %(period)s OR id = ANY(%(with_money)s))
           ORDER BY id""",
        {"agency": agency.pk, "period": period, "last": last, "with_money": sorted(with_money)},
    )
    return {row[0]: Placed(*row) for row in rows}


# Events ------------------------------------------------------------------------------------------------------------


def weights_on(day: date) -> dict[Event, int]:
    """Points that each event costs, in force on a day. One query."""
    found = values_on(day, list(_WEIGHTS.values()))
    return {event: found[setting.name] for event, setting in _WEIGHTS.items()}


def score_of(events: Mapping[Event, int], weights: Mapping[Event, int]) -> Decimal:
    """The compliance score of a month, 0 to 100: 100 less the points of each event. Scorecards show the same."""
    lost = sum(events.get(event, 0) * points for event, points in weights.items())
    return Decimal(max(0, 100 - lost)).quantize(Decimal("0.01"))


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
    untouched = _rows(_UNTOUCHED, given)[0][0] if least else 0
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


# Earlier statements ------------------------------------------------------------------------------------------------


def _charged(agency: Agency, period: date, originals: Sequence[int]) -> dict[int, list[Charged]]:
    if not originals:
        return {}
    found: dict[int, list[Charged]] = defaultdict(list)
    for repayment, line, of, version, row, held_on, amount, rate, fee in _rows(
        """SELECT l.repayment_id, l.id, s.period, l.version, l.row, l.held_on, l.amount, l.rate, l.fee
           FROM vendors_settlementline l JOIN vendors_settlement s ON s.id = l.settlement_id
           WHERE l.repayment_id = ANY(%(originals)s) AND l.kind = %(kind)s AND s.agency_id = %(agency)s
             AND s.period < %(period)s
           ORDER BY l.repayment_id, l.settlement_id, l.number""",
        {"originals": list(originals), "kind": Kind.COMMISSION, "agency": agency.pk, "period": period},
    ):
        found[repayment].append(Charged(line, (of, version, row), held_on, amount, rate, fee))
    return dict(found)


def _ladders(agency: Agency, period: date, keys: set[LadderKey], versions: Sequence[Terms]) -> dict[LadderKey, Ladder]:
    """What the rows of earlier months came to, less what was taken back since."""
    if not keys:
        return {}
    rows = {(terms.version, row.number): row for terms in versions for row in terms.rows}
    found = _rows(
        """SELECT coalesce(l.of_period, s.period), l.version, l.row, max(l.base) FILTER (WHERE l.kind = %(commission)s),
                  sum(l.amount)
           FROM vendors_settlementline l JOIN vendors_settlement s ON s.id = l.settlement_id
           WHERE s.agency_id = %(agency)s AND s.period < %(period)s AND l.kind IN (%(commission)s, %(clawback)s)
             AND coalesce(l.of_period, s.period) = ANY(%(months)s)
           GROUP BY 1, 2, 3""",
        _earlier(agency, period) | {"months": sorted({key[0] for key in keys})},
    )
    return {
        (of, version, row): Ladder((of, version, row), rows[version, row], base, money)
        for of, version, row, base, money in found
        if (of, version, row) in keys
    }


def _months(agency: Agency, period: date, months: set[date]) -> dict[date, MonthPaid]:
    """What earlier months earned, less what was taken back since."""
    if not months:
        return {}
    found = _rows(
        """SELECT m.period, coalesce(e.fee, 0.00), m.factor, m.cap, m.clawback_days
           FROM vendors_settlement m LEFT JOIN (
               SELECT coalesce(l.of_period, s.period) AS period, sum(l.fee) AS fee
               FROM vendors_settlementline l JOIN vendors_settlement s ON s.id = l.settlement_id
               WHERE s.agency_id = %(agency)s AND s.period < %(period)s
                 AND l.kind IN (%(commission)s, %(clawback)s, %(tier)s)
               GROUP BY 1) e ON e.period = m.period
           WHERE m.agency_id = %(agency)s AND m.period = ANY(%(months)s)""",
        _earlier(agency, period) | {"months": sorted(months)},
    )
    return {row[0]: MonthPaid(*row) for row in found}


def _earlier(agency: Agency, period: date) -> dict[str, Any]:
    kinds = {"commission": Kind.COMMISSION, "clawback": Kind.CLAWBACK, "tier": Kind.TIER_EFFECT}
    return {"agency": agency.pk, "period": period, **kinds}


def _corrections(agency: Agency, period: date, known_by: datetime) -> list[Correction]:
    """Earlier lines whose dispute is settled, where what was paid is not what was agreed. Not paid with its statement: a
    line that was still disputed when that was approved. A line that was taken back since comes to nought. And what an
    agency's bill had alone and is paid nevertheless (bills/answers.py), by contract: it has no earlier line."""
    rows = _rows(
        """SELECT l.id, s.period, l.repayment_id, l.placement_id,
                  CASE WHEN b.id IS NULL THEN d.agreed ELSE 0.00 END
                  - CASE WHEN d.resolved_at > s.approved_at THEN 0.00 ELSE l.fee END - coalesce(b.fee, 0.00) - coalesce((
                      SELECT sum(c.fee) FROM vendors_settlementline c JOIN vendors_settlement t ON t.id = c.settlement_id
                      WHERE c.of_line_id = l.id AND c.kind = %(correction)s AND t.period < %(period)s), 0.00)
           FROM vendors_linedispute d
           JOIN vendors_settlementline l ON l.id = d.line_id
           JOIN vendors_settlement s ON s.id = l.settlement_id
           LEFT JOIN vendors_settlementline b ON b.of_line_id = l.id AND b.kind = %(clawback)s
                AND EXISTS (SELECT FROM vendors_settlement t WHERE t.id = b.settlement_id AND t.period < %(period)s)
           WHERE s.agency_id = %(agency)s AND s.period < %(period)s AND d.resolved_at <= %(known_by)s
           UNION ALL
           SELECT NULL, g.period, NULL, a.placement_id, sum(a.agreed) - coalesce((
                      SELECT sum(c.fee) FROM vendors_settlementline c JOIN vendors_settlement t ON t.id = c.settlement_id
                      WHERE c.kind = %(correction)s AND c.of_line_id IS NULL AND c.of_period = g.period
                        AND c.placement_id IS NOT DISTINCT FROM a.placement_id
                        AND t.agency_id = %(agency)s AND t.period < %(period)s), 0.00)
           FROM vendors_billanswer a
           JOIN vendors_billmatch m ON m.id = a.match_id
           JOIN vendors_agencybill g ON g.id = m.bill_id
           WHERE g.agency_id = %(agency)s AND g.period < %(period)s AND a.answered_at <= %(known_by)s
             AND a.resolution = 'paid'
           GROUP BY g.period, a.placement_id
           ORDER BY 1, 2, 4""",
        _earlier(agency, period) | {"correction": Kind.CORRECTION, "known_by": known_by},
    )
    return [Correction(line, of, rest, repayment, placement) for line, of, repayment, placement, rest in rows if rest]


# The digest --------------------------------------------------------------------------------------------------------


def facts_digest(facts: Facts) -> str:
    """SHA-256 over everything that the month is decided by, in a fixed order: the same facts give the same."""
    told = {
        "period": facts.period,
        "terms": [_terms_told(one) for one in facts.versions],
        "placed": [
            f"{one.placement_id} {one.stage} {one.amount} {one.placed_on} {one.recalled_on} {one.product}"
            for _pk, one in sorted(facts.placed.items())
        ],
        "money": [
            f"{repayment} {placement} {paid_on} {held_on} {amount} {reversal_of} {in_grace}"
            for repayment, placement, paid_on, held_on, amount, reversal_of, in_grace in sorted(facts.money)
        ],
        "events": {event.value: count for event, count in facts.events.items()},
        "score": facts.score,
        "charged": [
            [key, [[one.line_id, one.key, one.held_on, one.amount, one.rate, one.fee] for one in lines]]
            for key, lines in sorted(facts.charged.items())
        ],
        "ladders": [[key, one.base, one.money] for key, one in sorted(facts.ladders.items())],
        "months": [
            [of, one.commission, one.factor, one.cap, one.clawback_days] for of, one in sorted(facts.months.items())
        ],
        "corrections": [[one.line_id, one.period, one.fee] for one in facts.corrections],
    }
    return digest_of(told)


def digest_of(told: Any) -> str:
    """SHA-256 of a canonical JSON: sorted keys, no blanks, days and amounts as text."""
    text = json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def _terms_told(terms: Terms) -> dict[str, Any]:
    return {
        "version": terms.version,
        "from": terms.effective_from,
        "rows": [
            [
                row.number, row.method.value, sorted(row.stages), sorted(row.products), row.age_from, row.age_to,
                [[band.floor, band.rate] for band in row.bands],
            ]
            for row in terms.rows
        ],
        "coefficient": [[step.floor, step.factor] for step in terms.coefficient],
        "events": {event.value: amount for event, amount in terms.events.items()},
        "grace_days": terms.grace_days,
        "clawback_days": terms.clawback_days,
        "cap": terms.cap,
        "tax_rate": terms.tax_rate,
        "rounding": terms.rounding.value,
        "least_attempts": terms.least_attempts,
    }  # fmt: skip


def _rows(sql: str, given: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, given)
        return cursor.fetchall()
