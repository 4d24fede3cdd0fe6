"""Each invariant finds the row that breaks it, and nothing when all is well."""

import json
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.urls import reverse

from collection_ops.core import clock, invariants
from collection_ops.core.models import AuditEvent, Job, JobState, Notification, RoleGrant, User
from collection_ops.core.services import audit_seal, jobs

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def copy(settings, tmp_path):
    settings.AUDIT_SEAL_COPY = tmp_path / "seals.jsonl"


def broken():
    return {r["code"]: r["rows"] for r in invariants.check_all(now=clock.now()) if r["count"]}


def test_a_new_system_breaks_nothing(clerk, auditor):
    assert broken() == {}


def test_a_job_that_stands_still_is_found():
    now = clock.now()
    Job.objects.create(kind="a", state=JobState.RUNNING, lease_until=now - timedelta(minutes=6))
    Job.objects.create(kind="b", created_at=now - timedelta(minutes=11))
    Job.objects.create(kind="c", state=JobState.RUNNING, lease_until=now)
    assert [row["kind"] for row in broken()["I18"]] == ["a", "b"]


def test_audit_rows_that_wait_too_long_for_their_seal_are_found():
    event = AuditEvent.objects.create(action="x", at=clock.now() - timedelta(minutes=16))
    assert broken()["I21"] == [{"id": event.pk, "action": "x"}]
    audit_seal.seal(now=clock.now())
    assert "I21" not in broken()


def test_a_forbidden_pair_that_came_in_past_the_service_is_found(admin_user):
    RoleGrant.objects.create(user=admin_user, role="compliance")
    assert broken()["I24"] == [{"user": admin_user.pk, "roles": ["admin", "compliance"]}]


def test_an_account_nobody_uses_is_found(clerk):
    User.objects.filter(pk=clerk.pk).update(last_login=clock.now() - timedelta(days=91))
    assert broken()["I24b"] == [{"user": clerk.pk}]


def test_what_cannot_be_checked_counts_as_broken(monkeypatch):
    def fails():
        raise ZeroDivisionError

    monkeypatch.setitem(invariants._invariants, "I99", invariants.Invariant("I99", "测试", fails))
    assert broken() == {"I99": [{"error": "ZeroDivisionError"}]}


def test_the_command_fails_when_something_is_broken(capsys):
    call_command("check_invariants")
    assert "I18: ok" in capsys.readouterr().out
    Job.objects.create(kind="b", created_at=clock.now() - timedelta(minutes=11))
    with pytest.raises(SystemExit) as stop:
        call_command("check_invariants", "--json")
    assert stop.value.code == 1
    results = {r["code"]: r["count"] for r in json.loads(capsys.readouterr().out)}
    assert results["I18"] == 1 and results["I21"] == 0


def test_the_nightly_job_tells_those_who_watch_and_the_page_shows_it(auditor, clerk, client_as):
    Job.objects.create(kind="b", created_at=clock.now() - timedelta(minutes=11))
    job = jobs.enqueue(kind="core.check_invariants", params={}, actor=None)
    jobs.run(job.pk)
    assert set(Notification.objects.values_list("user", "kind")) == {(auditor.pk, "invariants.broken")}
    body = client_as(auditor).get(reverse("core:health_page")).content.decode()
    assert "I18" in body and "不符合" in body
    assert client_as(clerk).get(reverse("core:health_page")).status_code == 403
