"""What the figures of the reports mean, with a version, so that an old paper says by which one it was made.

Most are the catalogue's (reports/kpis), with its versions; those that only reports have stand here.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from reports.kpis import catalogue, in_force
from reports.models import KpiVersion
from reports.regular.paper import Section


@dataclass(frozen=True)
class Definition:
    """In the reader's language."""

    version: str
    label: str
    formula: str


_OWN: dict[str, tuple[str, str, str]] = {
    "absences": (
        "1", _("缺席待解释"), _("在账簿中而未出现在最近文件、截至已知时刻无人解释的案件；缺席不等于还款")
    ),
    "cure": ("1", _("治愈率"), _("期初账簿中的借款，期末因还款结案或文件列为未逾期的件数 ÷ 期初件数；其他原因结案的不计")),
    "roll": ("1", _("前滚率（件数）"), _("期末文件列出且阶段比期初重的借款件数 ÷ 期初件数；M7+ 与其他原因结案的不计")),
    "target": ("1", _("回款目标"), _("截至已知时刻最近一次核定的当月确认回款目标（元）；差距 = 目标 − 当月回款")),
    "credited": (
        "1", _("个人回款"), _("已确认还款记给还款当日开始时持有案件的人；代管期间按代管份额分摊；案件池与机构的不计")
    ),
    "complaint_rate": ("1", _("投诉率"), _("按行为发生日计入的投诉 ÷ 期内联系到的客户 × 10,000；样本不足时不计算")),
    "contacts": ("1", _("有效联系"), _("期内联系到本人（电话接听或见面）的催记件数；号码非本人的不算")),
    "kept": ("1", _("承诺兑现率"), _("期内到期且已有结果的承诺中兑现的件数 ÷ 这些承诺的件数；取消的与未有结果的不算")),
    "lift": ("1", _("提升度"), _("某类客户的比率 ÷ 全部客户的比率；区间为该类比率的 95% Wilson 区间 ÷ 全部客户的比率")),
}  # fmt: skip


def versions_of(sections: Iterable[Section], *more: str, day: date, known_by: datetime) -> dict[str, str]:
    """Versions, in force on `day`, of the definitions that the sections' figures name and of those named besides."""
    named = {figure.definition for section in sections for figure in section.figures if figure.definition}
    return {
        name: _OWN[name][0] if name in _OWN else str(in_force(name, day=day, known_by=known_by).number)
        for name in sorted(named | set(more))
    }


def defined(versions: dict[str, str]) -> dict[str, Definition]:
    """What each of the versions says; without a formula where that is no longer known. At most one query."""
    found, shipped = {}, catalogue()
    numbers = [name for name in versions if name not in _OWN]
    rows = (
        {(row.name, str(row.number)): row.params for row in KpiVersion.objects.filter(name__in=numbers)}
        if numbers
        else {}
    )
    for name, version in versions.items():
        if name in _OWN:
            current, label, formula = _OWN[name]
            found[name] = Definition(version, gettext(label), gettext(formula) if version == current else "")
        elif name in shipped:
            texts = shipped[name].texts(rows.get((name, version), {}))
            said = (
                gettext("分子：%(event)s。分母：%(population)s。") if shipped[name].unit == "percent" else "%(event)s"
            )
            found[name] = Definition(version, str(shipped[name].label), said % texts)
        else:
            found[name] = Definition(version, name, "")
    return found
