"""Business days: seeded from public holidays with their make-up workdays, corrected by a manager."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class WorkDay(models.Model):
    """Whether one calendar day is a business day. A day without a row is judged by its weekday."""

    day = models.DateField(_("日期"), primary_key=True)
    is_business_day = models.BooleanField(_("工作日"))
    note = models.CharField(_("说明"), max_length=64, blank=True)
    is_edited = models.BooleanField(_("人工修改"), default=False, help_text=_("人工修改的日子不会被重新导入覆盖"))

    class Meta:
        verbose_name = _("工作日历")
        verbose_name_plural = _("工作日历")
        ordering = ["day"]

    def __str__(self) -> str:
        return self.day.isoformat()
