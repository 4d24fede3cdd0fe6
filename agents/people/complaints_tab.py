"""The tab «complaints» of a person's page: how often, what was found, and what the person still has to go through."""

from datetime import date, timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _

from agents.complaints import complaints
from agents.people.tabs import person_tab
from collection_ops.core import clock
from collection_ops.core.http import SignedInRequest
from collection_ops.core.models import User
from compliance.complaints.rates import Counts, Line, rates
from compliance.models import Complaint, StaffTask

CAPABILITY = "complaints.view"
SHOWN = 12
PERIODS = ((_("近 90 天"), 90), (_("近一年"), 365))


@person_tab("complaints", label=_("投诉"), template="agents/people/_complaints.html", order=45, capability=CAPABILITY)
def complaints_of(request: SignedInRequest, person: User) -> dict[str, Any]:
    """Nobody learns here of an open complaint about themselves: the person reads what was decided and closed, and their
    own tasks; no rates, for those count what is open. Everybody else also sees the newest complaints in their scope."""
    now = clock.now()
    today = clock.business_date(now)
    tasks = list(StaffTask.objects.filter(user=person, done_at__isnull=True).order_by("due_on", "pk"))
    known = complaints(last=today, users=[person.pk])
    settled = [one for one in known if one.is_settled(now)]
    context = {
        "is_self": request.user.pk == person.pk,
        "tasks": tasks,
        "today": today,
        "settled": len(settled),
        "upheld": sum(one.upheld for one in settled),
    }
    if context["is_self"]:
        return context
    rows = Complaint.objects.for_user(request.user, CAPABILITY).counted().filter(subjects__user=person)
    newest = rows.order_by("-received_on", "-pk").defer("narrative", "demand", "finding", "remedy")[:SHOWN]
    responsible = {one.pk: one.upheld for one in known}
    return context | {
        "periods": [(label, _line(person, days, today)) for label, days in PERIODS],
        "complaints": [(one, responsible.get(one.pk, False)) for one in newest],
    }


def _line(person: User, days: int, today: date) -> Line:
    """Of the days up to today; a line of nothing where there is nothing to say."""
    found = rates(today - timedelta(days=days - 1), today, "user", [person.pk], today=today)
    return found[0] if found else Line(str(person.pk), Counts())
