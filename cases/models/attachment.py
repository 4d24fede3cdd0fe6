"""Files that belong to a case: a certificate, a recording, a picture."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class FileKind(models.TextChoices):
    PNG = "png", "PNG"
    JPEG = "jpg", "JPEG"
    PDF = "pdf", "PDF"
    MP3 = "mp3", "MP3"
    WAV = "wav", "WAV"
    M4A = "m4a", "M4A"
    XLSX = "xlsx", "XLSX"
    DOCX = "docx", "DOCX"


class Attachment(models.Model):
    """A private file under MEDIA_ROOT. What it is (`kind`) was told by its content; `file_name` is what its giver called it
    and only shown. `subject` says what of the case it belongs to, with that row's id, or nothing."""

    class Subject(models.TextChoices):
        HOLD = "hold", _("停催凭证")
        RISK = "risk", _("风险依据")
        DISPOSITION = "disposition", _("处置材料")
        PROMISE = "promise", _("承诺材料")
        PLAN = "plan", _("方案材料")
        WAIVER = "waiver", _("减免材料")

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="attachments", verbose_name=_("案件"))
    subject = models.CharField(_("用途"), max_length=12, choices=Subject, blank=True)
    subject_id = models.BigIntegerField(null=True, blank=True)
    file_name = models.CharField(_("文件名"), max_length=255)
    stored_name = models.CharField(max_length=80)
    kind = models.CharField(_("类型"), max_length=4, choices=FileKind)
    size = models.BigIntegerField(_("大小"), help_text=_("字节"))
    sha256 = models.CharField(max_length=64)
    note = models.CharField(_("说明"), max_length=200, blank=True)
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField(_("上传时间"))

    class Meta:
        verbose_name = _("附件")
        verbose_name_plural = _("附件")
        constraints = [models.UniqueConstraint(fields=["stored_name"], name="attachment_stored_once")]

    def __str__(self) -> str:
        return f"#{self.pk}"
