"""What can be a target: each metric once, with its formula in words, its direction and the metric that is watched beside it.

A figure is a pair (numerator, denominator). A team's or the company's is the sum of both parts over its people, never the
average of their rates. Of an amount or a number only the numerator means anything.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext_lazy as _

from collection_ops.core.money import round_money

ZERO = Decimal(0)


class Unit(StrEnum):
    YUAN = "yuan"
    COUNT = "count"
    PERCENT = "percent"


class Share(StrEnum):
    """How a month's target is handed down: by expected money and presence, by presence alone, or everybody the same rate."""

    MONEY = "money"
    PRESENCE = "presence"
    SAME = "same"


@dataclass(frozen=True)
class Pair:
    numerator: Decimal = ZERO
    denominator: Decimal = ZERO

    def __add__(self, other: "Pair") -> "Pair":
        return Pair(self.numerator + other.numerator, self.denominator + other.denominator)


NOTHING = Pair()


def together(pairs: Iterable[Pair]) -> Pair:
    return sum(pairs, NOTHING)


@dataclass(frozen=True)
class Period:
    """`first` through `last`, as it stands at the end of `last`."""

    first: date
    last: date


Measure = Callable[[Period, Collection[int]], dict[int, Pair]]
"""For all people at once, in one query; who has nothing may be left out."""


@dataclass(frozen=True)
class Metric:
    """`higher_is_better` False: a ceiling. `counter`: the code of the metric shown beside it, so that one is not bought with
    the other."""

    code: str
    label: Any
    unit: Unit
    formula: Any
    counter: str
    share: Share
    higher_is_better: bool = True

    @property
    def is_rate(self) -> bool:
        return self.unit == Unit.PERCENT

    @property
    def adds_up(self) -> bool:
        """Whether the parts of a target make the whole."""
        return not self.is_rate

    def value(self, pair: Pair) -> Decimal | None:
        """The figure: yuan, a number, or per cent with two places; None where there is nothing to divide by."""
        if not self.is_rate:
            return pair.numerator
        return None if not pair.denominator else round_money(pair.numerator * 100 / pair.denominator)

    def needed(self, target: Decimal, pair: Pair) -> Decimal:
        """The numerator at which the target is just reached (of a ceiling: just kept)."""
        return target * pair.denominator / 100 if self.is_rate else target


METRICS = (
    Metric(
        "money", _("确认回款"), Unit.YUAN,
        _("期内已确认的还款减去冲正，记给还款当日开始时持有案件的人；待确认的还款与减免不算"),
        counter="complaints", share=Share.MONEY,
    ),
    Metric(
        "recovery", _("回收率"), Unit.PERCENT,
        _("期内确认回款 ÷ 期初在手与期内接入案件的逾期总额。总额在进入时固定，之后不减；期内换手的在两人手中各计一次"),
        counter="complaints", share=Share.SAME,
    ),
    Metric(
        "reactivation", _("盘活率"), Unit.PERCENT,
        # 30 days unless the setting says otherwise.
        _("期内还款后回到正常且观察期内没有再逾期的案件 ÷ 期初在手与期内接入的案件（件）；未满观察期的先计入，再逾期即扣除"),
        counter="complaints", share=Share.SAME,
    ),
    Metric(
        "closure", _("结案率"), Unit.PERCENT,
        _("期内因还款结案（已结清、还款后回到正常）的案件 ÷ 期初在手与期内接入的案件（件）；撤回、核销、协商了结等不算"),
        counter="roll", share=Share.SAME,
    ),
    Metric(
        "roll", _("迁徙率"), Unit.PERCENT,
        _("期初在手且未到 M7+ 的案件中，截至目前进入更高阶段者的期初逾期总额 ÷ 这些案件的期初逾期总额；不超过目标为好"),
        counter="closure", share=Share.SAME, higher_is_better=False,
    ),
    Metric(
        "contacts", _("有效联系"), Unit.COUNT,
        _("期内联系到本人（电话接听或见面）的催记件数；号码非本人的不算"),
        counter="complaints", share=Share.PRESENCE,
    ),
    Metric(
        "kept", _("承诺兑现率"), Unit.PERCENT,
        _("期内到期且已有结果的承诺中兑现的件数 ÷ 这些承诺的件数，记给登记承诺的人；取消的与仍在宽限期内的不算"),
        counter="contacts", share=Share.SAME,
    ),
    Metric(
        "complaints", _("投诉率"), Unit.PERCENT,
        _("期内发生的、指向其本人的投诉（合并的计一件）÷ 期内其外呼联系到人的客户；1% 即每万客户 100 件"),
        counter="money", share=Share.SAME, higher_is_better=False,
    ),
)  # fmt: skip
BY_CODE = {metric.code: metric for metric in METRICS}
