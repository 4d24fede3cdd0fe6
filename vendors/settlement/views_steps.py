"""What is done with statements: make, accept, dispute, resolve, confirm, send back, approve, pay."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from collection_ops.core import clock
from collection_ops.core.access import requires
from collection_ops.core.clock import month_end
from collection_ops.core.http import SignedInRequest
from collection_ops.core.services.form_tokens import once
from vendors.models import Agency, Settlement
from vendors.settlement import files, jobs, states
from vendors.settlement.forms import DisputeForm, MakeForm, PayForm, ResolveForm
from vendors.settlement.selectors import statements
from vendors.settlement.states import Objection, StateRefused
from vendors.settlement.views import APPROVE, MAKE, PAY, VIEW, a_line_page, line_of, list_page, statement_page


@requires(MAKE)
@require_POST
@once
def settlement_make(request: SignedInRequest) -> HttpResponse:
    """A month as a job, or one for each agency."""
    form = MakeForm(request.POST)
    if not form.is_valid():
        return list_page(request, form, status=400)
    month = form.cleaned_data["month"]
    if clock.business_date(clock.now()) <= month_end(month):
        form.add_error("month", _("%(month)s 还没有结束，下月 1 日起才能结算") % {"month": f"{month:%Y-%m}"})
        return list_page(request, form, status=409)
    chosen = form.cleaned_data["agency"]
    agencies = [chosen] if chosen else list(Agency.objects.filter(placements__isnull=False).distinct().order_by("name"))
    if not agencies:
        form.add_error(None, _("还没有委案给任何机构，没有可结算的"))
        return list_page(request, form, status=409)
    made = [jobs.enqueue(agency=agency, period=month, actor=request.user) for agency in agencies]
    messages.success(request, _("已开始生成 %(count)s 张结算单") % {"count": len(made)})
    return redirect("core:job", made[0].pk) if len(made) == 1 else redirect("core:tasks")


@requires(MAKE)
@require_POST
@once
def settlement_accept(request: SignedInRequest, settlement_id: int) -> HttpResponse:
    """The chosen lines; with `all`, all that nothing was said of."""
    found = _statement(settlement_id)
    chosen = [int(text) for text in request.POST.getlist("line") if text.isascii() and text.isdigit()]
    if not chosen and not request.POST.get("all"):
        return statement_page(request, found, refused=_("请先勾选机构已确认的明细"), status=400)
    lines = None if request.POST.get("all") else chosen
    try:
        moved = states.accept(settlement=found, lines=lines, actor=request.user, now=clock.database_now())
    except StateRefused as refused:
        return statement_page(request, found, refused=str(refused), status=409)
    messages.success(request, _("已确认 %(count)s 行") % {"count": moved})
    return redirect("vendors:settlement", found.pk)


@requires(MAKE)
@require_POST
@once
def line_dispute(request: SignedInRequest, line_id: int) -> HttpResponse:
    line, form = line_of(line_id), DisputeForm(request.POST)
    if not form.is_valid():
        return a_line_page(request, line, dispute=form, status=400)
    told = form.cleaned_data
    objection = Objection(told["reason"], told["evidence"], told["claimed"])
    try:
        states.dispute(line=line, objection=objection, actor=request.user, now=clock.database_now())
    except StateRefused as refused:
        return a_line_page(request, line_of(line_id), dispute=form, refused=str(refused), status=409)
    messages.success(request, _("已登记第 %(number)s 行的争议") % {"number": line.number})
    return redirect("vendors:settlement_line", line.pk)


@requires(MAKE)
@require_POST
@once
def line_resolve(request: SignedInRequest, line_id: int) -> HttpResponse:
    line, form = line_of(line_id), ResolveForm(request.POST)
    if not form.is_valid():
        return a_line_page(request, line, resolve=form, status=400)
    told = form.cleaned_data
    try:
        states.resolve(
            line=line, resolution=told["resolution"], agreed=told["agreed"], note=told["note"], actor=request.user,
            now=clock.database_now(),
        )  # fmt: skip
    except StateRefused as refused:
        return a_line_page(request, line_of(line_id), resolve=form, refused=str(refused), status=409)
    messages.success(request, _("已处理第 %(number)s 行的争议") % {"number": line.number})
    return redirect("vendors:settlement_line", line.pk)


@requires(MAKE)
@require_POST
@once
def settlement_confirm(request: SignedInRequest, settlement_id: int) -> HttpResponse:
    found, rest = _statement(settlement_id), bool(request.POST.get("accept_rest"))
    try:
        states.confirm(settlement=found, accept_rest=rest, actor=request.user, now=clock.database_now())
    except StateRefused as refused:
        return statement_page(request, found, refused=str(refused), typed=request.POST.dict(), status=409)
    messages.success(request, _("已核对，等待财务批准"))
    return redirect("vendors:settlement", found.pk)


@requires(APPROVE)
@require_POST
@once
def settlement_return(request: SignedInRequest, settlement_id: int) -> HttpResponse:
    found, reason = _statement(settlement_id), request.POST.get("reason", "")[:200]
    try:
        states.send_back(settlement=found, reason=reason, actor=request.user, now=clock.database_now())
    except StateRefused as refused:
        return statement_page(request, found, refused=str(refused), typed=request.POST.dict(), status=409)
    messages.success(request, _("已退回委外管理"))
    return redirect("vendors:settlement", found.pk)


@requires(APPROVE)
@require_POST
@once
def settlement_approve(request: SignedInRequest, settlement_id: int) -> HttpResponse:
    found = _statement(settlement_id)
    try:
        states.approve(settlement=found, actor=request.user, now=clock.database_now())
    except StateRefused as refused:
        return statement_page(request, _statement(settlement_id), refused=str(refused), status=409)
    messages.success(request, _("已批准，可以付款"))
    return redirect("vendors:settlement", found.pk)


@requires(PAY)
@require_POST
@once
def settlement_pay(request: SignedInRequest, settlement_id: int) -> HttpResponse:
    found, form, now = _statement(settlement_id), PayForm(request.POST), clock.database_now()
    if not form.is_valid():
        return statement_page(request, found, pay=form, status=400)
    told = form.cleaned_data
    try:
        states.pay(
            settlement=found, reference=told["reference"], paid_on=told["paid_on"], today=clock.business_date(now),
            actor=request.user, now=now,
        )  # fmt: skip
    except StateRefused as refused:
        return statement_page(request, _statement(settlement_id), pay=form, refused=str(refused), status=409)
    messages.success(request, _("已登记付款"))
    return redirect("vendors:settlement", found.pk)


@requires(VIEW)
@require_POST
@once
def settlement_file(request: SignedInRequest, settlement_id: int) -> HttpResponse:
    """The statement's workbook for the agency, as a job of one's own."""
    found = _statement(settlement_id)
    try:
        job = files.request_file(settlement=found, actor=request.user, language=get_language() or "zh-hans")
    except files.FileTooLong as refused:
        return statement_page(request, found, refused=str(refused), status=409)
    messages.success(request, _("导出已开始，完成后在“我的任务”中下载；文件保留 24 小时。"))
    return redirect("core:job", job.pk)


def _statement(settlement_id: int) -> Settlement:
    found: Settlement = get_object_or_404(statements(), pk=settlement_id)
    return found
