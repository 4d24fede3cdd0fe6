"""One cell in, one value out, or the reason why not. A small function a kind of value; no cell knows its row.

Rules of the house: what can be read in one way only is read; what could be meant in two ways is reported, never
guessed; a number that has lost figures (1.10E+17) is reported, never repaired. An empty cell is None and no finding.
"""

import datetime as dt
import re
from collections.abc import Callable, Iterable
from decimal import Decimal, InvalidOperation
from functools import partial
from operator import mul
from typing import Any, NamedTuple

from cases.imports.characters import folded, tidied
from cases.imports.fields import Field, Kind
from cases.imports.problems import Severity
from collection_ops.core.money import round_money


class Finding(NamedTuple):
    """What is odd about a cell. ``error`` keeps the row out; the sentence is ``problems.MESSAGES[code]``."""

    code: str
    severity: Severity
    params: dict[str, Any] = {}  # one empty dict for all: never written to


class Cleaned(NamedTuple):
    """A value ready for the book (None when there is none), with what is to be said about it."""

    value: Any
    findings: tuple[Finding, ...] = ()


NOTHING = Cleaned(None)

# Written where there is nothing to write. In an amount or a date such a word is reported: the column should be empty.
PLACEHOLDERS = frozenset(
    [
        *("-", "--", "—", "——", "/", "\\", "\\n"),
        *("无", "暂无", "没有", "不详", "未知", "空"),
        *("null", "none", "nan", "n/a", "na", "#n/a"),
    ]
)

LARGEST_EXACT_FLOAT = 1e15  # Excel keeps fifteen figures; a longer number has lost its last ones
LARGEST_AMOUNT = Decimal(1_000_000_000_000)
_SCIENTIFIC = re.compile(r"[+-]?\d(?:\.\d+)?e\+?\d+", re.IGNORECASE)
_EXCEL_TEXT = re.compile(r'="(.*)"')


def _bad(code: str, **params: Any) -> Cleaned:
    return Cleaned(None, (Finding(code, "error", params),))


def _odd(value: Any, code: str, **params: Any) -> Cleaned:
    return Cleaned(value, (Finding(code, "warning", params),))


def _text_of(cell: Any) -> str:
    """The cell as text, without the tricks that keep Excel from reading a number: ="0123" and '0123."""
    if isinstance(cell, str):
        found = _EXCEL_TEXT.fullmatch(cell.strip())
        return found[1] if found else cell
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < LARGEST_EXACT_FLOAT:
        return str(int(cell))
    return str(cell)


def _is_number(cell: Any) -> bool:
    return isinstance(cell, (int, float)) and not isinstance(cell, bool)


# Text ---------------------------------------------------------------------------------------------------------------


def clean_text(cell: Any, *, max_length: int = 200) -> Cleaned:
    """Prose: product, address, employer, remark. Too long is cut, and said."""
    text = tidied(_text_of(cell))
    if not text or text.casefold() in PLACEHOLDERS:
        return NOTHING
    if len(text) > max_length:
        return _odd(text[:max_length], "text_cut", limit=max_length)
    return Cleaned(text)


_HAN = r"\u2e80-\u2fff\u3005-\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af"
# U+00B7 and those who stand in for it in names of minorities: • ・ ･ ． ‧ ∙ ⋅ · ᛫ and a full stop between characters.
_MIDDLE_DOT = re.compile(r"\s*[\u00b7\u2022\u30fb\uff65\uff0e\u2027\u2219\u22c5\u0387\u16eb]\s*")
_FULL_STOP = re.compile(rf"(?<=[{_HAN}])\.(?=[{_HAN}])")
_SPACE_IN_NAME = re.compile(rf"(?<=[{_HAN}]) (?=[{_HAN}])")
_PLAIN_NAME = re.compile(r"[\u4e00-\u9fff]{1,8}")


def clean_name(cell: Any, *, max_length: int = 120) -> Cleaned:
    """A person or company as written; dots between the parts of a name become one kind, so that search finds it."""
    if not isinstance(cell, str):
        return _bad("text_unreadable")
    if _PLAIN_NAME.fullmatch(cell):
        return Cleaned(cell)
    text = tidied(cell)
    if not text or text.casefold() in PLACEHOLDERS:
        return NOTHING
    text = _FULL_STOP.sub("·", _MIDDLE_DOT.sub("·", text))
    text = _SPACE_IN_NAME.sub("", text)
    if len(text) > max_length:
        return _bad("text_too_long", limit=max_length)
    return Cleaned(text)


