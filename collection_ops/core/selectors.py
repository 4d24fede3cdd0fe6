"""Reads across the kernel's models."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Min, Q, QuerySet

from collection_ops.core import clock
from collection_ops.core.access import has
from collection_ops.core.models import AuditEvent, AuditSeal, Job, JobState, Notification, User, WorkerBeat

FINISHED_SHOWN = 20
NOTIFICATIONS_SHOWN = 50


def jobs_for(user: User, *, everybodys: bool = False) -> QuerySet[Job]:
    """A person's own jobs; everybody's for who may see them. Another's job is as if it did not exist."""
    jobs = Job.objects.select_related("created_by")
    if everybodys and has(user, "jobs.view_all"):
        return jobs
    return jobs.filter(created_by=user)


def open_jobs(jobs: QuerySet[Job]) -> QuerySet[Job]:
    return jobs.filter(state__in=[JobState.QUEUED, JobState.RUNNING]).order_by("-id")


def finished_jobs(jobs: QuerySet[Job]) -> Sequence[Job]:
    closed = jobs.exclude(state__in=[JobState.QUEUED, JobState.RUNNING])
    return list(closed.order_by("-id")[:FINISHED_SHOWN])


def notifications_for(user: User) -> Sequence[Notification]:
    return list(Notification.objects.filter(user=user).order_by("-id")[:NOTIFICATIONS_SHOWN])


def audit_events(
    *,
    action: str = "",
    person: str = "",
    object_type: str = "",
    object_id: str = "",
    outcome: str = "",
    first: datetime | None = None,
    until: datetime | None = None,
) -> QuerySet[AuditEvent]:
    """The trail, filtered. `action` is a beginning (`import.` finds all of them); `person` a user name or part of a
    name; `until` is not included."""
    events = AuditEvent.objects.all()
    if action:
        events = events.filter(action__startswith=action)
    if person:
        people = User.objects.filter(Q(username__iexact=person) | Q(display_name__icontains=person))
        events = events.filter(actor__in=list(people.values_list("pk", flat=True)[:200]))
    if object_type:
        events = events.filter(object_type=object_type)
    if object_id:
        events = events.filter(object_id=object_id)
    if outcome:
        events = events.filter(outcome=outcome)
    if first:
        events = events.filter(at__gte=first)
    if until:
        events = events.filter(at__lt=until)
    return events


@dataclass(frozen=True)
class Health:
    """How the machinery is, for one page."""

    workers: Sequence[WorkerBeat]
    worker_lives: bool
    backlog: dict[str, int]
    oldest_queued: datetime | None
    dead_today: int
    last_seal: AuditSeal | None
    unsealed: int
    seal_is_late: bool
    database_skew_seconds: float
    last_check: Job | None


def health(*, now: datetime) -> Health:
    stale = now - timedelta(seconds=WorkerBeat.STALE_SECONDS)
    workers = list(WorkerBeat.objects.filter(seen_at__gt=now - timedelta(days=1)).order_by("-seen_at"))
    states = dict(
        Job.objects.filter(state__in=[JobState.QUEUED, JobState.RUNNING])
        .values_list("state")
        .annotate(n=Count("pk"))
        .values_list("state", "n")
    )
    last_seal = AuditSeal.objects.order_by("-number").first()
    unsealed = AuditEvent.objects.filter(seal_entry__isnull=True, at__gt=now - timedelta(days=2))
    oldest_unsealed = unsealed.aggregate(oldest=Min("at"))["oldest"]
    return Health(
        workers=workers,
        worker_lives=any(w.seen_at > stale for w in workers),
        backlog={str(state): states.get(state, 0) for state in (JobState.QUEUED, JobState.RUNNING)},
        oldest_queued=Job.objects.filter(state=JobState.QUEUED).aggregate(oldest=Min("created_at"))["oldest"],
        dead_today=Job.objects.filter(state=JobState.DEAD, finished_at__gt=now - timedelta(days=1)).count(),
        last_seal=last_seal,
        unsealed=unsealed.count(),
        seal_is_late=oldest_unsealed is not None and oldest_unsealed < now - timedelta(minutes=15),
        database_skew_seconds=clock.skew_seconds(),
        last_check=Job.objects.filter(kind="core.check_invariants", state=JobState.DONE).order_by("-id").first(),
    )


def users_matching(*, text: str = "", role: str = "", state: str = "") -> QuerySet[User]:
    """Accounts by name, role and state, with their roles fetched."""
    users = User.objects.prefetch_related("role_grants").order_by("username")
    if text:
        users = users.filter(Q(username__icontains=text) | Q(display_name__icontains=text) | Q(unit__iexact=text))
    if role:
        users = users.filter(role_grants__role=role)
    if state in ("active", "disabled"):
        users = users.filter(is_active=state == "active")
    return users
