"""The draft as it is typed: from a page's entries to terms and back. Nothing typed is lost, errors name their entry.

Names of entries: `effective_from`, `grace_days`, `clawback_days`, `cap`, `tax`, `rounding`, `least_attempts`, `note`;
`row-N-stages` (several), `-products`, `-age_from`, `-age_to`, `-method`, `-bands`; `step-N-floor`, `step-N-factor`;
`event-CODE`; `target-N-stages` (several), `-measure`, `-figure`. N counts from 1 in the order of the page.
"""

import re
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from cases.stage import LAST_STAGE
from collection_ops.core.wording import listed
from vendors.contracts.drafting import MOST_GRACE
from vendors.contracts.figures import Entries, NotRead, folded, number, share
from vendors.contracts.reading import plain
from vendors.contracts.terms import (
    MEASURE_LABELS,
    MOST_FIGURE,
    OF_THE_WHOLE,
    Band,
    Event,
    FeeRow,
    Measure,
    Method,
    Rounding,
    Step,
    Target,
    Terms,
)

MOST_ROWS, MOST_STEPS, MOST_BANDS, MOST_PRODUCTS, MOST_TARGETS = 30, 20, 20, 40, 30
MOST_DAYS, MOST_MONTHS = 3650, 600
MOST_YUAN = 999_999_999
SINGLE = ("effective_from", "grace_days", "clawback_days", "cap", "tax", "rounding", "least_attempts", "note")
OF_ROW = ("products", "age_from", "age_to", "method", "bands")
OF_STEP = ("floor", "factor")
OF_TARGET = ("measure", "figure")
WORDS_OF_ROW = ("stages", "products", "age_from", "age_to", "bands")
WORDS_OF_TARGET = ("stages", "figure")
"""The entries of a row, and of a target, without which it is empty."""

Typed = dict[str, Any]
"""`fields`: SINGLE by name; `rows`: OF_ROW and `stages` (texts) each; `steps`: OF_STEP each; `events`: text by code;
`targets`: OF_TARGET and `stages` (texts) each."""


def typed_of(terms: Terms, note: str) -> Typed:
    """The terms as somebody would type them."""
    return {
        "fields": {
            "effective_from": terms.effective_from.isoformat(), "grace_days": str(terms.grace_days),
            "clawback_days": str(terms.clawback_days), "cap": "" if terms.cap is None else plain(terms.cap),
            "tax": plain(terms.tax_rate.scaleb(2)), "rounding": str(terms.rounding),
            "least_attempts": str(terms.least_attempts), "note": note,
        },
        "rows": [
            {
                "stages": [str(stage) for stage in sorted(row.stages)], "products": "、".join(sorted(row.products)),
                "age_from": str(row.age_from) if row.age_from else "",
                "age_to": "" if row.age_to is None else str(row.age_to), "method": str(row.method),
                "bands": "\n".join(f"{plain(b.floor.scaleb(2))} : {plain(b.rate.scaleb(2))}" for b in row.bands),
            }
            for row in terms.rows
        ],
        "steps": [{"floor": plain(step.floor), "factor": plain(step.factor)} for step in terms.coefficient],
        "events": {
            str(event): plain(terms.events[event]) if event in terms.events else "" for event in Event
        },
        "targets": [
            {
                "stages": [str(stage) for stage in sorted(one.stages)], "measure": str(one.measure),
                "figure": plain(one.figure),
            }
            for one in terms.targets
        ],
    }  # fmt: skip


def typed_from(post: QueryDict) -> Typed:
    """What a page sent, as it stands."""

    def text(name: str) -> str:
        return post.get(name, "").replace("\x00", "")

    return {
        "fields": {name: text(name) for name in SINGLE},
        "rows": [
            {"stages": post.getlist(f"row-{n}-stages")} | {name: text(f"row-{n}-{name}") for name in OF_ROW}
            for n in range(1, MOST_ROWS + 2)
            if f"row-{n}-bands" in post
        ],
        "steps": [
            {name: text(f"step-{n}-{name}") for name in OF_STEP}
            for n in range(1, MOST_STEPS + 2)
            if f"step-{n}-floor" in post
        ],
        "events": {str(event): text(f"event-{event}") for event in Event},
        "targets": [
            {"stages": post.getlist(f"target-{n}-stages")} | {name: text(f"target-{n}-{name}") for name in OF_TARGET}
            for n in range(1, MOST_TARGETS + 2)
            if f"target-{n}-figure" in post
        ],
    }


