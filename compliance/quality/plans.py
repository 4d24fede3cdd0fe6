"""The sampling plan, version by version."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from collection_ops.core import clock
from collection_ops.core.models import User
from collection_ops.core.services import audit
from compliance.models import SamplingPlan
from compliance.quality.drawing import Terms
from compliance.quality.reasons import DEFAULT_WEIGHTS
from compliance.quality.refusals import QualityRefused

NUMBERS = {
    "least": (0, 100), "most": (0, 200), "long_minutes": (1, 240), "short_seconds": (1, 600), "starter_days": (0, 365),
}  # fmt: skip
SHARES = ("collector_share", "agency_share")
MOST_WEIGHT = 99


def plan_on(day: date) -> SamplingPlan:
    """The plan in force on `day`. Raises QualityRefused where none is."""
    plan = SamplingPlan.objects.filter(valid_from__lte=day).order_by("-valid_from", "-pk").first()
    if plan is None:
        raise QualityRefused(_("%(day)s 还没有生效的抽样方案") % {"day": day.isoformat()}, "first")
    return plan


def terms_of(plan: SamplingPlan) -> Terms:
    return Terms(plan.collector_share, plan.agency_share, plan.least, plan.most, plan.weights)


def save_plan(*, typed: Mapping[str, Any], valid_from: date, reason: str, actor: User, now: datetime) -> SamplingPlan:
    """A new version from a day on. `typed`: every number of the plan, weights as `weight_CODE`. Raises QualityRefused: not a
    number, out of bounds, more at least than at most, a day that is over, no reason."""
    values: dict[str, Any] = {name: _share(typed, name) for name in SHARES}
    values |= {name: _whole(typed, name, *bounds) for name, bounds in NUMBERS.items()}
    weights = {code: _whole(typed, f"weight_{code}", 0, MOST_WEIGHT) for code in DEFAULT_WEIGHTS}
    if values["least"] > values["most"]:
        raise QualityRefused(_("每人每周最少不能多于最多"), "least")
    if valid_from < clock.business_date(now):
        raise QualityRefused(_("生效日期不能早于今天：已抽的批次按当时的方案"), "valid_from")
    if not reason.strip():
        raise QualityRefused(_("请写明修改的原因"), "reason")
    with transaction.atomic():
        plan = SamplingPlan.objects.create(
            **values, weights=weights, valid_from=valid_from, reason=reason.strip()[:200], saved_by=actor, saved_at=now
        )
        audit.record(
            action="quality.planned",
            actor=actor,
            obj=plan,
            data={
                **{name: str(value) for name, value in values.items()},
                "weights": weights,
                "from": valid_from.isoformat(),
            },
            reason=reason,
        )
    return plan


def _share(typed: Mapping[str, Any], name: str) -> Decimal:
    try:
        value = Decimal(str(typed.get(name, "")).strip())
    except InvalidOperation as wrong:
        raise QualityRefused(_("比例须为 0 至 100 的数字"), name) from wrong
    if not value.is_finite() or not 0 <= value <= 100:
        raise QualityRefused(_("比例须为 0 至 100 的数字"), name)
    return value.quantize(Decimal("0.01"))


def _whole(typed: Mapping[str, Any], name: str, least: int, most: int) -> int:
    text = str(typed.get(name, "")).strip()
    if not (text.isascii() and text.isdecimal() and len(text) <= 4 and least <= int(text) <= most):
        raise QualityRefused(_("请填写 %(least)s 至 %(most)s 的整数") % {"least": least, "most": most}, name)
    return int(text)
