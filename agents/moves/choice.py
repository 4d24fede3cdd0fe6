"""What somebody chose, kept as it was seen, from the preview to the move."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from agents.models import ChoiceState, MoveChoice
from agents.moves.decide import Decision, decide
from agents.moves.gather import CaseFacts, Target, facts_of, in_touch, linked_of, movable, places, target_of
from agents.moves.limits import Place, limits_in_force
from agents.moves.move import AT_ONCE, Moved, MoveRefused, move_chosen
from cases.models import Case, Desk, DeskKind
from collection_ops.core import clock
from collection_ops.core.models import User
from collection_ops.core.services import audit, jobs

JOB = "agents.move_chosen"
KEPT = timedelta(days=1)
"""A choice that was not moved by then is forgotten: what it saw is old."""


def choose(
    *, cases: QuerySet[Case], desk: Desk, reason: str, actor: User, now: datetime, with_linked: bool = True
) -> MoveChoice:
    """Freeze the open cases of a query (inside the actor's reach) for a desk, with the desks on which they lie now and the
    linked debts of the same persons. Raises MoveRefused: nothing chosen, no reason, too many, or a desk out of reach."""
    if not reason.strip():
        raise MoveRefused(_("请写明移动的原因"), "reason")
    reach = limits_in_force().of(actor)
    if not reach.gives_to(Place(desk.kind, desk.unit)):
        raise MoveRefused(_("您的角色不能把案件移到“%(desk)s”") % {"desk": desk.name}, "desk")
    reachable = movable(actor, reach)
    chosen = reachable.open().filter(pk__in=cases.order_by().values("pk"), desk__isnull=False)
    seen = facts_of(chosen, most=reach.most + 1)
    if not seen:
        raise MoveRefused(_("没有选中可移动的案件。请勾选案件，或选择全部符合条件的案件"), "cases")
    if len(seen) > reach.most:
        raise MoveRefused(_("您一次最多移动 %(most)s 件。请缩小筛选范围") % {"most": reach.most}, "cases")
    linked = linked_of({case.id: case for case in seen}, reachable, desk.pk)
    with transaction.atomic():
        forgotten = MoveChoice.objects.filter(made_by=actor, state=ChoiceState.PREVIEW, made_at__lt=now - KEPT)
        forgotten.delete()
        choice = MoveChoice.objects.create(
            desk=desk,
            cases=[case.id for case in seen],
            seen=[case.desk_id for case in seen],
            linked=[case.id for case in linked],
            linked_seen=[case.desk_id for case in linked],
            with_linked=with_linked,
            reason=reason.strip()[:200],
            made_by=actor,
            made_at=now,
        )
        audit.record(
            action="moves.chosen", actor=actor, obj=choice, data={"count": len(seen), "desk": desk.pk}, reason=reason
        )
    return choice


def expected_of(choice: MoveChoice, *, with_linked: bool) -> dict[int, int]:
    """Case id → the desk on which it was seen."""
    expected = dict(zip(choice.cases, choice.seen, strict=True))
    if with_linked:
        expected |= dict(zip(choice.linked, choice.linked_seen, strict=True))
    return expected


@dataclass(frozen=True)
class FromDesk:
    """A line of the preview: so many cases and yuan come from there."""

    name: str
    count: int
    amount: Decimal


@dataclass(frozen=True)
class LosesTouch:
    """A case whose debtor gave the present holder their word: a promise for a day, or a plan."""

    case_id: int
    desk: str
    kind: str
    due: date | None


@dataclass(frozen=True)
class Preview:
    """What moving the choice would do, as things lie now."""

    target: Target
    decision: Decision
    from_desks: list[FromDesk]
    amount: Decimal
    loses_touch: list[LosesTouch]
    linked_count: int
    linked_amount: Decimal
    left_behind: int
    """Open debts of the same persons that lie where the mover may not take them from."""

    @property
    def count(self) -> int:
        return len(self.decision.moving)

    @property
    def count_after(self) -> int:
        return self.target.count + self.count

    @property
    def amount_after(self) -> Decimal:
        return self.target.amount + self.amount

    @property
    def refused_by_code(self) -> list[tuple[str, list[int]]]:
        by_code: dict[str, list[int]] = {}
        for case, code in sorted(self.decision.refused.items()):
            by_code.setdefault(code, []).append(case)
        return sorted(by_code.items(), key=lambda item: (-len(item[1]), item[0]))


def preview_of(choice: MoveChoice, *, actor: User, with_linked: bool, now: datetime) -> Preview:
    """Nothing is locked: the move decides anew by the same rules."""
    reach = limits_in_force().of(actor)
    expected = expected_of(choice, with_linked=with_linked)
    found = facts_of(movable(actor, reach).filter(pk__in=[*choice.cases, *choice.linked]))
    chosen = [case for case in found if case.id in expected]
    debtors = {case.debtor_id for case in chosen}
    target = target_of(choice.desk, day=clock.business_date(now), debtors=debtors)
    named = places()
    decision = decide(expected, chosen, target, reach, {pk: place for pk, (place, _name) in named.items()})
    linked = [case for case in found if case.id in set(choice.linked)]
    return Preview(
        target=target,
        decision=decision,
        from_desks=_from_desks(decision.moving, {pk: name for pk, (_place, name) in named.items()}),
        amount=sum((case.total for case in decision.moving), Decimal(0)),
        loses_touch=_loses_touch(decision.moving, named),
        linked_count=len(linked),
        linked_amount=sum((case.total for case in linked), Decimal(0)),
        left_behind=Case.objects.open()
        .filter(loan__debtor_id__in={case.debtor_id for case in decision.moving})
        .exclude(desk=choice.desk_id)
        .exclude(pk__in=[*choice.cases, *choice.linked])
        .count(),
    )


def _from_desks(moving: Iterable[CaseFacts], names: dict[int, str]) -> list[FromDesk]:
    sums: dict[int, tuple[int, Decimal]] = {}
    for case in moving:
        count, amount = sums.get(case.desk_id or 0, (0, Decimal(0)))
        sums[case.desk_id or 0] = (count + 1, amount + case.total)
    lines = [FromDesk(names.get(desk, ""), count, amount) for desk, (count, amount) in sums.items()]
    return sorted(lines, key=lambda line: (-line.count, line.name))


def _loses_touch(moving: list[CaseFacts], named: dict[int, tuple[Place, str]]) -> list[LosesTouch]:
    held = {case.id: case.desk_id for case in moving if case.desk_id and named[case.desk_id][0].kind != DeskKind.POOL}
    words = in_touch(held)
    lines = [LosesTouch(case, named[held[case] or 0][1], *words[case]) for case in words if case in held]
    return sorted(lines, key=lambda line: (line.due is None, line.due or date.max, line.case_id))


def confirm(*, choice: MoveChoice, with_linked: bool, actor: User, now: datetime) -> MoveChoice:
    """Move what was chosen: at once, or as a job where it is much. Raises MoveRefused: somebody else's choice, one that was
    moved already, or what `move_chosen` refuses as a whole."""
    with transaction.atomic():
        held = MoveChoice.objects.select_for_update(of=("self",)).select_related("desk").get(pk=choice.pk)
        if held.made_by_id != actor.pk:
            raise MoveRefused(_("这是别人选择的案件，请自己重新选择"))
        if held.state != ChoiceState.PREVIEW:
            raise MoveRefused(_("这次移动已经提交过"))
        held.with_linked = with_linked
        expected = expected_of(held, with_linked=with_linked)
        if len(expected) > AT_ONCE:
            held.job = jobs.enqueue(
                kind=JOB,
                params={"choice": held.pk},
                actor=actor,
                title=ngettext("移动 %(count)s 件案件", "移动 %(count)s 件案件", len(expected))
                % {"count": len(expected)},
            )
            held.state = ChoiceState.MOVING
        else:
            moved = move_chosen(expected=expected, desk=held.desk, reason=held.reason, actor=actor, now=now)
            _keep(held, moved, now)
        held.save(update_fields=["with_linked", "job", "state", "moved_at", "result"])
    return held


def run_choice(*, choice_id: int, now: datetime) -> MoveChoice:
    """The job's part of `confirm`; a choice that was moved already stays as it is. Raises MoveRefused, and then the choice
    is a preview again."""
    with transaction.atomic():
        held = MoveChoice.objects.select_for_update(of=("self",)).select_related("desk", "made_by").get(pk=choice_id)
        if held.state != ChoiceState.MOVING:
            return held
        expected = expected_of(held, with_linked=held.with_linked)
        moved = move_chosen(expected=expected, desk=held.desk, reason=held.reason, actor=held.made_by, now=now)
        _keep(held, moved, now)
        held.save(update_fields=["state", "moved_at", "result"])
    return held


def give_back(*, choice_id: int) -> None:
    """A job that was refused: the choice can be looked at and confirmed anew."""
    MoveChoice.objects.filter(pk=choice_id, state=ChoiceState.MOVING).update(state=ChoiceState.PREVIEW, job=None)


def _keep(choice: MoveChoice, moved: Moved, now: datetime) -> None:
    choice.state, choice.moved_at = ChoiceState.MOVED, now
    by_desk = {str(desk): count for desk, count in moved.by_desk.items()}
    refused: list[dict[str, Any]] = [one.as_dict() for one in moved.refused]
    choice.result = {
        "moved": moved.moved,
        "amount": str(moved.amount),
        "by_desk": by_desk,
        "refused": refused,
        "warnings": moved.warnings,
    }


def choice_url(choice: MoveChoice) -> str:
    return reverse("moves:choice", args=[choice.pk])
