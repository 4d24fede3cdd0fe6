"""Regular reports as they were made, and who is sent them."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from collection_ops.core.models import Job
from reports.regular.paper import digest
from reports.regular.periods import Period

USER = settings.AUTH_USER_MODEL


class ReportKind(models.TextChoices):
    DAILY = "daily", _("日报")
    WEEKLY = "weekly", _("周报")
    MONTHLY = "monthly", _("月报")


class ReportRun(models.Model):
    """One paper, kept as it was made: a trigger refuses any change and deletion. `content` is the document of
    reports/regular/paper.py, `digest` the SHA-256 of its canonical text. A later moment of knowledge is another run; the
    newest one of a period is the one in force."""

    kind = models.CharField(_("种类"), max_length=16, choices=ReportKind)
    first = models.DateField(_("起始日"))
    last = models.DateField(_("截止日"))
    scope = models.CharField(_("范围"), max_length=32, blank=True, help_text=_("空为全公司"))
    known_by = models.DateTimeField(_("已知截至"), help_text=_("此后才知道的事实不计入"))
    as_of = models.DateField(_("数据日期"), null=True, blank=True)
    definitions = models.JSONField(_("口径版本"), default=dict)
    content = models.JSONField(_("内容"))
    digest = models.CharField(_("摘要值"), max_length=64)
    made_at = models.DateTimeField(_("生成时间"))
    made_by = models.ForeignKey(
        USER,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        verbose_name=_("生成人"),
    )
    # Finished jobs are cleared away; that alone may change here.
    job = models.ForeignKey(Job, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        verbose_name = _("定期报表")
        verbose_name_plural = _("定期报表")
        constraints = [
            models.UniqueConstraint(fields=["kind", "first", "last", "scope", "known_by"], name="report_run_once"),
            models.CheckConstraint(condition=Q(last__gte=F("first")), name="report_run_days_in_order"),
        ]
        indexes = [models.Index(fields=["kind", "-first", "-known_by"], name="report_run_list_idx")]

    def __str__(self) -> str:
        return f"{self.kind} {self.first} {self.last}"

    @property
    def period(self) -> Period:
        return Period(self.first, self.last)

    @property
    def is_whole(self) -> bool:
        """Whether the content is still what the hash was taken of."""
        return digest(self.content) == self.digest


class ReportSubscription(models.Model):
    """Somebody wants the reports of a kind by mail. Whether they may still read them is asked when one is sent."""

    user = models.ForeignKey(USER, on_delete=models.CASCADE, related_name="report_subscriptions", db_index=False)
    kind = models.CharField(_("种类"), max_length=16, choices=ReportKind)
    since = models.DateTimeField(_("订阅时间"))

    class Meta:
        verbose_name = _("报表订阅")
        verbose_name_plural = _("报表订阅")
        constraints = [models.UniqueConstraint(fields=["user", "kind"], name="report_subscription_once")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.kind}"


class MailState(models.TextChoices):
    SENDING = "sending", _("发送中")
    SENT = "sent", _("已发送")
    FAILED = "failed", _("发送失败")


class ReportMail(models.Model):
    """One report to one subscriber. Written before it is sent: a mail whose sender died in between is not sent again, for
    nobody can say whether it left; one that the mail server refused is tried again."""

    run = models.ForeignKey(ReportRun, on_delete=models.PROTECT, related_name="mails", db_index=False)
    user = models.ForeignKey(USER, on_delete=models.CASCADE, related_name="+")
    state = models.CharField(_("状态"), max_length=8, choices=MailState, default=MailState.SENDING)
    at = models.DateTimeField(_("时间"))
    error = models.CharField(_("错误"), max_length=64, blank=True)

    class Meta:
        verbose_name = _("报表邮件")
        verbose_name_plural = _("报表邮件")
        constraints = [models.UniqueConstraint(fields=["run", "user"], name="report_mail_once")]

    def __str__(self) -> str:
        return f"{self.run_id} {self.user_id} {self.state}"
