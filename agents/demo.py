"""The demo's calls: what the collectors did on the last days, over the simulated line and through the gate, the codes and
the next steps that people use."""

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any

# Each registers its part of the day; people come before the calls.
from agents import demo_assignment, demo_people  # noqa: F401
from agents.workbench.telephony.calls import dial, take_over
from agents.workbench.telephony.simulator import SimulatedLine
from agents.workbench.telling import tell_call
from cases.demo.play import Staff, staff_day
from cases.models import Case
from collection_ops.core.models import User
from compliance.demo_parts import at, chosen, own_phone
from compliance.gate import open_attempt
from compliance.models import ResultCode
from compliance.reference import seed_codes
from compliance.selectors_calls import action_for
from compliance.services.call_details import CallDetails
from compliance.services.identity import confirm_identity

DAYS = 8
CALLS_A_DAY = 4
FIRST_CALL = time(9, 20)


@dataclass(frozen=True)
class Talk:
    """A way in which a call ends: how often, what is learned, what is noted."""

    code: str
    weight: int
    learned: dict[str, Any] = field(default_factory=dict)
    note: str = ""


JOB_LOST = {"willingness": "hesitant", "arrears_reason": "job_lost", "economic_situation": "none"}
IN_HOSPITAL = {"willingness": "willing", "arrears_reason": "illness", "economic_situation": "hardship"}
EARNS_LESS = {"willingness": "willing", "arrears_reason": "income_down", "temper": "calm"}
TALKS = (
    Talk("UNABLE", 6, JOB_LOST, "上月离职，在找工作"),
    Talk("UNABLE", 4, IN_HOSPITAL, "最近在住院"),
    Talk("INSTALMENT", 7, EARNS_LESS, "已说明分期须申请并审批"),
    Talk("TALKED", 6, {"willingness": "unclear", "temper": "evasive"}),
    Talk("PAID", 4, {"willingness": "willing", "arrears_reason": "forgot"}, "称昨天已转账，待核实"),
    Talk("CALLBACK", 5, {"willingness": "unclear", "temper": "calm"}, "在开会"),
    Talk("REFUSE", 2, {"willingness": "unwilling", "arrears_reason": "can_but_wont", "temper": "angry"}),
    Talk("HANG_UP", 8),
    Talk("THIRD_RELAY", 4, {}, "家人接听，请其转告回电"),
    Talk("NO_ANSWER", 32),
    Talk("POWER_OFF", 8),
    Talk("BUSY", 8),
    Talk("OUT_OF_SERVICE", 3),
)
OPENED = {"said_org": True, "said_own_org": True, "said_staff_no": True, "recording_notice": True}


@staff_day
def call_debtors(*, day: date, days_left: int, staff: Staff, random: Random) -> None:
    """Each collector calls some of their debtors."""
    if days_left > DAYS:
        return
    seed_codes()
    codes = {code.code: code for code in ResultCode.objects.filter(channel="call")}
    for collector in staff.collectors:
        moment = at(day, FIRST_CALL)
        for case in chosen(Case.objects.open().filter(desk__owner=collector), random, CALLS_A_DAY):
            _call(case, collector, moment, random, codes)
            moment += timedelta(minutes=random.randint(11, 40))


def _call(case: Case, collector: User, moment: datetime, random: Random, codes: dict[str, ResultCode]) -> None:
    point = own_phone(case)
    if point is None:
        return
    attempt = open_attempt(case=case, point=point, actor=collector, now=moment).attempt
    if attempt is None:
        return
    talk = random.choices(TALKS, weights=[one.weight for one in TALKS])[0]
    code, line = codes[talk.code], SimulatedLine()
    told_at = moment + timedelta(minutes=random.randint(4, 9))
    learned: dict[str, Any] = dict(talk.learned)
    if code.reached != "nobody":
        dial(attempt=attempt, line=line, actor=collector, now=moment)
        take_over(attempt=attempt, line=line, now=told_at)
        learned |= OPENED if random.random() < 0.9 else {**OPENED, "said_staff_no": False}
    if code.reached == "debtor":
        confirm_identity(
            attempt=attempt, factors=("name", "id_last4"), actor=collector, now=moment + timedelta(seconds=30)
        )
    if talk.code == "CALLBACK":
        learned["callback_at"] = moment + timedelta(days=1)
    details = CallDetails(result_code=code, action=action_for(attempt), **learned)
    tell_call(attempt=attempt, details=details, note=talk.note, actor=collector, now=told_at)
