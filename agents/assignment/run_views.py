"""One run: what would change, why, by hand otherwise; approving, putting in force, taking back."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from agents.assignment import runs as doors
from agents.assignment import selectors_run as reads
from agents.assignment.board_views import STATE_TONES
from agents.assignment.chosen_texts import chosen_said
from agents.assignment.jobs import APPLY_JOB
from agents.assignment.runs import AssignmentRefused, ReplayResult
from agents.assignment.selectors_board import runs_for
from agents.models import AssignmentRun, RunState, Team
from cases.models import Desk
from collection_ops.core import clock
from collection_ops.core.access import has, requires
from collection_ops.core.http import SignedInRequest
from collection_ops.core.paging import LARGEST_KEY, key_page
from collection_ops.core.services import jobs
from collection_ops.core.services.form_tokens import once

VIEW, PLAN, APPROVE = "assignment.view", "assignment.plan", "assignment.approve"
MOVES_SHOWN, DESKS_SHOWN, TOUCH_SHOWN = 30, 40, 20
APPLIED_AT_ONCE = 2_000
"""Up to so many moves are put in force while the person waits; more in the background."""


@requires(VIEW)
@require_GET
def run(request: SignedInRequest, run_id: int) -> HttpResponse:
    return _page(request, _run(request, run_id, VIEW))


@requires(PLAN)
@require_POST
@once
def edit(request: SignedInRequest, run_id: int, case_id: int) -> HttpResponse:
    """Another desk for one case, or none: it stays."""
    found, typed = _run(request, run_id, PLAN), request.POST.get("desk", "")
    move = found.moves.filter(case_id=case_id).first() if case_id <= LARGEST_KEY else None
    if move is None:
        raise Http404
    try:
        doors.edit_move(
            run=found, case_id=case_id, to_desk=_desk(found, typed), actor=request.user, now=clock.database_now()
        )
    except AssignmentRefused as refused:
        return _page(request, _run(request, run_id, PLAN), editing=move.pk, typed=typed, edit_error=refused, status=409)
    messages.success(request, _("已调整；同一客户的案件一起调整，合计已更新"))
    return redirect(f"{reverse('assignment:run', args=[found.pk])}?{request.GET.urlencode()}#moves")


@requires(APPROVE)
@require_POST
@once
def approve(request: SignedInRequest, run_id: int) -> HttpResponse:
    found = _run(request, run_id, APPROVE)
    try:
        doors.approve_run(run=found, actor=request.user, now=clock.database_now())
    except AssignmentRefused as refused:
        return _refused(request, run_id, refused)
    messages.success(request, _("已批准，可以使其生效"))
    return redirect("assignment:run", found.pk)


@requires(APPROVE)
@require_POST
@once
def apply(request: SignedInRequest, run_id: int) -> HttpResponse:
    """Move the cases; a large run does so in the background."""
    found = _run(request, run_id, APPROVE)
    if found.state == RunState.APPROVED and found.move_count > APPLIED_AT_ONCE:
        if reads.open_job(found) is None:
            title = _("分案 #%(run)s 生效") % {"run": found.pk}
            jobs.enqueue(kind=APPLY_JOB, params={"run": found.pk}, actor=request.user, title=title)
        messages.info(request, _("案件较多，正在后台移动；可以离开本页，完成后会收到通知"))
        return redirect("assignment:run", found.pk)
    try:
        applied = doors.apply_run(run=found, actor=request.user, now=clock.database_now())
    except AssignmentRefused as refused:
        return _refused(request, run_id, refused)
    moved = applied.totals["applied"]["moved"]
    messages.success(request, _("已生效：移动 %(count)s 件案件") % {"count": moved})
    if left := applied.move_count - moved:
        said = _("%(count)s 件在生成预览后已变化，没有移动；筛选“没有照办的”可以看到原因") % {"count": left}
        messages.warning(request, said)
    return redirect("assignment:run", found.pk)


@requires(APPROVE)
@require_POST
@once
def undo(request: SignedInRequest, run_id: int) -> HttpResponse:
    """Put the cases back, while nobody has worked on them since."""
    found, reason = _run(request, run_id, APPROVE), _reason(request)
    try:
        undone = doors.undo_run(run=found, reason=reason, actor=request.user, now=clock.database_now())
    except AssignmentRefused as refused:
        return _refused(request, run_id, refused, reason=reason)
    back, kept = undone.totals["undone"]["back"], sum(undone.totals["undone"]["kept"].values())
    messages.success(request, _("已撤销：%(count)s 件案件回到原来的席位") % {"count": back})
    if kept:
        said = _("%(count)s 件生效后已有联系、承诺或又换了席位，没有撤回；筛选“没有照办的”可以看到原因")
        messages.warning(request, said % {"count": kept})
    return redirect("assignment:run", found.pk)


@requires(PLAN)
@require_POST
@once
def drop(request: SignedInRequest, run_id: int) -> HttpResponse:
    """Give a plan up before it is in force."""
    return _drop(request, _run(request, run_id, PLAN))


@requires(APPROVE)
@require_POST
@once
def reject(request: SignedInRequest, run_id: int) -> HttpResponse:
    """The same by whoever was asked to approve."""
    return _drop(request, _run(request, run_id, APPROVE))


def _drop(request: SignedInRequest, found: AssignmentRun) -> HttpResponse:
    reason = _reason(request)
    try:
        doors.drop_run(run=found, reason=reason, actor=request.user, now=clock.database_now())
    except AssignmentRefused as refused:
        return _refused(request, found.pk, refused, reason=reason)
    messages.success(request, _("已放弃这份预览，没有移动案件"))
    return redirect("assignment:board")


@requires(VIEW)
@require_POST
@once
def replay(request: SignedInRequest, run_id: int) -> HttpResponse:
    """Plan once more from what the run saw, and compare. Changes nothing."""
    found = _run(request, run_id, VIEW)
    try:
        result = doors.replay(found)
    except AssignmentRefused as refused:
        return _refused(request, run_id, refused)
    return _page(request, found, replayed=result)


def _run(request: SignedInRequest, run_id: int, capability: str) -> AssignmentRun:
    """A run in the person's scope; any other does not exist."""
    people = ("planned_by", "approved_by", "applied_by", "ended_by", "rules")
    visible = runs_for(request.user, capability).select_related(*people)
    found = visible.filter(pk=run_id).first() if run_id <= LARGEST_KEY else None
    if found is None:
        raise Http404
    return found


