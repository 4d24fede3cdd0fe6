"""Monthly appraisal: the month of a team, one person's month, and the file."""

from collections.abc import Callable
from datetime import date
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from agents.models import Appraisal, AppraisalState
from agents.reviews.appraisal_export import export_appraisals
from agents.reviews.appraisal_lines import rows_of, said_missing
from agents.reviews.appraisals import (
    LEAD,
    VIEW,
    answer,
    appraisals_for,
    decide,
    missing_of,
    open_month,
    read_points,
    say_leader,
    say_self,
    score_of,
    to_do,
)
from agents.reviews.months import month_asked, neighbours
from agents.reviews.weights import AppraisalRefused
from agents.scope import people_for
from agents.targets.gather import last_of
from collection_ops.core import clock
from collection_ops.core.access import has, requires
from collection_ops.core.http import SignedInRequest
from collection_ops.core.paging import key_page
from collection_ops.core.services.form_tokens import once
from collection_ops.core.tables import CONTENT_TYPES, FORMATS

TONES = {
    AppraisalState.OPEN: "neutral", AppraisalState.SELF: "info", AppraisalState.LEADER: "warning",
    AppraisalState.AGREED: "success", AppraisalState.DISAGREED: "danger", AppraisalState.DECIDED: "success",
}  # fmt: skip
HISTORY = 12


@requires(VIEW)
@require_GET
def appraisals(request: SignedInRequest) -> HttpResponse:
    return _list(request, month_asked(request.GET.get("month", "")))


@requires(LEAD)
@require_POST
@once
def open_all(request: SignedInRequest) -> HttpResponse:
    """Open the month for everybody in scope who has no appraisal of it."""
    month = month_asked(request.POST.get("month", ""))
    try:
        made = open_month(
            month=month, users=list(people_for(request.user, LEAD)), actor=request.user, now=clock.database_now()
        )
    except AppraisalRefused as refused:
        return _list(request, month, refused=refused, status=409)
    messages.success(request, _("已为 %(n)d 人开始考核，等本人自评") % {"n": len(made)})
    response = redirect("reviews:appraisals")
    response["Location"] += f"?month={month:%Y-%m}"
    return response


@requires(VIEW)
@require_GET
def export(request: SignedInRequest) -> HttpResponse:
    """The month as a file; the trail keeps who took it."""
    month, file_format = month_asked(request.GET.get("month", "")), request.GET.get("format", "xlsx")
    if file_format not in FORMATS:
        raise Http404
    content = export_appraisals(
        appraisals=appraisals_for(request.user), month=month, file_format=file_format, actor=request.user,
        now=clock.now(),
    )  # fmt: skip
    response = HttpResponse(content, content_type=CONTENT_TYPES[file_format])
    response["Content-Disposition"] = f'attachment; filename="appraisals-{month:%Y-%m}.{file_format}"'
    return response


@requires(VIEW)
@require_GET
def appraisal(request: SignedInRequest, appraisal_id: int) -> HttpResponse:
    return _page(request, _one(request, appraisal_id, VIEW))


@requires(VIEW)
@require_POST
@once
def own_view(request: SignedInRequest, appraisal_id: int) -> HttpResponse:
    found, typed = _one(request, appraisal_id, VIEW), _typed(request, "self_view")
    return _done(
        request, found, typed,
        lambda: say_self(appraisal=found, view=typed["self_view"], actor=request.user, now=clock.database_now()),
    )  # fmt: skip


@requires(LEAD)
@require_POST
@once
def leader_view(request: SignedInRequest, appraisal_id: int) -> HttpResponse:
    found, typed = _one(request, appraisal_id, LEAD), _typed(request, "leader_view", "adjustment")
    return _done(
        request, found, typed,
        lambda: say_leader(
            appraisal=found, view=typed["leader_view"], adjustment=read_points(typed["adjustment"]),
            actor=request.user, now=clock.database_now(),
        ),
    )  # fmt: skip


@requires(VIEW)
@require_POST
@once
def own_answer(request: SignedInRequest, appraisal_id: int) -> HttpResponse:
    found, typed = _one(request, appraisal_id, VIEW), _typed(request, "answer", "agrees")
    if typed["agrees"] not in ("yes", "no"):
        return _page(request, found, refused=AppraisalRefused(_("请选择是否同意")), typed=typed, status=400)
    return _done(
        request, found, typed,
        lambda: answer(
            appraisal=found, agrees=typed["agrees"] == "yes", note=typed["answer"], actor=request.user,
            now=clock.database_now(),
        ),
    )  # fmt: skip


