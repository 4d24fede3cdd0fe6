"""Large batches and recalls in the background: who asks is told what is under way, and a job that comes twice works once."""

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from collection_ops.core.models import AuditEvent, Job, JobState, Notification, RoleGrant, User
from collection_ops.core.services import jobs as kernel
from tests.cases.builders import make_case
from tests.core.conftest import bell  # noqa: F401  (nothing is rung, the tests do the jobs)
from tests.vendors.placement.cast import applied, approved, desk_codes, make_agency, rule_for
from tests.vendors.placement.test_pages import Browser, post
from tests.vendors.placement.test_recalls import placed, propose
from vendors.models import Agency, Placement, PlacementBatch, PlacementFile, RecallBatch
from vendors.placement import batches, file_jobs, jobs
from vendors.placement.rule import PlacementRefused

pytestmark = pytest.mark.django_db

PASSWORD = "Abcdefgh23456789"


@pytest.fixture(autouse=True)
def everything_is_large(monkeypatch: pytest.MonkeyPatch, bell: Any) -> None:  # noqa: F811
    monkeypatch.setattr(jobs, "PLANNED_AT_ONCE", 1)
    monkeypatch.setattr(jobs, "MOVED_AT_ONCE", 1)
    monkeypatch.setattr(file_jobs, "WRITTEN_AT_ONCE", 1)


def newest_job(kind: str) -> Job:
    return Job.objects.filter(kind=kind).latest("pk")


def done(kind: str, *, times: int = 2) -> Job:
    """The newest job of a kind, done; delivered again as after a lost worker."""
    job = newest_job(kind)
    for _n in range(times):
        Job.objects.filter(pk=job.pk).update(state=JobState.QUEUED, attempts=0)
        kernel.run(job.pk)
    job.refresh_from_db()
    return job


def page(client: Client, name: str, pk: int) -> str:
    return client.get(reverse(f"vendors:{name}", args=[pk])).content.decode()


def plan(client: Client, agency: Agency, **values: Any) -> Any:
    return post(client, "placement_new", **{f"share_{agency.pk}": "100", **values})


def test_the_preview_of_a_large_batch_is_made_once_by_a_job_to_whose_page_the_form_leads(
    client_as: Browser, vendor_manager: User
) -> None:
    agency = make_agency()
    cases = [make_case() for _n in range(3)]
    answer = plan(client_as(vendor_manager), agency, seed="11")
    job = newest_job(jobs.PLAN_JOB)
    assert answer["Location"] == reverse("core:job", args=[job.pk])
    assert not PlacementBatch.objects.exists()
    job = done(jobs.PLAN_JOB)
    batch = PlacementBatch.objects.get()
    assert (job.state, job.result_url) == (JobState.DONE, reverse("vendors:placement", args=[batch.pk]))
    assert (batch.totals["count"], batch.seed, batch.made_by) == (len(cases), 11, vendor_manager)
    assert (
        batch.totals
        == batches.draft(rule=rule_for((agency, "100")), seed=11, actor=vendor_manager, now=timezone.now()).totals
    )


def test_a_small_batch_waits_for_no_job(
    client_as: Browser, vendor_manager: User, supervisor: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "PLANNED_AT_ONCE", 2)
    monkeypatch.setattr(jobs, "MOVED_AT_ONCE", 2)
    agency, client = make_agency(), client_as(vendor_manager)
    make_case(), make_case()
    plan(client, agency)
    batch = PlacementBatch.objects.get()
    batches.submit(batch=batch, actor=vendor_manager, now=timezone.now())
    batches.approve(batch=batch, actor=supervisor, now=timezone.now())
    post(client, "placement_apply", batch.pk)
    assert Placement.objects.count() == 2 and not Job.objects.exists()


def test_what_is_seen_at_once_is_said_beside_the_form_and_no_job_is_begun(
    client_as: Browser, vendor_manager: User
) -> None:
    agency = make_agency("ag-a", "甲公司")
    Agency.objects.filter(pk=agency.pk).update(published_on=None)
    make_case(), make_case()
    refused = plan(client_as(vendor_manager), agency)
    assert refused.status_code == 409 and "不能委案给：甲公司" in refused.content.decode()
    assert not Job.objects.exists()


