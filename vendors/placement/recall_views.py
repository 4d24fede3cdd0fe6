"""Recalls: the lists that wait, one list with what the agency asks to keep, and its end."""

from typing import Any

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
from vendors.placement import recalls as service
from vendors.placement import selectors
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
    item = _item(item_id)
    form = KeepForm(request.POST)
    try:
        if not form.is_valid():
            raise PlacementRefused(_("请写明留案的依据，如承诺、录音编号或还款凭证"), "words")
        service.ask_keep(item=item, words=form.cleaned_data["words"], actor=request.user, now=clock.database_now())
    except PlacementRefused as refused:
        return _page(request, _recall(item.recall_id), refused, typed_for=item.pk)
    messages.success(request, _("已登记留案申请"))
    return redirect("vendors:recall", recall_id=item.recall_id)


@requires(MAKE)
@require_POST
@once
def recall_decide(request: SignedInRequest, item_id: int) -> HttpResponse:
    """Whether it may keep it."""
    item = _item(item_id)
    form = DecideKeepForm(request.POST)
    try:
        if not form.is_valid():
            raise PlacementRefused(_("请写明决定的理由，同意时填写留案日期"), "words")
        told = form.cleaned_data
        service.decide_keep(
            item=item,
            granted=told["decision"] == "grant",
            until=told["until"],
            words=told["words"],
            actor=request.user,
            now=clock.database_now(),
        )
    except PlacementRefused as refused:
        return _page(request, _recall(item.recall_id), refused, typed_for=item.pk)
    messages.success(request, _("已决定"))
    return redirect("vendors:recall", recall_id=item.recall_id)


@requires(MAKE)
@require_POST
@once
def recall_finish(request: SignedInRequest, recall_id: int) -> HttpResponse:
    """The second step: what waits comes back."""
    one = _recall(recall_id)
    try:
        service.finish(recall=one, actor=request.user, now=clock.database_now())
    except PlacementRefused as refused:
        return _page(request, _recall(recall_id), refused)
    messages.success(request, _("退案 %(number)s 已完成") % {"number": one.number})
    return redirect("vendors:recall", recall_id=one.pk)


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
    may_make = has(request.user, MAKE) and is_pending
    context: dict[str, Any] = {
        "recall": one,
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
