"""Figures of scorecards as people read them."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cases.stage import Stage
from vendors.contracts.reading import plain
from vendors.scorecard.criteria import VERDICT_LABELS, Criterion, Grade, Verdict
from vendors.scorecard.strata import AGE_LABELS, BALANCE_LABELS, EARLIER_LABELS, MERGED_LABELS

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
        "cases": _("在手案件"), "ratio": _("实际÷预期"), "agencies": _("机构"), "limits": _("95% 与 99.8% 界限"),
    }  # fmt: skip
    return {"points": points, "names": {key: str(text) for key, text in names.items()}}


def _plain(value: Decimal | None) -> float | None:
    return None if value is None else float(value)


def signed(points: Decimal | None) -> str:
    """1.5 → +1.50, −2 → −2.00; nothing → a dash."""
    if points is None:
        return "–"
    return f"{'−' if points < 0 else '+' if points > 0 else ''}{abs(points):.2f}"


def verdict_said(card: Any) -> str:
    """Whether the money says anything about the agency, in a sentence."""
    said = {
        "observed": f"{card.observed:,.2f}", "expected": f"{card.expected:,.2f}", "ratio": percent(card.ratio),
        "lower": percent(card.lower), "upper": percent(card.upper), "cases": f"{card.cases:,}",
        "why": card.get_why_display(),
    }  # fmt: skip
    return str(_VERDICTS[Verdict(card.verdict)]) % said


_VERDICTS = {
    Verdict.BETTER: _(
        "实际回款 %(observed)s 元，同类案件的预期是 %(expected)s 元，即预期的 %(ratio)s，高于 95%% 界限的上端 %(upper)s："
        "好于全部机构合起来的水平，不像是偶然。"
    ),
    Verdict.WORSE: _(
        "实际回款 %(observed)s 元，同类案件的预期是 %(expected)s 元，即预期的 %(ratio)s，低于 95%% 界限的下端 %(lower)s："
        "差于全部机构合起来的水平，不像是偶然。"
    ),
    Verdict.AS_EXPECTED: _(
        "实际回款 %(observed)s 元，同类案件的预期是 %(expected)s 元，即预期的 %(ratio)s，"
        "在 95%% 界限 %(lower)s 至 %(upper)s 之内：与全部机构合起来的水平相当。"
    ),
    Verdict.CANNOT_TELL: _(
        "实际回款 %(observed)s 元，同类案件的预期是 %(expected)s 元。%(why)s(%(cases)s 件案件)，差异不能与偶然区分，不排名。"
    ),
}


def cards_told(told: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The scorecards that a frozen document keeps under «scorecards», with their words and tones; none of one that was
    made before it kept any."""
    return [
        {
            **one,
            "ratio": percent(Decimal(one["ratio"]) if one.get("ratio") else None),
            "grade_tone": GRADE_TONES[Grade(one["grade"])],
            "verdict": VERDICT_LABELS[Verdict(one["verdict"])],
            "verdict_tone": VERDICT_TONES[Verdict(one["verdict"])],
        }
        for one in told.get("scorecards", ())
    ]


def history_chart(history: Sequence[Any]) -> dict[str, Any] | None:
    """The scores of the months for static/js/dashboards.js («lines»); nothing of a single month."""
    if len(history) < 2:
        return None
    return {
        "labels": [f"{one.month:%Y-%m}" for one in history],
        "unit": "yuan",
        "series": [
            {
                "name": gettext("得分"),
                "values": [float(one.score) for one in history],
                "urls": [reverse("vendors:scorecard", args=[one.pk]) for one in history],
            }
        ],
    }


def stratum_said(row: Any) -> dict[str, str]:
    """The bands of a stratum in words, and what was merged."""
    return {
        "stage": str(Stage(row.stage).label),
        "age": str(AGE_LABELS[row.age_band]),
        "balance": str(BALANCE_LABELS[row.balance_band]),
        "product": row.product or "–",
        "earlier": str(EARLIER_LABELS[row.earlier]),
        "merged": str(MERGED_LABELS[row.merged]),
    }
