"""The clock, read once at the door. Business code is handed `now` and the business date; it never asks for them.

There are as many clocks as machines, and one of them may be wrong. What several processes have to agree on (who holds a
job, how old a session is, how many persons were opened today) and what goes into the book is judged by the database's;
what is only shown may come from the process's own. A difference between the two is an alarm.
"""

import logging
from datetime import date, datetime, timedelta

from django.db import connection
from django.utils import timezone

logger = logging.getLogger(__name__)

MOST_SKEW_SECONDS = 5.0


def now() -> datetime:
    """The moment, aware, by this process's clock. Called by views, tasks and commands; passed on from there."""
    return timezone.now()


def database_now() -> datetime:
    """The moment, aware, by the database's clock, which is one for all processes. Costs a query."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        moment: datetime = cursor.fetchone()[0]
    return moment


def business_date(moment: datetime) -> date:
    """The lender's calendar day (settings.TIME_ZONE) that a moment falls on."""
    return timezone.localdate(moment)


def month_end(day: date) -> date:
    """The last day of the month of `day`."""
    return month_after(day) - timedelta(days=1)


def month_before(day: date) -> date:
    """The first day of the month before that of `day`."""
    return (day.replace(day=1) - timedelta(days=1)).replace(day=1)


def month_after(day: date) -> date:
    """The first day of the month after that of `day`."""
    return (day.replace(day=1) + timedelta(days=31)).replace(day=1)


def skew_seconds() -> float:
    """How far the database's clock is ahead of this process's; behind is negative. An alarm in the log beyond
    MOST_SKEW_SECONDS."""
    skew = round((database_now() - now()).total_seconds(), 1)
    if abs(skew) > MOST_SKEW_SECONDS:
        logger.error("clock differs from the database's", extra={"seconds": skew})
    return skew
