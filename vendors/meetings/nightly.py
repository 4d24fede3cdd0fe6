"""What the night does for meetings: asks for the material in the first days of a month, and measures what is due."""

from datetime import datetime

from collection_ops.core import clock
from collection_ops.core.clock import month_before, month_end
from vendors.meetings import jobs
from vendors.meetings.keeping import measure_due
from vendors.models import Agency, AgencyState

FIRST_DAYS = range(2, 6)
"""On these days of a month the material of the last one is asked for: on the second it has been scored. Later a person
may."""


def nightly(*, now: datetime) -> dict[str, int]:
    """A job for every agency that had cases in the last month and has no material of it, once."""
    today, asked = clock.business_date(now), []
    if today.day in FIRST_DAYS:
        period = month_before(today)
        had = (
            Agency.objects.filter(placements__placed_on__lte=month_end(period))
            .exclude(meetings__period=period)
            .distinct()
        )
        waiting = had.exclude(state=AgencyState.EXITED).order_by("pk")
        asked = [jobs.enqueue(agency=agency, period=period, actor=None) for agency in waiting]
    return {"asked": len(asked), "measured": measure_due(now=now)}
