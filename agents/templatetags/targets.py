"""How targets are shown."""

from datetime import date
from decimal import Decimal
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from agents.targets.follow import Standing
from agents.targets.metrics import Metric, Unit
from agents.targets.person_views import standings_of
from agents.targets.propose import ABSENT, NO_CASES
from agents.targets.spread import Reach
from collection_ops.core import clock
from collection_ops.core.models import User
from collection_ops.core.templatetags.ui import count, money

register = template.Library()

REACHES = {
    Reach.DONE: (_("已达成"), "success", _("目标已经达成")),
    Reach.KEPT: (_("未超限"), "success", _("没有超过上限")),
    Reach.OVER: (_("已超限"), "danger", _("已超过上限")),
    Reach.LIKELY: (_("可达成"), "success", _("剩余每日需不高于近 60 天最好一周的日均；没有记录时，在手案件的预期回款足够")),
    Reach.HARD: (_("吃力"), "warning", _("剩余每日需高于近 60 天最好一周的日均，但在手案件的预期回款足够")),
    Reach.OUT: (_("难以达成"), "danger", _("剩余每日需高于近 60 天最好一周的日均，在手案件的预期回款也不够")),
    Reach.MISSED: (_("未达成"), "danger", _("已没有剩余出勤日")),
    Reach.NONE: (_("无目标"), "neutral", _("本月没有目标")),
    Reach.UNKNOWN: (_("待观察"), "neutral", _("数据还不足以判断")),
}  # fmt: skip
NOTES = {ABSENT: _("当月不出勤"), NO_CASES: _("手中没有案件")}


def shown(amount: Decimal | None, metric: Metric) -> str:
    """With thousands separators and the unit's places; nothing → a dash."""
    if amount is None:
        return "–"
    if metric.unit == Unit.COUNT:
        return count(int(amount))
    return money(amount) + (" %" if metric.is_rate else "")


@register.filter
def as_metric(amount: Decimal | None, metric: Metric) -> str:
    """{{ node.progress.target|as_metric:metric }}"""
    return shown(amount, metric)


@register.filter
def numerator(amount: Decimal | None, metric: Metric) -> str:
    """A gap or a daily need: in what the numerator is counted, so without the per-cent sign."""
    if amount is None:
        return "–"
    is_money = metric.unit == Unit.YUAN or metric.code in ("recovery", "roll")
    return money(amount) if is_money else f"{amount:,.1f}".removesuffix(".0")


@register.filter
def money_text(text: str) -> str:
    """Yuan as they are kept with a proposal."""
    return money(Decimal(text)) if text else ""


@register.filter
def signed(difference: Decimal, metric: Metric) -> str:
    """+12.00 too much, −12.00 too little."""
    return ("+" if difference > 0 else "−") + shown(abs(difference), metric)


@register.filter
def days(number: Decimal) -> str:
    """12.0 → 12, 4.5 → 4.5"""
    return f"{number.normalize():f}"


@register.filter
def percent(share: Decimal | None) -> str:
    return "–" if share is None else f"{share:.1f} %"


@register.filter
def upto_hundred(share: Decimal | None) -> str:
    """For <progress>, which ends at 100."""
    return "0" if share is None else f"{max(min(share, Decimal(100)), Decimal(0)):.1f}"


@register.simple_tag
def reach_badge(reach: Reach) -> SafeString:
    word, tone, why = REACHES[reach]
    return format_html('<span class="badge tone-{}" title="{}">{}</span>', tone, why, word)


@register.filter
def note_text(code: str) -> Any:
    return NOTES.get(code, "")


@register.simple_tag
def my_targets(user: User, day: date | None = None) -> list[Standing]:
    """The person's agreed targets of this month."""
    return standings_of(user, day or clock.business_date(clock.now()))
