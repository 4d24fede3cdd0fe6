"""Rectifications: the list, one with its steps, and a new one by hand. What is done with one: `act_views.py`."""

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from cases.views.care import say
from collection_ops.core import clock
from collection_ops.core.access import has, requires
from collection_ops.core.http import SignedInRequest
from collection_ops.core.paging import PAGE_SIZE
from collection_ops.core.services.form_tokens import once
from vendors.models import Rectification, RectificationState, Termination, TerminationState
from vendors.rectification import forms as given_forms
from vendors.rectification import raising, selectors
from vendors.rectification.raising import ANSWER, EXTEND, JUDGE, RAISE, VIEW
from vendors.rectification.refusals import RectificationRefused
from vendors.rectification.rules import label_of
from vendors.rectification.terminating import APPROVE, PROPOSE
from vendors.rectification.texts import TERMINATION_TONES, TONES
from vendors.scorecard.shown import cards_told

LARGEST_ID = 2**63 - 1


@requires(VIEW)
@require_GET
def rectifications(request: SignedInRequest) -> HttpResponse:
    """Overdue first; what is settled is shown where it is asked for."""
    form = given_forms.RectificationFilter(request.GET or None)
    asked = form.cleaned_data if form.is_valid() else {}
    today = clock.business_date(clock.now())
    page = Paginator(selectors.chosen(asked, today), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "form": form,
        "lines": [
            {"row": row, "tone": TONES[RectificationState(row.state)], "rule": label_of(row.rule),
             "left": row.days_left(today)}
            for row in page.object_list
        ],
        "counts": selectors.standing(today),
        "is_filtered": any(asked.values()),
        "may_raise": has(request.user, RAISE),
        **neighbours(request, page),
    }  # fmt: skip
    return render(request, "vendors/rectification/list.html", context)


def neighbours(request: SignedInRequest, page: "Page[Any]") -> dict[str, str]:
    """Addresses of the pages beside this one, with the filter kept."""
    kept = [(k, v) for k, values in request.GET.lists() if k != "page" for v in values if v]
    return {
        "previous_url": f"?{urlencode([*kept, ('page', page.number - 1)])}" if page.has_previous() else "",
        "next_url": f"?{urlencode([*kept, ('page', page.number + 1)])}" if page.has_next() else "",
    }


@requires(RAISE)
@require_http_methods(["GET", "POST"])
@once
def rectification_new(request: SignedInRequest) -> HttpResponse:
    form = given_forms.NewForm(request.POST or None, initial={"agency": request.GET.get("agency")})
    told, status = "", 200 if request.method == "GET" else 400
    if request.method == "POST" and form.is_valid():
        try:
            row = raising.raise_by_hand(actor=request.user, now=clock.database_now(), **form.given())
        except RectificationRefused as refused:
            told, status = say(form, refused), 409
        else:
            messages.success(request, _("整改 %(number)s 已发起") % {"number": row.number})
            return redirect("vendors:rectification", row.pk)
    return render(request, "vendors/rectification/new.html", {"form": form, "told": told}, status=status)


@requires(VIEW)
@require_GET
def rectification(request: SignedInRequest, rectification_id: int) -> HttpResponse:
    return one_page(request, find(rectification_id))


def find(rectification_id: int) -> Rectification:
    """Or 404. Whoever may see rectifications sees all of them."""
    related = ("agency", "raised_by", "answered_by", "closed_by")
    found = Rectification.objects.select_related(*related).filter(pk=min(rectification_id, LARGEST_ID)).first()
    if found is None:
        raise Http404
    return found


