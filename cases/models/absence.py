"""Disappeared is not paid."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class AbsenceReason(models.TextChoices):
    PAID = "paid", _("已结清")
    CURED = "cured", _("还款后回到正常")
    RECALLED = "recalled", _("委托方撤回")
    FILE_CUT = "file_cut", _("文件不全")
    MISTAKE = "mistake", _("错误入账")
    RETURNED = "returned", _("再次出现在文件中")
    OTHER = "other", _("其他")


class Absence(models.Model):
    """A case that was in the book and is missing from a file: open until explained. It never raises a recovery rate by
    itself. `as_of` is the business date of the first file that lacked it."""

    case = models.ForeignKey("cases.Case", on_delete=models.CASCADE, related_name="absences", verbose_name=_("案件"))
    as_of = models.DateField(_("缺席日期"))
    run = models.ForeignKey("cases.ImportRun", on_delete=models.PROTECT, related_name="absences")
    reason = models.CharField(_("解释"), max_length=12, choices=AbsenceReason, blank=True)
    note = models.CharField(_("说明"), max_length=200, blank=True)
    # The rule that explained it, where no person did.
    rule = models.CharField(_("规则"), max_length=32, blank=True, db_default="")
    explained_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    explained_by_run = models.ForeignKey(
        "cases.ImportRun", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    explained_at = models.DateTimeField(_("解释时间"), null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = _("缺席")
        verbose_name_plural = _("缺席")
        constraints = [
            models.UniqueConstraint(fields=["case"], name="absence_one_open", condition=Q(reason="")),
            models.CheckConstraint(
                condition=Q(reason="", explained_at__isnull=True) | (~Q(reason="") & Q(explained_at__isnull=False)),
                name="absence_explained_with_time",
            ),
        ]
        indexes = [models.Index(fields=["run"], name="absence_run_idx")]

    def __str__(self) -> str:
        return f"{self.case_id} {self.as_of}"
