"""The clock, read once at the door. Business code is handed `now` and the business date; it never asks for them."""

from datetime import date, datetime

from django.utils import timezone


def now() -> datetime:
    """The moment, aware. Called by views, tasks and commands; passed on from there."""
    return timezone.now()


def business_date(moment: datetime) -> date:
    """The lender's calendar day (settings.TIME_ZONE) that a moment falls on."""
    return timezone.localdate(moment)
