"""What a person should hear about without asking: a finished import, an intake that waits, a job that died."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class Notification(models.Model):
    """One message to one person. `kind` picks the sentence, `params` fills it in: no personal data."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notifications")
    kind = models.CharField(max_length=48)
    params = models.JSONField(default=dict)
    url = models.CharField(max_length=200, blank=True)
    level = models.CharField(
        max_length=8,
        choices=[("info", _("消息")), ("success", _("完成")), ("warning", _("注意")), ("danger", _("异常"))],
        default="info",
    )
    created_at = models.DateTimeField(db_default=Now())
    read_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("通知")
        verbose_name_plural = _("通知")
        indexes = [
            models.Index(
                fields=["user", "-id"], name="notification_unread_idx", condition=models.Q(read_at__isnull=True)
            )
        ]

    def __str__(self) -> str:
        return self.kind
