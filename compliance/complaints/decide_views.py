"""Deciding a complaint, and putting right what it is about."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from cases.models import DeskKind, Loan
from cases.models.desk import Desk
from collection_ops.core import clock
from collection_ops.core.access import Role, requires
from collection_ops.core.http import SignedInRequest
from collection_ops.core.models import User
from collection_ops.core.services.form_tokens import once
from compliance.complaints import correcting, effects
from compliance.complaints.conflicts import DECIDE, HANDLE
from compliance.complaints.deciding import decide_complaint
from compliance.complaints.one_forms import AccusedForm, ClassifyForm, DecideForm, IdentifyForm, LoansForm
from compliance.complaints.one_page import conflict_of, find_complaint, named
from compliance.complaints.refusals import ComplaintRefused
from compliance.complaints.register import Accused
from compliance.models import Complaint


@requires(DECIDE)
@require_http_methods(["GET", "POST"])
@once
def decide(request: SignedInRequest, complaint_id: int) -> HttpResponse:
    """Outcome, finding, remedy, who bears the blame; told beforehand what will follow."""
    found = find_complaint(request.user, complaint_id, DECIDE)
    subjects = list(found.subjects.select_related("user").order_by("pk"))
    choices = [(one.row, f"{one.row.get_about_display()} · {one.name}") for one in named(subjects)]
    form = DecideForm(request.POST or None, subjects=choices, initial=_present(found))
    status = 200
    if request.method == "POST":
        status = 400
        if form.is_valid():
            given = form.cleaned_data
            try:
                decide_complaint(
                    complaint=found,
                    outcome=given["outcome"],
                    finding=given["finding"],
                    remedy=given["remedy"],
                    responsible=form.blamed(),
                    seen=parsed(given["seen"]),
                    actor=request.user,
                    now=clock.database_now(),
                )
            except ComplaintRefused as refused:
                form.add_error(refused.field if refused.field in form.fields else None, str(refused))
                status = 409
            else:
                messages.success(request, _("已作出决定"))
                return redirect("compliance:complaint", found.pk)
    people = [one.user for one in subjects if one.user is not None and one.user.is_active]
    context = {
        "complaint": found,
        "form": form,
        "follows": effects.announced(found, people, clock.business_date(clock.now())),
        "conflict": conflict_of(subjects, request.user),
    }
    return render(request, "compliance/complaints/decide.html", context, status=status)


def _present(complaint: Complaint) -> dict[str, Any]:
    decided = complaint.decided_at
    return {
        "outcome": complaint.outcome,
        "finding": complaint.finding,
        "remedy": complaint.remedy,
        "responsible": [str(pk) for pk in complaint.subjects.filter(responsible=True).values_list("pk", flat=True)],
        "seen": decided.isoformat() if decided is not None else "",
    }


def parsed(moment: str) -> datetime | None:
    """A moment of a hidden field; what is none counts as nothing seen."""
    try:
        return parse_datetime(moment) if moment else None
    except ValueError:
        return None


@requires(HANDLE)
@require_http_methods(["GET", "POST"])
@once
def correct(request: SignedInRequest, complaint_id: int) -> HttpResponse:
    """One of four small forms: how it is classified, whom it is about, whose it is, which contracts."""
    found = find_complaint(request.user, complaint_id, HANDLE)
    wanted = request.POST.get("part", "")
    shown, actions = _parts(request, found, wanted)
    status = 200
    if request.method == "POST":
        status = 400
        form = shown.get(wanted)
        if form is not None and form.is_valid():
            try:
                actions[wanted](form.cleaned_data)
            except ComplaintRefused as refused:
                form.add_error(refused.field if refused.field in form.fields else None, str(refused))
                status = 409
            else:
                messages.success(request, _("已更正"))
                return redirect("compliance:complaint", found.pk)
    context = {"complaint": found, "forms": shown}
    return render(request, "compliance/complaints/correct.html", context, status=status)


def _collectors() -> "QuerySet[User]":
    """Whoever talks to debtors, or did: somebody who has left can be complained about, too."""
    talking = (Role.COLLECTOR, Role.TEAM_LEADER, Role.SUPERVISOR)
    return User.objects.filter(role_grants__role__in=talking).distinct().order_by("display_name", "pk")


def _parts(
    request: SignedInRequest, found: Complaint, wanted: str
) -> tuple[dict[str, forms.Form], dict[str, Callable[[dict[str, Any]], object]]]:
    """The forms (the one that was sent bound), and what each does."""

    def given(part: str) -> Any:
        return request.POST if request.method == "POST" and part == wanted else None

    basis: dict[str, Any] = {"complaint": found, "actor": request.user, "now": clock.database_now()}
    present = {"type": found.type, "category": found.category, "severity": found.severity}
    shown: dict[str, forms.Form] = {
        "classify": ClassifyForm(given("classify"), initial={**present, "seen": correcting.as_classified(found)}),
        "accused": AccusedForm(
            given("accused"),
            people=_collectors(),
            agencies=Desk.objects.filter(kind=DeskKind.AGENCY).order_by("name"),
        ),
    }
    if found.debtor_id is None:
        shown["identify"] = IdentifyForm(given("identify"))
    else:
        shown["loans"] = LoansForm(
            given("loans"),
            loans=Loan.objects.filter(debtor=found.debtor_id).order_by("contract_no"),
            initial={"loans": list(found.loans.values_list("pk", flat=True))},
        )
    return shown, {
        "classify": lambda values: correcting.classify(**values, **basis),
        "accused": lambda values: correcting.add_accused(accused=Accused(**values), **basis),
        "identify": lambda values: correcting.identify(**values, **basis),
        "loans": lambda values: correcting.choose_loans(loans=list(values["loans"]), **basis),
    }