_USUAL_CONTRACT = re.compile(r"[A-Z]{1,8}[0-9]{4,}")
_PLAIN_CONTRACT = re.compile(r"[0-9A-Za-z][0-9A-Za-z\-_/.]*")
_ENDS_IN_POINT_ZERO = re.compile(r"\d+\.0")


def clean_contract(cell: Any, *, max_length: int = 64) -> Cleaned:
    """A contract number, as text. A number cell is taken while Excel still knows all its figures."""
    if isinstance(cell, str) and len(cell) <= max_length and _USUAL_CONTRACT.fullmatch(cell):
        return Cleaned(cell)
    if _is_number(cell):
        if isinstance(cell, float) and not cell.is_integer():
            return _bad("text_unreadable")
        if abs(cell) >= LARGEST_EXACT_FLOAT:
            return _bad("number_lost_digits")
        return Cleaned(str(int(cell)))
    if not isinstance(cell, str):
        return _bad("text_unreadable")
    text = re.sub(r"\s", "", folded(_text_of(cell))).removeprefix("'")
    if not text or text.casefold() in PLACEHOLDERS:
        return NOTHING
    if _SCIENTIFIC.fullmatch(text):
        return _bad("scientific_notation")
    if _ENDS_IN_POINT_ZERO.fullmatch(text):  # a program wrote the column as numbers; no contract is called so
        return _odd(text[:-2], "contract_no_decimal_point")
    if not _PLAIN_CONTRACT.fullmatch(text) and re.search(r"[,、;]", text):
        return _bad("contract_no_several")
    if len(text) > max_length:
        return _bad("text_too_long", limit=max_length)
    return Cleaned(text)


_STAGE = re.compile(r"m?([0-7])(\+?)(?:期|阶段)?")


def clean_stage(cell: Any, *, max_length: int = 40) -> Cleaned:
    """M1 … M6, M7+ where that is what is meant; other words as they stand. Only ever compared, never stored."""
    text = folded(_text_of(cell))
    if not text or text.casefold() in PLACEHOLDERS:
        return NOTHING
    found = _STAGE.fullmatch(text.casefold())
    if found is None:
        return Cleaned(text[:max_length])
    return Cleaned("M7+" if found[1] == "7" else f"M{found[1]}{found[2]}")


# Numbers of persons -------------------------------------------------------------------------------------------------

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ID_18 = re.compile(r"[1-9][0-9]{16}[0-9X]")
_ID_15 = re.compile(r"[1-9][0-9]{14}")


def clean_id_no(cell: Any, *, max_length: int = 40) -> Cleaned:
    """The text of an ID, upper case, without spaces. Whether it is a valid one depends on its type: see ``id_key``.

    An unusable ID is a warning and the row goes in without it: the debt is real. It is never repaired.
    """
    if isinstance(cell, str) and _ID_18.fullmatch(cell):
        return Cleaned(cell)
    if _is_number(cell):
        if (isinstance(cell, float) and not cell.is_integer()) or abs(cell) >= LARGEST_EXACT_FLOAT:
            return _odd(None, "scientific_notation")
        return Cleaned(str(int(cell)))
    if not isinstance(cell, str):
        return _odd(None, "id_unusable")
    text = re.sub(r"\s", "", folded(_text_of(cell))).removeprefix("'").upper()
    if not text:
        return NOTHING
    if _SCIENTIFIC.fullmatch(text):
        return _odd(None, "scientific_notation")
    if "*" in text or text.casefold() in PLACEHOLDERS or len(text) > max_length:
        return _odd(None, "id_unusable")
    joined = text.replace("-", "")
    if _ID_18.fullmatch(joined) or _ID_15.fullmatch(joined):
        return Cleaned(joined)
    return Cleaned(text)


def id_key(id_no: str) -> str | None:
    """The 18-character form of a resident ID whose birthday and check digit are right, else None.

    GB 11643-1999. A 15-digit ID of before 1999 gets its century and its check digit, so that both forms of one
    person meet.
    """
    if _ID_15.fullmatch(id_no):
        id_no = id_no[:6] + "19" + id_no[6:]
        id_no += _check_digit(id_no)
    if not _ID_18.fullmatch(id_no) or _check_digit(id_no) != id_no[17]:
        return None
    try:
        born = dt.date(int(id_no[6:10]), int(id_no[10:12]), int(id_no[12:14]))
    except ValueError:
        return None
    return id_no if born.year >= 1900 else None


