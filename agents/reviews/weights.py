"""The weights of the appraisal as versioned data: by line a weight, from which value to which it earns, and the grades."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from agents.models import AppraisalWeights
from agents.reviews.scoring import SUBJECTS
from collection_ops.core.models import User
from collection_ops.core.services import audit

WHOLE = 100
LARGEST = 1000
OTHERS = {"grade_a": 90, "grade_b": 80, "grade_c": 70, "cap_from": 1, "most_adjustment": 5}
DEFAULTS: dict[str, int] = {
    **{f"{one.name}_{part}": getattr(one, part) for one in SUBJECTS for part in ("weight", "floor", "full")},
    **OTHERS,
}


class AppraisalRefused(Exception):
    """It cannot be done so; the sentence says why, `field` where it stands in the form."""

    def __init__(self, sentence: str, field: str = "") -> None:
        super().__init__(sentence)
        self.field = field


@dataclass(frozen=True)
class InForce:
    values: Mapping[str, int]
    version: int


def weights_in_force() -> InForce:
    """The newest version, 0 with the defaults where nobody saved one. What a version does not name has its default."""
    row = AppraisalWeights.objects.order_by("-pk").first()
    if row is None:
        return InForce(dict(DEFAULTS), 0)
    return InForce({name: int(row.values.get(name, default)) for name, default in DEFAULTS.items()}, row.pk)


def read_weights(typed: Mapping[str, Any]) -> dict[str, int]:
    """Whole numbers that make sense together. Raises AppraisalRefused."""
    values = {}
    for name in DEFAULTS:
        text = str(typed.get(name, "")).strip()
        if not (text.isascii() and text.isdecimal() and len(text) <= 4 and int(text) <= LARGEST):
            raise AppraisalRefused(_("请填写 0 至 %(most)d 的整数") % {"most": LARGEST}, name)
        values[name] = int(text)
    total = sum(values[f"{one.name}_weight"] for one in SUBJECTS)
    if total != WHOLE:
        raise AppraisalRefused(_("各项权重合计须为 100，现在是 %(total)d") % {"total": total}, "target_weight")
    for one in SUBJECTS:
        floor, full = values[f"{one.name}_floor"], values[f"{one.name}_full"]
        if (one.high_is_good and floor >= full) or (not one.high_is_good and floor <= full):
            sentence = (
                _("“%(label)s”：零分线须低于满分线") if one.high_is_good else _("“%(label)s”：零分线须高于满分线")
            )
            raise AppraisalRefused(sentence % {"label": one.label}, f"{one.name}_floor")
    if sum(values[f"{name}_weight"] for name in ("complaints", "breaches")) < 10:  # never money alone
        raise AppraisalRefused(_("投诉与违规两项的权重合计至少 10：考核不能只看金额"), "complaints_weight")
    if not WHOLE >= values["grade_a"] > values["grade_b"] > values["grade_c"] > 0:
        raise AppraisalRefused(_("等级线须依次降低：A 最高不超过 100，C 高于 0"), "grade_a")
    if values["most_adjustment"] > 10:
        raise AppraisalRefused(_("组长调整最多 10 分"), "most_adjustment")
    return values


def save_weights(
    *, typed: Mapping[str, Any], reason: str, based_on: int, actor: User, now: datetime
) -> AppraisalWeights:
    """Put a new version in force; months that are open already keep theirs. Raises AppraisalRefused: as read_weights, no
    reason, nothing changed, or somebody else was quicker."""
    values = read_weights(typed)
    if not reason.strip():
        raise AppraisalRefused(_("请写明修改的原因"), "reason")
    with transaction.atomic():
        take_turns("appraisal weights")
        before = weights_in_force()
        if before.version != based_on:
            raise AppraisalRefused(_("权重已被他人修改，请按最新的版本重新填写"))
        changed = {name: [before.values[name], value] for name, value in values.items() if before.values[name] != value}
        if not changed:
            raise AppraisalRefused(_("没有改动"))
        row = AppraisalWeights.objects.create(values=values, reason=reason.strip()[:200], saved_by=actor, saved_at=now)
        audit.record(action="appraisal.weighted", actor=actor, obj=row, data={"changed": changed}, reason=reason)
    return row


def take_turns(what: str) -> None:
    """Two first versions at once have no row to lock."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [what])
