"""Suggestions: the list, filing one, one of them with what may be done about it."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Count, Q
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from cases import selectors as case_reads
from cases.models import Case
from collection_ops.core import clock
from collection_ops.core.access import has, signed_in_only
from collection_ops.core.http import SignedInRequest
from collection_ops.core.paging import key_page
from collection_ops.core.services.form_tokens import once
from compliance.models import Suggestion, SuggestionState
from compliance.models.suggestion import SuggestionQuerySet
from compliance.suggestions import answering, filing
from compliance.suggestions.forms import (
    AnswerForm,
    AssignForm,
    DuplicateForm,
    SuggestionFilter,
    SuggestionForm,
    VerdictForm,
)
from compliance.suggestions.people import MANAGE, answers_all, may_answer
from compliance.suggestions.refusals import SuggestionRefused
from compliance.suggestions.texts import STEPS, TONES

ALL, MINE, TO_ME = "all", "mine", "to_me"
SHOWN = [(ALL, gettext_lazy("全部")), (MINE, gettext_lazy("我提出的")), (TO_ME, gettext_lazy("由我答复的"))]
LIVE = (SuggestionState.OPEN, SuggestionState.ACCEPTED)
AT_END = (SuggestionState.DONE, SuggestionState.DECLINED)
Act = Callable[[Suggestion, dict[str, Any]], Any]


@signed_in_only
@require_GET
def suggestions(request: SignedInRequest) -> HttpResponse:
    user, shown = request.user, request.GET.get("show", ALL)
    if shown not in dict(SHOWN):
        shown = ALL
    form = SuggestionFilter(request.GET or None)
    chosen = form.cleaned_data if form.is_valid() else {}
    rows = _shown(shown, request)
    for name in ("state", "area"):
        if chosen.get(name):
            rows = rows.filter(**{name: chosen[name]})
    page = key_page(request, rows.annotate(seconds=Count("supports")).select_related("filed_by", "owner"))
    context = {
        "page": page,
        "rows": [{"one": row, "tone": TONES[row.state]} for row in page.rows],
        "form": form,
        "shown": shown,
        "views": SHOWN,
        "is_filtered": any(chosen.values()),
        "may_file": bool(user.roles),
        "may_manage": has(user, MANAGE),
    }
    return render(request, "compliance/suggestions/list.html", context)


def _shown(shown: str, request: SignedInRequest) -> SuggestionQuerySet:
    user = request.user
    rows = Suggestion.objects.for_user(user)
    if shown == MINE:
        return rows.filter(filed_by=user)
    if shown == TO_ME:
        mine = Q(owner=user) | Q(owner=None) if answers_all(user) else Q(owner=user)
        return rows.filter(mine, state__in=LIVE).exclude(filed_by=user)
    return rows


@signed_in_only
@require_http_methods(["GET", "POST"])
@once
def new(request: SignedInRequest) -> HttpResponse:
    """Perhaps about a case of one's own view (`?case=`)."""
    if not request.user.roles:
        raise Http404
    case = _case(request)
    form, status = SuggestionForm(request.POST or None), 200 if request.method == "GET" else 400
    if request.method == "POST" and form.is_valid():
        try:
            made = filing.file_suggestion(actor=request.user, now=clock.now(), case=case, **form.cleaned_data)
        except SuggestionRefused as refused:
            form.add_error(refused.field or None, str(refused))
            status = 409
        else:
            messages.success(request, _("已提交，答复时会通知您"))
            return redirect("compliance:suggestion", made.pk)
    return render(request, "compliance/suggestions/new.html", {"form": form, "case": case}, status=status)


def _case(request: SignedInRequest) -> Case | None:
    given = request.POST.get("case", "") or request.GET.get("case", "")
    if not given:
        return None
    known = given.isascii() and given.isdecimal() and len(given) < 19
    found = case_reads.find_case(request.user, int(given)) if known else None
    if found is None:
        raise Http404
    return found


@signed_in_only
@require_GET
def suggestion(request: SignedInRequest, suggestion_id: int) -> HttpResponse:
    return _page(request, _found(request, suggestion_id))


@signed_in_only
@require_POST
@once
def answer(request: SignedInRequest, suggestion_id: int) -> HttpResponse:
    return _done(
        request, suggestion_id, AnswerForm(request.POST), _("已答复，提出人会收到通知"),
        lambda one, given: answering.answer(suggestion=one, actor=request.user, now=clock.database_now(), **given),
    )  # fmt: skip


