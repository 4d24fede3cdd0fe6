"""Incidents: registered, corrected, what is done about them, closed."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from cases.models import Case, Hold
from collection_ops.core.access import has, users_with
from collection_ops.core.models import User
from collection_ops.core.services import audit
from collection_ops.core.services.notifications import notify
from compliance.incidents.clock import due
from compliance.incidents.refusals import IncidentRefused
from compliance.models import (
    BreachCase,
    Complaint,
    Incident,
    IncidentReport,
    IncidentStep,
    IncidentType,
    ReportKind,
    ReportState,
)

WRITE = "incidents.write"
MOST_WORDS = 20_000
ONCE = ("incident_complaint_once", "incident_breach_once", "incident_hold_once")


@dataclass(frozen=True)
class Told:
    """What is known of an incident."""

    type: IncidentType | str
    known_at: datetime
    what: str
    happened_at: datetime | None = None
    place: str = ""
    people_hurt: int = 0
    customers: int = 0
    orgs: str = ""
    users: Collection[User] = field(default_factory=tuple)


@dataclass(frozen=True)
class CameFrom:
    """What it was found by, as far as there is something."""

    complaint: Complaint | None = None
    breach_case: BreachCase | None = None
    case: Case | None = None
    hold: Hold | None = None


def register_incident(*, told: Told, came_from: CameFrom, owner: User, actor: User, now: datetime) -> Incident:
    """Write it down and start the clock at `known_at`, not at the typing. Everybody who reports incidents is told. Raises
    IncidentRefused: known in the future or before it happened, nothing said, an owner who may not report or is part of it,
    or the complaint, breach or hold is one already."""
    _refuse(told, now)
    if not has(owner, WRITE):
        raise IncidentRefused(_("%(name)s 没有报告重大风险事项的权限") % {"name": owner}, "owner")
    concerned = {one.pk for one in told.users} | _accused(came_from.complaint, came_from.breach_case)
    if owner.pk in concerned:
        raise IncidentRefused(_("涉及人员不能负责报告，请指定其他人"), "owner")
    report_due, leak_due = due(told.known_at, told.type)
    try:
        with transaction.atomic():
            row = Incident.objects.create(
                **_columns(told),
                complaint=came_from.complaint,
                breach_case=came_from.breach_case,
                case=came_from.case,
                hold=came_from.hold,
                owner=owner,
                due_at=report_due,
                leak_due_at=leak_due,
                recorded_by=actor,
                recorded_at=now,
            )
            row.users.set(told.users)
            step(row, "registered", actor=actor, now=now)
            data = {"type": str(told.type), "due": report_due.isoformat()}
            audit.record(action="incident.registered", actor=actor, obj=row, data=data)
            _tell(row, [one for one in reporters(row) if one.pk != actor.pk], "incident.registered")
    except IntegrityError as known:
        if not any(name in str(known) for name in ONCE):
            raise
        raise IncidentRefused(_("这件事已登记为重大风险事项，请打开那一件")) from known
    return row


def correct(*, incident: Incident, told: Told, reason: str, actor: User, now: datetime) -> Incident:
    """Other facts than were told first; the clocks follow where the moment of knowing or the type is another. What was
    reminded of before the new deadlines is reminded of again. Raises IncidentRefused: no reason, or as registering does."""
    _refuse(told, now)
    if not reason.strip():
        raise IncidentRefused(_("请写明更正的原因"), "reason")
    with transaction.atomic():
        row = _locked(incident)
        was = (row.known_at, row.type)
        before = {"type": row.type, "known_at": row.known_at.isoformat(), "due": row.due_at.isoformat()}
        for name, value in _columns(told).items():
            setattr(row, name, value)
        if row.owner_id in {one.pk for one in told.users}:
            raise IncidentRefused(_("负责人不能是涉及人员"), "users")
        if was != (row.known_at, row.type):
            row.due_at, row.leak_due_at = due(row.known_at, row.type)
            row.told = []
        if row.leak_due_at is None:
            row.leak_told_at = None
        row.save()
        row.users.set(told.users)
        data = {**before, "to": row.due_at.isoformat()}
        step(row, "corrected", actor=actor, now=now, words=reason, data=data)
        audit.record(action="incident.corrected", actor=actor, obj=row, data=data, reason=reason)
    return row


def measure(
    *, incident: Incident, words: str, actor: User, now: datetime, is_leak_notice: bool = False
) -> IncidentStep:
    """What was done about it. `is_leak_notice`: authority and persons were told of a leak, which stops the second clock.
    Raises IncidentRefused: nothing said, closed, not a leak."""
    _said(words, _("请写明采取了什么措施"), "words")
    with transaction.atomic():
        row = _locked(incident)
        if is_leak_notice:
            if row.leak_due_at is None:
                raise IncidentRefused(_("只有个人信息泄露才有通知时限"), "is_leak_notice")
            if row.leak_told_at is None:
                row.leak_told_at = now
                row.save(update_fields=["leak_told_at"])
        made = step(row, "leak_notice" if is_leak_notice else "measure", actor=actor, now=now, words=words)
        audit.record(action="incident.measure", actor=actor, obj=row, data={"leak_notice": is_leak_notice})
    return made


def close(*, incident: Incident, words: str, actor: User, now: datetime) -> Incident:
    """It is over: the final report has left. Raises IncidentRefused: it has not, a leak nobody was told of, nothing said."""
    _said(words, _("请写明办结说明"), "words")
    with transaction.atomic():
        row = _locked(incident)
        sent = IncidentReport.objects.filter(incident=row, kind=ReportKind.FINAL, state=ReportState.SENT)
        if not sent.exists():
            raise IncidentRefused(_("终报报送之后才能办结"))
        if row.leak_due_at is not None and row.leak_told_at is None:
            raise IncidentRefused(_("尚未登记泄露通知（监管部门与个人），不能办结"))
        row.closed_at, row.closed_by = now, actor
        row.save(update_fields=["closed_at", "closed_by"])
        step(row, "closed", actor=actor, now=now, words=words)
        audit.record(action="incident.closed", actor=actor, obj=row, data={"in_time": row.in_time})
    return row


def step(
    row: Incident,
    kind: str,
    *,
    actor: User | None,
    now: datetime,
    words: str = "",
    data: Mapping[str, object] | None = None,
) -> IncidentStep:
    """One line of what was done. Kinds have their labels in `incidents/texts.py`."""
    return IncidentStep.objects.create(
        incident=row, kind=kind, at=now, actor=actor, words=words.strip(), data=dict(data or {})
    )


def reporters(row: Incident, among: Iterable[User] | None = None) -> list[User]:
    """Who reports incidents and is not part of this one (as `IncidentQuerySet.for_user` has it). `among`: who reports
    incidents, where that is known."""
    concerned = set(row.users.values_list("pk", flat=True)) | _accused(row.complaint, row.breach_case)
    return [one for one in (users_with(WRITE) if among is None else among) if one.pk not in concerned]


def _accused(complaint: Complaint | None, breach_case: BreachCase | None) -> set[int]:
    found = set() if breach_case is None or breach_case.user_id is None else {breach_case.user_id}
    if complaint is not None:
        accused = complaint.subjects.filter(user__isnull=False).values_list("user_id", flat=True)
        found.update(pk for pk in accused if pk is not None)
    return found


def _columns(told: Told) -> dict[str, object]:
    return {
        "type": IncidentType(told.type),
        "known_at": told.known_at,
        "happened_at": told.happened_at,
        "place": told.place.strip()[:100],
        "what": told.what.strip(),
        "people_hurt": told.people_hurt,
        "customers": told.customers,
        "orgs": told.orgs.strip()[:200],
    }


def _refuse(told: Told, now: datetime) -> None:
    if told.type not in IncidentType.values:
        raise IncidentRefused(_("请选择事项类型"), "type")
    if told.known_at > now:
        raise IncidentRefused(_("知悉时间不能晚于现在"), "known_at")
    if told.happened_at is not None and told.happened_at > told.known_at:
        raise IncidentRefused(_("发生时间不能晚于知悉时间"), "happened_at")
    _said(told.what, _("请写明事实经过"), "what")


def _said(words: str, otherwise: str, field: str) -> None:
    if not words.strip():
        raise IncidentRefused(otherwise, field)
    if len(words) > MOST_WORDS:
        raise IncidentRefused(_("内容不能超过 %(most)s 字") % {"most": f"{MOST_WORDS:,}"}, field)


def _locked(incident: Incident) -> Incident:
    row = Incident.objects.select_for_update(of=("self",), no_key=True).get(pk=incident.pk)
    if row.closed_at is not None:
        raise IncidentRefused(_("这件重大风险事项已办结"))
    return row


def _tell(row: Incident, people: Collection[User], kind: str, **params: object) -> None:
    notify(
        users=people,
        kind=kind,
        params={"number": row.number, **params},
        url=reverse("compliance:incident", args=[row.pk]),
        level="danger",
    )
