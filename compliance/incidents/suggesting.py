"""What may be a major incident and has not been registered as one: grave complaints, holds for self-harm or by order, and
personal data that was improperly looked up or given away (of an upheld complaint: the complaint itself)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _

from cases.models import Hold, HoldType
from collection_ops.core import clock
from collection_ops.core.models import User
from compliance.breaching.kinds import LOOKING, said_of
from compliance.models import (
    BreachCase,
    BreachCaseState,
    BreachSource,
    Complaint,
    ComplaintSource,
    Incident,
    IncidentType,
    Severity,
)

LOOKS_BACK = timedelta(days=30)
MOST = 20
HOLDS = {HoldType.SELF_HARM: IncidentType.DEATH_INJURY, HoldType.NO_CONTACT_ORDER: IncidentType.POLICE_CASE}
LEAKS = (LOOKING, "B01.4")
"""Breaches that are, if anything, a leak of personal information."""
OF_SOURCE = {ComplaintSource.MEDIA: IncidentType.MEDIA, ComplaintSource.COURT_POLICE: IncidentType.POLICE_CASE}


@dataclass(frozen=True)
class Suggested:
    """One line «是否属于重大风险事项？». `type`: what it would most likely be."""

    at: datetime
    why: str
    type: IncidentType
    complaint: Complaint | None = None
    hold: Hold | None = None
    breach_case: BreachCase | None = None


def suggested_incidents(now: datetime, *, user: User | None = None) -> list[Suggested]:
    """The newest first, twenty at the most, of the last thirty days; of complaints and breaches only those that `user` may
    see. Three queries."""
    since = now - LOOKS_BACK
    complaints = Complaint.objects.for_user(user) if user is not None else Complaint.objects.all()
    grave = (
        complaints.counted()
        .filter(Q(severity=Severity.MAJOR) | Q(source__in=list(OF_SOURCE)), received_at__gte=since)
        .filter(received_on__gte=clock.business_date(since))  # by its index
        .filter(~Exists(Incident.objects.filter(complaint=OuterRef("pk"))))
        .order_by("-received_at", "-pk")[:MOST]
    )
    holds = (
        Hold.objects.filter(type__in=list(HOLDS), since__gte=since, since__lte=now)
        .filter(~Exists(Incident.objects.filter(hold=OuterRef("pk"))))
        .order_by("-since", "-pk")[:MOST]
    )
    matters = BreachCase.objects.for_user(user) if user is not None else BreachCase.objects.all()
    leaks = (
        matters.filter(kind__in=LEAKS, found_on__gte=clock.business_date(since))
        .exclude(state__in=[BreachCaseState.DISMISSED, BreachCaseState.WITHDRAWN])
        .exclude(source=BreachSource.COMPLAINT)
        .filter(~Exists(Incident.objects.filter(breach_case=OuterRef("pk"))))
        .order_by("-found_on", "-pk")[:MOST]
    )
    found = [Suggested(one.received_at, _why(one), type_of(one), complaint=one) for one in grave]
    found += [Suggested(one.since, str(one.get_type_display()), HOLDS[HoldType(one.type)], hold=one) for one in holds]
    found += [Suggested(one.recorded_at, said_of(one.kind), IncidentType.DATA_LEAK, breach_case=one) for one in leaks]
    return sorted(found, key=lambda one: one.at, reverse=True)[:MOST]


def type_of(complaint: Complaint) -> IncidentType:
    return OF_SOURCE.get(ComplaintSource(complaint.source), IncidentType.OTHER)


def _why(complaint: Complaint) -> str:
    return _("投诉：%(source)s · %(severity)s") % {
        "source": complaint.get_source_display(),
        "severity": complaint.get_severity_display(),
    }
