"""Amounts, dates and days: cells that are reckoned with."""

import datetime as dt
import re
from decimal import Decimal, InvalidOperation
from typing import Any

from cases.imports.cleaning.cells import NOTHING, Cleaned, bad, formula_trouble, is_number, text_of
from cases.imports.cleaning.characters import folded
from collection_ops.core.money import round_money

LARGEST_AMOUNT = Decimal(1_000_000_000_000)
LONGEST_FIGURE = 100  # characters: a longer text is neither amount nor date, and is not searched for one
_ZERO = Decimal("0.00")  # and not -0.00
_PLAIN_AMOUNT = re.compile(r"[0-9]{1,11}\.[0-9]{1,2}")
_AMOUNT = re.compile(
    r"\d+(?:\.\d*)?|\.\d+|\d{1,3}(?:,\d{3})+(?:\.\d*)?|\d{1,3}(?: \d{3})+(?:\.\d*)?|\d+(?:\.\d+)?e[+-]?\d{1,2}"
)
_CURRENCY_BEFORE = re.compile(r"^(?:人民币|rmb|cny|¥|￥)\s*")
_CURRENCY_AFTER = re.compile(r"\s*(?:人民币|rmb|cny)$")
_YUAN = re.compile(r"\s*(亿|億|万|萬|千)?\s*(?:元整|元正|元|圆整|圆|圓|块)?$")
_MULTIPLES = {
    **dict.fromkeys("亿億", Decimal(100_000_000)),
    **dict.fromkeys("万萬", Decimal(10_000)),
    "千": Decimal(1_000),
}
_MINUS = str.maketrans("−–—﹣", "----")


def clean_money(cell: Any, *, unit: Decimal = Decimal(1)) -> Cleaned:
    """An amount in yuan, two places, half-up. ``unit`` is what the heading counts in; a unit in the cell wins.

    Read: 12,345.67 · ¥12,345.67 · 1.25万元 · （1,234.50） and 1,234.50- for negatives · RMB 8888 · 1E+04.
    Not read: words for nothing, other currencies, 12,34 (a decimal comma?), Chinese numerals, percentages.
    """
    if isinstance(cell, float):
        # repr is the shortest text that gives this float again: what the person typed into Excel.
        text = repr(cell)
        if _PLAIN_AMOUNT.fullmatch(text) and unit == 1:  # what most cells hold needs no rounding
            return Cleaned(Decimal(text if text[-3] == "." else text + "0"))
        amount = Decimal(text)
        if not amount.is_finite():
            return bad("amount_unreadable")
    elif isinstance(cell, int) and not isinstance(cell, bool):
        amount = Decimal(cell)
    elif isinstance(cell, str):
        text = folded(text_of(cell)).removeprefix("'")
        if not text:
            return NOTHING
        read = _amount_in(text.casefold().translate(_MINUS)) if len(text) <= LONGEST_FIGURE else None
        if read is None:
            return bad(formula_trouble(text) or "amount_unreadable")
        amount, own_unit = read
        unit = own_unit or unit
    else:
        return bad("amount_unreadable")
    if unit != 1:
        amount *= unit
    if abs(amount) >= LARGEST_AMOUNT:
        return bad("amount_too_large")
    return Cleaned(round_money(amount) or _ZERO)


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
_CLOCK = (
    r"(?:[t\s]*(?:上午|下午|am|pm)?\s*\d{1,2}(?::\d{2}(?::\d{2}(?:\.\d+)?)?|[时点](?:\d{1,2}分)?(?:\d{1,2}秒)?)"
    r"\s*(?:am|pm)?(?:z|[+-]\d{2}:?\d{2})?)?"
)
_WEEKDAY = r"(?:\s*\(?(?:星期|礼拜|周)[一二三四五六日天]\)?)?"
_YMD = re.compile(
    rf"(\d{{4}})\s*[-/.\\年]\s*(\d{{1,2}})\s*[-/.\\月]\s*(\d{{1,2}})\s*[日号]?{_WEEKDAY}{_CLOCK}{_WEEKDAY}",
    re.IGNORECASE,
)
_MONTHS = {
    "jan": 1,
    "feb": 2,
    "mar": 3,
    "apr": 4,
    "may": 5,
    "jun": 6,
    "jul": 7,
    "aug": 8,
    "sep": 9,
    "oct": 10,
    "nov": 11,
    "dec": 12,
}
_MONTH_NAME = "|".join(f"{name}[a-z]{{0,6}}" for name in _MONTHS)
# 5-Mar-2026, March 5, 2026: the name tells the month; without a full year it stays unread.
_MONTH_BY_NAME = re.compile(
    rf"(?P<day>\d{{1,2}})[-/ .]*(?P<month>{_MONTH_NAME})[-/ .,]*(?P<year>\d{{4}})"
    rf"|(?P<before>{_MONTH_NAME})[-/ .]*(?P<after>\d{{1,2}})[-/ .,]+(?P<last>\d{{4}})"
)
_DASHES = str.maketrans("−–—―﹣", "-----")
_EIGHT_DIGITS = re.compile(r"(\d{4})(\d{2})(\d{2})(?:\.0+)?(?:\s*\d{2}:?\d{2}:?\d{2})?")
_WITHOUT_YEAR = re.compile(r"\d{1,2}\s*[-/.月]\s*\d{1,2}\s*[日号]?")
_YEAR_NOT_FIRST = re.compile(r"\d{1,2}[-/.年]\d{1,2}[-/.月]\d{2,4}[日号]?")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")


