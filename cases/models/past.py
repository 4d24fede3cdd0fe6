"""What the book said once and no longer says: facts that were taken back, with the time during which they were believed.

Written by the database whenever a position or a repayment goes, money leaves its contract, a contract gets another product
or region, or a closed case is opened again (triggers of migration 0021), so that a report of then can be printed again
(cases/known.py). Nobody edits these rows and nothing else reads them. Ids are without foreign keys: what they point at may
be gone. No names and no numbers of contracts.
"""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class Past(models.Model):
    """Believed from `known_from` until just before `known_until`."""

    known_from = models.DateTimeField(_("知晓时间"))
    known_until = models.DateTimeField(_("撤回时间"))

    class Meta:
        abstract = True


class PastPosition(Past):
    """A position of an import that was taken back; product and region as they were."""

    case = models.BigIntegerField()
    loan = models.BigIntegerField()
    source = models.BigIntegerField()
    as_of = models.DateField(_("数据日期"))
    run = models.BigIntegerField()
    product = models.CharField(_("产品"), max_length=64, blank=True)
    region = models.CharField(_("地区"), max_length=64, blank=True)
    opened_on = models.DateField(_("入催日期"))
    days_past_due = models.IntegerField(_("逾期天数"))
    stage = models.SmallIntegerField(_("逾期阶段"))
    principal = models.DecimalField(_("本金"), max_digits=14, decimal_places=2)
    interest = models.DecimalField(_("利息"), max_digits=14, decimal_places=2)
    penalty = models.DecimalField(_("违约金"), max_digits=14, decimal_places=2)
    fees = models.DecimalField(_("费用"), max_digits=14, decimal_places=2)
    total = models.DecimalField(_("逾期总额"), max_digits=14, decimal_places=2)

    class Meta:
        verbose_name = _("已撤回的头寸")
        verbose_name_plural = _("已撤回的头寸")
        indexes = [models.Index(fields=["as_of"], name="past_position_day_idx")]
        constraints = [
            models.CheckConstraint(condition=Q(known_until__gte=F("known_from")), name="past_position_in_order")
        ]

    def __str__(self) -> str:
        return f"{self.case} {self.as_of}"


class PastLoan(models.Model):
    """Product and region of a contract, as they were said until just before `known_until`."""

    loan = models.BigIntegerField()
    product = models.CharField(_("产品"), max_length=64, blank=True)
    region = models.CharField(_("地区"), max_length=64, blank=True)
    known_until = models.DateTimeField(_("改动时间"))

    class Meta:
        verbose_name = _("合同的旧称")
        verbose_name_plural = _("合同的旧称")
        indexes = [models.Index(fields=["loan", "known_until"], name="past_loan_idx")]

    def __str__(self) -> str:
        return f"{self.loan} {self.product}"


class PastRepayment(Past):
    """A repayment that was taken back, or the contract that it was thought to be of."""

    repayment = models.BigIntegerField()
    loan = models.BigIntegerField(null=True, blank=True)
    source = models.BigIntegerField()
    paid_on = models.DateField(_("还款日期"))
    amount = models.DecimalField(_("还款金额"), max_digits=14, decimal_places=2)
    status = models.CharField(_("状态"), max_length=12)
    reference = models.CharField(_("流水号"), max_length=64, blank=True)
    channel = models.CharField(_("还款方式"), max_length=32, blank=True)
    reversal_of = models.BigIntegerField(null=True, blank=True)

    class Meta:
        verbose_name = _("已撤回的还款")
        verbose_name_plural = _("已撤回的还款")
        indexes = [
            models.Index(fields=["paid_on"], name="past_repayment_day_idx"),
            models.Index(fields=["repayment"], name="past_repayment_idx"),
            models.Index(fields=["loan"], name="past_repayment_loan_idx"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(known_until__gte=F("known_from")), name="past_repayment_in_order")
        ]

    def __str__(self) -> str:
        return f"#{self.repayment}"


class PastEnding(Past):
    """The end of a case that was opened again."""

    case = models.BigIntegerField()
    loan = models.BigIntegerField()
    closed_on = models.DateField(_("结案日期"))
    close_reason = models.CharField(_("结案原因"), max_length=16)

    class Meta:
        verbose_name = _("已撤回的结案")
        verbose_name_plural = _("已撤回的结案")
        indexes = [models.Index(fields=["case"], name="past_ending_case_idx")]
        constraints = [
            models.CheckConstraint(condition=Q(known_until__gte=F("known_from")), name="past_ending_in_order")
        ]

    def __str__(self) -> str:
        return f"{self.case} {self.closed_on}"
