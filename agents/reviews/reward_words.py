"""The arithmetic and the conditions of a reward in words."""

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from agents.models import RewardProposal
from agents.reviews.reward_lines import METRICS, plain

CONDITIONS = {
    "upheld": (gettext_lazy("没有成立的投诉"), gettext_lazy("成立的投诉（件）")),
    "complaint_rate": (
        gettext_lazy("成立投诉率不超过上限"),
        gettext_lazy("当月收到且成立的投诉 ÷ 当月外呼联系到人的客户 × 10,000"),
    ),
    "breaches": (gettext_lazy("违规联系不超过上限"), gettext_lazy("未撤销的违规联系（次）")),
    "cert_days": (gettext_lazy("在岗时有有效合格证"), gettext_lazy("在岗而没有有效合格证的天数")),
}


def arithmetic_rows(proposal: RewardProposal) -> list[dict[str, Any]]:
    """One row a step: the sentence and the yuan it gives."""
    metric = next((row["metric"] for row in proposal.rules.lines if row["code"] == proposal.rule), "")
    label, unit = METRICS.get(metric, ("", ""))
    rows = []
    for step in proposal.arithmetic:
        said = {"label": label, "unit": unit, **{name: _number(text) for name, text in step.items() if name != "step"}}
        if step["step"] == "fixed":
            text = _("%(label)s %(value)s%(unit)s，达到门槛 %(threshold)s%(unit)s：定额") % said
        elif step["step"] == "points":
            text = _("%(label)s %(value)s%(unit)s × %(points)s 分 × %(each)s 元/分") % said
        elif step["to"]:
            text = _("%(from)s 至 %(to)s 元的部分：%(of)s 元 × %(rate)s%%") % said
        else:
            text = _("%(from)s 元以上的部分：%(of)s 元 × %(rate)s%%") % said
        rows.append({"text": text, "amount": Decimal(step["amount"])})
    return rows


def condition_rows(proposal: RewardProposal) -> list[dict[str, Any]]:
    """Each condition, what was found, and the evidence."""
    rows = []
    for one in proposal.conditions:
        label, definition = CONDITIONS.get(one["code"], (one["code"], ""))
        rows.append(
            {
                "label": label, "definition": definition, "observed": plain(Decimal(one["observed"])),
                "limit": plain(Decimal(one["limit"])), "met": one["met"],
                "evidence": [_evidence(found) for found in one["evidence"]],
            }
        )  # fmt: skip
    return rows


def voided_words(proposal: RewardProposal) -> str:
    label = CONDITIONS.get(proposal.voided_by, ("", ""))[0]
    return _("不符合“%(condition)s”") % {"condition": label} if proposal.voided_by else ""


def _evidence(found: dict[str, Any]) -> dict[str, Any]:
    """The sentence, and which complaint it is (0 for none)."""
    if found["kind"] == "complaint":
        return {"text": _("投诉 %(number)s（%(day)s）") % found, "complaint": found.get("pk", 0)}
    return {"text": _("违规 #%(number)d：%(rule)s（%(day)s）") % found, "complaint": 0}


def _number(text: str) -> str:
    if not text:
        return ""
    number = Decimal(text)
    return f"{number:,.2f}" if number >= 1000 else plain(number)
