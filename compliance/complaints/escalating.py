"""Time running out (CN-C-01): at half of the time whoever handles the complaint is told, later those above as well.

    gather: the open rounds with their deadlines, whom each is about, and the people who may be told; a few queries
    decide: which step each has reached, and whom that concerns (pure)
    apply:  messages, the step on the complaint, and the mark on the round, in one transaction

A step is taken once a round, however often and by however many programs the clock is looked at.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db import transaction
from django.urls import reverse

from collection_ops.core import clock
from collection_ops.core.access import Role, users_with
from collection_ops.core.models import Notification, User
from compliance.complaints.clock import passed_percent
from compliance.complaints.conflicts import HANDLE
from compliance.models import OPEN_STATES, ComplaintRound, ComplaintStep, ComplaintSubject

ASSIGN = "complaints.assign"
HALF, LATE, LAST_DAY, OVERDUE = 50, 80, 100, 101
STEPS = (HALF, LATE, LAST_DAY, OVERDUE)
"""Per cent of the time. The last day is the hundredth; one more is a deadline that was missed."""


@dataclass(frozen=True)
class Due:
    """An open round, as far as its clock is concerned. `told`: the last step that was taken. `accused`: ids of people whom
    it is about, `leads`: of those who lead them."""

    round_id: int
    complaint_id: int
    number: str
    started_on: date
    due_on: date
    told: int
    handler_id: int | None
    accused: frozenset[int] = frozenset()
    leads: frozenset[int] = frozenset()


@dataclass(frozen=True)
class People:
    """Ids of those who may be told."""

    handlers: Collection[int]
    assigners: Collection[int]
    managers: Collection[int]


@dataclass(frozen=True)
class Told:
    """What follows for one round."""

    due: Due
    step: int
    percent: int
    people: frozenset[int] = field(default_factory=frozenset)


def reached(due: Due, today: date) -> tuple[int, int]:
    """The highest step that the clock has passed (0: none), and the per cent."""
    if today > due.due_on:
        return OVERDUE, passed_percent(due.started_on, due.due_on, today)
    percent = min(passed_percent(due.started_on, due.due_on, today), LAST_DAY)
    return max((step for step in STEPS if step <= percent), default=0), percent


def decide(rounds: Iterable[Due], people: People, *, today: date) -> list[Told]:
    """Rounds that reached a step they were not told of. Whoever a complaint is about hears nothing of it; who leads them
    may know, but is not asked to handle it."""
    found = []
    for due in rounds:
        step, percent = reached(due, today)
        if step <= due.told:
            continue
        told = {due.handler_id} if due.handler_id is not None else set(people.handlers) - due.leads
        if step >= LATE:
            told |= set(people.assigners)
        if step >= LAST_DAY:
            told |= set(people.managers)
        found.append(Told(due, step, percent, frozenset(told - due.accused)))
    return found


def escalate(*, now: datetime) -> int:
    """Tell of every open complaint whose time passed another step; how many. Safe to repeat and to run twice at once."""
    today = clock.business_date(now)
    with transaction.atomic():
        told = decide(_gather(), _people(), today=today)
        if told:
            _apply(told, now)
    return len(told)


def _gather() -> list[Due]:
    """Two queries. What another run has in hand is left to it."""
    rounds = list(
        ComplaintRound.objects.select_for_update(of=("self",), skip_locked=True)
        .filter(closed_at__isnull=True, escalated__lt=OVERDUE, complaint__state__in=OPEN_STATES)
        .select_related("complaint")
        .only("started_on", "due_on", "escalated", "complaint__received_on", "complaint__handler")
        .order_by("pk")
    )
    ids = [one.complaint_id for one in rounds]
    accused: dict[int, set[int]] = {}
    units: dict[int, set[str]] = {}
    subjects = ComplaintSubject.objects.filter(complaint__in=ids, user__isnull=False)
    for complaint, user, unit in subjects.values_list("complaint", "user", "user__unit"):
        accused.setdefault(complaint, set()).add(user)
        units.setdefault(complaint, set()).add(unit)
    leads = _leads({unit for some in units.values() for unit in some if unit})
    return [
        Due(
            round_id=one.pk,
            complaint_id=one.complaint_id,
            number=one.complaint.number,
            started_on=one.started_on,
            due_on=one.due_on,
            told=one.escalated,
            handler_id=one.complaint.handler_id,
            accused=frozenset(accused.get(one.complaint_id, ())),
            leads=frozenset(pk for unit in units.get(one.complaint_id, ()) for pk in leads.get(unit, ())),
        )
        for one in rounds
    ]


def _leads(units: Collection[str]) -> Mapping[str, set[int]]:
    """Unit → ids of its team leaders. One query at most."""
    found: dict[str, set[int]] = {}
    if units:
        leaders = User.objects.filter(unit__in=units, role_grants__role=Role.TEAM_LEADER, is_active=True)
        for pk, unit in leaders.values_list("pk", "unit"):
            found.setdefault(unit, set()).add(pk)
    return found


def _people() -> People:
    managers = User.objects.filter(is_active=True, role_grants__role=Role.MANAGER)
    return People(
        handlers=list(users_with(HANDLE).values_list("pk", flat=True)),
        assigners=list(users_with(ASSIGN).values_list("pk", flat=True)),
        managers=list(managers.values_list("pk", flat=True)),
    )


def _apply(told: list[Told], now: datetime) -> None:
    Notification.objects.bulk_create(
        Notification(
            user_id=user,
            kind=_kind(one),
            params={"number": one.due.number, "due": one.due.due_on.isoformat(), "percent": one.percent},
            url=reverse("compliance:complaint", args=[one.due.complaint_id]),
            level="warning",
        )
        for one in told
        for user in sorted(one.people)
    )
    ComplaintStep.objects.bulk_create(
        ComplaintStep(
            complaint_id=one.due.complaint_id,
            kind="escalated",
            at=now,
            data={"percent": one.percent, "told": len(one.people), "due": one.due.due_on.isoformat()},
        )
        for one in told
    )
    for step in STEPS:
        at_step = [one.due.round_id for one in told if one.step == step]
        if at_step:
            ComplaintRound.objects.filter(pk__in=at_step).update(escalated=step)


def _kind(one: Told) -> str:
    if one.step == OVERDUE:
        return "complaint.overdue"
    if one.step == LAST_DAY:
        return "complaint.last_day"
    return "complaint.running_out" if one.due.handler_id is not None else "complaint.unassigned"