def test_another_rule_for_a_large_draft_is_one_job_and_the_page_shows_it(
    client_as: Browser, vendor_manager: User
) -> None:
    agency, client = make_agency(), client_as(vendor_manager)
    make_case(), make_case()
    plan(client, agency, seed="1")
    done(jobs.PLAN_JOB)
    batch = PlacementBatch.objects.get()
    post(client, "placement_rule", batch.pk, **{f"share_{agency.pk}": "100", "seed": "2"})
    shown = page(client, "placement", batch.pk)
    assert f"生成委外预览 {batch.number}" in shown and "提交批准" not in shown
    again = post(client, "placement_rule", batch.pk, **{f"share_{agency.pk}": "100", "seed": "3"})
    assert again.status_code == 409 and "正在后台处理" in again.content.decode()
    done(jobs.PLAN_JOB)
    batch.refresh_from_db()
    assert batch.seed == 2 and AuditEvent.objects.filter(action="placement.redrafted").count() == 1
    assert "提交批准" in page(client, "placement", batch.pk)


def test_a_large_batch_is_applied_once_and_whoever_comes_second_hears_who_was_first(
    client_as: Browser, vendor_manager: User, supervisor: User
) -> None:
    agency = make_agency()
    cases = [make_case() for _n in range(3)]
    batch = approved(vendor_manager, supervisor, rule_for((agency, "100")))
    client = client_as(vendor_manager)
    assert post(client, "placement_apply", batch.pk).status_code == 302
    shown = page(client, "placement", batch.pk)
    assert f"委出 {batch.number}" in shown and 'type="submit">委出' not in shown and "撤回批次" not in shown
    second = post(client, "placement_apply", batch.pk)
    told = second.content.decode()
    assert second.status_code == 409 and str(vendor_manager) in told and "正在后台处理" in told
    assert Job.objects.filter(kind=jobs.APPLY_JOB).count() == 1 and not Placement.objects.exists()
    job = done(jobs.APPLY_JOB)
    assert job.result == {"batch": batch.pk, "count": len(cases)}
    assert set(desk_codes().values()) == {"ag-a"} and Placement.objects.count() == len(cases)
    assert AuditEvent.objects.filter(action="placement.applied").count() == 1
    late = post(client, "placement_apply", batch.pk)
    assert late.status_code == 409 and "已委出" in late.content.decode()


def test_a_batch_that_cannot_be_applied_after_all_says_so_on_its_page_and_may_be_tried_again(
    client_as: Browser, vendor_manager: User, supervisor: User
) -> None:
    agency = make_agency("ag-a", "甲公司")
    make_case(), make_case()
    batch = approved(vendor_manager, supervisor, rule_for((agency, "100")))
    client = client_as(vendor_manager)
    post(client, "placement_apply", batch.pk)
    Agency.objects.filter(pk=agency.pk).update(published_on=None)
    job = done(jobs.APPLY_JOB, times=1)
    assert job.state == JobState.FAILED and "不能委案给：甲公司" in job.error
    assert Notification.objects.filter(user=vendor_manager, kind="job.failed").count() == 1
    shown = page(client, "placement", batch.pk)
    assert "不能委案给：甲公司" in shown and 'type="submit">委出' in shown
    Agency.objects.filter(pk=agency.pk).update(published_on=dt.date(2025, 1, 1))
    assert post(client, "placement_apply", batch.pk).status_code == 302
    assert done(jobs.APPLY_JOB).state == JobState.DONE
    assert "不能委案给" not in page(client, "placement", batch.pk)


def test_a_job_has_the_rights_that_its_starter_has_when_it_begins(vendor_manager: User, supervisor: User) -> None:
    agency = make_agency()
    make_case(), make_case()
    batch = approved(vendor_manager, supervisor, rule_for((agency, "100")))
    jobs.ask_apply(batch=batch, actor=vendor_manager)
    RoleGrant.objects.filter(user=vendor_manager).delete()
    job = done(jobs.APPLY_JOB, times=1)
    assert (job.state, job.error) == (JobState.FAILED, "您没有这项权限") and not Placement.objects.exists()


