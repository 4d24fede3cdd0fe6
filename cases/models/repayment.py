"""Money in."""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from cases.models.loan import Loan
from cases.models.source import Source


class Repayment(models.Model):
    """One payment, with the day it was paid and the moment we learned of it. Never edited: a mistake is taken back by a
    reversal row that points at it. Amounts are positive; `reversal_of` gives the direction. Money for a contract that is
    not in the book is kept without a loan and matched later."""

    class Status(models.TextChoices):
        CLAIMED = "claimed", _("待确认")
        CONFIRMED = "confirmed", _("已确认")

    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="repayments", verbose_name=_("数据来源"))
    contract_no = models.CharField(_("合同编号"), max_length=64)
    loan = models.ForeignKey(
        Loan, null=True, blank=True, on_delete=models.PROTECT, related_name="repayments", verbose_name=_("借款合同")
    )
    paid_on = models.DateField(_("还款日期"))
    recorded_at = models.DateTimeField(_("入账时间"), db_default=Now())
    amount = models.DecimalField(_("还款金额"), max_digits=14, decimal_places=2)
    status = models.CharField(_("状态"), max_length=12, choices=Status, default=Status.CLAIMED)
    reference = models.CharField(_("流水号"), max_length=64, blank=True)
    channel = models.CharField(_("还款方式"), max_length=32, blank=True)
    reversal_of = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="reversal", verbose_name=_("冲正对象")
    )

    class Meta:
        verbose_name = _("还款")
        verbose_name_plural = _("还款")
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="repayment_positive"),
            models.UniqueConstraint(
                fields=["source", "reference"], name="repayment_reference_once", condition=~Q(reference="")
            ),
            models.CheckConstraint(condition=~Q(reversal_of=F("id")), name="repayment_not_own_reversal"),
        ]
        indexes = [models.Index(fields=["loan", "-paid_on"], name="repayment_loan_idx")]

    def __str__(self) -> str:
        return self.reference or f"#{self.pk}"
