"""Jobs: enqueue in the request's transaction, ring the worker on commit, claim by conditional update, never run twice.

Why not trust the broker: messages were measured to get lost between BRPOP and the unacked record, and to arrive twice
after the visibility timeout (reference: reliability section 3). The row decides, the bell may be lost or doubled.
"""

import logging
import os
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import InterfaceError, OperationalError, close_old_connections, connection, transaction
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from collection_ops.core import clock
from collection_ops.core.disk import is_disk_full
from collection_ops.core.models import Job, JobState, Notification, User

logger = logging.getLogger(__name__)

LEASE = timedelta(seconds=30)
HEARTBEAT_SECONDS = 5.0
# A queued job whose bell was not answered for this long is rung again.
RING_AGAIN_AFTER = timedelta(seconds=30)
QUIET_SECONDS = 10.0
# The database went away, or two transactions met in a deadlock: nothing is wrong with the job itself.
DATABASE_LOST = (OperationalError, InterfaceError)


class ExpectedFailure(Exception):
    """A job cannot be done for a reason the person can act on (bad file, book changed). The text is shown to them."""


@dataclass
class JobRun:
    """What a handler is given: the job and a way to say how far it is."""

    job: Job
    _last_write: float | None = field(default=None)

    def progress(self, done: int, total: int, text: str = "") -> None:
        """Shown on the page; written at most twice a second, outside the handler's own transaction it would not be
        visible, so handlers report between their transactions."""
        now = time.monotonic()
        if self._last_write is not None and now - self._last_write < 0.5 and done < total:
            return
        self._last_write = now
        Job.objects.filter(pk=self.job.pk).update(progress_done=done, progress_total=total, progress_text=text[:200])


@dataclass(frozen=True)
class Outcome:
    """What a handler returns: figures for the page (no personal data), and where the result is."""

    result: dict[str, Any] = field(default_factory=dict)
    url: str = ""


Handler = Callable[[JobRun], Outcome | None]
_handlers: dict[str, Handler] = {}


def job_handler(kind: str) -> Callable[[Handler], Handler]:
    """Registers the function that does jobs of `kind`. It must be safe to repeat: a killed worker's job runs again."""

    def register(function: Handler) -> Handler:
        if kind in _handlers and _handlers[kind] is not function:
            raise LookupError(f"two handlers for job kind {kind!r}")
        _handlers[kind] = function
        return function

    return register


def enqueue(
    *,
    kind: str,
    params: dict[str, Any],
    actor: User | None,
    title: str = "",
    key: str | None = None,
    queue: str = "default",
) -> Job:
    """Write the job row and ring the worker after commit. `params` holds ids only.

    With a `key` that an earlier job has, that job is returned and nothing new happens.
    """
    if kind not in _handlers:
        raise LookupError(f"no handler for job kind {kind!r}")
    with transaction.atomic():
        if key is not None:
            job, created = Job.objects.get_or_create(
                key=key,
                defaults={"kind": kind, "params": params, "created_by": actor, "title": title, "queue": queue},
            )
            if not created:
                return job
        else:
            job = Job.objects.create(kind=kind, params=params, created_by=actor, title=title, queue=queue)
        transaction.on_commit(lambda: ring(job.pk, job.queue), robust=True)
    return job


class _Bell:
    """Until when (monotonic seconds) this process does not try the broker."""

    quiet_until = 0.0


_bell = _Bell()


def ring(job_id: int, queue: str) -> None:
    """Tell a worker there is something to do. Failing is no harm: the sweeper rings again.

    A broker that is frozen holds its caller for seconds: after a failure this process rings nobody for a while.
    """
    from collection_ops.core.tasks import run_job

    if time.monotonic() < _bell.quiet_until:
        return
    try:
        run_job.apply_async(args=[job_id], queue=queue, retry=False)
        Job.objects.filter(pk=job_id).update(rung_at=Now())
    except Exception as error:  # the broker may be gone in many ways; the job waits in its row
        _bell.quiet_until = time.monotonic() + QUIET_SECONDS
        logger.warning("broker unreachable, job waits", extra={"job": job_id, "error": type(error).__name__})


def worker_name() -> str:
    return f"{socket.gethostname()[:40]}:{os.getpid()}"


def claim(job_id: int, *, now: datetime) -> Job | None:
    """Take the job if it is free: queued, or running with a dead lease. One worker wins, the others get None.

    Committed before the risky work, so that a job which kills its process still counts an attempt. A kind that this
    worker does not know (it is older than the web process) is left for one that does. `now` is the database's: leases are
    judged by one clock, whatever a worker's own says.
    """
    free = Q(state=JobState.QUEUED) | Q(state=JobState.RUNNING, lease_until__lt=now)
    known = Job.objects.filter(free, pk=job_id, attempts__lt=Job.MAX_ATTEMPTS, kind__in=list(_handlers))
    taken = known.update(
        state=JobState.RUNNING,
        attempts=F("attempts") + 1,
        lease_until=now + LEASE,
        worker=worker_name(),
        started_at=now,
        error="",
    )
    return Job.objects.get(pk=job_id) if taken else None


