"""The kernel's own reference data."""

from collection_ops.core import clock
from collection_ops.core.seeding import seeder
from collection_ops.core.services import calendar

FIRST_YEAR = 2020


@seeder("core.calendar")
def seed_calendar() -> str:
    """From 2020, so that old files can be dated, to next year as far as it has been announced."""
    done = calendar.seed(years=range(FIRST_YEAR, clock.business_date(clock.now()).year + 2))
    line = f"{done.added} days added, {done.corrected} corrected, {done.kept} edited by hand kept"
    if done.unknown_years:
        line += f"; not announced yet, judged by weekday: {', '.join(map(str, done.unknown_years))}"
    return line
