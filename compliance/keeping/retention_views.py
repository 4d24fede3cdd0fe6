"""What is past its time, and how it is removed."""

from typing import Any

from django.contrib import messages
from django.db.models import Max
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from cases.names import shown_names
from collection_ops.core import clock
from collection_ops.core.access import has, requires
from collection_ops.core.approvals import Waiting, decisions
from collection_ops.core.dated_settings import Setting
from collection_ops.core.http import SignedInRequest
from collection_ops.core.models import User
from collection_ops.core.paging import key_page
from collection_ops.core.services.form_tokens import once
from compliance.keeping.age import age_on
from compliance.keeping.forms import DecisionForm, ReasonForm
from compliance.keeping.overdue import ORDER
from compliance.keeping.refusals import KeepingRefused
from compliance.keeping.runs import (
    APPROVE,
    PROPOSE,
    decide_run,
    draft_run,
    is_stopped,
    propose_run,
    resume_run,
    total,
    withdraw_run,
)
from compliance.keeping.texts import REASONS
from compliance.models import Complaint, ContactAttempt, GateDecision, LegalHold, QueuedMessage, RetentionRun

VIEW = "retention.view"
REVIEW_DAYS = Setting(
    "retention.review_days",
    label=gettext_lazy("到期记录复核间隔"),
    default=90,
    source=gettext_lazy("个人信息保护法 47：到期应主动删除；间隔为内部政策"),
    unit=gettext_lazy("天"),
    least=1,
    most=366,
)
TONES = {
    "draft": "neutral", "proposed": "warning", "approved": "warning", "applied": "success", "rejected": "danger",
    "withdrawn": "neutral",
}  # fmt: skip
RECORDS: dict[str, Any] = {
    "contact": ContactAttempt,
    "decision": GateDecision,
    "message": QueuedMessage,
    "complaint": Complaint,
}


@decisions
def removals(user: User) -> Waiting | None:
    """Records that somebody else wants removed."""
    if not has(user, APPROVE):
        return None
    waiting = RetentionRun.objects.filter(state="proposed").exclude(proposed_by=user)
    return Waiting(_("到期删除"), waiting.count(), reverse("compliance:retention"))


@requires(VIEW)
@require_GET
def retention(request: SignedInRequest) -> HttpResponse:
    return _list(request)


def _list(request: SignedInRequest, *, refused: str = "", status: int = 200) -> HttpResponse:
    today = clock.business_date(clock.now())
    latest = RetentionRun.objects.exclude(state="withdrawn").aggregate(day=Max("as_of"))["day"]
    idle = (today - latest).days if latest is not None else None
    page = key_page(request, RetentionRun.objects.select_related("proposed_by", "decided_by"))
    context = {
        "age": age_on(clock.now()),
        "page": page,
        "runs": [(run, TONES[run.state], total(run)) for run in page.rows],
        "held": LegalHold.objects.filter(lifted_at__isnull=True).count(),
        "idle": idle if idle is not None and idle > REVIEW_DAYS.on(today) else 0,
        "may_propose": has(request.user, PROPOSE),
        "refused": refused,
    }
    return render(request, "compliance/keeping/retention.html", context, status=status)


@requires(PROPOSE)
@require_POST
@once
def draft(request: SignedInRequest) -> HttpResponse:
    try:
        made = draft_run(actor=request.user, now=clock.database_now())
    except KeepingRefused as refused:
        return _list(request, refused=str(refused), status=409)
    return redirect("compliance:retention_run", made.pk)


@requires(VIEW)
@require_GET
def retention_run(request: SignedInRequest, run_id: int) -> HttpResponse:
    return _run_page(request, get_object_or_404(RetentionRun, pk=run_id))


