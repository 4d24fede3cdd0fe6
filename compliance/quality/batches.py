"""Drawing a batch, issuing it to the checkers, discarding a draft, drawing it again to compare."""

import secrets
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db import connection, transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from collection_ops.core import clock
from collection_ops.core.access import users_with
from collection_ops.core.models import User
from collection_ops.core.services import audit
from collection_ops.core.services.notifications import notify
from compliance.models import BatchState, CheckState, ContactAttempt, QualityCheck, SampleBatch
from compliance.models.quality import CHECK
from compliance.quality.drawing import Sample, draw
from compliance.quality.frozen import freeze, thaw
from compliance.quality.gathering import gather
from compliance.quality.plans import plan_on, terms_of
from compliance.quality.refusals import QualityRefused

LONGEST = timedelta(days=31)
MOST_SEED = 32
_SMALLEST = Decimal("0.00000001")


def draw_batch(
    *, first: date, last: date, actor: User | None, now: datetime, seed: str = "", issue: bool = False
) -> SampleBatch:
    """Draw talks of the days `first` to `last` into a draft; nobody who is checked hears of it. Without a seed one is
    chosen.

    Raises QualityRefused: days the wrong way round, too many or not over yet, no plan, nothing (more) to draw.
    """
    if last < first:
        raise QualityRefused(_("结束日期不能早于开始日期"), "last")
    if last - first >= LONGEST:
        raise QualityRefused(_("一次最多抽 %(days)d 天") % {"days": LONGEST.days}, "last")
    if last >= clock.business_date(now):
        raise QualityRefused(_("只能抽已经过去的日期：当天的通话还未记录完"), "last")
    plan = plan_on(last)
    chosen = seed.strip()[:MOST_SEED] or secrets.token_hex(8)
    with transaction.atomic():
        _take_turns()
        talks = gather(first=first, last=last, plan=plan)
        terms = terms_of(plan)
        sample = draw(talks, terms=terms, seed=chosen)
        if not sample.drawn:
            raise QualityRefused(
                _("这段时间没有可抽的通话，或已按方案抽足") if talks else _("这段时间没有已记录的通话"), "first"
            )
        batch = SampleBatch.objects.create(
            first=first,
            last=last,
            plan=plan,
            seed=chosen,
            facts=freeze(talks, terms),
            strata=_told(sample),
            candidates=len(talks),
            drawn=len(sample.drawn),
            drawn_by=actor,
            drawn_at=now,
        )
        days = dict(
            ContactAttempt.objects.filter(pk__in=[one.talk.attempt for one in sample.drawn]).values_list(
                "pk", "opened_at"
            )
        )
        QualityCheck.objects.bulk_create(
            QualityCheck(
                batch=batch,
                attempt_id=one.talk.attempt,
                user_id=one.talk.user,
                org=one.talk.org,
                talked_on=clock.business_date(days[one.talk.attempt]),
                why=[list(part) for part in one.why],
                weight=one.weight,
                probability=max(_SMALLEST, Decimal(one.probability).quantize(_SMALLEST)),
            )
            for one in sample.drawn
        )
        audit.record(
            action="quality.drawn",
            actor=actor,
            obj=batch,
            data={
                "first": first.isoformat(),
                "last": last.isoformat(),
                "plan": plan.pk,
                "seed": chosen,
                "drawn": batch.drawn,
            },
        )
        if issue:
            issue_batch(batch=batch, actor=actor, now=now)
    return batch


def issue_batch(*, batch: SampleBatch, actor: User | None, now: datetime) -> SampleBatch:
    """Give it to the checkers. Raises QualityRefused: issued or discarded already."""

    def apply(locked: SampleBatch) -> None:
        locked.checks.update(state=CheckState.WAITING)
        people = users_with(CHECK)
        notify(
            users=people.exclude(pk=actor.pk) if actor is not None else people,
            kind="quality.issued",
            params={"first": locked.first.isoformat(), "last": locked.last.isoformat(), "count": locked.drawn},
            url=reverse("compliance:quality"),
        )

    return _decided(batch, BatchState.ISSUED, "quality.batch_issued", apply, actor, now)


def discard_batch(*, batch: SampleBatch, actor: User, now: datetime) -> SampleBatch:
    """Throw a draft away: its talks may be drawn again. Raises QualityRefused: not a draft any more."""
    return _decided(
        batch, BatchState.DISCARDED, "quality.batch_discarded", lambda locked: locked.checks.all().delete(), actor, now
    )


def replay(batch: SampleBatch) -> tuple[Sample, bool]:
    """The sample drawn again from what was looked at then, and whether it is the same as was kept. Two queries at most."""
    talks, terms = thaw(bytes(batch.facts))
    sample = draw(talks, terms=terms, seed=batch.seed)
    same = _told(sample) == batch.strata
    if batch.state != BatchState.DISCARDED:
        kept = set(batch.checks.values_list("attempt_id", "weight"))
        same = same and kept == {(one.talk.attempt, one.weight) for one in sample.drawn}
    return sample, same


def _decided(
    batch: SampleBatch,
    state: BatchState,
    action: str,
    apply: "Callable[[SampleBatch], object]",
    actor: User | None,
    now: datetime,
) -> SampleBatch:
    with transaction.atomic():
        locked = SampleBatch.objects.select_for_update(of=("self",)).get(pk=batch.pk)
        if locked.state != BatchState.DRAFT:
            raise QualityRefused(_("这个批次已是“%(state)s”") % {"state": locked.get_state_display()})
        locked.state, locked.decided_by, locked.decided_at = state, actor, now
        locked.save(update_fields=["state", "decided_by", "decided_at"])
        apply(locked)
        audit.record(action=action, actor=actor, obj=locked, data={"drawn": locked.drawn})
    return locked


def _told(sample: Sample) -> list[dict[str, object]]:
    return [
        {
            "user": one.user, "org": one.org, "week": one.week.isoformat(), "talks": one.talks, "wanted": one.wanted,
            "taken": one.taken, "drawn": one.drawn, "capped": one.capped,
        }
        for one in sample.strata
    ]  # fmt: skip


def _take_turns() -> None:
    """Two drawings at once would draw the same talks, and one would fail."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('quality sample'))")
