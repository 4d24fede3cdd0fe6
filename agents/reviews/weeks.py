"""A week's plan and review: planned by the person, held by the leader, acknowledged, and the actions looked at later."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from agents.models import Collector, ReviewAction, WeekReview, WeekState
from agents.reviews.gaps import Line, from_json, lines_of, tenure_of
from agents.reviews.segments import week_counts
from agents.targets.spread import monday_of
from collection_ops.core import clock
from collection_ops.core.access import Role
from collection_ops.core.models import User
from collection_ops.core.services import audit
from collection_ops.core.services.notifications import notify

MOST_ACTIONS = 5
LONGEST_TEXT = 2000


class ReviewRefused(Exception):
    """It cannot be done so; the sentence says why, `field` where it stands in the form."""

    def __init__(self, sentence: str, field: str = "") -> None:
        super().__init__(sentence)
        self.field = field


@dataclass(frozen=True)
class Agreed:
    """An action as it was agreed."""

    what: str
    who: User
    due_on: date | None
    measure: str


def week_lines(*, users: Sequence[User], monday: date, now: datetime) -> dict[int, list[Line]]:
    """The figures of the week for each of `users`, as they are now. Two queries, however many people."""
    counts = week_counts(monday=monday, now=now)
    tenures, collectors = {}, set()
    rows = User.objects.filter(role_grants__role=Role.COLLECTOR).values_list("pk", "collector__joined_on")
    for pk, joined_on in rows:
        collectors.add(pk)
        tenures[pk] = tenure_of(joined_on, monday)
    return {user.pk: lines_of(user.pk, counts, tenures, collectors) for user in users}


def shown_lines(review: WeekReview | None, *, user: User, monday: date, now: datetime) -> list[Line]:
    """Frozen once the talk was held; before that as they are now."""
    if review is not None and review.state != WeekState.DRAFT:
        return from_json(review.figures)
    return week_lines(users=[user], monday=monday, now=now)[user.pk]


def save_plan(*, user: User, monday: date, plan: str, based_on: int, actor: User, now: datetime) -> WeekReview:
    """The person's own plan for a week. `based_on`: the version looked at, 0 for none. Raises ReviewRefused: empty, too
    long, somebody else's, a week too far ahead, held already, or saved elsewhere meanwhile."""
    if actor.pk != user.pk:
        raise ReviewRefused(_("周计划由本人填写"))
    text = _text(plan, _("请写明本周计划"), "plan")
    if monday > monday_of(clock.business_date(now)) + timedelta(days=7):
        raise ReviewRefused(_("最多提前一周写计划"))
    with transaction.atomic():
        review = _draft(user, monday, based_on)
        review.plan, review.planned_at = text, now
        review.save()
        audit.record(action="review.planned", actor=actor, obj=review, data={"week": monday.isoformat()})
    return review


def hold_review(
    *, user: User, monday: date, notes: str, actions: Sequence[Agreed], based_on: int, actor: User, now: datetime
) -> WeekReview:
    """The leader's talk: the figures are frozen, notes and agreed actions are kept. Held again before it is acknowledged,
    it is changed, with the figures as they were at the first time. Raises ReviewRefused: one's own, no notes, an action
    without measure or day, a week to come, acknowledged already, or saved elsewhere meanwhile."""
    if actor.pk == user.pk:
        raise ReviewRefused(_("不能给自己做复盘，请由组长或主管主持"))
    today = clock.business_date(now)
    if monday > today:
        raise ReviewRefused(_("这一周还没有开始"))
    text = _text(notes, _("请写明复盘记录"), "notes")
    if not actions:
        raise ReviewRefused(_("请至少约定一件事：做什么、谁、何时、以什么衡量"), "actions")
    if len(actions) > MOST_ACTIONS:
        raise ReviewRefused(_("最多约定 %(most)d 件事") % {"most": MOST_ACTIONS}, "actions")
    for number, action in enumerate(actions, 1):
        _check_action(number, action, user=user, actor=actor, today=today)
    with transaction.atomic():
        review = _draft(user, monday, based_on, or_held=True)
        if review.state == WeekState.DRAFT:
            lines = week_lines(users=[user], monday=monday, now=now)[user.pk]
            review.figures = {"as_of": now.isoformat(), "lines": [line.to_json() for line in lines]}
        review.state, review.notes, review.held_by, review.held_at = WeekState.HELD, text, actor, now
        review.save()
        review.actions.all().delete()
        ReviewAction.objects.bulk_create(
            ReviewAction(
                review=review, what=one.what.strip()[:200], who=one.who, due_on=one.due_on or monday,
                measure=one.measure.strip()[:100],
            )
            for one in actions
        )  # fmt: skip
        audit.record(
            action="review.held", actor=actor, obj=review,
            data={"user": user.pk, "week": monday.isoformat(), "actions": len(actions)},
        )  # fmt: skip
        notify(users=[user], kind="review.held", params={"week": monday.isoformat()}, url=address(user.pk, monday))
    return review


