"""What a batch was planned to do, and the files that left the house with it."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

USER = settings.AUTH_USER_MODEL


class PlacementPlan(models.Model):
    """What the preview of a batch said, case by case, kept so that what is approved is what was seen. `assigned`: agency id
    → case ids. `left_out`: code of a reason → case ids. `stayed`: the same of cases that were planned and could not go when
    the batch was applied. `strata`: label → case ids, for the result of the experiment. A draft's plan is made again with
    its rule; from the approval on it stays (service)."""

    batch = models.OneToOneField(
        "vendors.PlacementBatch", on_delete=models.CASCADE, primary_key=True, related_name="plan"
    )
    assigned = models.JSONField(default=dict)
    strata = models.JSONField(default=dict)
    left_out = models.JSONField(default=dict)
    stayed = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("委外预览")
        verbose_name_plural = _("委外预览")

    def __str__(self) -> str:
        return f"{self.batch_id}"


class FieldProfile(models.Model):
    """What an agency's files show beyond the least, from a day on (CN-A-06). Never edited: the newest that has begun counts.
    Without one, telephones are masked."""

    agency = models.ForeignKey("vendors.Agency", on_delete=models.PROTECT, related_name="field_profiles")
    effective_from = models.DateField(_("生效日期"))
    full_phone = models.BooleanField(_("本人电话不脱敏"), default=False)
    reason = models.CharField(_("必要性说明"), max_length=200)
    set_by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    set_at = models.DateTimeField(_("设定时间"), db_default=Now())

    class Meta:
        verbose_name = _("文件字段约定")
        verbose_name_plural = _("文件字段约定")

    def __str__(self) -> str:
        return f"{self.agency_id} {self.effective_from}"


class PlacementFile(models.Model):
    """One encrypted list for one agency. A password that was lost is answered by another file: none is kept. `rows` is what
    the agency's receipt has to say. Never changed."""

    batch = models.ForeignKey("vendors.PlacementBatch", on_delete=models.PROTECT, related_name="files")
    agency = models.ForeignKey("vendors.Agency", on_delete=models.PROTECT, related_name="files")
    number = models.PositiveSmallIntegerField(_("第几份"))
    stored_name = models.CharField(max_length=80)
    sha256 = models.CharField(max_length=64)
    rows = models.PositiveIntegerField(_("案件数"))
    full_phone = models.BooleanField(_("本人电话不脱敏"))
    made_by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    made_at = models.DateTimeField(_("生成时间"))

    class Meta:
        verbose_name = _("委案文件")
        verbose_name_plural = _("委案文件")
        constraints = [
            models.UniqueConstraint(fields=["batch", "agency", "number"], name="placement_file_number_once"),
            models.CheckConstraint(condition=Q(rows__gt=0), name="placement_file_not_empty"),
        ]

    def __str__(self) -> str:
        return f"{self.batch_id}/{self.agency_id}-{self.number}"


class FileDownload(models.Model):
    """Who took a file, and why. The file is handed out for some minutes from then on, to this person. Never changed."""

    file = models.ForeignKey(PlacementFile, on_delete=models.PROTECT, related_name="downloads")
    reason = models.CharField(_("用途"), max_length=200)
    taken_by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+", db_index=False)
    taken_at = models.DateTimeField(_("下载时间"))

    class Meta:
        verbose_name = _("委案文件下载")
        verbose_name_plural = _("委案文件下载")

    def __str__(self) -> str:
        return f"{self.file_id} {self.taken_by_id}"


class PlacementReceipt(models.Model):
    """The agency has the file: when, who there, and how many cases it counted, which must be the file's. Never changed; a
    trigger compares the numbers."""

    file = models.OneToOneField(PlacementFile, on_delete=models.PROTECT, primary_key=True, related_name="receipt")
    received_on = models.DateField(_("签收日期"))
    received_by = models.CharField(_("机构签收人"), max_length=32)
    count = models.PositiveIntegerField(_("签收件数"))
    recorded_by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    recorded_at = models.DateTimeField(_("登记时间"))

    class Meta:
        verbose_name = _("委案签收")
        verbose_name_plural = _("委案签收")

    def __str__(self) -> str:
        return f"{self.file_id}"
