"""What follows from a result, in the transaction in which it is told: one function a step.

    @step(NextStep.PROMISE, form=PromiseForm)
    def promise(told: Told) -> str: ...

A step is added by such a function and, where it asks for something, a form whose prefix is the step's name; a result code
names it (ResultCode.next_step), and the call form shows its fields with that code. `is_optional`: left empty, nothing is
asked, and the function gets no values. The function answers a sentence for the person, or nothing. Whatever it raises as
StepRefused undoes the telling as well, and what was typed comes back with the sentence beside the field. A code whose step
nobody has registered is told without one.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from agents.workbench.step_forms import (
    ComplaintStepForm,
    DisputeStepForm,
    HoldStepForm,
    PlanStepForm,
    RiskStepForm,
)
from cases.debt_parts import PART_LABELS
from cases.forms_agreements import PromiseForm, WaiverForm
from cases.models import Hold, HoldType, PlanKind, ProofKind
from cases.plans.schedule import Terms
from cases.services.contact_points import ContactPointRefused, mark_dead, mark_refused
from cases.services.holds import HoldRefused, place_hold
from cases.services.plans import PlanRefused, propose_plan
from cases.services.promises import PromiseRefused, make_promise
from cases.services.risk import RiskRefused, raise_risk
from cases.services.waiver_limits import Parts
from cases.services.waivers import WaiverRefused, apply_for_waiver
from collection_ops.core import clock
from collection_ops.core.models import User
from collection_ops.core.money import ZERO
from collection_ops.core.templatetags.ui import money
from compliance.complaints.handling import note
from compliance.complaints.refusals import ComplaintRefused
from compliance.complaints.register import Accused, Said, Whose, receive
from compliance.models import (
    About,
    Complaint,
    ComplaintSource,
    ComplaintType,
    ContactAttempt,
    ContactDetail,
    NextStep,
    ResultCode,
)
from compliance.services.call_details import CallDetails
from compliance.services.log import mark_misdirected


class StepRefused(Exception):
    """The next step cannot be taken; the sentence says why, `field` names the entry of the step's form."""

    def __init__(self, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True)
class Told:
    """A contact that has just been told about, and what the step's form asked. `attempt.case` is locked with its debtor."""

    attempt: ContactAttempt
    details: CallDetails
    actor: User
    now: datetime
    values: Mapping[str, Any] = field(default_factory=dict)


Apply = Callable[[Told], str]


@dataclass(frozen=True)
class Step:
    name: str
    apply: Apply
    form: type[forms.Form] | None = None
    is_optional: bool = False


_steps: dict[str, Step] = {}


def step(
    name: NextStep, *, form: type[forms.Form] | None = None, is_optional: bool = False
) -> Callable[[Apply], Apply]:
    """Registers what is done for a next step."""

    def register(apply: Apply) -> Apply:
        if name in _steps and _steps[name].apply is not apply:
            raise LookupError(f"two steps named {name!r}")
        _steps[str(name)] = Step(str(name), apply, form, is_optional)
        return apply

    return register


def all_steps() -> dict[str, Step]:
    return dict(_steps)


def steps_of(code: ResultCode | None, details: Mapping[str, Any]) -> Iterator[Step]:
    """The steps that a result takes, each once: that of its code, and those of what was ticked beside it."""
    wanted = [code.next_step] if code is not None else []
    wanted += [str(name) for name, ticked in TICKED.items() if details.get(ticked)]
    for name in dict.fromkeys(wanted):
        if name in _steps:
            yield _steps[name]


TICKED = {
    NextStep.COMPLAINT: "complaint_wish",
    NextStep.DISPUTE: "dispute",
    NextStep.SELF_HARM: "self_harm",
}
"""Steps that are taken whatever the code, because the person said so."""


