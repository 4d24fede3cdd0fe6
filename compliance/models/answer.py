"""What a complaint is answered with, and what was asked afterwards: the reply letter, the follow-up check."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from collection_ops.core.fields import EncryptedTextField


class SentBy(models.TextChoices):
    POST = "post", _("邮寄")
    EMAIL = "email", _("电子邮件")
    SMS = "sms", _("短信")
    HANDED = "handed", _("当面交付")
    PHONE = "phone", _("电话宣读")


class ReplyLetter(models.Model):
    """One answer of one round of a complaint, in the words that left the house. A draft (`sent_on` empty, one a round) may
    be written anew; what was sent never changes (trigger of migration 0023). `template`: the version it began from."""

    complaint = models.ForeignKey(
        "compliance.Complaint", on_delete=models.PROTECT, related_name="letters", db_index=False, verbose_name=_("投诉")
    )
    round = models.PositiveSmallIntegerField(_("办理轮次"))
    template = models.ForeignKey(
        "compliance.MessageTemplate",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        verbose_name=_("模板"),
    )
    text = EncryptedTextField(_("正文"))
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False, verbose_name=_("起草人")
    )
    written_at = models.DateTimeField(_("起草时间"))
    sent_on = models.DateField(_("送达日期"), null=True, blank=True)
    how = models.CharField(_("送达方式"), max_length=6, choices=SentBy, blank=True)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )

    class Meta:
        verbose_name = _("投诉答复函")
        verbose_name_plural = _("投诉答复函")
        constraints = [
            models.UniqueConstraint(
                fields=["complaint", "round"], name="reply_letter_one_draft", condition=Q(sent_on__isnull=True)
            ),
            models.CheckConstraint(
                name="reply_letter_sent_how",
                condition=Q(sent_on__isnull=True, how="", recorded_by__isnull=True)
                | Q(sent_on__isnull=False, recorded_by__isnull=False) & ~Q(how=""),
            ),
        ]
        indexes = [models.Index(fields=["complaint", "round"], name="reply_letter_round_idx")]

    def __str__(self) -> str:
        return f"#{self.pk}"


class Content(models.TextChoices):
    CONTENT = "content", _("满意")
    NOT_CONTENT = "not", _("不满意")
    NOT_REACHED = "unreached", _("未联系上")


class FollowUp(models.Model):
    """After a closing that found the complaint (partly) true: was the remedy done, is the person content? One a round; it
    is due while its round is the complaint's last and the complaint is closed."""

    complaint = models.ForeignKey(
        "compliance.Complaint", on_delete=models.PROTECT, related_name="follow_ups", db_index=False
    )
    round = models.PositiveSmallIntegerField(_("办理轮次"))
    due_on = models.DateField(_("回访期限"))
    remedied = models.BooleanField(_("补救措施已落实"), null=True, blank=True)
    content = models.CharField(_("投诉人是否满意"), max_length=9, choices=Content, blank=True)
    note = EncryptedTextField(_("回访情况"), blank=True)
    done_at = models.DateTimeField(_("回访时间"), null=True, blank=True)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )

    class Meta:
        verbose_name = _("投诉回访")
        verbose_name_plural = _("投诉回访")
        constraints = [
            models.UniqueConstraint(fields=["complaint", "round"], name="follow_up_once"),
            models.CheckConstraint(
                name="follow_up_done_with_answers",
                condition=Q(done_at__isnull=True, content="", remedied__isnull=True)
                | Q(done_at__isnull=False, remedied__isnull=False) & ~Q(content=""),
            ),
        ]
        indexes = [models.Index(fields=["due_on"], name="follow_up_due_idx", condition=Q(done_at__isnull=True))]

    def __str__(self) -> str:
        return f"{self.complaint_id}/{self.round}"
