"""A month's voucher as finance typed it into the ledger (凭证): posted once, then frozen."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from vendors.models.accrual import Accrual
from vendors.models.settlement import Settlement

USER = settings.AUTH_USER_MODEL


class Voucher(models.Model):
    """All that was booked in a month, or became known for an earlier one after that was posted. `debit` and `credit`: sums
    of the entries, yuan; `digest`: SHA-256 over the entries (accruals/draft.py). Never changed, never deleted: what comes
    later is an entry of a later voucher."""

    month = models.DateField(_("月份"), help_text=_("当月第一天"))
    number = models.CharField(_("凭证号"), max_length=16)
    debit = models.DecimalField(_("借方合计(元)"), max_digits=16, decimal_places=2)
    credit = models.DecimalField(_("贷方合计(元)"), max_digits=16, decimal_places=2)
    digest = models.CharField(_("内容指纹"), max_length=64)
    posted_by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+", db_index=False)
    posted_at = models.DateTimeField(_("过账时间"))

    class Meta:
        verbose_name = _("委外费用凭证")
        verbose_name_plural = _("委外费用凭证")
        constraints = [
            models.UniqueConstraint(fields=["month"], name="voucher_once_a_month"),
            models.UniqueConstraint(fields=["number"], name="voucher_number_once"),
            models.CheckConstraint(condition=Q(month__day=1), name="voucher_first_of_month"),
            models.CheckConstraint(condition=Q(debit=F("credit"), debit__gt=0), name="voucher_balances"),
        ]

    def __str__(self) -> str:
        return self.number


class VoucherEntry(models.Model):
    """A line of a voucher (accruals/entries.py has the sections and accounts). `code` and `agency_name`: as they were when
    it was posted; `period`: the month of the fee; `booked_on`: the day in the accounts, before the voucher's month where it
    became known late. `accrual` or `settlement`: the document that it books, each once in each section."""

    voucher = models.ForeignKey(Voucher, on_delete=models.PROTECT, related_name="entries", db_index=False)
    number = models.PositiveIntegerField(_("行号"))
    section = models.CharField(_("凭证类别"), max_length=9)
    account = models.CharField(_("科目名称"), max_length=12)
    code = models.CharField(_("科目编码"), max_length=10)
    agency = models.ForeignKey(
        "vendors.Agency", on_delete=models.PROTECT, related_name="+", db_index=False, verbose_name=_("机构")
    )
    agency_name = models.CharField(max_length=64)
    period = models.DateField(_("所属月份"))
    booked_on = models.DateField(_("记账日期"))
    debit = models.DecimalField(_("借方(元)"), max_digits=14, decimal_places=2)
    credit = models.DecimalField(_("贷方(元)"), max_digits=14, decimal_places=2)
    tax = models.DecimalField(_("对应税额(元)"), max_digits=14, decimal_places=2)
    accrual = models.ForeignKey(
        Accrual, null=True, blank=True, on_delete=models.PROTECT, related_name="entries", db_index=False
    )
    settlement = models.ForeignKey(
        Settlement, null=True, blank=True, on_delete=models.PROTECT, related_name="entries", db_index=False
    )

    class Meta:
        verbose_name = _("凭证分录")
        verbose_name_plural = _("凭证分录")
        constraints = [
            models.UniqueConstraint(fields=["voucher", "number"], name="voucher_entry_number_once"),
            models.CheckConstraint(
                condition=Q(debit__gt=0, credit=0) | Q(debit=0, credit__gt=0), name="voucher_entry_one_side"
            ),
            models.CheckConstraint(
                condition=Q(section__in=["accrual", "reversal"], accrual__isnull=False, settlement__isnull=True)
                | Q(section__in=["statement", "payment"], accrual__isnull=True, settlement__isnull=False),
                name="voucher_entry_of_one_document",
            ),
            models.UniqueConstraint(
                fields=["accrual", "section", "account"],
                name="voucher_accrual_posted_once",
                condition=Q(accrual__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["settlement", "section", "account"],
                name="voucher_statement_posted_once",
                condition=Q(settlement__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.voucher_id} #{self.number}"