@step(NextStep.PROMISE, form=PromiseForm)
def promise(told: Told) -> str:
    """What was promised on the telephone is taken down whoever holds the case by now: the debtor said it."""
    try:
        made = make_promise(case=told.attempt.case, actor=told.actor, now=told.now, **told.values)
    except PromiseRefused as refused:
        raise StepRefused(str(refused), field=refused.field) from refused
    return _("已登记：%(day)s 前还款 %(amount)s 元") % {"day": made.due_on.isoformat(), "amount": money(made.amount)}


@step(NextStep.PLAN, form=PlanStepForm, is_optional=True)
def plan(told: Told) -> str:
    """Proposed for whoever has the authority; a recording of the call is its proof. Without terms the wish is told."""
    if not told.values:
        return ""
    case, count = told.attempt.case, told.values["count"]
    kind = PlanKind.LUMP_SUM if count == 1 else PlanKind.INSTALMENTS
    terms = Terms(kind, case.total, first_on=told.values["first_on"], count=count)
    recording = ContactDetail.objects.filter(attempt=told.attempt).values_list("recording_ref", flat=True).first() or ""
    try:
        propose_plan(
            case=case,
            terms=terms,
            actor=told.actor,
            now=told.now,
            proof_kind=ProofKind.RECORDING if recording else "",
            proof_ref=recording,
        )
    except PlanRefused as refused:
        raise StepRefused(str(refused), field=refused.field) from refused
    return _("已提交还款方案，等待审批")


@step(NextStep.WAIVER, form=WaiverForm, is_optional=True)
def waiver(told: Told) -> str:
    """Only asked for here; others decide. Without parts the wish is told, and applied for later."""
    if not told.values:
        return ""
    given = dict(told.values)
    parts = Parts(**{name: given.pop(name, None) or ZERO for name in PART_LABELS})
    try:
        apply_for_waiver(case=told.attempt.case, parts=parts, actor=told.actor, now=told.now, **given)
    except WaiverRefused as refused:
        raise StepRefused(str(refused), field=refused.field) from refused
    return _("已提交减免申请")


@step(NextStep.WRONG_NUMBER)
def wrong_number(told: Told) -> str:
    """The contact counts for nothing, and the number is none of the debtor's own to be reached at."""
    mark_misdirected(attempt=told.attempt, actor=told.actor, now=told.now, reason=_("通话中确认号码非本人"))
    _dead(told, _("号码非本人"))
    return _("号码已标为失效，这次联系不计入次数")


@step(NextStep.DEAD_NUMBER)
def dead_number(told: Told) -> str:
    _dead(told, _("空号"))
    return _("号码已标为失效")


def _dead(told: Told, reason: str) -> None:
    if told.attempt.point is None:
        return
    try:
        mark_dead(point=told.attempt.point, actor=told.actor, now=told.now, reason=reason)
    except ContactPointRefused as refused:
        raise StepRefused(str(refused)) from refused


@step(NextStep.THIRD_REFUSED)
def third_refused(told: Told) -> str:
    """Final, for all contracts and agencies (CN-P-04). Whoever answered the debtor's own number has no number to refuse."""
    point = told.attempt.point
    if point is None or not point.relation:
        return ""
    try:
        mark_refused(point=point, actor=told.actor, now=told.now, reason=_("通话中拒绝联系"))
    except ContactPointRefused as refused:
        raise StepRefused(str(refused)) from refused
    return _("已登记拒绝，之后不再联系此人")


@step(NextStep.CALLBACK)
def callback(told: Told) -> str:
    """The moment stands on the contact, where the queue reads it; without one there is nothing to call back at."""
    if told.details.callback_at is None:
        raise StepRefused(_("请填写约定的回拨时间"), field="callback_at")
    return ""


