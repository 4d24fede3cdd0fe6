"""Batches: the list, the draft with its preview, who stays and why, and the steps to the agencies' desks."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from cases.models import DeskKind, Source
from cases.names import shown_names
from cases.selectors import products_and_regions
from cases.views.paging import asked
from collection_ops.core import clock
from collection_ops.core.access import has, requires
from collection_ops.core.approvals import Waiting, decisions
from collection_ops.core.http import SignedInRequest
from collection_ops.core.models import User
from collection_ops.core.paging import PAGE_SIZE, key_page
from collection_ops.core.services.form_tokens import once
from vendors.models import Agency, AgencyState, BatchState, PlacementBatch
from vendors.placement import batches as service
from vendors.placement import jobs, selectors
from vendors.placement.forms import RuleForm
from vendors.placement.gather import may_receive, proposed_shares
from vendors.placement.proposed import shares_for
from vendors.placement.reasons import left_out
from vendors.placement.rule import PlacementRefused, Rule

VIEW, MAKE, APPROVE = "placements.view", "placements.make", "placements.approve"
LARGEST_ID = 2**63 - 1
SCORECARDS, FROM_SCORECARDS = "scorecards.view", "scorecards"
TONES = {
    BatchState.DRAFT: "neutral",
    BatchState.SUBMITTED: "warning",
    BatchState.APPROVED: "info",
    BatchState.APPLIED: "success",
    BatchState.WITHDRAWN: "neutral",
}


@decisions
def batches_waiting(user: User) -> Waiting | None:
    """On the page of tasks: batches that wait for somebody else's approval."""
    if not has(user, APPROVE):
        return None
    waiting = PlacementBatch.objects.filter(state=BatchState.SUBMITTED).exclude(made_by=user).count()
    return Waiting(_("委外批次审批"), waiting, reverse("vendors:placements"))


@requires(VIEW)
@require_GET
def placements(request: SignedInRequest) -> HttpResponse:
    """All batches, the newest first."""
    page = key_page(request, PlacementBatch.objects.select_related("made_by", "approved_by"))
    context = {
        "lines": [
            {"batch": batch, "tone": TONES[BatchState(batch.state)], "shares": selectors.shares_said(batch)}
            for batch in page.rows
        ],
        "previous_url": page.previous_url,
        "next_url": page.next_url,
    }
    return render(request, "vendors/placement/batches.html", context)


@requires(MAKE)
@require_http_methods(["GET", "POST"])
@once
def placement_new(request: SignedInRequest) -> HttpResponse:
    """The rule of a new batch; it leads to the preview."""
    return _rule_page(request, None)


@requires(MAKE)
@require_http_methods(["GET", "POST"])
@once
def placement_rule(request: SignedInRequest, batch_id: int) -> HttpResponse:
    """Another rule for a draft."""
    return _rule_page(request, _batch(batch_id))


def _rule_page(request: SignedInRequest, batch: PlacementBatch | None) -> HttpResponse:
    form = _form(request, batch)
    status = 200
    if request.method == "POST":
        status = 400
        if form.is_valid():
            try:
                return _plan(request, form, batch)
            except PlacementRefused as refused:
                form.add_error(refused.field if refused.field in form.fields else None, str(refused))
                status = 409
    return render(request, "vendors/placement/rule.html", {"form": form, "batch": batch}, status=status)


def _plan(request: SignedInRequest, form: RuleForm, batch: PlacementBatch | None) -> HttpResponse:
    """At once, or in the background where many cases are to be dealt."""
    rule, now = form.rule(), clock.database_now()
    given: dict[str, Any] = {"rule": rule, "seed": _seed(form), "actor": request.user, "now": now}
    if jobs.is_large_plan(rule, now):
        job = jobs.ask_plan(batch=batch, **given)
        messages.info(request, _("案件较多，正在后台生成预览；可以离开本页，完成后会收到通知"))
        return redirect("core:job", job.pk)
    made = service.redraft(batch=batch, **given) if batch else service.draft(**given)
    return redirect("vendors:placement", batch_id=made.pk)


@requires(VIEW)
@require_GET
def placement(request: SignedInRequest, batch_id: int) -> HttpResponse:
    """One batch: what it would do, or what it did."""
    return show(request, _batch(batch_id))


@requires(VIEW)
@require_GET
def placement_left(request: SignedInRequest, batch_id: int) -> HttpResponse:
    """The cases that stay for one reason, a page at a time."""
    batch = _batch(batch_id)
    by_code = batch.plan.stayed if asked(request, "when") == "applied" else batch.plan.left_out
    code = asked(request, "code")
    if code not in by_code:
        raise Http404
    ids = by_code[code]
    text = asked(request, "page")
    page = min(int(text), len(ids)) if text.isascii() and text.isdigit() and len(text) < 9 else 0
    cases = selectors.cases_of(ids[page * PAGE_SIZE : (page + 1) * PAGE_SIZE])
    names = shown_names(request.user, cases)
    here = f"?code={code}&when={asked(request, 'when')}"
    context = {
        "batch": batch,
        "reason": left_out(code),
        "count": len(ids),
        "lines": [{"case": case, "name": names[case.pk]} for case in cases],
        "previous_url": f"{here}&page={page - 1}" if page else "",
        "next_url": f"{here}&page={page + 1}" if (page + 1) * PAGE_SIZE < len(ids) else "",
    }
    return render(request, "vendors/placement/left.html", context)


@requires(MAKE)
@require_POST
@once
def placement_submit(request: SignedInRequest, batch_id: int) -> HttpResponse:
    return _act(request, batch_id, service.submit, _("已提交，等待他人批准"))