@signed_in_only
@require_POST
@once
def duplicate(request: SignedInRequest, suggestion_id: int) -> HttpResponse:
    one = _found(request, suggestion_id)
    return _done(
        request, suggestion_id, DuplicateForm(request.POST, suggestion=one, user=request.user), _("已标为重复"),
        lambda one, given: answering.link_duplicate(
            suggestion=one, to=given["to"], actor=request.user, now=clock.database_now()
        ),
    )  # fmt: skip


@signed_in_only
@require_POST
@once
def assign(request: SignedInRequest, suggestion_id: int) -> HttpResponse:
    return _done(
        request, suggestion_id, AssignForm(request.POST), _("已指定负责人"),
        lambda one, given: answering.assign(
            suggestion=one, owner=given["owner"], actor=request.user, now=clock.database_now()
        ),
    )  # fmt: skip


@signed_in_only
@require_POST
@once
def verdict(request: SignedInRequest, suggestion_id: int) -> HttpResponse:
    return _done(
        request, suggestion_id, VerdictForm(request.POST), _("谢谢，已记录"),
        lambda one, given: filing.judge(suggestion=one, actor=request.user, now=clock.database_now(), **given),
    )  # fmt: skip


@signed_in_only
@require_POST
@once
def support(request: SignedInRequest, suggestion_id: int) -> HttpResponse:
    return _done(
        request, suggestion_id, None, _("已附议，答复时也会通知您"),
        lambda one, _given: filing.second(suggestion=one, actor=request.user, now=clock.database_now()),
    )  # fmt: skip


def _done(
    request: SignedInRequest, suggestion_id: int, form: forms.Form | None, success: str, act: Act
) -> HttpResponse:
    """The act, and back to the page; or the page with what was typed and why not."""
    found = _found(request, suggestion_id)
    if form is not None and not form.is_valid():
        return _page(request, found, form=form, status=400)
    try:
        act(found, form.cleaned_data if form is not None else {})
    except SuggestionRefused as refused:
        refusal = str(refused)
        if form is not None and refused.field in form.fields:
            form.add_error(refused.field, refusal)
            refusal = ""
        return _page(request, _found(request, suggestion_id), form=form, refused=refusal, status=409)
    messages.success(request, success)
    still_seen = Suggestion.objects.for_user(request.user).filter(pk=found.pk).exists()
    return redirect("compliance:suggestion", found.pk) if still_seen else redirect("compliance:suggestions")


def _found(request: SignedInRequest, suggestion_id: int) -> Suggestion:
    rows = Suggestion.objects.for_user(request.user).filter(pk=min(suggestion_id, 2**63 - 1))
    found = rows.select_related("filed_by", "owner", "answered_by", "duplicate_of").first()
    if found is None:
        raise Http404
    return found


def _page(
    request: SignedInRequest, one: Suggestion, *, form: forms.Form | None = None, refused: str = "", status: int = 200
) -> HttpResponse:
    user = request.user
    shown = {type(form): form} if form is not None else {}
    answers = one.state in LIVE and may_answer(one, user)
    supporters = [support.user for support in one.supports.select_related("user").order_by("pk")]
    root = one.duplicate_of
    context = {
        "one": one,
        "tone": TONES[one.state],
        "answered": root if root is not None else one,
        "answered_tone": TONES[(root or one).state],
        "root": root if root is not None and Suggestion.objects.for_user(user).filter(pk=root.pk).exists() else None,
        "case": case_reads.find_case(user, one.case_id) if one.case_id else None,
        "supporters": supporters,
        "steps": [
            {"step": step, "label": STEPS.get(step.kind, step.kind)}
            for step in one.steps.select_related("actor").order_by("at", "pk")
        ],
        "refused": refused,
        "open_form": type(form).__name__ if form is not None else "",
        "may_support": bool(user.roles) and one.state in LIVE and user.pk != one.filed_by_id and user not in supporters,
        "may_judge": one.state in AT_END and one.satisfied is None and user.pk == one.filed_by_id,
        "answer_form": shown.get(AnswerForm, AnswerForm(initial={"seen": one.state})) if answers else None,
        "duplicate_form": (
            shown.get(DuplicateForm, DuplicateForm(suggestion=one, user=user))
            if answers and one.state == SuggestionState.OPEN
            else None
        ),
        "assign_form": shown.get(AssignForm, AssignForm(initial={"owner": one.owner_id})) if answers else None,
        "verdict_form": shown.get(VerdictForm, VerdictForm()),
    }
    return render(request, "compliance/suggestions/one.html", context, status=status)
