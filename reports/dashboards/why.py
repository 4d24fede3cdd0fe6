"""Why did it move: a rate of the period against the period before, taken apart by groups."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from collection_ops.core.tables import Column
from reports.dashboards.figures import rows_url
from reports.dashboards.page import Page
from reports.dashboards.tables import Chart, Table, cell_of, column_of, plain
from reports.kpis import Dim, NoBook, catalogue, shown
from reports.kpis.definitions import Definition, Unit
from reports.why.moves import Why, is_taken_apart, why
from reports.why.parts import EFFECTS, Change, Part

CAPABILITY = "figures.view"
MOST_SHOWN = 12
"""Groups that the drawing has; the table has all."""

WAYS: dict[str, tuple[tuple[Dim, ...], Any]] = {
    "stage-product": ((Dim.STAGE, Dim.PRODUCT), gettext_lazy("阶段 × 产品")),
    "stage": ((Dim.STAGE,), gettext_lazy("阶段")),
    "product": ((Dim.PRODUCT,), gettext_lazy("产品")),
    "region": ((Dim.REGION,), gettext_lazy("地区")),
    "team": ((Dim.TEAM,), gettext_lazy("小组")),
    "agency": ((Dim.AGENCY,), gettext_lazy("委外机构")),
    "source": ((Dim.SOURCE,), gettext_lazy("数据来源")),
}
"""By what a change can be taken apart."""

EFFECT_LABELS: dict[str, Any] = {
    "rate": gettext_lazy("自身变化"),
    "mix": gettext_lazy("结构变化"),
    "population": gettext_lazy("新增或消失"),
}
MEANINGS: dict[str, Any] = {
    "rate": gettext_lazy("同一组自己做得更好或更差"),
    "mix": gettext_lazy("难的组或容易的组占比变了"),
    "population": gettext_lazy("只在其中一个期间出现的组"),
}


@dataclass(frozen=True)
class Asked:
    """`way`: a key of WAYS. `why` None: there is no book to compare with."""

    definition: Definition
    way: str
    ways: dict[str, Any]
    why: Why | None

    @property
    def change(self) -> Change | None:
        return self.why.change if self.why else None


def ways_of(definition: Definition) -> dict[str, Any]:
    return {name: label for name, (dims, label) in WAYS.items() if set(dims) <= set(definition.dims)}


def ask(page: Page, name: str, *, way: str) -> Asked | None:
    """None for what is no rate that can be taken apart."""
    definition = catalogue().get(name)
    if definition is None or not is_taken_apart(definition):
        return None
    ways = ways_of(definition)
    chosen = way if way in ways else next(iter(ways))
    question = page.asked.question()
    first, last = page.asked.before
    if not question.wanted <= set(definition.dims):
        return Asked(definition, chosen, ways, None)
    try:
        found = why(name, question, before=question.narrowed(first=first, as_of=last), by=WAYS[chosen][0])
    except NoBook:
        return Asked(definition, chosen, ways, None)
    return Asked(definition, chosen, ways, found)


def context(page: Page, asked: Asked) -> dict[str, Any]:
    """What templates/reports/why.html expects beside the frame."""
    change = asked.change
    found: dict[str, Any] = {
        "definition": asked.definition,
        "ways": [(name, label, f"?{page.asked.address(by=name)}") for name, label in asked.ways.items()],
        "way": asked.way,
        "before": page.asked.before,
        "change": change,
        "rows_url": rows_url(asked.definition.name, page.asked, page.user),
    }
    if change is not None and change.difference is not None:
        found |= {
            "values": [shown(value, asked.definition.unit) for value in (change.before, change.after)],
            "difference": points(change.difference, asked.definition),
            "effects": [
                (label, MEANINGS[name], points(change.sum_of(name), asked.definition))
                for name, label in EFFECT_LABELS.items()
            ],
            "chart": chart(page, asked),
        }
    return found


def points(value: Any, definition: Definition) -> str:
    """Percentage points, or points per ten thousand, with their sign."""
    scale = 10_000 if definition.unit == Unit.PER_10K else 100
    return f"{value * scale:+,.2f}"


def table(page: Page, asked: Asked) -> Table:
    """All groups, the largest effect first; the last line is the change itself."""
    unit = asked.definition.unit
    change = asked.change
    columns = [
        Column(WAYS[asked.way][1]),
        column_of(_("上期"), unit),
        column_of(_("本期"), unit),
        *(column_of(label, unit) for label in EFFECT_LABELS.values()),
        column_of(_("合计影响"), unit),
    ]
    rows: list[list[Any]] = []
    if change is not None and change.difference is not None:
        rows = [_row(part, unit) for part in _there(change)]
        sums = [cell_of(change.sum_of(name), unit) for name in EFFECTS]
        ends = [cell_of(change.before, unit), cell_of(change.after, unit)]
        rows.append([_("合计"), *ends, *sums, cell_of(change.difference, unit)])
    return Table(
        name="why",
        title=_("%(label)s为何变动") % {"label": asked.definition.label},
        columns=columns,
        rows=rows,
        note=_("各组影响之和等于变动，一分不差；影响的单位与比率相同。"),
    )


def _there(change: Change) -> list[Part]:
    return [part for part in change.parts if part.before[1] or part.after[1] or part.total]


def _row(part: Part, unit: Unit) -> list[Any]:
    rates = ((above / below).quantize(part.rate) if below else None for above, below in (part.before, part.after))
    effects = (getattr(part, name) for name in EFFECTS)
    return [_name(part), *(cell_of(value, unit) for value in (*rates, *effects, part.total))]


def _name(part: Part) -> str:
    return " · ".join(value or _("（空）") for value in part.key)


def chart(page: Page, asked: Asked) -> Chart | None:
    """Stacked bars of the groups that moved it most."""
    assert asked.change is not None
    parts = _there(asked.change)[:MOST_SHOWN]
    if not parts:
        return None
    data = {
        "labels": [_name(part) for part in parts],
        "unit": str(asked.definition.unit),
        "series": [
            {"name": str(label), "values": [plain(getattr(part, name)) for part in parts]}
            for name, label in EFFECT_LABELS.items()
        ],
    }
    label = _("各组对%(label)s变动的影响，数据见表") % {"label": asked.definition.label}
    return Chart("bars", data, label, table(page, asked))
