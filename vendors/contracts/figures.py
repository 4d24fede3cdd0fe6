"""Figures as people type them: full-width, with a percent sign, with commas. Read exactly or not at all. Pure."""

import re
import unicodedata
from collections.abc import Callable
from decimal import Decimal
from typing import TypeVar

from django.utils.translation import gettext as _

Entry = TypeVar("Entry")
Value = TypeVar("Value")


class NotRead(Exception):
    """Not such a figure; the sentence says how it is written."""


def folded(text: str) -> str:
    """Full-width signs and digits as plain ones, without blanks around: «１８％» → «18%», «：» → «:»."""
    return unicodedata.normalize("NFKC", text).strip()


def share(text: str, *, places: int = 4) -> Decimal:
    """A percentage as a share, exactly: «18», «18%» and «１８％» are 0.18. `places`: after the point of the percentage.
    Raises NotRead, also above 100 %."""
    digits = folded(text).removesuffix("%").strip()
    if re.fullmatch(rf"[0-9]{{1,3}}(\.[0-9]{{1,{places}}})?", digits) is None or Decimal(digits) > 100:
        said = {"text": text.strip()[:20], "places": places}
        raise NotRead(_("“%(text)s”不是 0 至 100 的百分数：18%% 写作 18，最多 %(places)d 位小数") % said)
    return Decimal(digits).scaleb(-2)


def number(text: str, *, most: int, places: int) -> Decimal:
    """Not below nought. Raises NotRead."""
    digits = folded(text).replace(",", "")
    pattern = r"[0-9]{1,15}" + (rf"(\.[0-9]{{1,{places}}})?" if places else "")
    if re.fullmatch(pattern, digits) is None or Decimal(digits) > most:
        said = {"text": text.strip()[:20], "most": f"{most:,}", "places": places}
        if places:
            raise NotRead(_("“%(text)s”不是 0 至 %(most)s 的数字，最多 %(places)d 位小数") % said)
        raise NotRead(_("“%(text)s”不是 0 至 %(most)s 的整数") % said)
    return Decimal(digits)


def signed_number(text: str, *, most: int, places: int) -> Decimal:
    """As `number`, with a minus in front where money was taken back."""
    plain = folded(text).replace("−", "-")
    below = plain.startswith("-")
    found = number(plain[1:] if below else plain, most=most, places=places)
    return -found if below else found


class Entries:
    """Takes the entries of a page one by one; `wrong` has the sentence of each that could not be read, by its name."""

    def __init__(self) -> None:
        self.wrong: dict[str, str] = {}

    def take(self, name: str, entry: Entry, read: Callable[[Entry], Value], otherwise: Value) -> Value:
        try:
            return read(entry)
        except NotRead as refusal:
            self.wrong[name] = str(refusal)
            return otherwise

    def whole(self, name: str, text: str, *, most: int, empty: str = "") -> int:
        """A whole number; `empty` is what nothing typed stands for (without it something has to be typed)."""
        return int(self.take(name, text.strip() or empty, lambda it: number(it, most=most, places=0), Decimal(0)))

    def money(self, name: str, text: str, *, most: int, empty: str = "") -> Decimal:
        return self.take(name, text.strip() or empty, lambda it: number(it, most=most, places=2), Decimal(0))