def one_page(
    request: SignedInRequest,
    row: Rectification,
    *,
    sent: dict[str, forms.Form] | None = None,
    told: str = "",
    status: int = 200,
) -> HttpResponse:
    """`sent` is the form that came back, by name; `told` a refusal that belongs beside none of its entries."""
    today = clock.business_date(clock.now())
    asked, proposal = selectors.waiting_extension(row), selectors.waiting_termination(row)
    offered = _forms(request, row, asked, proposal)
    context = {
        "row": row,
        "tone": TONES[RectificationState(row.state)],
        "rule": label_of(row.rule),
        "left": row.days_left(today),
        "is_late": row.state == RectificationState.OPEN and row.due_on < today,
        "findings": selectors.findings_of(row, request.user),
        "files": list(row.files.select_related("added_by")),
        "steps": selectors.steps_of(row),
        "extension": asked,
        "terminations": [
            (one, TERMINATION_TONES[TerminationState(one.state)]) for one in selectors.terminations_of(row)
        ],
        "forms": {**offered, **(sent or {})},
        "sent": next(iter(sent or {}), ""),
        "told": told,
        "waits_for_another": row.state == RectificationState.ANSWERED
        and has(request.user, JUDGE)
        and row.answered_by_id == request.user.pk,
    }
    return render(request, "vendors/rectification/one.html", context, status=status)


def _forms(request: SignedInRequest, row: Rectification, asked: Any, proposal: Any) -> dict[str, forms.Form]:
    """What the reader may do now."""
    user, is_open = request.user, row.state == RectificationState.OPEN
    answers = has(user, ANSWER)
    offered: dict[str, forms.Form] = {}
    if answers and is_open:
        offered["answer"] = given_forms.AnswerForm(row=row)
    if answers and row.is_unsettled:
        offered["evidence"] = given_forms.EvidenceForm()
    if answers and is_open and asked is None:
        offered["extend"] = given_forms.ExtensionForm(prefix="extend", initial={"until": row.due_on})
    if asked is not None and has(user, EXTEND) and asked.asked_by_id != user.pk:
        offered["decide_extension"] = given_forms.WordsForm(prefix="extension")
    if row.state == RectificationState.ANSWERED and has(user, JUDGE) and row.answered_by_id != user.pk:
        offered["judge"] = given_forms.WordsForm(prefix="judge")
    if row.is_unsettled and row.is_stopping and proposal is None and has(user, PROPOSE):
        offered["propose"] = given_forms.ReasonForm(prefix="propose")
    return offered


@requires(VIEW)
@require_GET
def termination(request: SignedInRequest, termination_id: int) -> HttpResponse:
    return termination_page(request, find_termination(termination_id))


def find_termination(termination_id: int) -> Termination:
    people = ("proposed_by", "line_by", "compliance_by", "rejected_by", "agency", "rectification")
    found = Termination.objects.select_related(*people).filter(pk=min(termination_id, LARGEST_ID)).first()
    if found is None:
        raise Http404
    return found


def termination_page(
    request: SignedInRequest, one: Termination, *, form: forms.Form | None = None, told: str = "", status: int = 200
) -> HttpResponse:
    """The file as it was when it was proposed, and who approved."""
    may = (
        one.state == TerminationState.PROPOSED and has(request.user, APPROVE) and one.proposed_by_id != request.user.pk
    )
    has_approved = request.user.pk in (one.line_by_id, one.compliance_by_id)
    context = {
        "one": one,
        "tone": TERMINATION_TONES[TerminationState(one.state)],
        "rows": [(row, label_of(row["rule"])) for row in one.file["rectifications"]],
        "plan": [(label, one.plan.get(name, "")) for name, label in plan_labels()],
        "scorecards": cards_told(one.file),
        "may_approve": may and not has_approved,
        "form": (form or given_forms.WordsForm(prefix="reject")) if may else None,
        "told": told,
    }
    return render(request, "vendors/rectification/termination.html", context, status=status)


def plan_labels() -> list[tuple[str, str]]:
    return [
        ("recall", _("收回案件")),
        ("accounts", _("关闭账号与接口令牌")),
        ("data", _("返还数据")),
        ("deletion", _("取得删除证明")),
        ("settlement", _("末次结算")),
    ]
