"""What is done with a rectification: answered, judged, extended, and in the end the cooperation ended."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from cases.views.care import say
from collection_ops.core import clock
from collection_ops.core.access import requires
from collection_ops.core.http import SignedInRequest
from collection_ops.core.services.form_tokens import once
from vendors.models import RectificationFile
from vendors.rectification import forms as given_forms
from vendors.rectification import handling, terminating
from vendors.rectification.evidence import keep_evidence, taken_file
from vendors.rectification.raising import ANSWER, EXTEND, JUDGE, VIEW
from vendors.rectification.refusals import RectificationRefused
from vendors.rectification.terminating import APPROVE, PROPOSE
from vendors.rectification.views import LARGEST_ID, find, find_termination, one_page, termination_page


@requires(ANSWER)
@require_POST
@once
def rectification_answer(request: SignedInRequest, rectification_id: int) -> HttpResponse:
    """What the agency said, typed in for it."""
    form = given_forms.AnswerForm(request.POST, row=find(rectification_id))

    def act(**given: Any) -> None:
        handling.answer(texts=form.texts(), **given)

    return _act(request, rectification_id, "answer", form, act, _("已登记机构的答复，等待验收"))


@requires(ANSWER)
@require_POST
@once
def rectification_evidence(request: SignedInRequest, rectification_id: int) -> HttpResponse:
    form = given_forms.EvidenceForm(request.POST, request.FILES)

    def act(**given: Any) -> None:
        file = form.cleaned_data["file"]
        if not file:
            raise RectificationRefused(_("请选择文件"), "file")
        keep_evidence(file=file, file_name=file.name, **given)

    return _act(request, rectification_id, "evidence", form, act, _("证据已保存"))


@requires(VIEW)
@require_POST
def rectification_file(request: SignedInRequest, file_id: int) -> HttpResponseBase:
    """The file as it came: a post, since taking it is an event. Never shown in the browser, whatever it holds."""
    found = RectificationFile.objects.select_related("rectification").filter(pk=min(file_id, LARGEST_ID)).first()
    taken = taken_file(kept=found, actor=request.user) if found is not None else None
    if taken is None:
        raise Http404
    path, name, content_type = taken
    response = FileResponse(path.open("rb"), as_attachment=True, filename=name, content_type=content_type)
    response["X-Content-Type-Options"] = "nosniff"
    return response


@requires(JUDGE)
@require_POST
@once
def rectification_judge(request: SignedInRequest, rectification_id: int) -> HttpResponse:
    form = given_forms.WordsForm(request.POST, prefix="judge")
    is_enough = request.POST.get("decision") == "accept"

    def act(**given: Any) -> None:
        (handling.accept if is_enough else handling.send_back)(words=form.cleaned_data["words"], **given)

    done = _("验收合格，整改已关闭") if is_enough else _("已退回机构重新整改")
    return _act(request, rectification_id, "judge", form, act, done)


@requires(ANSWER)
@require_POST
@once
def rectification_extend(request: SignedInRequest, rectification_id: int) -> HttpResponse:
    form = given_forms.ExtensionForm(request.POST, prefix="extend")

    def act(**given: Any) -> None:
        handling.ask_extension(**form.cleaned_data, **given)

    return _act(request, rectification_id, "extend", form, act, _("延期申请已提交，由他人决定"))


@requires(EXTEND)
@require_POST
@once
def rectification_extension(request: SignedInRequest, rectification_id: int) -> HttpResponse:
    """Whether there are more days."""
    form = given_forms.WordsForm(request.POST, prefix="extension")

    def act(**given: Any) -> None:
        granted = request.POST.get("decision") == "grant"
        handling.decide_extension(granted=granted, words=form.cleaned_data["words"], **given)

    return _act(request, rectification_id, "decide_extension", form, act, _("已决定"))


@requires(PROPOSE)
@require_POST
@once
def termination_propose(request: SignedInRequest, rectification_id: int) -> HttpResponse:
    form = given_forms.ReasonForm(request.POST, prefix="propose")

    def act(**given: Any) -> None:
        terminating.propose(reason=form.cleaned_data["reason"], **given)

    return _act(request, rectification_id, "propose", form, act, _("终止合作的提议已提交，由业务与合规各一人批准"))


@requires(APPROVE)
@require_POST
@once
def termination_approve(request: SignedInRequest, termination_id: int) -> HttpResponse:
    one = find_termination(termination_id)
    try:
        done = terminating.approve(proposal=one, actor=request.user, now=clock.database_now())
    except RectificationRefused as refused:
        return termination_page(request, find_termination(termination_id), told=str(refused), status=409)
    said = _("已批准，机构开始退出") if done.state == "approved" else _("已批准，等待另一方批准")
    messages.success(request, said)
    return redirect("vendors:termination", one.pk)


@requires(APPROVE)
@require_POST
@once
def termination_reject(request: SignedInRequest, termination_id: int) -> HttpResponse:
    one, form = find_termination(termination_id), given_forms.WordsForm(request.POST, prefix="reject")
    if not form.is_valid():
        return termination_page(request, one, form=form, status=400)
    try:
        words = form.cleaned_data["words"]
        terminating.reject(proposal=one, words=words, actor=request.user, now=clock.database_now())
    except RectificationRefused as refused:
        told = say(form, refused)
        return termination_page(request, find_termination(termination_id), form=form, told=told, status=409)
    messages.success(request, _("提议未获批准，整改继续"))
    return redirect("vendors:termination", one.pk)


def _act(
    request: SignedInRequest,
    rectification_id: int,
    name: str,
    form: forms.Form,
    act: Callable[..., None],
    done: str,
) -> HttpResponse:
    """Send the form to the service; a refusal comes back on the page, beside what was typed."""
    row = find(rectification_id)
    if not form.is_valid():
        return one_page(request, row, sent={name: form}, status=400)
    try:
        act(row=row, actor=request.user, now=clock.database_now())
    except RectificationRefused as refused:
        told = say(form, refused)
        return one_page(request, find(rectification_id), sent={name: form}, told=told, status=409)
    messages.success(request, done)
    return redirect("vendors:rectification", row.pk)
