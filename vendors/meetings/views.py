"""Monthly meetings: the list, and one as a document with its minutes and decisions."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from cases.models import Case
from cases.views.care import say
from collection_ops.core import clock
from collection_ops.core.access import has, requires
from collection_ops.core.clock import month_before
from collection_ops.core.http import SignedInRequest
from collection_ops.core.paging import key_page
from collection_ops.core.services.form_tokens import once
from vendors.meetings import jobs, keeping
from vendors.meetings.forms import DecisionForm, MakeForm, MeetingFilter, MinutesForm
from vendors.meetings.hard import LABELS
from vendors.meetings.keeping import HOLD, VIEW, MeetingRefused
from vendors.models import Figure, MonthlyMeeting
from vendors.rectification.rules import label_of
from vendors.rectification.views import LARGEST_ID, neighbours
from vendors.scorecard.promises import month_shown
from vendors.scorecard.shown import cards_told

ROWS = 10
"""Hard cases a page."""
CHOSEN_BY = {
    "silent": gettext_lazy("未联系天数"),
    "complained": gettext_lazy("收到日期"),
    "broken": gettext_lazy("未兑现次数"),
}
"""What a case was chosen by, where that is not a column anyway: the largest are chosen by the amount."""


@requires(VIEW)
@require_GET
def meetings(request: SignedInRequest) -> HttpResponse:
    return _list(request)


def _list(request: SignedInRequest, form: MakeForm | None = None, *, status: int = 200) -> HttpResponse:
    """The newest first, with how many decisions there were and what came of them."""
    chosen = MeetingFilter(request.GET or None)
    asked = chosen.cleaned_data if chosen.is_valid() else {}
    found = MonthlyMeeting.objects.select_related("agency").defer("pack", "minutes")
    if asked.get("agency"):
        found = found.filter(agency=asked["agency"])
    if asked.get("month"):
        found = found.filter(period=asked["month"])
    found = found.annotate(
        decided=Count("decisions"),
        reached=Count("decisions", filter=Q(decisions__reached=True)),
        missed=Count("decisions", filter=Q(decisions__reached=False)),
    )
    page = key_page(request, found)
    context = {
        "rows": page.rows,
        "asked": chosen,
        "is_filtered": any(asked.values()),
        "form": (form or MakeForm(initial={"month": month_before(clock.business_date(clock.now()))}))
        if has(request.user, HOLD)
        else None,
        "previous_url": page.previous_url,
        "next_url": page.next_url,
    }
    return render(request, "vendors/meetings/list.html", context, status=status)


@requires(HOLD)
@require_POST
@once
def meeting_make(request: SignedInRequest) -> HttpResponse:
    """The material of a month, as a job; where it was made already that is what the job ends with."""
    form = MakeForm(request.POST)
    if not form.is_valid():
        return _list(request, form, status=400)
    given = form.cleaned_data
    if said := keeping.not_over(given["month"], clock.business_date(clock.now())):
        form.add_error("month", said)
        return _list(request, form, status=409)
    job = jobs.enqueue(agency=given["agency"], period=given["month"], actor=request.user)
    messages.success(request, _("已开始生成月会材料"))
    return redirect("core:job", job.pk)


@requires(VIEW)
@require_GET
def meeting(request: SignedInRequest, meeting_id: int) -> HttpResponse:
    return meeting_page(request, _find(meeting_id))


@requires(HOLD)
@require_POST
@once
def meeting_minutes(request: SignedInRequest, meeting_id: int) -> HttpResponse:
    one, form = _find(meeting_id), MinutesForm(request.POST, prefix="minutes")
    if not form.is_valid():
        return meeting_page(request, one, sent={"minutes": form}, status=400)
    try:
        keeping.write_minutes(meeting=one, actor=request.user, now=clock.database_now(), **form.cleaned_data)
    except MeetingRefused as refused:
        told = say(form, refused)
        return meeting_page(request, _find(meeting_id), sent={"minutes": form}, told=told, status=409)
    messages.success(request, _("会议纪要已保存"))
    return redirect("vendors:meeting", one.pk)


@requires(HOLD)
@require_POST
@once
def meeting_decide(request: SignedInRequest, meeting_id: int) -> HttpResponse:
    one, form = _find(meeting_id), DecisionForm(request.POST, prefix="decision")
    if not form.is_valid():
        return meeting_page(request, one, sent={"decision": form}, status=400)
    try:
        keeping.decide(meeting=one, decision=form.decided(), actor=request.user, now=clock.database_now())
    except MeetingRefused as refused:
        told = say(form, refused)
        return meeting_page(request, _find(meeting_id), sent={"decision": form}, told=told, status=409)
    messages.success(request, _("决定已记录"))
    return redirect("vendors:meeting", one.pk)


def meeting_page(
    request: SignedInRequest,
    one: MonthlyMeeting,
    *,
    sent: dict[str, forms.Form] | None = None,
    told: str = "",
    status: int = 200,
) -> HttpResponse:
    """`sent` is the form that came back, by name; `told` a refusal that belongs beside none of its entries."""
    pack, may_hold, given = one.pack, has(request.user, HOLD), sent or {}
    kind = request.GET.get("hard", "")
    kind = kind if kind in LABELS else next(iter(LABELS))
    page = Paginator(pack["hard"].get(kind, []), ROWS).get_page(request.GET.get("page"))
    ids = [line["case"] for line in page.object_list]
    today = clock.business_date(clock.now())
    decided = list(one.decisions.select_related("owner").order_by("number"))
    context = {
        "one": one,
        "pack": pack,
        "figures": [
            (label, pack["figures"][name], pack["earlier"][name], name == Figure.RECOVERED)
            for name, label in Figure.choices
        ],
        "unsettled": [(row, label_of(row["rule"])) for row in pack["rectifications"]],
        "scorecards": cards_told(pack),
        "targets": month_shown(pack.get("targets")),
        "on_paper": [(name, label, pack["hard"].get(name, [])[:ROWS]) for name, label in LABELS.items()],
        "hard": kind,
        "chosen_by": CHOSEN_BY.get(kind, ""),
        "kinds": [(name, label, len(pack["hard"].get(name, []))) for name, label in LABELS.items()],
        "lines": page.object_list,
        "seen": set(Case.objects.for_user(request.user).filter(pk__in=ids).values_list("pk", flat=True)) if ids else set(),
        "decisions": decided,
        "before": _before(one),
        "minutes_form": given.get("minutes") or _minutes_form(one, today) if may_hold else None,
        "decision_form": given.get("decision") or DecisionForm(prefix="decision") if may_hold else None,
        "minutes_open": not one.minutes,
        "decision_open": bool(one.minutes) and not decided,
        "sent": next(iter(given), ""),
        "told": told,
        **neighbours(request, page),
    }  # fmt: skip
    return render(request, "vendors/meetings/meeting.html", context, status=status)


def _before(one: MonthlyMeeting) -> list[Any]:
    """Decisions of the last meeting with this agency, to look at first."""
    last = MonthlyMeeting.objects.filter(agency=one.agency_id, period__lt=one.period).order_by("-period")
    found = last.defer("pack").first()
    return list(found.decisions.select_related("owner").order_by("number")) if found is not None else []


def _minutes_form(one: MonthlyMeeting, today: Any) -> MinutesForm:
    return MinutesForm(prefix="minutes", initial={"held_on": one.held_on or today, "text": one.minutes})


def _find(meeting_id: int) -> MonthlyMeeting:
    """Or 404. Whoever may see meetings sees all of them."""
    related = ("agency", "made_by", "minutes_by")
    found = MonthlyMeeting.objects.select_related(*related).filter(pk=min(meeting_id, LARGEST_ID)).first()
    if found is None:
        raise Http404
    return found
