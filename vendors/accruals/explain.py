"""Decide: why a statement came to something else than was accrued. Pure; the parts add up to the difference."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext_lazy as _

from collection_ops.core.money import ZERO
from vendors.settlement.decide import Kind


class Cause(StrEnum):
    LATER = "later"
    BAND = "band"
    CONDUCT = "conduct"
    PENALTIES = "penalties"
    CLAWBACK = "clawback"
    CORRECTION = "correction"
    DISPUTES = "disputes"


CAUSE_LABELS: Mapping[Cause, Any] = {
    Cause.LATER: _("计提之后才得知的回款"),
    Cause.BAND: _("档位、费率与估计误差"),
    Cause.CONDUCT: _("合规系数与封顶"),
    Cause.PENALTIES: _("扣款与奖励"),
    Cause.CLAWBACK: _("冲正追回"),
    Cause.CORRECTION: _("争议与账单补差"),
    Cause.DISPUTES: _("争议未付"),
}
_KINDS: Mapping[Cause, tuple[Kind, ...]] = {
    Cause.CONDUCT: (Kind.COEFFICIENT, Kind.CAP),
    Cause.PENALTIES: (Kind.PENALTY, Kind.BONUS),
    Cause.CLAWBACK: (
        Kind.CLAWBACK, Kind.TIER_EFFECT, Kind.CLAWBACK_COEFFICIENT, Kind.CLAWBACK_CAP, Kind.NOT_TAKEN_BACK,
    ),
    Cause.CORRECTION: (Kind.CORRECTION,),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Part:
    """What a cause makes of the difference, yuan: above nought, more is to be paid than was accrued."""

    cause: Cause
    amount: Decimal


def explain(
    *, accrued: Mapping[str, Decimal], actual: Mapping[str, Decimal], later: Decimal, withheld: Decimal
) -> list[Part]:
    """`accrued` and `actual`: fees by kind of line. `later`: commissions of money that was not known when it was accrued;
    `withheld`: fees that are disputed and not paid with the statement. Causes without an effect are left out."""
    amounts = {
        Cause.LATER: later,
        Cause.BAND: _moved(accrued, actual, (Kind.COMMISSION,)) - later,
        **{cause: _moved(accrued, actual, kinds) for cause, kinds in _KINDS.items()},
        Cause.DISPUTES: -withheld,
    }
    return [Part(cause, amounts[cause]) for cause in Cause if amounts[cause]]


def _moved(accrued: Mapping[str, Decimal], actual: Mapping[str, Decimal], kinds: Iterable[Kind]) -> Decimal:
    return sum((actual.get(kind.value, ZERO) - accrued.get(kind.value, ZERO) for kind in kinds), ZERO)
