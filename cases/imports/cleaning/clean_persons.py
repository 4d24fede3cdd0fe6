"""Numbers of persons: resident IDs and the telephones somebody can be called on."""

import datetime as dt
import re
from operator import mul
from typing import Any

from cases.imports.cleaning.cells import (
    ENDS_IN_POINT_ZERO,
    LARGEST_EXACT_FLOAT,
    NOTHING,
    PLACEHOLDERS,
    SCIENTIFIC,
    Cleaned,
    formula_trouble,
    is_number,
    odd,
    text_of,
)
from cases.imports.cleaning.characters import folded

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_SUM_OF_WEIGHTS = sum(_WEIGHTS)
_ID_18 = re.compile(r"[1-9][0-9]{16}[0-9X]")
_ID_15 = re.compile(r"[1-9][0-9]{14}")


def clean_id_no(cell: Any, *, max_length: int = 40) -> Cleaned:
    """The text of an ID, upper case, without spaces. Whether it is a valid one depends on its type: see ``id_key``.

    An unusable ID is a warning and the row goes in without it: the debt is real. It is never repaired.
    """
    if isinstance(cell, str) and _ID_18.fullmatch(cell):
        return Cleaned(cell)
    if is_number(cell):
        if (isinstance(cell, float) and not cell.is_integer()) or abs(cell) >= LARGEST_EXACT_FLOAT:
            return odd(None, "scientific_notation")
        return Cleaned(str(int(cell)))
    if not isinstance(cell, str):
        return odd(None, "id_unusable")
    text = re.sub(r"\s", "", folded(text_of(cell))).removeprefix("'").upper()
    if not text:
        return NOTHING
    if SCIENTIFIC.fullmatch(text):
        return odd(None, "scientific_notation")
    if trouble := formula_trouble(text):
        return odd(None, trouble)
    if "*" in text or text.casefold() in PLACEHOLDERS or len(text) > max_length:
        return odd(None, "id_unusable")
    joined = text.replace("-", "")
    if _ID_18.fullmatch(joined) or _ID_15.fullmatch(joined):
        return Cleaned(joined)
    return Cleaned(text)


def id_key(id_no: str) -> str | None:
    """The 18-character form of a resident ID whose birthday and check digit are right, else None.

    GB 11643-1999. A 15-digit ID of before 1999 gets its century and its check digit, so that both forms of one
    person meet.
    """
    if len(id_no) == 15 and _ID_15.fullmatch(id_no):
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
    # The figures as bytes, "0" being 48: half the time of making seventeen ints.
    return "10X98765432"[(sum(map(mul, _WEIGHTS, id_no.encode("ascii"))) - 48 * _SUM_OF_WEIGHTS) % 11]


_PLAIN_MOBILE = re.compile(r"1[3-9][0-9]{9}")
_BETWEEN_PHONES = re.compile(r"[/、,;|\n\r]|或")
_PHONE_NOTE = re.compile(r"\([^()\d]*\)|[^\d()+*#\-\s转extEXT]+[::]?")
_EXTENSION = r"(?:[\s\-]*(?:转|分机|ext\.?|x|\#)[\s\-:]*(?P<ext>\d{1,6})|-(?P<dash_ext>\d{1,6}))?"
_PHONE = re.compile(
    rf"""(?<!\d)(?:
        (?:(?:\+|00)?86[\s\-]*)?(?P<mobile>1[3-9]\d[\s\-]?\d{{4}}[\s\-]?\d{{4}})
      | (?P<service>[48]00[\s\-]?\d{{3}}[\s\-]?\d{{4}}|[48]00[\s\-]?\d{{4}}[\s\-]?\d{{3}})
      | (?:(?:\+|00)?86[\s\-]*)?\(?(?P<area>010|02\d|0[3-9]\d{{2}})\)?[\s\-]*
        (?P<local>[2-8]\d{{2,3}}[\s\-]?\d{{4}}){_EXTENSION}
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
    if is_number(cell):
        if isinstance(cell, float) and not cell.is_integer():
            return odd(None, "phone_unusable")
        if abs(cell) >= LARGEST_EXACT_FLOAT:
            return odd(None, "scientific_notation")
        text = str(int(cell))
    elif isinstance(cell, str):
        text = folded(text_of(cell)).removeprefix("'")
    else:
        return odd(None, "phone_unusable")
    if not text:
        return NOTHING
    if SCIENTIFIC.fullmatch(text):
        return odd(None, "scientific_notation")
    if ENDS_IN_POINT_ZERO.fullmatch(text):
        text = text[:-2]
    numbers: list[str] = []
    left_over = False
    for part in _BETWEEN_PHONES.split(text):
        found, rest = _numbers_in(_PHONE_NOTE.sub(" ", part))
        numbers += (number for number in found if number not in numbers)
        left_over = left_over or len(re.findall(r"\d", rest)) > 4
    if not numbers:
        return odd(None, formula_trouble(text) or ("phone_masked" if "*" in text else "phone_unusable"))
    return odd(numbers, "phone_partly") if left_over else Cleaned(numbers)


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
