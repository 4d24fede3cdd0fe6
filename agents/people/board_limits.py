"""When the team board takes somebody for idle: numbers that people decide, dated."""

from dataclasses import dataclass
from datetime import date, time, timedelta

from django.utils.translation import gettext_lazy as _

from collection_ops.core.dated_settings import Setting, values_on

_OWN = "own"

IDLE = Setting(
    "team.idle_minutes", label=_("空闲多久提醒组长"), default=45, source=_OWN, unit=_("分钟"), least=10, most=240
)
BEGINS = Setting(
    "team.day_begins", label=_("没有班次的人员几点上班"), default=9, source=_OWN, unit=_("点"), least=0, most=23
)
ENDS = Setting(
    "team.day_ends", label=_("没有班次的人员几点下班"), default=18, source=_OWN, unit=_("点"), least=1, most=23
)
BREAK_AT = Setting("team.break_at", label=_("午休几点开始"), default=12, source=_OWN, unit=_("点"), least=0, most=23)
BREAK = Setting(
    "team.break_minutes", label=_("午休多久（不计空闲）"), default=60, source=_OWN, unit=_("分钟"), least=0, most=180
)


@dataclass(frozen=True)
class BoardLimits:
    """`idle`: as long without a sign of work makes a warning. `begins`, `ends`: the hours of who has no shift. `break_at`,
    `break_for`: the midday break, in which nobody is idle; it also parts a morning's leave from an afternoon's."""

    idle: timedelta
    begins: time
    ends: time
    break_at: time
    break_for: timedelta

    @property
    def idle_minutes(self) -> int:
        return int(self.idle.total_seconds() // 60)


def board_limits(day: date) -> BoardLimits:
    """Those in force on the day; a query."""
    values = values_on(day, [IDLE, BEGINS, ENDS, BREAK_AT, BREAK])
    return BoardLimits(
        timedelta(minutes=values[IDLE.name]),
        time(values[BEGINS.name]),
        time(values[ENDS.name]),
        time(values[BREAK_AT.name]),
        timedelta(minutes=values[BREAK.name]),
    )
