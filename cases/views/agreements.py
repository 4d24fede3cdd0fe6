"""The record's tab of promises and waivers: what was agreed, what came of it, and the forms for more."""

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy

from cases.debt_parts import parts_of
from cases.forms_agreements import CancelForm, PromiseForm, WaiverForm
from cases.models import Case, Promise, PromiseState, Waiver
from cases.models.waiver import OPEN_STATES
from cases.record_tabs import record_tab
from cases.selectors_agreements import ladder, promises_of, waivers_of, was_held_lately
from cases.services.promises import EXCEPTION, promise_terms
from cases.services.waiver_limits import limits_on
from cases.views.record import record_page
from collection_ops.core import clock
from collection_ops.core.access import has
from collection_ops.core.http import SignedInRequest

TAB = "agreements"

PROMISE_TONES = {
    PromiseState.OPEN: "info",
    PromiseState.KEPT: "success",
    PromiseState.PART_KEPT: "warning",
    PromiseState.BROKEN: "danger",
    PromiseState.CANCELLED: "neutral",
}
WAIVER_TONES = {
    "submitted": "warning",
    "half": "warning",
    "approved": "success",
    "used": "success",
    "rejected": "danger",
}


@record_tab(TAB, label=gettext_lazy("承诺与减免"), template="cases/agreements/_tab.html", order=30)
def agreements_tab(request: SignedInRequest, case: Case) -> dict[str, Any]:
    """Promises and waivers of the case; the forms only while it is open, for those who may."""
    user, now = request.user, clock.now()
    today = clock.business_date(now)
    promises, waivers = promises_of(case), waivers_of(case)
    context: dict[str, Any] = {
        "promises": [promise_line(promise, today=today) for promise in promises],
        "waivers": [waiver_line(waiver) for waiver in waivers],
        "cancel_form": CancelForm(auto_id=False),
        "may_except": has(user, EXCEPTION),
    }
    if case.is_open and has(user, "promises.make"):
        terms = promise_terms(case, now)
        suggestion = ladder(case=case, promises=promises, terms=terms)
        taken = suggestion is not None and request.GET.get("suggest") == "1"
        initial = {"amount": suggestion.amount, "due_on": suggestion.due_on} if taken and suggestion else {}
        context |= {
            "terms": terms,
            "suggestion": suggestion,
            "promise_form": PromiseForm(may_override=has(user, EXCEPTION), initial=initial),
        }
    if case.is_open and has(user, "waivers.apply") and not any(one.state in OPEN_STATES for one in waivers):
        context |= {"waiver_form": WaiverForm(), "waiver_limits": limits_on(today)}
    return context


def promise_line(promise: Promise, *, today: Any) -> dict[str, Any]:
    is_open = promise.state == PromiseState.OPEN
    return {
        "promise": promise,
        "tone": PROMISE_TONES[PromiseState(promise.state)],
        "is_open": is_open,
        "is_due": is_open and promise.due_on <= today,
    }


def waiver_line(waiver: Waiver) -> dict[str, Any]:
    parts = parts_of(waiver)
    return {
        "waiver": waiver,
        "tone": WAIVER_TONES.get(waiver.state, "neutral"),
        "parts": [(label, amount) for label, amount in parts if amount],
    }


def back_to_tab(request: SignedInRequest, case: Case, *, status: int, **forms: Any) -> HttpResponse:
    """The record with its tab and what was typed."""
    return record_page(request, case, tab_key=TAB, status=status, **forms)


def taken_away(request: SignedInRequest, case_id: int, capability: str, form: Any) -> HttpResponse:
    """A form about a case that is not in the person's scope: when it was there a short while ago, a sentence and what was
    typed, so that it can be handed on; else it does not exist."""
    if case_id > 2**63 - 1 or not was_held_lately(request.user, case_id, capability, clock.database_now()):
        raise Http404
    form.is_valid()
    return render(request, "cases/agreements/taken_away.html", {"form": form}, status=409)
