"""The rules of rewards and penalties, version by version."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from agents.models import RewardRules
from agents.reviews.reward_lines import RewardLine, RulesRefused, read_line, read_lines
from agents.reviews.weights import take_turns
from collection_ops.core.models import User
from collection_ops.core.services import audit

SUGGESTED: list[dict[str, str]] = [
    {
        "code": "money", "name": "回款提成", "kind": "reward", "metric": "money", "threshold": "5000", "formula": "tiers",
        "tiers": "5000:1, 20000:2", "no_upheld": "on", "most_breaches": "0", "cert_days": "0",
    },
    {
        "code": "kept", "name": "兑现率奖", "kind": "reward", "metric": "kept", "threshold": "70", "formula": "fixed",
        "amount": "200", "no_upheld": "on", "most_breaches": "0",
    },
    {
        "code": "breach", "name": "违规联系", "kind": "penalty", "metric": "breaches", "threshold": "1",
        "formula": "fixed", "amount": "100",
    },
    {
        "code": "late-notes", "name": "迟记催记", "kind": "penalty", "metric": "late_notes", "threshold": "3",
        "formula": "points", "points": "2", "point_value": "5",
    },
]  # fmt: skip
"""What the editor begins with where nobody has saved rules yet; nothing is in force until somebody does."""


def rules_in_force() -> RewardRules | None:
    return RewardRules.objects.order_by("-pk").first()


def lines_of(rules: RewardRules) -> list[RewardLine]:
    return [read_line(number, row) for number, row in enumerate(rules.lines, 1)]


def save_rules(
    *, typed: Sequence[Mapping[str, str]], reason: str, based_on: int, actor: User, now: datetime
) -> RewardRules:
    """Put a new version in force. `based_on`: the version looked at, 0 for none. Raises RulesRefused: as read_lines, no
    reason, nothing changed, or somebody else was quicker."""
    lines = [line.to_json() for line in read_lines(typed)]
    if not reason.strip():
        raise RulesRefused(_("请写明修改的原因"), "reason")
    with transaction.atomic():
        take_turns("reward rules")
        before = rules_in_force()
        if (before.pk if before else 0) != based_on:
            raise RulesRefused(_("规则已被他人修改，请按最新的版本重新填写"))
        if before is not None and before.lines == lines:
            raise RulesRefused(_("没有改动"))
        row = RewardRules.objects.create(lines=lines, reason=reason.strip()[:200], saved_by=actor, saved_at=now)
        audit.record(
            action="reward.ruled", actor=actor, obj=row, data={"before": based_on, "lines": lines}, reason=reason
        )
    return row
