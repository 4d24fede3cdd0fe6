"""A line in words: the arithmetic that gives its fee, so that it can be followed by hand."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from collection_ops.core.money import round_money
from vendors.contracts.terms import EVENT_LABELS, Event
from vendors.models import ContractVersion, Settlement, SettlementLine
from vendors.settlement.decide import Kind
from vendors.settlement.selectors import Group, groups_of, rates_of

KIND_LABELS: Mapping[Kind, Any] = {
    Kind.COMMISSION: gettext_lazy("佣金"),
    Kind.COEFFICIENT: gettext_lazy("合规系数"),
    Kind.CAP: gettext_lazy("月度封顶"),
    Kind.PENALTY: gettext_lazy("扣款"),
    Kind.BONUS: gettext_lazy("奖励"),
    Kind.CLAWBACK: gettext_lazy("冲正追回"),
    Kind.TIER_EFFECT: gettext_lazy("追回的档位影响"),
    Kind.CLAWBACK_COEFFICIENT: gettext_lazy("追回的系数影响"),
    Kind.CLAWBACK_CAP: gettext_lazy("追回的封顶影响"),
    Kind.NOT_TAKEN_BACK: gettext_lazy("不追回"),
    Kind.CORRECTION: gettext_lazy("争议补差"),
}


def percent(share: Decimal, *, places: int | None = None) -> str:
    """0.18 → 18%, 0.0625 → 6.25%; with `places` that many of them."""
    found = share * 100
    if places is not None:
        return f"{found:.{places}f}%"
    return f"{found.normalize():f}%"


def yuan(amount: Decimal) -> str:
    return f"{amount:,.2f}"


class Words:
    """The words for the lines of one statement. One query, two without `groups`."""

    def __init__(self, settlement: Settlement, groups: Sequence[Group] | None = None) -> None:
        self.settlement = settlement
        self.rates = rates_of(groups_of(settlement) if groups is None else groups)
        versions = ContractVersion.objects.filter(pk__in=settlement.versions).select_related("contract")
        self.versions = {one.pk: f"{one.contract.number} v{one.number}" for one in versions}

    def row(self, version: int | None, row: int | None) -> str:
        """A row of the contract, as people know it."""
        return _("%(contract)s 第 %(row)s 行") % {"contract": self.versions.get(version or 0, ""), "row": row}

    def of(self, line: SettlementLine) -> str:
        kind = Kind(line.kind)
        said = {
            "amount": yuan(line.amount),
            "rate": percent(line.rate),
            "factor": f"{line.rate.normalize():f}",
            "fee": yuan(line.fee),
            "base": yuan(line.base),
            "month": f"{line.of_period:%Y-%m}" if line.of_period else "",
            "of_line": line.of_line.number if line.of_line_id and line.of_line is not None else "",
            "row": line.row,
            "band": line.band,
            "score": f"{self.settlement.score.normalize():f}",
        }
        if kind == Kind.COMMISSION:
            return self._commission(line, said)
        if kind in (Kind.PENALTY, Kind.BONUS):
            said |= {"pieces": line.pieces, "each": yuan(line.rate), "event": str(EVENT_LABELS[Event(line.event)])}
            return _("%(event)s：%(pieces)s × %(each)s = %(fee)s") % said
        if kind == Kind.CORRECTION and line.of_line_id is None:
            return _("%(month)s 机构账单核对后补付 %(fee)s") % said
        return str(_SENTENCES[kind]) % said

    def _commission(self, line: SettlementLine, said: dict[str, Any]) -> str:
        reached = self.rates.get((line.version, line.row))
        said["reached"] = "–" if reached is None else percent(reached, places=2)
        text = _(
            "%(amount)s × %(rate)s = %(fee)s（第 %(row)s 行第 %(band)s 档，基数 %(base)s，回款率 %(reached)s）"
        ) % said  # fmt: skip
        if line.in_grace:
            text += _("；退案宽限内")
        if round_money(line.amount * line.rate) != line.fee:
            text += _("；按合计取整")
        return text


_SENTENCES: Mapping[Kind, Any] = {
    Kind.COEFFICIENT: gettext_lazy("佣金 %(amount)s × (%(factor)s − 1) = %(fee)s（合规得分 %(score)s）"),
    Kind.CAP: gettext_lazy("%(base)s − %(amount)s = %(fee)s（超过月度封顶的部分）"),
    Kind.CLAWBACK: gettext_lazy("冲正 %(amount)s × %(rate)s = %(fee)s（%(month)s 第 %(of_line)s 行）"),
    Kind.TIER_EFFECT: gettext_lazy(
        "%(month)s 第 %(row)s 费率行扣除冲正后回款 %(amount)s，基数 %(base)s，重算档位后相差 %(fee)s"
    ),
    Kind.CLAWBACK_COEFFICIENT: gettext_lazy("%(month)s：%(amount)s × (%(factor)s − 1) = %(fee)s（当月合规系数）"),
    Kind.CLAWBACK_CAP: gettext_lazy("%(month)s 封顶 %(base)s：追回 %(amount)s 中未付过的部分 %(fee)s"),
    Kind.NOT_TAKEN_BACK: gettext_lazy("冲正 %(amount)s：超过追回期，或原还款没有计过费，不追回"),
    Kind.CORRECTION: gettext_lazy("%(month)s 第 %(of_line)s 行争议处理后，应付与已付之差 %(fee)s"),
}
