from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session

from collection_ops.core import clock
from collection_ops.core.models import AuditEvent, FormToken, IdempotencyKey, Job, JobState, Notification, WorkerBeat
from collection_ops.core.services import housekeeping
from collection_ops.core.services.api_tokens import issue_token

pytestmark = pytest.mark.django_db


def test_what_is_past_its_time_goes_and_everything_else_stays(clerk, settings, tmp_path):
    settings.AUDIT_SEAL_COPY = tmp_path / "seals.jsonl"
    now = clock.now()

    def ago(days):
        return now - timedelta(days=days)

    Session.objects.create(session_key="old", session_data="", expire_date=ago(1))
    Session.objects.create(session_key="new", session_data="", expire_date=now + timedelta(days=1))
    for token, days in (("t" * 43, 8), ("u" * 43, 6)):
        FormToken.objects.create(token=token, user=clerk, path="/", body_digest="", spent_at=ago(days))
    program, _secret = issue_token(integration="外呼", scopes=["cases.read"], actor=None, now=now)
    for key, days in (("k" * 16, 8), ("l" * 16, 6)):
        IdempotencyKey.objects.create(token=program, key=key, digest="", spent_at=ago(days))
    Notification.objects.create(user=clerk, kind="job.done", read_at=ago(91), created_at=ago(92))
    Notification.objects.create(user=clerk, kind="job.done", created_at=ago(181))
    Notification.objects.create(user=clerk, kind="job.done", created_at=ago(179))
    Job.objects.create(kind="a", state=JobState.DONE, finished_at=ago(181))
    Job.objects.create(kind="a", state=JobState.QUEUED, created_at=ago(400))
    WorkerBeat.objects.create(worker="gone:1", seen_at=ago(2))
    WorkerBeat.objects.create(worker="here:1", seen_at=now)
    events = AuditEvent.objects.count()
    counts = housekeeping.clean(now=now)
    assert counts == {
        "sessions": 1, "form_tokens": 1, "idempotency_keys": 1, "notifications": 2, "jobs": 1, "worker_beats": 1,
        "sealed": events,
    }  # fmt: skip
    assert AuditEvent.objects.count() == events
    assert set(housekeeping.clean(now=now).values()) == {0}