def rearranged(typed: Typed, act: str) -> Typed:
    """After a press of a button that adds, removes or moves a line: `add_row`, `remove_row-2`, `up_row-2`, `add_step`,
    `remove_step-1`, `add_target`, `remove_target-1`. Anything else changes nothing."""
    rows, steps, targets = list(typed["rows"]), list(typed["steps"]), list(typed["targets"])
    name, _dash, at = act.partition("-")
    index = int(at) - 1 if at.isascii() and at.isdecimal() and len(at) < 4 else -1
    if name == "add_row" and len(rows) < MOST_ROWS:
        rows.append({"stages": [], **dict.fromkeys(OF_ROW, "")} | {"method": str(Method.WHOLE)})
    elif name == "remove_row" and 0 <= index < len(rows):
        del rows[index]
    elif name == "up_row" and 0 < index < len(rows):
        rows[index - 1], rows[index] = rows[index], rows[index - 1]
    elif name == "add_step" and len(steps) < MOST_STEPS:
        steps.append(dict.fromkeys(OF_STEP, ""))
    elif name == "remove_step" and 0 <= index < len(steps):
        del steps[index]
    elif name == "add_target" and len(targets) < MOST_TARGETS:
        targets.append({"stages": [], "measure": str(Measure.RECOVERY), "figure": ""})
    elif name == "remove_target" and 0 <= index < len(targets):
        del targets[index]
    return {**typed, "rows": rows, "steps": steps, "targets": targets}


def read(typed: Typed, *, version: int) -> tuple[Terms | None, dict[str, str]]:
    """The terms, or what is wrong by the name of the entry. Lines in which nothing was typed are left out."""
    entries, fields = Entries(), typed["fields"]
    rows, targets = _filled(typed["rows"], WORDS_OF_ROW), _filled(typed["targets"], WORDS_OF_TARGET)
    terms = Terms(
        version=version,
        effective_from=entries.take("effective_from", fields["effective_from"], _day, date.min),
        rows=tuple(_row(entries, at, n, row) for at, (n, row) in enumerate(rows, 1)),
        coefficient=tuple(_step(entries, n, step) for n, step in _filled(typed["steps"], OF_STEP)),
        events=_events(entries, typed["events"]),
        grace_days=entries.whole("grace_days", fields["grace_days"], most=MOST_DAYS, empty="0"),
        clawback_days=entries.whole("clawback_days", fields["clawback_days"], most=MOST_DAYS),
        cap=entries.money("cap", fields["cap"], most=MOST_YUAN) if fields["cap"].strip() else None,
        tax_rate=entries.take("tax", fields["tax"], _tax, Decimal(0)),
        rounding=entries.take("rounding", fields["rounding"], _rounding, Rounding.LINE),
        least_attempts=entries.whole("least_attempts", fields["least_attempts"], most=1000, empty="0"),
        targets=tuple(_target(entries, at, n, one) for at, (n, one) in enumerate(targets, 1)),
    )
    wrong = entries.wrong
    if terms.grace_days > MOST_GRACE:
        wrong["grace_days"] = _("最多 %(most)d 天") % {"most": MOST_GRACE}
    _compare_ages(rows, terms, wrong)
    _compare_steps(typed, terms, wrong)
    _compare_targets([n for n, _typed in targets], terms.targets, wrong)
    return (None if wrong else terms), wrong


def _row(entries: Entries, at: int, n: int, row: dict[str, Any]) -> FeeRow:
    """Row `n` of the page, which is the contract's row `at`."""
    none: frozenset[Any] = frozenset()
    return FeeRow(
        number=at,
        bands=entries.take(f"row-{n}-bands", row["bands"], _bands, ()),
        method=entries.take(f"row-{n}-method", row["method"], _method, Method.WHOLE),
        stages=entries.take(f"row-{n}-stages", row["stages"], _stages, none),
        products=entries.take(f"row-{n}-products", row["products"], _products, none),
        age_from=entries.whole(f"row-{n}-age_from", row["age_from"], most=MOST_MONTHS, empty="0"),
        age_to=entries.whole(f"row-{n}-age_to", row["age_to"], most=MOST_MONTHS) if row["age_to"].strip() else None,
    )


def _step(entries: Entries, n: int, step: dict[str, str]) -> Step:
    return Step(
        floor=entries.take(f"step-{n}-floor", step["floor"], partial(number, most=100, places=2), Decimal(0)),
        factor=entries.take(f"step-{n}-factor", step["factor"], partial(number, most=9, places=4), Decimal(0)),
    )


def _target(entries: Entries, at: int, n: int, one: dict[str, Any]) -> Target:
    """Line `n` of the page, which is the contract's target `at`."""
    measure = entries.take(f"target-{n}-measure", one["measure"], _measure, Measure.RECOVERY)
    figure = partial(number, most=MOST_FIGURE[measure], places=2)
    return Target(
        number=at,
        measure=measure,
        figure=entries.take(f"target-{n}-figure", one["figure"].strip().removesuffix("%"), figure, Decimal(0)),
        stages=entries.take(f"target-{n}-stages", one["stages"], _stages, frozenset()),
    )


def _events(entries: Entries, texts: dict[str, str]) -> dict[Event, Decimal]:
    """Nought and nothing alike are no price."""
    found = {event: entries.money(f"event-{event}", texts[str(event)], most=MOST_YUAN, empty="0") for event in Event}
    return {event: amount for event, amount in found.items() if amount}


