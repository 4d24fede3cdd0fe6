"""The demo's reviews: two weeks of talks, a month's appraisals at different steps, and the rewards of that month."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from random import Random

from agents.models import RewardProposal
from agents.reviews.appraisals import open_month, say_leader, say_self
from agents.reviews.reward_rules import SUGGESTED, rules_in_force, save_rules
from agents.reviews.rewards import RewardRefused, decide_reward, propose_month
from agents.reviews.weeks import Agreed, acknowledge, check_actions, hold_review, save_plan
from agents.targets.spread import monday_of
from cases.demo.play import Staff, staff_day
from collection_ops.core.access import Role
from collection_ops.core.clock import month_before
from collection_ops.core.models import User
from compliance.demo_parts import at

ON = 1
"""The last whole day of the story."""


@staff_day
def review(*, day: date, days_left: int, staff: Staff, random: Random) -> None:
    """On the story's last whole day everything is put in order at five in the afternoon."""
    leader, manager = _one(Role.TEAM_LEADER), _one(Role.MANAGER)
    if days_left != ON or leader is None or manager is None or not staff.collectors:
        return
    now = at(day, time(17))
    _weeks(day, list(staff.collectors), leader, now)
    _month(month_before(day.replace(day=1)), list(staff.collectors), leader, now)
    _rewards(month_before(day.replace(day=1)), list(staff.collectors), leader, manager, staff.supervisor, now)


def _one(role: Role) -> User | None:
    return User.objects.filter(is_active=True, role_grants__role=role).order_by("pk").first()


def _weeks(day: date, collectors: list[User], leader: User, now: datetime) -> None:
    first, last = monday_of(day) - timedelta(days=14), monday_of(day) - timedelta(days=7)
    for number, user in enumerate(collectors[:2]):
        save_plan(
            user=user, monday=last, plan="先跟进失约与约定回拨，再打 M1 未触达的案件", based_on=0, actor=user, now=now
        )
        if number:
            continue
        actions = [Agreed("每天上午先完成约定回拨", user, day + timedelta(days=7), "按时跟进 90%")]
        before = hold_review(
            user=user, monday=first, notes="触达不错，回拨常晚", actions=actions, based_on=0, actor=leader, now=now
        )
        acknowledge(review=before, answer="同意", actor=user, now=now)
        results = {action.pk: (True, "按时跟进升到 92%") for action in before.actions.all()}
        check_actions(review=before, results=results, actor=leader, now=now)
        actions = [
            Agreed("失约次日联系", user, day + timedelta(days=7), "失约跟进 100%"),
            Agreed("陪听两通", leader, day + timedelta(days=5), "两份陪听记录"),
        ]
        hold_review(
            user=user,
            monday=last,
            notes="承诺多而兑现少：金额谈得过满",
            actions=actions,
            based_on=1,
            actor=leader,
            now=now,
        )


def _month(month: date, collectors: list[User], leader: User, now: datetime) -> None:
    for number, row in enumerate(open_month(month=month, users=collectors, actor=leader, now=now)):
        say_self(appraisal=row, view="回拨及时；下月少许大额承诺", actor=row.user, now=now)
        if number == 0:
            say_leader(appraisal=row, view="带了新人，记录完整", adjustment=Decimal(2), actor=leader, now=now)


def _rewards(month: date, collectors: list[User], leader: User, manager: User, supervisor: User, now: datetime) -> None:
    if rules_in_force() is None:
        # The story begins after the people were trained, in the middle of their time.
        typed = [{**line, "cert_days": ""} for line in SUGGESTED]
        save_rules(typed=typed, reason="首版：投诉与违规先于金额", based_on=0, actor=manager, now=now)
    try:
        propose_month(month=month, users=collectors, actor=leader, now=now)
    except RewardRefused:
        return  # a month in which nobody reached a threshold
    for proposal in RewardProposal.objects.filter(month=month, state="proposed").order_by("pk")[:1]:
        decide_reward(proposal=proposal, approve=True, actor=supervisor, now=now)
