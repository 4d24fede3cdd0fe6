"""A draft of a scheme as it is typed: from a page's entries to the scheme and back. Nothing typed is lost, errors name their
entry. Names of entries: `effective_from`, `grade_a`, `grade_b`, `grade_c`, `note`; `weight-CODE`, `curve-CODE`."""

import re
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from collection_ops.core.wording import listed
from vendors.contracts.figures import Entries, NotRead, folded, number, share
from vendors.contracts.reading import plain
from vendors.scorecard.criteria import Criterion, Item, Point, Scheme

SINGLE = ("effective_from", "grade_a", "grade_b", "grade_c", "note")
TYPED_AS_PERCENT = (Criterion.RECOVERY, Criterion.ROLL)
"""Shares that people write as 80 and not as 0.8."""
MOST_POINTS = 12
MOST_PERCENT, MOST_VALUE = 100_000, 1_000_000

Typed = dict[str, Any]
"""`fields`: SINGLE by name; `items`: weight and curve by criterion."""


def typed_of(scheme: Scheme, effective_from: date, note: str) -> Typed:
    """The scheme as somebody would type it."""
    items = {item.criterion: item for item in scheme.items}
    return {
        "fields": {
            "effective_from": effective_from.isoformat(), "grade_a": plain(scheme.grade_a),
            "grade_b": plain(scheme.grade_b), "grade_c": plain(scheme.grade_c), "note": note,
        },
        "items": {
            str(criterion): {
                "weight": plain(items[criterion].weight) if criterion in items else "",
                "curve": curve_typed(items[criterion]) if criterion in items else "",
            }
            for criterion in Criterion
        },
    }  # fmt: skip


def curve_typed(item: Item) -> str:
    """A line for each point: value, colon, per cent of the weight."""
    return "\n".join(f"{value_typed(item.criterion, one.value)} : {plain(one.share.scaleb(2))}" for one in item.curve)


def value_typed(criterion: Criterion, value: Decimal) -> str:
    return plain(value.scaleb(2) if criterion in TYPED_AS_PERCENT else value)


def typed_from(post: QueryDict) -> Typed:
    """What a page sent, as it stands."""

    def text(name: str) -> str:
        return post.get(name, "").replace("\x00", "").replace("\r\n", "\n")

    return {
        "fields": {name: text(name) for name in SINGLE},
        "items": {
            str(one): {"weight": text(f"weight-{one}"), "curve": text(f"curve-{one}")} for one in Criterion
        },
    }  # fmt: skip


def read(typed: Typed) -> tuple[tuple[Scheme, date] | None, dict[str, str]]:
    """The scheme and its first day, or what is wrong by the name of the entry. A criterion without a weight is left out."""
    entries, fields = Entries(), typed["fields"]
    begins = entries.take("effective_from", fields["effective_from"], _day, date.min)
    grades = [entries.take(name, fields[name], _grade, Decimal(0)) for name in ("grade_a", "grade_b", "grade_c")]
    items = tuple(
        Item(
            criterion,
            entries.take(f"weight-{criterion}", given["weight"], _weight, Decimal(0)),
            entries.take(f"curve-{criterion}", given["curve"], partial(_curve, criterion), ()),
        )
        for criterion in Criterion
        if (given := typed["items"][str(criterion)])["weight"].strip() not in ("", "0")
    )
    wrong = entries.wrong
    if not {"grade_a", "grade_b", "grade_c"} & set(wrong) and not grades[0] > grades[1] > grades[2]:
        wrong["grade_a"] = _("评级分数线须由高到低：A > B > C")
    return (None if wrong else (Scheme(0, items, *grades), begins)), wrong


def _day(text: str) -> date:
    try:
        return date.fromisoformat(folded(text))
    except ValueError:
        raise NotRead(_("请填写日期，如 2026-04-01")) from None


def _weight(text: str) -> Decimal:
    return number(text, most=100, places=2)


def _grade(text: str) -> Decimal:
    found = number(text, most=100, places=2)
    if not found:
        raise NotRead(_("分数线要大于 0"))
    return found


def _curve(criterion: Criterion, text: str) -> tuple[Point, ...]:
    """A pair a line: «80 : 40» is 40 % of the weight at a value of 80."""
    lines = [one.strip() for one in re.split(r"[\n;]", folded(text)) if one.strip()]
    if len(lines) > MOST_POINTS:
        raise NotRead(_("最多 %(most)d 个点") % {"most": MOST_POINTS})
    found = []
    for at, line in enumerate(lines, 1):
        parts = line.split(":")
        if len(parts) != 2:
            said = {"at": at, "line": line[:20]}
            raise NotRead(_("第 %(at)d 行“%(line)s”看不懂，写作 80 : 40（值 80 时得权重的 40%%），一行一个点") % said)
        try:
            found.append(Point(_value(criterion, parts[0]), share(parts[1], places=2)))
        except NotRead as refusal:
            raise NotRead(_("第 %(at)d 行：%(why)s") % {"at": at, "why": refusal}) from None
    values = [point.value for point in found]
    twice = sorted({value for value in values if values.count(value) > 1})
    if twice:
        raise NotRead(_("%(values)s 写了两次") % {"values": listed(value_typed(criterion, one) for one in twice)})
    return tuple(sorted(found, key=lambda point: point.value))


def _value(criterion: Criterion, text: str) -> Decimal:
    if criterion in TYPED_AS_PERCENT:
        return number(folded(text).removesuffix("%"), most=MOST_PERCENT, places=2).scaleb(-2)
    return number(folded(text).removesuffix("%"), most=MOST_VALUE, places=4)
