"""What is true of each type of hold: who may lift it, whether it must end by itself, what it wants as proof.

    rule_of(HoldType.ILLNESS).lifted_by        # "holds.lift"

Sources: CN-S-03 to CN-S-08 and CN-B-05 of the default pack. Whoever hears of a reason places the hold at once; taking it
away is a decision of somebody else.
"""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from cases.models import Hold, HoldType
from collection_ops.core.dated_settings import Setting

PLACE, LIFT, LIFT_PROTECTED = "holds.place", "holds.lift", "holds.lift_protected"
"""Capabilities: a supervisor lifts what is about circumstances, only the compliance officer what protects a person."""

PAUSE_DAYS = Setting(
    "hold.pause_days", label=_("暂停天数上限"), default=30, source="CN-S-06 pause_days", unit=_("天"), least=1, most=180
)
MAX_RENEWALS = Setting(
    "hold.max_renewals",
    label=_("暂停可延长次数"),
    default=3,
    source="CN-S-06 max_renewals",
    unit=_("次"),
    least=0,
    most=12,
)
DISPUTE_DAYS = Setting(
    "hold.dispute_days",
    label=_("异议核实天数"),
    default=15,
    source="CN-S-05 dispute_sla_days",
    unit=_("天"),
    least=1,
    most=60,
)


@dataclass(frozen=True)
class HoldRule:
    """`own_lift`: whoever placed it may lift it, too. `pauses`: it ends by itself, PAUSE_DAYS after it began at the latest,
    and can be renewed MAX_RENEWALS times. `wants_proof`: a paper is asked for.
    `told`: the notification that people who may lift it get, because they have to act."""

    lifted_by: str = LIFT
    own_lift: bool = False
    pauses: bool = False
    wants_proof: bool = True
    told: str = ""


_PAUSE = HoldRule(own_lift=True, pauses=True)
_RULES: dict[HoldType, HoldRule] = {
    # What is to be done instead of collecting: the estate, a guardian, the court (CN-S-03, CN-S-04).
    HoldType.DECEASED: HoldRule(told="hold.deceased"),
    HoldType.INCAPACITATED: HoldRule(told="hold.incapacitated"),
    HoldType.BANKRUPTCY: HoldRule(told="hold.bankruptcy"),
    HoldType.NO_CONTACT_ORDER: HoldRule(LIFT_PROTECTED, told="hold.no_contact_order"),
    HoldType.ILLNESS: _PAUSE,
    HoldType.DISASTER: _PAUSE,
    HoldType.VULNERABLE: _PAUSE,
    HoldType.SELF_HARM: HoldRule(LIFT_PROTECTED, wants_proof=False, told="hold.self_harm"),
    HoldType.COMPLAINT: HoldRule(LIFT_PROTECTED, own_lift=True, wants_proof=False),
    HoldType.STOP_CONTACT: HoldRule(wants_proof=False, told="hold.stop_contact"),
    HoldType.DISPUTE: HoldRule(wants_proof=False),
}

WITH_PROOF = tuple(type.value for type, rule in _RULES.items() if rule.wants_proof)
PAUSES = tuple(type.value for type, rule in _RULES.items() if rule.pauses)


def lacks_proof(hold: Hold) -> bool:
    """Whether a paper is wanted and there is none."""
    return not hold.proven and rule_of(hold.type).wants_proof


def rule_of(type: HoldType | str) -> HoldRule:
    return _RULES[HoldType(type)]