@requires(APPROVE)
@require_POST
@once
def placement_approve(request: SignedInRequest, batch_id: int) -> HttpResponse:
    return _act(request, batch_id, service.approve, _("已批准，可以委出"))


@requires(APPROVE)
@require_POST
@once
def placement_send_back(request: SignedInRequest, batch_id: int) -> HttpResponse:
    return _act(request, batch_id, service.send_back, _("已退回修改"), reason=_words(request, "reason"))


@requires(MAKE)
@require_POST
@once
def placement_withdraw(request: SignedInRequest, batch_id: int) -> HttpResponse:
    return _act(request, batch_id, service.withdraw, _("已撤回"), reason=_words(request, "reason"))


@requires(MAKE)
@require_POST
@once
def placement_apply(request: SignedInRequest, batch_id: int) -> HttpResponse:
    """Cases go to the agencies' desks, in one transaction; many of them in the background."""
    return _act(request, batch_id, _apply)


def _apply(*, batch: PlacementBatch, actor: User, now: datetime) -> str:
    if jobs.is_large(batch):
        jobs.ask_apply(batch=batch, actor=actor)
        return _("案件较多，正在后台委出；可以离开本页，完成后会收到通知")
    applied = service.apply(batch=batch, actor=actor, now=now)
    return _("已委出 %(count)s 件") % {"count": applied.totals["applied"]["count"]}


def _act(
    request: SignedInRequest, batch_id: int, act: Callable[..., Any], done: str = "", **typed: Any
) -> HttpResponse:
    """Send it to the service; a refusal comes back on the page, beside what was typed. Without `done` the service says what
    it did."""
    try:
        said = act(batch=_batch(batch_id), actor=request.user, now=clock.database_now(), **typed)
    except PlacementRefused as refused:
        return show(request, _batch(batch_id), refused)
    messages.success(request, done or said)
    return redirect("vendors:placement", batch_id=batch_id)


def show(
    request: SignedInRequest, batch: PlacementBatch, refused: PlacementRefused | None = None, *, typed_for: int = 0
) -> HttpResponse:
    """The page of a batch. `typed_for`: the file whose form was refused."""
    totals, rule = batch.totals, Rule.read(batch.rule)
    applied = totals.get("applied")
    source = Source.objects.filter(code=rule.source).first() if rule.source else None
    user = request.user
    job = jobs.job_of_batch(batch)
    may_act = job is None or not job.is_open
    context: dict[str, Any] = {
        "batch": batch,
        "job": job,
        "tone": TONES[BatchState(batch.state)],
        "rule_lines": selectors.rule_lines(rule, source.name if source else rule.source),
        "preview": selectors.split_table(totals["agencies"]),
        "left_out": selectors.left_out_lines(totals["left_out"]),
        "applied": applied,
        "result": selectors.split_table(applied["agencies"]) if applied else None,
        "stayed": selectors.left_out_lines(applied["stayed"]) if applied else [],
        "agency_files": selectors.files_of(batch) if applied else [],
        "may_make": may_act and has(user, MAKE),
        "may_approve": may_act and has(user, APPROVE) and batch.made_by_id != user.pk,
        "refused": refused,
        "typed": request.POST if refused else {},
        "typed_for": typed_for,
        "today": clock.business_date(clock.now()),
    }
    status = 200 if refused is None else 400 if refused.field else 409
    return render(request, "vendors/placement/batch.html", context, status=status)


def _batch(batch_id: int) -> PlacementBatch:
    related = ("made_by", "approved_by", "plan")
    found = PlacementBatch.objects.select_related(*related).filter(pk=min(batch_id, LARGEST_ID)).first()
    if found is None:
        raise Http404
    return found


def _form(request: SignedInRequest, batch: PlacementBatch | None = None) -> RuleForm:
    agencies = list(
        Agency.objects.select_related("desk")
        .filter(Q(desk__is_active=True) | Q(state=AgencyState.ACTIVE), desk__kind=DeskKind.AGENCY)
        .exclude(state__in=(AgencyState.EXITED, AgencyState.EXITING))
        .order_by("name")
    )
    may_not = may_receive(agencies, clock.business_date(clock.now()))
    filled, shares_said = _proposed(request, [one.pk for one in agencies if not may_not[one.pk]])
    products, regions = products_and_regions()
    return RuleForm(
        request.POST if request.method == "POST" else None,
        agencies=agencies,
        may_not=may_not,
        proposed=filled or None,
        shares_said=shares_said,
        sources=Source.objects.order_by("name").values_list("code", "name"),
        products=products,
        regions=regions,
        rule=Rule.read(batch.rule) if batch else None,
        seed=batch.seed if batch else None,
    )


def _proposed(request: SignedInRequest, agencies: list[int]) -> tuple[dict[int, Decimal], str]:
    """What the newest scorecards propose for those who may be given cases, if the reader asked for it; and what to say."""
    if request.method != "GET" or asked(request, "shares") != FROM_SCORECARDS or not has(request.user, SCORECARDS):
        return {}, ""
    month, proposed = proposed_shares()
    filled = shares_for(agencies, proposed)
    if month is None or not filled:
        return {}, _("没有可填入的建议份额：还没有评分卡，或评过分的机构今天都不能委案")
    told = {"month": f"{month:%Y-%m}", "n": len(filled)}
    return filled, _("已按 %(month)s 评分卡的建议份额填入 %(n)s 家机构的比例，可再修改") % told


def _seed(form: RuleForm) -> int:
    seed = form.cleaned_data["seed"]
    return service.new_seed() if seed is None else int(seed)


def _words(request: SignedInRequest, name: str) -> str:
    return request.POST.get(name, "").replace("\x00", "")[:200]
