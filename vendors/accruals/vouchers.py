"""Gather: what is booked in a month, with the codes of the accounts; and its workbook for finance."""

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import F, Q, Sum
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from collection_ops.core.models import User
from collection_ops.core.money import ZERO
from collection_ops.core.services import audit
from collection_ops.core.tables import Column, open_table
from vendors.accruals import entries as booking
from vendors.accruals.accounts import ACCOUNT_NAMES, Account, codes_on
from vendors.accruals.entries import Entry, Section, Whose
from vendors.models import Accrual, LineDispute, Settlement, SettlementLine, SettlementState
from vendors.settlement.gather import month_end

SECTION_LABELS: Mapping[Section, Any] = {
    Section.ACCRUAL: gettext_lazy("计提"),
    Section.REVERSAL: gettext_lazy("冲回计提"),
    Section.STATEMENT: gettext_lazy("结算单入账"),
    Section.PAYMENT: gettext_lazy("付款"),
}


@dataclass(frozen=True)
class Voucher:
    """All that is booked in a month, section by section; `codes`: the accounts' codes on its last day."""

    month: date
    entries: list[Entry]
    codes: Mapping[Account, str]

    @property
    def debit(self) -> Decimal:
        return sum((one.debit for one in self.entries), ZERO)

    @property
    def credit(self) -> Decimal:
        return sum((one.credit for one in self.entries), ZERO)


def voucher_of(month: date) -> Voucher:
    """Five queries, however much there is. Accruals by their day of booking, statements by the day of approval, payments by
    the day on which they were made."""
    last = month_end(month)
    entries: list[Entry] = []
    accruals = (
        Accrual.objects.filter(booked_on__range=(month, last)).select_related("agency").order_by("agency__name", "pk")
    )
    for one in accruals:
        whose = Whose(one.agency_id, one.agency.name, one.period)
        is_reversal = one.reverses_id is not None
        entries += booking.of_accrual(whose, amount=one.amount, tax=one.tax, is_reversal=is_reversal)
    approved, paid = _statements(month, last)
    kinds = _paid_kinds([*approved, *paid])
    for statement in approved:
        entries += booking.of_statement(_whose(statement), kinds=kinds[statement.pk], tax_rate=statement.tax_rate)
    for statement in paid:
        entries += booking.of_payment(_whose(statement), payable=sum(kinds[statement.pk].values(), ZERO))
    sections = list(Section)
    return Voucher(month, sorted(entries, key=lambda one: sections.index(one.section)), codes_on(last))


def _whose(statement: Settlement) -> Whose:
    return Whose(statement.agency_id, statement.agency.name, statement.period)


def _statements(month: date, last: date) -> tuple[list[Settlement], list[Settlement]]:
    """Approved in the month, and paid in it."""
    begin = timezone.make_aware(datetime.combine(month, time.min))
    end = timezone.make_aware(datetime.combine(last + timedelta(days=1), time.min))
    found = Settlement.objects.select_related("agency").order_by("agency__name", "period")
    approved = found.filter(approved_at__gte=begin, approved_at__lt=end)
    return list(approved), list(found.filter(state=SettlementState.PAID, paid_on__range=(month, last)))


def _paid_kinds(statements: list[Settlement]) -> dict[int, dict[str, Decimal]]:
    """Statement → what is paid with it by kind of line: all but what was disputed when it was approved. One query."""
    found: dict[int, dict[str, Decimal]] = {one.pk: {} for one in statements}
    held = LineDispute.objects.filter(line__settlement__in=list(found)).filter(
        Q(resolved_at__isnull=True) | Q(resolved_at__gt=F("line__settlement__approved_at"))
    )
    rows = SettlementLine.objects.filter(settlement__in=list(found)).exclude(pk__in=held.values("line")).order_by()
    for pk, kind, fee in rows.values_list("settlement_id", "kind").annotate(fee=Sum("fee")):
        found[pk][kind] = fee
    return found


def voucher_book(voucher: Voucher, *, actor: User, now: datetime) -> bytes:
    """The workbook: every line, and both sums below."""
    columns = [
        Column(_("凭证类别")), Column(_("科目编码")), Column(_("科目名称")), Column(_("机构")), Column(_("所属月份")),
        Column(_("借方(元)"), "money"), Column(_("贷方(元)"), "money"), Column(_("对应税额(元)"), "money"),
    ]  # fmt: skip
    with tempfile.TemporaryDirectory() as folder, transaction.atomic():
        path = Path(folder) / "voucher.xlsx"
        with open_table(
            path,
            file_format="xlsx",
            title=f"{_('委外费用凭证汇总')} {voucher.month:%Y-%m}",
            columns=columns,
            exported_by=str(actor),
            exported_at=now,
        ) as table:
            for one in voucher.entries:
                table.write_row([
                    str(SECTION_LABELS[one.section]), voucher.codes[one.account], str(ACCOUNT_NAMES[one.account]),
                    one.agency, f"{one.period:%Y-%m}", one.debit or None, one.credit or None, one.tax or None,
                ])  # fmt: skip
            table.write_row([_("合计"), "", "", "", "", voucher.debit, voucher.credit, None])
        data = {"month": f"{voucher.month:%Y-%m}", "rows": table.rows, "debit": str(voucher.debit)}
        audit.record(action="voucher.exported", actor=actor, obj=None, data=data)
        return path.read_bytes()
