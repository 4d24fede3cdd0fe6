"""Where files come from."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class Source(models.Model):
    """The system or lender that sends files; owns column layouts and guard rails.

    `code` is also the name of its folder in the inbox, so it holds letters, digits, `-` and `_` only.
    """

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
        help_text=_("自动取件时，账簿中缺席的案件超过此比例则等待人工确认"),
    )
    # Grows by one with every change of this source's part of the book; a preview remembers the number it was
    # computed against, so that two people cannot apply on the same ground.
    book_version = models.BigIntegerField(default=0, editable=False)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = _("数据来源")
        verbose_name_plural = _("数据来源")
        constraints = [models.UniqueConstraint(fields=["code"], name="source_code_unique")]

    def __str__(self) -> str:
        return self.name
