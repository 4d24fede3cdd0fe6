"""Taking promises down and back."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from cases.forms_agreements import CancelForm, PromiseForm
from cases.models import Case, Promise
from cases.selectors import find_case
from cases.services.promises import EXCEPTION, PromiseRefused, cancel_promise, make_promise
from cases.views.agreements import TAB, back_to_tab, taken_away
from collection_ops.core import clock
from collection_ops.core.access import has, requires
from collection_ops.core.http import SignedInRequest
from collection_ops.core.services.form_tokens import once

MAKE = "promises.make"


@requires(MAKE)
@require_POST
@once
def make(request: SignedInRequest, case_id: int) -> HttpResponse:
    """Take a promise down. With something wrong the record comes back with what was typed."""
    user = request.user
    form = PromiseForm(request.POST, may_override=has(user, EXCEPTION))
    case = find_case(user, case_id, MAKE)
    if case is None:
        return taken_away(request, case_id, MAKE, form)
    if not form.is_valid():
        return back_to_tab(request, case, status=400, promise_form=form)
    reason = form.cleaned_data.get("override_reason", "")
    try:
        promise = make_promise(
            case=case,
            amount=form.cleaned_data["amount"],
            due_on=form.cleaned_data["due_on"],
            channel=form.cleaned_data["channel"],
            actor=user,
            now=clock.database_now(),
            override_by=user if reason else None,
            override_reason=reason,
        )
    except PromiseRefused as refused:
        form.add_error(refused.field if refused.field in form.fields else None, str(refused))
        return back_to_tab(request, case, status=409, promise_form=form)
    messages.success(
        request,
        _("已登记：%(day)s 前还款 %(amount)s 元")
        % {"day": promise.due_on.isoformat(), "amount": f"{promise.amount:,.2f}"},
    )
    return redirect(f"{reverse('cases:record', args=[case.pk])}?tab={TAB}")


@requires(MAKE)
@require_POST
@once
def cancel(request: SignedInRequest, promise_id: int) -> HttpResponse:
    """Take a promise back, with a reason."""
    mine = Promise.objects.filter(case__in=Case.objects.for_user(request.user, MAKE))
    promise = mine.filter(pk=promise_id).first() if promise_id < 2**63 else None
    if promise is None:
        raise Http404
    form = CancelForm(request.POST)
    try:
        reason = form.cleaned_data["reason"] if form.is_valid() else ""
        cancel_promise(promise=promise, reason=reason, actor=request.user, now=clock.database_now())
    except PromiseRefused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("已取消承诺"))
    return redirect(f"{reverse('cases:record', args=[promise.case_id])}?tab={TAB}")
