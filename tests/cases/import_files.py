"""Small overdue files for tests of the pages, and their way to the server."""

import io
from datetime import date, datetime, timedelta
from typing import Any

import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile

AS_OF = date(2026, 3, 31)
HEADINGS = [
    "合同编号",
    "客户姓名",
    "证件号码",
    "手机号码",
    "产品名称",
    "本金余额",
    "利息",
    "逾期总额",
    "应还日期",
    "逾期天数",
]


def debt(number: int, *, days: int = 45, total: float = 1000.0, as_of: date = AS_OF, **changed: Any) -> dict[str, Any]:
    """One row by heading; `changed` gives other cells by heading."""
    row: dict[str, Any] = {
        "合同编号": f"T{number:06d}",
        "客户姓名": f"测试{number}",
        "证件号码": "",
        "手机号码": f"154{number:08d}",
        "产品名称": "测试产品",
        "本金余额": total - 10,
        "利息": 10,
        "逾期总额": total,
        "应还日期": as_of - timedelta(days=days),
        "逾期天数": days,
    }
    return {**row, **changed}


def workbook(rows: list[dict[str, Any]], *, renamed: dict[str, str] | None = None) -> bytes:
    """The rows as .xlsx; `renamed` changes headings."""
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True, "default_date_format": "yyyy-mm-dd"}) as book:
        book.set_properties({"created": datetime(2026, 1, 1)})  # the same rows give the same bytes at any moment
        sheet = book.add_worksheet("Sheet1")
        for column, heading in enumerate(HEADINGS):
            sheet.write_string(0, column, (renamed or {}).get(heading, heading))
            for line, row in enumerate(rows, start=1):
                sheet.write(line, column, row[heading])
    return stream.getvalue()


def upload_of(rows: list[dict[str, Any]], *, name: str = "逾期明细20260331.xlsx", **options: Any) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, workbook(rows, **options))
