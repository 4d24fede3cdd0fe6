"""Contacts that happened and should not have."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from compliance.models.attempt import ContactAttempt


class BreachState(models.TextChoices):
    OPEN = "open", _("待处理")
    WITHDRAWN = "withdrawn", _("已撤销")


class Breach(models.Model):
    """A contact against one rule, as far as is known now. When a fact is corrected the breach is withdrawn, or open again;
    it is never deleted."""

    attempt = models.ForeignKey(
        ContactAttempt, on_delete=models.PROTECT, related_name="breaches", verbose_name=_("催记")
    )
    pack = models.CharField(max_length=32)
    rule = models.CharField(_("规则"), max_length=16)
    observed = models.CharField(_("实际"), max_length=64, blank=True)
    limit = models.CharField(_("上限"), max_length=64, blank=True)
    state = models.CharField(_("状态"), max_length=9, choices=BreachState, default=BreachState.OPEN)
    found_at = models.DateTimeField(_("发现时间"), db_default=Now())
    changed_at = models.DateTimeField(_("变更时间"), db_default=Now())

    class Meta:
        verbose_name = _("违规联系")
        verbose_name_plural = _("违规联系")
        constraints = [models.UniqueConstraint(fields=["attempt", "pack", "rule"], name="breach_once")]
        indexes = [
            models.Index(fields=["-found_at"], name="breach_open_idx", condition=models.Q(state="open")),
        ]

    def __str__(self) -> str:
        return f"{self.rule} #{self.attempt_id}"
