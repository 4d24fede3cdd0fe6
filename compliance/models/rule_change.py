"""What people changed in the shipped packs: a parameter, a verdict, a pack on or off."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class ChangeState(models.TextChoices):
    PROPOSED = "proposed", _("待批准")
    ACTIVE = "active", _("已生效")
    REJECTED = "rejected", _("未批准")
    WITHDRAWN = "withdrawn", _("已撤回")


class RuleChange(models.Model):
    """One change of one rule, or without a `rule` of a whole pack (`switched_on`), wanted from `effective_from` on.

    What `loosens` (looser than what is shipped and than what is in force) waits for a second person; what tightens is active
    at once. `begins_at`: the moment from which it holds, never before the one at which it was made. What is decided is never
    changed or deleted (triggers of migration 0008): another change takes its place.
    """

    pack = models.CharField(_("规则包"), max_length=32)
    rule = models.CharField(_("规则"), max_length=16, blank=True)
    params = models.JSONField(default=dict)
    verdict = models.CharField(_("处理"), max_length=8, blank=True)
    switched_on = models.BooleanField(null=True, blank=True)
    effective_from = models.DateField(_("生效日期"))
    begins_at = models.DateTimeField(null=True, blank=True)
    state = models.CharField(_("状态"), max_length=9, choices=ChangeState, default=ChangeState.PROPOSED)
    loosens = models.BooleanField(_("放宽"))
    reason = models.CharField(_("原因"), max_length=200)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField(_("提出时间"))
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    decision_reason = models.CharField(_("决定的理由"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("规则变更")
        verbose_name_plural = _("规则变更")
        constraints = [
            models.CheckConstraint(
                name="rule_change_of_rule_or_pack",
                condition=Q(rule="", switched_on__isnull=False, verdict="", params={})
                | ~Q(rule="") & Q(switched_on__isnull=True),
            ),
            # Loosening takes two people, whoever writes the row.
            models.CheckConstraint(
                name="rule_change_loosened_by_two",
                condition=~Q(state="active", loosens=True)
                | Q(decided_by__isnull=False, decided_at__isnull=False) & ~Q(decided_by=F("proposed_by")),
            ),
            models.CheckConstraint(
                name="rule_change_decided_by_another",
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("proposed_by")),
            ),
            models.CheckConstraint(
                name="rule_change_active_begins",
                condition=Q(state="active", begins_at__isnull=False) & Q(begins_at__gte=F("proposed_at"))
                | ~Q(state="active") & Q(begins_at__isnull=True),
            ),
            models.UniqueConstraint(
                name="rule_change_one_waits", fields=["pack", "rule"], condition=Q(state="proposed")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rule or self.pack} #{self.pk}"
