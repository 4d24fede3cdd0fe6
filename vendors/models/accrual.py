"""What a month will cost before its statement is approved (计提), and that it was taken back afterwards (冲回)."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

USER = settings.AUTH_USER_MODEL


class AccrualBasis(models.TextChoices):
    STATEMENT = "statement", _("未批准的结算单")
    ENGINE = "engine", _("按合同试算")
    RATE = "rate", _("按以往实际费率估计")
    NONE = "none", _("无从估计")


class Accrual(models.Model):
    """The expected fee of an agency's month, yuan, tax included, as it was known by `known_by`; or, with `reverses`, that it
    is taken back, with the opposite amount. `booked_on`: the day in the accounts. `kinds`: the expected fee by kind of line;
    `told`: figures that the amount was made of, with the reason where facts were refused. Never changed, never deleted."""

    agency = models.ForeignKey(
        "vendors.Agency", on_delete=models.PROTECT, related_name="accruals", verbose_name=_("机构")
    )
    period = models.DateField(_("月份"), help_text=_("当月第一天"))
    booked_on = models.DateField(_("记账日期"))
    amount = models.DecimalField(_("计提金额(元，含税)"), max_digits=14, decimal_places=2)
    tax_rate = models.DecimalField(_("税率"), max_digits=5, decimal_places=4)
    tax = models.DecimalField(_("其中税额(元)"), max_digits=14, decimal_places=2)
    basis = models.CharField(_("依据"), max_length=9, choices=AccrualBasis)
    kinds = models.JSONField(default=dict)
    told = models.JSONField(default=dict)
    known_by = models.DateTimeField(_("已知截至"))
    made_by = models.ForeignKey(USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    made_at = models.DateTimeField(_("计提时间"))
    reverses = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="reversal", verbose_name=_("冲回对象")
    )
    settlement = models.ForeignKey(
        "vendors.Settlement", null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )

    class Meta:
        verbose_name = _("委外费用计提")
        verbose_name_plural = _("委外费用计提")
        constraints = [
            models.UniqueConstraint(
                fields=["agency", "period"], name="accrual_once_a_month", condition=Q(reverses__isnull=True)
            ),
            models.CheckConstraint(condition=Q(period__day=1), name="accrual_first_of_month"),
            models.CheckConstraint(
                condition=Q(reverses__isnull=True, settlement__isnull=True)
                | Q(reverses__isnull=False, settlement__isnull=False),
                name="accrual_reversed_by_a_statement",
            ),
        ]
        indexes = [models.Index(fields=["booked_on"], name="accrual_booked_idx")]

    def __str__(self) -> str:
        return f"{self.agency_id} {self.period:%Y-%m} {self.amount}"
