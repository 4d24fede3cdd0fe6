"""A figure as people read it: value, period before, target, what it means, where its rows are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from agents.models import Level, Target
from agents.targets.sets import agreed
from collection_ops.core.access import has
from collection_ops.core.models import User
from reports.dashboards.asked import Asked
from reports.dashboards.asking import Asker, Why
from reports.dashboards.rows.registry import has_rows
from reports.kpis import Dim, Question, catalogue, in_force, shown
from reports.kpis.asked import Line
from reports.kpis.definitions import Definition, Unit
from reports.why.moves import is_taken_apart

TEXT_LABELS: Mapping[str, Any] = {
    "event": gettext_lazy("计入什么"),
    "population": gettext_lazy("在哪些之中"),
    "grain": gettext_lazy("按什么计"),
    "as_of": gettext_lazy("时点"),
    "window": gettext_lazy("期间"),
    "exclusions": gettext_lazy("不计入"),
    "attribution": gettext_lazy("归属"),
}
METRIC_OF: Mapping[str, str] = {
    "money_in": "money",
    "recovery_rate": "recovery",
    "roll_forward_rate": "roll",
    "closure_rate": "closure",
    "reactivation_rate": "reactivation",
    "kept_rate_count": "kept",
    "complaint_rate": "complaints",
}
"""KPI → the metric whose target stands beside it (agents/targets/metrics.py)."""
MEASURED_ALIKE = ("money_in", "kept_rate_count")
"""Of these the target says whether the figure reaches it. The other metrics count by the people's hands and with what came
in during the month: their own page says how far they are."""
COMPLAINTS = ("complaint_rate", "upheld_rate", "complaints_in_time")


@dataclass(frozen=True)
class Figure:
    """`line`: the answer's total, None where there is none and `why` says why. `before`: of the period before. `target` in
    the unit of the KPI. `texts`: (label, words) of the definition. `url`: the rows behind it, empty where there are none."""

    name: str
    definition: Definition
    line: Line | None
    why: Why | None
    before: Line | None
    before_days: tuple[date, date]
    target: Decimal | None
    version: int
    texts: Sequence[tuple[Any, str]]
    url: str
    counter: Any = ""
    why_url: str = ""

    @property
    def label(self) -> str:
        return str(self.definition.label)

    @property
    def unit(self) -> Unit:
        return self.definition.unit

    @property
    def value(self) -> Decimal | None:
        return self.line.value if self.line else None

    @property
    def shown(self) -> str:
        return shown(self.value, self.unit)

    @property
    def unit_words(self) -> str:
        return _("元") if self.unit == Unit.YUAN else ""

    @property
    def parts(self) -> str:
        """«2,279,665.93 / 10,952,265.12» of a rate."""
        if self.line is None or self.line.denominator is None:
            return ""
        above, below = self.line.numerator, self.line.denominator
        return f"{number(above, like=below)} / {number(below, like=above)}"

    @property
    def before_shown(self) -> str:
        return shown(self.before.value, self.unit) if self.before and self.before.value is not None else ""

    @property
    def change(self) -> Decimal | None:
        """Points of a rate, a fraction of an amount or a number; None where one of both is missing."""
        was = self.before.value if self.before else None
        if self.value is None or was is None:
            return None
        if self.unit in (Unit.PERCENT, Unit.PER_10K, Unit.TIMES):
            return self.value - was
        return (self.value - was) / was if was else None

    @property
    def change_shown(self) -> str:
        if self.change is None:
            return ""
        sign = "+" if self.change > 0 else ""
        if self.unit == Unit.PERCENT:
            return _("%(points)s 个百分点") % {"points": f"{sign}{self.change * 100:,.2f}"}
        if self.unit == Unit.PER_10K:
            return f"{sign}{self.change * 10_000:,.2f}"
        return f"{sign}{self.change:,.2f}" if self.unit == Unit.TIMES else f"{sign}{self.change * 100:,.1f}%"

    @property
    def pending(self) -> int:
        """Of how many it is not told yet whether they count: the figure still grows, and is not to be compared."""
        return int(self.line.parts.get("pending", 0)) if self.line else 0

    @property
    def arrow(self) -> str:
        if not self.change:
            return "→" if self.change is not None else ""
        return "↑" if self.change > 0 else "↓"

    @property
    def tone(self) -> str:
        """Whether the change is for the better; neutral where nobody says which way is, or it is too early to tell."""
        if not self.change or self.pending or self.definition.higher_is_better is None:
            return "neutral"
        return "success" if (self.change > 0) == self.definition.higher_is_better else "danger"

    @property
    def target_shown(self) -> str:
        return shown(self.target, self.unit) if self.target is not None else ""

    @property
    def meets_target(self) -> bool | None:
        if self.target is None or self.value is None or self.name not in MEASURED_ALIKE:
            return None
        return self.value <= self.target if self.definition.higher_is_better is False else self.value >= self.target

    @property
    def why_said(self) -> str:
        if self.line is not None and self.line.no_rate:
            return _("样本太少或缺少录入的数，不给出比率")
        return {
            Why.NOT_SO: _("不能按所选条件细分"),
            Why.NO_BOOK: _("期初没有文件，无从计算"),
        }.get(self.why, "") if self.why else ""  # fmt: skip


def number(value: Decimal, *, like: Decimal) -> str:
    """A count without places, money with two: as the KPI has it. A nought, which may be either, is written as the other
    side of the rate is."""
    return "0" if not value and like and like.as_tuple().exponent == 0 else f"{value:,f}"


@dataclass
class FigureMaker:
    """Makes the figures of one page: the same reader, filters and answers."""

    asker: Asker
    asked: Asked
    user: User
    _targets: dict[str, Decimal] | None = field(default=None)

    def figure(self, name: str, *, question: Question | None = None) -> Figure | None:
        """None for a KPI that the catalogue does not have, or that cannot be limited to what the reader may see."""
        definition = catalogue().get(name)
        if definition is None or (self.asked.desks is not None and Dim.DESK not in definition.dims):
            return None
        asked = question or self.asked.question()
        told = self.asker.ask(name, asked)
        first, last = self.asked.before
        before = self.asker.ask(name, asked.narrowed(first=first, as_of=last)) if told.answer else told
        params = in_force(name, day=asked.as_of).params if definition.params else {}
        counter = catalogue().get(definition.counter)
        return Figure(
            name=name,
            definition=definition,
            line=told.answer.total if told.answer else None,
            why=told.why,
            before=before.answer.total if before.answer else None,
            before_days=(first, last),
            target=self.targets.get(name),
            version=told.answer.version if told.answer else 1,
            texts=[(TEXT_LABELS[key], words) for key, words in definition.texts(params).items() if words],
            url=rows_url(name, self.asked, self.user) if told.answer else "",
            counter=counter.label if counter else "",
            why_url=self._why_url(definition) if told.answer and before.answer else "",
        )

    def _why_url(self, definition: Definition) -> str:
        """Where the change of a rate is taken apart, for who may see figures."""
        if not is_taken_apart(definition) or not has(self.user, "figures.view"):
            return ""
        return f"{reverse('reports:why', args=[definition.name])}?{self.asked.pinned()}"

    def figures(self, *names: str) -> list[Figure]:
        return [found for name in names if (found := self.figure(name)) is not None]

    @property
    def targets(self) -> dict[str, Decimal]:
        if self._targets is None:
            self._targets = targets_of(self.asked, self.user)
        return self._targets


def targets_of(asked: Asked, user: User) -> dict[str, Decimal]:
    """KPI → agreed target of the month in the KPI's unit: the company's, that of the team that is looked at, or one's own.
    None for another period, or a part of the book that nobody agreed targets for. Two queries."""
    narrowed = set(asked.only) - {Dim.TEAM}
    if not asked.is_month or asked.source is not None or narrowed:
        return {}
    version = agreed(asked.first)
    if version is None:
        return {}
    rows = version.targets.all()
    if Dim.TEAM in asked.only:
        rows = rows.filter(level=Level.TEAM, team__code=asked.only[Dim.TEAM])
    elif asked.desks is None:
        rows = rows.filter(level=Level.COMPANY)
    else:
        rows = _of_scope(rows, asked, user)
    found = dict(rows.values_list("metric", "amount"))
    units = catalogue()
    return {
        name: found[metric] / 100 if units[name].unit in (Unit.PERCENT, Unit.PER_10K) else found[metric]
        for name, metric in METRIC_OF.items()
        if metric in found and name in units
    }


def _of_scope(rows: "Any", asked: Asked, user: User) -> "Any":
    """A collector's own, a leader's team."""
    own = getattr(user, "desk", None)
    if own is not None and asked.desks == frozenset({own.pk}):
        return rows.filter(level=Level.PERSON, user=user)
    return rows.filter(level=Level.TEAM, team__code=user.unit) if user.unit else Target.objects.none()


def rows_url(name: str, asked: Asked, user: User, **more: Any) -> str:
    """Where the rows of a figure are listed for this reader; empty where nowhere."""
    if has_rows(name) and has(user, "figures.view"):
        return f"{reverse('reports:rows', args=[name])}?{asked.pinned(**more)}"
    if name in COMPLAINTS and has(user, "complaints.rates"):
        period = urlencode({"first": asked.first.isoformat(), "last": asked.as_of.isoformat()})
        return f"{reverse('compliance:complaint_rates')}?{period}"
    return ""
