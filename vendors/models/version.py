"""What is agreed in versions: terms of a contract, a scheme of scorecards."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

USER = settings.AUTH_USER_MODEL


class VersionState(models.TextChoices):
    DRAFT = "draft", _("草稿")
    SUBMITTED = "submitted", _("待批准")
    APPROVED = "approved", _("已生效")
    WITHDRAWN = "withdrawn", _("已撤回")


class Version(models.Model):
    """Counts from a day on once somebody else than its maker has approved it, and is never changed from then on (triggers
    see to that): other terms are another version."""

    number = models.PositiveSmallIntegerField(_("版本"))
    effective_from = models.DateField(_("生效日期"))
    state = models.CharField(_("状态"), max_length=9, choices=VersionState, default=VersionState.DRAFT)
    note = models.CharField(_("说明"), max_length=400, blank=True)
    made_by = models.ForeignKey(USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    made_at = models.DateTimeField(_("创建时间"), db_default=Now())
    submitted_at = models.DateTimeField(_("提交时间"), null=True, blank=True)
    approved_by = models.ForeignKey(
        USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    approved_at = models.DateTimeField(_("批准时间"), null=True, blank=True)

    class Meta:
        abstract = True
