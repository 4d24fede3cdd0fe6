"""The doors of assignment: plan, edit, approve, apply, undo, drop, replay, what if.

    run = plan_run(cases=None, chosen={}, unit="", day=today, seed=None, actor=user, now=now)
    approve_run(run=run, actor=somebody_else, now=now)
    apply_run(run=run, actor=user, now=now)

A run is a document: planned → approved → applied → undone, or dropped before it is in force. Every door raises
AssignmentRefused with a sentence.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from agents.assignment.applying import apply_run, must_be
from agents.assignment.editing import edit_move
from agents.assignment.frozen import freeze, thaw
from agents.assignment.gather import gather
from agents.assignment.refusals import AssignmentRefused
from agents.assignment.rules import RulesInForce, read_lines, read_values, rules_in_force, save_rules
from agents.assignment.undoing import undo_run
from agents.models import AssignmentInputs, AssignmentMove, AssignmentRun, RunState
from cases.models import Case
from collection_ops.core.access import users_with
from collection_ops.core.models import Job, User
from collection_ops.core.services import audit
from collection_ops.core.services.notifications import notify

__all__ = [
    "AssignmentRefused", "ReplayResult", "apply_run", "approve_run", "drop_run", "edit_move", "plan_run", "replay",
    "rules_in_force", "save_rules", "undo_run", "what_if",
]  # fmt: skip

LISTED = 200
LARGEST_SEED = 2**63 - 1


def plan_run(
    *,
    cases: QuerySet[Case] | None,
    chosen: dict[str, Any],
    unit: str,
    day: date,
    seed: int | None,
    actor: User | None,
    now: datetime,
    job: Job | None = None,
) -> AssignmentRun:
    """A preview of who would get which case. `cases`: those to deal out (open ones; None: all of the pool), `chosen` says
    in words of the filter which these are. `unit`: to desks of that team only. `seed` None: the day's own number, so that
    two plans of one day agree."""
    from agents.assignment.plan import decide, yuan  # numpy is loaded by whoever plans
    from agents.assignment.summary import totals_of
    from agents.assignment.writing import write_moves

    seed = day.toordinal() if seed is None else seed
    if not 0 <= seed <= LARGEST_SEED:
        raise AssignmentRefused(_("随机种子须为 0 至 %(most)s 的整数") % {"most": LARGEST_SEED}, "seed")
    rules = rules_in_force()
    with transaction.atomic():
        inputs = gather(cases=cases, unit=unit, day=day, seed=seed, rules=rules)
        if not len(inputs.cases):
            raise AssignmentRefused(_("所选范围内没有未结案件"))
        if not inputs.desks:
            raise AssignmentRefused(_("没有可用的催收员席位，请先为人员建立档案和席位"))
        plan = decide(inputs)
        frozen, digest = freeze(inputs)
        totals = totals_of(plan)
        to, at = plan.to_desk, plan.cases[:, 4]
        run = AssignmentRun.objects.create(
            day=day,
            seed=seed,
            rules_id=rules.version or None,
            chosen=chosen,
            unit=unit,
            inputs_hash=digest,
            plan_hash=plan.hash,
            totals=totals,
            case_count=len(plan.cases),
            move_count=int(((to != 0) & (to != at)).sum()),
            planned_by=actor,
            planned_at=now,
            job=job,
        )
        AssignmentInputs.objects.create(run=run, frozen=frozen)
        write_moves(run.pk, plan)
        data = {"cases": run.case_count, "moves": run.move_count, "expected": yuan(plan.expected.sum())}
        audit.record(action="assignment.planned", actor=actor, obj=run, data={**data, "inputs": digest})
        if run.move_count:
            approvers = users_with("assignment.approve").exclude(pk=actor.pk if actor else 0)
            notify(
                users=approvers,
                kind="assignment.waiting",
                params={"run": run.pk, "count": run.move_count},
                url=page_of(run),
            )
    return run


def page_of(run: AssignmentRun) -> str:
    """The run's page; empty where the site has none."""
    try:
        return reverse("assignment:run", args=[run.pk])
    except NoReverseMatch:
        return ""


