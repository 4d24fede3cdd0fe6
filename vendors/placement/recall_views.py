"""Recalls: the lists that wait, one list with what the agency asks to keep, and its end."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from cases.names import shown_names
from cases.views.paging import asked
from collection_ops.core import clock
from collection_ops.core.access import has, requires
from collection_ops.core.http import SignedInRequest
from collection_ops.core.paging import key_page
from collection_ops.core.services.form_tokens import once
from vendors.models import ItemState, RecallBatch, RecallItem, RecallState
from vendors.placement import jobs, selectors
from vendors.placement import recalls as service
from vendors.placement.batch_views import LARGEST_ID, MAKE, VIEW
from vendors.placement.due import RECALL_DAYS
from vendors.placement.forms import DecideKeepForm, KeepForm
from vendors.placement.gather import in_touch
from vendors.placement.reasons import KEEPABLE, recall_reason
from vendors.placement.rule import PlacementRefused

ITEM_TONES = {
    ItemState.PENDING: "warning",
    ItemState.KEEP_ASKED: "info",
    ItemState.KEPT: "success",
    ItemState.RECALLED: "neutral",
    ItemState.CLOSED: "neutral",
    ItemState.LAPSED: "neutral",
}


@requires(VIEW)
@require_GET
def recalls(request: SignedInRequest) -> HttpResponse:
    """All lists, the newest first."""
    return _list(request)


@requires(MAKE)
@require_POST
@once
def recall_propose(request: SignedInRequest) -> HttpResponse:
    """Look for what is due now, as the night does."""
    now = clock.database_now()
    try:
        added = service.propose(day=clock.business_date(now), actor=request.user, now=now)
    except PlacementRefused as refused:
        return _list(request, refused)
    if added:
        messages.success(request, _("新增 %(count)s 件待退案") % {"count": added})
    else:
        messages.info(request, _("没有新的到期案件"))
    return redirect("vendors:recalls")


@requires(VIEW)
@require_GET
def recall(request: SignedInRequest, recall_id: int) -> HttpResponse:
    return _page(request, _recall(recall_id))


@requires(MAKE)
@require_POST
@once
def recall_keep(request: SignedInRequest, item_id: int) -> HttpResponse:
    """The agency asks to keep a case."""
    return _act_on_item(
        request, item_id, KeepForm(request.POST), service.ask_keep, done=_("已登记留案申请"),
        missing=_("请写明留案的依据，如承诺、录音编号或还款凭证"),
    )  # fmt: skip


@requires(MAKE)
@require_POST
@once
def recall_decide(request: SignedInRequest, item_id: int) -> HttpResponse:
    """Whether it may keep it."""

    def decide(*, decision: str, **told: Any) -> None:
        service.decide_keep(granted=decision == "grant", **told)

    return _act_on_item(
        request, item_id, DecideKeepForm(request.POST), decide, done=_("已决定"),
        missing=_("请写明决定的理由，同意时填写留案日期"),
    )  # fmt: skip


@requires(MAKE)
@require_POST
@once
def recall_finish(request: SignedInRequest, recall_id: int) -> HttpResponse:
    """The second step: what waits comes back; many cases in the background."""
    one = _recall(recall_id)
    try:
        if jobs.is_large_recall(one):
            jobs.ask_finish(recall=one, actor=request.user)
            said = _("案件较多，正在后台退案；可以离开本页，完成后会收到通知")
        else:
            service.finish(recall=one, actor=request.user, now=clock.database_now())
            said = _("退案 %(number)s 已完成") % {"number": one.number}
    except PlacementRefused as refused:
        return _page(request, _recall(recall_id), refused)
    messages.success(request, said)
    return redirect("vendors:recall", recall_id=one.pk)


def _act_on_item(
    request: SignedInRequest, item_id: int, form: forms.Form, act: Callable[..., Any], *, done: str, missing: str
) -> HttpResponse:
    """Send the form to the service; a refusal comes back on the list, beside what was typed. `missing`: what to say of a
    form that lacks something."""
    item = _item(item_id)
    try:
        if not form.is_valid():
            raise PlacementRefused(missing, "words")
        act(item=item, actor=request.user, now=clock.database_now(), **form.cleaned_data)
    except PlacementRefused as refused:
        return _page(request, _recall(item.recall_id), refused, typed_for=item.pk)
    messages.success(request, done)
    return redirect("vendors:recall", recall_id=item.recall_id)


def _list(request: SignedInRequest, refused: PlacementRefused | None = None) -> HttpResponse:
    page = key_page(request, selectors.recalls_with_counts())
    context = {
        "lines": page.rows,
        "days": RECALL_DAYS.on(clock.business_date(clock.now())),
        "may_make": has(request.user, MAKE),
        "refused": refused,
        "previous_url": page.previous_url,
        "next_url": page.next_url,
    }
    return render(request, "vendors/placement/recalls.html", context, status=409 if refused else 200)


def _page(
    request: SignedInRequest, one: RecallBatch, refused: PlacementRefused | None = None, *, typed_for: int = 0
) -> HttpResponse:
    found = selectors.items_of(one)
    state = asked(request, "state")
    if state in ItemState.values:
        found = found.filter(state=state)
    page = key_page(request, found)
    today = clock.business_date(clock.now())
    cases = [item.placement.case for item in page.rows]
    names, words = shown_names(request.user, cases), service.last_words(page.rows)
    touch = in_touch([case.pk for case in cases])
    is_pending = one.state == RecallState.PENDING
    job = jobs.job_of_recall(one)
    may_make = has(request.user, MAKE) and is_pending and not (job and job.is_open)
    context: dict[str, Any] = {
        "recall": one,
        "job": job,
        "is_pending": is_pending,
        "may_make": may_make,
        "reasons": selectors.reasons_of(one),
        "state": state,
        "states": ItemState.choices,
        "lines": [
            {
                "item": item,
                "case": item.placement.case,
                "name": names[item.placement.case_id],
                "reason": recall_reason(item.reason),
                "days": selectors.days_with(item.placement, today),
                "touch": touch.get(item.placement.case_id),
                "words": words.get(item.pk),
                "tone": ITEM_TONES[ItemState(item.state)],
                "may_ask": may_make and item.state == ItemState.PENDING and item.reason in KEEPABLE,
                "may_decide": may_make and item.state == ItemState.KEEP_ASKED,
            }
            for item in page.rows
        ],
        "refused": refused,
        "typed": request.POST if refused else {},
        "typed_for": typed_for,
        "previous_url": page.previous_url,
        "next_url": page.next_url,
    }
    status = 200 if refused is None else 400 if refused.field else 409
    return render(request, "vendors/placement/recall.html", context, status=status)


def _recall(recall_id: int) -> RecallBatch:
    found = selectors.recalls_with_counts().filter(pk=min(recall_id, LARGEST_ID)).first()
    if found is None:
        raise Http404
    return found


def _item(item_id: int) -> RecallItem:
    found = RecallItem.objects.filter(pk=min(item_id, LARGEST_ID)).first()
    if found is None:
        raise Http404
    return found
