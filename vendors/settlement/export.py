"""Workbooks of a statement: every line for the agency, the sums by kind for finance. Names are masked."""

import tempfile
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from django.db import transaction
from django.utils.translation import gettext as _

from collection_ops.core.masking import mask_name
from collection_ops.core.models import User
from collection_ops.core.money import ZERO
from collection_ops.core.services import audit
from collection_ops.core.tables import Column, TableWriter, open_table
from vendors.contracts.fees import tax_in
from vendors.models import Settlement
from vendors.settlement.selectors import Asked, groups_of, lines_of, waterfall
from vendors.settlement.states import withheld
from vendors.settlement.wording import KIND_LABELS, Words, percent

Write = Callable[[TableWriter], None]
CHUNK = 2_000


def write_statement(
    settlement: Settlement, path: Path, *, actor: User, now: datetime, progress: Callable[[int, int, str], None]
) -> int:
    """All lines with their arithmetic, and the sums below them, into `path`; how many rows. For a job (files.py): one chunk
    of lines is in memory at a time."""
    total = settlement.lines.count()
    groups = groups_of(settlement)
    words = Words(settlement, groups)
    columns = [
        Column(_("行号"), "integer"), Column(_("类型")), Column(_("合同编号")), Column(_("客户")),
        Column(_("还款日期"), "date"), Column(_("归属日期"), "date"), Column(_("合同费率行")),
        Column(_("基数"), "money"), Column(_("计费金额"), "money"), Column(_("费用"), "money"), Column(_("状态")),
        Column(_("算式")),
    ]  # fmt: skip

    def write(table: TableWriter) -> None:
        lines = lines_of(settlement, Asked()).select_related("repayment", "placement__loan__debtor")
        for line in lines.iterator(chunk_size=CHUNK):
            loan = line.placement.loan if line.placement else None
            table.write_row([
                line.number, str(KIND_LABELS[line.kind]), loan.contract_no if loan else "",  # type: ignore[index]
                mask_name(loan.debtor.name) if loan else "", line.repayment.paid_on if line.repayment else None,
                line.held_on, words.row(line.version, line.row) if line.row else "", line.base or None,
                line.amount, line.fee, line.get_state_display(), words.of(line),
            ])  # fmt: skip
            if table.rows % CHUNK == 0:
                progress(table.rows, total, _("已写 %(rows)d 行") % {"rows": table.rows})
        for label, amount in _sums(settlement):
            table.write_row([None, label, "", "", None, None, "", None, None, amount, "", ""])

    return _book(path, settlement, _("委外费用结算单"), columns, write, actor=actor, now=now)


def voucher_file(settlement: Settlement, *, actor: User, now: datetime) -> bytes:
    """The sums by kind, what is held back, the tax: what the voucher is written from."""
    columns = [Column(_("项目")), Column(_("行数"), "integer"), Column(_("金额(元，含税)"), "money")]

    def write(table: TableWriter) -> None:
        for fall in waterfall(groups_of(settlement)):
            table.write_row([str(KIND_LABELS[fall.kind]), fall.count, fall.fee])
        for label, amount in _sums(settlement):
            table.write_row([label, None, amount])

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "voucher.xlsx"
        _book(path, settlement, _("委外费用凭证汇总"), columns, write, actor=actor, now=now)
        return path.read_bytes()


def _sums(settlement: Settlement) -> list[tuple[str, Decimal]]:
    held = withheld(settlement)
    due = settlement.total - held
    tax = tax_in(due, settlement.tax_rate)
    return [
        (_("合计"), settlement.total),
        (_("争议未付"), -held if held else ZERO),
        (_("本期应付"), due),
        (_("其中税额(%(rate)s)") % {"rate": percent(settlement.tax_rate)}, tax),
        (_("不含税金额"), due - tax),
    ]


def _book(
    path: Path,
    settlement: Settlement,
    title: str,
    columns: list[Column],
    write: Write,
    *,
    actor: User,
    now: datetime,
) -> int:
    with transaction.atomic():
        with open_table(
            path,
            file_format="xlsx",
            title=f"{title} {settlement.agency.name} {settlement.period:%Y-%m}",
            columns=columns,
            exported_by=str(actor),
            exported_at=now,
            watermark=settlement.digest[:12],
        ) as table:
            write(table)
        audit.record(
            action="settlement.exported",
            actor=actor,
            obj=settlement,
            data={"rows": table.rows, "digest": settlement.digest},
        )
    return table.rows