@requires(LEAD)
@require_POST
@once
def decision(request: SignedInRequest, appraisal_id: int) -> HttpResponse:
    found, typed = _one(request, appraisal_id, LEAD), _typed(request, "decision", "adjustment")
    return _done(
        request, found, typed,
        lambda: decide(
            appraisal=found, adjustment=read_points(typed["adjustment"]), reason=typed["decision"],
            actor=request.user, now=clock.database_now(),
        ),
    )  # fmt: skip


def _done(
    request: SignedInRequest, found: Appraisal, typed: dict[str, str], act: Callable[[], Appraisal]
) -> HttpResponse:
    try:
        changed = act()
    except AppraisalRefused as refused:
        return _page(request, _one(request, found.pk, VIEW), refused=refused, typed=typed, status=409)
    messages.success(request, _("已保存：%(state)s") % {"state": changed.get_state_display()})
    return redirect("reviews:appraisal", found.pk)


def _list(
    request: SignedInRequest, month: date, *, refused: AppraisalRefused | None = None, status: int = 200
) -> HttpResponse:
    user = request.user
    found = appraisals_for(user).filter(month=month).select_related("user", "leader")
    mine = request.GET.get("show") == "mine"
    if mine:
        found = found.filter(pk__in=to_do(user).values("pk"))
    page = key_page(request, found)
    missing = 0
    if has(user, LEAD):
        have = Appraisal.objects.filter(month=month).values("user")
        missing = people_for(user, LEAD).exclude(pk=user.pk).exclude(pk__in=have).count()
    before, after = neighbours(month)
    is_over = last_of(month) < clock.business_date(clock.now())
    context = {
        "rows": [(row, TONES[AppraisalState(row.state)]) for row in page.rows],
        "month": month,
        "before": before,
        "after": after,
        "mine": mine,
        "missing": missing,
        "may_open": missing > 0 and is_over,
        "is_over": is_over,
        "may_weigh": has(user, "appraisals.weights"),
        "refused": refused,
        "previous_url": page.previous_url,
        "next_url": page.next_url,
    }
    return render(request, "agents/reviews/appraisals.html", context, status=status)


def _page(
    request: SignedInRequest,
    found: Appraisal,
    *,
    refused: AppraisalRefused | None = None,
    typed: dict[str, str] | None = None,
    status: int = 200,
) -> HttpResponse:
    user, state = request.user, found.state
    is_own = found.user_id == user.pk
    leads = not is_own and appraisals_for(user, LEAD).filter(pk=found.pk).exists() if has(user, LEAD) else False
    score = score_of(found)
    context: dict[str, Any] = {
        "appraisal": found,
        "tone": TONES[AppraisalState(state)],
        "rows": rows_of(score),
        "score": score,
        "missing": said_missing(missing_of(found)),
        "may_self": is_own and state == AppraisalState.OPEN,
        "may_lead": leads and state == AppraisalState.SELF,
        "may_answer": is_own and state == AppraisalState.LEADER,
        "may_decide": leads and state == AppraisalState.DISAGREED and found.leader_id != user.pk,
        "most": found.values["most_adjustment"],
        "typed": typed or {},
        "refused": refused,
        "history": Appraisal.objects.filter(user=found.user_id).exclude(pk=found.pk).order_by("-month")[:HISTORY],
    }
    return render(request, "agents/reviews/appraisal.html", context, status=status)


def _one(request: SignedInRequest, appraisal_id: int, capability: str) -> Appraisal:
    """One of somebody in scope; any other does not exist."""
    people = ("user", "leader", "decided_by", "opened_by")
    visible = appraisals_for(request.user, capability).select_related(*people)
    found = visible.filter(pk=appraisal_id).first() if appraisal_id < 2**63 else None
    if found is None:
        raise Http404
    return found


def _typed(request: SignedInRequest, *names: str) -> dict[str, str]:
    return {name: request.POST.get(name, "").replace("\x00", "") for name in names}