def what_if(
    *,
    lines: Sequence[Mapping[str, Any]],
    values: Mapping[str, Any],
    day: date,
    unit: str = "",
    seed: int | None = None,
) -> dict[str, Any]:
    """What rules that are not saved would do with today's pool: `totals` as of a run, with "cases", "moves" and
    "plan_hash". Writes nothing. Raises AssignmentRefused for rules that cannot be read."""
    from agents.assignment.plan import decide
    from agents.assignment.summary import totals_of

    rules = RulesInForce(0, read_lines(lines), read_values(values))
    seed = day.toordinal() if seed is None else seed
    plan = decide(gather(cases=None, unit=unit, day=day, seed=seed, rules=rules))
    moves = int((plan.to_desk != 0).sum())
    return {**totals_of(plan), "cases": len(plan.cases), "moves": moves, "plan_hash": plan.hash}


def approve_run(*, run: AssignmentRun, actor: User | None, now: datetime) -> AssignmentRun:
    """Raises AssignmentRefused: not waiting for it, nothing to move, or the approver planned or changed it."""
    with transaction.atomic():
        locked = AssignmentRun.objects.select_for_update(of=("self",)).get(pk=run.pk)
        must_be(locked, RunState.PLANNED)
        if not locked.move_count:
            raise AssignmentRefused(_("这份预览没有要移动的案件，不需要批准"))
        own = actor is not None and (locked.planned_by_id == actor.pk or locked.moves.filter(edited_by=actor).exists())
        if own:
            raise AssignmentRefused(_("生成或调整过这份预览的人不能批准它，请由另一人批准"))
        locked.state, locked.approved_by, locked.approved_at = RunState.APPROVED, actor, now
        locked.save(update_fields=["state", "approved_by", "approved_at"])
        audit.record(action="assignment.approved", actor=actor, obj=locked, data={"moves": locked.move_count})
    return locked


def drop_run(*, run: AssignmentRun, reason: str, actor: User | None, now: datetime) -> AssignmentRun:
    """A preview that will not be used. Raises AssignmentRefused: in force already, or no reason."""
    if not reason.strip():
        raise AssignmentRefused(_("请写明放弃的原因"), "reason")
    with transaction.atomic():
        locked = AssignmentRun.objects.select_for_update(of=("self",)).get(pk=run.pk)
        must_be(locked, RunState.PLANNED, RunState.APPROVED)
        locked.state, locked.ended_by, locked.ended_at = RunState.DROPPED, actor, now
        locked.end_reason = reason.strip()[:200]
        locked.save(update_fields=["state", "ended_by", "ended_at", "end_reason"])
        audit.record(action="assignment.dropped", actor=actor, obj=locked, reason=reason)
    return locked


@dataclass(frozen=True)
class ReplayResult:
    """`equal`: the inputs are those that were frozen, the plan has the same hash, and the moves are those of the plan but
    for what people changed by hand. `differences`: up to 200, [{"case", "stored", "replayed"}] with ids of desks (0
    stays)."""

    equal: bool
    plan_hash: str
    inputs_hash: str
    differences: list[dict[str, Any]]
    edited: int = 0
    gone: int = 0
    """Cases that the book does not have any more (their import was undone)."""


def replay(run: AssignmentRun) -> ReplayResult:
    """Plan once more from what the run saw. Reads only."""
    from agents.assignment.plan import decide

    kept = AssignmentInputs.objects.filter(run=run).first()
    if kept is None:
        raise AssignmentRefused(_("分案 #%(run)s 没有保存依据，不能重放") % {"run": run.pk})
    try:
        inputs = thaw(bytes(kept.frozen))
    except ValueError as wrong:
        raise AssignmentRefused(_("分案 #%(run)s 保存的依据已损坏，不能重放") % {"run": run.pk}) from wrong
    plan, digest = decide(inputs), freeze(inputs)[1]
    stored = {
        case: (to or 0, edited is not None)
        for case, to, edited in AssignmentMove.objects.filter(run=run).values_list("case_id", "to_desk_id", "edited_at")
    }
    differences, gone = [], 0
    for case, at, to in zip(plan.cases[:, 0].tolist(), plan.cases[:, 4].tolist(), plan.to_desk.tolist(), strict=True):
        goes = to if to != at else 0
        if case not in stored:
            gone += 1
        elif not stored[case][1] and stored[case][0] != goes:
            differences.append({"case": case, "stored": stored[case][0], "replayed": goes})
    edited = sum(changed for _to, changed in stored.values())
    equal = digest == run.inputs_hash and plan.hash == run.plan_hash and not differences
    return ReplayResult(equal, plan.hash, digest, differences[:LISTED], edited, gone)
