"""The files of one morning, as each system writes them.

The card system sends a workbook: a title line, headings of its own, text amounts here and there, a total line at the
end. The loan system sends a CSV in GB18030 with other words for the same things. Most days somebody has touched a cell.
`PRACTICE_HEADING` stands in the practice file: it may mean two things, so the importer has to ask.
"""

import csv
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import xlsxwriter

from cases.demo.days import DemoDay
from cases.demo.loans import CARD, LOAN, DemoLoan

PRACTICE_HEADING = "还款日期"

Column = tuple[str, Callable[[DemoLoan, date], Any]]


def yuan(cents: int) -> Decimal:
    return Decimal(cents).scaleb(-2)


CARD_COLUMNS: tuple[Column, ...] = (
    ("数据日期", lambda loan, day: day),
    ("客户姓名", lambda loan, day: loan.person.name),
    ("证件类型", lambda loan, day: "身份证"),
    ("证件号码", lambda loan, day: loan.person.id_no),
    ("手机号码", lambda loan, day: loan.person.phone),
    ("合同编号", lambda loan, day: loan.contract_no),
    ("产品名称", lambda loan, day: loan.product),
    ("授信额度", lambda loan, day: yuan(loan.credit_limit)),
    ("本金余额", lambda loan, day: yuan(loan.principal)),
    ("应收利息", lambda loan, day: yuan(loan.interest)),
    ("违约金", lambda loan, day: yuan(loan.penalty)),
    ("费用", lambda loan, day: yuan(loan.fees)),
    ("逾期总额", lambda loan, day: yuan(loan.total)),
    ("应还日期", lambda loan, day: loan.due_date),
    ("逾期天数", lambda loan, day: loan.days_past_due(day)),
    ("所属城市", lambda loan, day: loan.person.city),
    ("联系地址", lambda loan, day: loan.person.address),
    ("工作单位", lambda loan, day: loan.person.employer),
)

LOAN_COLUMNS: tuple[Column, ...] = (
    ("借据号", lambda loan, day: loan.contract_no),
    ("姓名", lambda loan, day: loan.person.name),
    ("身份证号", lambda loan, day: loan.person.id_no),
    ("手机号1", lambda loan, day: loan.person.phone),
    ("手机号2", lambda loan, day: loan.person.second_phone),
    ("产品", lambda loan, day: loan.product),
    ("放款日期", lambda loan, day: f"{loan.disbursed_on:%Y/%m/%d}"),
    ("合同金额(元)", lambda loan, day: yuan(loan.credit_limit)),
    ("剩余本金(元)", lambda loan, day: yuan(loan.principal)),
    ("欠息(元)", lambda loan, day: yuan(loan.interest)),
    ("罚息(元)", lambda loan, day: yuan(loan.penalty)),
    ("手续费(元)", lambda loan, day: yuan(loan.fees)),
    ("逾期金额(元)", lambda loan, day: yuan(loan.total)),
    ("逾期日期", lambda loan, day: f"{loan.due_date:%Y/%m/%d}"),
    ("逾期天数", lambda loan, day: loan.days_past_due(day)),
    ("城市", lambda loan, day: loan.person.city),
    ("联系人姓名", lambda loan, day: loan.person.contact.name if loan.person.contact else ""),
    ("联系人关系", lambda loan, day: loan.person.contact.relation if loan.person.contact else ""),
    ("联系人电话", lambda loan, day: loan.person.contact.phone if loan.person.contact else ""),
)

COLUMNS = {CARD: CARD_COLUMNS, LOAN: LOAN_COLUMNS}
TEXT = {"证件号码", "手机号码", "合同编号"}


def file_name(source: str, day: date) -> str:
    return f"信用卡逾期清单_{day:%Y%m%d}.xlsx" if source == CARD else f"逾期借据{day:%Y%m%d}.csv"


def write_day(folder: Path, today: DemoDay, source: str, *, seed: int, spoilt: bool = False) -> Path:
    """The file `source` sends on that day. `spoilt`: three rows that cannot be taken in, for somebody to settle."""
    folder.mkdir(parents=True, exist_ok=True)
    loans = today.file_rows(source)
    rows = [[value(loan, today.day) for _heading, value in COLUMNS[source]] for loan in loans]
    headings = [heading for heading, _value in COLUMNS[source]]
    random = Random(f"cells-{seed}-{source}-{today.day}")  # noqa: S311 (a story, not a secret)
    _make_untidy(rows, headings, random)
    if spoilt:
        _spoil(rows, headings)
    path = folder / file_name(source, today.day)
    if source == CARD:
        total = sum((yuan(loan.total) for loan in loans), Decimal(0))
        _write_workbook(path, headings, rows, title=f"信用卡逾期客户清单（{today.day:%Y年%m月%d日}）", total=total)
    else:
        _write_csv(path, headings, rows)
    return path


