"""The reply letter: written, recorded as sent, printed."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from collection_ops.core import clock
from collection_ops.core.access import requires
from collection_ops.core.http import SignedInRequest
from collection_ops.core.services.form_tokens import once
from compliance.complaints.conflicts import HANDLE
from compliance.complaints.decide_views import parsed
from compliance.complaints.letters import (
    begun,
    draft_of,
    fitting,
    lender_of,
    letter_templates,
    record_sent,
    save_letter,
)
from compliance.complaints.one_forms import LetterForm, SentForm
from compliance.complaints.one_page import conflict_of, find_complaint
from compliance.complaints.refusals import ComplaintRefused
from compliance.models import Complaint, ComplaintState, ReplyLetter


@requires(HANDLE)
@require_http_methods(["GET", "POST"])
@once
def write(request: SignedInRequest, complaint_id: int) -> HttpResponse:
    """Begin from an approved text (`?template=`), or go on with the draft; keep it when its words pass."""
    found = find_complaint(request.user, complaint_id, HANDLE)
    if request.method == "GET":
        initial, told = _beginning(request, found)
        return _page(request, found, LetterForm(initial=initial), told=told)
    form = LetterForm(request.POST)
    status = 400
    if form.is_valid():
        given = form.cleaned_data
        try:
            save_letter(
                complaint=found,
                text=given["text"],
                template=given["template"],
                based_on=parsed(given["based_on"]),
                actor=request.user,
                now=clock.database_now(),
            )
        except ComplaintRefused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, str(refused))
            status = 409
        else:
            messages.success(request, _("答复函已保存，送达后请在此登记"))
            return redirect("compliance:complaint_letter_write", found.pk)
    return _page(request, found, form, status=status)


@requires(HANDLE)
@require_POST
@once
def sent(request: SignedInRequest, complaint_id: int) -> HttpResponse:
    """It has reached the person."""
    found = find_complaint(request.user, complaint_id, HANDLE)
    form = SentForm(request.POST)
    status = 400
    if form.is_valid():
        try:
            record_sent(complaint=found, **form.cleaned_data, actor=request.user, now=clock.database_now())
        except ComplaintRefused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, str(refused))
            status = 409
        else:
            messages.success(request, _("已登记送达，可以办结"))
            return redirect("compliance:complaint", found.pk)
    initial, told = _beginning(request, found)
    return _page(request, found, LetterForm(initial=initial), told=told, sent_form=form, status=status)


@requires(HANDLE)
@require_GET
def letter(request: SignedInRequest, complaint_id: int) -> HttpResponse:
    """One letter on paper: the draft, the last that was sent, or the one that `?letter=` names."""
    found = find_complaint(request.user, complaint_id, HANDLE)
    rows = ReplyLetter.objects.filter(complaint=found).select_related("written_by").order_by("-pk")
    asked = request.GET.get("letter", "")
    if asked.isdecimal() and len(asked) < 19:
        rows = rows.filter(pk=int(asked))
    row = rows.first()
    if row is None:
        raise Http404
    return render(request, "compliance/complaints/letter_print.html", {"complaint": found, "letter": row})


def _page(
    request: SignedInRequest,
    found: Complaint,
    form: LetterForm,
    *,
    told: str = "",
    sent_form: SentForm | None = None,
    status: int = 200,
) -> HttpResponse:
    today = clock.business_date(clock.now())
    draft = draft_of(found)
    context: dict[str, Any] = {
        "complaint": found,
        "form": form,
        "told": told,
        "draft": draft,
        "sent_form": sent_form or (SentForm(initial={"sent_on": today}) if draft is not None else None),
        "templates": letter_templates(today),
        "lender": lender_of(found),
        "is_decided": found.state == ComplaintState.DECIDED,
        "conflict": conflict_of(list(found.subjects.select_related("user")), request.user),
    }
    return render(request, "compliance/complaints/letter_write.html", context, status=status)


def _beginning(request: SignedInRequest, found: Complaint) -> tuple[dict[str, Any], str]:
    """What the form begins with, and why it begins empty."""
    draft = draft_of(found)
    basis = draft.written_at.isoformat() if draft is not None else ""
    asked = request.GET.get("template", "")
    if draft is not None and not asked:
        return {"text": draft.text, "template": draft.template_id, "based_on": basis}, ""
    if found.state != ComplaintState.DECIDED:
        return {}, ""
    today = clock.business_date(clock.now())
    templates = letter_templates(today)
    chosen = next((one for one in templates if str(one.pk) == asked), fitting(templates, found))
    if chosen is None:
        return {"based_on": basis}, _("没有已批准的函件模板；可以直接写，或先在“消息模板”中新建")
    try:
        text = begun(found, chosen, today=today)
    except ComplaintRefused as refused:
        return {"based_on": basis}, str(refused)
    return {"text": text, "template": chosen.pk, "based_on": basis}, ""
