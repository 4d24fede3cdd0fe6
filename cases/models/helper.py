"""Somebody besides the holder works on a case for a while."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class CaseHelper(models.Model):
    """`user` sees and works `case` from `since` through the day `until`, or until the moment `ended_at`. The custody, and
    with it the credit for money, stays with the desk that holds the case. Written by the app of those who help (agents)."""

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="helpers", verbose_name=_("案件"))
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False, verbose_name=_("协催人")
    )
    since = models.DateTimeField(_("开始"))
    until = models.DateField(_("最后一天"))
    ended_at = models.DateTimeField(_("结束"), null=True, blank=True)

    class Meta:
        verbose_name = _("协催人")
        verbose_name_plural = _("协催人")
        constraints = [
            models.UniqueConstraint(
                fields=["case"], name="case_helper_one_at_a_time", condition=Q(ended_at__isnull=True)
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=F("since")), name="case_helper_period"
            ),
        ]
        indexes = [
            # Asked by every list of a collector: few rows, those of one person that run.
            models.Index(fields=["user"], name="case_helper_user_idx", condition=Q(ended_at__isnull=True)),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} @ {self.case_id}"