def write_practice(folder: Path, today: DemoDay) -> Path:
    """The card system's file with one heading that may mean two things: to see the importer ask."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = [[value(loan, today.day) for _heading, value in CARD_COLUMNS] for loan in today.file_rows(CARD)]
    headings = [PRACTICE_HEADING if heading == "应还日期" else heading for heading, _value in CARD_COLUMNS]
    path = folder / f"练习_列名待确认_{today.day:%Y%m%d}.xlsx"
    _write_workbook(path, headings, rows, title="", total=None)
    return path


def write_without_contracts(folder: Path, today: DemoDay) -> Path:
    """An address list sent by mistake: no contract number, so it must be refused."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = [[loan.person.name, loan.person.phone, loan.person.city] for loan in today.file_rows(LOAN)[:40]]
    path = folder / f"客户通讯录{today.day:%Y%m%d}.csv"
    _write_csv(path, ["姓名", "手机号", "城市"], rows)
    return path


def _write_workbook(
    path: Path, headings: list[str], rows: list[list[Any]], *, title: str, total: Decimal | None
) -> None:
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(path, options) as book:
        # Otherwise the moment of writing goes into the file, and the same seed would give other bytes.
        book.set_properties({"created": datetime(2026, 1, 1)})  # noqa: DTZ001 (a property of the file, in no zone)
        sheet = book.add_worksheet("逾期明细")
        bold, text = book.add_format({"bold": True}), book.add_format({"num_format": "@"})
        day, money = book.add_format({"num_format": "yyyy-mm-dd"}), book.add_format({"num_format": "#,##0.00"})
        at = 0
        if title:
            sheet.write_string(0, 0, title, bold)
            at = 1
        for column, heading in enumerate(headings):
            sheet.write_string(at, column, heading, bold)
        for number, row in enumerate(rows, start=at + 1):
            for column, value in enumerate(row):
                if isinstance(value, date):
                    sheet.write_datetime(number, column, value, day)
                elif isinstance(value, Decimal):
                    sheet.write_number(number, column, float(value), money)
                elif isinstance(value, int | float):
                    sheet.write_number(number, column, value)
                elif value != "":
                    sheet.write_string(number, column, value, text if headings[column] in TEXT else None)
        if total is not None:
            last = at + 1 + len(rows)
            sheet.write_string(last, 0, "合计", bold)
            sheet.write_number(last, headings.index("逾期总额"), float(total), money)


def _write_csv(path: Path, headings: list[str], rows: list[list[Any]]) -> None:
    with path.open("w", encoding="gb18030", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(headings)
        writer.writerows(rows)


def _make_untidy(rows: list[list[Any]], headings: list[str], random: Random) -> None:
    """What hands do to a file: readable, some of it worth a warning."""
    at = {heading: column for column, heading in enumerate(headings)}
    name = at.get("客户姓名", at.get("姓名", 0))
    phone = at.get("手机号码", at.get("手机号1", 0))
    total = at.get("逾期总额", at.get("逾期金额(元)", 0))

    def some(share: float) -> list[list[Any]]:
        return random.sample(rows, min(len(rows), max(1, round(len(rows) * share))))

    for row in some(0.01):
        row[name] = f"{row[name]}　"
    for row in some(0.01):
        row[phone] = f"+86 {row[phone][:3]}-{row[phone][3:7]}-{row[phone][7:]}"
    for row in some(0.01):
        row[total] = f"{row[total]:,.2f}元"
    if random.random() < 0.5:
        some(0.001)[0][phone] = random.choice(("无", "待补", "空号"))
    if random.random() < 0.25:
        some(0.001)[0][at["逾期天数"]] += random.choice((2, 3))


def _spoil(rows: list[list[Any]], headings: list[str]) -> None:
    at = {heading: column for column, heading in enumerate(headings)}
    total = at.get("逾期总额", at.get("逾期金额(元)", 0))
    parts = [
        at[heading]
        for heading in ("本金余额", "应收利息", "违约金", "费用", "剩余本金(元)", "欠息(元)", "罚息(元)", "手续费(元)")
        if heading in at
    ]
    due = at.get("应还日期", at.get("逾期日期", 0))
    if len(rows) < 4:
        return
    rows[0][total] = "待核实"
    for part in parts:
        rows[0][part] = ""
    rows[1][at["逾期天数"]] = "三十"
    rows[1][due] = "2月30日"
    rows.append(list(rows[2]))