def _run_page(
    request: SignedInRequest, run: RetentionRun, *, refused: str = "", typed: str = "", status: int = 200
) -> HttpResponse:
    mine = run.proposed_by_id == request.user.pk
    context = {
        "run": run,
        "tone": TONES[run.state],
        "total": total(run),
        "kinds": [_kind(request.user, run, kind) for kind in ORDER],
        "may_propose": run.state == "draft" and has(request.user, PROPOSE),
        "may_withdraw": run.state in ("draft", "proposed") and has(request.user, PROPOSE),
        "may_decide": run.state == "proposed" and has(request.user, APPROVE) and not mine,
        "is_stopped": is_stopped(run),
        "may_resume": has(request.user, APPROVE),
        "refused": refused,
        "typed": typed,
    }
    return render(request, "compliance/keeping/run.html", context, status=status)


def _kind(user: User, run: RetentionRun, kind: Any) -> dict[str, Any]:
    """One kind as people read it: figures, what is spared, some of the lines while they are there."""
    figures = run.preview.get(str(kind), {})
    done = run.removed.get(str(kind), {})
    found = RECORDS[kind].objects.filter(pk__in=figures.get("samples", [])).select_related("case__loan__debtor")
    rows = list(found.order_by("pk"))
    names = shown_names(user, [row.case for row in rows if row.case_id])
    return {
        "label": kind.label,
        "figures": figures,
        "spared": [(REASONS.get(why, why), count) for why, count in figures.get("spared", {}).items()],
        "done": done,
        "left": [(REASONS.get(why, why), count) for why, count in done.get("spared", {}).items()],
        "samples": [(row, names.get(row.case_id, "")) for row in rows],
    }


@requires(PROPOSE)
@require_POST
@once
def propose(request: SignedInRequest, run_id: int) -> HttpResponse:
    run = get_object_or_404(RetentionRun, pk=run_id)
    form = ReasonForm(request.POST)
    reason = form.cleaned_data["reason"] if form.is_valid() else ""
    try:
        propose_run(run=run, reason=reason, actor=request.user, now=clock.database_now())
    except KeepingRefused as refused:
        run.refresh_from_db()
        return _run_page(request, run, refused=str(refused), typed=reason, status=400 if refused.field else 409)
    messages.success(request, _("已提出，等待另一人批准"))
    return redirect("compliance:retention_run", run.pk)


@requires(APPROVE)
@require_POST
@once
def decide(request: SignedInRequest, run_id: int) -> HttpResponse:
    run = get_object_or_404(RetentionRun, pk=run_id)
    form = DecisionForm(request.POST)
    if not form.is_valid():
        return _run_page(request, run, refused=_("请选择批准或不批准"), status=400)
    given = form.cleaned_data
    try:
        decide_run(
            run=run, approve=given["decision"] == "approve", note=given["note"], actor=request.user,
            now=clock.database_now(),
        )  # fmt: skip
    except KeepingRefused as refused:
        run.refresh_from_db()
        return _run_page(request, run, refused=str(refused), typed=given["note"], status=400 if refused.field else 409)
    return redirect("compliance:retention_run", run.pk)


@requires(APPROVE)
@require_POST
@once
def resume(request: SignedInRequest, run_id: int) -> HttpResponse:
    """After its job was stopped for good."""
    run = get_object_or_404(RetentionRun, pk=run_id)
    try:
        resume_run(run=run, actor=request.user, now=clock.database_now())
    except KeepingRefused as refused:
        run.refresh_from_db()
        return _run_page(request, run, refused=str(refused), status=409)
    messages.success(request, _("已继续执行"))
    return redirect("compliance:retention_run", run.pk)


@requires(PROPOSE)
@require_POST
@once
def withdraw(request: SignedInRequest, run_id: int) -> HttpResponse:
    run = get_object_or_404(RetentionRun, pk=run_id)
    try:
        withdraw_run(run=run, actor=request.user, now=clock.database_now())
    except KeepingRefused as refused:
        run.refresh_from_db()
        return _run_page(request, run, refused=str(refused), status=409)
    messages.success(request, _("已撤回"))
    return redirect("compliance:retention")
