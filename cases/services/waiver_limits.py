"""Who has to approve a waiver: the numbers that people decide, and the rule (no database in it).

The ladder of rule CN-Y-07 (reference/regulations): fees and penalty by a supervisor, interest by the level above, principal
by the top level, which here is two managers. Nobody approves what they applied for. A waiver lets the debtor off and never
adds to what anybody owes, so a guarantor's liability does not grow by it (CN-Y-08).
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from cases.debt_parts import PART_LABELS
from collection_ops.core.dated_settings import Setting, values_on
from collection_ops.core.money import ZERO

RULE = _("减免按级别审批，本金减免须高层批准（规则 CN-Y-07）")

SUPERVISOR_MOST = Setting(
    "waiver.supervisor_most", label=_("主管单独可批准的减免最多"), default=Decimal("1000.00"), source=RULE, unit=_("元"),
    least=0, most=10_000_000,
)  # fmt: skip
SUPERVISOR_INTEREST = Setting("waiver.supervisor_interest", label=_("主管可以批准利息减免"), default=False, source=RULE)
ONE_PERSON_MOST = Setting(
    "waiver.one_person_most", label=_("减免超过此金额须两名经理批准"), default=Decimal("5000.00"), source=RULE,
    unit=_("元"), least=0, most=10_000_000,
)  # fmt: skip
MOST_DAYS_VALID = Setting(
    "waiver.most_days_valid",
    label=_("减免有效期最多"),
    default=30,
    source=_("内部规定"),
    unit=_("天"),
    least=1,
    most=365,
)
SETTINGS = (SUPERVISOR_MOST, SUPERVISOR_INTEREST, ONE_PERSON_MOST, MOST_DAYS_VALID)


@dataclass(frozen=True)
class Parts:
    """Yuan by part of the debt."""

    principal: Decimal = ZERO
    interest: Decimal = ZERO
    penalty: Decimal = ZERO
    fees: Decimal = ZERO

    @property
    def total(self) -> Decimal:
        return self.principal + self.interest + self.penalty + self.fees

    def as_dict(self) -> dict[str, Decimal]:
        return {name: getattr(self, name) for name in PART_LABELS}


@dataclass(frozen=True)
class Need:
    """`high`: of the top level (managers); else whoever decides waivers. `people`: how many, one or two."""

    high: bool
    people: int


@dataclass(frozen=True)
class Limits:
    """The values of SETTINGS on one day."""

    supervisor_most: Decimal
    supervisor_interest: bool
    one_person_most: Decimal
    most_days_valid: int


def limits_on(day: date) -> Limits:
    """One query."""
    values = values_on(day, SETTINGS)
    return Limits(*(values[setting.name] for setting in SETTINGS))


def need_of(parts: Parts, limits: Limits) -> Need:
    """Who has to approve a waiver of `parts`."""
    two = parts.principal > 0 or parts.total > limits.one_person_most
    high = two or parts.total > limits.supervisor_most or (parts.interest > 0 and not limits.supervisor_interest)
    return Need(high=high, people=2 if two else 1)
