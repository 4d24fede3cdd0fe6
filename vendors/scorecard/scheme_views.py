"""Schemes of scorecards: what counts and counted, the draft as a form, and the steps of a version."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from collection_ops.core import clock
from collection_ops.core.access import has, requires
from collection_ops.core.http import SignedInRequest
from collection_ops.core.models import User
from collection_ops.core.paging import key_page
from collection_ops.core.services.form_tokens import once
from vendors.models import ScorecardScheme, VersionState
from vendors.scorecard import schemes as services
from vendors.scorecard.criteria import (
    COMPLIANCE_GROUP,
    CRITERION_LABELS,
    RECOVERY_GROUP,
    Criterion,
    Scheme,
    faults,
)
from vendors.scorecard.limits import weights_on
from vendors.scorecard.scheme_typed import Typed, curve_typed, read, typed_from, typed_of
from vendors.scorecard.scheme_words import differences
from vendors.scorecard.schemes import APPROVE, OPEN, ROWS, SchemeRefused, scheme_digest, scheme_of

EDIT = "scorecards.scheme"
PAGE = 20
TONES = {
    VersionState.DRAFT: "neutral",
    VersionState.SUBMITTED: "warning",
    VersionState.APPROVED: "success",
    VersionState.WITHDRAWN: "neutral",
}
GROUPS = {
    **dict.fromkeys(RECOVERY_GROUP, "recovery"),
    **dict.fromkeys(COMPLIANCE_GROUP, "compliance"),
    Criterion.COMPLAINTS: "complaints",
    Criterion.CONTACT: "effort",
}


@requires("scorecards.view")
@require_GET
def all_schemes(request: SignedInRequest) -> HttpResponse:
    """All versions, the newest first, and what can be done with the open one."""
    return _page(request)


@requires(EDIT)
@require_POST
@once
def draft(request: SignedInRequest) -> HttpResponse:
    now = clock.database_now()
    try:
        row = services.draft_scheme(actor=request.user, now=now, day=clock.business_date(now))
    except SchemeRefused as refused:
        return _page(request, refused)
    return redirect("vendors:scheme_edit", row.pk)


@requires(EDIT)
@require_http_methods(["GET", "POST"])
@once
def edit(request: SignedInRequest, scheme_id: int) -> HttpResponse:
    """The draft, all of it in one form."""
    found = ScorecardScheme.objects.select_related("made_by").prefetch_related(ROWS)
    row = get_object_or_404(found, pk=scheme_id)
    scheme = scheme_of(row)
    if request.method != "POST":
        if row.state != VersionState.DRAFT:
            return redirect("vendors:schemes")
        typed = typed_of(scheme, row.effective_from, row.note)
        return _form(request, row, typed, based_on=scheme_digest(scheme))
    typed, based_on = typed_from(request.POST), request.POST.get("based_on", "")[:64]
    told, wrong = read(typed)
    if told is None:
        return _form(request, row, typed, based_on=based_on, wrong=wrong, status=400)
    try:
        services.save_scheme(
            row=row, scheme=told[0], effective_from=told[1], note=typed["fields"]["note"], based_on=based_on,
            actor=request.user, now=clock.database_now(),
        )  # fmt: skip
    except SchemeRefused as refused:
        return _form(request, row, typed, based_on=based_on, refused=refused, status=409)
    messages.success(request, _("草稿已保存"))
    return redirect("vendors:scheme_edit", row.pk)


@requires(EDIT)
@require_POST
@once
def submit(request: SignedInRequest, scheme_id: int) -> HttpResponse:
    now = clock.database_now()
    return _step(
        request, scheme_id, _("已提交，等待另一人批准"),
        lambda row: services.submit_scheme(row=row, actor=request.user, now=now, day=clock.business_date(now)),
    )  # fmt: skip


@requires(EDIT)
@require_POST
@once
def withdraw(request: SignedInRequest, scheme_id: int) -> HttpResponse:
    return _step(
        request, scheme_id, _("已撤回；内容保留，可照它再起草"),
        lambda row: services.withdraw_scheme(row=row, actor=request.user),
    )  # fmt: skip


@requires(APPROVE)
@require_POST
@once
def approve(request: SignedInRequest, scheme_id: int) -> HttpResponse:
    now = clock.database_now()
    return _step(
        request, scheme_id, _("已批准；自生效日期起的月份按它评分"),
        lambda row: services.approve_scheme(row=row, actor=request.user, now=now, day=clock.business_date(now)),
    )  # fmt: skip


def _step(
    request: SignedInRequest, scheme_id: int, done: str, act: Callable[[ScorecardScheme], ScorecardScheme]
) -> HttpResponse:
    """One step of a version, then the page of all: with what was done, or why not."""
    row = get_object_or_404(ScorecardScheme, pk=scheme_id)
    try:
        act(row)
    except SchemeRefused as refused:
        return _page(request, refused)
    messages.success(request, done)
    return redirect("vendors:schemes")


def _page(request: SignedInRequest, refused: SchemeRefused | None = None) -> HttpResponse:
    rows = ScorecardScheme.objects.select_related("made_by", "approved_by").prefetch_related(ROWS)
    page, day = key_page(request, rows, size=PAGE), clock.business_date(clock.now())
    counts = (
        ScorecardScheme.objects.filter(state=VersionState.APPROVED)
        .order_by("effective_from")
        .values_list("pk", "effective_from")
    )
    until = _until(list(counts))
    opened = rows.filter(state__in=OPEN).first()
    newest = rows.filter(state=VersionState.APPROVED).order_by("-effective_from").first()
    context = {
        "versions": [_version(row, until, day) for row in page.rows],
        "opened": _opened(opened, request.user, day) if opened else None,
        "newest": newest,
        "differences": list(differences(scheme_of(newest), scheme_of(opened))) if opened and newest else [],
        "may_edit": has(request.user, EDIT),
        "refused": refused,
        "previous_url": page.previous_url,
        "next_url": page.next_url,
    }
    return render(request, "vendors/scorecard/schemes.html", context, status=409 if refused else 200)


def _until(counts: list[tuple[int, date]]) -> dict[int, date | None]:
    """Of each approved version the last day on which it counts; nothing of the newest."""
    ends = [begins - timedelta(days=1) for _pk, begins in counts[1:]]
    # Of no version at all there is no newest either.
    return {pk: last for (pk, _begins), last in zip(counts, [*ends, None], strict=False)}


def _version(row: ScorecardScheme, until: dict[int, date | None], day: date) -> dict[str, Any]:
    last = until.get(row.pk)
    return {
        "row": row,
        "tone": TONES[VersionState(row.state)],
        "until": last,
        "counts_today": row.pk in until and row.effective_from <= day and (last is None or day <= last),
        "items": _items(scheme_of(row)),
    }


def _items(scheme: Scheme) -> list[dict[str, Any]]:
    return [
        {
            "label": CRITERION_LABELS[item.criterion],
            "group": GROUPS[item.criterion],
            "weight": item.weight,
            "curve": curve_typed(item).split("\n") if item.curve else [],
        }
        for item in scheme.items
    ]


def _opened(row: ScorecardScheme, user: User, day: date) -> dict[str, Any]:
    """What the reader may do with the open version, and why not."""
    is_draft = row.state == VersionState.DRAFT
    against = services.obstacles(row, day=day) if is_draft else services.against_approving(row, actor=user, day=day)
    return {
        "row": row,
        "is_draft": is_draft,
        "is_mine": row.made_by_id in (None, user.pk),
        "may_approve": has(user, APPROVE),
        "reasons": [str(one) for one in against],
    }


def _form(
    request: SignedInRequest,
    row: ScorecardScheme,
    typed: Typed,
    *,
    based_on: str,
    wrong: dict[str, str] | None = None,
    refused: SchemeRefused | None = None,
    status: int = 200,
) -> HttpResponse:
    wrong = wrong or {}
    understood, _wrong = read(typed)
    context = {
        "row": row,
        "based_on": based_on,
        "fields": typed["fields"],
        "wrong": wrong,
        "items": [
            {
                "code": str(criterion), "label": CRITERION_LABELS[criterion], "group": GROUPS[criterion],
                **typed["items"][str(criterion)],
                "wrong_weight": wrong.get(f"weight-{criterion}", ""), "wrong_curve": wrong.get(f"curve-{criterion}", ""),
                "height": max(3, typed["items"][str(criterion)]["curve"].count("\n") + 2),
            }
            for criterion in Criterion
        ],
        "limits": weights_on(row.effective_from),
        "refused": refused,
        "count_wrong": len(wrong),
        # What would keep it from being submitted, of what stands on the page.
        "lacking": _lacking(understood) if not refused else [],
    }  # fmt: skip
    return render(request, "vendors/scorecard/scheme_edit.html", context, status=status)


def _lacking(understood: tuple[Scheme, date] | None) -> list[str]:
    if understood is None:
        return []
    scheme, begins = understood
    return [str(one) for one in faults(scheme, weights_on(begins))]
