"""Files of collectors, what they can do and how much; and the shifts they work."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from agents.models import Collector, Shift
from agents.people.levels import HIGHEST, LOWEST
from agents.people.staff import is_collector
from cases.stage import OVERDUE_STAGES
from collection_ops.core import clock
from collection_ops.core.models import User
from collection_ops.core.services import audit


class CollectorRefused(Exception):
    """The file cannot be saved; the sentence says why, `field` of which entry (or nothing)."""

    def __init__(self, sentence: str, field: str = "") -> None:
        super().__init__(sentence)
        self.field = field


@dataclass(frozen=True)
class Abilities:
    """A file as somebody fills it in. Amounts in yuan."""

    joined_on: date
    left_on: date | None = None
    staff_no: str = ""
    stages: tuple[int, ...] = ()
    products: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    level_set: int | None = None
    level_reason: str = ""
    soft_count: int = 200
    hard_count: int = 220
    soft_amount: Decimal | None = None
    hard_amount: Decimal | None = None
    shift_id: int | None = None
    takes_new: bool = True


def digest_of(file: Collector | None) -> str:
    """Of what somebody looks at while editing, so that whoever saves on an older look is told."""
    if file is None:
        return "new"
    seen = {name: getattr(file, name) for name in Abilities.__dataclass_fields__}
    return hashlib.sha256(json.dumps(seen, default=str, sort_keys=True).encode()).hexdigest()[:16]


def save_collector(
    *, user: User, abilities: Abilities, based_on: str | None, actor: User | None, now: datetime
) -> Collector:
    """Make or change the file of `user`. `based_on`: the digest of the file that was looked at (None: whatever it is).

    Raises CollectorRefused: no collector, one's own file, limits the wrong way round, a level without a reason, a staff
    number that is taken, or somebody else was quicker."""
    wanted = _checked(abilities, clock.business_date(now))
    if actor is not None and actor.pk == user.pk:
        raise CollectorRefused(_("自己的档案须由他人维护"))
    if not is_collector(user):
        raise CollectorRefused(_("%(who)s 没有催收员角色") % {"who": user})
    try:
        with transaction.atomic():
            User.objects.select_for_update(no_key=True).get(pk=user.pk)
            file = Collector.objects.filter(pk=user.pk).first()
            if based_on is not None and digest_of(file) != based_on:
                raise CollectorRefused(_("档案已被他人修改，请刷新后按最新内容重新填写"))
            changed = _written(user, file, wanted)
            if changed:
                data = {"user": user.pk, "changed": changed}
                audit.record(
                    action="collector.saved", actor=actor, obj=user, data=data, reason=str(wanted["level_reason"])
                )
    except IntegrityError as taken:
        raise CollectorRefused(_("这个工号已有人使用"), "staff_no") from taken
    return Collector.objects.select_related("shift").get(pk=user.pk)


def _written(user: User, file: Collector | None, wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Writes the file; what was changed: name → [before, after]."""
    if file is None:
        Collector.objects.create(user=user, **wanted)
        return {name: [None, _plain(value)] for name, value in wanted.items() if value not in (None, "", [])}
    changed = {
        name: [_plain(getattr(file, name)), _plain(value)]
        for name, value in wanted.items()
        if getattr(file, name) != value
    }
    if changed:
        for name, value in wanted.items():
            setattr(file, name, value)
        file.save(update_fields=[name.removesuffix("_id") for name in changed])
    return changed


def _checked(abilities: Abilities, today: date) -> dict[str, Any]:
    wanted = asdict(abilities)
    for name in ("products", "regions", "languages"):
        wanted[name] = list(dict.fromkeys(text.strip() for text in wanted[name] if text.strip()))
    wanted["stages"] = sorted(set(wanted["stages"]))
    if not set(wanted["stages"]) <= {int(stage) for stage in OVERDUE_STAGES}:
        raise CollectorRefused(_("没有这样的逾期阶段"), "stages")
    wanted["staff_no"], reason = wanted["staff_no"].strip(), wanted["level_reason"].strip()[:200]
    level = wanted["level_set"]
    if level is not None and not LOWEST <= level <= HIGHEST:
        raise CollectorRefused(_("难度等级须为 1 至 5"), "level_set")
    if level is not None and not reason:
        raise CollectorRefused(_("请写明核定等级的原因"), "level_reason")
    wanted["level_reason"] = reason if level is not None else ""
    if abilities.joined_on > today:
        raise CollectorRefused(_("入职日期不能晚于今天"), "joined_on")
    if abilities.left_on is not None and abilities.left_on < abilities.joined_on:
        raise CollectorRefused(_("离职日期不能早于入职日期"), "left_on")
    if abilities.hard_count < abilities.soft_count:
        raise CollectorRefused(_("件数上限不能小于建议上限"), "hard_count")
    soft, hard = abilities.soft_amount, abilities.hard_amount
    if soft is not None and hard is not None and hard < soft:
        raise CollectorRefused(_("金额上限不能小于建议上限"), "hard_amount")
    return wanted


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, date | Decimal) else value


# Shifts ---------------------------------------------------------------------------------------------------------------


def save_shift(
    *,
    shift: Shift | None,
    name: str,
    starts: time,
    ends: time,
    weekdays: list[int],
    is_active: bool,
    actor: User | None,
    now: datetime,
) -> Shift:
    """A new shift, or `shift` changed. `weekdays`: 1 Monday to 7; none: the business days. Raises CollectorRefused."""
    name, weekdays = name.strip()[:32], sorted(set(weekdays))
    if not name:
        raise CollectorRefused(_("请填写班次名称"), "name")
    if ends <= starts:
        raise CollectorRefused(_("下班须晚于上班"), "ends")
    if not set(weekdays) <= set(range(1, 8)):
        raise CollectorRefused(_("没有这样的星期"), "weekdays")
    try:
        with transaction.atomic():
            row = Shift.objects.select_for_update().get(pk=shift.pk) if shift is not None else Shift()
            row.name, row.starts, row.ends, row.weekdays, row.is_active = name, starts, ends, weekdays, is_active
            row.save()
            data = {"name": name, "hours": f"{starts:%H:%M}-{ends:%H:%M}", "weekdays": weekdays, "active": is_active}
            audit.record(action="shift.saved", actor=actor, obj=row, data=data)
    except IntegrityError as taken:
        raise CollectorRefused(_("已有同名班次"), "name") from taken
    return row
