"""Gather: what earlier statements of an agency say that matters to a later month, a query each."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from collection_ops.core.sql import all_rows
from vendors.contracts.terms import Terms
from vendors.models import Agency
from vendors.settlement.decide import Charged, Correction, Kind, Ladder, LadderKey, MonthPaid


def charged(agency: Agency, period: date, originals: Sequence[int]) -> dict[int, list[Charged]]:
    if not originals:
        return {}
    found: dict[int, list[Charged]] = defaultdict(list)
    for repayment, line, of, version, row, held_on, amount, rate, fee in all_rows(
        """SELECT l.repayment_id, l.id, s.period, l.version, l.row, l.held_on, l.amount, l.rate, l.fee
           FROM vendors_settlementline l JOIN vendors_settlement s ON s.id = l.settlement_id
           WHERE l.repayment_id = ANY(%(originals)s) AND l.kind = %(kind)s AND s.agency_id = %(agency)s
             AND s.period < %(period)s
           ORDER BY l.repayment_id, l.settlement_id, l.number""",
        {"originals": list(originals), "kind": Kind.COMMISSION, "agency": agency.pk, "period": period},
    ):
        found[repayment].append(Charged(line, (of, version, row), held_on, amount, rate, fee))
    return dict(found)


def ladders(agency: Agency, period: date, keys: set[LadderKey], versions: Sequence[Terms]) -> dict[LadderKey, Ladder]:
    """What the rows of earlier months came to, less what was taken back since."""
    if not keys:
        return {}
    fee_rows = {(terms.version, row.number): row for terms in versions for row in terms.rows}
    found = all_rows(
        """SELECT coalesce(l.of_period, s.period), l.version, l.row, max(l.base) FILTER (WHERE l.kind = %(commission)s),
                  sum(l.amount)
           FROM vendors_settlementline l JOIN vendors_settlement s ON s.id = l.settlement_id
           WHERE s.agency_id = %(agency)s AND s.period < %(period)s AND l.kind IN (%(commission)s, %(clawback)s)
             AND coalesce(l.of_period, s.period) = ANY(%(months)s)
           GROUP BY 1, 2, 3""",
        _earlier(agency, period) | {"months": sorted({key[0] for key in keys})},
    )
    return {
        (of, version, row): Ladder((of, version, row), fee_rows[version, row], base, money)
        for of, version, row, base, money in found
        if (of, version, row) in keys
    }


def months(agency: Agency, period: date, of: set[date]) -> dict[date, MonthPaid]:
    """What earlier months earned, less what was taken back since."""
    if not of:
        return {}
    found = all_rows(
        """SELECT m.period, coalesce(e.fee, 0.00), m.factor, m.cap, m.clawback_days
           FROM vendors_settlement m LEFT JOIN (
               SELECT coalesce(l.of_period, s.period) AS period, sum(l.fee) AS fee
               FROM vendors_settlementline l JOIN vendors_settlement s ON s.id = l.settlement_id
               WHERE s.agency_id = %(agency)s AND s.period < %(period)s
                 AND l.kind IN (%(commission)s, %(clawback)s, %(tier)s)
               GROUP BY 1) e ON e.period = m.period
           WHERE m.agency_id = %(agency)s AND m.period = ANY(%(months)s)""",
        _earlier(agency, period) | {"months": sorted(of)},
    )
    return {row[0]: MonthPaid(*row) for row in found}


def _earlier(agency: Agency, period: date) -> dict[str, Any]:
    kinds = {"commission": Kind.COMMISSION, "clawback": Kind.CLAWBACK, "tier": Kind.TIER_EFFECT}
    return {"agency": agency.pk, "period": period, **kinds}


def corrections(agency: Agency, period: date, known_by: datetime) -> list[Correction]:
    """Earlier lines whose dispute is settled, where what was paid is not what was agreed. Not paid with its statement: a
    line that was still disputed when that was approved. A line that was taken back since comes to nought. And what an
    agency's bill had alone and is paid nevertheless (bills/answers.py), by contract: it has no earlier line."""
    rows = all_rows(
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
