"""The door for moves by hand: checks above `cases.services.custody.move_cases`, in one transaction with it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from agents.moves.codes import WHOLE, refusal
from agents.moves.decide import Decision, decide
from agents.moves.gather import facts_of, movable, places, target_of, touched_at
from agents.moves.limits import CAPABILITY, limits_in_force
from cases.models import Case, Desk, DeskKind
from cases.services.custody import CustodyRefused, move_cases
from collection_ops.core import clock
from collection_ops.core.access import has
from collection_ops.core.models import User
from collection_ops.core.services import audit

AT_ONCE = 2_000
"""So many are moved within a request; more is a job."""


class MoveRefused(Exception):
    """Nothing was moved; the sentence says why, `field` where it stands in a form."""

    def __init__(self, sentence: str, field: str = "") -> None:
        super().__init__(sentence)
        self.field = field


@dataclass(frozen=True)
class Refused:
    """One case that stayed. Of one that meanwhile lies elsewhere: on which desk, who put it there, and when."""

    case: int
    code: str
    desk: str = ""
    by: str = ""
    at: datetime | None = None

    def as_dict(self) -> dict[str, Any]:
        moment = self.at.isoformat() if self.at else ""
        return {"case": self.case, "code": self.code, "desk": self.desk, "by": self.by, "at": moment}


@dataclass(frozen=True)
class Moved:
    """How many were moved, from which desks (id → cases), their yuan, and what stayed with the reason."""

    moved: int
    by_desk: dict[int, int] = field(default_factory=dict)
    amount: Decimal = Decimal(0)
    refused: list[Refused] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def move_chosen(*, expected: Mapping[int, int], desk: Desk, reason: str, actor: User, now: datetime) -> Moved:
    """Put the chosen cases on `desk`. `expected`: case id → the desk id on which it was seen when it was chosen; what lies
    elsewhere by now stays there and is named. Raises MoveRefused: no right, no reason, too many for the actor's role, or a
    desk that takes nothing.

    The target's desk is locked first (so that two moves do not fill its last place twice), then the cases in the order of
    ids: as a run of assignment and a cover do, which otherwise would wait for this move and it for them.
    """
    if not has(actor, CAPABILITY):
        raise MoveRefused(_("您已没有移动案件的权限"))
    if not reason.strip():
        raise MoveRefused(_("请写明移动的原因"), "reason")
    reach = limits_in_force().of(actor)
    if len(expected) > reach.most:
        said = {"count": len(expected), "most": reach.most}
        raise MoveRefused(_("您一次最多移动 %(most)s 件，这里有 %(count)s 件。请缩小范围，或请主管处理") % said)
    with transaction.atomic():
        decision = _decide(expected, desk, actor, now)
        if decision.moving:
            _move(decision, desk, reason, actor, now)
    taken = touched_at([case for case, code in decision.refused.items() if code == "elsewhere"])
    by_desk: dict[int, int] = {}
    for case in decision.moving:
        by_desk[case.desk_id or 0] = by_desk.get(case.desk_id or 0, 0) + 1
    return Moved(
        moved=len(decision.moving),
        by_desk=by_desk,
        amount=sum((case.total for case in decision.moving), Decimal(0)),
        refused=[Refused(case, code, *taken.get(case, ())) for case, code in sorted(decision.refused.items())],
        warnings=decision.warnings,
    )


def hold_cases(ids: list[int]) -> None:
    """Lock the cases, so that nobody else moves them until the transaction ends."""
    list(Case.objects.select_for_update(of=("self",)).filter(pk__in=ids).order_by("pk").values_list("pk", flat=True))


def _decide(expected: Mapping[int, int], desk: Desk, actor: User, now: datetime) -> Decision:
    held = Desk.objects.select_for_update(of=("self",), no_key=True).select_related("owner").get(pk=desk.pk)
    hold_cases(list(expected))
    reach = limits_in_force().of(actor)
    found = facts_of(movable(actor, reach).filter(pk__in=list(expected)))
    target = target_of(held, day=clock.business_date(now), debtors={case.debtor_id for case in found})
    where = {pk: place for pk, (place, _name) in places().items()}
    decision = decide(expected, found, target, reach, where)
    whole = set(decision.refused.values())
    if not decision.moving and len(whole) == 1 and (code := whole.pop()) in WHOLE:
        raise MoveRefused(f"{desk.name}：{refusal(code)}", "desk")
    return decision


def _move(decision: Decision, desk: Desk, reason: str, actor: User, now: datetime) -> None:
    code = "pool" if desk.kind == DeskKind.POOL else "reassigned"
    try:
        moved = move_cases(cases=[case.id for case in decision.moving], desk=desk, reason=code, actor=actor, now=now)
    except CustodyRefused as refused:
        raise MoveRefused(str(refused)) from refused
    counts: dict[str, int] = {}
    for case in decision.moving:
        counts[str(case.desk_id)] = counts.get(str(case.desk_id), 0) + 1
    audit.record(
        action="cases.moved_by_hand",
        actor=actor,
        obj=desk,
        data={"count": moved, "from": counts, "refused": len(decision.refused)},
        reason=reason,
    )
