"""Files and rows as clerks send them, written from plain lists."""

import csv
import datetime as dt
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import xlsxwriter

from cases.imports.judging.check import CleanResult, clean_sheet
from cases.imports.judging.overdue import OVERDUE
from cases.imports.layout.layouts import Understanding, recognise
from cases.imports.layout.synonyms import SynonymTable
from cases.imports.reading.read import SheetData, WorkbookData, read_file

DAY = dt.date(2026, 3, 31)

HEADINGS = [
    *("客户姓名", "证件号码", "手机号", "合同编号", "产品"),
    *("贷款本金余额", "利息", "违约金", "逾期总额", "应还日期", "逾期天数", "逾期阶段"),
]


def row(number: int = 1, **changes: Any) -> list[Any]:
    """A faultless row under ``HEADINGS``; name the headings to change, with any cell."""
    cells: dict[str, Any] = {
        "客户姓名": "张伟",
        "证件号码": "330000200207148620",
        "手机号": "15444365243",
        "合同编号": f"HT{2026000000 + number}",
        "产品": "消费分期",
        "贷款本金余额": 1000.0,
        "利息": 20.5,
        "违约金": 4.5,
        "逾期总额": 1025.0,
        "应还日期": dt.date(2026, 2, 14),
        "逾期天数": 45,
        "逾期阶段": "M2",
    }
    unknown = set(changes) - set(cells)
    assert not unknown, unknown
    cells.update(changes)
    return [cells[heading] for heading in HEADINGS]


def workbook(
    path: Path, *sheets: Sequence[Sequence[Any]], first: tuple[int, int] = (0, 0), hidden: Iterable[int] = ()
) -> Path:
    """Write sheets (lists of rows) as .xlsx. ``first`` is the zero-based cell where each begins, ``hidden`` its rows."""
    book = xlsxwriter.Workbook(str(path), {"strings_to_numbers": False, "strings_to_formulas": False})
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    for rows in sheets:
        sheet = book.add_worksheet()
        for down, cells in enumerate(rows, start=first[0]):
            for right, cell in enumerate(cells, start=first[1]):
                if isinstance(cell, dt.date):
                    sheet.write_datetime(down, right, cell, day)
                elif cell != "":
                    sheet.write(down, right, cell)
        for down in hidden:
            sheet.set_row(down, None, None, {"hidden": True})
    book.close()
    return path


def text_file(path: Path, rows: Sequence[Sequence[Any]], *, encoding: str = "utf-8", delimiter: str = ",") -> Path:
    with path.open("w", newline="", encoding=encoding) as file:
        csv.writer(file, delimiter=delimiter).writerows(rows)
    return path


def sheet_of(rows: Sequence[Sequence[Any]], *, first_row: int = 1, name: str = "Sheet1") -> WorkbookData:
    """A workbook as the reader would give it, without a file."""
    return WorkbookData(
        kind="xlsx", sheets=[SheetData(name=name, first_row=first_row, rows=[tuple(cells) for cells in rows])]
    )


def understand(data: WorkbookData, **options: Any) -> Understanding:
    return recognise(data, catalogue=OVERDUE, synonyms=SynonymTable.load(), **options)


def checked(*rows: Sequence[Any], headings: Sequence[str] = HEADINGS, day: dt.date = DAY) -> CleanResult:
    """The judgement over rows under headings, without a file."""
    data = sheet_of([headings, *rows])
    return clean_sheet(understand(data), data, catalogue=OVERDUE, business_date=day)


def import_file(path: Path, day: dt.date = DAY) -> tuple[WorkbookData, Understanding, CleanResult | None]:
    """Read, understand and check a file; no result when the layout is refused or asks."""
    data = read_file(path)
    understanding = understand(data)
    if not understanding.ready:
        return data, understanding, None
    return data, understanding, clean_sheet(understanding, data, catalogue=OVERDUE, business_date=day)


def codes(result: CleanResult, row: int | None = None, *, anywhere: bool = False) -> list[str]:
    """Codes of the problems of a row; with ``anywhere`` of all rows and the file."""
    return [problem.code for problem in result.problems if anywhere or problem.row == row]