def _check_digit(id_no: str) -> str:
    return "10X98765432"[sum(map(mul, _WEIGHTS, map(int, id_no[:17]))) % 11]


_PLAIN_MOBILE = re.compile(r"1[3-9][0-9]{9}")
_BETWEEN_PHONES = re.compile(r"[/、,;|\n\r]|或")
_PHONE_NOTE = re.compile(r"\([^()\d]*\)|[^\d()+*#\-\s转extEXT]+[::]?")
_EXTENSION = r"(?:[\s\-]*(?:转|分机|ext\.?|x|\#)[\s\-:]*(?P<ext>\d{1,6})|-(?P<dash_ext>\d{1,6}))?"
_PHONE = re.compile(
    rf"""(?<!\d)(?:
        (?:(?:\+|00)?86[\s\-]*)?(?P<mobile>1[3-9]\d[\s\-]?\d{{4}}[\s\-]?\d{{4}})
      | (?P<service>[48]00[\s\-]?\d{{3}}[\s\-]?\d{{4}}|[48]00[\s\-]?\d{{4}}[\s\-]?\d{{3}})
      | (?:(?:\+|00)?86[\s\-]*)?\(?(?P<area>0[1-9]\d{{1,2}})\)?[\s\-]*(?P<local>[2-8]\d{{2,3}}[\s\-]?\d{{4}}){_EXTENSION}
      | (?P<foreign>\+(?!86)[1-9]\d{{0,3}}[\s\-]?\d[\d\s\-]{{5,13}}\d)
    )(?!\d)""",
    re.VERBOSE | re.IGNORECASE,
)


def clean_phone(cell: Any) -> Cleaned:
    """All numbers of the cell that can be dialled, in their order, each once; None when there is none.

    Mobile 15444365243, landline 021-55556666, with extension 0755-88881234-801, service 4008123123, foreign
    +85291234567. A cell without a usable number is a warning: a debt is never dropped for a phone.
    """
    if isinstance(cell, str) and _PLAIN_MOBILE.fullmatch(cell):
        return Cleaned([cell])
    if _is_number(cell):
        if isinstance(cell, float) and not cell.is_integer():
            return _odd(None, "phone_unusable")
        if abs(cell) >= LARGEST_EXACT_FLOAT:
            return _odd(None, "scientific_notation")
        text = str(int(cell))
    elif isinstance(cell, str):
        text = folded(_text_of(cell)).removeprefix("'")
    else:
        return _odd(None, "phone_unusable")
    if not text:
        return NOTHING
    if _SCIENTIFIC.fullmatch(text):
        return _odd(None, "scientific_notation")
    if _ENDS_IN_POINT_ZERO.fullmatch(text):
        text = text[:-2]
    numbers: list[str] = []
    left_over = False
    for part in _BETWEEN_PHONES.split(text):
        found, rest = _numbers_in(_PHONE_NOTE.sub(" ", part))
        numbers += (number for number in found if number not in numbers)
        left_over = left_over or len(re.findall(r"\d", rest)) > 4
    if not numbers:
        return _odd(None, "phone_masked" if "*" in text else "phone_unusable")
    return _odd(numbers, "phone_partly") if left_over else Cleaned(numbers)


def _numbers_in(part: str) -> tuple[list[str], str]:
    found = []
    for match in _PHONE.finditer(part):
        if number := match["mobile"] or match["service"]:
            found.append(re.sub(r"\D", "", number))
        elif match["foreign"]:
            found.append("+" + re.sub(r"\D", "", match["foreign"]))
        else:
            local = re.sub(r"\D", "", match["local"])
            extension = match["ext"] or match["dash_ext"]
            found.append("-".join(filter(None, (match["area"], local, extension))))
    rest = _PHONE.sub("", part)
    if not found and _PLAIN_MOBILE.fullmatch(digits := re.sub(r"[\s\-]", "", part)):
        return [digits], ""  # eleven figures in groups of its own making: 1548 192 3525
    return found, rest


# Amounts, dates, days -----------------------------------------------------------------------------------------------

