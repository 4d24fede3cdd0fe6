"""Removing what is past its time: draft → proposed → approved by somebody else → removed in batches.

Each batch is a transaction of its own and looks again at what may go: a hold that came meanwhile spares. A worker that dies
loses at most the batch it was at; the next one goes on with what is left on the list.
"""

# ruff: noqa: S608  statements are put together from constants of this room only

import hashlib
from datetime import datetime
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from collection_ops.core import clock
from collection_ops.core.access import users_with
from collection_ops.core.models import User
from collection_ops.core.services import audit
from collection_ops.core.services.jobs import ExpectedFailure, JobRun, Outcome, enqueue, job_handler
from collection_ops.core.services.notifications import notify
from compliance.keeping.age import Age, age_on
from compliance.keeping.legal import take_turn
from compliance.keeping.overdue import ORDER, judged, list_items, parameters, part_tables
from compliance.keeping.refusals import KeepingRefused
from compliance.models import RetentionItem, RetentionKind, RetentionRun, RetentionState

JOB = "compliance.retention"
PROPOSE, APPROVE = "retention.propose", "retention.approve"
BATCH = 1000
TABLES = {
    RetentionKind.MESSAGE: "compliance_queuedmessage",
    RetentionKind.CONTACT: "compliance_contactattempt",
    RetentionKind.DECISION: "compliance_gatedecision",
    RetentionKind.COMPLAINT: "compliance_complaint",
}


def preview(*, now: datetime) -> dict[str, Any]:
    """What a draft of now would show; nothing is kept of it."""
    with transaction.atomic():
        age = _age(now)
        run = RetentionRun.objects.create(
            rule=f"?{age.rule}"[:16], years=age.years, as_of=clock.business_date(now), made_at=now
        )
        figures = list_items(run, age, now)
        transaction.set_rollback(True)
    return {"rule": age.rule, "years": age.years, "first_kept": age.first_kept.isoformat(), "kinds": figures}


def draft_run(*, actor: User | None, now: datetime) -> RetentionRun:
    """Look at what is past its time. A draft that was there is made anew. Raises KeepingRefused: no rule says how long, or a
    run waits for a decision or is at work."""
    age = _age(now)
    try:
        with transaction.atomic():
            RetentionRun.objects.filter(state=RetentionState.DRAFT).delete()
            run = RetentionRun.objects.create(
                rule=age.rule, years=age.years, as_of=clock.business_date(now), made_by=actor, made_at=now
            )
            run.preview = list_items(run, age, now)
            run.save(update_fields=["preview"])
            counts = {kind: figures["count"] for kind, figures in run.preview.items()}
            audit.record(action="retention.drafted", actor=actor, obj=run, data=counts)
    except IntegrityError as waits:
        raise KeepingRefused(_("已有一次到期删除在审批或执行中，完成后再统计")) from waits
    return run


def propose_run(*, run: RetentionRun, reason: str, actor: User, now: datetime) -> RetentionRun:
    """Raises KeepingRefused: nothing to remove, no words, or it is no draft (any more)."""
    if not reason.strip():
        raise KeepingRefused(_("请写明核对情况"), "reason")
    with transaction.atomic():
        locked = _locked(run, RetentionState.DRAFT)
        if not total(locked):
            raise KeepingRefused(_("没有可删除的记录"))
        if locked.as_of != clock.business_date(now):
            raise KeepingRefused(_("这份统计不是今天的，请重新统计"))
        locked.state, locked.reason = RetentionState.PROPOSED, reason.strip()[:200]
        locked.proposed_by, locked.proposed_at = actor, now
        locked.save(update_fields=["state", "reason", "proposed_by", "proposed_at"])
        audit.record(
            action="retention.proposed", actor=actor, obj=locked, data={"records": total(locked)}, reason=reason
        )
        notify(
            users=users_with(APPROVE).exclude(pk=actor.pk),
            kind="retention.proposed",
            params={"number": locked.number},
            url=reverse("compliance:retention_run", args=[locked.pk]),
            level="warning",
        )
    return locked


