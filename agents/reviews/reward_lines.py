"""The rules of rewards and penalties as data: read from what people typed, and refused where they would do harm. Pure.

A rule that pays for money has at least one condition about complaints and one about compliance; without them it pays people
for breaking the law. Conditions void a reward, never a penalty.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

MOST_LINES = 20
LARGEST = Decimal(1_000_000)
METRICS: dict[str, tuple[Any, Any]] = {
    "money": (gettext_lazy("确认回款"), gettext_lazy("元")),
    "target": (gettext_lazy("目标完成率"), "%"),
    "recovery": (gettext_lazy("回收（对同类）"), "%"),
    "kept": (gettext_lazy("承诺兑现率"), "%"),
    "effective": (gettext_lazy("有效联系"), gettext_lazy("次")),
    "complaints": (gettext_lazy("成立的投诉"), gettext_lazy("件")),
    "breaches": (gettext_lazy("违规联系"), gettext_lazy("次")),
    "overridden": (gettext_lazy("被拒后仍联系"), gettext_lazy("次")),
    "late_notes": (gettext_lazy("迟记"), gettext_lazy("次")),
}
PAID_FOR_MONEY = ("money", "target", "recovery")
FORMULAS = {
    "fixed": gettext_lazy("定额"),
    "tiers": gettext_lazy("回款分段比例"),
    "points": gettext_lazy("按数计分"),
}
KINDS = {"reward": gettext_lazy("奖励"), "penalty": gettext_lazy("处罚")}
FIELDS = (
    "code", "name", "kind", "metric", "threshold", "formula", "amount", "tiers", "points", "point_value",
    "no_upheld", "most_breaches", "cert_days", "complaint_rate",
)  # fmt: skip


class RulesRefused(Exception):
    """The rules cannot be taken so; the sentence says why, `field` which entry."""

    def __init__(self, sentence: str, field: str = "") -> None:
        super().__init__(sentence)
        self.field = field


@dataclass(frozen=True)
class RewardLine:
    """One rule. It applies from `threshold` of `metric` on. `tiers`: (from yuan, per cent) of credited money, each part at
    its own rate; below the first nothing. Conditions: `no_upheld` no upheld complaint; at most `most_breaches` breaches;
    at most `cert_days` days at work without a valid certificate; at most `complaint_rate` upheld complaints for 10,000
    debtors contacted. None: not asked."""

    code: str
    name: str
    kind: str
    metric: str
    threshold: Decimal
    formula: str
    amount: Decimal = Decimal(0)
    tiers: tuple[tuple[Decimal, Decimal], ...] = ()
    points: Decimal = Decimal(0)
    point_value: Decimal = Decimal(0)
    no_upheld: bool = False
    most_breaches: int | None = None
    cert_days: int | None = None
    complaint_rate: Decimal | None = None

    @property
    def pays_for_money(self) -> bool:
        return self.kind == "reward" and (self.metric in PAID_FOR_MONEY or self.formula == "tiers")

    @property
    def watches_complaints(self) -> bool:
        return self.no_upheld or self.complaint_rate is not None

    @property
    def watches_compliance(self) -> bool:
        return self.most_breaches is not None or self.cert_days is not None

    def to_json(self) -> dict[str, str]:
        """As it is typed."""
        return {
            "code": self.code, "name": self.name, "kind": self.kind, "metric": self.metric,
            "threshold": plain(self.threshold), "formula": self.formula, "amount": plain(self.amount),
            "tiers": ", ".join(f"{plain(start)}:{plain(rate)}" for start, rate in self.tiers),
            "points": plain(self.points), "point_value": plain(self.point_value),
            "no_upheld": "on" if self.no_upheld else "",
            "most_breaches": "" if self.most_breaches is None else str(self.most_breaches),
            "cert_days": "" if self.cert_days is None else str(self.cert_days),
            "complaint_rate": "" if self.complaint_rate is None else plain(self.complaint_rate),
        }  # fmt: skip


def plain(number: Decimal) -> str:
    """Without an exponent and without noughts at the end."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def read_lines(typed: Sequence[Mapping[str, str]]) -> list[RewardLine]:
    """All rules; rows without a name are left out. Raises RulesRefused."""
    lines = [
        read_line(number, row)
        for number, row in enumerate(typed, 1)
        if any(row.get(f, "").strip() for f in ("code", "name"))
    ]
    if not lines:
        raise RulesRefused(_("请至少填写一条规则"))
    if len(lines) > MOST_LINES:
        raise RulesRefused(_("最多 %(most)d 条规则") % {"most": MOST_LINES})
    codes = [line.code for line in lines]
    for code in codes:
        if codes.count(code) > 1:
            raise RulesRefused(_("代码“%(code)s”用了两次") % {"code": code})
    return lines


