"""What goes with cure and roll, as sections: how the cohort moved, which patterns were found, a small tree."""

from decimal import Decimal

from django.utils.translation import gettext_noop as _

from cases.stage import OVERDUE_STAGES
from reports.patterns.attributes import BY_CODE
from reports.patterns.decide import FALSE_DISCOVERIES, LEAST_SUPPORT, Finding, find_patterns
from reports.patterns.gather import Cohort
from reports.patterns.tree import Branch, Question, grow
from reports.regular.paper import Chart, Column, Figure, Node, Section, Series, Table, Text, Values, rate

MOST_TOLD = 12
STABILITY = {
    "stable": _("与上期一致"),
    "unstable": _("不稳定：上期不是这样"),
    "thin": _("上期样本不足"),
    "unknown": _("没有上期可比"),
}
OUTCOMES = {"cured": _("治愈"), "rolled": _("前滚")}
PLACES = Decimal("0.01")


def movement_section(cohort: Cohort) -> Section:
    """What became of the loans of each stage."""
    frame = cohort.frame
    if not cohort.size:
        return Section("movement", _("迁徙"), lead=[Text(_("没有期初与期末两份逾期明细，看不出迁徙。"))])
    rows, cures, rolls = [], [], []
    labels = [str(stage.label) for stage in OVERDUE_STAGES]
    for label in [*labels, None]:
        mine = frame if label is None else frame[frame["stage"] == label]
        cured, at_risk = _counted(mine["cured"])
        rolled, may_roll = _counted(mine["rolled"])
        rows.append(
            [
                label or _("合计"),
                len(mine),
                cured,
                rate(cured, at_risk),
                rolled if may_roll else None,
                rate(rolled, may_roll),
            ]
        )
        if label:
            cures.append(rate(cured, at_risk))
            rolls.append(rate(rolled, may_roll))
    cured, at_risk = _counted(frame["cured"])
    rolled, may_roll = _counted(frame["rolled"])
    values: Values = {
        "first": ("date", cohort.first), "second": ("date", cohort.second), "count": ("integer", cohort.size),
        "cured": ("percent", rate(cured, at_risk)), "rolled": ("percent", rate(rolled, may_roll)),
    }  # fmt: skip
    columns = [
        Column(_("期初阶段")), Column(_("期初件数"), "integer"), Column(_("治愈件数"), "integer"),
        Column(_("治愈率"), "percent"), Column(_("前滚件数"), "integer"), Column(_("前滚率"), "percent"),
    ]  # fmt: skip
    return Section(
        "movement",
        _("迁徙"),
        lead=[
            Text(_("%(first)s 的 %(count)s 件借款到 %(second)s：治愈 %(cured)s，前滚 %(rolled)s。"), values),
        ],
        figures=[
            Figure("cure", _("治愈率"), rate(cured, at_risk), "percent", "cure"),
            Figure("roll", _("前滚率"), rate(rolled, may_roll), "percent", "roll"),
        ],
        charts=[
            Chart(
                "by_stage", "bar", _("按期初阶段的治愈率与前滚率"), labels, "word",
                [Series(_("治愈率"), cures, "percent"), Series(_("前滚率"), rolls, "percent")], table="by_stage",
            )
        ],
        tables=[Table("by_stage", _("按期初阶段"), columns, rows, has_total=True)],
        notes=[Text(_("缺席而未解释的既不算治愈也不算前滚；委托方撤回的不计。"))],
    )  # fmt: skip


def _counted(column: object) -> tuple[int, int]:
    """Hits, and how many were at risk."""
    known = [bool(value) for value in column if value is not None]  # type: ignore[attr-defined]
    return sum(known), len(known)


