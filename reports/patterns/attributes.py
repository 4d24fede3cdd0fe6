"""The attributes of a cohort: what each is called, how its values are ordered, and which of them may not be acted upon."""

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from django.utils.translation import gettext_noop as _

PROTECTED_FILE = Path(__file__).with_name("protected.json")
UNKNOWN = "?"


@dataclass(frozen=True)
class Attribute:
    """`family`: attributes that say nearly the same; two of one family are not combined. `values`: the codes in order with
    their words (msgids); empty where the values are words of the lender (a product)."""

    code: str
    label: str
    family: str
    values: tuple[tuple[str, str], ...] = ()

    @property
    def order(self) -> list[str]:
        return [code for code, _label in self.values]

    def word(self, value: str) -> str:
        return dict(self.values).get(value, value)


STAGES = tuple((f"M{n}{'+' if n == 7 else ''}",) * 2 for n in range(1, 8))
ATTRIBUTES: tuple[Attribute, ...] = (
    Attribute("product", _("产品"), "product"),
    Attribute("region", _("地区"), "region"),
    Attribute("stage", _("逾期阶段"), "age_of_debt", STAGES),
    Attribute(
        "amount", _("逾期金额"), "amount",
        (
            ("0", _("不足 1,000 元")), ("1000", _("1,000–5,000 元")), ("5000", _("5,000–20,000 元")),
            ("20000", _("20,000 元以上")),
        ),
    ),
    Attribute(
        "days", _("逾期天数"), "age_of_debt",
        (
            ("1", _("1–7 天")), ("8", _("8–15 天")), ("16", _("16–30 天")), ("31", _("31–60 天")), ("61", _("61–90 天")),
            ("91", _("91–180 天")), ("181", _("180 天以上")),
        ),
    ),
    Attribute(
        "usage", _("额度使用率"), "amount",
        (("0", _("不足 30%")), ("30", _("30%–70%")), ("70", _("70%–100%")), ("100", _("100% 以上"))),
    ),
    Attribute(
        "months", _("账龄"), "months",
        (
            ("0", _("放款不足 6 个月")), ("6", _("放款 6–12 个月")), ("12", _("放款 12–24 个月")),
            ("24", _("放款 24 个月以上")),
        ),
    ),
    Attribute("debts", _("同一客户的逾期借款"), "debts", (("1", _("1 笔")), ("2", _("2 笔")), ("3", _("3 笔及以上")))),
    Attribute("episode", _("第几次逾期"), "episode", (("1", _("首次")), ("2", _("第二次")), ("3", _("第三次及以上")))),
    Attribute(
        "contact", _("近 30 天联系"), "contact",
        (("none", _("没有联系过")), ("tried", _("联系过，未接触到本人")), ("reached", _("接触到本人"))),
    ),
    Attribute(
        "promise", _("近 90 天承诺"), "promise",
        (("none", _("没有到期的承诺")), ("broken", _("多数未兑现")), ("kept", _("半数以上兑现"))),
    ),
    Attribute(
        "paid", _("近 30 天还款"), "paid", (("no", _("没有还款")), ("yes", _("有还款"))),
    ),
)  # fmt: skip
BY_CODE = {one.code: one for one in ATTRIBUTES}


@dataclass(frozen=True)
class Protection:
    """`may_describe`: its rates may be shown, marked as no ground for action; else it is not looked at at all."""

    label: str
    may_describe: bool
    reason: str


@lru_cache(maxsize=1)
def protected() -> dict[str, Protection]:
    """By the attribute's code."""
    lines = json.loads(PROTECTED_FILE.read_text(encoding="utf-8"))
    return {code: Protection(line["label"], line["describe"], line["reason"]) for code, line in lines.items()}


def is_usable(code: str) -> bool:
    """Whether it may be combined and enter the tree."""
    return code not in protected()


def may_be_described(code: str) -> bool:
    return is_usable(code) or protected()[code].may_describe
