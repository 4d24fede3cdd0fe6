"""The written report of an incident: drafted, edited, approved, sent, printed."""

from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from cases.views.care import say
from collection_ops.core import clock
from collection_ops.core.access import has, requires
from collection_ops.core.http import SignedInRequest
from collection_ops.core.services.form_tokens import once
from compliance.incidents import reports
from compliance.incidents.clock import left
from compliance.incidents.forms import BodyForm, SendForm
from compliance.incidents.incident_views import VIEW, found
from compliance.incidents.refusals import IncidentRefused
from compliance.incidents.register import WRITE
from compliance.incidents.texts import REPORT_TONES
from compliance.models import Incident, IncidentReport, ReportKind, ReportState


@requires(WRITE)
@require_POST
@once
def report_new(request: SignedInRequest, incident_id: int) -> HttpResponse:
    row, kind = found(request, incident_id), request.POST.get("kind", "")
    if kind not in ReportKind.values:
        raise Http404
    try:
        made = reports.write(incident=row, kind=kind, actor=request.user, now=clock.database_now())
    except IncidentRefused as refused:
        messages.error(request, str(refused))
        return redirect("compliance:incident", row.pk)
    messages.success(request, _("草稿已按登记的事实生成，请核对修改"))
    return redirect("compliance:report", row.pk, made.version)


@requires(VIEW)
@require_GET
def report(request: SignedInRequest, incident_id: int, version: int) -> HttpResponse:
    return _page(request, _report(request, incident_id, version))


@requires(WRITE)
@require_POST
@once
def report_edit(request: SignedInRequest, incident_id: int, version: int) -> HttpResponse:
    one, form = _report(request, incident_id, version), BodyForm(request.POST)
    ask = "ask" in request.POST
    return _act(request, one, "body", form, reports.edit, _("已提请审定") if ask else _("草稿已保存"), ask=ask)


@requires(WRITE)
@require_POST
@once
def report_approve(request: SignedInRequest, incident_id: int, version: int) -> HttpResponse:
    """The form carries the text that was read: one that has changed meanwhile is not approved."""
    one = _report(request, incident_id, version)
    try:
        reports.approve(
            report=one, body_seen=request.POST.get("body_seen", ""), actor=request.user, now=clock.database_now()
        )
    except IncidentRefused as refused:
        return _page(request, _report(request, incident_id, version), told=str(refused), status=409)
    messages.success(request, _("报告已审定，可以报送"))
    return redirect("compliance:report", incident_id, version)


@requires(WRITE)
@require_POST
@once
def report_send(request: SignedInRequest, incident_id: int, version: int) -> HttpResponse:
    one = _report(request, incident_id, version)
    form = SendForm(request.POST, already=[])
    return _act(request, one, "send", form, reports.send, _("报送已登记"))


def _act(
    request: SignedInRequest, one: IncidentReport, name: str, form: forms.Form, act: Any, done: str, **more: Any
) -> HttpResponse:
    if not form.is_valid():
        return _page(request, one, sent={name: form}, status=400)
    try:
        act(report=one, actor=request.user, now=clock.database_now(), **form.cleaned_data, **more)
    except IncidentRefused as refused:
        told = say(form, refused)
        return _page(request, _report(request, one.incident_id, one.version), sent={name: form}, told=told, status=409)
    messages.success(request, done)
    return redirect("compliance:report", one.incident_id, one.version)


def _page(
    request: SignedInRequest,
    one: IncidentReport,
    *,
    sent: dict[str, forms.Form] | None = None,
    told: str = "",
    status: int = 200,
) -> HttpResponse:
    given, user, now = sent or {}, request.user, clock.now()
    may_write = has(user, WRITE)
    sendings = list(one.sendings.select_related("recipient", "sent_by").order_by("sent_at", "pk"))
    before = (
        IncidentReport.objects.filter(incident=one.incident_id, version__lt=one.version).order_by("-version").first()
    )
    context = {
        "row": one.incident,
        "one": one,
        "tone": REPORT_TONES[one.state],
        "left": left(one.incident.due_at, now),
        "before": before,
        "changes": reports.differences(before.body, one.body) if before is not None else [],
        "sendings": sendings,
        "body_form": (given.get("body") or BodyForm(initial={"body": one.body}))
        if may_write and one.state == ReportState.DRAFT
        else None,
        "may_reopen": may_write and one.state == ReportState.APPROVED,
        "may_approve": may_write and one.state == ReportState.DRAFT and one.author_id != user.pk,
        "waits_for_another": may_write and one.state == ReportState.DRAFT and one.author_id == user.pk,
        "send_form": (
            given.get("send") or SendForm(already=[s.recipient_id for s in sendings], initial={"sent_at": now})
        )
        if may_write and one.state != ReportState.DRAFT
        else None,
        "told": told,
    }
    return render(request, "compliance/incidents/report.html", context, status=status)


def _report(request: SignedInRequest, incident_id: int, version: int) -> IncidentReport:
    rows: QuerySet[IncidentReport] = IncidentReport.objects.select_related("incident__owner", "author", "approved_by")
    one = None
    if incident_id < 2**63 and version < 2**15:
        seen = Incident.objects.for_user(request.user).filter(pk=incident_id)
        one = rows.filter(incident__in=seen, version=version).first()
    if one is None:
        raise Http404
    return one
