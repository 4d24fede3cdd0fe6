"""How long a case stays with the person who opened it: numbers that people decide, dated."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.translation import gettext_lazy as _

from collection_ops.core.dated_settings import Setting, values_on

_OWN = "own"

LOCK = Setting("desk.lock_minutes", label=_("案件锁定时长"), default=10, source=_OWN, unit=_("分钟"), least=2, most=120)
IDLE = Setting("desk.idle_minutes", label=_("无操作提醒"), default=5, source=_OWN, unit=_("分钟"), least=1, most=60)
PASS = Setting(
    "desk.pass_minutes", label=_("跳过后多久再出现"), default=30, source=_OWN, unit=_("分钟"), least=1, most=480
)

PER_HOUR = Setting(
    "desk.calls_per_hour", label=_("每小时计划拨打"), default=8, source=_OWN, unit=_("件"), least=1, most=60
)


@dataclass(frozen=True)
class DeskLimits:
    """`lock`: until a case that nobody renews is free; `idle`: without a key or a click until the page asks; `passed`: until
    a case that was passed over is served again."""

    lock: timedelta
    idle: timedelta
    passed: timedelta


def desk_limits(day: date) -> DeskLimits:
    """Those in force on the day; a query."""
    values = values_on(day, [LOCK, IDLE, PASS])
    return DeskLimits(*(timedelta(minutes=values[setting.name]) for setting in (LOCK, IDLE, PASS)))
