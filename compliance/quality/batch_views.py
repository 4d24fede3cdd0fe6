"""Batches: drawn, looked at, issued or discarded."""

from datetime import date, timedelta

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from collection_ops.core import clock
from collection_ops.core.access import requires
from collection_ops.core.http import SignedInRequest
from collection_ops.core.models import User
from collection_ops.core.paging import key_page
from collection_ops.core.services.form_tokens import once
from compliance.models import BatchState, SampleBatch
from compliance.models.quality import CHECK
from compliance.quality.batches import MOST_SEED, discard_batch, draw_batch, issue_batch, replay
from compliance.quality.reasons import REASONS
from compliance.quality.refusals import QualityRefused


class DrawForm(forms.Form):
    """The week before this one unless somebody wants another."""

    first = forms.DateField(label=gettext_lazy("自"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    last = forms.DateField(label=gettext_lazy("至"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    seed = forms.CharField(label=gettext_lazy("随机种子（可不填）"), max_length=MOST_SEED, required=False)


@requires(CHECK)
@require_GET
def batches(request: SignedInRequest) -> HttpResponse:
    return _list(request, DrawForm(initial=_last_week(clock.business_date(clock.now()))))


@requires(CHECK)
@require_POST
@once
def draw(request: SignedInRequest) -> HttpResponse:
    form = DrawForm(request.POST)
    if not form.is_valid():
        return _list(request, form, status=400)
    given = form.cleaned_data
    try:
        made = draw_batch(
            first=given["first"], last=given["last"], seed=given["seed"], actor=request.user, now=clock.database_now()
        )
    except QualityRefused as refused:
        form.add_error(refused.field if refused.field in form.fields else None, str(refused))
        return _list(request, form, status=409)
    messages.success(request, _("已抽中 %(drawn)d 通；核对后下发") % {"drawn": made.drawn})
    return redirect("compliance:quality_batch", made.pk)


@requires(CHECK)
@require_GET
def batch(request: SignedInRequest, batch_id: int) -> HttpResponse:
    """What was drawn, by person and week, and whether it is what the seed gives."""
    found = _batch(batch_id)
    sample, same = replay(found)
    people = User.objects.in_bulk({line["user"] for line in found.strata if line["user"]})
    weights = found.plan.weights
    by_reason: dict[str, int] = {}
    for one in sample.drawn:
        for code, _weight in one.why:
            by_reason[code] = by_reason.get(code, 0) + 1
    context = {
        "batch": found,
        "same": same,
        "strata": [(line, people.get(line["user"] or 0), date.fromisoformat(line["week"])) for line in found.strata],
        "reasons": [
            (REASONS.get(code, code), weights.get(code, 0), count) for code, count in sorted(by_reason.items())
        ],
        "done": found.checks.filter(state="done").count(),
        "is_draft": found.state == BatchState.DRAFT,
    }
    return render(request, "compliance/quality/batch.html", context)


@requires(CHECK)
@require_POST
@once
def decide(request: SignedInRequest, batch_id: int) -> HttpResponse:
    found = _batch(batch_id)
    now = clock.database_now()
    try:
        if request.POST.get("decision") == "issue":
            issue_batch(batch=found, actor=request.user, now=now)
            messages.success(request, _("批次已下发，质检员会收到通知"))
        else:
            discard_batch(batch=found, actor=request.user, now=now)
            messages.success(request, _("批次已作废，其中的通话可以重新抽取"))
    except QualityRefused as refused:
        messages.error(request, str(refused))
    return redirect("compliance:quality_batch", found.pk)


def _list(request: SignedInRequest, form: DrawForm, status: int = 200) -> HttpResponse:
    page = key_page(request, SampleBatch.objects.select_related("drawn_by").defer("facts", "strata"))
    return render(request, "compliance/quality/batches.html", {"page": page, "form": form}, status=status)


def _last_week(today: date) -> dict[str, date]:
    monday = today - timedelta(days=today.weekday() + 7)
    return {"first": monday, "last": monday + timedelta(days=6)}


def _batch(batch_id: int) -> SampleBatch:
    rows = SampleBatch.objects.select_related("plan", "drawn_by", "decided_by")
    found = rows.filter(pk=batch_id).first() if batch_id < 2**63 else None
    if found is None:
        raise Http404
    return found
