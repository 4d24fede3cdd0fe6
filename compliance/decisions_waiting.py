"""What waits for compliance: rules to be loosened, texts to be approved. Registered with the page of a person's tasks."""

from django.urls import reverse
from django.utils.translation import gettext as _

from collection_ops.core.access import has
from collection_ops.core.approvals import Waiting, decisions
from collection_ops.core.models import User
from compliance.models import MessageTemplate, RuleChange


@decisions
def rule_changes(user: User) -> Waiting | None:
    if not has(user, "rules.approve"):
        return None
    count = RuleChange.objects.filter(state="proposed").exclude(proposed_by=user).count()
    return Waiting(_("放宽合规规则"), count, reverse("compliance:rules"))


@decisions
def message_templates(user: User) -> Waiting | None:
    if not has(user, "templates.approve"):
        return None
    count = MessageTemplate.objects.filter(state="pending").exclude(author=user).count()
    return Waiting(_("消息模板"), count, reverse("compliance:templates"))