def read_line(number: int, row: Mapping[str, str]) -> RewardLine:
    """One rule as it was typed in row `number` (from 1). Raises RulesRefused."""

    def refuse(sentence: str, field: str) -> RulesRefused:
        return RulesRefused(_("第 %(number)d 条：%(why)s") % {"number": number, "why": sentence}, f"{number}-{field}")

    def amount(field: str, empty: str | None = "0") -> Decimal | None:
        text = row.get(field, "").strip().replace(",", "") or empty
        return None if text is None else _decimal(text, lambda why: refuse(why, field))

    code, name = row.get("code", "").strip(), row.get("name", "").strip()
    if not (code.isascii() and code.replace("-", "").replace("_", "").isalnum() and len(code) <= 32):
        raise refuse(_("代码须是字母、数字或连字符，最多 32 个"), "code")
    if not 2 <= len(name) <= 64:
        raise refuse(_("名称须为 2 至 64 字"), "name")
    for field, known in (("kind", KINDS), ("metric", METRICS), ("formula", FORMULAS)):
        if row.get(field, "") not in known:
            raise refuse(_("请选择类型、指标与算法"), field)
    breaches, cert = amount("most_breaches", None), amount("cert_days", None)
    for field, whole in (("most_breaches", breaches), ("cert_days", cert)):
        if whole is not None and whole != int(whole):
            raise refuse(_("须是整数"), field)
    line = RewardLine(
        code=code, name=name, kind=row["kind"], metric=row["metric"], formula=row["formula"],
        threshold=amount("threshold") or Decimal(0), amount=amount("amount") or Decimal(0),
        tiers=_tiers(row.get("tiers", ""), lambda why: refuse(why, "tiers")),
        points=amount("points") or Decimal(0), point_value=amount("point_value") or Decimal(0),
        no_upheld=row.get("no_upheld", "") == "on",
        most_breaches=None if breaches is None else int(breaches),
        cert_days=None if cert is None else int(cert),
        complaint_rate=amount("complaint_rate", None),
    )  # fmt: skip
    if line.threshold <= 0:
        raise refuse(_("门槛须大于 0"), "threshold")
    if line.formula == "fixed" and (line.amount <= 0 or line.amount != line.amount.quantize(Decimal("0.01"))):
        raise refuse(_("定额须大于 0，最多两位小数"), "amount")
    if line.formula == "points" and (line.points <= 0 or line.point_value <= 0):
        raise refuse(_("按数计分须填写每单位分数与每分金额"), "points")
    if line.formula == "points" and line.metric in PAID_FOR_MONEY:
        raise refuse(_("金额与比率不能按数计分，请用定额或分段比例"), "formula")
    if line.formula == "tiers" and not line.tiers:
        raise refuse(_("请填写分段，如 5000:1, 20000:2"), "tiers")
    if line.formula == "tiers" and (line.kind != "reward" or line.metric != "money"):
        raise refuse(_("回款分段比例只用于按确认回款的奖励"), "formula")
    if line.pays_for_money and not (line.watches_complaints and line.watches_compliance):
        raise refuse(
            _("只看金额的奖励不能保存：须至少有一个投诉条件（无成立投诉或投诉率上限）和一个合规条件（违规或合格证）"),
            "no_upheld",
        )
    return line


def _decimal(text: str, refuse: Any) -> Decimal:
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise refuse(_("“%(text)s”不是数字") % {"text": text[:20]}) from None
    if not number.is_finite() or not 0 <= number <= LARGEST or -int(number.as_tuple().exponent) > 4:
        raise refuse(_("数字须在 0 与 1,000,000 之间，最多四位小数"))
    return number


def _tiers(text: str, refuse: Any) -> tuple[tuple[Decimal, Decimal], ...]:
    """«5000:1, 20000:2»: from 5,000 yuan on 1 %, from 20,000 on 2 %."""
    found = []
    for part in (one.strip() for one in text.replace("，", ",").replace("：", ":").split(",")):
        if not part:
            continue
        start, colon, rate = part.partition(":")
        if not colon:
            raise refuse(_("分段写作“起点:百分比”，如 5000:1, 20000:2"))
        found.append((_decimal(start.strip(), refuse), _decimal(rate.strip().removesuffix("%"), refuse)))
    if [start for start, _r in found] != sorted({start for start, _r in found}):
        raise refuse(_("各段的起点须从小到大"))
    if any(rate > 10 for _s, rate in found):
        raise refuse(_("比例最高 10%"))
    return tuple(found)
