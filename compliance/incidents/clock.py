"""By when a major incident has to be reported in writing (CN-X-01), and a leak of personal information told (PI-09).

Both run from the moment at which the house came to know, hour by hour, nights and holidays included: known 2 March 10:00
with 48 hours, a report sent 4 March 10:00 is in time and one at 10:01 is late.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext_lazy as _

from collection_ops.core import clock
from collection_ops.core.dated_settings import Setting, values_on
from compliance.models import IncidentType

REPORT_HOURS = Setting(
    "incident.report_hours",
    label=_("重大风险事项书面报告时限"),
    default=48,
    source="CN-X-01 major_report_hours",
    unit=_("小时"),
    least=1,
    most=48,
)
LEAK_HOURS = Setting(
    "incident.leak_hours",
    label=_("个人信息泄露通知时限"),
    default=24,
    source="PI-09 breach_clock_h",
    unit=_("小时"),
    least=1,
    most=24,
)

MARKS = (24, 12, 4, 1, 0)
"""Hours left at which people are reminded; 0: it is late."""


def due(known_at: datetime, type: IncidentType | str) -> tuple[datetime, datetime | None]:
    """The last moments of the first report and (of a leak only) of telling authority and persons, by the settings of the
    day on which it became known. One query."""
    values = values_on(clock.business_date(known_at), [REPORT_HOURS, LEAK_HOURS])
    report = known_at + timedelta(hours=values[REPORT_HOURS.name])
    leak = known_at + timedelta(hours=values[LEAK_HOURS.name]) if type == IncidentType.DATA_LEAK else None
    return report, leak


def mark_at(due_at: datetime, now: datetime) -> int | None:
    """The closest reminder that has come, or None while more than the first of them is left."""
    left = due_at - now
    if left < timedelta(0):
        return 0
    return min((hours for hours in MARKS if hours and left <= timedelta(hours=hours)), default=None)


@dataclass(frozen=True)
class Left:
    """How long there still is (or by how long it is late), in whole hours and minutes."""

    hours: int
    minutes: int
    is_late: bool
    is_close: bool


def left(due_at: datetime, now: datetime) -> Left:
    """Rounded so that nobody believes to have more than there is: 59 s left are 0 minutes, 1 s late is 1 minute late."""
    span = due_at - now
    late = span < timedelta(0)
    minutes = -(span // timedelta(minutes=1)) if late else span // timedelta(minutes=1)
    return Left(minutes // 60, minutes % 60, late, is_close=late or span <= timedelta(hours=MARKS[1]))