def decide_run(*, run: RetentionRun, approve: bool, note: str, actor: User, now: datetime) -> RetentionRun:
    """Approved, it is removed by a job. Raises KeepingRefused: one's own, no words for a refusal, or decided already."""
    if not approve and not note.strip():
        raise KeepingRefused(_("请写明不批准的原因"), "note")
    with transaction.atomic():
        locked = _locked(run, RetentionState.PROPOSED)
        if locked.proposed_by_id == actor.pk:
            raise KeepingRefused(_("自己提出的删除须由另一人批准"))
        locked.state = RetentionState.APPROVED if approve else RetentionState.REJECTED
        locked.decided_by, locked.decided_at, locked.decision_note = actor, now, note.strip()[:200]
        if approve:
            title = _("到期删除 %(number)s") % {"number": locked.number}
            key = f"retention:{locked.pk}"
            locked.job = enqueue(kind=JOB, params={"run": locked.pk}, actor=actor, title=title, key=key)
        else:
            locked.items.all().delete()
        locked.save(update_fields=["state", "decided_by", "decided_at", "decision_note", "job"])
        action = "retention.approved" if approve else "retention.rejected"
        audit.record(action=action, actor=actor, obj=locked, data={"records": total(locked)}, reason=note)
        if locked.proposed_by is not None:
            notify(
                users=[locked.proposed_by],
                kind="retention.decided",
                params={"number": locked.number, "decision": str(locked.get_state_display())},
                url=reverse("compliance:retention_run", args=[locked.pk]),
            )
    return locked


def withdraw_run(*, run: RetentionRun, actor: User, now: datetime) -> RetentionRun:
    """Not any more, before it was decided. Raises KeepingRefused."""
    with transaction.atomic():
        locked = _locked(run, RetentionState.DRAFT, RetentionState.PROPOSED)
        locked.state = RetentionState.WITHDRAWN
        locked.finished_at = now
        locked.save(update_fields=["state", "finished_at"])
        locked.items.all().delete()
        audit.record(action="retention.withdrawn", actor=actor, obj=locked)
    return locked


def is_stopped(run: RetentionRun) -> bool:
    """Approved, but nothing is at work on it any more: its job failed, or was interrupted too often."""
    return run.state == RetentionState.APPROVED and (run.job is None or not run.job.is_open)


def resume_run(*, run: RetentionRun, actor: User, now: datetime) -> RetentionRun:
    """Go on with what is left on the list; what two people agreed to stays agreed. Raises KeepingRefused: it is at
    work."""
    with transaction.atomic():
        locked = _locked(run, RetentionState.APPROVED)
        if not is_stopped(locked):
            raise KeepingRefused(_("这次到期删除正在执行"))
        title = _("到期删除 %(number)s") % {"number": locked.number}
        key = f"retention:{locked.pk}:after:{locked.job_id or 0}"
        locked.job = enqueue(kind=JOB, params={"run": locked.pk}, actor=actor, title=title, key=key)
        locked.save(update_fields=["job"])
        audit.record(action="retention.resumed", actor=actor, obj=locked, data={"job": locked.job.pk})
    return locked


def total(run: RetentionRun) -> int:
    """Records that it would remove."""
    return sum(figures["count"] for figures in run.preview.values())


@job_handler(JOB)
def remove(run: JobRun) -> Outcome:
    """The job: safe to repeat, since every batch marks what it did in the transaction in which it did it."""
    found = RetentionRun.objects.get(pk=run.job.params["run"])
    wanted, done = total(found), 0
    try:
        while batch := remove_batch(run_id=found.pk, now=clock.now()):
            done += batch
            run.progress(done, wanted, _("已处理 %(done)d 条") % {"done": done})
    except KeepingRefused as refused:
        raise ExpectedFailure(str(refused)) from refused
    return Outcome(result={"handled": done}, url=reverse("compliance:retention_run", args=[found.pk]))


def remove_batch(*, run_id: int, now: datetime) -> int:
    """The next records of one kind; how many were handled, removed or spared. 0: nothing is left, the run is done."""
    with transaction.atomic():
        take_turn()
        run = RetentionRun.objects.select_for_update(no_key=True).get(pk=run_id)
        if run.state != RetentionState.APPROVED:
            return 0
        age = _age(now)
        todo = RetentionItem.objects.filter(run=run, removed_at__isnull=True, spared="")
        for kind in ORDER:
            # Newest first: a complaint that was joined to another goes before the one it was joined to.
            ids = list(todo.filter(kind=kind).order_by("-object_id").values_list("object_id", flat=True)[:BATCH])
            if ids:
                _remove(run, kind, ids, age, now)
                return len(ids)
        run.state, run.finished_at = RetentionState.APPLIED, now
        run.save(update_fields=["state", "finished_at"])
        audit.record(action="retention.applied", actor=run.decided_by, obj=run, data=run.removed)
    return 0