def run(job_id: int) -> None:
    """Claim, do, finish. Called by the Celery task; a second bell for the same job finds nothing to claim."""
    job = claim(job_id, now=clock.database_now())
    if job is None:
        return
    heart = _Heart(job)
    heart.start()
    try:
        outcome = _handlers[job.kind](JobRun(job)) or Outcome()
    except ExpectedFailure as failure:
        heart.stop()
        _finish(job, state=JobState.FAILED, error=str(failure))
    except DATABASE_LOST as error:
        heart.stop()
        logger.warning("database lost under a job", extra={"job": job.pk, "error": type(error).__name__})
        _give_back(job)
    except Exception as error:
        heart.stop()
        if is_disk_full(error):
            logger.error("no room on the disk for a job", extra={"job": job.pk, "kind": job.kind})
            _finish(job, state=JobState.FAILED, error=_("服务器的存储空间不足。请联系系统管理员腾出空间，再发起一次"))
            return
        logger.exception("job failed", extra={"job": job.pk, "kind": job.kind})
        # The kind of error only: its text may quote values. The log has the place.
        _finish(job, state=JobState.FAILED, error=_("内部错误（%(kind)s），已记录") % {"kind": type(error).__name__})
    else:
        heart.stop()
        _finish(job, state=JobState.DONE, result=outcome.result, url=outcome.url)


def _give_back(job: Job) -> None:
    """Queue the job again; the sweeper rings for it, and buries it when this was its last attempt. Where the database is
    still away, the lease runs out by itself."""
    try:
        connection.close_if_unusable_or_obsolete()
        Job.objects.filter(pk=job.pk, state=JobState.RUNNING, worker=job.worker, attempts=job.attempts).update(
            state=JobState.QUEUED, lease_until=None, rung_at=None
        )
    except DATABASE_LOST:
        logger.warning("job not given back, its lease runs out", extra={"job": job.pk})


def _finish(job: Job, *, state: str, error: str = "", result: dict[str, Any] | None = None, url: str = "") -> None:
    """Write the end of a job, only if the claim is still ours: a worker that was thought dead must not overwrite."""
    with transaction.atomic():
        ours = Job.objects.filter(pk=job.pk, state=JobState.RUNNING, worker=job.worker, attempts=job.attempts).update(
            state=state,
            error=error[:500],
            result=result or {},
            result_url=url,
            finished_at=Now(),
            lease_until=None,
        )
        if ours and job.created_by_id:
            Notification.objects.create(
                user_id=job.created_by_id,
                kind=f"job.{state}",
                params={"title": job.title or job.kind, "error": error[:200]},
                url=url,
                level="success" if state == JobState.DONE else "danger",
            )


class _Heart:
    """Renews the lease from a thread of its own while the handler works."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.stopped = threading.Event()
        self.thread = threading.Thread(target=self._beat, name=f"heart-{job.pk}", daemon=True)

    def start(self) -> None:
        self.thread.start()

    def stop(self) -> None:
        self.stopped.set()
        self.thread.join(timeout=HEARTBEAT_SECONDS)

    def _beat(self) -> None:
        try:
            while not self.stopped.wait(HEARTBEAT_SECONDS):
                try:
                    close_old_connections()
                    Job.objects.filter(
                        pk=self.job.pk, state=JobState.RUNNING, worker=self.job.worker, attempts=self.job.attempts
                    ).update(lease_until=Now() + LEASE)
                except Exception:
                    logger.warning("heartbeat failed", extra={"job": self.job.pk})
        finally:
            connection.close()


def sweep(*, now: datetime) -> dict[str, int]:
    """Ring again what nobody answered; bury what has killed its worker three times. Returns counts. `now`
    is the database's."""
    dead = Job.objects.filter(
        Q(state=JobState.RUNNING, lease_until__lt=now) | Q(state=JobState.QUEUED), attempts__gte=Job.MAX_ATTEMPTS
    )
    buried = 0
    for job in dead:
        with transaction.atomic():
            if Job.objects.filter(pk=job.pk, state=job.state, attempts=job.attempts).update(
                state=JobState.DEAD, finished_at=now, lease_until=None
            ):
                buried += 1
                if job.created_by_id:
                    Notification.objects.create(
                        user_id=job.created_by_id,
                        kind="job.dead",
                        params={"title": job.title or job.kind},
                        level="danger",
                    )
    due = Job.objects.filter(attempts__lt=Job.MAX_ATTEMPTS).filter(
        Q(state=JobState.RUNNING, lease_until__lt=now)
        | Q(state=JobState.QUEUED, rung_at__lt=now - RING_AGAIN_AFTER)
        | Q(state=JobState.QUEUED, rung_at__isnull=True, created_at__lt=now - timedelta(seconds=5))
    )
    rung = 0
    _bell.quiet_until = 0.0  # the round that finds out whether the broker is back
    for job_id, queue in due.values_list("pk", "queue"):
        ring(job_id, queue)
        rung += 1
    return {"rung": rung, "dead": buried}