def _desk(run: AssignmentRun, typed: str) -> Desk | None:
    """The chosen desk, None for «stays». Raises AssignmentRefused for what is not among the choices."""
    if not typed:
        return None
    allowed = {str(pk) for pk, _name in reads.desks_to_choose(run)}
    if typed not in allowed:
        raise AssignmentRefused(_("这个席位不在可选范围内，请重新选择"), "desk")
    return Desk.objects.get(pk=int(typed))


def _reason(request: SignedInRequest) -> str:
    return request.POST.get("reason", "").replace("\x00", "").strip()[:200]


def _refused(request: SignedInRequest, run_id: int, refused: AssignmentRefused, *, reason: str = "") -> HttpResponse:
    """The page as it is now, with what stood in the way: a colleague may have been quicker."""
    return _page(request, _run(request, run_id, VIEW), error=refused, reason=reason, status=409)


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and int(text) <= LARGEST_KEY else None


def _page(
    request: SignedInRequest,
    found: AssignmentRun,
    *,
    editing: int | None = None,
    typed: str | None = None,
    edit_error: AssignmentRefused | None = None,
    error: AssignmentRefused | None = None,
    reason: str = "",
    replayed: ReplayResult | None = None,
    status: int = 200,
) -> HttpResponse:
    user, state = request.user, RunState(found.state)
    show, code = request.GET.get("show", "")[:16], request.GET.get("code", "").replace("\x00", "")[:32]
    desk = _number(request.GET.get("desk", ""))
    may_edit = state is RunState.PLANNED and has(user, PLAN)
    page = key_page(request, reads.moves_of(found, show=show, desk=desk, code=code), size=MOVES_SHOWN)
    editing = editing or (_number(request.GET.get("edit", "")) if may_edit else None)
    if edit_error is not None and not (may_edit and editing in [move.pk for move in page.rows]):
        error = edit_error  # the form in which it would stand is gone
    is_own = state is RunState.PLANNED and reads.had_a_hand_in(found, user)
    changes = reads.desk_changes(found)
    kept = request.GET.copy()
    kept.pop("edit", None)
    touch = found.totals.get("loses_touch", [])
    context: dict[str, Any] = {
        "run": found,
        "tone": STATE_TONES[state],
        "said": chosen_said(found.chosen),
        "team": Team.objects.filter(code=found.unit).first() if found.unit else None,
        "stays": reads.stayed(found),
        "stay_count": found.case_count - found.move_count,
        "desks": Paginator(changes, DESKS_SHOWN).get_page(request.GET.get("desks")),
        "changed_desks": sum(1 for one in changes if one.count.difference),
        "touch": reads.losing_touch(found, user, shown=TOUCH_SHOWN),
        "touch_count": found.totals.get("loses_touch_count", len(touch)),
        "lines": reads.move_lines(page.rows, user),
        "shows": reads.shows(),
        "show": show,
        "code": code,
        "desk": desk,
        "desk_names": [(one.desk, one.name) for one in sorted(changes, key=lambda one: (one.name, one.desk))],
        "kept": kept.urlencode(),
        "editing": editing,
        "desk_choices": reads.desks_to_choose(found) if editing else [],
        "typed": typed,
        "edit_error": edit_error,
        "may_edit": may_edit,
        "may_approve": state is RunState.PLANNED and has(user, APPROVE) and not is_own,
        "is_own": is_own,
        "may_apply": state is RunState.APPROVED and has(user, APPROVE),
        "may_undo": state is RunState.APPLIED and has(user, APPROVE),
        "may_drop": state in (RunState.PLANNED, RunState.APPROVED) and has(user, PLAN),
        "may_reject": state in (RunState.PLANNED, RunState.APPROVED) and has(user, APPROVE) and not has(user, PLAN),
        "job": reads.open_job(found) if state is RunState.APPROVED else None,
        "error": error,
        "reason": reason,
        "replayed": replayed,
        "previous_url": page.previous_url,
        "next_url": page.next_url,
    }
    return render(request, "agents/assignment/run.html", context, status=status)
