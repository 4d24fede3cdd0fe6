"""One contract of one source system."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from cases.models.debtor import Debtor
from cases.models.keys import provenance_key
from cases.models.source import Source


class Loan(models.Model):
    """Unique by source and contract number. Holds what does not change from day to day."""

    source = models.ForeignKey(
        Source,
        on_delete=models.PROTECT,
        related_name="loans",
        verbose_name=_("数据来源"),
        db_constraint=False,  # kept by a trigger, as debtor: see cases/models/keys.py
        db_index=False,  # a source's loans are most of the table
    )
    contract_no = models.CharField(_("合同编号"), max_length=64)
    debtor = models.ForeignKey(
        Debtor, on_delete=models.PROTECT, related_name="loans", verbose_name=_("客户"), db_constraint=False
    )
    product = models.CharField(_("产品"), max_length=64, blank=True)
    region = models.CharField(_("地区"), max_length=64, blank=True)
    credit_limit = models.DecimalField(_("授信额度"), max_digits=14, decimal_places=2, null=True, blank=True)
    disbursed_on = models.DateField(_("放款日期"), null=True, blank=True)
    created_by_run = provenance_key()
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = _("借款合同")
        verbose_name_plural = _("借款合同")
        constraints = [
            # The number first: a search knows it, and seldom the source.
            models.UniqueConstraint(fields=["contract_no", "source"], name="loan_contract_unique"),
        ]

    def __str__(self) -> str:
        return self.contract_no
