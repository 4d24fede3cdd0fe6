"""My tasks: one's own, with progress that stops asking when there is nothing more to say."""

import pytest
from django.urls import reverse

from collection_ops.core import clock
from collection_ops.core.models import Job, JobState, Notification
from collection_ops.core.services.notifications import notify

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


def job_of(user, **fields):
    return Job.objects.create(kind="core.verify_audit", title="校验审计链", created_by=user, **fields)


def test_a_running_job_asks_again_every_second_and_a_finished_one_does_not(clerk, client_as):
    client = client_as(clerk)
    job = job_of(clerk, state=JobState.RUNNING, progress_done=1, progress_total=4, progress_text="核对")
    address = reverse("core:job", args=[job.pk])
    body = client.get(address, headers=HTMX).content.decode()
    assert 'hx-trigger="every 1s"' in body and "核对" in body and "1 / 4" in body
    Job.objects.filter(pk=job.pk).update(state=JobState.DONE, finished_at=clock.now(), result_url="/tasks/")
    answer = client.get(address, headers=HTMX)
    assert "hx-trigger" not in answer.content.decode() and "查看结果" in answer.content.decode()
    assert "HX-Refresh" not in answer
    assert client.get(f"{address}?then=reload", headers=HTMX)["HX-Refresh"] == "true"


def test_somebody_elses_job_is_as_if_it_did_not_exist(clerk, collector, auditor, client_as):
    job = job_of(clerk, state=JobState.DONE, finished_at=clock.now())
    address = reverse("core:job", args=[job.pk])
    assert client_as(clerk).get(address).status_code == 200
    assert client_as(collector).get(address).status_code == 404
    assert client_as(auditor).get(address).status_code == 200  # jobs.view_all
    assert "校验审计链" not in client_as(collector).get("/tasks/?of=all").content.decode()
    assert "校验审计链" in client_as(auditor).get("/tasks/?of=all").content.decode()
    assert "校验审计链" not in client_as(auditor).get("/tasks/").content.decode()


def test_the_bell_counts_what_is_unread_and_what_runs(clerk, client_as):
    notify(users=[clerk], kind="job.done", params={"title": "导入"})
    job_of(clerk)
    client = client_as(clerk)
    assert '<span class="top-count">2</span>' in client.get("/tasks/").content.decode()
    client.post(reverse("core:notifications_read"))
    assert '<span class="top-count">1</span>' in client.get("/tasks/").content.decode()


def test_a_message_is_read_by_its_owner_only_and_leads_where_it_says(clerk, collector, client_as):
    notify(users=[clerk], kind="job.done", params={"title": "导入"}, url="/health/")
    message = Notification.objects.get()
    address = reverse("core:notification", args=[message.pk])
    assert client_as(collector).post(address).status_code == 404
    assert client_as(clerk).get(address).status_code == 405
    assert client_as(clerk).post(address)["Location"] == "/health/"
    message.refresh_from_db()
    assert message.read_at is not None


def test_a_sentence_is_in_the_readers_language_and_names_nothing_it_lacks(clerk, client_as):
    notify(users=[clerk], kind="job.failed", params={"title": "导入<b>"})
    notify(users=[clerk], kind="nobody.knows.this")
    body = client_as(clerk).get("/tasks/").content.decode()
    assert "“导入&lt;b&gt;”没有完成：–" in body and "nobody.knows.this" in body


def test_the_banner_says_when_no_worker_lives(clerk, client_as):
    from collection_ops.core.services.worker_beat import beat

    sentence = "后台任务进程没有运行"
    assert sentence in client_as(clerk).get("/tasks/").content.decode()
    beat(worker="here:1")
    assert sentence not in client_as(clerk).get("/tasks/").content.decode()


def test_a_page_costs_a_known_number_of_questions(clerk, client_as, django_assert_max_num_queries):
    client = client_as(clerk)
    client.get("/tasks/")
    for _n in range(30):
        job_of(clerk, state=JobState.DONE, finished_at=clock.now())
        notify(users=[clerk], kind="job.done", params={"title": "导入"})
    # session, person, roles, open jobs, finished jobs, notifications, two for the frame (its state, the data's age), and
    # four that can wait for anybody: referrals to answer, referrals to accept, suggestions, trainings to take
    with django_assert_max_num_queries(12):
        client.get("/tasks/")
