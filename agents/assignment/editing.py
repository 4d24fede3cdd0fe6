"""A planned move changed by hand: the person's cases of the run go together, and what may never be stays refused."""

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext as _

from agents.assignment.applying import must_be
from agents.assignment.facts import CASE, DEBTOR, DUE, HOLDER, Inputs
from agents.assignment.frozen import thaw
from agents.assignment.reasons import CANNOT
from agents.assignment.refusals import AssignmentRefused
from agents.models import AssignmentInputs, AssignmentMove, AssignmentRun, RunState
from cases.models import Desk
from collection_ops.core.models import User
from collection_ops.core.services import audit

if TYPE_CHECKING:
    import numpy as np

BEST_HERE, BY_HAND = "best_here", "by_hand"


def edit_move(
    *, run: AssignmentRun, case_id: int, to_desk: Desk | None, actor: User | None, now: datetime
) -> AssignmentMove:
    """Give the case, with all cases of the person in the run, to `to_desk`; None: they stay where they lie. Raises
    AssignmentRefused: not a preview any more, or the desk may not have them (field "desk")."""
    with transaction.atomic():
        locked = AssignmentRun.objects.select_for_update(of=("self",)).get(pk=run.pk)
        must_be(locked, RunState.PLANNED)
        move = AssignmentMove.objects.filter(run=locked, case_id=case_id).first()
        if move is None:
            raise AssignmentRefused(_("案件 #%(case)s 不在这份预览里") % {"case": case_id}, "case")
        unit = list(AssignmentMove.objects.filter(run=locked, debtor_id=move.debtor_id).order_by("case_id"))
        inputs = thaw(bytes(AssignmentInputs.objects.get(run=locked).frozen))
        rows = inputs.cases[inputs.cases[:, DEBTOR] == move.debtor_id]
        if to_desk is not None:
            _must_be_able(locked, unit, to_desk, inputs, rows)
        before = {one.case_id: one.to_desk_id for one in unit}
        facts = {row[CASE]: row for row in rows.tolist()}
        for one in unit:
            _count(locked.totals, one, facts[one.case_id], -1)
            goes = to_desk is not None and to_desk.pk != one.from_desk_id
            one.to_desk = to_desk if goes else None
            stays = {} if goes else {"stays": BY_HAND if to_desk is None else BEST_HERE}
            over = one.why.get("over", [])
            one.why = {"rule": one.why.get("rule", ""), **stays, "parts": [[BY_HAND, 0]] if goes else [], "over": over}
            one.edited_by, one.edited_at = actor, now
            _count(locked.totals, one, facts[one.case_id], 1)
        AssignmentMove.objects.bulk_update(unit, ["to_desk", "why", "edited_by", "edited_at"])
        locked.move_count = locked.moves.filter(to_desk__isnull=False).count()
        locked.save(update_fields=["totals", "move_count"])
        run.totals, run.move_count = locked.totals, locked.move_count
        data = {"before": {str(case): to for case, to in before.items()}, "to": to_desk.pk if to_desk else None}
        audit.record(action="assignment.edited", actor=actor, obj=locked, data=data)
    return next(one for one in unit if one.case_id == case_id)


def _must_be_able(
    run: AssignmentRun, unit: list[AssignmentMove], desk: Desk, inputs: Inputs, rows: "np.ndarray"
) -> None:
    """By the facts of the plan: certificate, presence, skill and level, complaint; and by the totals, the hard capacity."""
    from agents.assignment.eligibility import kinds_of

    at = next((n for n, one in enumerate(inputs.desks) if one.id == desk.pk), None)
    if at is None or not desk.is_active:
        raise AssignmentRefused(_("席位“%(desk)s”不在这份预览的范围内") % {"desk": desk.name}, "desk")
    debtor = unit[0].debtor_id
    code = next((one.code for one in inputs.forbidden if (one.debtor, one.desk) == (debtor, desk.pk)), "")
    kinds = kinds_of(inputs, rows)
    for kind in kinds.of_case.tolist():
        code = code or kinds.lacks(kind, at)
    facts, line = inputs.desks[at], next(one for one in run.totals["desks"] if one["desk"] == desk.pk)
    coming = [one for one in unit if (one.to_desk_id or one.from_desk_id) != desk.pk]
    money = Decimal(line["amount_after"]) + sum((one.total for one in coming), Decimal(0))
    over = facts.hard_cents is not None and money * 100 > facts.hard_cents
    if coming and (line["count_after"] + len(coming) > facts.hard_count or over):
        code = code or "full"
    if code:
        said = {"desk": desk.name, "why": CANNOT.get(code, code)}
        raise AssignmentRefused(_("不能分给“%(desk)s”：%(why)s") % said, "desk")


def _count(totals: dict[str, Any], move: AssignmentMove, fact: list[int], sign: int) -> None:
    """One move taken out of the totals (-1), or put in."""
    if move.to_desk_id is None:
        code = move.why.get("stays", "")
        if code == BEST_HERE:
            totals["kept"] += sign
            return
        counted = totals["unassigned"]
        counted[code] = counted.get(code, 0) + sign
        if not counted[code]:
            del counted[code]
        return
    by_desk = {line["desk"]: line for line in totals["desks"]}
    for desk, way in ((move.from_desk_id, -sign), (move.to_desk_id, sign)):
        line = by_desk.get(desk)
        if line is not None:
            line["count_after"] += way
            line["amount_after"] = str(Decimal(line["amount_after"]) + way * move.total)
            line["expected_after"] = str(Decimal(line["expected_after"]) + way * move.expected)
    totals["amount"] = str(Decimal(totals["amount"]) + sign * move.total)
    totals["expected"] = str(Decimal(totals["expected"]) + sign * move.expected)
    if fact[DUE] and fact[HOLDER] and fact[HOLDER] != move.to_desk_id:
        totals["loses_touch_count"] += sign
        totals["loses_touch"] = [one for one in totals["loses_touch"] if one["case"] != move.case_id]
        if sign > 0:
            from agents.assignment.summary import loses_touch

            totals["loses_touch"].append(loses_touch(move.case_id, fact[DUE], fact[HOLDER], move.to_desk_id))
