"""Holds: the tab of the record, the list, one hold with what can be done about it."""

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from cases import selectors_care as reads
from cases.forms_care import HoldFilter, PlaceHoldForm, ProveForm, ReasonForm, RenewForm
from cases.hold_rules import PAUSE_DAYS, lacks_proof, rule_of
from cases.keyset import SortKey, keyset_page
from cases.models import Case, Hold, HoldType
from cases.names import shown_names
from cases.record_tabs import record_tab
from cases.services.attachments import AttachmentRefused
from cases.services.holds import HoldRefused, after_day, last_day_of, lift_hold, place_hold, prove_hold, renew_hold
from cases.views.care import attach_given, case_or_404, say
from cases.views.paging import asked, neighbours
from collection_ops.core import clock
from collection_ops.core.access import requires
from collection_ops.core.http import SignedInRequest
from collection_ops.core.services.form_tokens import once

PAGE_SIZE = 50
BY_NEWEST = SortKey(name="newest", field="pk", kind="integer")
BY_END = SortKey(name="end", field="ends_at", kind="moment")
MOST_SHOWN = 100
BY_HAND = [type for type in HoldType if type != HoldType.COMPLAINT]
"""A complaint is registered, and stops what it is about by itself."""


def to_tab(case: Case) -> str:
    return f"{reverse('cases:record', args=[case.pk])}?tab=care"


@record_tab("care", label=gettext_lazy("停催与风险"), template="cases/care/_tab.html", order=40, capability="care.view")
def care_tab(request: SignedInRequest, case: Case) -> dict[str, Any]:
    """What holds now and what held before; flags, and the plans that followed."""
    now = clock.now()
    holds = list(reads.holds_of(case)[:MOST_SHOWN])
    return {
        "holds": [(hold, hold.is_in_force(now), last_day_of(hold), lacks_proof(hold)) for hold in holds],
        "flags": list(reads.flags_of(case)[:MOST_SHOWN]),
    }


@requires("holds.review")
@require_GET
def hold_list(request: SignedInRequest) -> HttpResponse:
    """Holds of persons in the reader's scope. Those that end soon come by their end, the others newest first."""
    now = clock.now()
    form = HoldFilter(request.GET or None)
    chosen = form.cleaned_data if form.is_valid() else {}
    shown = chosen.get("show") or "now"
    by_end = shown == "ending"
    page = keyset_page(
        reads.listed_holds(request.user, shown=shown, type=chosen.get("type") or "", now=now),
        key=BY_END if by_end else BY_NEWEST,
        descending=not by_end,
        size=PAGE_SIZE,
        after=asked(request, "after"),
        before=asked(request, "before"),
    )
    context = {
        "form": form,
        "is_filtered": any(chosen.values()),
        "lines": reads.hold_lines(page.rows, request.user, now=now),
        **neighbours(request, page),
    }
    return render(request, "cases/care/holds.html", context)


@requires("holds.place")
@require_http_methods(["GET", "POST"])
@once
def place(request: SignedInRequest, case_id: int) -> HttpResponse:
    """First the type, by its address; then the form of that type."""
    case = case_or_404(request, case_id, "holds.place")
    chosen = request.POST.get("type", request.GET.get("type", ""))
    if chosen not in BY_HAND:
        types = [(type, rule_of(type)) for type in BY_HAND]
        return _shown(request, "cases/care/hold_type.html", case, status=400 if chosen else 200, types=types)
    type, now = HoldType(chosen), clock.now()
    today = clock.business_date(now)
    pause_end = today + timedelta(days=PAUSE_DAYS.on(today) - 1)
    form = PlaceHoldForm(
        request.POST or None, request.FILES or None, type=type, case=case, today=today, pause_end=pause_end
    )
    told, status = "", 200 if request.method == "GET" else 400
    if request.method == "POST" and form.is_valid():
        try:
            _place(request, case, type, form.cleaned_data)
        except (HoldRefused, AttachmentRefused) as refused:
            told, status = say(form, refused), 409
        else:
            messages.success(request, _("已登记停催：%(type)s") % {"type": type.label})
            return redirect(to_tab(case))
    context = {"form": form, "type": type, "rule": rule_of(type), "told": told}
    return _shown(request, "cases/care/place_hold.html", case, status=status, **context)


