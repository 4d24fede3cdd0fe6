"""Everything that was stopped at once because of a complaint (openings.md 19), as one document."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from compliance.models.attempt import Channel


class FreezeKind(models.TextChoices):
    PERSON = "person", _("人员停催")
    AGENCY = "agency", _("机构停催")
    CHANNEL = "channel", _("渠道停催")
    MESSAGE = "message", _("取消待发消息")


class Freeze(models.Model):
    """What was stopped together for one debtor. It is released together, and only by somebody who confirms every line."""

    complaint = models.ForeignKey(
        "compliance.Complaint", on_delete=models.PROTECT, related_name="freezes", db_index=False, verbose_name=_("投诉")
    )
    reason = models.CharField(_("原因"), max_length=200)
    frozen_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False, verbose_name=_("冻结人")
    )
    frozen_at = models.DateTimeField(_("冻结时间"))
    released_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    released_at = models.DateTimeField(_("解除时间"), null=True, blank=True)
    release_reason = models.CharField(_("解除原因"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("一键冻结")
        verbose_name_plural = _("一键冻结")
        constraints = [
            models.UniqueConstraint(
                fields=["complaint"], name="freeze_one_in_force", condition=Q(released_at__isnull=True)
            ),
            models.CheckConstraint(
                name="freeze_released_with_reason",
                condition=Q(released_at__isnull=True, released_by__isnull=True, release_reason="")
                | Q(released_at__isnull=False, released_by__isnull=False) & ~Q(release_reason=""),
            ),
        ]
        indexes = [models.Index(fields=["complaint"], name="freeze_complaint_idx")]

    def __str__(self) -> str:
        return f"#{self.pk}"


class FreezeLine(models.Model):
    """One thing that was stopped: a hold against a person, an agency or a channel (one that was in force before, too), or a
    message that was taken out of the queue and does not come back."""

    freeze = models.ForeignKey(Freeze, on_delete=models.PROTECT, related_name="lines", verbose_name=_("冻结"))
    kind = models.CharField(_("类型"), max_length=8, choices=FreezeKind)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    org = models.CharField(_("机构"), max_length=32, blank=True)
    channel = models.CharField(_("渠道"), max_length=8, choices=Channel, blank=True)
    hold = models.ForeignKey("cases.Hold", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    message = models.ForeignKey(
        "compliance.QueuedMessage", null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )

    class Meta:
        verbose_name = _("冻结明细")
        verbose_name_plural = _("冻结明细")
        constraints = [
            models.CheckConstraint(
                name="freeze_line_names_one",
                condition=Q(kind="person", user__isnull=False, org="", channel="", hold__isnull=False)
                | Q(kind="agency", user__isnull=True, channel="", hold__isnull=False) & ~Q(org="")
                | Q(kind="channel", user__isnull=True, org="", hold__isnull=False) & ~Q(channel="")
                | Q(kind="message", user__isnull=True, org="", channel="", message__isnull=False, hold__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.freeze_id} {self.kind}"
