"""One person's targets: progress, days and weeks, the gap, the place among like people; and the line on the desk."""

from datetime import date
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from agents.expected import rates_on
from agents.people.tabs import person_tab
from agents.scope import people_for
from agents.targets.choice import month_from, month_text, other_months
from agents.targets.follow import Standing, standings
from agents.targets.gather import last_of, month_of
from agents.targets.metrics import BY_CODE
from agents.targets.peers import place_in_group
from agents.targets.segments import segments_of, whole_of
from agents.targets.sets import agreed, first_agreed
from collection_ops.core import clock
from collection_ops.core.access import requires
from collection_ops.core.http import SignedInRequest
from collection_ops.core.models import User

VIEW = "targets.view"
SEGMENTS_SHOWN = 10
LINE_SECONDS = 300
"""So long a browser may show the line on the desk without asking again."""


@requires(VIEW)
@require_GET
def person(request: SignedInRequest, user_id: int) -> HttpResponse:
    found = get_object_or_404(people_for(request.user, VIEW).distinct(), pk=min(user_id, 2**63 - 1))
    day = clock.business_date(clock.now())
    month = month_from(request.GET.get("month", ""), day)
    context = {
        "person": found,
        "month_text": month_text(month),
        "months": other_months(month),
        **content_of(found, month=month, day=day),
    }
    return render(request, "agents/targets/person.html", context)


def content_of(person: User, *, month: date, day: date) -> dict[str, Any]:
    """What the page and the tab show of a month as of `day`."""
    version, last = agreed(month), min(day, last_of(month))
    context: dict[str, Any] = {"month": month, "day": max(last, month), "version": version}
    if version is None:
        return context
    context["standings"] = standings(version, person.pk, day=day, first=first_agreed(month))
    context["place"] = place = place_in_group(version, BY_CODE["money"], person.pk, day=max(last, month), last=last)
    if last >= month:
        found = segments_of(person.pk, place.group - {person.pk}, first=month, last=last, rates=rates_on(last))
        context |= {"segments": found[:SEGMENTS_SHOWN], "whole": whole_of(found) if found else None,
                    "more_segments": max(len(found) - SEGMENTS_SHOWN, 0)}  # fmt: skip
    return context


@person_tab("targets", label=_("目标"), template="agents/targets/_person.html", order=30, capability=VIEW)
def targets_tab(request: SignedInRequest, person: User) -> dict[str, Any]:
    day = clock.business_date(clock.now())
    return content_of(person, month=month_of(day), day=day)


@requires(VIEW)
@require_GET
def mine(request: SignedInRequest) -> HttpResponse:
    """The line on the desk («目标 62 % 还差 3,800»): a fragment of its own, so that the desk does not wait for it."""
    day = clock.business_date(clock.now())
    found = standings_of(request.user, day, codes=("money",))
    response = render(request, "agents/targets/_mine_line.html", {"standing": found[0] if found else None})
    patch_cache_control(response, private=True, max_age=LINE_SECONDS)
    return response


def standings_of(user: User, day: date, *, codes: tuple[str, ...] | None = None) -> list[Standing]:
    """The person's agreed targets of this month, without a word on whether they can be reached; none, nothing."""
    version = agreed(month_of(day))
    return [] if version is None else standings(version, user.pk, day=day, codes=codes, with_pace=False)
