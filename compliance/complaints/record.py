"""Complaints on the record of a case: a tab, the timeline, the handover card.

A complaint is the customer's, not the contract's: each case of theirs shows it, to whoever may see it. Nothing of what was
said stands here, and nobody meets a complaint about themselves.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases import timeline
from cases.handover import Line, handover_part
from cases.models import Case
from cases.record_tabs import record_tab
from cases.timeline import MOST_ENTRIES, Entry
from collection_ops.core import clock
from collection_ops.core.http import SignedInRequest
from collection_ops.core.models import User
from compliance.complaints.desk import LONG_TEXTS, lines_of
from compliance.models import (
    OPEN_STATES,
    Complaint,
    ComplaintOutcome,
    ComplaintState,
    ComplaintStep,
    ComplaintSubject,
)

TAB = "complaints"
MOST_SHOWN = 50
TOPIC_DAYS = 180
"""A house rule: how long what somebody complained of stays a topic to be careful with."""
_LATE = {True: "", False: gettext_lazy("超期办结")}


@record_tab(
    TAB,
    label=gettext_lazy("投诉"),
    template="compliance/complaints/_record_tab.html",
    order=45,
    capability="complaints.view",
)
def complaints_tab(request: SignedInRequest, case: Case) -> dict[str, Any]:
    """Those of the customer that the reader may see, the newest first."""
    rows = Complaint.objects.for_user(request.user).filter(debtor=case.loan.debtor_id)
    rows = rows.select_related("debtor", "handler", "joined_to").defer(*LONG_TEXTS)
    rows = rows.prefetch_related("subjects__user").order_by("-received_at", "-pk")[:MOST_SHOWN]
    return {"lines": lines_of(rows, request.user, today=clock.business_date(clock.now()))}


@timeline.register
def complaint_steps(case: Case, user: User) -> Iterable[Entry]:
    """Received, given to somebody, decided, closed, opened again; one query."""
    visible = Complaint.objects.for_user(user).filter(debtor=case.loan.debtor_id)
    steps = ComplaintStep.objects.filter(complaint__in=visible, kind__in=_TOLD).select_related("complaint", "actor")
    steps = steps.defer("words", *(f"complaint__{name}" for name in LONG_TEXTS)).order_by("-pk")
    for step in steps[:MOST_ENTRIES]:
        title, tone = _TOLD[step.kind]
        what = [step.complaint.number, step.complaint.get_type_display()]
        if step.kind == "received":
            what.append(step.complaint.get_source_display())
        elif step.kind == "assigned":
            what.append(str(step.data.get("name", "")))
        elif step.kind == "decided" and step.data.get("outcome") in ComplaintOutcome.values:
            what.append(str(ComplaintOutcome(step.data["outcome"]).label))
        elif step.kind == "closed":
            what.append(str(_LATE[bool(step.data.get("in_time", True))]))
        yield Entry(
            at=step.at,
            key=f"complaint-{step.pk}",
            kind="complaint",
            title=str(title),
            detail=" · ".join(part for part in what if part),
            actor=str(step.actor or ""),
            tone=tone,
            basis=reverse("compliance:complaint", args=[step.complaint_id]),
        )


_TOLD = {
    "received": (gettext_lazy("收到投诉"), "warning"),
    "assigned": (gettext_lazy("投诉已指定经办人"), "info"),
    "decided": (gettext_lazy("投诉已有结论"), "info"),
    "closed": (gettext_lazy("投诉办结"), "success"),
    "reopened": (gettext_lazy("投诉重新受理"), "warning"),
    "joined": (gettext_lazy("投诉并入另一件"), "neutral"),
}


@handover_part(label=gettext_lazy("投诉过的事"), order=32)
def sore_points(case: Case, user: User, now: datetime) -> Iterable[Line]:
    """What not to touch again: the topic and how it stands, for whoever takes the case over; not who it is about."""
    since = clock.business_date(now) - timedelta(days=TOPIC_DAYS)
    about_me = ComplaintSubject.objects.filter(complaint=OuterRef("pk"), user=user)
    rows = Complaint.objects.counted().filter(~Exists(about_me), debtor=case.loan.debtor_id)
    rows = rows.filter(Q(state__in=OPEN_STATES) | Q(received_on__gte=since)).order_by("-received_at", "-pk")
    told: set[tuple[str, str]] = set()
    for one in rows.only("type", "state", "outcome", "received_at")[:MOST_SHOWN]:
        closed = one.state == ComplaintState.CLOSED
        state = str(one.get_outcome_display()) if closed else _("办理中")
        if (one.type, state) not in told:
            told.add((one.type, state))
            yield Line(f"{one.get_type_display()} · {state}", one.received_at)
