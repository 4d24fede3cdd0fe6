"""Large batches and large recalls in the background; small ones are done while the page waits (`is_large_plan`, `is_large`).

Whoever asks is told at once what the page can know: that somebody else was quicker, or that an agency may not be given
cases. What only the work itself finds out, the notice says.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from collection_ops.core import clock
from collection_ops.core.models import Job, JobState, User
from collection_ops.core.services import jobs
from collection_ops.core.services.jobs import ExpectedFailure, JobRun, Outcome, job_handler
from vendors.models import BatchState, ItemState, PlacementBatch, RecallBatch, RecallItem, RecallState
from vendors.placement import batches, recalls
from vendors.placement.gather import chosen_by
from vendors.placement.rule import PlacementRefused, Rule

PLAN_JOB, APPLY_JOB, FINISH_JOB = "vendors.plan_placement", "vendors.apply_placement", "vendors.finish_recall"
PLANNED_AT_ONCE, MOVED_AT_ONCE = 20_000, 5_000
"""Cases; more of them, and the page would wait for seconds."""
_OPEN = (JobState.QUEUED, JobState.RUNNING)


def is_large_plan(rule: Rule, now: datetime) -> bool:
    return chosen_by(rule, clock.business_date(now)).count() > PLANNED_AT_ONCE


def is_large(batch: PlacementBatch) -> bool:
    return batch.totals.get("count", 0) > MOVED_AT_ONCE


def is_large_recall(recall: RecallBatch) -> bool:
    return RecallItem.objects.filter(recall=recall, state=ItemState.PENDING).count() > MOVED_AT_ONCE


def job_of_batch(batch: PlacementBatch) -> Job | None:
    """What plans or applies this batch, while it has not ended; or what failed to apply it."""
    kinds = {PLAN_JOB: _OPEN, APPLY_JOB: (*_OPEN, JobState.FAILED, JobState.DEAD)}
    found = Job.objects.filter(kind__in=kinds, params__batch=batch.pk).order_by("-pk").first()
    over = batch.state in (BatchState.APPLIED, BatchState.WITHDRAWN)
    return found if found is not None and found.state in kinds[found.kind] and not over else None


def job_of_recall(recall: RecallBatch) -> Job | None:
    """What ends this list, while it has not ended; or what failed to."""
    found = Job.objects.filter(kind=FINISH_JOB, params__recall=recall.pk).order_by("-pk").first()
    return found if found is not None and found.state != JobState.DONE and recall.state != RecallState.FINAL else None


def ask_plan(*, rule: Rule, seed: int, batch: PlacementBatch | None, actor: User, now: datetime) -> Job:
    """A preview, or another one of a draft. Raises PlacementRefused as `batches.draft` and `redraft`, as far as it is seen
    at once, or when work on the draft is under way."""
    batches.check(rule=rule, seed=seed, actor=actor, now=now)
    params: dict[str, Any] = {"rule": rule.to_json(), "seed": seed}
    with transaction.atomic():
        if batch is not None:
            held = batches.hold(batch, BatchState.DRAFT)
            _refuse_second(job_of_batch(held))
            params["batch"] = held.pk
        title = _("生成委外预览 %(number)s") % {"number": batch.number if batch else ""}
        return jobs.enqueue(kind=PLAN_JOB, params=params, actor=actor, title=title.strip())


def ask_apply(*, batch: PlacementBatch, actor: User) -> Job:
    """Raises PlacementRefused: not approved, applied already, or somebody was quicker."""
    batches.require(actor, batches.MAKE)
    with transaction.atomic():
        held = batches.hold(batch, BatchState.APPROVED)
        _refuse_second(job_of_batch(held))
        title = _("委出 %(number)s") % {"number": held.number}
        return jobs.enqueue(kind=APPLY_JOB, params={"batch": held.pk}, actor=actor, title=title)


def ask_finish(*, recall: RecallBatch, actor: User) -> Job:
    """Raises PlacementRefused: final already, a request to keep that nobody decided, or somebody was quicker."""
    batches.require(actor, recalls.MAKE)
    with transaction.atomic():
        held = recalls.hold_pending(recall)
        recalls.refuse_undecided(held)
        _refuse_second(job_of_recall(held))
        title = _("完成退案 %(number)s") % {"number": held.number}
        return jobs.enqueue(kind=FINISH_JOB, params={"recall": held.pk}, actor=actor, title=title)


def _refuse_second(job: Job | None) -> None:
    if job is not None and job.is_open:
        who = str(job.created_by or _("系统"))
        raise PlacementRefused(
            _("%(who)s 已发起“%(title)s”，正在后台处理，请等它结束") % {"who": who, "title": job.title}
        )


@job_handler(PLAN_JOB)
def plan(job_run: JobRun) -> Outcome:
    """With the rights that its starter has when it begins. Done twice (a worker was lost after its commit) it is one
    preview."""
    job = job_run.job
    made = PlacementBatch.objects.filter(job=job).first()
    if made is None:
        params = job.params
        given = {"rule": Rule.read(params["rule"]), "seed": params["seed"], "job": job}
        if "batch" in params:
            batch = PlacementBatch.objects.get(pk=params["batch"])
            made = _done(batches.redraft, job, batch=batch, **given)
        else:
            made = _done(batches.draft, job, **given)
    return Outcome(result={"batch": made.pk, "count": made.totals["count"]}, url=_address(made))


@job_handler(APPLY_JOB)
def apply(job_run: JobRun) -> Outcome:
    """As `plan`; a batch that is applied stays as it is."""
    batch = PlacementBatch.objects.get(pk=job_run.job.params["batch"])
    if batch.state != BatchState.APPLIED:
        job_run.progress(0, batch.totals["count"])
        batch = _done(batches.apply, job_run.job, batch=batch)
    return Outcome(result={"batch": batch.pk, "count": batch.totals["applied"]["count"]}, url=_address(batch))


@job_handler(FINISH_JOB)
def finish(job_run: JobRun) -> Outcome:
    """As `plan`; a list that is final stays as it is."""
    recall = RecallBatch.objects.get(pk=job_run.job.params["recall"])
    if recall.state != RecallState.FINAL:
        recall = _done(recalls.finish, job_run.job, recall=recall)
    url = reverse("vendors:recall", args=[recall.pk])
    return Outcome(result={"recall": recall.pk, "count": recall.totals["states"].get("recalled", 0)}, url=url)


def _done(act: Callable[..., Any], begun: Job, **given: Any) -> Any:
    if begun.created_by is None:
        raise ExpectedFailure(_("发起人已不存在，请重新发起"))
    try:
        return act(actor=begun.created_by, now=clock.database_now(), **given)
    except PlacementRefused as refused:
        raise ExpectedFailure(str(refused)) from refused


def _address(batch: PlacementBatch) -> str:
    return reverse("vendors:placement", args=[batch.pk])
