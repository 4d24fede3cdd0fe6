"""Where files come from."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class Source(models.Model):
    """The system or lender that sends files; owns column layouts and guard rails.

    `code` is also the name of its folder in the inbox, so it holds letters, digits, `-` and `_` only.
    """

    class PenaltyPlace(models.TextChoices):
        """Where a payment meets the penalty (cases/allocation.py). 民法典 561 puts costs before interest before principal
        and does not name it: the contract does."""

        BEFORE_INTEREST = "before_interest", _("利息之前")
        AFTER_INTEREST = "after_interest", _("利息之后、本金之前")
        AFTER_PRINCIPAL = "after_principal", _("本金之后")

    code = models.SlugField(_("代码"), max_length=32, db_index=False)
    name = models.CharField(_("名称"), max_length=64)
    is_active = models.BooleanField(_("启用"), default=True)
    # The scheduled intake: from this time on a business day the inbox folder is looked at; later than
    # `expected_by` without a file is said on the page.
    poll_from = models.TimeField(_("开始取件时间"), null=True, blank=True, help_text=_("留空则不自动取件"))
    expected_by = models.TimeField(_("最晚应到时间"), null=True, blank=True)
    max_absent_percent = models.DecimalField(
        _("缺席比例上限 (%)"),
        max_digits=5,
        decimal_places=2,
        default=20,
        help_text=_("账簿中缺席的案件超过此比例时，须由主管批准"),
    )
    # Guard rails: outside of any of them a supervisor approves (cases/imports/guards.py). Empty means no limit.
    min_rows = models.PositiveIntegerField(_("最少行数"), null=True, blank=True)
    max_rows = models.PositiveIntegerField(_("最多行数"), null=True, blank=True)
    min_total = models.DecimalField(_("最小逾期总额"), max_digits=16, decimal_places=2, null=True, blank=True)
    max_total = models.DecimalField(_("最大逾期总额"), max_digits=16, decimal_places=2, null=True, blank=True)
    max_change_percent = models.DecimalField(
        _("总额变动上限 (%)"),
        max_digits=6,
        decimal_places=2,
        null=True,
        blank=True,
        help_text=_("逾期总额比账簿增减超过此比例时，须由主管批准"),
    )
    max_rejected_percent = models.DecimalField(
        _("问题行比例上限 (%)"),
        max_digits=5,
        decimal_places=2,
        default=5,
        help_text=_("不能导入的行超过此比例时，须由主管批准"),
    )
    # By default with the interest and after it: what overdue interest and penalty cost is treated as interest unless the
    # contract says otherwise. A change answers anew for all money of the source, also of the past.
    penalty_place = models.CharField(
        _("违约金抵充顺序"),
        max_length=16,
        choices=PenaltyPlace,
        default=PenaltyPlace.AFTER_INTEREST,
        help_text=_(
            "还款先抵费用，再抵利息，后抵本金（民法典第561条）；违约金的位置从合同约定，未约定时随利息、在本金之前"
        ),
    )
    # Grows by one with every change of this source's part of the book; a preview remembers the number it was
    # computed against, so that two people cannot apply on the same ground.
    book_version = models.BigIntegerField(default=0, editable=False)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = _("数据来源")
        verbose_name_plural = _("数据来源")
        constraints = [
            models.UniqueConstraint(fields=["code"], name="source_code_unique"),
            models.CheckConstraint(condition=Q(min_rows__lte=F("max_rows")), name="source_rows_in_order"),
            models.CheckConstraint(
                condition=Q(penalty_place__in=["before_interest", "after_interest", "after_principal"]),
                name="source_penalty_place_known",
            ),
            models.CheckConstraint(condition=Q(min_total__lte=F("max_total")), name="source_totals_in_order"),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Limits that no file could keep are told beside the field, before a constraint says it in its own words."""
        wrong: dict[str, Any] = {}
        for name in ("max_absent_percent", "max_rejected_percent"):
            value = getattr(self, name)
            if value is not None and not 0 <= value <= 100:
                wrong[name] = _("比例应在 0 到 100 之间")
        if self.max_change_percent is not None and self.max_change_percent < 0:
            wrong["max_change_percent"] = _("比例不能是负数")
        if None not in (self.min_rows, self.max_rows) and self.min_rows > self.max_rows:  # type: ignore[operator]
            wrong["max_rows"] = _("最多行数不能少于最少行数")
        if None not in (self.min_total, self.max_total) and self.min_total > self.max_total:  # type: ignore[operator]
            wrong["max_total"] = _("最大总额不能小于最小总额")
        if wrong:
            raise ValidationError(wrong)
