"""The lines of an appraisal in words: figure, formula, points."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.utils.translation import gettext as _

from agents.reviews.month_facts import Figure
from agents.reviews.scoring import Missing, Score, Scored, rounded

YUAN = ("money", "target", "recovery")


def shown_figure(name: str, figure: Figure) -> str:
    """«12,000.00 ÷ 15,000.00» or «2»."""
    if figure.of is None:
        return _amount(name, figure.number)
    return f"{_amount(name, figure.number)} ÷ {_amount(name, figure.of)}"


def arithmetic(line: Scored) -> str:
    """The formula with its numbers, so that it can be followed on paper."""
    if line.value is None:
        return _("没有可算的数，不计；其余各项按比例放大到 100 分")
    unit = "%" if line.subject.unit == "%" else ""
    return _("%(weight)s × (%(value)s%(unit)s − %(floor)d) ÷ (%(full)d − %(floor)d)，在 0 与 1 之间取 %(share)s") % {
        "weight": rounded(line.weight),
        "value": _value(line).removesuffix("%"),
        "unit": unit,
        "floor": line.floor,
        "full": line.full,
        "share": f"{rounded(line.share * 100)}%",
    }


def rows_of(score: Score) -> list[dict[str, Any]]:
    """One row a line; `group` is said where it begins."""
    rows, group = [], ""
    for line in score.lines:
        begins = str(line.subject.group) != group
        group = str(line.subject.group)
        rows.append(
            {
                "group": group if begins else "",
                "label": line.subject.label,
                "figure": shown_figure(line.subject.name, line.figure)
                if line.value is not None and line.figure.of
                else "",
                "value": _value(line),
                "weight": rounded(line.weight),
                "points": line.points,
                "arithmetic": arithmetic(line),
                "share": float(line.share * 100),
                "measured": line.value is not None,
            }
        )
    return rows


def said_missing(found: list[Missing]) -> list[str]:
    """«目标完成、回收（对同类）：再多 1,250.00 元，可到 B»."""
    return [
        _("%(what)s：%(change)s，可到 %(grade)s")
        % {"what": _("、").join(str(label) for label in one.labels), "change": _change(one), "grade": one.grade}
        for one in found
    ]


def _change(one: Missing) -> str:
    if one.figure in YUAN:
        return _("再多 %(yuan)s 元") % {"yuan": f"{one.change:,.2f}"}
    if one.change < 0:
        return _("少 %(n)s 次") % {"n": f"{-one.change:f}"}
    if one.figure == "attendance":
        return _("多 %(n)s 天") % {"n": f"{one.change:f}"}
    return _("多 %(n)s 次") % {"n": f"{one.change:f}"}


def _value(line: Scored) -> str:
    if line.value is None:
        return "–"
    exact: Fraction = line.value
    return f"{rounded(exact)}%" if line.subject.unit == "%" else f"{rounded(exact):f}".removesuffix(".00")


def _amount(name: str, number: Decimal) -> str:
    return f"{number:,.2f}" if name in YUAN else f"{number.normalize():f}"
