"""What is thrown away every night: things that only mattered while they were fresh. Facts are never deleted here."""

from datetime import datetime, timedelta

from django.contrib.sessions.models import Session

from collection_ops.core.models import FormToken, IdempotencyKey, Job, JobState, Notification, WorkerBeat
from collection_ops.core.services import audit_seal

FORM_TOKENS = timedelta(days=7)
IDEMPOTENCY_KEYS = timedelta(days=7)
READ_NOTIFICATIONS = timedelta(days=90)
ALL_NOTIFICATIONS = timedelta(days=180)
FINISHED_JOBS = timedelta(days=180)
WORKER_BEATS = timedelta(days=1)


def clean(*, now: datetime) -> dict[str, int]:
    """Delete what is past its time, and seal audit rows of any age that the minute runs may have missed. Returns counts."""
    finished = Job.objects.filter(state__in=[JobState.DONE, JobState.FAILED, JobState.DEAD])
    return {
        "sessions": Session.objects.filter(expire_date__lt=now).delete()[0],
        "form_tokens": FormToken.objects.filter(spent_at__lt=now - FORM_TOKENS).delete()[0],
        "idempotency_keys": IdempotencyKey.objects.filter(spent_at__lt=now - IDEMPOTENCY_KEYS).delete()[0],
        "notifications": Notification.objects.filter(read_at__lt=now - READ_NOTIFICATIONS).delete()[0]
        + Notification.objects.filter(created_at__lt=now - ALL_NOTIFICATIONS).delete()[0],
        "jobs": finished.filter(finished_at__lt=now - FINISHED_JOBS).delete()[0],
        "worker_beats": WorkerBeat.objects.filter(seen_at__lt=now - WORKER_BEATS).delete()[0],
        "sealed": audit_seal.seal(now=now, everything=True),
    }
