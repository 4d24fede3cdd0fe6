"""The workbook of a month's voucher for finance: as it was posted, or as it is before."""

import tempfile
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from collection_ops.core.models import User
from collection_ops.core.services import audit
from collection_ops.core.tables import Column, open_table
from vendors.accruals.accounts import ACCOUNT_NAMES
from vendors.accruals.draft import Row, both_sides
from vendors.accruals.entries import Section
from vendors.models import Voucher

SECTION_LABELS: Mapping[Section, Any] = {
    Section.ACCRUAL: gettext_lazy("计提"),
    Section.REVERSAL: gettext_lazy("冲回计提"),
    Section.STATEMENT: gettext_lazy("结算单入账"),
    Section.PAYMENT: gettext_lazy("付款"),
}


def voucher_book(month: date, rows: Sequence[Row], *, posted: Voucher | None, actor: User, now: datetime) -> bytes:
    """Every line, and both sums below; of a posted one its number, who posted it, and the digest of what stands there."""
    columns = [
        Column(_("凭证类别")), Column(_("科目编码")), Column(_("科目名称")), Column(_("机构")), Column(_("所属月份")),
        Column(_("借方(元)"), "money"), Column(_("贷方(元)"), "money"), Column(_("对应税额(元)"), "money"),
        Column(_("记账日期"), "date"), Column(_("补记")),
    ]  # fmt: skip
    number = posted.number if posted else _("待过账")
    with tempfile.TemporaryDirectory() as folder, transaction.atomic():
        path = Path(folder) / "voucher.xlsx"
        with open_table(
            path,
            file_format="xlsx",
            title=f"{_('委外费用凭证汇总')} {month:%Y-%m} {number}",
            columns=columns,
            exported_by=str(actor),
            exported_at=now,
        ) as table:
            for row in rows:
                one = row.entry
                table.write_row([
                    str(SECTION_LABELS[one.section]), row.code, str(ACCOUNT_NAMES[one.account]), one.agency,
                    f"{one.period:%Y-%m}", one.debit or None, one.credit or None, one.tax or None, row.booked_on,
                    f"{row.booked_on:%Y-%m}" if row.booked_on < month else "",
                ])  # fmt: skip
            debit, credit = both_sides(rows)
            table.write_row([_("合计"), "", "", "", "", debit, credit, None, None, ""])
            count = table.rows
            if posted:
                for label, value in _told(posted):
                    table.write_row([label, value, "", "", "", None, None, None, None, ""])
        data = {"month": f"{month:%Y-%m}", "rows": count, "debit": str(debit)}
        if posted:
            data |= {"number": posted.number, "digest": posted.digest}
        audit.record(action="voucher.exported", actor=actor, obj=posted, data=data)
        return path.read_bytes()


def _told(posted: Voucher) -> list[tuple[str, str]]:
    return [
        (_("凭证号"), posted.number),
        (_("过账人"), str(posted.posted_by)),
        (_("过账时间"), f"{timezone.localtime(posted.posted_at):%Y-%m-%d %H:%M}"),
        (_("内容指纹"), posted.digest),
    ]
