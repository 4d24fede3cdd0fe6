"""Weekly plan and review: the team by week, and one person's week."""

from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.db.models import Count, Q
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from agents.models import WeekReview, WeekState
from agents.reviews.gaps import from_json, worst
from agents.reviews.lines import gap_rows, said
from agents.reviews.weeks import (
    MOST_ACTIONS,
    Agreed,
    ReviewRefused,
    acknowledge,
    address,
    check_actions,
    hold_review,
    save_plan,
    shown_lines,
)
from agents.scope import people_for, with_team_names
from agents.targets.spread import monday_of
from collection_ops.core import clock
from collection_ops.core.access import has, requires
from collection_ops.core.http import SignedInRequest
from collection_ops.core.models import User
from collection_ops.core.paging import key_page
from collection_ops.core.services.form_tokens import once

VIEW, LEAD = "reviews.view", "reviews.lead"
TONES = {WeekState.DRAFT: "neutral", WeekState.HELD: "warning", WeekState.ACKNOWLEDGED: "success"}
WEEKS_OFFERED = 8
EARLIEST = date(2000, 1, 3)


@requires(VIEW)
@require_GET
def weeks(request: SignedInRequest) -> HttpResponse:
    """Who has a plan, whose talk was held, what lags most; `?show=missing`: who has no review yet."""
    this_week = monday_of(clock.business_date(clock.now()))
    monday = _monday(request.GET.get("week", "")) or this_week - timedelta(days=7)
    people = people_for(request.user, VIEW)
    missing = request.GET.get("show") == "missing"
    held = WeekReview.objects.filter(week=monday).exclude(state=WeekState.DRAFT)
    total = people.count()
    done = people.filter(pk__in=held.values("user")).count()
    if missing:
        people = people.exclude(pk__in=held.values("user"))
    page = key_page(request, with_team_names(people))
    reviews = {
        review.user_id: review
        for review in WeekReview.objects.filter(week=monday, user__in=page.rows).annotate(
            agreed=Count("actions"), checked=Count("actions", filter=Q(actions__done__isnull=False))
        )
    }
    rows = [_row(person, reviews.get(person.pk)) for person in page.rows]
    context = {
        "rows": rows,
        "monday": monday,
        "sunday": monday + timedelta(days=6),
        "previous_week": monday - timedelta(days=7),
        "next_week": monday + timedelta(days=7) if monday <= this_week else None,
        "missing": missing,
        "total": total,
        "done": done,
        "previous_url": page.previous_url,
        "next_url": page.next_url,
    }
    return render(request, "agents/reviews/weeks.html", context)


@requires(VIEW)
@require_GET
def week(request: SignedInRequest, user_id: int, week: str) -> HttpResponse:
    person, monday = _person(request, user_id, VIEW), _week(week)
    return _page(request, person, monday)


@requires(VIEW)
@require_POST
@once
def plan(request: SignedInRequest, user_id: int, week: str) -> HttpResponse:
    person, monday = _person(request, user_id, VIEW), _week(week)
    typed = request.POST.get("plan", "").replace("\x00", "")
    try:
        save_plan(
            user=person, monday=monday, plan=typed, based_on=_number(request, "based_on"), actor=request.user,
            now=clock.database_now(),
        )  # fmt: skip
    except ReviewRefused as refused:
        return _page(request, person, monday, refused=refused, typed={"plan": typed}, status=409)
    messages.success(request, _("周计划已保存"))
    return redirect(address(person.pk, monday))


@requires(LEAD)
@require_POST
@once
def hold(request: SignedInRequest, user_id: int, week: str) -> HttpResponse:
    person, monday = _person(request, user_id, LEAD), _week(week)
    typed = _typed_talk(request)
    actions = [
        Agreed(line["what"], request.user if line["who"] == "leader" else person, _day(line["due_on"]), line["measure"])
        for line in typed["actions"]
        if any(line[name].strip() for name in ("what", "due_on", "measure"))
    ]
    try:
        hold_review(
            user=person, monday=monday, notes=typed["notes"], actions=actions, based_on=_number(request, "based_on"),
            actor=request.user, now=clock.database_now(),
        )  # fmt: skip
    except ReviewRefused as refused:
        return _page(request, person, monday, refused=refused, typed=typed, status=409)
    messages.success(request, _("复盘已保存，等本人确认"))
    return redirect(address(person.pk, monday))


@requires(VIEW)
@require_POST
@once
def confirm(request: SignedInRequest, user_id: int, week: str) -> HttpResponse:
    person, monday = _person(request, user_id, VIEW), _week(week)
    answer = request.POST.get("answer", "").replace("\x00", "")
    try:
        acknowledge(review=_review(person, monday), answer=answer, actor=request.user, now=clock.database_now())
    except ReviewRefused as refused:
        return _page(request, person, monday, refused=refused, typed={"answer": answer}, status=409)
    messages.success(request, _("已确认"))
    return redirect(address(person.pk, monday))


