"""Read an agency's bill: contract number and fee of each payment, with day, amount and rate where the file has them.

The importer's rooms open the file (a child process with limits) and read its cells; the headings of a bill are few, so they
are known here. All that is wrong is said at once, by row and column, and then nothing is kept.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.imports.cleaning.cells import Cleaned, cell_at, text_of
from cases.imports.cleaning.characters import folded
from cases.imports.cleaning.clean_figures import clean_date, clean_money
from cases.imports.cleaning.clean_words import clean_contract
from cases.imports.judging.row_kinds import is_subtotal, kind_of
from cases.imports.layout.synonyms import UNITS, normalise, unit_of
from cases.imports.limits import read_limits
from cases.imports.reading.read import SheetData, read_file
from cases.imports.words.problems import FileRefused, render
from collection_ops.core.money import ZERO

LARGEST_FILE = 10 * 1024 * 1024
MOST_ROWS = 50_000
SHOWN = 20
"""So many sentences about a file; the rest is counted."""
HEADER_ROWS = 20
MOST_RATE = Decimal(1)
_HEADINGS: dict[str, tuple[str, ...]] = {
    "contract_no": (
        "合同编号", "合同号", "合同号码", "借款合同编号", "借款合同号", "贷款合同号", "借据号", "借据编号", "贷款编号",
        "contract", "contract no", "contract number", "loan no",
    ),
    "paid_on": (
        "还款日期", "还款日", "还款时间", "回款日期", "回款时间", "实还日期", "到账日期", "入账日期", "付款日期", "日期",
        "paid on", "payment date", "date",
    ),
    "amount": (
        "还款金额", "回款金额", "回收金额", "实还金额", "计费金额", "计佣金额", "到账金额", "回款额", "回款", "还款额",
        "amount", "paid amount", "payment amount",
    ),
    "rate": ("费率", "佣金率", "佣金比例", "服务费率", "结佣比例", "提成比例", "rate", "fee rate", "commission rate"),
    "fee": (
        "费用", "佣金", "佣金金额", "服务费", "委外费用", "应付佣金", "应付费用", "结算金额", "结佣金额", "应结佣金",
        "本期佣金", "fee", "commission", "fee amount",
    ),
}  # fmt: skip
_COLUMNS = {normalise(text): name for name, texts in _HEADINGS.items() for text in texts}
_LABELS = {"contract_no": gettext_lazy("合同编号"), "fee": gettext_lazy("费用")}
_RATE = re.compile(r"([0-9]{1,3}(?:\.[0-9]{1,8})?)(%?)")


class BillRefused(Exception):
    """Nothing of the file was kept; `reasons` are sentences with row and column."""

    def __init__(self, *reasons: Any) -> None:
        self.reasons = [str(one) for one in reasons]
        super().__init__(" ".join(self.reasons))


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the bill as read; `number` as the spreadsheet counts. Yuan; the rate is a share."""

    number: int
    contract_no: str
    fee: Decimal
    paid_on: date | None = None
    amount: Decimal | None = None
    rate: Decimal | None = None


@dataclass(frozen=True)
class Column:
    """Where a column stands, what is written above it, and what one of its units is worth in yuan."""

    index: int
    heading: str
    unit: Decimal


def read_bill(path: Path) -> list[Row]:
    """All rows. Raises BillRefused."""
    try:
        book = read_file(path, limits=replace(read_limits(), file_bytes=LARGEST_FILE))
    except FileRefused as refusal:
        raise BillRefused(refusal.message) from refusal
    for sheet in book.sheets:
        if sheet.visible and (header := _header(sheet)) is not None:
            return _rows(sheet, *header)
    raise BillRefused(_("没有找到表头：需要“合同编号”与“费用”（或“佣金”）两列，还款日期、还款金额、费率可有可无"))


def _header(sheet: SheetData) -> tuple[int, dict[str, Column]] | None:
    """The first row that names contract and fee."""
    for index, cells in enumerate(sheet.rows[:HEADER_ROWS]):
        found: dict[str, Column] = {}
        for at, cell in enumerate(cells):
            name = _COLUMNS.get(normalise(cell)) if isinstance(cell, str) else None
            if name is not None:
                found.setdefault(name, Column(at, cell.strip(), UNITS[unit_of(cell) or "元"]))
        if "contract_no" in found and "fee" in found:
            return index, found
    return None


