"""The weights by which the queue is ordered, version by version."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class QueueWeights(models.Model):
    """One version; the newest is in force. Never changed: an order of an earlier day can be explained by the version that
    was in force then. `values`: by the names of agents/workbench/queue/weights.py; what is missing has its default."""

    values = models.JSONField(_("权重"), default=dict)
    reason = models.CharField(_("原因"), max_length=200)
    saved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    saved_at = models.DateTimeField(_("时间"))

    class Meta:
        verbose_name = _("队列权重")
        verbose_name_plural = _("队列权重")

    def __str__(self) -> str:
        return f"#{self.pk}"