_AMOUNT = re.compile(
    r"\d+(?:\.\d*)?|\.\d+|\d{1,3}(?:,\d{3})+(?:\.\d*)?|\d{1,3}(?: \d{3})+(?:\.\d*)?|\d+(?:\.\d+)?e[+-]?\d{1,2}"
)
_CURRENCY_BEFORE = re.compile(r"^(?:人民币|rmb|cny|¥|￥)\s*")
_CURRENCY_AFTER = re.compile(r"\s*(?:人民币|rmb|cny)$")
_YUAN = re.compile(r"\s*(亿|万|千)?\s*(?:元整|元正|元|圆整|圆|块)?$")
_MULTIPLES = {"亿": Decimal(100_000_000), "万": Decimal(10_000), "千": Decimal(1_000)}
_MINUS = str.maketrans("−–—﹣", "----")


def clean_money(cell: Any, *, unit: Decimal = Decimal(1)) -> Cleaned:
    """An amount in yuan, two places, half-up. ``unit`` is what the heading counts in; a unit in the cell wins.

    Read: 12,345.67 · ¥12,345.67 · 1.25万元 · （1,234.50） and 1,234.50- for negatives · RMB 8888 · 1E+04.
    Not read: words for nothing, other currencies, 12,34 (a decimal comma?), Chinese numerals, percentages.
    """
    if isinstance(cell, float):
        # repr is the shortest text that gives this float again: what the person typed into Excel.
        amount = Decimal(repr(cell))
        if not amount.is_finite():
            return _bad("amount_unreadable")
    elif isinstance(cell, int) and not isinstance(cell, bool):
        amount = Decimal(cell)
    elif isinstance(cell, str):
        text = folded(_text_of(cell))
        if not text:
            return NOTHING
        read = _amount_in(text.casefold().translate(_MINUS))
        if read is None:
            return _bad("amount_unreadable")
        amount, own_unit = read
        unit = own_unit or unit
    else:
        return _bad("amount_unreadable")
    if unit != 1:
        amount *= unit
    if abs(amount) >= LARGEST_AMOUNT:
        return _bad("amount_too_large")
    return Cleaned(round_money(amount) or _ZERO)


_ZERO = Decimal("0.00")  # and not -0.00


def _amount_in(text: str) -> tuple[Decimal, Decimal | None] | None:
    """The number and the unit the cell itself names (None when it names none)."""
    negative = False
    if text.startswith("(") and text.endswith(")"):
        negative, text = True, text[1:-1].strip()
        if "-" in text:  # a minus within the brackets of a negative: nobody knows
            return None
    text = _CURRENCY_AFTER.sub("", _CURRENCY_BEFORE.sub("", text))
    if text[:1] in ("-", "+"):
        negative, text = negative != (text[0] == "-"), _CURRENCY_BEFORE.sub("", text[1:].strip())
    own_unit = None
    if found := _YUAN.search(text):
        if found[0].strip():
            own_unit = _MULTIPLES.get(found[1], Decimal(1))
        text = text[: found.start()]
    if text.endswith("-"):
        negative, text = not negative, text[:-1].strip()
    if not _AMOUNT.fullmatch(text):
        return None
    try:
        amount = Decimal(text.replace(",", "").replace(" ", ""))
    except InvalidOperation:
        return None
    return (-amount if negative else amount), own_unit


_EPOCH = dt.date(1899, 12, 30)
_SERIALS = range(20_000, 80_000)  # 1954-10-03 to 2119-01-10
_YEARS = range(1950, 2100)
_CLOCK = r"(?:[t\s]*\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:z|[+-]\d{2}:?\d{2})?)?"
_YMD = re.compile(rf"(\d{{4}})\s*[-/.\\年]\s*(\d{{1,2}})\s*[-/.\\月]\s*(\d{{1,2}})\s*[日号]?{_CLOCK}", re.IGNORECASE)
_EIGHT_DIGITS = re.compile(r"(\d{4})(\d{2})(\d{2})(?:\.0+)?(?:\s*\d{2}:?\d{2}:?\d{2})?")
_WITHOUT_YEAR = re.compile(r"\d{1,2}\s*[-/.月]\s*\d{1,2}\s*[日号]?")
_YEAR_NOT_FIRST = re.compile(r"\d{1,2}[-/.年]\d{1,2}[-/.月]\d{2,4}[日号]?")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")


