"""A collector's own numbers: this month's money and targets, today's work, promises, notes. Of complaints the number only:
nobody reads who complained about them."""

from typing import Any

from django.utils.translation import gettext as _

from agents.people.board_selectors import PersonRow, board_rows
from agents.targets.follow import Standing
from agents.targets.measures import measure
from agents.targets.metrics import METRICS, NOTHING
from agents.targets.person_views import standings_of
from collection_ops.core.models import User
from collection_ops.core.tables import Column
from reports.dashboards.page import Maker, Page
from reports.dashboards.supervisor import promises_due
from reports.dashboards.tables import Table

CAPABILITY = "figures.own"
FIGURES = (
    "recovery_rate", "roll_forward_rate", "rpc_per_dialled", "effective_talk_rate", "promise_rate", "kept_rate_count",
    "kept_rate_amount", "notes_in_time",
)  # fmt: skip
TARGETS = tuple(metric.code for metric in METRICS if metric.code != "complaints")
TREND_MONTHS = 6


def context(page: Page) -> dict[str, Any]:
    return {
        "today_row": _today(page),
        "standings": _standings(page),
        "figures": page.maker.figures(*FIGURES),
        "trend": page.trend("recovery_rate", months=TREND_MONTHS, kind="lines"),
        "promises": promises_due(page),
        "complaints": _complaints(page),
        "has_desk": bool(page.asked.desks),
    }


def _today(page: Page) -> PersonRow | None:
    rows = board_rows(User.objects.filter(pk=page.user.pk), teams={}, day=page.today, now=page.now)
    return rows[0] if rows else None


def _standings(page: Page) -> list[Standing]:
    return standings_of(page.user, page.today, codes=TARGETS)


def _complaints(page: Page) -> int:
    """Complaints of the period that are about the reader."""
    asked = page.asked
    found = measure("complaints", first=asked.first, last=asked.as_of, users=[page.user.pk], money=None)
    return int(found.get(page.user.pk, NOTHING).numerator)


def targets(page: Page) -> Table:
    columns = [
        Column(_("指标")), Column(_("已完成"), "money"), Column(_("目标"), "money"), Column(_("完成率"), "percent"),
        Column(_("剩余每日需"), "money"), Column(_("剩余出勤日"), "money"),
    ]  # fmt: skip
    rows = []
    for one in _standings(page):
        progress, has_share = one.progress, one.metric.higher_is_better
        share = progress.percent / 100 if has_share and progress.percent is not None else None
        rows.append(
            [str(one.metric.label), progress.value, progress.target, share, progress.needed, progress.days_left]
        )
    return Table("targets", _("我的目标"), columns, rows)


def _trend(page: Page) -> Table | None:
    chart = page.trend("recovery_rate", months=TREND_MONTHS, kind="lines")
    return chart.table if chart else None


TABLES: dict[str, Maker] = {
    "figures": lambda page: page.figure_table(page.maker.figures(*FIGURES)),
    "targets": targets,
    "trend-recovery_rate": _trend,
}
