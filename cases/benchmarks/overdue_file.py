"""The overdue file that the import benchmark reads: 20 columns as a lender's system writes them, any number of rows.

Rows depend on nothing but their number and the day, so that the second day is the first one a day older. The workbook is
written row by row into the zip, with inline strings as streaming writers do: a million rows take seconds and no memory.
"""

import zipfile
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from random import Random

HEADINGS = (
    "合同号", "客户姓名", "身份证号", "手机号码", "性别", "省份", "城市", "联系地址", "产品名称", "经办网点", "放款日期",
    "贷款金额", "应还日期", "逾期天数", "逾期期数", "逾期本金", "逾期利息", "罚息", "逾期总额", "最近还款日",
)  # fmt: skip

FIRST_DAY = date(2026, 3, 30)
SECOND_DAY = date(2026, 3, 31)
TURNOVER = 20
"""From one day to the next every twentieth contract leaves the book and as many are new: 5 %."""

_SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许"
_GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平"
_PRODUCTS = ("消费分期", "现金贷", "信用卡", "小微贷")
_PROVINCES = ("浙江", "江苏", "广东", "四川")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_EXCEL_EPOCH = date(1899, 12, 30)

_LETTERS = "ABCDEFGHIJKLMNOPQRST"
_TEXT = '<c r="{}{}" t="inlineStr"><is><t>{}</t></is></c>'
_NUMBER = '<c r="{}{}"><v>{}</v></c>'
_DATE = '<c r="{}{}" s="1"><v>{}</v></c>'
_KINDS: tuple[str, ...] = tuple(
    _DATE if name in ("放款日期", "应还日期", "最近还款日")
    else _NUMBER if name in ("贷款金额", "逾期天数", "逾期期数", "逾期本金", "逾期利息", "罚息", "逾期总额")
    else _TEXT
    for name in HEADINGS
)  # fmt: skip
_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_SPREADSHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_PACKAGE = {
    "[Content_Types].xml": f"""<Types xmlns="{_TYPES}">
<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>
<Override PartName="/xl/workbook.xml" ContentType="{_SPREADSHEET}.sheet.main+xml"/>
<Override PartName="/xl/styles.xml" ContentType="{_SPREADSHEET}.styles+xml"/>
<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_SPREADSHEET}.worksheet+xml"/></Types>""",
    "_rels/.rels": f"""<Relationships xmlns="{_RELATIONS}">
<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>""",
    "xl/workbook.xml": f"""<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}">
<sheets><sheet name="逾期明细" sheetId="1" r:id="rId1"/></sheets></workbook>""",
    "xl/_rels/workbook.xml.rels": f"""<Relationships xmlns="{_RELATIONS}">
<Relationship Id="rId1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>
<Relationship Id="rId2" Type="{_OFFICE}/styles" Target="styles.xml"/></Relationships>""",
    "xl/styles.xml": f"""<styleSheet xmlns="{_MAIN}">
<numFmts count="1"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd"/></numFmts>
<fonts count="1"><font><sz val="11"/><name val="Calibri"/></font></fonts>
<fills count="1"><fill><patternFill patternType="none"/></fill></fills>
<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>
<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>
<cellXfs count="2"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>
<xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/></cellXfs></styleSheet>""",
}
_DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_SHEET_HEAD = f'{_DECLARATION}<worksheet xmlns="{_MAIN}"><dimension ref="A1:T{{last}}"/><sheetData>'
_SHEET_END = "</sheetData></worksheet>"
_BATCH = 2000


def write_overdue_file(path: Path, *, rows: int, day: date) -> None:
    """Write the book of `rows` contracts on `day` (FIRST_DAY or SECOND_DAY) as an xlsx workbook."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        for name, text in _PACKAGE.items():
            package.writestr(name, _DECLARATION + text)
        with package.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
            sheet.write(_SHEET_HEAD.format(last=rows + 1).encode())
            sheet.write(_line(1, HEADINGS, (_TEXT,) * len(HEADINGS)).encode())
            batch: list[str] = []
            for number, values in enumerate(overdue_rows(rows=rows, day=day), start=2):
                batch.append(_line(number, values, _KINDS))
                if len(batch) == _BATCH:
                    sheet.write("".join(batch).encode())
                    batch.clear()
            sheet.write("".join(batch).encode())
            sheet.write(_SHEET_END.encode())


def overdue_rows(*, rows: int, day: date) -> Iterator[tuple[object, ...]]:
    """The rows of one day, dates as serial numbers of Excel. On the second day the first twentieth has left the book, as
    many are new, all others are a day older with a grown penalty, and every fiftieth has paid a part."""
    later = (day - FIRST_DAY).days
    gone = rows // TURNOVER * later
    for number in range(gone, gone + rows):
        yield _contract(number, day=day, later=later)


def _contract(number: int, *, day: date, later: int) -> tuple[object, ...]:
    # About every twelfth contract is a person's second one.
    person = number - 1 if number % 12 == 5 else number
    chance = Random(number)  # noqa: S311  figures to be imported, not secrets
    late = 1 + chance.randrange(200) + later
    principal = chance.randint(1_000_000, 200_000_000)
    interest = principal // 50
    penalty = principal * late // 2000
    if later and number % 50 == 0:
        principal = principal * 4 // 5
    due = day - timedelta(days=late)
    province = _PROVINCES[person % 4]
    return (
        f"HT{2026000000 + number}",
        _name(person),
        _id_number(person),
        f"1{3 + person % 7}{person % 1_000_000_000:09d}",
        "男女"[person % 2],
        province,
        f"{province}市{person % 9}",
        f"{province}省某市某区某路{person % 999}号{person}室",
        _PRODUCTS[number % 4],
        f"网点{number % 60}",
        _serial(date(2025, 1, 1) + timedelta(days=number % 300)),
        (10 + chance.randrange(490)) * 1000,
        _serial(due),
        late,
        1 + late // 30,
        _yuan(principal),
        _yuan(interest),
        _yuan(penalty),
        _yuan(principal + interest + penalty),
        _serial(due - timedelta(days=30)),
    )


def _name(person: int) -> str:
    return _SURNAMES[person % 20] + _GIVEN[person // 20 % 20] + _GIVEN[person // 400 % 20]


def _id_number(person: int) -> str:
    """An 18-digit number with a right check digit (GB 11643), another one for every person."""
    born = date(1960, 1, 1) + timedelta(days=person // 50 % 14_600)
    body = f"{110101 + person % 50:06d}{born:%Y%m%d}{person // 730_000 % 1000:03d}"
    return body + "10X98765432"[sum(int(c) * w for c, w in zip(body, _WEIGHTS, strict=True)) % 11]


def _serial(day: date) -> int:
    return (day - _EXCEL_EPOCH).days


def _yuan(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02d}"


def _line(number: int, values: tuple[object, ...], kinds: tuple[str, ...]) -> str:
    cells = "".join(
        kind.format(letter, number, value) for kind, letter, value in zip(kinds, _LETTERS, values, strict=True)
    )
    return f'<row r="{number}">{cells}</row>'
