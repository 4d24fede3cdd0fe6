"""One payment for several contracts of one debtor."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cases.models.loan import Loan
from cases.models.repayment import Repayment


class RepaymentSplit(models.Model):
    """A document: waiting money taken apart among the contracts of its debtor, with who decided the order.

    The money itself is never edited. The split takes the original back by a reversal and books a row for each contract;
    taking the split back reverses those and books the original once more, as `restored`. All these rows name the split
    (`Repayment.split`). That the rows of the contracts come to the amount is kept by a trigger, at the end of the
    transaction (migration 0023)."""

    class Basis(models.TextChoices):
        DEBTOR = "debtor", _("债务人指定")
        STATUTORY = "statutory", _("法定顺序（民法典第560条）")
        AGREED = "agreed", _("经办人按约定调整")

    original = models.OneToOneField(
        Repayment, on_delete=models.PROTECT, related_name="taken_apart", verbose_name=_("原还款")
    )
    basis = models.CharField(_("依据"), max_length=12, choices=Basis)
    designated = models.ForeignKey(
        Loan,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        verbose_name=_("债务人指定的合同"),
    )
    note = models.CharField(_("说明"), max_length=200, blank=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    made_at = models.DateTimeField(_("拆分时间"))
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    undone_at = models.DateTimeField(_("撤回时间"), null=True, blank=True)
    restored = models.OneToOneField(
        Repayment,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="restored_from",
        verbose_name=_("恢复的还款"),
    )

    class Meta:
        verbose_name = _("还款拆分")
        verbose_name_plural = _("还款拆分")
        constraints = [
            models.CheckConstraint(condition=Q(basis="statutory") | ~Q(note=""), name="split_says_who_decided"),
            models.CheckConstraint(
                condition=Q(basis="debtor", designated__isnull=False)
                | (~Q(basis="debtor") & Q(designated__isnull=True)),
                name="split_designated_by_debtor",
            ),
            models.CheckConstraint(
                condition=Q(undone_at__isnull=True, restored__isnull=True)
                | Q(undone_at__isnull=False, restored__isnull=False),
                name="split_undone_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"
