"""The audit trail: append-only rows, sealed afterwards in batches.

A trigger (migration 0002) refuses UPDATE, DELETE and TRUNCATE on events and seals whoever asks. Hashing inside the
insert was measured to cost nine tenths of the throughput, so a job seals finished transactions every minute.
"""

from django.conf import settings
from django.contrib.postgres.indexes import BrinIndex
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class AuditEvent(models.Model):
    """One thing that somebody did, tried, or looked at. Never holds personal values: references and masks only."""

    at = models.DateTimeField(_("时间"), db_default=Now())
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("操作人"),
    )
    actor_name = models.CharField(_("操作人姓名"), max_length=64, blank=True)
    action = models.CharField(_("动作"), max_length=64, help_text=_("点分的稳定代码，如 import.applied"))
    outcome = models.CharField(
        _("结果"),
        max_length=8,
        choices=[("ok", _("成功")), ("refused", _("拒绝")), ("failed", _("失败"))],
        default="ok",
    )
    object_type = models.CharField(_("对象类型"), max_length=48, blank=True)
    object_id = models.CharField(_("对象编号"), max_length=48, blank=True)
    reason = models.CharField(_("理由"), max_length=200, blank=True)
    data = models.JSONField(_("内容"), default=dict, encoder=DjangoJSONEncoder)
    address = models.GenericIPAddressField(_("来源地址"), null=True, blank=True)
    request_id = models.CharField(_("请求编号"), max_length=32, blank=True)

    class Meta:
        verbose_name = _("审计记录")
        verbose_name_plural = _("审计记录")
        indexes = [
            models.Index(fields=["object_type", "object_id", "-id"], name="audit_object_idx"),
            models.Index(fields=["action", "-id"], name="audit_action_idx"),
            models.Index(fields=["actor", "-id"], name="audit_actor_idx"),
            # What happened in a week, whoever did it: rows lie in the order of time, so a few pages say where.
            BrinIndex(fields=["at"], name="audit_at_brin", autosummarize=True, pages_per_range=32),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.object_type}#{self.object_id}"


class AuditSeal(models.Model):
    """A closed batch: `digest` = SHA-256 over the previous seal's digest and the digests of the rows in order."""

    number = models.BigIntegerField(_("序号"))
    at = models.DateTimeField(_("封存时间"), db_default=Now())
    first_position = models.BigIntegerField()
    last_position = models.BigIntegerField()
    previous = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)

    class Meta:
        verbose_name = _("审计封印")
        verbose_name_plural = _("审计封印")
        constraints = [models.UniqueConstraint(fields=["number"], name="audit_seal_number")]

    def __str__(self) -> str:
        return f"#{self.number}"


class AuditSealEntry(models.Model):
    """The place of one event in the chain. Positions have no gaps; they are given at sealing, because
    a sequence has gaps and commits out of order."""

    position = models.BigIntegerField(primary_key=True)
    event = models.OneToOneField(AuditEvent, on_delete=models.PROTECT, related_name="seal_entry", db_constraint=False)
    digest = models.CharField(max_length=64)

    class Meta:
        verbose_name = _("封印条目")
        verbose_name_plural = _("封印条目")

    def __str__(self) -> str:
        return str(self.position)
