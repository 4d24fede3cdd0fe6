"""What the figures of the reports mean, with a version: another formula is another version, so that an old paper says by
which one it was made."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext_noop as _

from reports.regular.paper import Section


@dataclass(frozen=True)
class Definition:
    version: str
    label: str
    formula: str


DEFINITIONS: dict[str, Definition] = {
    "book": Definition(
        "1", _("欠款额"),
        _("各数据来源截至当日最近一份逾期明细所列借款的逾期总额（元）；同一借款计一次，更正过的文件以更正后为准"),
    ),
    "money": Definition(
        "1", _("回款额"),
        _("期内还款日的已确认还款减去冲正（元），借款合同已知者；待确认、待匹配的还款与减免另列，不计入"),
    ),
    "recovery": Definition(
        "1", _("回收率"),
        _("期初账簿所列借款在期内的已确认还款 ÷ 这些借款的期初逾期总额；期初之后才逾期的不进分母，其还款也不进分子"),
    ),
    "absences": Definition(
        "1", _("缺席待解释"), _("在账簿中而未出现在最近文件、截至已知时刻无人解释的案件；缺席不等于还款")
    ),
    "roll": Definition(
        "1", _("前滚率"), _("期初处于某一阶段、期末文件仍列出且阶段更重的借款件数 ÷ 期初该阶段借款件数；M7+ 不计")
    ),
    "cure": Definition(
        "1", _("治愈率"), _("期初账簿中的借款，期末前缺席且已解释为结清或还款后回到正常、或文件列为未逾期的件数 ÷ 期初件数"),
    ),
    "target": Definition("1", _("回款目标"), _("截至已知时刻最近一次核定的当月确认回款目标（元）；差距 = 目标 − 当月回款")),
    "credited": Definition(
        "1", _("个人回款"), _("已确认还款记给还款当日开始时持有案件的人；代管期间按代管份额分摊；案件池与机构的不计")
    ),
    "complaint_rate": Definition(
        "1", _("投诉率"), _("按行为发生日计入的投诉 ÷ 期内联系到的客户 × 10,000；样本不足时不计算")
    ),
    "contacts": Definition("1", _("有效联系"), _("期内联系到本人（电话接听或见面）的催记件数；号码非本人的不算")),
    "kept": Definition(
        "1", _("承诺兑现率"), _("期内到期且已有结果的承诺中兑现的件数 ÷ 这些承诺的件数；取消的与未有结果的不算")
    ),
    "lift": Definition(
        "1", _("提升度"), _("某类客户的比率 ÷ 全部客户的比率；区间为该类比率的 95% Wilson 区间 ÷ 全部客户的比率")
    ),
}  # fmt: skip


def versions_of(sections: Iterable[Section], *more: str) -> dict[str, str]:
    """Versions of the definitions that the sections' figures name, and of those named besides."""
    named = {figure.definition for section in sections for figure in section.figures if figure.definition}
    return {name: DEFINITIONS[name].version for name in sorted(named | set(more))}
