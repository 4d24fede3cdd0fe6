"""Forbidden wording that was found, and the lists by which it is."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from collection_ops.core import clock
from collection_ops.core.access import requires
from collection_ops.core.http import SignedInRequest
from collection_ops.core.paging import key_page
from collection_ops.core.services.form_tokens import once
from compliance.models import HarmlessWording, TextKind, WordingHit
from compliance.rules.wording import CHINESE, find_wording, lexicon
from compliance.wordcheck import judging, selectors
from compliance.wordcheck.forms import EndForm, HitFilter, JudgeForm, TryForm
from compliance.wordcheck.judging import JudgingRefused, call_harmless, confirm, end_harmless
from compliance.wordcheck.texts import AUDIENCE


@requires("wording.view")
@require_GET
def hits(request: SignedInRequest) -> HttpResponse:
    return _page(request)


def _page(
    request: SignedInRequest, *, form: JudgeForm | None = None, about: int = 0, status: int = 200
) -> HttpResponse:
    asked = HitFilter(request.GET or None)
    chosen = asked.cleaned_data if asked.is_valid() else {}
    page = key_page(request, selectors.hits_found(**chosen))
    context = {
        "asked": asked,
        "is_filtered": any(chosen.values()),
        "page": page,
        "lines": [
            (line, form if form is not None and line.hit.pk == about else JudgeForm(auto_id=False))
            for line in selectors.lines(page.rows, request.user)
        ],
        "about": about,
        "waiting": selectors.waiting_by_category(),
        "scans": selectors.scans(),
    }
    return render(request, "compliance/wordcheck/hits.html", context, status=status)


@requires("wording.review")
@require_POST
@once
def judge(request: SignedInRequest, hit_id: int) -> HttpResponse:
    hit = WordingHit.objects.filter(pk=hit_id).first()
    if hit is None:
        raise Http404
    form = JudgeForm(request.POST, auto_id=False)
    if not form.is_valid():
        return _page(request, form=form, about=hit.pk, status=400)
    given = form.cleaned_data
    if given["said"] == "word" and not given["word"]:
        form.add_error("word", _("请填写包含命中文字的词语"))
        return _page(request, form=form, about=hit.pk, status=400)
    try:
        if given["said"] == "confirm":
            confirm(hit=hit, reason=given["reason"], actor=request.user, now=clock.now())
        else:
            call_harmless(
                hit=hit,
                reason=given["reason"],
                actor=request.user,
                now=clock.now(),
                everywhere=given["said"] == "everywhere",
                word=given["word"] if given["said"] == "word" else "",
            )
    except JudgingRefused as refused:
        form.add_error(refused.field or None, str(refused))
        return _page(request, form=form, about=hit.pk, status=409)
    messages.success(request, _("已记录判定"))
    return _back_to_list(request)


@requires("wording.review")
@require_POST
@once
def take_back(request: SignedInRequest, hit_id: int) -> HttpResponse:
    """What was said of a hit does not hold: it waits again."""
    hit = WordingHit.objects.filter(pk=hit_id).first()
    if hit is None:
        raise Http404
    try:
        judging.take_back(hit=hit, reason=request.POST.get("reason", ""), actor=request.user, now=clock.now())
    except JudgingRefused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("已撤回判定，请重新判定"))
    return _back_to_list(request)


def _back_to_list(request: SignedInRequest) -> HttpResponse:
    """With the filter that was on."""
    kept = f"?{request.GET.urlencode()}" if request.GET else ""
    return redirect(f"{reverse('compliance:wording_hits')}{kept}")


@requires("wording.view")
@require_http_methods(["GET", "POST"])
def lists(request: SignedInRequest) -> HttpResponse:
    """The words that are looked for, what was called harmless, and a place to try a text; nothing of that is kept."""
    form = TryForm(request.POST or None)
    found = None
    if request.method == "POST" and form.is_valid():
        text = form.cleaned_data["text"]
        hits = find_wording(text, audience=AUDIENCE[TextKind(form.cleaned_data["kind"])])
        found = selectors.contexts_in(text, hits)
    context = {
        "form": form,
        "found": found,
        "lexicon": lexicon(CHINESE),
        "harmless": [(row, EndForm(auto_id=False)) for row in selectors.harmless_rules()[:200]],
    }
    status = 400 if form.is_bound and not form.is_valid() else 200
    return render(request, "compliance/wordcheck/lists.html", context, status=status)


@requires("wording.review")
@require_POST
@once
def end(request: SignedInRequest, harmless_id: int) -> HttpResponse:
    row = HarmlessWording.objects.filter(pk=harmless_id).first()
    if row is None:
        raise Http404
    try:
        end_harmless(harmless=row, reason=request.POST.get("reason", ""), actor=request.user, now=clock.now())
    except JudgingRefused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("已取消，今后会再次提示"))
    return redirect("compliance:wording_lists")
