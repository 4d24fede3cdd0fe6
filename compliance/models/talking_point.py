"""Approved words for a call (话术库)."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from compliance.models.detail import ArrearsReason, Temper


class Topic(models.TextChoices):
    """In the order of a call."""

    OPENING = "opening", _("开场")
    OWED = "owed", _("说明欠款")
    LISTEN = "listen", _("了解与回应")
    CONSEQUENCE = "consequence", _("依法后果")
    OFFER = "offer", _("可选办法")
    CLOSING = "closing", pgettext_lazy("of a talk", "结束")


class PointState(models.TextChoices):
    SUBMITTED = "submitted", _("待审批")
    APPROVED = "approved", _("已批准")
    REJECTED = "rejected", _("未通过")
    RETIRED = "retired", _("已停用")


class TalkingPoint(models.Model):
    """One thing to say. `reason` and `temper` empty: whatever the reason, whatever the temper. `audience`: to whom it may be
    said; to a third person never a word about the debt.

    Never changed once it is approved: whoever wants other words submits another, which `replaces` it when it is approved.
    A person does not approve their own words. `author` empty: shipped with the product.
    """

    topic = models.CharField(_("话题"), max_length=12, choices=Topic)
    audience = models.CharField(
        _("对象"), max_length=8, choices=[("debtor", _("本人")), ("third", _("第三人"))], default="debtor"
    )
    reason = models.CharField(_("欠款原因"), max_length=12, choices=ArrearsReason, blank=True)
    temper = models.CharField(_("通话情绪"), max_length=7, choices=Temper, blank=True)
    text = models.CharField(_("话术"), max_length=300)
    text_en = models.CharField(_("英文"), max_length=500, blank=True)
    key = models.SlugField(max_length=32, blank=True)
    state = models.CharField(_("状态"), max_length=9, choices=PointState, default=PointState.SUBMITTED)
    replaces = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="replaced_by", verbose_name=_("替换")
    )
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    written_at = models.DateTimeField(_("提交时间"))
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(_("审批时间"), null=True, blank=True)
    decision_note = models.CharField(_("审批意见"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("话术")
        verbose_name_plural = _("话术")
        constraints = [
            models.CheckConstraint(
                condition=Q(author__isnull=True) | Q(decided_by__isnull=True) | ~Q(author=F("decided_by")),
                name="talking_point_two_people",
            ),
            models.UniqueConstraint(fields=["key"], name="talking_point_key_once", condition=~Q(key="")),
        ]
        indexes = [models.Index(fields=["state", "-id"], name="talking_point_state_idx")]

    def __str__(self) -> str:
        return f"#{self.pk} {self.get_topic_display()}"
