"""Which of several debts a payment pays first, when its debtor has said so and when nobody has. Pure: no database.

民法典 560: the debt that the debtor names; else what is due; of those, what has no security or the least; of equally
secured ones, what burdens the debtor most; equally heavy, what fell due first; alike in everything, in proportion.

Burden is what a debt costs a day for each yuan of principal: the interest and penalty that the file names ÷ principal ÷
days past due. Files name no rate. They name no security of a contract either; where none is known all are alike in it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import groupby
from typing import Any

from django.utils.translation import gettext_lazy as _

from collection_ops.core.money import ZERO
from collection_ops.core.money import split as in_proportion

REASONS: dict[str, Any] = {
    "designated": _("债务人指定先还这一笔"),
    "only": _("唯一的欠款"),
    "due": _("已到期的先还"),
    "security": _("没有担保或担保最少的先还"),
    "burden": _("每天息费负担较重的先还"),
    "earlier": _("到期较早的先还"),
    "alike": _("各项相同，按欠款比例"),
    "last": _("以上各笔还清后有余"),
    "beyond": _("超出全部欠款的部分记在这一笔"),
    "nothing_left": _("前面的欠款已用完这笔钱"),
}


@dataclass(frozen=True, slots=True)
class Debt:
    """One contract of the debtor. `owed` is what is still open, yuan; `cost` is interest and penalty together; `security`
    is what it is secured by, yuan, 0 where none is known."""

    loan_id: int
    owed: Decimal
    is_due: bool
    due_on: date | None
    principal: Decimal
    cost: Decimal
    days_past_due: int
    security: Decimal = ZERO

    @property
    def burden(self) -> Decimal:
        base = self.principal * self.days_past_due
        return (self.cost / base).quantize(Decimal("0.000001")) if base > 0 and self.cost > 0 else Decimal(0)

    @property
    def rank(self) -> tuple[Any, ...]:
        """First is paid first; equal ranks share."""
        return not self.is_due, self.security, -self.burden, self.due_on or date.max


@dataclass(frozen=True, slots=True)
class Share:
    """What one contract gets, and the reason (a key of REASONS)."""

    loan_id: int
    amount: Decimal
    because: str


def suggest(*, amount: Decimal, debts: Sequence[Debt], designated: int | None = None) -> list[Share]:
    """Shares of `amount` that add up to it, one for every debt, in the order in which they are paid. `designated` (loan id)
    is what the debtor named. Raises ValueError without a debt."""
    if not debts:
        raise ValueError("no debt to pay")
    order = sorted(debts, key=lambda debt: (debt.loan_id != designated, *debt.rank, debt.loan_id))
    groups = [list(group) for _, group in groupby(order, key=lambda debt: (debt.loan_id != designated, *debt.rank))]
    left, shares = amount, []
    for number, group in enumerate(groups):
        owed = sum((max(debt.owed, ZERO) for debt in group), ZERO)
        given = min(left, owed)
        amounts = in_proportion(given, [max(debt.owed, ZERO) for debt in group]) if given > 0 else [ZERO] * len(group)
        reason = _reason(group, groups[number + 1 :], number=number, designated=designated)
        for debt, part in zip(group, amounts, strict=True):
            shares.append(Share(debt.loan_id, part, reason if part else "nothing_left"))
        left -= given
    if left > 0:
        first = shares[0]
        shares[0] = Share(first.loan_id, first.amount + left, first.because if first.amount else "beyond")
    return shares


def _reason(group: list[Debt], later: list[list[Debt]], *, number: int, designated: int | None) -> str:
    """Why this group goes before what comes after it."""
    if group[0].loan_id == designated:
        return "designated"
    if len(group) > 1:
        return "alike"
    if not later:
        return "last" if number else "only"
    mine, next_ = group[0], later[0][0]
    for name, differs in (
        ("due", mine.is_due != next_.is_due),
        ("security", mine.security != next_.security),
        ("burden", mine.burden != next_.burden),
    ):
        if differs:
            return name
    return "earlier"
