"""Major incidents: the clocks first, what may be one, and one with what was done about it."""

from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from cases.models import Hold
from cases.views.care import say
from collection_ops.core import clock
from collection_ops.core.access import has, requires
from collection_ops.core.http import SignedInRequest
from collection_ops.core.paging import key_page
from collection_ops.core.services.form_tokens import once
from compliance.breaching.kinds import said_of
from compliance.incidents.clock import left
from compliance.incidents.forms import CloseForm, CorrectForm, IncidentFilter, MeasureForm, NewIncidentForm
from compliance.incidents.refusals import IncidentRefused
from compliance.incidents.register import WRITE, CameFrom, close, correct, measure, register_incident
from compliance.incidents.suggesting import HOLDS, LEAKS, suggested_incidents, type_of
from compliance.incidents.texts import REPORT_TONES, STEPS
from compliance.models import BreachCase, Complaint, Incident, IncidentType, ReportKind, ReportState

VIEW = "incidents.view"


@requires(VIEW)
@require_GET
def incidents(request: SignedInRequest) -> HttpResponse:
    """Newest first, those that run unless others are asked for; above them what may be one."""
    form = IncidentFilter(request.GET or None)
    asked = form.cleaned_data if form.is_valid() else {}
    seen = Incident.objects.for_user(request.user)
    page = key_page(request, _chosen(seen, asked).select_related("owner"))
    now, may_write = clock.now(), has(request.user, WRITE)
    context = {
        "form": form,
        "page": page,
        "lines": [{"row": row, "left": left(row.due_at, now)} for row in page.rows],
        "suggested": suggested_incidents(now, user=request.user) if may_write else [],
        "is_filtered": any(asked.values()),
        "may_write": may_write,
    }
    return render(request, "compliance/incidents/list.html", context)


@requires(WRITE)
@require_http_methods(["GET", "POST"])
@once
def new(request: SignedInRequest) -> HttpResponse:
    """Blank, or begun from a complaint, a breach of the register or a hold (`?complaint=`, `?breach=`, `?hold=`)."""
    now = clock.database_now()
    came_from, begun = _came_from(request)
    if (known := _known(request, came_from)) is not None and request.method == "GET":
        messages.info(request, _("这件事已登记为重大风险事项 %(number)s") % {"number": known.number})
        return redirect("compliance:incident", known.pk)
    form = NewIncidentForm(request.POST or None, initial={"known_at": now, "owner": request.user.pk, **begun})
    told, status = "", 200 if request.method == "GET" else 400
    if request.method == "POST" and form.is_valid():
        try:
            row = register_incident(
                told=form.told(), came_from=came_from, owner=form.cleaned_data["owner"], actor=request.user, now=now
            )
        except IncidentRefused as refused:
            told, status = say(form, refused), 409
        else:
            messages.success(
                request, _("已登记，首报期限 %(due)s") % {"due": f"{timezone.localtime(row.due_at):%Y-%m-%d %H:%M}"}
            )
            # Whoever reports what they are part of themselves leaves it to the others.
            if Incident.objects.for_user(request.user).filter(pk=row.pk).exists():
                return redirect("compliance:incident", row.pk)
            return redirect("compliance:incidents")
    context = {"form": form, "told": told, "came_from": came_from}
    return render(request, "compliance/incidents/new.html", context, status=status)


@requires(VIEW)
@require_GET
def incident(request: SignedInRequest, incident_id: int) -> HttpResponse:
    return _page(request, found(request, incident_id))


@requires(WRITE)
@require_http_methods(["GET", "POST"])
@once
def edit(request: SignedInRequest, incident_id: int) -> HttpResponse:
    row = found(request, incident_id)
    names = ("type", "known_at", "happened_at", "place", "what", "people_hurt", "customers", "orgs")
    begun = {name: getattr(row, name) for name in names}
    form = CorrectForm(request.POST or None, initial={**begun, "users": list(row.users.values_list("pk", flat=True))})
    told, status = "", 200 if request.method == "GET" else 400
    if request.method == "POST" and form.is_valid():
        try:
            correct(
                incident=row,
                told=form.told(),
                reason=form.cleaned_data["reason"],
                actor=request.user,
                now=clock.database_now(),
            )
        except IncidentRefused as refused:
            told, status = say(form, refused), 409
        else:
            messages.success(request, _("事实已更正"))
            return redirect("compliance:incident", row.pk)
    context = {"form": form, "told": told, "row": row}
    return render(request, "compliance/incidents/edit.html", context, status=status)


@requires(WRITE)
@require_POST
@once
def add_measure(request: SignedInRequest, incident_id: int) -> HttpResponse:
    row = found(request, incident_id)
    form = MeasureForm(request.POST, is_leak=row.leak_due_at is not None)
    return _act(request, row, "measure", form, measure, _("措施已登记"))


@requires(WRITE)
@require_POST
@once
def close_incident(request: SignedInRequest, incident_id: int) -> HttpResponse:
    return _act(request, found(request, incident_id), "close", CloseForm(request.POST), close, _("重大风险事项已办结"))


