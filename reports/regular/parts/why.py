"""比率为何变动: the change of a rate against the month before, taken apart (reports/why). Gathers for itself."""

from datetime import date, datetime
from decimal import Decimal

from django.utils.translation import gettext_noop as _

from reports.kpis import NoBook, Question
from reports.regular.paper import Column, Figure, Section, Table, Text, Values
from reports.why.moves import Why, why
from reports.why.parts import Change

MOST_GROUPS = 10
TOLD = (
    ("recovery_rate", _("回款率为何变动"), _("回款率")),
    ("roll_forward_rate", _("迁徙率为何变动"), _("迁徙率")),
)


def why_sections(*, first: date, last: date, known_by: datetime) -> list[Section]:
    """Of the month that `first` begins, up to `last`, against the month before as far into it."""
    question = Question(as_of=last, first=first, known_by=known_by)
    found = []
    for name, title, label in TOLD:
        try:
            found.append(why_section(name, title, label, why(name, question)))
        except NoBook:
            found.append(Section(f"why_{name}", title, lead=[Text(_("上月没有可比的账簿。"))]))
    return found


def why_section(name: str, title: str, label: str, moved: Why) -> Section:
    """What of the change is the groups' own doing, and what is that there are more or fewer of them."""
    change = moved.change
    if change.difference is None:
        return Section(f"why_{name}", title, lead=[Text(_("上月没有可比的账簿。"))])
    parts = {kind: change.sum_of(kind) for kind in ("rate", "mix", "population")}
    before, after = moved.before.question, moved.after.question
    values: Values = {
        "label": ("word", label), "before": ("percent", change.before), "after": ("percent", change.after),
        "change": ("points", change.difference), "rate": ("points", parts["rate"]), "mix": ("points", parts["mix"]),
        "population": ("points", parts["population"]), "first": ("date", before.first), "last": ("date", before.as_of),
    }  # fmt: skip
    columns = [
        Column(_("逾期阶段")), Column(_("产品"), "text"), Column(_("上月"), "percent"), Column(_("本月"), "percent"),
        Column(_("自身变化"), "points"), Column(_("结构变化"), "points"), Column(_("新增或消失"), "points"),
        Column(_("合计影响"), "points"),
    ]  # fmt: skip
    return Section(
        f"why_{name}",
        title,
        lead=[
            Text(
                _(
                    "%(label)s由 %(before)s（%(first)s 至 %(last)s）变为 %(after)s，%(change)s；"
                    "其中各组自身变化 %(rate)s，结构变化 %(mix)s，新增或消失的组 %(population)s。"
                ),
                values,
            )
        ],
        figures=[
            Figure("change", _("变动"), change.difference, "points", name),
            Figure("rate", _("自身变化"), parts["rate"], "points"),
            Figure("mix", _("结构变化"), parts["mix"], "points"),
        ],
        tables=[Table("groups", _("影响最大的组"), columns, _rows(change))],
        notes=[
            Text(
                _("按阶段与产品分组；各组影响之和等于变动。比较到本月 %(day)s 与上月同日。"), {"day": ("date", after.as_of)}
            )
        ],
    )  # fmt: skip


def _rows(change: Change) -> list[list[str | Decimal | None]]:
    """Groups that are there in one of the two periods, the largest effect first."""
    found = []
    there = [part for part in change.parts if part.before[1] or part.after[1] or part.total]
    for part in there[:MOST_GROUPS]:
        stage, product = (*part.key, "", "")[:2]
        rates = [(n / d).quantize(part.rate) if d else None for n, d in (part.before, part.after)]
        found.append([stage, product, *rates, part.rate, part.mix, part.population, part.total])
    return found