def _rows(sheet: SheetData, header: int, columns: dict[str, Column]) -> list[Row]:
    rows: list[Row] = []
    wrong: list[str] = []
    totals: list[tuple[int, Decimal]] = []
    for index in range(header + 1, len(sheet.rows)):
        cells, number = sheet.rows[index], sheet.first_row + index
        kind = _kind(cells, columns["contract_no"])
        if kind == "data" and (row := _row(number, cells, columns, wrong)) is not None:
            rows.append(row)
        elif kind == "row_total":
            stated = clean_money(cell_at(cells, columns["fee"].index), unit=columns["fee"].unit).value
            totals += [] if stated is None else [(number, stated)]
    _check(rows, totals, wrong)
    return rows


def _kind(cells: Sequence[Any], contract: Column) -> str:
    """As the importer tells rows: data, or what is passed over. A sum of a part of the rows is, and so is a remark that
    stands alone («制表人：…»)."""
    found = kind_of(cells, cell_at(cells, contract.index), heading=normalise(contract.heading), titles=set())
    texts = [str(cell) for cell in cells if str(cell).strip()]
    if found == "row_total" and is_subtotal(texts[0]):
        return "subtotal"
    if found == "data" and len(texts) == 1 and re.search("[:：]", texts[0]):
        return "row_footer"
    return found


def _check(rows: Sequence[Row], totals: Sequence[tuple[int, Decimal]], wrong: list[str]) -> None:
    """Refuses what cannot be kept whole: a wrong cell, nothing, too much, a sum that is not that of the rows."""
    fees = sum((row.fee for row in rows), ZERO)
    if not wrong:
        wrong += [
            _("第 %(row)s 行的合计 %(stated)s 与各行费用之和 %(sum)s 不符，请核对文件是否完整")
            % {"row": number, "stated": f"{stated:,.2f}", "sum": f"{fees:,.2f}"}
            for number, stated in totals
            if stated != fees
        ]
    if not rows and not wrong:
        wrong.append(_("表头下面没有数据行"))
    if len(rows) > MOST_ROWS:
        wrong = [_("最多 %(most)s 行，文件有 %(count)s 行；请按产品拆分") % {"most": MOST_ROWS, "count": len(rows)}]
    if wrong:
        more = [_("另有 %(count)s 处") % {"count": len(wrong) - SHOWN}] if len(wrong) > SHOWN else []
        raise BillRefused(*wrong[:SHOWN], *more)


def _row(number: int, cells: Sequence[Any], columns: dict[str, Column], wrong: list[str]) -> Row | None:
    """One row, or None with what is wrong added to `wrong`."""
    before = len(wrong)

    def take(name: str) -> Any:
        column = columns.get(name)
        if column is None:
            return None
        cell = cell_at(cells, column.index)
        found = _clean(name, cell, column.unit)
        errors = [one for one in found.findings if one.severity == "error"]
        told = {"row": number, "column": column.heading, "value": str(cell)[:40]}
        wrong.extend(render(one.code, {**told, **one.params}) for one in errors)
        if found.value is None and not errors and name in _LABELS:
            wrong.append(_("第 %(row)s 行缺少 %(column)s") % told)
        return found.value

    values = {name: take(name) for name in _HEADINGS}
    return Row(number=number, **values) if len(wrong) == before else None


def _clean(name: str, cell: Any, unit: Decimal) -> Cleaned:
    if name == "contract_no":
        return clean_contract(cell)
    if name == "paid_on":
        return clean_date(cell)
    if name == "rate":
        return _rate(cell)
    return clean_money(cell, unit=unit)


def _rate(cell: Any) -> Cleaned:
    """«18%», 0.18 and 18 are 0.18: no agency is paid more than all of the money. What cannot be read is no rate, since the
    fee is what counts."""
    found = _RATE.fullmatch(folded(text_of(cell)).replace(" ", "")) if cell != "" else None
    if found is None:
        return Cleaned(None)
    rate = Decimal(found[1])
    if found[2] or rate > MOST_RATE:
        rate = rate.scaleb(-2)
    return Cleaned(rate.quantize(Decimal("0.000001")) if rate <= MOST_RATE else None)
