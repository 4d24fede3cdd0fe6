"""Figures that the book does not have and people enter: what fell due in a month, and what collecting cost."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class InputKind(models.TextChoices):
    AMOUNT_DUE = "amount_due", _("当月到期应还金额")
    STAFF = "staff", _("人员成本")
    SEAT = "seat", _("坐席与场地")
    PHONE = "phone", _("通信费")
    LEGAL = "legal", _("法务费")
    OVERHEAD = "overhead", _("管理分摊")
    AGENCY_FEE = "agency_fee", _("委外佣金")


OWN_COSTS = (InputKind.STAFF, InputKind.SEAT, InputKind.PHONE, InputKind.LEGAL, InputKind.OVERHEAD)
OWN = "own"
"""`org` of the lender's own team."""


class KpiInput(models.Model):
    """One figure of one month, in yuan. Never changed: a correction is a newer row, and the newest that was known counts.
    `source` only of what fell due (empty: of the whole book); `org` only of costs: «own», or the code of an agency."""

    month = models.DateField(_("月份"))
    what = models.CharField(_("项目"), max_length=12, choices=InputKind)
    source = models.ForeignKey(
        "cases.Source",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        verbose_name=_("数据来源"),
    )
    org = models.CharField(_("机构"), max_length=32, blank=True)
    yuan = models.DecimalField(_("金额(元)"), max_digits=16, decimal_places=2)
    note = models.CharField(_("说明"), max_length=200, blank=True)
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False, verbose_name=_("录入人")
    )
    entered_at = models.DateTimeField(_("录入时间"))

    class Meta:
        verbose_name = _("指标录入")
        verbose_name_plural = _("指标录入")
        constraints = [
            models.CheckConstraint(condition=Q(yuan__gte=0), name="kpi_input_not_negative"),
            models.CheckConstraint(condition=Q(month__day=1), name="kpi_input_of_a_month"),
            models.CheckConstraint(
                condition=Q(what="amount_due", org="")
                | Q(what="agency_fee", source__isnull=True) & ~Q(org__in=["", "own"])
                | Q(what__in=["staff", "seat", "phone", "legal", "overhead"], source__isnull=True) & ~Q(org=""),
                name="kpi_input_of_whom",
            ),
        ]
        indexes = [models.Index(fields=["month", "what"], name="kpi_input_month_idx")]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m} {self.what}"
