"""What the decision of a complaint says about conduct, in the register: in the transaction of the decision."""

from datetime import datetime

from django.utils.translation import gettext as _

from collection_ops.core.models import User
from compliance.breaching.kinds import OF_COMPLAINT
from compliance.breaching.register import bring_back, report_breach, withdraw
from compliance.models import (
    FOUND_TRUE,
    STANDING,
    About,
    BreachCase,
    BreachCaseState,
    BreachSource,
    Complaint,
)


def follow_decision(complaint: Complaint, *, actor: User, now: datetime) -> list[BreachCase]:
    """Open a matter for each collector and agency that the decision finds responsible, where the complaint is about conduct;
    withdraw those of an earlier decision that it does not find responsible any more. A person's settling stays."""
    kind = OF_COMPLAINT.get(complaint.type)
    found = []
    if kind is not None and complaint.outcome in FOUND_TRUE:
        blamed = complaint.subjects.filter(responsible=True, about__in=[About.COLLECTOR, About.AGENCY])
        found = [
            report_breach(
                kind=kind,
                severity=None,
                what=_("投诉 %(number)s 经决定：%(outcome)s") % _numbered(complaint),
                actor=actor,
                now=now,
                user=subject.user,
                org=subject.org or "own",
                complaint=complaint,
            )
            for subject in blamed.select_related("user")
        ]
    kept = {row.pk for row in found}
    earlier = BreachCase.objects.filter(complaint=complaint, source=BreachSource.COMPLAINT)
    for row in earlier.select_for_update(of=("self",)).order_by("pk"):
        if row.pk in kept and row.state == BreachCaseState.WITHDRAWN:
            bring_back(row, actor=actor, now=now)
        elif row.pk not in kept and row.state in STANDING:
            withdraw(row, actor=actor, now=now)
    return found


def _numbered(complaint: Complaint) -> dict[str, str]:
    return {"number": complaint.number, "outcome": str(complaint.get_outcome_display())}
