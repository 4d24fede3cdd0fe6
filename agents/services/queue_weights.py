"""A new version of the weights of the queue."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from agents.models import QueueWeights
from agents.workbench.queue.weights import LINES, Weights, WeightWrong, weights_in_force
from collection_ops.core.models import User
from collection_ops.core.services import audit


class WeightsRefused(Exception):
    """The weights cannot be taken: `name` of the line, or empty for the whole; the sentence says why."""

    def __init__(self, sentence: str, name: str = "") -> None:
        super().__init__(sentence)
        self.name = name


def read_weights(values: Mapping[str, Any]) -> Weights:
    """Weights as somebody typed them. Raises WeightsRefused."""
    try:
        return Weights.of(values)
    except WeightWrong as wrong:
        line = next(line for line in LINES if line.name == wrong.name)
        said = {"label": line.label, "least": line.least, "most": line.most}
        raise WeightsRefused(_("“%(label)s”须为 %(least)s 至 %(most)s 的整数") % said, line.name) from wrong


def save_weights(*, values: Mapping[str, Any], reason: str, based_on: int, actor: User, now: datetime) -> QueueWeights:
    """Put a new version in force. `based_on`: the version that was looked at. Raises WeightsRefused: a value out of its
    bounds, no reason, nothing changed, or somebody else was quicker."""
    weights = read_weights(values)
    if not reason.strip():
        raise WeightsRefused(_("请写明修改的原因"))
    with transaction.atomic():
        QueueWeights.objects.select_for_update().order_by("-pk").first()
        before = weights_in_force()
        if before.version != based_on:
            raise WeightsRefused(_("权重已被他人修改，请按最新的版本重新填写"))
        changed = {name: [before[name], value] for name, value in weights.values.items() if before[name] != value}
        if not changed:
            raise WeightsRefused(_("没有改动"))
        row = QueueWeights.objects.create(
            values=dict(weights.values), reason=reason.strip()[:200], saved_by=actor, saved_at=now
        )
        audit.record(action="queue.weighted", actor=actor, obj=row, data={"changed": changed}, reason=reason)
    return row
