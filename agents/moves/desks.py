"""The desks that somebody may give cases to, with how full they are."""

from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from agents.models import Collector, Team
from agents.moves.gather import loads
from agents.moves.limits import Place, Reach
from cases.models import Desk, DeskKind


@dataclass(frozen=True)
class DeskLine:
    """One desk of the drop-down: open cases and yuan now, and what its person may have at most (None: no limit)."""

    desk: Desk
    count: int
    amount: Decimal
    soft: int | None
    hard: int | None

    @property
    def text(self) -> str:
        """«林晓燕 · 120 / 200 件»"""
        if self.soft is None:
            return _("%(name)s · %(count)s 件") % {"name": self.desk.name, "count": f"{self.count:,}"}
        said = {"name": self.desk.name, "count": f"{self.count:,}", "soft": f"{self.soft:,}"}
        text = _("%(name)s · %(count)s / %(soft)s 件") % said
        return f"{text} · {_('已满')}" if self.hard is not None and self.count >= self.hard else text


def desks_by_group(reach: Reach) -> list[tuple[str, list[DeskLine]]]:
    """The pool first, then team by team, agencies last; those that the person may give to. Four queries."""
    desks = [
        desk
        for desk in Desk.objects.filter(is_active=True).order_by("unit", "name", "pk")
        if reach.gives_to(Place(desk.kind, desk.unit))
    ]
    held = loads([desk.pk for desk in desks])
    files = Collector.objects.in_bulk([desk.owner_id for desk in desks if desk.owner_id])
    teams = dict(Team.objects.values_list("code", "name"))
    groups: dict[tuple[int, str], list[DeskLine]] = {}
    for desk in desks:
        count, amount = held.get(desk.pk, (0, Decimal(0)))
        file = files.get(desk.owner_id or 0)
        line = DeskLine(desk, count, amount, file.soft_count if file else None, file.hard_count if file else None)
        groups.setdefault(_group(desk, teams), []).append(line)
    return [(name, groups[order, name]) for order, name in sorted(groups)]


def _group(desk: Desk, teams: dict[str, str]) -> tuple[int, str]:
    if desk.kind == DeskKind.POOL:
        return 0, _("案件池")
    if desk.kind == DeskKind.AGENCY:
        return 2, _("委外席位")
    return 1, teams.get(desk.unit, desk.unit) or _("未分组")
