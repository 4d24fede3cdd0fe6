"""Changing a person's file, and the team they are in."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from agents.people import selectors
from agents.people.collectors import CollectorRefused, digest_of, save_collector
from agents.people.forms import FileForm, PlaceForm
from agents.people.list_views import MANAGE, TEAMS, person_page
from agents.people.staff import find_person, is_collector
from agents.people.teams import TeamRefused, place_in_team
from collection_ops.core import clock
from collection_ops.core.access import requires
from collection_ops.core.http import SignedInRequest
from collection_ops.core.models import User
from collection_ops.core.services.form_tokens import once


@requires(MANAGE)
@require_http_methods(["GET", "POST"])
@once
def edit(request: SignedInRequest, user_id: int) -> HttpResponse:
    """What somebody can do and how much: skills, capacity, shift, level."""
    found = find_person(request.user, user_id, MANAGE)
    if not is_collector(found):
        raise Http404
    person = User.objects.select_related("collector__shift").get(pk=found.pk)
    file = selectors.file_of(person)
    based_on = digest_of(file)
    form = FileForm(request.POST or None, file=file)
    status = 200
    if request.method == "POST":
        based_on, status = request.POST.get("based_on", "")[:16], 400
        if form.is_valid():
            try:
                save_collector(
                    user=person,
                    abilities=form.abilities(),
                    based_on=based_on,
                    actor=request.user,
                    now=clock.database_now(),
                )
            except CollectorRefused as refused:
                form.add_error(refused.field if refused.field in form.fields else None, str(refused))
                status = 409
            else:
                messages.success(request, _("档案已保存"))
                return redirect("people:person", found.pk)
    line = selectors.lines([person], clock.business_date(clock.now()))[0]
    context = {"person": person, "form": form, "based_on": based_on, "line": line}
    return render(request, "agents/people/edit.html", context, status=status)


@requires(TEAMS)
@require_POST
@once
def place(request: SignedInRequest, user_id: int) -> HttpResponse:
    """Into another team; unit and desk follow."""
    found = find_person(request.user, user_id, TEAMS)
    form = PlaceForm(request.POST)
    if not form.is_valid():
        return person_page(request, found, key="file", status=400, place_form=form)
    based_on = request.POST.get("based_on", "")
    try:
        member = place_in_team(
            user=found,
            team=form.cleaned_data["team"],
            since=form.cleaned_data["since"],
            based_on=int(based_on) if based_on.isdecimal() and len(based_on) < 19 else 0,
            actor=request.user,
            now=clock.database_now(),
        )
    except TeamRefused as refused:
        form.add_error(refused.field if refused.field in form.fields else None, str(refused))
        return person_page(request, found, key="file", status=409, place_form=form)
    messages.success(request, _("%(who)s 已调入“%(team)s”") % {"who": found, "team": member.team.name})
    return redirect("people:person", found.pk)