@requires(LEAD)
@require_POST
@once
def check(request: SignedInRequest, user_id: int, week: str) -> HttpResponse:
    """The week after: what was done, and what it brought."""
    person, monday = _person(request, user_id, LEAD), _week(week)
    review = _review(person, monday)
    results, typed = {}, {}
    for action in review.actions.all():
        done = request.POST.get(f"done-{action.pk}", "")
        outcome = request.POST.get(f"outcome-{action.pk}", "").replace("\x00", "")
        typed[action.pk] = (done, outcome)
        if done in ("yes", "no"):
            results[action.pk] = (done == "yes", outcome)
    try:
        check_actions(review=review, results=results, actor=request.user, now=clock.database_now())
    except ReviewRefused as refused:
        return _page(request, person, monday, refused=refused, typed={"checks": typed}, status=409)
    messages.success(request, _("核对结果已保存"))
    return redirect(address(person.pk, monday))


def _page(
    request: SignedInRequest,
    person: User,
    monday: date,
    *,
    refused: ReviewRefused | None = None,
    typed: dict[str, Any] | None = None,
    status: int = 200,
) -> HttpResponse:
    user, now, typed = request.user, clock.now(), typed or {}
    review = WeekReview.objects.filter(user=person, week=monday).select_related("held_by").first()
    actions = list(review.actions.select_related("who", "checked_by").order_by("pk")) if review else []
    lines = shown_lines(review, user=person, monday=monday, now=now)
    state = review.state if review else ""
    is_own, leads = user.pk == person.pk, _leads(user, person)
    today = clock.business_date(now)
    blank = {"what": "", "who": "person", "due_on": (today + timedelta(days=7)).isoformat(), "measure": ""}
    drafts = typed.get("actions") or [
        {
            "what": one.what, "who": "person" if one.who_id == person.pk else "leader", "due_on": one.due_on.isoformat(),
            "measure": one.measure,
        }
        for one in actions
    ]  # fmt: skip
    checks = typed.get("checks", {})
    before = (
        WeekReview.objects.filter(user=person, week__lt=monday).prefetch_related("actions").order_by("-week").first()
    )
    context = {
        "person": person,
        "monday": monday,
        "sunday": monday + timedelta(days=6),
        "previous_week": monday - timedelta(days=7),
        "next_week": monday + timedelta(days=7) if monday <= today else None,
        "review": review,
        "tone": TONES.get(WeekState(state), "neutral") if state else "neutral",
        "gaps": gap_rows(lines),
        "worst": said(worst(lines)),
        "frozen": bool(review and review.state != WeekState.DRAFT),
        "actions": [(one, *checks.get(one.pk, ("", ""))) for one in actions],
        "before": before,
        "may_plan": is_own and state in ("", WeekState.DRAFT),
        "may_hold": leads and state in ("", WeekState.DRAFT, WeekState.HELD) and monday <= today,
        "may_confirm": is_own and state == WeekState.HELD,
        "may_check": leads and state == WeekState.ACKNOWLEDGED and any(one.done is None for one in actions),
        "based_on": review.version if review else 0,
        "plan": typed.get("plan", review.plan if review else ""),
        "notes": typed.get("notes", review.notes if review else ""),
        "answer": typed.get("answer", ""),
        "drafts": [*drafts, *[blank] * max(min(3, MOST_ACTIONS) - len(drafts), 0)],
        "refused": refused,
    }
    return render(request, "agents/reviews/week.html", context, status=status)


def _row(person: User, review: WeekReview | None) -> dict[str, Any]:
    lines = from_json(review.figures) if review else []
    return {
        "person": person,
        "review": review,
        "tone": TONES[WeekState(review.state)] if review else "neutral",
        "worst": said(worst(lines)),
    }


def _leads(user: User, person: User) -> bool:
    return has(user, LEAD) and user.pk != person.pk and people_for(user, LEAD).filter(pk=person.pk).exists()


def _person(request: SignedInRequest, user_id: int, capability: str) -> User:
    """Somebody in scope; anybody else does not exist."""
    found = people_for(request.user, capability).filter(pk=user_id).first() if user_id < 2**63 else None
    if found is None:
        raise Http404
    return found


def _review(person: User, monday: date) -> WeekReview:
    review = WeekReview.objects.filter(user=person, week=monday).first()
    if review is None:
        raise Http404
    return review


def _week(text: str) -> date:
    monday = _monday(text)
    if monday is None:
        raise Http404
    return monday


def _monday(text: str) -> date | None:
    day = _day(text)
    return day if day is not None and day.weekday() == 0 and EARLIEST <= day < date(2100, 1, 1) else None


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        return None


def _number(request: SignedInRequest, name: str) -> int:
    text = request.POST.get(name, "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else -1


def _typed_talk(request: SignedInRequest) -> dict[str, Any]:
    names = ("what", "who", "due_on", "measure")
    columns = {name: [text.replace("\x00", "") for text in request.POST.getlist(name)][:MOST_ACTIONS] for name in names}
    number = max(len(texts) for texts in columns.values())
    actions = [{name: columns[name][at] if at < len(columns[name]) else "" for name in names} for at in range(number)]
    return {"notes": request.POST.get("notes", "").replace("\x00", ""), "actions": actions}