def patterns_section(cohort: Cohort, before: Cohort) -> Section:
    """逾期客户的规律."""
    title = _("逾期客户的规律")
    if cohort.size < 2 * LEAST_SUPPORT:
        return Section("patterns", title, lead=[Text(_("期初借款太少，看不出规律。"))])
    found = find_patterns(cohort.frame, before.frame if before.size else None)
    usable = [one for one in found.findings if not one.is_protected]
    described = [one for one in found.findings if one.is_protected]
    values: Values = {
        "first": ("date", cohort.first), "second": ("date", cohort.second), "size": ("integer", found.size),
        "tested": ("integer", found.tested), "found": ("integer", len(usable)),
        "share": ("percent", Decimal(str(FALSE_DISCOVERIES))), "least": ("integer", LEAST_SUPPORT),
    }  # fmt: skip
    lead = [
        Text(
            _(
                "把 %(first)s 的 %(size)s 件借款按单项特征与两两组合比较到 %(second)s，共比较 %(tested)s 次，"
                "经多重比较校正（误报率不超过 %(share)s）后有 %(found)s 条与其余借款不同。"
            ),
            values,
        ),
        *[_sentence(one) for one in _best(usable)],
    ]
    tables = [
        Table(
            outcome, title, _columns(), [_row(one) for one in usable if one.outcome == outcome][:MOST_TOLD],
            empty=_("没有超出偶然的差别。"),
        )
        for outcome, title in (("cured", _("与治愈有关的特征")), ("rolled", _("与前滚有关的特征")))
    ]  # fmt: skip
    if described:
        tables.append(
            Table("described", _("仅描述，不得作为催收依据"), _columns(), [_row(one) for one in described][:MOST_TOLD])
        )
    notes = [
        Text(
            _("每组与其余至少各 %(least)s 件才比较；规律是一起出现，不是原因，也不是对某个客户的判断。"),
            {"least": ("integer", LEAST_SUPPORT)},
        ),
        Text(_("性别、年龄、民族、宗教、婚姻、健康不参与比较；地区可能代表受保护的特征，不参与组合与决策树。")),
    ]
    return Section(
        "patterns",
        title,
        lead=lead,
        tables=tables,
        tree=tree_nodes(grow(cohort.frame, "cured")),
        notes=notes,
    )


def _best(findings: list[Finding]) -> list[Finding]:
    """Of each outcome the one that raises and the one that lowers it most; what the month before contradicts is not said in
    a sentence."""
    found = []
    for outcome in OUTCOMES:
        mine = [one for one in findings if one.outcome == outcome and one.stability != "unstable"]
        for up in (True, False):
            some = [one for one in mine if (one.share > one.pool_share) == up]
            found += some[:1]
    return found


def _sentence(one: Finding) -> Text:
    low, high = one.interval
    values: Values = {
        "who": ("word", words_of(one.parts)), "what": ("word", OUTCOMES[one.outcome]), "size": ("integer", one.size),
        "share": ("percent", rate(one.hits, one.size)), "pool": ("percent", rate(one.pool_hits, one.pool_size)),
        "lift": ("number", _two(one.lift)), "low": ("number", _two(low)), "high": ("number", _two(high)),
    }  # fmt: skip
    if one.share > one.pool_share:
        return Text(
            _("%(who)s：%(what)s率高，%(share)s（全体 %(pool)s），提升度 %(lift)s（%(low)s–%(high)s），%(size)s 件。"),
            values,
        )
    return Text(
        _("%(who)s：%(what)s率低，%(share)s（全体 %(pool)s），提升度 %(lift)s（%(low)s–%(high)s），%(size)s 件。"),
        values,
    )


def words_of(parts: tuple[tuple[str, str], ...]) -> list[dict[str, object]]:
    """«Stage M1» for each part, as sentences that are said in the reader's language."""
    return [
        {
            "msgid": _("%(attribute)s %(value)s"),
            "values": {"attribute": ["word", BY_CODE[code].label], "value": ["word", BY_CODE[code].word(value)]},
        }
        for code, value in parts
    ]


def _columns() -> list[Column]:
    return [
        Column(_("特征")), Column(_("件数"), "integer"), Column(_("比率"), "percent"), Column(_("全体"), "percent"),
        Column(_("提升度"), "number"), Column(_("区间下限"), "number"), Column(_("区间上限"), "number"),
        Column(_("校正后 p"), "text"), Column(_("稳定性")),
    ]  # fmt: skip


def _row(one: Finding) -> list[object]:
    low, high = one.interval
    corrected = "<0.001" if one.q < 0.001 else f"{one.q:.3f}"
    return [
        words_of(one.parts), one.size, rate(one.hits, one.size), rate(one.pool_hits, one.pool_size), _two(one.lift),
        _two(low), _two(high), corrected, STABILITY[one.stability],
    ]  # fmt: skip


def _two(value: float) -> Decimal:
    """A computed ratio, for reading: two places."""
    return Decimal(f"{value:.2f}")


def tree_nodes(branches: list[Branch]) -> list[Node]:
    if len(branches) < 2:
        return []
    return [
        Node(one.parent, one.is_yes, one.size, one.hits, _question(one.question) if one.question else None)
        for one in branches
    ]


def _question(question: Question) -> Text:
    attribute = BY_CODE[question.attribute]
    if question.is_ordered and len(question.values) > 1:
        return Text(
            _("%(attribute)s %(first)s 至 %(last)s"),
            {
                "attribute": ("word", attribute.label),
                "first": ("word", attribute.word(question.values[0])),
                "last": ("word", attribute.word(question.values[-1])),
            },
        )
    return Text(
        _("%(attribute)s %(value)s"),
        {"attribute": ("word", attribute.label), "value": ("word", attribute.word(question.values[0]))},
    )
