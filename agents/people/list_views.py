"""The list of people, and one person with the tabs of all parts of the house."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from agents.models import Leave, Membership, Team
from agents.people import selectors
from agents.people.forms import CertificateForm, PaperForm, PeopleFilter, PlaceForm
from agents.people.staff import find_person, is_collector, staff_for
from agents.people.tabs import person_tab, tabs_for
from collection_ops.core import clock
from collection_ops.core.access import Scope, has, requires, scope
from collection_ops.core.http import SignedInRequest
from collection_ops.core.models import User
from compliance.models import StaffPaper, TrainingCertificate
from compliance.staff_texts import paper_words

VIEW, MANAGE, TEAMS, RECORD = "people.view", "people.manage", "teams.manage", "certificates.record"
PAGE = 50
HISTORY = 20


@requires(VIEW)
@require_GET
def people(request: SignedInRequest) -> HttpResponse:
    """Everybody in the reader's scope; whoever sees only themselves is led to their own page."""
    if scope(request.user, VIEW) == Scope.OWN:
        return redirect("people:person", request.user.pk)
    day, staff = clock.business_date(clock.now()), staff_for(request.user, VIEW)
    units = staff.exclude(unit="").values("unit")
    teams = list(Team.objects.filter(code__in=units).order_by("name").values_list("code", "name"))
    form = PeopleFilter(request.GET or None, teams=teams)
    asked = form.cleaned_data if form.is_valid() else {}
    text = str(asked.get("q", "")).replace("\x00", "").strip()
    found = selectors.searched(staff, text=text, team=asked.get("team", ""))
    found = selectors.of_state(found, certificate=asked.get("certificate", ""), level=asked.get("level", ""), day=day)
    number = _page_number(request)
    rows = list(found[(number - 1) * PAGE : number * PAGE + 1])
    context = {
        "form": form,
        "lines": selectors.lines(rows[:PAGE], day),
        "is_filtered": any(asked.values()),
        "states": selectors.expiring(staff, day),
        "previous_url": _address(request, number - 1) if number > 1 else "",
        "next_url": _address(request, number + 1) if len(rows) > PAGE else "",
    }
    return render(request, "agents/people/list.html", context)


@requires(VIEW)
@require_GET
def person(request: SignedInRequest, user_id: int) -> HttpResponse:
    return person_page(request, find_person(request.user, user_id, VIEW))


def person_page(
    request: SignedInRequest, found: User, *, key: str = "", status: int = 200, **typed: Any
) -> HttpResponse:
    """The page with one tab open; `typed` are forms that came back."""
    day = clock.business_date(clock.now())
    tabs = tabs_for(request.user, found)
    wanted = key or request.GET.get("tab", "")
    tab = next((one for one in tabs if one.key == wanted), tabs[0])
    line = selectors.lines([User.objects.select_related("collector__shift").get(pk=found.pk)], day)[0]
    context = {
        "person": line.person,
        "line": line,
        "missing": paper_words(list(line.on_file.missing)),
        "day": day,
        "tabs": tabs,
        "tab": tab.key,
        "tab_template": tab.template,
        "is_self": found.pk == request.user.pk,
        "may_edit": has(request.user, MANAGE) and found.pk != request.user.pk and is_collector(found),
        **tab.content(request, found),
        **typed,
    }
    return render(request, "agents/people/person.html", context, status=status)


@person_tab("file", label=_("档案"), template="agents/people/_file.html", order=10)
def file_tab(request: SignedInRequest, found: User) -> dict[str, Any]:
    """The file, certificates and papers, memberships, leave. Five queries."""
    user, own = request.user, found.pk == request.user.pk
    today = clock.business_date(clock.now())
    memberships = list(Membership.objects.filter(user=found).select_related("team").order_by("-since", "-pk")[:HISTORY])
    current = next((one for one in memberships if one.until is None), None)
    may_record = has(user, RECORD) and not own
    may_place = has(user, TEAMS) and is_collector(found)
    by = ("recorded_by", "revoked_by")
    certificates = TrainingCertificate.objects.filter(user=found).select_related(*by).order_by("-passed_on", "-pk")
    return {
        "certificates": list(certificates[:HISTORY]),
        "papers": list(StaffPaper.objects.filter(user=found).order_by("withdrawn_on", "kind", "-pk")[:HISTORY]),
        "memberships": memberships,
        "current": current,
        "leaves": list(Leave.objects.filter(user=found).select_related("decided_by").order_by("-first_day")[:HISTORY]),
        "may_record": may_record,
        "certificate_form": CertificateForm() if may_record else None,
        "paper_form": PaperForm() if may_record else None,
        "place_form": PlaceForm(initial={"since": today}) if may_place else None,
        "today": today,
    }


def _page_number(request: SignedInRequest) -> int:
    text = request.GET.get("page", "")
    return max(int(text), 1) if text.isascii() and text.isdigit() and len(text) < 6 else 1


def _address(request: SignedInRequest, number: int) -> str:
    kept = [(k, v) for k, values in request.GET.lists() if k != "page" for v in values if v]
    return f"?{urlencode([*kept, ('page', number)])}"
