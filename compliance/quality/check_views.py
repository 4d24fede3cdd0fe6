"""One check: the talk beside the form, the result, the appeal."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from collection_ops.core import clock
from collection_ops.core.access import Scope, has, requires, scope
from collection_ops.core.dated_settings import values_on
from collection_ops.core.http import SignedInRequest
from collection_ops.core.services.form_tokens import once
from compliance.models import CheckState, OpinionKind, QualityCheck, QualityOpinion, SecondState
from compliance.models.quality import APPEAL, CHECK
from compliance.quality import appeals, second, taking
from compliance.quality.checking import Given, kind_for, save_opinion
from compliance.quality.following import quotes_of
from compliance.quality.form import read_form
from compliance.quality.forms_of import form_in_force
from compliance.quality.list_views import to_next
from compliance.quality.refusals import QualityRefused
from compliance.quality.scoring import score as scored
from compliance.quality.selectors import (
    apart_in,
    critical_lines,
    followed,
    opinion_shown,
    opinions_for,
    section_lines,
    talk_of,
    why_of,
)

VIEW = "quality.view"
MOST_TYPED = 1000


@requires(VIEW)
@require_GET
def check(request: SignedInRequest, check_id: int) -> HttpResponse:
    return _page(request, _check(request, check_id, VIEW))


@requires(CHECK)
@require_POST
@once
def score(request: SignedInRequest, check_id: int) -> HttpResponse:
    """A draft, an opinion, or the decision of an appeal: whichever the reader can give."""
    found = _check(request, check_id, CHECK)
    kind, submit, given = request.POST.get("kind", ""), request.POST.get("action") == "submit", _given(request)
    try:
        if kind == OpinionKind.APPEAL:
            appeals.decide_appeal(
                check=found, given=given, note=_typed(request, "note"), actor=request.user, now=clock.database_now()
            )
        else:
            save_opinion(
                check=found, kind=kind, given=given, submit=submit, actor=request.user, now=clock.database_now()
            )
    except QualityRefused as refused:
        return _page(request, found, given=given, refused=refused, status=409)
    if kind != OpinionKind.APPEAL and not submit:
        messages.success(request, _("草稿已保存"))
        return redirect("compliance:quality_check", found.pk)
    messages.success(request, _("%(number)s 的评分已提交") % {"number": found.number})
    return to_next(request)


@requires(CHECK)
@require_POST
@once
def take(request: SignedInRequest, check_id: int) -> HttpResponse:
    """The reader begins, or takes over what somebody left lying."""
    found = _check(request, check_id, CHECK)
    try:
        taking.take(check=found, actor=request.user, now=clock.database_now())
    except QualityRefused as refused:
        return _page(request, found, about="take", refused=refused, status=409)
    return redirect("compliance:quality_check", found.pk)


@requires(CHECK)
@require_POST
@once
def give_back(request: SignedInRequest, check_id: int) -> HttpResponse:
    found = _check(request, check_id, CHECK)
    try:
        taking.give_back(check=found, actor=request.user, now=clock.database_now())
    except QualityRefused as refused:
        return _page(request, found, about="take", refused=refused, status=409)
    messages.success(request, _("已退回，其他质检员可以检查"))
    return redirect("compliance:quality")


@requires(CHECK)
@require_POST
@once
def settle(request: SignedInRequest, check_id: int) -> HttpResponse:
    found = _check(request, check_id, CHECK)
    try:
        second.settle(
            check=found,
            holds=request.POST.get("holds", ""),
            note=_typed(request, "note"),
            actor=request.user,
            now=clock.database_now(),
        )
    except QualityRefused as refused:
        return _page(request, found, about="settle", refused=refused, status=409)
    messages.success(request, _("已记录协调结果"))
    return redirect("compliance:quality_check", found.pk)


@requires(APPEAL)
@require_POST
@once
def acknowledge(request: SignedInRequest, check_id: int) -> HttpResponse:
    """The person whose talk it was."""
    found = _check(request, check_id, APPEAL)
    try:
        appeals.acknowledge(check=found, actor=request.user, now=clock.database_now())
    except QualityRefused as refused:
        return _page(request, found, refused=refused, status=409)
    messages.success(request, _("已确认质检结果"))
    return redirect("compliance:quality_check", found.pk)


@requires(APPEAL)
@require_POST
@once
def appeal(request: SignedInRequest, check_id: int) -> HttpResponse:
    """The person whose talk it was, or their team leader for them."""
    found = _check(request, check_id, APPEAL)
    try:
        appeals.make_appeal(check=found, reason=_typed(request, "reason"), actor=request.user, now=clock.database_now())
    except QualityRefused as refused:
        return _page(request, found, about="appeal", refused=refused, status=409)
    messages.success(request, _("申诉已提交，由未参与评分的质检员复核"))
    return redirect("compliance:quality_check", found.pk)


def _page(
    request: SignedInRequest,
    check: QualityCheck,
    *,
    given: Given | None = None,
    about: str = "score",
    refused: QualityRefused | None = None,
    status: int = 200,
) -> HttpResponse:
    user, now = request.user, clock.now()
    today = clock.business_date(now)
    kind = kind_for(check, user)
    shown = opinions_for(check, user)
    days = values_on(today, [appeals.APPEAL_DAYS, appeals.DECIDE_DAYS])
    until = appeals.last_day(check, days[appeals.APPEAL_DAYS.name]) if check.state == CheckState.DONE else None
    appealed = getattr(check, "appeal", None)
    may_appeal = QualityCheck.objects.for_user(user, APPEAL).filter(pk=check.pk).exists()
    context = {
        "check": check,
        "why": why_of(check),
        "talk": talk_of(check, user),
        "kind": kind,
        "has_begun": kind not in taking.TAKEN or any(one.checker_id == user.pk for one in check.opinions.all()),
        "is_mine_to_do": check.state == CheckState.CHECKING and check.checker_id == user.pk,
        "may_take_over": kind is None and has(user, CHECK) and taking.is_left_lying(check, user, now),
        "kind_label": OpinionKind(kind).label if kind else "",
        "opinions": [opinion_shown(one) for one in shown],
        "apart": apart_in(shown),
        "own_opinion": next((one.kind for one in shown if one.checker_id == user.pk), ""),
        "followed": followed(check, user) if shown else None,
        "shows_result": bool(shown) and kind != OpinionKind.SECOND,
        "shows_checker": scope(user, VIEW) == Scope.ALL,
        "is_own": check.user_id == user.pk,
        "appeal": appealed,
        "decided_until": appeals.decided_until(appealed, days[appeals.DECIDE_DAYS.name]) if appealed else None,
        "until": until,
        "may_appeal": may_appeal
        and appealed is None
        and check.second != SecondState.DIFFERS
        and until is not None
        and today <= until,
        "may_settle": has(user, CHECK) and check.second == SecondState.DIFFERS and check.user_id != user.pk,
        "refused": refused,
        "about": about,
        "typed": {name: _typed(request, name) for name in ("note", "reason", "holds")},
        "field": refused.field if refused else "",
        **(_form(check, kind, user.pk, given, refused if about == "score" else None) if kind else {}),
    }
    return render(request, "compliance/quality/check.html", context, status=status)


def _form(
    check: QualityCheck, kind: OpinionKind, reader: int, given: Given | None, refused: QualityRefused | None
) -> dict[str, object]:
    """The form as it was typed, else as the draft has it; the decision of an appeal begins with the first opinion."""
    opinions = list(check.opinions.all())
    own: QualityOpinion | None = next((one for one in opinions if one.checker_id == reader and one.kind == kind), None)
    start = own or (
        next((one for one in opinions if one.kind == OpinionKind.FIRST), None) if kind == OpinionKind.APPEAL else None
    )
    # An appeal is judged by the newest form like any opinion; items that it does not have are left out.
    form = read_form((own.form if own else form_in_force()).body)
    if given is None:
        quotes = quotes_of(start) if start else {}
        given = Given(dict(start.answers) if start else {}, quotes, start.comment if start and own else "")
    known = {item.code for item in form.items}
    answers = {code: level for code, level in given.answers.items() if code in known}
    field, sentence = (refused.field, str(refused)) if refused else ("", "")
    placed = field in known or field.startswith("critical_")
    return {
        "form": form,
        "sections": section_lines(form, answers, field, sentence),
        "critical": critical_lines(form, dict(given.quotes), field, sentence),
        "comment": given.comment,
        "running": scored(form, answers, given.quotes),
        "is_placed": placed,
        "has_draft": own is not None,
    }


def _given(request: SignedInRequest) -> Given:
    answers: dict[str, int | None] = {}
    for name, value in request.POST.items():
        if name.startswith("item_"):
            text = str(value)
            answers[name.removeprefix("item_")] = None if text == "na" else int(text) if text in ("0", "1", "2") else -1
    found = [code.replace("\x00", "")[:32] for code in request.POST.getlist("critical")]
    return Given(answers, {code: _typed(request, f"quote_{code}") for code in found}, _typed(request, "comment"))


def _check(request: SignedInRequest, check_id: int, capability: str) -> QualityCheck:
    visible = QualityCheck.objects.for_user(request.user, capability)
    found = (
        visible.select_related("batch", "user", "checker", "appeal__made_by", "appeal__decided_by", "settled_by")
        .prefetch_related("opinions__form", "opinions__checker")
        .filter(pk=check_id)
        .first()
        if check_id < 2**63
        else None
    )
    if found is None:
        raise Http404
    return found


def _typed(request: SignedInRequest, name: str) -> str:
    return request.POST.get(name, "").replace("\x00", "")[: MOST_TYPED + 1]
