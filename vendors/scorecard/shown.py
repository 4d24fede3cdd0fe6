"""Figures of scorecards as people read them."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from vendors.contracts.reading import plain
from vendors.scorecard.criteria import VERDICT_LABELS, Criterion, Grade, Verdict

LIMITS = ("lower", "upper", "lower998", "upper998")
NAMES: Mapping[Criterion, Any] = {
    Criterion.RECOVERY: _("回款"),
    Criterion.ROLL: _("迁徙"),
    Criterion.CONTACT: _("本人触达"),
    Criterion.COMPLAINTS: _("投诉"),
    Criterion.BREACHES: _("违规"),
    Criterion.QUALITY: _("质检"),
    Criterion.SECURITY: _("信息安全"),
    Criterion.PUNCTUALITY: _("文件及时"),
}
"""Short, for a bar or a column; with their units they are CRITERION_LABELS."""
GRADE_TONES = {Grade.A: "success", Grade.B: "info", Grade.C: "warning", Grade.D: "danger"}
VERDICT_TONES = {
    Verdict.BETTER: "success",
    Verdict.AS_EXPECTED: "info",
    Verdict.WORSE: "danger",
    Verdict.CANNOT_TELL: "neutral",
}
_IN_PER_CENT = (Criterion.RECOVERY, Criterion.ROLL)


def percent(share: Decimal | None) -> str:
    """0.9312 → 93.1%; nothing → a dash."""
    return "–" if share is None else f"{share * 100:,.1f}%"


def value_said(criterion: Criterion, value: Decimal | None) -> str:
    """A criterion's value: shares in per cent, the others as they are counted, with two places at most."""
    if value is None:
        return "–"
    if criterion in _IN_PER_CENT:
        return percent(value)
    text = plain(value.quantize(Decimal("0.01")))
    return f"{text}%" if criterion == Criterion.CONTACT else text


_POINT_TONES = {
    Verdict.BETTER: "better",
    Verdict.WORSE: "worse",
    Verdict.AS_EXPECTED: "expected",
    Verdict.CANNOT_TELL: "unclear",
}


def funnel_of(cards: Sequence[Any]) -> dict[str, Any] | None:
    """What static/js/scorecards.js draws: floats, for the eye only. Nothing where no ratio is known."""
    points = [
        {
            "label": card.agency.name,
            "cases": card.cases,
            "said": str(VERDICT_LABELS[Verdict(card.verdict)]),
            "tone": _POINT_TONES[Verdict(card.verdict)],
            "url": reverse("vendors:scorecard", args=[card.pk]),
            **{name: _plain(getattr(card, name)) for name in ("ratio", *LIMITS)},
        }
        for card in cards
        if card.ratio is not None and card.cases
    ]
    if not points:
        return None
    names = {
        "cases": _("在手案件"), "ratio": _("实际÷预期"), "agencies": _("机构"), "narrow": _("95% 界限"),
        "wide": _("99.8% 界限"),
    }  # fmt: skip
    return {"points": points, "names": {key: str(text) for key, text in names.items()}}


def _plain(value: Decimal | None) -> float | None:
    return None if value is None else float(value)
