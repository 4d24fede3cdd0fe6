"""What the page of one run reads: its desks before and after, its moves a page at a time, why a case went where it went."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from agents.assignment.jobs import APPLY_JOB
from agents.assignment.reasons import outcome_said, over_sentences, reason_of, stayed_because
from agents.models import AssignmentMove, AssignmentRun, RunState
from cases.models import Case, Desk, DeskKind
from cases.names import shown_names
from collection_ops.core.masking import mask_name
from collection_ops.core.models import Job, JobState, User


@dataclass(frozen=True)
class Change:
    """One figure of a desk before and after."""

    before: Decimal
    after: Decimal

    @property
    def difference(self) -> Decimal:
        return self.after - self.before


@dataclass(frozen=True)
class DeskChange:
    """One desk of a run: what it has now, what it would have."""

    desk: int
    name: str
    count: Change
    amount: Change
    expected: Change
    soft_count: int | None
    hard_count: int | None
    level: int
    capable: bool
    why_not: str

    @property
    def bar_end(self) -> int:
        return max(1, int(self.count.before), int(self.count.after), self.hard_count or 0)

    @property
    def tone(self) -> str:
        if self.hard_count is not None and self.count.after > self.hard_count:
            return "danger"
        return "warning" if self.soft_count is not None and self.count.after > self.soft_count else "success"


def desk_changes(run: AssignmentRun) -> list[DeskChange]:
    """Every desk that the run looked at; those that change most first. No query."""
    found = [
        DeskChange(
            desk=line["desk"],
            name=str(line.get("name", "")),
            count=_change(line, "count"),
            amount=_change(line, "amount"),
            expected=_change(line, "expected"),
            soft_count=line.get("soft_count"),
            hard_count=line.get("hard_count"),
            level=line.get("level") or 0,
            capable=bool(line.get("capable", True)),
            why_not=stayed_because(line["why_not"]) if line.get("why_not") else "",
        )
        for line in run.totals.get("desks", [])
    ]
    return sorted(found, key=lambda one: (-abs(one.count.difference), one.name, one.desk))


@dataclass(frozen=True)
class Touch:
    """A case that leaves whoever has its live promise (`due`: its day as text) or plan (`due` empty)."""

    case_id: int
    contract: str
    is_open: bool
    due: str
    old: str
    new: str


def losing_touch(run: AssignmentRun, user: User, *, shown: int) -> list[Touch]:
    """The first of them. Three queries at most."""
    listed = run.totals.get("loses_touch", [])[:shown]
    if not listed:
        return []
    cases = Case.objects.select_related("loan").in_bulk([one["case"] for one in listed])
    visible = set(Case.objects.for_user(user).filter(pk__in=list(cases)).values_list("pk", flat=True))
    desks = dict(
        Desk.objects.filter(pk__in={one[end] for one in listed for end in ("from", "to")}).values_list("pk", "name")
    )
    return [
        Touch(
            one["case"],
            cases[one["case"]].loan.contract_no,
            one["case"] in visible,
            one["due"],
            desks.get(one["from"], ""),
            desks.get(one["to"], ""),
        )
        for one in listed
        if one["case"] in cases
    ]


def _change(line: dict[str, Any], figure: str) -> Change:
    return Change(*(Decimal(str(line.get(f"{figure}_{at}", 0))) for at in ("before", "after")))


def stayed(run: AssignmentRun) -> list[tuple[str, str, int]]:
    """(code, sentence, number) of cases that go nowhere; the most frequent first."""
    counted = sorted(run.totals.get("unassigned", {}).items(), key=lambda pair: (-pair[1], pair[0]))
    return [(code, stayed_because(code), number) for code, number in counted if number]


MOVES, STAYS, EDITED, PROMISE, OTHERWISE = "moves", "stays", "edited", "promise", "otherwise"


def shows() -> list[tuple[str, str]]:
    return [
        ("", _("全部")),
        (MOVES, _("会移动")),
        (STAYS, _("留在原处")),
        (EDITED, _("人工调整过")),
        (PROMISE, _("有效承诺或方案")),
        (OTHERWISE, _("没有照办的")),
    ]


def moves_of(run: AssignmentRun, *, show: str, desk: int | None, code: str) -> QuerySet[AssignmentMove]:
    """Lines of a run, narrowed down. `desk`: that gives or gets. `code`: what kept the case."""
    moves = AssignmentMove.objects.filter(run=run)
    narrowed = {
        MOVES: Q(to_desk__isnull=False),
        STAYS: Q(to_desk__isnull=True),
        EDITED: Q(edited_at__isnull=False),
        PROMISE: Q(has_promise=True),
        OTHERWISE: ~Q(outcome=""),
    }
    if show in narrowed:
        moves = moves.filter(narrowed[show])
    if desk is not None:
        moves = moves.filter(Q(to_desk=desk) | Q(from_desk=desk))
    if code:
        moves = moves.filter(to_desk__isnull=True, why__stays=code)
    people = ("from_desk", "to_desk", "edited_by", "case__loan__debtor", "case__desk")
    return moves.select_related(*people)


@dataclass(frozen=True)
class MoveLine:
    """A move in words. `is_open`: the reader may open the case's record."""

    move: AssignmentMove
    name: str
    is_open: bool
    reason: str
    over: list[str]
    outcome: str


