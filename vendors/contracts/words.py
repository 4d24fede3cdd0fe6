"""Terms in words: for the page of a contract, and for what changed from one version to the next."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from cases.stage import Stage
from collection_ops.core.wording import listed
from vendors.contracts.reading import plain
from vendors.contracts.terms import (
    EVENT_LABELS,
    MEASURE_LABELS,
    Event,
    FeeRow,
    Measure,
    Method,
    Rounding,
    Target,
    Terms,
)


def percent(share: Decimal) -> str:
    """0.18 → 18%, exactly."""
    return f"{plain(share.scaleb(2))}%"


def yuan(amount: Decimal | None) -> str:
    return _("不封顶") if amount is None else _("%(amount)s 元") % {"amount": f"{amount:,.2f}"}


def method_said(method: Method) -> str:
    return _("全额") if method == Method.WHOLE else _("超额累进")


def rounding_said(rounding: Rounding) -> str:
    return _("逐行四舍五入") if rounding == Rounding.LINE else _("按合计四舍五入")


def stages_said(row: FeeRow | Target) -> str:
    return listed(Stage(stage).label for stage in sorted(row.stages)) if row.stages else _("全部阶段")


def products_said(row: FeeRow) -> str:
    return listed(sorted(row.products)) if row.products else _("全部产品")


def ages_said(row: FeeRow) -> str:
    if row.age_to is None:
        return _("账龄 %(first)d 月起") % {"first": row.age_from} if row.age_from else _("全部账龄")
    return _("账龄 %(first)d 至 %(last)d 月") % {"first": row.age_from, "last": row.age_to}


def bands_said(row: FeeRow) -> str:
    """«回款率 0% 起 10%，5% 起 15%»."""
    said = (_("%(floor)s 起 %(rate)s") % {"floor": percent(b.floor), "rate": percent(b.rate)} for b in row.bands)
    return listed(said) or "–"


def row_said(row: FeeRow) -> str:
    return _("%(stages)s，%(products)s，%(ages)s，%(method)s：%(bands)s") % {
        "stages": stages_said(row),
        "products": products_said(row),
        "ages": ages_said(row),
        "method": method_said(row.method),
        "bands": bands_said(row),
    }


IN_PER_CENT = frozenset({Measure.RECOVERY, Measure.CONTACT})


def figure_said(measure: Measure, figure: Decimal) -> str:
    """5 → «5%», of complaints «2»."""
    return f"{plain(figure)}%" if measure in IN_PER_CENT else plain(figure)


def promise_said(target: Target) -> str:
    """«不低于 5%»."""
    figure = {"figure": figure_said(target.measure, target.figure)}
    return _("不低于 %(figure)s") % figure if target.is_at_least else _("不高于 %(figure)s") % figure


def target_said(target: Target) -> str:
    """«回款率(%)，M2、M3»."""
    said = {"measure": MEASURE_LABELS[target.measure], "stages": stages_said(target)}
    return _("%(measure)s，%(stages)s") % said


def coefficient_said(terms: Terms) -> str:
    said = (
        _("%(floor)s 分起 %(factor)s") % {"floor": plain(step.floor), "factor": plain(step.factor)}
        for step in terms.coefficient
    )
    return listed(said) or _("无")


def plain_terms(terms: Terms) -> list[tuple[str, str]]:
    """Label and value of everything that is one value."""
    return [
        (_("退案后宽限"), _("%(n)d 天") % {"n": terms.grace_days}),
        (_("追回期"), _("%(n)d 天") % {"n": terms.clawback_days}),
        (_("月度佣金封顶"), yuan(terms.cap)),
        (_("税率"), percent(terms.tax_rate)),
        (_("取整"), rounding_said(terms.rounding)),
        (_("每案每月最低作业次数"), str(terms.least_attempts)),
        (_("合规系数"), coefficient_said(terms)),
        *((str(EVENT_LABELS[event]), _priced(terms, event)) for event in Event),
    ]


def _priced(terms: Terms, event: Event) -> str:
    amount = terms.events.get(event)
    if not amount:
        return _("无")
    if event == Event.CLEAN_MONTH:
        return _("奖励 %(amount)s 元") % {"amount": f"{amount:,.2f}"}
    return _("扣 %(amount)s 元") % {"amount": f"{amount:,.2f}"}


def described(terms: Terms) -> dict[str, Any]:
    """A version for a table: `rows` and `targets` with their words, `facts` of label and value."""
    return {
        "rows": [
            {
                "number": row.number, "stages": stages_said(row), "products": products_said(row), "ages": ages_said(row),
                "method": method_said(row.method),
                "bands": [(percent(band.floor), percent(band.rate)) for band in row.bands],
            }
            for row in terms.rows
        ],
        "facts": plain_terms(terms),
        "targets": [
            {
                "number": one.number, "measure": MEASURE_LABELS[one.measure], "stages": stages_said(one),
                "promise": promise_said(one),
            }
            for one in terms.targets
        ],
    }  # fmt: skip


def differences(before: Terms, after: Terms) -> Iterator[str]:
    """What another version changes, a sentence each. The day from which it counts is not among them."""
    for at in range(max(len(before.rows), len(after.rows))):
        was = row_said(before.rows[at]) if at < len(before.rows) else ""
        now = row_said(after.rows[at]) if at < len(after.rows) else ""
        if was == now:
            continue
        said = {"number": at + 1, "was": was, "now": now}
        if not was:
            yield _("新增费率行 %(number)d：%(now)s") % said
        elif not now:
            yield _("取消费率行 %(number)d：%(was)s") % said
        else:
            yield _("费率行 %(number)d：由“%(was)s”改为“%(now)s”") % said
    for (label, was), (_label, now) in zip(plain_terms(before), plain_terms(after), strict=True):
        if was != now:
            yield _("%(label)s：由 %(was)s 改为 %(now)s") % {"label": label, "was": was, "now": now}
    yield from _other_targets(before, after)


def _other_targets(before: Terms, after: Terms) -> Iterator[str]:
    """Targets are told apart by their measure and stages, wherever they stand."""
    old = {(one.measure, one.stages): one for one in before.targets}
    new = {(one.measure, one.stages): one for one in after.targets}
    for key, one in new.items():
        was = old.get(key)
        said = {"target": target_said(one), "now": promise_said(one), "was": promise_said(was) if was else ""}
        if was is None:
            yield _("新增目标：%(target)s，%(now)s") % said
        elif was.figure != one.figure:
            yield _("目标 %(target)s：由%(was)s改为%(now)s") % said
    for key, one in old.items():
        if key not in new:
            yield _("取消目标：%(target)s，%(was)s") % {"target": target_said(one), "was": promise_said(one)}
