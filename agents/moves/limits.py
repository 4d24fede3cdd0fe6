"""Who may move cases from which kinds of desks to which, how many at once: a table by role, version by version.

The capability `cases.move` says who moves cases at all and in which rows; this table narrows it. Somebody with several roles
may what one of them may.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from agents.models import MoveLimits
from cases.models import DeskKind
from collection_ops.core.access import Role, Scope, scope
from collection_ops.core.models import User
from collection_ops.core.services import audit

CAPABILITY = "cases.move"
ROLES = (Role.TEAM_LEADER, Role.SUPERVISOR, Role.MANAGER)
MOST_AT_ONCE = 100_000
KIND_LABELS: dict[str, str | Promise] = {
    DeskKind.POOL: gettext_lazy("案件池"),
    DeskKind.COLLECTOR: gettext_lazy("催收员席位"),
    DeskKind.AGENCY: gettext_lazy("委外席位"),
}


class LimitsRefused(Exception):
    """The limits cannot be taken; the sentence says why, `role` in which line (or empty)."""

    def __init__(self, sentence: str, role: str = "") -> None:
        super().__init__(sentence)
        self.role = role


@dataclass(frozen=True)
class Line:
    """What a role may: kinds of desks to take from and to give to, whether those of other teams too, cases at once."""

    role: str
    takes: frozenset[str]
    gives: frozenset[str]
    other_teams: bool
    most: int

    @property
    def label(self) -> str:
        return str(Role(self.role).label)

    def as_dict(self) -> dict[str, Any]:
        kinds = list(DeskKind.values)
        return {
            "role": self.role,
            "takes": [kind for kind in kinds if kind in self.takes],
            "gives": [kind for kind in kinds if kind in self.gives],
            "other_teams": self.other_teams,
            "most": self.most,
        }


_OWN = frozenset({str(DeskKind.POOL), str(DeskKind.COLLECTOR)})
# Cases go to an agency and come back by a placement and a recall (vendors), not by hand; the manager may in an emergency.
DEFAULTS: tuple[Line, ...] = (
    Line(Role.TEAM_LEADER, _OWN, _OWN, other_teams=False, most=500),
    Line(Role.SUPERVISOR, _OWN, _OWN, other_teams=True, most=10_000),
    Line(Role.MANAGER, _OWN | {str(DeskKind.AGENCY)}, _OWN | {str(DeskKind.AGENCY)}, other_teams=True, most=50_000),
)


@dataclass(frozen=True)
class Limits:
    """The table in force. `version` 0: nobody has changed the defaults."""

    version: int
    lines: tuple[Line, ...]

    def of(self, user: User) -> "Reach":
        """What this person may, all roles together."""
        mine = [line for line in self.lines if line.role in user.roles]
        granted = scope(user, CAPABILITY)
        return Reach(
            lines=tuple(mine),
            unit=user.unit,
            only_unit=granted != Scope.ALL,
            most=max((line.most for line in mine), default=0) if granted is not None else 0,
        )


@dataclass(frozen=True)
class Place:
    """A desk as the limits see it."""

    kind: str
    unit: str


@dataclass(frozen=True)
class Reach:
    """From where to where one person may move cases."""

    lines: tuple[Line, ...]
    unit: str
    only_unit: bool
    most: int

    def _in(self, line: Line, place: Place) -> bool:
        """Whether the place is one of the teams that the line allows. The pool and agencies are nobody's team."""
        if place.kind == DeskKind.POOL or (line.other_teams and not self.only_unit):
            return True
        return bool(self.unit) and place.unit == self.unit

    def refuses(self, source: Place, target: Place) -> str:
        """The code of what forbids the move; empty when nothing does."""
        code = "limit_from"
        for line in self.lines:
            if source.kind not in line.takes:
                continue
            if not self._in(line, source):
                code = "limit_team"
                continue
            if target.kind not in line.gives:
                code = "limit_to"
                continue
            if not self._in(line, target):
                code = "limit_team"
                continue
            return ""
        return code

    def takes_from(self, kind: str) -> bool:
        return any(kind in line.takes for line in self.lines)

    def gives_to(self, place: Place) -> bool:
        """Whether there is anything at all that may be put there."""
        return any(place.kind in line.gives and self._in(line, place) for line in self.lines)


def limits_in_force() -> Limits:
    row = MoveLimits.objects.order_by("-pk").first()
    if row is None:
        return Limits(0, DEFAULTS)
    stored = {line["role"]: line for line in row.lines}
    return Limits(row.pk, tuple(_read(stored[line.role]) if line.role in stored else line for line in DEFAULTS))


def _read(line: Mapping[str, Any]) -> Line:
    return Line(
        role=line["role"],
        takes=frozenset(line["takes"]),
        gives=frozenset(line["gives"]),
        other_teams=bool(line["other_teams"]),
        most=int(line["most"]),
    )


def read_line(*, role: str, takes: Sequence[str], gives: Sequence[str], other_teams: bool, most: str) -> Line:
    """A line as somebody typed it. Raises LimitsRefused."""
    label = Role(role).label
    number = int(most) if most.isascii() and most.isdigit() and len(most) < 9 else -1
    if not 0 <= number <= MOST_AT_ONCE:
        said = {"role": label, "most": MOST_AT_ONCE}
        raise LimitsRefused(_("“%(role)s”的一次最多件数须为 0 至 %(most)s 的整数") % said, role)
    if not set(takes) | set(gives) <= set(DeskKind.values):
        raise LimitsRefused(_("“%(role)s”有不认识的席位类型") % {"role": label}, role)
    if bool(takes) != bool(gives):
        raise LimitsRefused(_("“%(role)s”须同时选择从哪里移出和移到哪里，或都不选") % {"role": label}, role)
    if other_teams and role == Role.TEAM_LEADER:
        raise LimitsRefused(_("组长只能在本组与案件池之间移动案件"), role)
    return Line(role, frozenset(takes), frozenset(gives), other_teams, number)


def save_limits(*, lines: Sequence[Line], reason: str, based_on: int, actor: User, now: datetime) -> MoveLimits:
    """Put a new version in force. `based_on`: the version that was looked at. Raises LimitsRefused: no reason, nothing
    changed, or somebody else was quicker."""
    if not reason.strip():
        raise LimitsRefused(_("请写明修改的原因"))
    with transaction.atomic():
        MoveLimits.objects.select_for_update().order_by("-pk").first()
        before = limits_in_force()
        if before.version != based_on:
            raise LimitsRefused(_("限制已被他人修改，请按最新的版本重新填写"))
        typed = [line.as_dict() for line in lines]
        changed = [line["role"] for line, old in zip(typed, before.lines, strict=True) if line != old.as_dict()]
        if not changed:
            raise LimitsRefused(_("没有改动"))
        row = MoveLimits.objects.create(lines=typed, reason=reason.strip()[:200], saved_by=actor, saved_at=now)
        audit.record(action="moves.limited", actor=actor, obj=row, data={"changed": changed}, reason=reason)
    return row