@step(NextStep.COMPLAINT, form=ComplaintStepForm)
def complaint(told: Told) -> str:
    """Registered in the same transaction; what it stops follows from whom it is about (CN-S-07). Said again in another
    call, it is added to the one that is open."""
    case, about = told.attempt.case, told.values.get("about", "")
    words = told.values.get("words", "") or _("通话中表示要投诉")
    accused = [Accused(About.COLLECTOR, told.actor)] if about == "me" else []
    channel = told.attempt.channel if about == "channel" else ""
    try:
        if (before := _said_before(told, accused, channel)) is not None:
            note(complaint=before, words=words, actor=told.actor, now=told.now)
            return _("已补充到投诉 %(number)s") % {"number": before.number}
        registered = receive(
            said=Said(
                source=ComplaintSource.COLLECTOR,
                type=told.values.get("type", "") or ComplaintType.OTHER,
                narrative=words,
                received_at=told.now,
                event_on=clock.business_date(told.now) if accused else None,
                complainant=_speaker(told),
            ),
            whose=Whose(debtor=case.loan.debtor, case=case, loans=[case.loan]),
            accused=accused,
            actor=told.actor,
            now=told.now,
            channel=channel,
        )
    except ComplaintRefused as refused:
        raise StepRefused(str(refused), field="words") from refused
    return _("已登记投诉 %(number)s") % {"number": registered.number}


def _speaker(told: Told) -> str:
    """Whose complaint it is: the debtor's, or of another person whose number was dialled."""
    return "third" if told.attempt.is_with_third else "self"


def _said_before(told: Told, accused: list[Accused], channel: str) -> Complaint | None:
    """The open complaint of the same speaker that the same person wrote down about the same."""
    mine = Complaint.objects.open().filter(
        debtor=told.attempt.case.loan.debtor,
        recorded_by=told.actor,
        source=ComplaintSource.COLLECTOR,
        complainant=_speaker(told),
    )
    if accused:
        mine = mine.filter(subjects__user=told.actor)
    else:
        mine = mine.filter(subjects=None, hold__accused_channel=channel)
    return mine.order_by("-pk").first()


@step(NextStep.DISPUTE, form=DisputeStepForm)
def dispute(told: Told) -> str:
    """What is disputed is not demanded until somebody has looked into it (CN-S-05); of how much was not said, all of it."""
    case, amount = told.attempt.case, told.values.get("amount")
    return _held(
        told,
        HoldType.DISPUTE,
        told.values.get("words", "") or _("通话中对欠款提出异议"),
        loan=case.loan,
        amount=case.total if amount is None else amount,
    )


@step(NextStep.RISK, form=RiskStepForm, is_optional=True)
def risk(told: Told) -> str:
    """Raised for whoever decides on it. Without a form filled in, what was said is told and nothing follows."""
    if not told.values:
        return ""
    try:
        raise_risk(case=told.attempt.case, actor=told.actor, now=told.now, **told.values)
    except RiskRefused as refused:
        raise StepRefused(str(refused), field=refused.field) from refused
    return _("已提交风险标识，等待主管决定")


@step(NextStep.SELF_HARM)
def self_harm(told: Told) -> str:
    """Everything stops at once (CN-S-06A)."""
    return _held(told, HoldType.SELF_HARM, _("通话中有自伤言论"))


@step(NextStep.STOP_CONTACT)
def stop_contact(told: Told) -> str:
    return _held(told, HoldType.STOP_CONTACT, _("通话中本人要求停止联系"))


@step(NextStep.DECEASED, form=HoldStepForm)
def deceased(told: Told) -> str:
    """A report without a paper holds for some days only, in which it is checked (CN-S-03)."""
    return _held(told, HoldType.DECEASED, told.values.get("words", "") or _("联系人告知客户已身故"))


def _held(told: Told, type: HoldType, reason: str, **columns: Any) -> str:
    """Place a hold, unless one of the type (a dispute: about the same contract) is in force anyway."""
    debtor = told.attempt.case.loan.debtor
    if Hold.objects.in_force(told.now).filter(debtor=debtor, type=type, loan=columns.get("loan")).exists():
        return ""
    try:
        place_hold(debtor=debtor, type=type, reason=reason, actor=told.actor, now=told.now, **columns)
    except HoldRefused as refused:
        raise StepRefused(str(refused), field="amount" if refused.field == "amount" else "words") from refused
    return _("已停催：%(type)s") % {"type": type.label}
