"""Regular reports: what there is, one of them as a page and as a workbook, making more, having them sent."""

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from collection_ops.core import clock
from collection_ops.core.access import requires
from collection_ops.core.http import SignedInRequest
from collection_ops.core.services import audit
from collection_ops.core.services.form_tokens import once
from collection_ops.core.tables import CONTENT_TYPES
from reports.models import ReportKind, ReportRun
from reports.regular import words
from reports.regular.forms import BackFillForm
from reports.regular.kinds import KINDS
from reports.regular.making import ReportRefused, read_period
from reports.regular.schedule import back_fill, enqueue, periods_to_fill
from reports.regular.selectors import months_with_runs, neighbours, runs_of, versions
from reports.regular.shown import shown_paper
from reports.regular.subscribing import SubscriptionRefused, kinds_of, subscribe
from reports.regular.workbook import file_name, workbook
from reports.restating.shown import shown_restatement

VIEW, MAKE = "reports.view", "reports.make"
MOST_AT_ONCE = 120


@requires(VIEW)
@require_GET
def papers(request: SignedInRequest) -> HttpResponse:
    """The reports of a month, the newest first, of one kind or of all."""
    return _list(request, BackFillForm())


def _list(request: SignedInRequest, form: BackFillForm, *, status: int = 200) -> HttpResponse:
    kind = request.GET.get("kind", "")
    kind = kind if kind in KINDS else ""
    months = months_with_runs()
    month = next((one for one in months if f"{one:%Y-%m}" == request.GET.get("month")), months[0] if months else None)
    at = months.index(month) if month else 0
    subscribed = kinds_of(request.user)
    rows = runs_of(month, kind) if month else []
    context = {
        "kind": kind,
        "kinds": [(one, ReportKind(one).label) for one in KINDS],
        "month": month,
        "later": months[at - 1] if at else None,
        "earlier": months[at + 1] if at + 1 < len(months) else None,
        "rows": [{"run": run, "lead": words.sentences(run.lead or [])} for run in rows],  # type: ignore[attr-defined]
        "subscriptions": [(one, ReportKind(one).label, one in subscribed) for one in KINDS],
        "form": form,
    }
    return render(request, "reports/regular/list.html", context, status=status)


@requires(VIEW)
@require_GET
def paper(request: SignedInRequest, run_id: int) -> HttpResponse:
    """One paper, as it was kept."""
    run = get_object_or_404(ReportRun.objects.select_related("made_by"), pk=run_id)
    before, after = neighbours(run)
    context: dict[str, Any] = {
        "run": run,
        "title": ReportKind(run.kind).label,
        "paper": shown_paper(run, before=before, reader=request.user),
        "before": before,
        "after": after,
        "versions": list(versions(run)[:20]),
        "is_whole": run.is_whole,
        "restated": shown_restatement(run, request.user),
    }
    return render(request, "reports/regular/paper.html", context)


@requires(VIEW)
@require_GET
def paper_file(request: SignedInRequest, run_id: int) -> HttpResponse:
    """The workbook of a paper."""
    run = get_object_or_404(ReportRun, pk=run_id)
    content = workbook(run)
    with transaction.atomic():
        audit.record(action="report.exported", actor=request.user, obj=run, data={"digest": run.digest})
    response = HttpResponse(content, content_type=CONTENT_TYPES["xlsx"])
    response["Content-Disposition"] = f'attachment; filename="{file_name(run)}"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


@requires(MAKE)
@require_POST
@once
def fill(request: SignedInRequest) -> HttpResponse:
    """Reports of a range of days, as jobs; what is known now."""
    form = BackFillForm(request.POST)
    now = clock.database_now()
    if form.is_valid():
        kind, first, last = (form.cleaned_data[name] for name in ("kind", "first", "last"))
        wanted = periods_to_fill(kind, first, last) if kind in KINDS else []
        if len(wanted) > MOST_AT_ONCE:
            form.add_error(
                None, _("这段时间有 %(n)s 份报表，一次最多 %(most)s 份") % {"n": len(wanted), "most": MOST_AT_ONCE}
            )
        elif wanted and wanted[-1].last >= clock.business_date(now):
            form.add_error("last", _("%(last)s 还没有结束") % {"last": wanted[-1].last})
        elif not wanted:
            form.add_error(None, _("这段时间里没有一个完整的期间有逾期明细入账"))
        else:
            jobs = back_fill(kind=kind, first=first, last=last, known_by=now, actor=request.user)
            messages.success(request, _("已开始生成 %(n)s 份报表，进度在下面") % {"n": len(jobs)})
            return redirect("core:tasks")
    return _list(request, form, status=400)


@requires(MAKE)
@require_POST
@once
def again(request: SignedInRequest, run_id: int) -> HttpResponse:
    """The same period once more: with what is known now (a new paper beside this one), or `how=same`, as it was known then,
    to see that it comes out the same."""
    run = get_object_or_404(ReportRun.objects.defer("content"), pk=run_id)
    now = clock.database_now()
    known_by = run.known_by if request.POST.get("how") == "same" else now
    try:
        period = read_period(run.kind, run.first, run.last, known_by=known_by, now=now)
    except ReportRefused as refused:
        messages.error(request, str(refused))
        return redirect("reports:paper", run.pk)
    job = enqueue(kind=run.kind, period=period, known_by=known_by, actor=request.user, mail=False)
    return redirect("core:job", job.pk)


@requires(VIEW)
@require_POST
@once
def subscription(request: SignedInRequest) -> HttpResponse:
    """One click: have the reports of a kind sent, or no more."""
    kind, wanted = request.POST.get("kind", ""), request.POST.get("wanted") == "1"
    try:
        subscribe(user=request.user, kind=kind, wanted=wanted, now=clock.database_now())
    except SubscriptionRefused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("已订阅，下一期起发到您的邮箱") if wanted else _("已退订"))
    return redirect(reverse("reports:papers"))
