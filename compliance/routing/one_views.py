"""One referral: what was asked and answered, and what this person may do about it."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from cases import selectors as case_reads
from cases.names import shown_names
from collection_ops.core import clock
from collection_ops.core.access import has, signed_in_only
from collection_ops.core.http import SignedInRequest
from collection_ops.core.masking import mask_name
from collection_ops.core.models import User
from collection_ops.core.services.form_tokens import once
from compliance.models import ASKERS_STATES, WAITING_STATES, Complaint, Referral, ReferralState
from compliance.routing import answering, referring
from compliance.routing.forms import AgainForm, AnswerForm, ReturnForm, ToldForm, WithdrawForm
from compliance.routing.people import may_act, may_settle, members_of
from compliance.routing.refusals import ReferralRefused
from compliance.routing.texts import STEPS, TONES

Act = Callable[[Referral, dict[str, Any]], Any]


@signed_in_only
@require_GET
def referral(request: SignedInRequest, referral_id: int) -> HttpResponse:
    return _page(request, _found(request, referral_id))


@signed_in_only
@require_POST
@once
def take(request: SignedInRequest, referral_id: int) -> HttpResponse:
    return _done(
        request, referral_id, None, _("已接办"),
        lambda one, _given: answering.take(referral=one, actor=request.user, now=clock.database_now()),
    )  # fmt: skip


@signed_in_only
@require_POST
@once
def answer(request: SignedInRequest, referral_id: int) -> HttpResponse:
    return _done(
        request, referral_id, AnswerForm(request.POST), _("已答复，转办人会收到通知"),
        lambda one, given: answering.answer(
            referral=one, words=given["answer"], actor=request.user, now=clock.database_now()
        ),
    )  # fmt: skip


@signed_in_only
@require_POST
@once
def send_back(request: SignedInRequest, referral_id: int) -> HttpResponse:
    return _done(
        request, referral_id, ReturnForm(request.POST), _("已退回转办人"),
        lambda one, given: answering.send_back(
            referral=one, reason=given["reason"], actor=request.user, now=clock.database_now()
        ),
    )  # fmt: skip


@signed_in_only
@require_POST
@once
def accept(request: SignedInRequest, referral_id: int) -> HttpResponse:
    return _done(
        request, referral_id, None, _("已确认，转办完成"),
        lambda one, _given: referring.accept(referral=one, actor=request.user, now=clock.database_now()),
    )  # fmt: skip


@signed_in_only
@require_POST
@once
def again(request: SignedInRequest, referral_id: int) -> HttpResponse:
    return _done(
        request, referral_id, AgainForm(request.POST, one=_found(request, referral_id)), _("已再次转办"),
        lambda one, given: referring.ask_again(referral=one, actor=request.user, now=clock.database_now(), **given),
    )  # fmt: skip


@signed_in_only
@require_POST
@once
def withdraw(request: SignedInRequest, referral_id: int) -> HttpResponse:
    return _done(
        request, referral_id, WithdrawForm(request.POST), _("已撤回"),
        lambda one, given: referring.withdraw(
            referral=one, reason=given["reason"], actor=request.user, now=clock.database_now()
        ),
    )  # fmt: skip


@signed_in_only
@require_POST
@once
def told(request: SignedInRequest, referral_id: int) -> HttpResponse:
    form = ToldForm(request.POST, today=clock.business_date(clock.now()))
    return _done(
        request, referral_id, form, _("已登记告知客户"),
        lambda one, given: referring.tell_debtor(referral=one, actor=request.user, now=clock.database_now(), **given),
    )  # fmt: skip


def _done(request: SignedInRequest, referral_id: int, form: forms.Form | None, success: str, act: Act) -> HttpResponse:
    """The act, and back to the page; or the page with what was typed and why not."""
    found = _found(request, referral_id)
    if form is not None and not form.is_valid():
        return _page(request, found, form=form, status=400)
    try:
        act(found, form.cleaned_data if form is not None else {})
    except ReferralRefused as refused:
        refusal = str(refused)
        if form is not None and refused.field in form.fields:
            form.add_error(refused.field, refusal)
            refusal = ""
        found = _found(request, referral_id)
        return _page(request, found, form=form, refused=refusal, status=409)
    messages.success(request, success)
    still_seen = Referral.objects.for_user(request.user).filter(pk=found.pk).exists()
    return redirect("compliance:referral", found.pk) if still_seen else redirect("compliance:referrals")


def _found(request: SignedInRequest, referral_id: int) -> Referral:
    rows = Referral.objects.for_user(request.user).filter(pk=min(referral_id, 2**63 - 1))
    found = rows.select_related(
        "department", "asked_by", "owner", "answered_by", "told_by", "complaint", "case__loan__debtor",
        "case__loan__source", "debtor",
    ).first()  # fmt: skip
    if found is None:
        raise Http404
    return found


def _page(
    request: SignedInRequest, one: Referral, *, form: forms.Form | None = None, refused: str = "", status: int = 200
) -> HttpResponse:
    user, today = request.user, clock.business_date(clock.now())
    places = members_of(one.department, complaint=one.complaint)
    is_waiting = one.state in WAITING_STATES
    shown = {type(form): form} if form is not None else {}
    context = {
        "one": one,
        "tone": TONES[one.state],
        "is_late": is_waiting and one.due_on < today,
        "members": [
            _("%(who)s（负责人）") % {"who": place.user} if place.is_lead else str(place.user) for place in places
        ],
        "steps": [
            {"step": step, "label": STEPS.get(step.kind, step.kind)}
            for step in one.steps.select_related("actor").order_by("at", "pk")
        ],
        "refused": refused,
        "typed": form if form is not None and refused else None,
        **_about(one, user),
        **_may(one, user, is_waiting=is_waiting, acts=may_act(one, user, places)),
        "answer_form": shown.get(AnswerForm, AnswerForm()),
        "return_form": shown.get(ReturnForm, ReturnForm()),
        "again_form": shown.get(AgainForm, AgainForm(one=one)),
        "withdraw_form": shown.get(WithdrawForm, WithdrawForm()),
        "told_form": shown.get(ToldForm, ToldForm(today=today)),
        "open_form": type(form).__name__ if form is not None else "",
    }
    return render(request, "compliance/routing/one.html", context, status=status)


def _about(one: Referral, user: User) -> dict[str, Any]:
    """The complaint and the case, as this person may see them. A department reads of a complaint its number only; of a
    debtor's question the contract, with the name masked."""
    case = case_reads.find_case(user, one.case_id) if one.case_id else None
    complaint = None
    if one.complaint_id:
        complaint = Complaint.objects.for_user(user).filter(pk=one.complaint_id).first()
    name = ""
    if case is not None:
        name = shown_names(user, [case])[case.pk]
    elif one.is_question and one.debtor is not None:
        name = mask_name(one.debtor.name)
    contract = one.case.loan.contract_no if one.case and (case is not None or one.is_question) else ""
    return {"case": case, "complaint": complaint, "name": name, "contract": contract}


def _may(one: Referral, user: User, *, is_waiting: bool, acts: bool) -> dict[str, bool]:
    settles = may_settle(one, user)
    answered = one.state in (ReferralState.ANSWERED, ReferralState.CLOSED)
    has_case = (
        one.case_id is not None
        and has(user, "referrals.ask")
        and case_reads.find_case(user, one.case_id, "referrals.ask") is not None
    )
    return {
        "may_take": is_waiting and acts and not (one.owner_id == user.pk and one.state == ReferralState.TAKEN),
        "may_answer": is_waiting and acts,
        "may_accept": settles and one.state == ReferralState.ANSWERED,
        "may_ask_again": settles and one.state in ASKERS_STATES,
        "may_withdraw": settles and (is_waiting or one.state == ReferralState.RETURNED),
        "may_tell": one.is_question and answered and one.told_on is None and (settles or has_case),
    }
