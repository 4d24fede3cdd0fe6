"""Numbers of the business that are decided by people and change on a day: tolerances, limits, deadlines.

    GRACE = Setting("promise.grace_days", label=_("承诺宽限天数"), default=1, source="…", least=0, most=30)
    GRACE.on(day)                       # the value in force on a day
    set_value(GRACE, 2, effective_from=day, reason="…", actor=user, now=now)

A setting is declared once, at the top of the module that decides by it; declaring it registers it for the page. Without a
row in the table its default is in force.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from collection_ops.core.models import DatedSetting, User
from collection_ops.core.services import audit

_declared: dict[str, "Setting"] = {}


class SettingRefused(Exception):
    """The value cannot be taken; the sentence says why."""


@dataclass(frozen=True)
class Setting:
    """One number. `default` says what kind it is: an int, a bool, or a Decimal (kept as text). `unit` is for people (天, 元,
    %); `source` says where the default comes from."""

    name: str
    label: Any
    default: int | bool | Decimal
    source: Any
    unit: Any = ""
    least: int | Decimal | None = None
    most: int | Decimal | None = None

    def __post_init__(self) -> None:
        if self.name in _declared:
            raise LookupError(f"two settings named {self.name!r}")
        _declared[self.name] = self

    def on(self, day: date) -> Any:
        """The value in force on `day`; a query. Several at once: `values_on`."""
        return values_on(day, [self])[self.name]

    def read(self, value: Any) -> int | bool | Decimal:
        """`value` (of a form, or of the table) as this setting's kind. Raises SettingRefused."""
        try:
            if isinstance(self.default, bool):
                if not isinstance(value, bool):
                    raise ValueError
                return value
            number: int | Decimal = Decimal(str(value)) if isinstance(self.default, Decimal) else int(str(value))
        except (ValueError, InvalidOperation) as wrong:
            raise SettingRefused(_("“%(label)s”须为数字") % {"label": self.label}) from wrong
        if (self.least is not None and number < self.least) or (self.most is not None and number > self.most):
            raise SettingRefused(
                _("“%(label)s”须在 %(least)s 与 %(most)s 之间")
                % {"label": self.label, "least": _limit(self.least), "most": _limit(self.most)}
            )
        return number


def _limit(value: int | Decimal | None) -> str:
    return "∞" if value is None else str(value)


def declared() -> Sequence[Setting]:
    """All that are declared, by name."""
    return [_declared[name] for name in sorted(_declared)]


def setting_named(name: str) -> Setting | None:
    return _declared.get(name)


def values_on(day: date, wanted: Sequence[Setting]) -> dict[str, Any]:
    """The values in force on `day`, by name: one query for all of them."""
    rows = (
        DatedSetting.objects.filter(name__in=[one.name for one in wanted], effective_from__lte=day)
        .order_by("name", "-effective_from", "-id")
        .distinct("name")
        .values_list("name", "value")
    )
    stored = dict(rows)
    return {one.name: one.read(stored[one.name]) if one.name in stored else one.default for one in wanted}


def values_on_days(days: Collection[date], wanted: Sequence[Setting]) -> dict[date, dict[str, Any]]:
    """`values_on` for each of the days, in one query."""
    steps: dict[str, list[tuple[date, Any]]] = {one.name: [] for one in wanted}
    rows = DatedSetting.objects.filter(name__in=list(steps)).order_by("effective_from", "id")
    for name, since, value in rows.values_list("name", "effective_from", "value"):
        steps[name].append((since, value))
    found: dict[date, dict[str, Any]] = {}
    for day in days:
        found[day] = {}
        for one in wanted:
            known = [value for since, value in steps[one.name] if since <= day]
            found[day][one.name] = one.read(known[-1]) if known else one.default
    return found


def set_value(
    setting: Setting, value: Any, *, effective_from: date, reason: str, actor: User | None, now: datetime
) -> DatedSetting:
    """Put `value` in force from a day on. Raises SettingRefused: not a value of this setting, or no reason."""
    number = setting.read(value)
    if not reason.strip():
        raise SettingRefused(_("请写明修改的原因"))
    with transaction.atomic():
        before = setting.on(effective_from)
        row = DatedSetting.objects.create(
            name=setting.name,
            value=str(number) if isinstance(number, Decimal) else number,
            effective_from=effective_from,
            reason=reason.strip()[:200],
            set_by=actor,
            set_at=now,
        )
        audit.record(
            action="setting.changed",
            actor=actor,
            obj=row,
            data={"name": setting.name, "from": str(before), "to": str(number), "day": effective_from.isoformat()},
            reason=reason,
        )
    return row
