"""Money in."""

from django.conf import settings
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from cases.models.loan import Loan
from cases.models.source import Source


class Repayment(models.Model):
    """One payment, with the day it was paid and the moment we learned of it. Never edited: a mistake is taken back by a
    reversal row that points at it. Amounts are positive; `reversal_of` gives the direction. Claimed and confirmed money
    are two rows, of which only the confirmed one counts. Money for a contract that is not in the book is kept without a
    loan and matched later, by the overdue file that brings the contract or by a person; `contract_no` stays as written."""

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
    # Where the row came from: the file and its row; empty for money recorded by hand.
    run = models.ForeignKey("cases.ImportRun", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    row = models.BigIntegerField(null=True, blank=True, help_text=_("导入行编号"))
    # How money that came without a known contract found its loan: empty when it was known from the start.
    matched_at = models.DateTimeField(_("匹配时间"), null=True, blank=True)
    matched_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    matched_by_run = models.ForeignKey(
        "cases.ImportRun", null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    # Of money for several contracts: the document that took it apart (cases/models/split.py).
    split = models.ForeignKey(
        "cases.RepaymentSplit",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="rows",
        db_index=False,
        verbose_name=_("还款拆分"),
    )
    reversal_of = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="reversal", verbose_name=_("冲正对象")
    )

    class Meta:
        verbose_name = _("还款")
        verbose_name_plural = _("还款")
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="repayment_positive"),
            # A reversal may carry the number of the payment it takes back; `reversal_of` keeps it from coming twice. What
            # a split books is kept by the split.
            models.UniqueConstraint(
                fields=["source", "reference", "status"],
                name="repayment_reference_once",
                condition=~Q(reference="") & Q(reversal_of__isnull=True, split__isnull=True),
            ),
            models.CheckConstraint(
                condition=Q(matched_at__isnull=True, matched_by__isnull=True, matched_by_run__isnull=True)
                | Q(matched_at__isnull=False, loan__isnull=False),
                name="repayment_matched_to_a_loan",
            ),
            models.CheckConstraint(condition=~Q(reversal_of=F("id")), name="repayment_not_own_reversal"),
        ]
        indexes = [
            models.Index(fields=["loan", "-paid_on"], name="repayment_loan_idx"),
            # Whole periods: files arrive by day, so a few pages of the table hold each.
            BrinIndex(fields=["paid_on"], name="repayment_paid_on_brin", pages_per_range=32, autosummarize=True),
            # Money nobody could be found for, to be matched later.
            models.Index(
                fields=["source", "contract_no"], name="repayment_unmatched_idx", condition=Q(loan__isnull=True)
            ),
            models.Index(fields=["split"], name="repayment_split_idx", condition=Q(split__isnull=False)),
            models.Index(
                fields=["matched_by_run"], name="repayment_matched_idx", condition=Q(matched_by_run__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return self.reference or f"#{self.pk}"