def move_lines(moves: Sequence[AssignmentMove], user: User) -> list[MoveLine]:
    """Two queries besides that of the moves. A case outside the reader's scope (the pool, for a leader) has its name masked
    and no link."""
    cases = [move.case for move in moves]
    visible = set(Case.objects.for_user(user).filter(pk__in=[case.pk for case in cases]).values_list("pk", flat=True))
    names = {case.pk: mask_name(case.loan.debtor.name) for case in cases}
    names |= shown_names(user, [case for case in cases if case.pk in visible])
    desks = _desk_names(moves)
    return [
        MoveLine(
            move,
            names[move.case_id],
            move.case_id in visible,
            reason_of(move.why, desks),
            over_sentences(move.why, desks),
            outcome_said(move.outcome) if move.outcome else "",
        )
        for move in moves
    ]


def _desk_names(moves: Iterable[AssignmentMove]) -> dict[int, str]:
    asked = {over[0] for move in moves for over in move.why.get("over", []) if over}
    return dict(Desk.objects.filter(pk__in=asked).values_list("pk", "name"))


def had_a_hand_in(run: AssignmentRun, user: User) -> bool:
    """Whoever planned a run or changed it by hand does not approve it. One query at most."""
    return run.planned_by_id == user.pk or run.moves.filter(edited_by=user).exists()


def desks_to_choose(run: AssignmentRun) -> list[tuple[int, str]]:
    """Where a case of this run may be put by hand."""
    desks = Desk.objects.filter(kind=DeskKind.COLLECTOR, is_active=True)
    if run.unit:
        desks = desks.filter(unit=run.unit)
    return list(desks.order_by("unit", "name", "pk").values_list("pk", "name"))


def open_job(run: AssignmentRun) -> Job | None:
    """The work in the background that applies this run, while it has not ended."""
    return (
        Job.objects.filter(kind=APPLY_JOB, params__run=run.pk, state__in=(JobState.QUEUED, JobState.RUNNING))
        .order_by("-pk")
        .first()
    )


def last_move(case: Case) -> AssignmentMove | None:
    """The line of the last run that put this case where it is: in force, or taken back but for this case."""
    kept = Q(run__state=RunState.UNDONE, outcome__startswith="kept_")
    return (
        AssignmentMove.objects.filter(
            Q(outcome="", run__state=RunState.APPLIED) | kept, case=case, to_desk__isnull=False
        )
        .select_related("run", "to_desk", "edited_by")
        .order_by("-run__applied_at", "-pk")
        .first()
    )


def why_assigned(case: Case) -> dict[str, Any] | None:
    """Why the case lies with whoever has it, in words; None where no run in force put it there."""
    move = last_move(case)
    if move is None or move.to_desk_id != case.desk_id:
        return None
    desks = _desk_names([move])
    return {"move": move, "reason": reason_of(move.why, desks), "over": over_sentences(move.why, desks)}
