"""What must always be true of accruals and vouchers."""

from datetime import timedelta

from django.conf import settings
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext_lazy as _

from collection_ops.core.clock import month_end
from collection_ops.core.invariants import Rows, invariant
from collection_ops.core.sql import all_rows
from vendors.accruals.draft import Row, both_sides, rows_digest
from vendors.accruals.vouchers import row_of, waiting_until
from vendors.models import Accrual, Settlement, SettlementState, Voucher, VoucherEntry

ENDED = (SettlementState.APPROVED, SettlementState.PAID)
RUNNING = timedelta(minutes=10)
"""No transaction takes longer: what was known that long before a posting was there for it."""
_BOOKED = """
    WITH due AS (
        SELECT s.id, s.state, s.approved_at, s.paid_on, s.total - coalesce(held.fee, 0) AS amount
        FROM vendors_settlement s LEFT JOIN LATERAL (
            SELECT sum(l.fee) AS fee FROM vendors_linedispute d JOIN vendors_settlementline l ON l.id = d.line_id
            WHERE l.settlement_id = s.id AND (d.resolved_at IS NULL OR d.resolved_at > s.approved_at)) held ON true
        WHERE s.state IN ('approved', 'paid')),
    booked AS (
        SELECT CASE WHEN reverses_id IS NULL THEN 'accrual' ELSE 'reversal' END AS section, id AS source, booked_on, amount,
               made_at AS known_at, 'accrued' AS account
        FROM vendors_accrual
        UNION ALL
        SELECT 'statement', id, (approved_at AT TIME ZONE %(zone)s)::date, amount, approved_at, 'payable' FROM due
        UNION ALL
        SELECT 'payment', id, paid_on, -amount, NULL, 'payable' FROM due WHERE state = 'paid'),
    posted AS (
        SELECT section, coalesce(accrual_id, settlement_id) AS source, account, sum(credit - debit) AS amount,
               true AS is_there
        FROM vendors_voucherentry GROUP BY 1, 2, 3)
    SELECT b.section, b.source, coalesce(p.is_there, false), coalesce(b.known_at < %(posted)s, false)
    FROM booked b LEFT JOIN posted p USING (section, source, account)
    WHERE b.booked_on < %(month)s::date + interval '1 month' AND b.amount <> coalesce(p.amount, 0)
    ORDER BY 1, 2
"""


@invariant("I49", _("结算单已批准的月份没有未冲回的计提"))
def what_is_settled_is_not_accrued_too() -> Rows:
    ended = Settlement.objects.filter(agency=OuterRef("agency"), period=OuterRef("period"), state__in=ENDED)
    standing = Accrual.objects.filter(Exists(ended), reverses__isnull=True, reversal__isnull=True)
    return [dict(row) for row in standing.order_by("pk").values("pk", "agency")[:100]]


@invariant("I50", _("已过账的凭证借贷平衡，内容与指纹一致"))
def what_was_posted_balances_and_is_as_it_was() -> Rows:
    rows: dict[int, list[Row]] = {}
    for entry in VoucherEntry.objects.order_by("voucher", "number").iterator():
        rows.setdefault(entry.voucher_id, []).append(row_of(entry))
    return [{"voucher": one.pk} for one in Voucher.objects.order_by("pk") if not _is_whole(one, rows.get(one.pk, []))][
        :100
    ]


def _is_whole(voucher: Voucher, rows: list[Row]) -> bool:
    debit, credit = both_sides(rows)
    return debit == credit == voucher.debit == voucher.credit and voucher.digest == rows_digest(voucher.month, rows)


@invariant("I50b", _("过账月份的每笔计提、结算与付款都已按其金额过账，或等待补记"))
def nothing_falls_through_between_two_vouchers() -> Rows:
    """Asked of the documents themselves. What was there before the last posting does not wait; whether a payment was is not
    kept, so that one may."""
    last = Voucher.objects.order_by("-month").first()
    if last is None:
        return []
    waiting = {(one.section.value, one.source) for one in waiting_until(month_end(last.month))}
    found = all_rows(_BOOKED, {"month": last.month, "posted": last.posted_at - RUNNING, "zone": settings.TIME_ZONE})
    return [
        {"document": source, "section": section}
        for section, source, is_posted, was_known in found
        if is_posted or was_known or (section, source) not in waiting
    ][:100]