def _filled(lines: Sequence[dict[str, Any]], names: Sequence[str]) -> list[tuple[int, dict[str, Any]]]:
    """Lines in which something stands, with their number on the page."""
    return [(n, line) for n, line in enumerate(lines, 1) if any("".join(line[name]).strip() for name in names)]


def _compare_ages(rows: Sequence[tuple[int, dict[str, Any]]], terms: Terms, wrong: dict[str, str]) -> None:
    for (n, _typed), row in zip(rows, terms.rows, strict=True):
        if row.age_to is not None and row.age_to < row.age_from and f"row-{n}-age_from" not in wrong:
            wrong.setdefault(f"row-{n}-age_to", _("账龄的上限不能小于下限 %(first)d") % {"first": row.age_from})


def _compare_steps(typed: Typed, terms: Terms, wrong: dict[str, str]) -> None:
    floors: set[Decimal] = set()
    for (n, _typed), step in zip(_filled(typed["steps"], OF_STEP), terms.coefficient, strict=True):
        if step.floor in floors and f"step-{n}-floor" not in wrong:
            wrong[f"step-{n}-floor"] = _("得分 %(floor)s 写了两次") % {"floor": plain(step.floor)}
        floors.add(step.floor)


def _compare_targets(numbers: Sequence[int], targets: Sequence[Target], wrong: dict[str, str]) -> None:
    for at, (n, one) in enumerate(zip(numbers, targets, strict=True)):
        said = {"measure": MEASURE_LABELS[one.measure]}
        if one.stages and one.measure in OF_THE_WHOLE:
            wrong.setdefault(f"target-{n}-stages", _("%(measure)s按机构计，不分阶段，请都不选") % said)
        first = next((other for other, early in zip(numbers, targets[:at], strict=False) if one.overlaps(early)), None)
        if first is not None and f"target-{n}-stages" not in wrong:
            said["first"] = first
            wrong[f"target-{n}-stages"] = _("%(measure)s与第 %(first)s 项目标的阶段重叠，同一阶段只能有一个目标") % said


def _day(text: str) -> date:
    try:
        return date.fromisoformat(folded(text))
    except ValueError:
        raise NotRead(_("请填写日期，如 2026-04-01")) from None


def _method(text: str) -> Method:
    try:
        return Method(text)
    except ValueError:
        raise NotRead(_("请选择计算方式")) from None


def _measure(text: str) -> Measure:
    try:
        return Measure(text)
    except ValueError:
        raise NotRead(_("请选择指标")) from None


def _rounding(text: str) -> Rounding:
    try:
        return Rounding(text)
    except ValueError:
        raise NotRead(_("请选择取整方式")) from None


def _tax(text: str) -> Decimal:
    found = share(text, places=2)
    if found >= 1:
        raise NotRead(_("税率要小于百分之百"))
    return found


def _stages(texts: Sequence[str]) -> frozenset[int]:
    known = {str(stage) for stage in range(1, LAST_STAGE + 1)}
    if not set(texts) <= known:
        raise NotRead(_("阶段只有 M1 至 M7+"))
    return frozenset(int(text) for text in texts)


def _products(text: str) -> frozenset[str]:
    """Apart by 、 or a comma or a line; as written, but for blanks around."""
    found = [one.strip() for one in re.split(r"[、,，;；\n]", text) if one.strip()]
    if any(len(one) > 64 for one in found) or len(found) > MOST_PRODUCTS:
        raise NotRead(_("产品名最多 64 个字，最多 %(most)d 个，用、隔开") % {"most": MOST_PRODUCTS})
    return frozenset(found)


def _bands(text: str) -> tuple[Band, ...]:
    """A pair a line: «5 : 18» is 18 % from a recovery rate of 5 % on."""
    found = []
    lines = [one.strip() for one in re.split(r"[\n;]", folded(text)) if one.strip()]
    if len(lines) > MOST_BANDS:
        raise NotRead(_("最多 %(most)d 档") % {"most": MOST_BANDS})
    for at, line in enumerate(lines, 1):
        parts = re.split(r"[:/]", line)
        if len(parts) != 2:
            said = {"at": at, "line": line[:20]}
            raise NotRead(_("第 %(at)d 档“%(line)s”看不懂，写作 5 : 18（回款率 5%% 起，费率 18%%），一行一档") % said)
        try:
            found.append(Band(share(parts[0]), share(parts[1])))
        except NotRead as refusal:
            raise NotRead(_("第 %(at)d 档：%(why)s") % {"at": at, "why": refusal}) from None
    floors = [band.floor for band in found]
    twice = sorted({floor for floor in floors if floors.count(floor) > 1})
    if twice:
        raise NotRead(_("回款率 %(floors)s 写了两次") % {"floors": listed(f"{plain(f.scaleb(2))}%" for f in twice)})
    return tuple(sorted(found, key=lambda band: band.floor))