def clean_date(cell: Any) -> Cleaned:
    """A day, between 1950 and 2099; the time of day is dropped.

    Read: date cells, 2026-03-05, 2026/3/5, 2026.3.5, 2026年3月5日, 20260305 as text or number, Excel's serial number
    as number or text. Not read: days that do not exist, days without a year, 05/03/26 (whose order nobody knows).
    """
    if isinstance(cell, dt.datetime):
        return _in_range(cell.date())
    if isinstance(cell, dt.date):
        return _in_range(cell)
    if _is_number(cell):
        return _date_from_number(float(cell))
    if not isinstance(cell, str):
        return _bad("date_unreadable")
    text = folded(_text_of(cell))
    if not text:
        return NOTHING
    if found := _YMD.fullmatch(text) or _EIGHT_DIGITS.fullmatch(text):
        return _from_parts(int(found[1]), int(found[2]), int(found[3]))
    if _NUMBER.fullmatch(text):
        return _date_from_number(float(text))
    if _WITHOUT_YEAR.fullmatch(text):
        return _bad("date_without_year")
    if _YEAR_NOT_FIRST.fullmatch(text):
        return _bad("date_ambiguous")
    return _bad("date_unreadable")


def _date_from_number(number: float) -> Cleaned:
    # Eight figures first: as a serial number 20260305 would be a day far beyond Excel's calendar anyway.
    if 19_500_101 <= number <= 20_991_231 and number.is_integer():
        whole = int(number)
        return _from_parts(whole // 10_000, whole // 100 % 100, whole % 100)
    if int(number) in _SERIALS if abs(number) < 1e9 else False:
        return _in_range(_EPOCH + dt.timedelta(days=int(number)))
    return _bad("date_unreadable")


def _from_parts(year: int, month: int, day: int) -> Cleaned:
    try:
        return _in_range(dt.date(year, month, day))
    except ValueError:
        return _bad("date_impossible")


def _in_range(day: dt.date) -> Cleaned:
    return Cleaned(day) if day.year in _YEARS else _bad("date_out_of_range")


_DAYS = re.compile(r"([+-]?\d{1,9})(\.\d*)?\s*(?:天|日|days?|d)?", re.IGNORECASE)


def clean_days(cell: Any) -> Cleaned:
    """A whole number of days: 60, 61.0, «60天». Whether it is a sensible one is for the row to judge."""
    if _is_number(cell):
        if isinstance(cell, float) and not cell.is_integer():
            return _bad("days_not_whole" if abs(cell) < 1e9 else "days_unreadable")
        return Cleaned(int(cell)) if abs(cell) < 1e9 else _bad("days_unreadable")
    if not isinstance(cell, str):
        return _bad("days_unreadable")  # a date here is a number in a column that somebody formatted as dates
    text = folded(_text_of(cell)).translate(_MINUS)
    if not text:
        return NOTHING
    found = _DAYS.fullmatch(text.replace(",", ""))
    if found is None:
        return _bad("days_unreadable")
    if found[2] and found[2].strip(".0"):
        return _bad("days_not_whole")
    return Cleaned(int(found[1]))


# One cleaner for a whole column -------------------------------------------------------------------------------------

Cleaner = Callable[[Any], Cleaned]

_CLEANERS: dict[Kind, Callable[..., Cleaned]] = {
    "text": clean_text,
    "relation": clean_text,
    "name": clean_name,
    "contract": clean_contract,
    "stage": clean_stage,
    "id_no": clean_id_no,
    "phone": clean_phone,
    "money": clean_money,
    "date": clean_date,
    "days": clean_days,
}
_WITH_LENGTH = ("text", "relation", "name", "contract", "stage", "id_no")


def cleaner_for(field: Field, *, unit: Decimal = Decimal(1)) -> Cleaner:
    """The function for the cells of this field's column; ``unit`` only matters to amounts."""
    cleaner = _CLEANERS[field.kind]
    if field.kind in _WITH_LENGTH:
        return partial(cleaner, max_length=field.max_length)
    return partial(cleaner, unit=unit) if field.kind == "money" else cleaner


def clean_column(cells: Iterable[Any], cleaner: Cleaner) -> list[Cleaned]:
    """Clean all cells of a column. Equal cells are cleaned once: products, dates and zeros repeat by the thousand."""
    seen: dict[Any, Cleaned] = {"": NOTHING}
    get = seen.get
    cleaned = []
    for cell in cells:
        if cell is True or cell is False:  # equal to 1 and 0, and not to be taken for them
            cleaned.append(cleaner(cell))
            continue
        result = get(cell)
        if result is None:
            result = seen[cell] = cleaner(cell)
        cleaned.append(result)
    return cleaned
