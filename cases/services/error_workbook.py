"""The rows that cannot be imported, given back to the person who can mend them.

A small Excel file comes back as it was, with the wrong cells red, the reason in a last column and a filter on that
column: mend the cells, upload the same file. A large or a CSV file comes back as a new workbook with only the wrong rows,
because opening and writing 50,000 styled rows takes half a minute and 400 MB.
"""

import logging
import tempfile
from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import xlsxwriter
from django.conf import settings
from django.utils.translation import gettext as _
from openpyxl.comments import Comment
from openpyxl.styles import Font, PatternFill
from openpyxl.utils import get_column_letter

from cases.imports.limits import read_limits
from cases.imports.reading.read import SheetData, read_file
from cases.imports.words.problems import Problem
from cases.models import ImportProblem, ImportRun
from collection_ops.core.models import Job
from collection_ops.core.wording import sentences

logger = logging.getLogger(__name__)

ERROR_WORKBOOKS = "import-errors"
"""Folder below MEDIA_ROOT; emptied by age together with the exports."""
LARGEST_ORIGINAL_ROWS = 20_000
RED = "FFF4B6B6"

Reasons = dict[str, dict[int, list[ImportProblem]]]


def error_workbook_path(job: Job) -> Path:
    """The file of a finished job, in our folder whatever its row says."""
    return Path(settings.MEDIA_ROOT) / ERROR_WORKBOOKS / Path(str(job.result.get("file", ""))).name


def write_error_workbook(*, run: ImportRun, original: Path, target: Path) -> int:
    """Write to `target` what is wrong in the run's file; returns how many rows it names. Raises FileRefused when the
    stored file cannot be read any more."""
    reasons = _reasons(run)
    workbook = read_file(original, limits=read_limits())
    longest = max((len(sheet.rows) for sheet in workbook.sheets), default=0)
    book = _opened(original) if workbook.kind == "xlsx" and longest <= LARGEST_ORIGINAL_ROWS else None
    if book is not None:
        _mark_original(book, target, run, reasons)
    else:
        _write_wrong_rows(workbook.sheets, target, run, reasons)
    return sum(len(rows) for rows in reasons.values())


def _reasons(run: ImportRun) -> Reasons:
    """Sheet → row → the errors that keep the row out."""
    found: Reasons = defaultdict(lambda: defaultdict(list))
    for problem in run.problems.filter(severity="error", row_number__isnull=False).order_by("pk").iterator():
        found[problem.sheet][problem.row_number].append(problem)  # type: ignore[index]
    return found


def sentence(problem: ImportProblem) -> str:
    """The problem in words, in the language of the moment."""
    return Problem(
        sheet=problem.sheet,
        row=problem.row_number,
        column=problem.column,
        value=problem.value,
        code=problem.code,
        severity=problem.severity,  # type: ignore[arg-type]
        params=problem.params,
    ).message


def _column_of(run: ImportRun, heading: str) -> int | None:
    """Index (0 is A) of the column that carries this heading."""
    for column in run.understanding.get("columns", []):
        if column["heading"] == heading:
            return _index_of_letter(column["letter"])
    return None


def _index_of_letter(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1


def _opened(original: Path) -> openpyxl.Workbook | None:
    """The file ready to be changed, or None. The importer's reader forgives more than this one, and what it raises for
    an odd file has no common ancestor; the file passed the importer's scan before."""
    try:
        with original.open("rb") as file:  # stored files have no extension, which openpyxl would ask for
            return openpyxl.load_workbook(file)
    except Exception:
        logger.info("workbook cannot be opened for marking", extra={"size": original.stat().st_size})
        return None


def _mark_original(book: openpyxl.Workbook, target: Path, run: ImportRun, reasons: Reasons) -> None:
    red = PatternFill("solid", fgColor=RED)
    for name, rows in reasons.items():
        if name not in book.sheetnames:
            continue
        sheet = book[name]
        last = sheet.max_column + 1
        header_row = int(run.understanding.get("header_row") or 1)
        sheet.cell(header_row, last, _("错误原因")).font = Font(bold=True)
        sheet.column_dimensions[get_column_letter(last)].width = 60
        for number, problems in rows.items():
            sheet.cell(number, last, _line(problems))
            for problem in problems:
                column = _column_of(run, problem.column)
                if column is not None:
                    cell = sheet.cell(number, column + 1)
                    cell.fill = red
                    cell.comment = Comment(sentence(problem), _("导入检查"))
        sheet.auto_filter.ref = f"A{header_row}:{get_column_letter(last)}{sheet.max_row}"
    book.save(target)


def _write_wrong_rows(sheets: list[SheetData], target: Path, run: ImportRun, reasons: Reasons) -> None:
    with tempfile.TemporaryDirectory(prefix="table-") as scratch:  # a write that fails leaves rows in it
        _write_book(sheets, target, run, reasons, scratch)


def _write_book(sheets: list[SheetData], target: Path, run: ImportRun, reasons: Reasons, scratch: str) -> None:
    options = {
        "constant_memory": True,
        "tmpdir": scratch,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "default_date_format": "yyyy-mm-dd",
        "remove_timezone": True,
    }
    header_row = int(run.understanding.get("header_row") or 1)
    with xlsxwriter.Workbook(target, options) as book:
        bold, red = book.add_format({"bold": True}), book.add_format({"bg_color": f"#{RED[2:]}"})
        for data in sheets:
            rows = reasons.get(data.name)
            if not rows:
                continue
            sheet = book.add_worksheet(data.name[:31] or None)
            sheet.freeze_panes(1, 0)
            headings = _row(data, header_row)
            sheet.write_string(0, 0, _("原行号"), bold)
            for column, heading in enumerate(headings, start=1):
                _write(sheet, 0, column, heading, bold)
            sheet.write_string(0, len(headings) + 1, _("错误原因"), bold)
            sheet.set_column(len(headings) + 1, len(headings) + 1, 60)
            for line, (number, problems) in enumerate(sorted(rows.items()), start=1):
                wrong = {_column_of(run, problem.column) for problem in problems}
                sheet.write_number(line, 0, number)
                for column, value in enumerate(_row(data, number), start=1):
                    _write(sheet, line, column, value, red if data.first_column + column - 1 in wrong else None)
                sheet.write_string(line, len(headings) + 1, _line(problems))


def _row(data: SheetData, number: int) -> tuple[Any, ...]:
    index = number - data.first_row
    return data.rows[index] if 0 <= index < len(data.rows) else ()


def _write(sheet: Any, row: int, column: int, value: Any, look: Any) -> None:
    if isinstance(value, bool) or value is None or value == "":
        sheet.write_blank(row, column, None, look)
    elif isinstance(value, int | float):
        sheet.write_number(row, column, value, look)
    elif isinstance(value, datetime | date):
        sheet.write_string(row, column, f"{value:%Y-%m-%d}", look)
    else:
        sheet.write_string(row, column, str(value)[:32_767], look)


def _line(problems: Iterable[ImportProblem]) -> str:
    return sentences(sentence(problem) for problem in problems)
