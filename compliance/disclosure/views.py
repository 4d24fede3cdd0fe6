"""Who looked at what: the week's list, one person's events, and what was found about an alert."""

from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from cases.models import Case
from cases.names import shown_names
from cases.querysets import CaseQuerySet
from collection_ops.core import clock
from collection_ops.core.access import has, requires
from collection_ops.core.approvals import Waiting, decisions
from collection_ops.core.http import SignedInRequest
from collection_ops.core.models import AuditEvent, User
from collection_ops.core.paging import key_page
from collection_ops.core.services.form_tokens import once
from compliance.disclosure.facts import ACTIONS, events_by_id, midnight
from compliance.disclosure.forms import AlertForm, SignForm, WeekForm
from compliance.disclosure.texts import in_words
from compliance.disclosure.watch import WATCH, DisclosureRefused, decide_alert
from compliance.disclosure.weekly import (
    REVIEW,
    lines_of_week,
    monday_of,
    review_of,
    sign_week,
    waiting_alerts,
    week_url,
)
from compliance.models import DisclosureAlert

TONES = {1: "neutral", 2: "warning", 3: "danger"}


@decisions
def alerts_waiting(user: User) -> Waiting | None:
    """What looked unusual and was not looked into, about others; leads to the week of the oldest."""
    if not has(user, REVIEW):
        return None
    return Waiting(_("查询异常提示"), *waiting_alerts(user))


@requires(WATCH)
@require_GET
def disclosure(request: SignedInRequest) -> HttpResponse:
    return _week_page(request, _week(request))


def _week(request: HttpRequest) -> date:
    """The Monday of the week asked for; else of last week, which is the one that waits."""
    asked = WeekForm(request.GET)
    day = asked.cleaned_data["week"] if asked.is_valid() else None
    return monday_of(day or clock.business_date(clock.now()) - timedelta(days=7))


def _week_page(request: SignedInRequest, week: date, *, refused: str = "", status: int = 200) -> HttpResponse:
    today = clock.business_date(clock.now())
    review = review_of(week)
    lines = lines_of_week(week, request.user)
    may_sign = has(request.user, REVIEW) and today > week + timedelta(days=6)
    context = {
        "week": week,
        "last": week + timedelta(days=6),
        "before": week - timedelta(days=7),
        "after": week + timedelta(days=7) if week + timedelta(days=7) <= today else None,
        "lines": lines,
        "waiting": sum(line.waiting for line in lines),
        "review": review,
        "may_sign": may_sign and (review is None or (not review.is_done and review.reviewed_by_id != request.user.pk)),
        "is_over": today > week + timedelta(days=6),
        "note": request.POST.get("note", "") if refused else "",
        "refused": refused,
    }
    return render(request, "compliance/disclosure/week.html", context, status=status)


@requires(WATCH)
@require_GET
def person(request: SignedInRequest, user_id: int) -> HttpResponse:
    """What one person looked at in a week. One's own is read by others."""
    return _person_page(request, _other(request, user_id), _week(request))


def _other(request: SignedInRequest, user_id: int) -> User:
    found = get_object_or_404(User, pk=user_id)
    if found.pk == request.user.pk:
        raise Http404
    return found


def _person_page(
    request: SignedInRequest, about: User, week: date, *, form: AlertForm | None = None, on: int = 0, status: int = 200
) -> HttpResponse:
    rows = AuditEvent.objects.filter(
        actor=about, action__in=ACTIONS, at__gte=midnight(week), at__lt=midnight(week + timedelta(days=7))
    )
    alerts = list(
        DisclosureAlert.objects.for_user(request.user)
        .filter(user=about, day__gte=week, day__lte=week + timedelta(days=6))
        .select_related("decided_by", "breach_case")
        .order_by("day", "kind")
    )
    only = next((alert for alert in alerts if str(alert.pk) == request.GET.get("alert")), None)
    if only is not None:
        rows = rows.filter(pk__in=only.evidence)
    page = key_page(request, rows)
    context = {
        "person": about,
        "week": week,
        "last": week + timedelta(days=6),
        "alerts": [
            (alert, TONES[alert.severity], form if form is not None and alert.pk == on else None) for alert in alerts
        ],
        "only": only,
        "page": page,
        "lines": _lines(request.user, page.rows, week),
        "may_decide": has(request.user, REVIEW),
    }
    return render(request, "compliance/disclosure/person.html", context, status=status)


def _lines(reader: User, rows: list[AuditEvent], week: date) -> list[dict[str, Any]]:
    """Events with what is known of the moment, and the case that a value was opened from, where the reader may see it."""
    known = events_by_id([row.pk for row in rows], day=week + timedelta(days=6))
    ids = {int(row.object_id) for row in rows if row.object_type == "cases.case" and row.object_id.isdigit()}
    seen: CaseQuerySet = Case.objects.for_user(reader)
    cases = {case.pk: case for case in seen.filter(pk__in=ids).select_related("loan__debtor")}
    names = shown_names(reader, list(cases.values()))
    lines = []
    for row in rows:
        case = cases.get(int(row.object_id)) if row.object_type == "cases.case" and row.object_id.isdigit() else None
        name = names[case.pk] if case else ""
        lines.append({"row": row, "fact": known[row.pk], "words": in_words(row), "case": case, "name": name})
    return lines


@requires(REVIEW)
@require_POST
@once
def alert(request: SignedInRequest, alert_id: int) -> HttpResponse:
    """What somebody found about it."""
    found = get_object_or_404(DisclosureAlert.objects.for_user(request.user).select_related("user"), pk=alert_id)
    form = AlertForm(request.POST, auto_id=False)
    week = monday_of(found.day)
    if not form.is_valid():
        return _person_page(request, found.user, week, form=form, on=found.pk, status=400)
    try:
        decide_alert(
            alert=found, confirmed=form.cleaned_data["found"] == "confirmed", note=form.cleaned_data["note"],
            actor=request.user, now=clock.now(),
        )  # fmt: skip
    except DisclosureRefused as refused:
        form.add_error("note", str(refused))
        return _person_page(request, found.user, week, form=form, on=found.pk, status=409)
    found.refresh_from_db()
    if found.breach_case is None:
        messages.success(request, _("已记录核查结论"))
    else:
        messages.success(request, _("已记录核查结论，违规 %(number)s 已登记") % {"number": found.breach_case.number})
    return redirect(f"{reverse('compliance:disclosure_person', args=[found.user_id])}?week={week.isoformat()}")


@requires(REVIEW)
@require_POST
@once
def sign(request: SignedInRequest) -> HttpResponse:
    """The week's list was read."""
    form = SignForm(request.POST)
    if not form.is_valid():
        return _week_page(request, _week(request), refused=_("请选择一周"), status=400)
    week = form.cleaned_data["week"]
    try:
        sign_week(week=week, note=form.cleaned_data["note"], actor=request.user, now=clock.now())
    except DisclosureRefused as refused:
        return _week_page(request, monday_of(week), refused=str(refused), status=409)
    messages.success(request, _("已签阅"))
    return redirect(week_url(week))