def test_a_large_recall_comes_back_once_and_whoever_comes_second_hears_who_was_first(
    client_as: Browser, vendor_manager: User, supervisor: User
) -> None:
    cases = [make_case() for _n in range(3)]
    placed(vendor_manager, supervisor, make_agency(), *cases, days=100)
    propose()
    recall = RecallBatch.objects.get()
    client = client_as(vendor_manager)
    item = recall.items.order_by("pk").first()
    assert item is not None
    post(client, "recall_keep", item.pk, words="录音 R-1")
    stuck = post(client, "recall_finish", recall.pk)
    assert stuck.status_code == 409 and "1 件留案申请" in stuck.content.decode() and not Job.objects.exists()
    post(client, "recall_decide", item.pk, decision="refuse", words="没有承诺")
    assert post(client, "recall_finish", recall.pk).status_code == 302
    shown = page(client, "recall", recall.pk)
    assert f"完成退案 {recall.number}" in shown and 'type="submit">完成退案' not in shown
    second = post(client, "recall_finish", recall.pk)
    assert second.status_code == 409 and "正在后台处理" in second.content.decode()
    job = done(jobs.FINISH_JOB)
    assert job.result == {"recall": recall.pk, "count": 3} and set(desk_codes().values()) == {"pool"}
    assert AuditEvent.objects.filter(action="recall.finished").count() == 1
    with pytest.raises(PlacementRefused, match="已完成"):
        jobs.ask_finish(recall=recall, actor=vendor_manager)


def a_long_list(maker: User, approver: User) -> tuple[PlacementBatch, Agency]:
    agency = make_agency(name="甲公司")
    for _n in range(2):
        make_case()
    return applied(maker, approver, rule_for((agency, "100"))), agency


def test_a_long_list_is_written_once_by_a_job_that_forgets_the_password_when_it_begins(
    client_as: Browser, vendor_manager: User, supervisor: User
) -> None:
    batch, agency = a_long_list(vendor_manager, supervisor)
    client = client_as(vendor_manager)
    weak = post(client, "placement_file_new", batch.pk, agency.pk, password="short")
    assert weak.status_code in (400, 409) and not Job.objects.exists()
    answer = post(client, "placement_file_new", batch.pk, agency.pk, password=PASSWORD)
    job = newest_job(file_jobs.FILE_JOB)
    assert answer["Location"] == reverse("core:job", args=[job.pk])
    assert PASSWORD not in str(job.params) and PASSWORD not in client.get(answer["Location"]).content.decode()
    job = done(file_jobs.FILE_JOB)
    file = PlacementFile.objects.get()
    assert (job.state, job.result) == (JobState.DONE, {"file": file.pk, "rows": 2})
    assert set(job.params) == {"batch", "agency"}, "the password is kept nowhere"


def test_a_list_that_was_broken_off_is_not_written_without_its_password_and_says_so(
    vendor_manager: User, supervisor: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch, agency = a_long_list(vendor_manager, supervisor)
    file_jobs.ask_file(batch=batch, agency=agency, password=PASSWORD, actor=vendor_manager)
    with monkeypatch.context() as first:
        first.setattr(file_jobs.files, "make_file", lambda **_given: 1 / 0)
        assert done(file_jobs.FILE_JOB, times=1).state == JobState.FAILED
    job = done(file_jobs.FILE_JOB, times=1)
    assert (job.state, job.error) == (JobState.FAILED, "生成文件时中断。密码不保存，请再生成一份")
    assert not PlacementFile.objects.exists() and "sealed" not in job.params


def test_dealing_takes_as_many_queries_for_twenty_cases_as_for_two(vendor_manager: User, supervisor: User) -> None:
    counts = []
    for code, size in (("ag-a", 2), ("ag-b", 20)):
        agency = make_agency(code)
        for _n in range(size):
            make_case(product=code)
        rule = rule_for((agency, "100"), products=[code])
        applied(
            vendor_manager,
            supervisor,
            rule_for((make_agency(f"{code}-w"), "100"), products=[make_case(product=f"{code}-w").loan.product]),
        )
        batch = approved(vendor_manager, supervisor, rule)
        with CaptureQueriesContext(connection) as asked:
            batches.apply(batch=batch, actor=vendor_manager, now=timezone.now())
        counts.append(len(asked))
        assert Placement.objects.filter(batch=batch).count() == size
    assert counts[0] == counts[1] <= 50, counts
