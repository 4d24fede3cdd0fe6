"""A difference in a sentence, made when somebody reads it."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from vendors.models import BillMatch, ContractVersion
from vendors.settlement.decide import Kind
from vendors.settlement.wording import KIND_LABELS, percent, yuan

_SENTENCES: Mapping[str, Any] = {
    "agrees": gettext_lazy("双方一致"),
    "amount": gettext_lazy("机构按 %(theirs)s 元计费，我方按 %(ours)s 元"),
    "rounding": gettext_lazy("金额与费率相同，只是取整不同"),
    "other_band": gettext_lazy("机构按%(their_place)s %(theirs)s，我方按%(place)s %(ours)s：档位不同"),
    "other_row": gettext_lazy("机构按%(their_place)s %(theirs)s，我方按%(place)s %(ours)s：费率行不同"),
    "other_version": gettext_lazy("机构按%(their_place)s %(theirs)s，我方按%(place)s %(ours)s：合同版本不同"),
    "rate": gettext_lazy("机构的费率约为 %(theirs)s，合同各行各档没有这个费率；我方按 %(ours)s"),
    "not_billed": gettext_lazy("机构账单没有这笔回款"),
    "no_contract": gettext_lazy("合同编号不在案件库，或有几份同号合同都没有委给该机构"),
    "duplicate": gettext_lazy("与账单第 %(row)s 行内容相同，重复列示"),
    "no_payment": gettext_lazy("没有这笔还款的入账记录"),
    "not_placed": gettext_lazy("合同没有委给过该机构"),
    "not_confirmed": gettext_lazy("%(paid_on)s 的还款 %(amount)s 元尚未确认；确认后自动计入以后月份"),
    "reversed": gettext_lazy("%(paid_on)s 的还款 %(amount)s 元已于 %(reversed_on)s 冲正"),
    "settled": gettext_lazy("%(paid_on)s 的还款 %(amount)s 元已在 %(month)s 的结算单中计费"),
    "settled_other": gettext_lazy("%(paid_on)s 的还款 %(amount)s 元已在 %(month)s 计给“%(agency)s”"),
    "after_recall": gettext_lazy(
        "%(recalled_on)s 已退案，%(paid_on)s 的还款 %(amount)s 元在退案后第 %(days)s 天，超出宽限"
    ),
    "before_placed": gettext_lazy("%(paid_on)s 的还款 %(amount)s 元早于委出日期 %(placed_on)s"),
    "other_agency": gettext_lazy("%(paid_on)s 的还款 %(amount)s 元归属另一家机构“%(holder)s”"),
    "collector": gettext_lazy("%(paid_on)s 的还款 %(amount)s 元归属内催席位“%(holder)s”"),
    "later": gettext_lazy("%(paid_on)s 的还款 %(amount)s 元在结算截止后才得知，自动计入以后月份"),
    "unexplained": gettext_lazy("%(paid_on)s 的还款 %(amount)s 元没有计费，原因未能自动判断，请逐笔核对"),
}
_OF_KIND = "kind_"


class Explained:
    """Sentences for the matches of one bill. One query for the versions of contracts that they name."""

    def __init__(self, matches: Iterable[BillMatch]) -> None:
        wanted = {
            match.params[name] for match in matches for name in ("version", "their_version") if name in match.params
        }
        versions = ContractVersion.objects.filter(pk__in=wanted).select_related("contract") if wanted else ()
        self.versions = {one.pk: f"{one.contract.number} v{one.number}" for one in versions}

    def of(self, match: BillMatch) -> str:
        if match.reason.startswith(_OF_KIND):
            return _("%(kind)s：机构账单没有列示") % {"kind": KIND_LABELS[Kind(match.reason.removeprefix(_OF_KIND))]}
        told = {name: self._said(name, value, match.reason) for name, value in match.params.items()}
        told |= {"place": self._place(match.params, ""), "their_place": self._place(match.params, "their_")}
        return str(_SENTENCES[match.reason]) % told

    def _place(self, params: Mapping[str, Any], whose: str) -> str:
        """«WB-7 v2 第 1 行第 3 档»."""
        if f"{whose}version" not in params:
            return ""
        said = {name: params[f"{whose}{name}"] for name in ("row", "band")}
        said["version"] = self.versions.get(params[f"{whose}version"], "–")
        return _("%(version)s 第 %(row)s 行第 %(band)s 档") % said

    def _said(self, name: str, value: Any, reason: str) -> Any:
        if name == "amount" or (reason == "amount" and name in ("theirs", "ours")):
            return yuan(Decimal(value))
        if name in ("theirs", "ours"):
            return percent(Decimal(value)) if value else _("合同各档")
        return value
