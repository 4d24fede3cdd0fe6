"""Bills of an agency as files, and its March with everything that can differ."""

import csv
import io
from collections.abc import Iterable
from typing import Any

from openpyxl import Workbook

from collection_ops.core.models import User
from tests.vendors.settlement.house import MARCH, SETTLED_MARCH
from vendors.bills.keeping import compare, has_statement, take_in
from vendors.models import Agency, AgencyBill

HEADINGS = ("合同编号", "还款日期", "还款金额", "费率", "佣金(元)")
Rows = Iterable[tuple[Any, ...]]


def as_csv(rows: Rows, headings: Iterable[str] = HEADINGS, encoding: str = "utf-8") -> io.BytesIO:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(headings)
    writer.writerows(rows)
    return io.BytesIO(text.getvalue().encode(encoding))


def as_xlsx(rows: Rows, *, above: Iterable[tuple[Any, ...]] = (), headings: Iterable[str] = HEADINGS) -> io.BytesIO:
    book, file = Workbook(), io.BytesIO()
    sheet = book.active
    for row in (*above, tuple(headings), *rows):
        sheet.append(list(row))
    book.save(file)
    file.seek(0)
    return file


def handed_in(
    agency: Agency, rows: Rows, *, actor: User, period=MARCH, now=SETTLED_MARCH, file: io.BytesIO | None = None
) -> AgencyBill:
    """Taken in, and compared where there is a statement, as the page and its job do it."""
    content = file or as_csv(rows)
    bill, _is_new = take_in(agency=agency, period=period, file=content, file_name="账单.csv", actor=actor, now=now)
    return compare(bill=bill, actor=actor, now=now) if has_statement(bill) else bill


def told(bill: AgencyBill) -> list[tuple[str, str, str]]:
    """Class, reason and difference of each match."""
    return [(one.kind, one.reason, str(one.difference)) for one in bill.matches.order_by("number")]