def _place(request: SignedInRequest, case: Case, type: HoldType, given: dict[str, Any]) -> None:
    now, file, last_day = clock.now(), given.get("file"), given.get("last_day")
    hold = place_hold(
        debtor=case.loan.debtor,
        type=type,
        reason=given["reason"],
        actor=request.user,
        now=now,
        ends_at=after_day(last_day) if last_day else None,
        proof=given.get("proof") or (_("见附件") if file else ""),
        loan=given.get("loan"),
        amount=given.get("amount"),
    )
    attach_given(request, case, file, subject="hold", subject_id=hold.pk, now=now)


@requires("care.view")
@require_GET
def hold(request: SignedInRequest, hold_id: int) -> HttpResponse:
    """One hold: its facts, its files, and what may be done about it."""
    return _page(request, *_found(request, hold_id))


@requires("holds.lift")
@require_POST
@once
def lift(request: SignedInRequest, hold_id: int) -> HttpResponse:
    found, case = _found(request, hold_id)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return _page(request, found, case, lift_form=form, status=400)
    try:
        lift_hold(hold=found, reason=form.cleaned_data["reason"], actor=request.user, now=clock.now())
    except HoldRefused as refused:
        told = say(form, refused)
        return _page(request, found, case, lift_form=form, told=told, status=409)
    messages.success(request, _("已解除停催：%(type)s") % {"type": found.get_type_display()})
    return redirect(to_tab(case))


@requires("holds.lift")
@require_POST
@once
def renew(request: SignedInRequest, hold_id: int) -> HttpResponse:
    found, case = _found(request, hold_id)
    form = RenewForm(request.POST)
    if not form.is_valid():
        return _page(request, found, case, renew_form=form, status=400)
    try:
        renew_hold(hold=found, actor=request.user, now=clock.now(), **form.cleaned_data)
    except HoldRefused as refused:
        told = say(form, refused)
        return _page(request, found, case, renew_form=form, told=told, status=409)
    messages.success(request, _("已延长至 %(day)s") % {"day": form.cleaned_data["last_day"].isoformat()})
    return redirect("cases:hold", found.pk)


@requires("holds.place")
@require_POST
@once
def prove(request: SignedInRequest, hold_id: int) -> HttpResponse:
    found, case = _found(request, hold_id)
    form = ProveForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, found, case, prove_form=form, status=400)
    now = clock.now()
    try:
        prove_hold(hold=found, proof=form.cleaned_data["proof"], actor=request.user, now=now)
        attach_given(request, case, form.cleaned_data["file"], subject="hold", subject_id=found.pk, now=now)
    except (HoldRefused, AttachmentRefused) as refused:
        told = say(form, refused)
        return _page(request, found, case, prove_form=form, told=told, status=409)
    messages.success(request, _("已补充凭证"))
    return redirect("cases:hold", found.pk)


def _found(request: SignedInRequest, hold_id: int) -> tuple[Hold, Case]:
    found = reads.find_hold(request.user, hold_id)
    if found is None:
        raise Http404
    return found


def _page(
    request: SignedInRequest,
    found: Hold,
    case: Case,
    *,
    status: int = 200,
    told: str = "",
    lift_form: forms.Form | None = None,
    renew_form: forms.Form | None = None,
    prove_form: forms.Form | None = None,
) -> HttpResponse:
    now = clock.now()
    found.refresh_from_db(fields=["ends_at", "lifted_by", "lift_reason", "proven", "proof"])
    return _shown(
        request,
        "cases/care/hold.html",
        case,
        status=status,
        told=told,
        hold=found,
        is_in_force=found.is_in_force(now),
        is_over=found.ends_at is not None and found.ends_at <= now,
        last_day=last_day_of(found),
        lacks_proof=lacks_proof(found),
        pauses=rule_of(found.type).pauses,
        why_not=reads.may_lift(found, request.user),
        renewals=found.renewals.select_related("renewed_by").order_by("pk"),
        files=reads.files_of("hold", found.pk, request.user),
        lift_form=lift_form or ReasonForm(auto_id="lift-%s"),
        renew_form=renew_form or RenewForm(auto_id="renew-%s"),
        prove_form=prove_form or ProveForm(auto_id="prove-%s"),
    )


def _shown(request: SignedInRequest, template: str, case: Case, *, status: int, **context: Any) -> HttpResponse:
    context |= {"case": case, "name": shown_names(request.user, [case])[case.pk], "back": to_tab(case)}
    return render(request, template, context, status=status)
