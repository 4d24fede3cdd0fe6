"""Which month an address asks for."""

import re
from datetime import date, timedelta

from agents.targets.gather import last_of, month_of

EARLIEST, LATEST = date(2000, 1, 1), date(2100, 1, 1)


def month_from(text: str, day: date) -> date:
    """`2026-11` → its first day; anything else: the month of `day`."""
    if re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", text, re.ASCII):
        year, month = text.split("-")
        if EARLIEST.year <= int(year) < LATEST.year:
            return date(int(year), int(month), 1)
    return month_of(day)


def month_text(month: date) -> str:
    return f"{month:%Y-%m}"


def other_months(month: date) -> tuple[str, str]:
    """The one before and the one after, as in the address."""
    return month_text(month - timedelta(days=1)), month_text(last_of(month) + timedelta(days=1))
