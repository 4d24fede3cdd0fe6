"""Decisions of compliance that wait for a person, on the page of their tasks."""

from django.urls import reverse
from django.utils.translation import gettext as _

from collection_ops.core.access import has
from collection_ops.core.approvals import Waiting, decisions
from collection_ops.core.models import User
from compliance.breaching.register import CLOSE
from compliance.incidents.register import WRITE
from compliance.models import (
    BreachCase,
    BreachCaseState,
    IncidentReport,
    MessageTemplate,
    PointState,
    ReportState,
    RuleChange,
    TalkingPoint,
)


@decisions
def talking_points(user: User) -> Waiting | None:
    """Words that somebody else has submitted."""
    if not has(user, "talking_points.approve"):
        return None
    waiting = TalkingPoint.objects.filter(state=PointState.SUBMITTED).exclude(author=user)
    return Waiting(_("待审批话术"), waiting.count(), f"{reverse('compliance:talking_points')}?state=submitted")


@decisions
def rule_changes(user: User) -> Waiting | None:
    """Rules that somebody else wants loosened."""
    if not has(user, "rules.approve"):
        return None
    waiting = RuleChange.objects.filter(state="proposed").exclude(proposed_by=user)
    return Waiting(_("放宽合规规则"), waiting.count(), reverse("compliance:rules"))


@decisions
def message_templates(user: User) -> Waiting | None:
    """Texts of messages that somebody else has written."""
    if not has(user, "templates.approve"):
        return None
    waiting = MessageTemplate.objects.filter(state="pending").exclude(author=user)
    return Waiting(_("消息模板"), waiting.count(), reverse("compliance:templates"))


@decisions
def breaches_to_review(user: User) -> Waiting | None:
    """Breaches that somebody else says are put right."""
    if not has(user, CLOSE):
        return None
    waiting = BreachCase.objects.for_user(user).filter(state=BreachCaseState.REMEDIED).exclude(owner=user)
    return Waiting(_("违规整改复核"), waiting.count(), f"{reverse('compliance:breaches')}?state=remedied")


@decisions
def incident_reports(user: User) -> Waiting | None:
    """Reports of major incidents that somebody else has drafted."""
    if not has(user, WRITE):
        return None
    waiting = IncidentReport.objects.filter(state=ReportState.DRAFT).exclude(author=user)
    return Waiting(_("重大事项报告审定"), waiting.count(), reverse("compliance:incidents"))