def clean_date(cell: Any) -> Cleaned:
    """A day, between 1950 and 2099; the time of day is dropped.

    Read: date cells, 2026-03-05, 2026/3/5, 2026.3.5, 2026年3月5日, 2026-03-05 星期四, 5-Mar-2026, 20260305 as text or
    number, Excel's serial number as number or text. Not read: days that do not exist, days without a year, 05/03/26
    (whose order nobody knows).
    """
    if isinstance(cell, dt.datetime):
        return _in_range(cell.date())
    if isinstance(cell, dt.date):
        return _in_range(cell)
    if is_number(cell):
        return _date_from_number(float(cell))
    if not isinstance(cell, str):
        return bad("date_unreadable")
    text = folded(text_of(cell)).removeprefix("'").translate(_DASHES)
    if not text:
        return NOTHING
    if len(text) > LONGEST_FIGURE:
        return bad("date_unreadable")
    if found := _YMD.fullmatch(text) or _EIGHT_DIGITS.fullmatch(text):
        return _from_parts(int(found[1]), int(found[2]), int(found[3]))
    if found := _MONTH_BY_NAME.fullmatch(text.casefold()):
        month = _MONTHS[(found["month"] or found["before"])[:3]]
        return _from_parts(int(found["year"] or found["last"]), month, int(found["day"] or found["after"]))
    if _NUMBER.fullmatch(text):
        return _date_from_number(float(text))
    if _WITHOUT_YEAR.fullmatch(text):
        return bad("date_without_year")
    if _YEAR_NOT_FIRST.fullmatch(text):
        return bad("date_ambiguous")
    return bad(formula_trouble(text) or "date_unreadable")


def _date_from_number(number: float) -> Cleaned:
    # Eight figures first: as a serial number 20260305 would be a day far beyond Excel's calendar anyway.
    if 19_500_101 <= number <= 20_991_231 and number.is_integer():
        whole = int(number)
        return _from_parts(whole // 10_000, whole // 100 % 100, whole % 100)
    if int(number) in _SERIALS if abs(number) < 1e9 else False:
        return _in_range(_EPOCH + dt.timedelta(days=int(number)))
    return bad("date_unreadable")


def _from_parts(year: int, month: int, day: int) -> Cleaned:
    try:
        return _in_range(dt.date(year, month, day))
    except ValueError:
        return bad("date_impossible")


def _in_range(day: dt.date) -> Cleaned:
    return Cleaned(day) if day.year in _YEARS else bad("date_out_of_range")


_DAYS = re.compile(r"([+-]?\d{1,9})(\.\d*)?\s*(?:天|日|days?|d)?", re.IGNORECASE)


def clean_days(cell: Any) -> Cleaned:
    """A whole number of days: 60, 61.0, «60天». Whether it is a sensible one is for the row to judge."""
    if is_number(cell):
        if isinstance(cell, float) and not cell.is_integer():
            return bad("days_not_whole" if abs(cell) < 1e9 else "days_unreadable")
        return Cleaned(int(cell)) if abs(cell) < 1e9 else bad("days_unreadable")
    if not isinstance(cell, str):
        return bad("days_unreadable")  # a date here is a number in a column that somebody formatted as dates
    text = folded(text_of(cell)).removeprefix("'").translate(_MINUS)
    if not text:
        return NOTHING
    found = _DAYS.fullmatch(text.replace(",", ""))
    if found is None:
        return bad(formula_trouble(text) or "days_unreadable")
    if found[2] and found[2].strip(".0"):
        return bad("days_not_whole")
    return Cleaned(int(found[1]))
