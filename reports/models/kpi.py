"""What a KPI meant, since when."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class KpiVersion(models.Model):
    """Words and numbers of one KPI from a day on. Never changed: what shall mean something else is another version. `texts`
    are the words in Chinese with their numbers, as they were shown; `edition` is that of the function."""

    name = models.CharField(_("指标"), max_length=48)
    number = models.PositiveIntegerField(_("版本"))
    edition = models.PositiveIntegerField(default=1)
    params = models.JSONField(_("参数"), default=dict)
    texts = models.JSONField(_("口径"), default=dict)
    effective_from = models.DateField(_("生效日期"))
    reason = models.CharField(_("原因"), max_length=200, blank=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    made_at = models.DateTimeField(_("登记时间"), db_default=Now())

    class Meta:
        verbose_name = _("指标口径")
        verbose_name_plural = _("指标口径")
        constraints = [
            models.UniqueConstraint(fields=["name", "number"], name="kpi_version_once"),
            models.CheckConstraint(condition=Q(number__gte=1), name="kpi_version_from_one"),
        ]

    def __str__(self) -> str:
        return f"{self.name} v{self.number}"