def _remove(run: RetentionRun, kind: RetentionKind, ids: list[int], age: Age, now: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute(judged(kind, only=ids, quiet=age.quiet), parameters(age, now, ids))
        why = {row[0]: row[3] for row in cursor.fetchall()}
        may_go = sorted(pk for pk in ids if why.get(pk, "younger") == "")
        _delete(cursor, run, kind, may_go, now)
    items = RetentionItem.objects.filter(run=run, kind=kind)
    items.filter(object_id__in=may_go).update(removed_at=now)
    spared: dict[str, list[int]] = {}
    for pk in ids:
        if reason := why.get(pk, "younger"):
            spared.setdefault(reason, []).append(pk)
    for reason, left in spared.items():
        items.filter(object_id__in=left).update(spared=reason)
    before = run.removed.get(str(kind), {"count": 0, "spared": {}, "sha256": ""})
    digest = hashlib.sha256(f"{before['sha256']}:{','.join(map(str, may_go))}".encode()).hexdigest()
    counts = dict(before["spared"])
    for reason, left in spared.items():
        counts[reason] = counts.get(reason, 0) + len(left)
    run.removed = {
        **run.removed,
        str(kind): {"count": before["count"] + len(may_go), "spared": counts, "sha256": digest},
    }
    run.save(update_fields=["removed"])
    audit.record(
        action="retention.removed",
        actor=run.decided_by,
        obj=run,
        data={
            "kind": str(kind),
            "count": len(may_go),
            "first": may_go[0] if may_go else None,
            "last": may_go[-1] if may_go else None,
            "sha256": digest,
            "spared": {reason: len(left) for reason, left in spared.items()},
        },
    )


def _delete(cursor: Any, run: RetentionRun, kind: RetentionKind, ids: list[int], now: datetime) -> None:
    """The rows themselves, with what goes with them. The triggers on the log let go only what is old enough and on the list
    of a run that is approved and that this transaction names; so decisions that go with a contact are put on it first."""
    if not ids:
        return
    cursor.execute("SELECT set_config('compliance.retention_run', %s, true)", [str(run.pk)])
    gates: list[int] = []
    if kind == RetentionKind.CONTACT:
        cursor.execute(
            "SELECT gate_id FROM compliance_contactattempt WHERE id = ANY(%s) AND gate_id IS NOT NULL", [ids]
        )
        gates = [row[0] for row in cursor.fetchall()]
        cursor.execute(
            "INSERT INTO compliance_retentionitem (run_id, kind, object_id, debtor_id, spared)"
            " SELECT %s, %s, g.id, g.debtor_id, '' FROM compliance_gatedecision g WHERE g.id = ANY(%s)"
            " AND NOT EXISTS (SELECT 1 FROM compliance_queuedmessage m WHERE m.decision_id = g.id)"
            " RETURNING object_id",
            [run.pk, str(RetentionKind.DECISION), gates],
        )
        gates = [row[0] for row in cursor.fetchall()]
    for table, condition in part_tables(kind):
        cursor.execute(f"DELETE FROM {table} WHERE {condition}", [ids])
    cursor.execute(f"DELETE FROM {TABLES[kind]} WHERE id = ANY(%s)", [ids])
    if gates:
        cursor.execute("DELETE FROM compliance_gatedecision WHERE id = ANY(%s)", [gates])
        cursor.execute(
            "UPDATE compliance_retentionitem SET removed_at = %s WHERE run_id = %s AND kind = %s AND object_id = ANY(%s)",
            [now, run.pk, str(RetentionKind.DECISION), gates],
        )
    cursor.execute("SELECT set_config('compliance.retention_run', '', true)")


def _age(now: datetime) -> Age:
    found = age_on(now)
    if found is None:
        raise KeepingRefused(_("没有生效的保存期限规则，不能删除"))
    return found


def _locked(run: RetentionRun, *states: RetentionState) -> RetentionRun:
    locked = RetentionRun.objects.select_for_update(no_key=True).get(pk=run.pk)
    if locked.state not in states:
        raise KeepingRefused(_("这次到期删除已是“%(state)s”") % {"state": locked.get_state_display()})
    return locked
