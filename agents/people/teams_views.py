"""Teams with who is in them, and the shifts."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from agents.models import Collector, Membership, Shift, Team
from agents.people.collectors import CollectorRefused, save_shift
from agents.people.forms import WEEKDAYS, ShiftForm, TeamForm
from agents.people.list_views import TEAMS, VIEW
from agents.people.teams import TeamRefused, close_team, open_team, rename_team, reopen_team, set_leader
from collection_ops.core import clock
from collection_ops.core.access import Scope, has, requires, scope
from collection_ops.core.http import SignedInRequest
from collection_ops.core.services.form_tokens import once

SHOWN = 200


@requires(VIEW)
@require_http_methods(["GET", "POST"])
@once
def teams(request: SignedInRequest) -> HttpResponse:
    """All teams in scope; a POST opens one."""
    if request.method != "POST":
        return _teams(request)
    if not has(request.user, TEAMS):
        raise PermissionDenied(TEAMS)
    form = TeamForm(request.POST)
    if not form.is_valid():
        return _teams(request, form=form, status=400)
    try:
        open_team(actor=request.user, now=clock.database_now(), **form.cleaned_data)
    except TeamRefused as refused:
        form.add_error(refused.field if refused.field in form.fields else None, str(refused))
        return _teams(request, form=form, status=409)
    messages.success(request, _("小组已建立"))
    return redirect("people:teams")


@requires(TEAMS)
@require_POST
@once
def team(request: SignedInRequest, team_id: int) -> HttpResponse:
    """Rename and lead (`do=save`), close, reopen."""
    found = Team.objects.filter(pk=team_id).first() if team_id < 2**63 else None
    if found is None:
        raise Http404
    form, now, do = TeamForm(request.POST, team=found), clock.database_now(), request.POST.get("do", "")
    try:
        if do == "close":
            close_team(team=found, actor=request.user, now=now)
        elif do == "reopen":
            reopen_team(team=found, actor=request.user, now=now)
        elif form.is_valid():
            rename_team(team=found, name=form.cleaned_data["name"], actor=request.user, now=now)
            set_leader(team=found, leader=form.cleaned_data["leader"], actor=request.user, now=now)
        else:
            return _teams(request, changed=found.pk, changed_form=form, status=400)
    except TeamRefused as refused:
        told = form if do not in ("close", "reopen") else None
        if told is not None:
            told.add_error(refused.field if refused.field in told.fields else None, str(refused))
        return _teams(
            request,
            changed=found.pk,
            changed_form=told,
            refused="" if told is not None else str(refused),
            status=409,
        )
    messages.success(request, _("已保存"))
    return redirect("people:teams")


def _teams(
    request: SignedInRequest,
    *,
    form: TeamForm | None = None,
    changed: int = 0,
    changed_form: TeamForm | None = None,
    refused: str = "",
    status: int = 200,
) -> HttpResponse:
    user, may_manage = request.user, has(request.user, TEAMS)
    found = Team.objects.select_related("leader").order_by("-is_active", "name", "pk")
    if scope(user, VIEW) != Scope.ALL:
        found = found.filter(code=user.unit) if user.unit else found.none()
    rows = list(found[:SHOWN])
    members: dict[int, list[Membership]] = {}
    inside = Membership.objects.filter(team__in=rows, until=None).select_related("user")
    for member in inside.order_by("user__display_name", "pk"):
        members.setdefault(member.team_id, []).append(member)
    lines = [
        {
            "team": row,
            "members": members.get(row.pk, []),
            "form": (changed_form if row.pk == changed and changed_form else TeamForm(team=row))
            if may_manage
            else None,
            "is_open": row.pk == changed,
        }
        for row in rows
    ]
    context = {
        "lines": lines,
        "form": (form or TeamForm()) if may_manage else None,
        "form_is_open": form is not None,
        "refused": refused,
    }
    return render(request, "agents/people/teams.html", context, status=status)


@requires(TEAMS)
@require_http_methods(["GET", "POST"])
@once
def shifts(request: SignedInRequest) -> HttpResponse:
    """All shifts; a POST adds one."""
    if request.method != "POST":
        return _shifts(request)
    return _save(request, None)


@requires(TEAMS)
@require_POST
@once
def shift(request: SignedInRequest, shift_id: int) -> HttpResponse:
    """Another name, other hours, no longer in use."""
    found = Shift.objects.filter(pk=shift_id).first() if shift_id < 2**63 else None
    if found is None:
        raise Http404
    return _save(request, found)


def _save(request: SignedInRequest, found: Shift | None) -> HttpResponse:
    form = _form(found, request.POST)
    if not form.is_valid():
        return _shifts(request, changed=found, form=form, status=400)
    try:
        save_shift(shift=found, actor=request.user, now=clock.database_now(), **form.cleaned_data)
    except CollectorRefused as refused:
        form.add_error(refused.field if refused.field in form.fields else None, str(refused))
        return _shifts(request, changed=found, form=form, status=409)
    messages.success(request, _("班次已保存"))
    return redirect("people:shifts")


def _form(shift: Shift | None, data: Any = None) -> ShiftForm:
    if shift is None:
        return ShiftForm(data)
    initial = {name: getattr(shift, name) for name in ("name", "starts", "ends", "weekdays", "is_active")}
    return ShiftForm(data, prefix=f"shift-{shift.pk}", initial=initial)


def _shifts(
    request: SignedInRequest, *, changed: Shift | None = None, form: ShiftForm | None = None, status: int = 200
) -> HttpResponse:
    in_use = dict(
        Collector.objects.filter(shift__isnull=False, user__is_active=True)
        .values_list("shift")
        .annotate(count=Count("pk", filter=Q(left_on=None)))
    )
    words = dict(WEEKDAYS)
    lines = [
        {
            "shift": row,
            "days": [words[day] for day in row.weekdays],
            "people": in_use.get(row.pk, 0),
            "form": form if changed is not None and row.pk == changed.pk and form else _form(row),
            "is_open": changed is not None and row.pk == changed.pk,
        }
        for row in Shift.objects.order_by("-is_active", "starts", "name")[:SHOWN]
    ]
    context = {
        "lines": lines,
        "form": form if form is not None and changed is None else ShiftForm(),
        "form_is_open": form is not None and changed is None,
    }
    return render(request, "agents/people/shifts.html", context, status=status)