def found(request: SignedInRequest, incident_id: int) -> Incident:
    """Of those that this person may see."""
    people = ("owner", "complaint", "breach_case", "case__loan", "hold", "closed_by")
    rows = Incident.objects.for_user(request.user).select_related(*people)
    row = rows.filter(pk=incident_id).first() if incident_id < 2**63 else None
    if row is None:
        raise Http404
    return row


def _act(request: SignedInRequest, row: Incident, name: str, form: forms.Form, act: Any, done: str) -> HttpResponse:
    if not form.is_valid():
        return _page(request, row, sent={name: form}, status=400)
    try:
        act(incident=row, actor=request.user, now=clock.database_now(), **form.cleaned_data)
    except IncidentRefused as refused:
        told = say(form, refused)
        return _page(request, found(request, row.pk), sent={name: form}, told=told, status=409)
    messages.success(request, done)
    return redirect("compliance:incident", row.pk)


def _page(
    request: SignedInRequest,
    row: Incident,
    *,
    sent: dict[str, forms.Form] | None = None,
    told: str = "",
    status: int = 200,
) -> HttpResponse:
    given, now = sent or {}, clock.now()
    runs = has(request.user, WRITE) and row.closed_at is None
    reports = list(row.reports.select_related("author", "approved_by").order_by("version"))
    context = {
        "row": row,
        "people": list(row.users.order_by("display_name", "pk")),
        "left": left(row.due_at, now),
        "leak_left": left(row.leak_due_at, now) if row.leak_due_at is not None else None,
        "steps": [
            {"step": one, "label": STEPS.get(one.kind, one.kind)}
            for one in row.steps.select_related("actor").order_by("at", "pk")
        ],
        "reports": [{"report": one, "tone": REPORT_TONES[one.state]} for one in reports],
        "next_kinds": _next_kinds(reports) if runs else [],
        "measure_form": given.get("measure") or MeasureForm(is_leak=row.leak_due_at is not None),
        "close_form": given.get("close") or CloseForm(),
        "may_close": runs and any(one.kind == ReportKind.FINAL and one.state == ReportState.SENT for one in reports),
        "runs": runs,
        "sent": next(iter(given), ""),
        "told": told,
    }
    return render(request, "compliance/incidents/one.html", context, status=status)


def _next_kinds(reports: list[Any]) -> list[tuple[str, str]]:
    """Which reports may be written now."""
    if any(one.state != ReportState.SENT or one.kind == ReportKind.FINAL for one in reports):
        return []
    kinds = [ReportKind.FIRST] if not reports else [ReportKind.FOLLOW_UP, ReportKind.FINAL]
    return [(kind.value, str(kind.label)) for kind in kinds]


def _chosen(rows: "QuerySet[Incident]", asked: dict[str, Any]) -> "QuerySet[Incident]":
    if asked.get("state") != "all":
        rows = rows.filter(closed_at__isnull=asked.get("state") != "closed")
    return rows.filter(type=asked["type"]) if asked.get("type") else rows


def _came_from(request: SignedInRequest) -> tuple[CameFrom, dict[str, Any]]:
    """What the page was opened from, as far as this person may see it, and what the form begins with."""
    complaint = _asked_row(request, "complaint", Complaint.objects.for_user(request.user))
    if complaint is not None:
        accused = complaint.subjects.filter(user__isnull=False).values_list("user", flat=True)
        begun = {
            "type": type_of(complaint),
            "known_at": complaint.received_at,
            "what": complaint.narrative,
            "users": list(accused),
            "customers": 1,
        }
        return CameFrom(complaint=complaint, case=complaint.case), begun
    breach = _asked_row(request, "breach", BreachCase.objects.for_user(request.user).with_all())
    if breach is not None:
        case = breach.attempt.case if breach.attempt is not None else None
        orgs = breach.org if breach.org != "own" else ""
        begun = {
            "type": IncidentType.DATA_LEAK if breach.kind in LEAKS else IncidentType.OTHER,
            "known_at": breach.recorded_at,
            "what": breach.what or f"{breach.kind} {said_of(breach.kind)}".strip(),
            "orgs": orgs,
            "users": [breach.user_id] if breach.user_id is not None else [],
            "customers": 0 if case is None else 1,
        }
        return CameFrom(breach_case=breach, case=case), begun
    hold = _asked_row(request, "hold", Hold.objects.filter(type__in=list(HOLDS)))
    if hold is not None:
        begun = {"type": HOLDS[hold.type], "known_at": hold.since, "what": hold.reason, "customers": 1}
        return CameFrom(hold=hold), begun
    return CameFrom(), {}


def _known(request: SignedInRequest, came_from: CameFrom) -> Incident | None:
    """The incident that this was registered as already, as far as this person may see it."""
    rows = Incident.objects.for_user(request.user)
    if came_from.complaint is not None:
        return rows.filter(complaint=came_from.complaint).first()
    if came_from.breach_case is not None:
        return rows.filter(breach_case=came_from.breach_case).first()
    return rows.filter(hold=came_from.hold).first() if came_from.hold is not None else None


def _asked_row(request: SignedInRequest, name: str, rows: "QuerySet[Any]") -> Any:
    text = request.GET.get(name, "")
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        return None
    return rows.filter(pk=int(text)).first()
