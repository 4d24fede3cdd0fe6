"""Settings of the business that have a first day: what was in force on a day stays known."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class DatedSetting(models.Model):
    """The value of one setting from a day on, until the next row of it. Never changed: a new value is a new row, and of two
    for one day the later counts. What the names mean is registered in code (core/dated_settings.py)."""

    name = models.CharField(_("设置"), max_length=64)
    value = models.JSONField(_("值"))
    effective_from = models.DateField(_("生效日期"))
    reason = models.CharField(_("原因"), max_length=200)
    set_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    set_at = models.DateTimeField(_("设置时间"), db_default=Now())

    class Meta:
        verbose_name = _("业务设置")
        verbose_name_plural = _("业务设置")
        indexes = [models.Index(fields=["name", "-effective_from", "-id"], name="dated_setting_idx")]

    def __str__(self) -> str:
        return f"{self.name} {self.effective_from}"