def acknowledge(*, review: WeekReview, answer: str, actor: User, now: datetime) -> WeekReview:
    """The person has read it and may say what they think. Raises ReviewRefused: not one's own, not held, or done."""
    with transaction.atomic():
        locked = _locked(review)
        if actor.pk != locked.user_id:
            raise ReviewRefused(_("须由本人确认"))
        if locked.state != WeekState.HELD:
            raise ReviewRefused(_("现在是“%(state)s”，不能确认") % {"state": locked.get_state_display()})
        locked.state, locked.answer, locked.acknowledged_at = WeekState.ACKNOWLEDGED, answer.strip()[:400], now
        locked.version += 1
        locked.save()
        audit.record(action="review.acknowledged", actor=actor, obj=locked, data={"week": locked.week.isoformat()})
    return locked


def check_actions(
    *, review: WeekReview, results: Mapping[int, tuple[bool, str]], actor: User, now: datetime
) -> WeekReview:
    """What came of the actions: by id whether it was done, and what it brought. Each is judged once. Raises ReviewRefused:
    by the person, not acknowledged yet, not of this review, judged before, or without words."""
    with transaction.atomic():
        locked = _locked(review)
        if actor.pk == locked.user_id:
            raise ReviewRefused(_("约定的事由组长或主管核对"))
        if locked.state != WeekState.ACKNOWLEDGED:
            raise ReviewRefused(_("本人确认之后才能核对约定的事"))
        if not results:
            raise ReviewRefused(_("请至少核对一件事"))
        waiting = {one.pk: one for one in locked.actions.filter(done__isnull=True)}
        for pk, (done, outcome) in results.items():
            action = waiting.get(pk)
            if action is None:
                raise ReviewRefused(_("这件事已核对过"))
            if not outcome.strip():
                raise ReviewRefused(_("请写明“%(what)s”的结果") % {"what": action.what}, f"outcome-{pk}")
            action.done, action.outcome = done, outcome.strip()[:200]
            action.checked_by, action.checked_at = actor, now
        checked = [waiting[pk] for pk in results]
        ReviewAction.objects.bulk_update(checked, ["done", "outcome", "checked_by", "checked_at"])
        audit.record(
            action="review.checked", actor=actor, obj=locked,
            data={"user": locked.user_id, "done": sum(bool(one.done) for one in checked), "of": len(checked)},
        )  # fmt: skip
    return locked


def address(user_id: int, monday: date) -> str:
    return reverse("reviews:week", args=[user_id, monday.isoformat()])


def _draft(user: User, monday: date, based_on: int, *, or_held: bool = False) -> WeekReview:
    """The review to write on, locked; made if there is none. Whoever looked at an older version is told."""
    if not Collector.objects.filter(pk=user.pk).exists() and Role.COLLECTOR not in user.roles:
        raise ReviewRefused(_("只有催收员有周复盘"))
    WeekReview.objects.bulk_create([WeekReview(user=user, week=monday, version=0)], ignore_conflicts=True)
    review = WeekReview.objects.select_for_update().get(user=user, week=monday)
    if review.state == WeekState.ACKNOWLEDGED:
        raise ReviewRefused(_("本人已确认，不能再修改"))
    if review.state == WeekState.HELD and not or_held:
        raise ReviewRefused(_("复盘已进行，不能再改计划"))
    if review.version != based_on:
        raise ReviewRefused(_("页面打开之后有人保存过，请核对最新内容后重新提交"))
    review.version += 1
    return review


def _locked(review: WeekReview) -> WeekReview:
    return WeekReview.objects.select_for_update(of=("self",)).select_related("user").get(pk=review.pk)


def _text(typed: str, empty: str, field: str) -> str:
    text = typed.strip()
    if not text:
        raise ReviewRefused(empty, field)
    if len(text) > LONGEST_TEXT:
        raise ReviewRefused(_("最多 %(most)d 字") % {"most": LONGEST_TEXT}, field)
    return text


def _check_action(number: int, action: Agreed, *, user: User, actor: User, today: date) -> None:
    said: dict[str, Any] = {"number": number}
    if not action.what.strip() or not action.measure.strip():
        raise ReviewRefused(_("第 %(number)d 件事请写明做什么、以什么衡量") % said, "actions")
    if action.due_on is None:
        raise ReviewRefused(_("第 %(number)d 件事请填写日期") % said, "actions")
    if not today <= action.due_on <= today + timedelta(days=31):
        raise ReviewRefused(_("第 %(number)d 件事的日期须在今天起 31 天之内") % said, "actions")
    if action.who.pk not in (user.pk, actor.pk):
        raise ReviewRefused(_("第 %(number)d 件事须由本人或主持人负责") % said, "actions")
