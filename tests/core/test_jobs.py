"""A job is done once, whatever happens to workers, messages and requests."""

from datetime import timedelta

import pytest
from django.db import transaction

from collection_ops.core import clock
from collection_ops.core.models import Job, JobState, Notification
from collection_ops.core.services import jobs
from tests.core.races import at_once

KIND = "test.count"


@pytest.fixture
def done(monkeypatch):
    """A handler that notes which jobs it has done."""
    ids: list[int] = []

    def handler(run):
        run.progress(1, 2, "半程")
        ids.append(run.job.pk)
        return jobs.Outcome(result={"rows": 3}, url="/tasks/")

    monkeypatch.setitem(jobs._handlers, KIND, handler)
    return ids


def failing(monkeypatch, error):
    def handler(run):
        raise error

    monkeypatch.setitem(jobs._handlers, KIND, handler)


def enqueue(actor=None, **kwargs):
    return jobs.enqueue(kind=KIND, params={"run": 1}, actor=actor, title="样例", **kwargs)


@pytest.mark.django_db
def test_a_job_is_written_with_the_request_and_rung_after_its_commit(done, bell, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        job = enqueue()
        assert bell == []
    assert bell == [job.pk]
    jobs.run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.result, job.result_url, job.progress_text) == (JobState.DONE, {"rows": 3}, "/tasks/", "半程")


@pytest.mark.django_db(transaction=True)
def test_a_request_that_is_rolled_back_leaves_no_job_and_rings_nobody(done, bell):
    with pytest.raises(RuntimeError), transaction.atomic():
        enqueue()
        raise RuntimeError("the request failed later")
    assert Job.objects.count() == 0 and bell == []


@pytest.mark.django_db(transaction=True)
def test_a_broker_that_is_away_does_not_fail_the_request_and_the_sweeper_rings_later(done, bell, monkeypatch):
    def away(**kwargs):
        raise ConnectionError("no broker")

    with monkeypatch.context() as patch:
        patch.setattr("collection_ops.core.tasks.run_job.apply_async", away)
        job = enqueue()
    job.refresh_from_db()
    assert job.state == JobState.QUEUED and job.rung_at is None
    assert jobs.sweep(now=clock.now() + timedelta(seconds=6)) == {"rung": 1, "dead": 0}
    assert bell == [job.pk]


@pytest.mark.django_db
def test_the_same_key_is_the_same_job(done):
    assert enqueue(key="daily:2026-03-31").pk == enqueue(key="daily:2026-03-31").pk
    assert Job.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_enqueue_the_same_key_at_once_and_there_is_one_job(done):
    found = at_once(*[lambda: enqueue(key="daily:2026-03-31").pk] * 4)
    assert len(set(found)) == 1 and Job.objects.count() == 1


@pytest.mark.django_db
def test_a_message_that_arrives_twice_does_the_job_once(done):
    job = enqueue()
    jobs.run(job.pk)
    jobs.run(job.pk)
    assert done == [job.pk]


@pytest.mark.django_db(transaction=True)
def test_eight_workers_claim_one_job_and_one_gets_it(done):
    job = enqueue()
    now = clock.now()
    claims = at_once(*[lambda: jobs.claim(job.pk, now=now)] * 8)
    assert sum(isinstance(claim, Job) for claim in claims) == 1
    assert Job.objects.get().attempts == 1


@pytest.mark.django_db(transaction=True)
def test_the_twin_without_the_conditional_update_gives_it_to_several(done):
    """What the guard is for: look first, write afterwards, and everybody has the job."""
    import threading

    job = enqueue()
    everybody_has_looked = threading.Barrier(4)

    def naive():
        row = Job.objects.get(pk=job.pk)
        free = row.state == JobState.QUEUED
        everybody_has_looked.wait(timeout=10)
        if free:
            row.state = JobState.RUNNING
            row.save(update_fields=["state"])
        return free

    assert at_once(*[naive] * 4).count(True) == 4


@pytest.mark.django_db
def test_a_job_whose_worker_was_killed_is_finished_by_another(done, bell):
    job = enqueue()
    dead = jobs.claim(job.pk, now=clock.now() - timedelta(minutes=1))
    assert dead is not None  # kill -9: nothing more is heard of this claim
    Job.objects.filter(pk=job.pk).update(worker="dead:1")
    assert jobs.sweep(now=clock.now())["rung"] == 1 and bell == [job.pk]
    jobs.run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.attempts, done) == (JobState.DONE, 2, [job.pk])


@pytest.mark.django_db
def test_a_job_that_is_alive_is_left_alone(done, bell):
    job = enqueue()
    jobs.claim(job.pk, now=clock.now())
    assert jobs.sweep(now=clock.now() + timedelta(seconds=20)) == {"rung": 0, "dead": 0}
    assert jobs.claim(job.pk, now=clock.now()) is None


@pytest.mark.django_db
def test_a_worker_thought_dead_does_not_overwrite_the_one_that_took_over(done):
    job = enqueue()
    slow = jobs.claim(job.pk, now=clock.now() - timedelta(minutes=1))
    Job.objects.filter(pk=job.pk).update(worker="slow:1")
    slow.worker = "slow:1"
    jobs.run(job.pk)
    jobs._finish(slow, state=JobState.FAILED, error="zu spät")
    job.refresh_from_db()
    assert (job.state, job.error) == (JobState.DONE, "")


@pytest.mark.django_db
def test_a_job_that_kills_its_worker_three_times_is_buried_and_its_owner_told(done, clerk):
    job = enqueue(actor=clerk)
    for _attempt in range(3):
        assert jobs.claim(job.pk, now=clock.now()) is not None
        Job.objects.filter(pk=job.pk).update(lease_until=clock.now() - timedelta(seconds=1))
    assert jobs.claim(job.pk, now=clock.now()) is None
    assert jobs.sweep(now=clock.now()) == {"rung": 0, "dead": 1}
    assert Job.objects.get().state == JobState.DEAD
    assert Notification.objects.get(user=clerk).kind == "job.dead"
    assert done == []


@pytest.mark.django_db
def test_an_expected_failure_is_told_in_its_own_words(monkeypatch, clerk):
    failing(monkeypatch, jobs.ExpectedFailure("第 3 列缺少表头"))
    job = enqueue(actor=clerk)
    jobs.run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.error) == (JobState.FAILED, "第 3 列缺少表头")
    assert Notification.objects.get().params["error"] == "第 3 列缺少表头"


@pytest.mark.django_db
def test_an_unexpected_error_does_not_tell_its_text_because_it_may_quote_values(monkeypatch, clerk):
    failing(monkeypatch, ValueError("13800138000 is wrong"))
    job = enqueue(actor=clerk)
    jobs.run(job.pk)
    job.refresh_from_db()
    assert job.state == JobState.FAILED
    assert "ValueError" in job.error and "13800138000" not in job.error


@pytest.mark.django_db
def test_a_kind_without_a_handler_is_refused_before_anything_is_written():
    with pytest.raises(LookupError, match=r"no\.such"):
        jobs.enqueue(kind="no.such", params={}, actor=None)
    assert Job.objects.count() == 0
