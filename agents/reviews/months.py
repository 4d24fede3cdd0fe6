"""Which month a page shows."""

from datetime import date

from collection_ops.core import clock
from collection_ops.core.clock import month_after, month_before


def month_asked(text: str) -> date:
    """The first day of the month «2026-03»; without one that makes sense the last month that is over."""
    try:
        found = date.fromisoformat(f"{text}-01") if len(text) == 7 else None
    except ValueError:
        found = None
    if found is not None and 2000 <= found.year < 2100:
        return found
    return month_before(clock.business_date(clock.now()))


def neighbours(month: date) -> tuple[date, date | None]:
    """The month before, and the one after unless it has not begun."""
    after = month_after(month)
    return month_before(month), after if after <= clock.business_date(clock.now()) else None
