"""Workbooks of this room: rows of a file that stay out, for the agency to put right; a month of claims with what came."""

import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from cases.imports.words.problems import Problem
from collection_ops.core.models import User
from collection_ops.core.services import audit
from collection_ops.core.tables import Column, TableWriter, open_table
from vendors.models import Agency, ReturnedFile, ReturnedRow, Verdict
from vendors.returns.selectors import claims_of, unclaimed


def sentences(row: ReturnedRow) -> list[str]:
    """What is to be said of a row, in the reader's language."""
    return [sentence_of(found, row.sheet, row.number) for found in row.reasons]


def sentence_of(found: Mapping[str, Any], sheet: str = "", number: int | None = None) -> str:
    return Problem(
        sheet or found.get("sheet", ""), number, found["column"], found["value"], found["code"],
        found.get("severity", "error"), found["params"],
    ).message  # fmt: skip


def refused_file(file: ReturnedFile, *, actor: User, now: datetime) -> bytes:
    """The rows that stay out, each with its reasons. No name, no number of a person."""
    columns = [
        Column(_("工作表")), Column(_("行号"), "integer"), Column(_("合同编号")), Column(_("参考号")),
        Column(_("日期"), "date"), Column(_("金额"), "money"), Column(_("结果")), Column(_("原因")),
    ]  # fmt: skip
    rows = file.rows.filter(verdict__in=[Verdict.REFUSED, Verdict.KNOWN]).order_by("pk")

    def cells() -> Iterator[list[Any]]:
        for row in rows.iterator(chunk_size=2_000):
            yield [
                row.sheet, row.number, row.contract_no, row.reference, row.happened_on, row.amount,
                row.get_verdict_display(), "；".join(sentences(row)),
            ]  # fmt: skip

    title = _("%(agency)s %(kind)s 未入库的行 %(number)s") % {
        "agency": file.agency.name, "kind": file.get_kind_display(), "number": file.number,
    }  # fmt: skip
    return _book(title, columns, cells(), actor, now, lambda n: _told("returned.exported", actor, file, {"rows": n}))


def claims_file(agency: Agency, first: date, last: date, *, actor: User, now: datetime, today: date) -> bytes:
    """All claims of the month with the payment of each, then the payments that nobody claimed."""
    columns = [
        Column(_("结果")), Column(_("合同编号")), Column(_("参考号")), Column(_("收款方")), Column(_("申报日期"), "date"),
        Column(_("申报金额(元)"), "money"), Column(_("入账日期"), "date"), Column(_("入账金额(元)"), "money"),
        Column(_("入账流水号")),
    ]  # fmt: skip
    claims = claims_of(agency, first, last, show="all", place="", today=today).order_by("paid_on", "pk")

    def cells() -> Iterator[list[Any]]:
        for claim in claims.iterator(chunk_size=2_000):
            came = claim.repayment
            yield [
                _("已核对") if came else _("未找到入账"), claim.loan.contract_no, claim.reference,
                claim.get_place_display(), claim.paid_on, claim.amount, came.paid_on if came else None,
                came.amount if came else None, came.reference if came else "",
            ]  # fmt: skip
        for one in unclaimed(agency, first, last, most=None):
            yield [_("入账未申报"), one.contract_no, "", "", None, None, one.paid_on, one.amount, one.reference]

    title = _("%(agency)s 回款核对 %(month)s") % {"agency": agency.name, "month": f"{first:%Y-%m}"}
    data = {"month": f"{first:%Y-%m}"}
    return _book(
        title, columns, cells(), actor, now, lambda n: _told("claims.exported", actor, agency, {**data, "rows": n})
    )


def _told(action: str, actor: User, obj: Any, data: dict[str, Any]) -> None:
    audit.record(action=action, actor=actor, obj=obj, data=data)


def _book(
    title: str,
    columns: list[Column],
    rows: Iterable[list[Any]],
    actor: User,
    now: datetime,
    told: Callable[[int], None],
) -> bytes:
    with tempfile.TemporaryDirectory() as folder, transaction.atomic():
        path = Path(folder) / "rows.xlsx"
        with open_table(
            path, file_format="xlsx", title=title, columns=columns, exported_by=str(actor), exported_at=now
        ) as table:
            _fill(table, rows)
        told(table.rows)
        return path.read_bytes()


def _fill(table: TableWriter, rows: Iterable[list[Any]]) -> None:
    for cells in rows:
        table.write_row(cells)
