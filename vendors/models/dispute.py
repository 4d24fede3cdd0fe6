"""What an agency says against a line of its statement, and what came of it."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from vendors.models.settlement import SettlementLine

USER = settings.AUTH_USER_MODEL


class DisputeResolution(models.TextChoices):
    UPHELD = "upheld", _("按机构主张")
    PARTLY = "partly", _("双方商定")
    REJECTED = "rejected", _("维持原金额")


class LineDispute(models.Model):
    """One objection to one line. Written once, resolved once, never changed (a trigger sees to that). `claimed`: the fee
    that the agency says it is owed for the line, yuan, empty where it only objects. `agreed`: the fee that the line has
    come to; the statement's own figure stays, the difference is a line of a later month."""

    line = models.OneToOneField(
        SettlementLine, on_delete=models.PROTECT, related_name="dispute", verbose_name=_("明细")
    )
    reason = models.CharField(_("争议理由"), max_length=200)
    evidence = models.TextField(_("依据"), blank=True)
    claimed = models.DecimalField(_("机构主张(元)"), max_digits=14, decimal_places=2, null=True, blank=True)
    disputed_by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    disputed_at = models.DateTimeField(_("提出时间"))
    resolution = models.CharField(_("处理结果"), max_length=8, choices=DisputeResolution, blank=True)
    agreed = models.DecimalField(_("确认金额(元)"), max_digits=14, decimal_places=2, null=True, blank=True)
    resolved_by = models.ForeignKey(
        USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    resolved_at = models.DateTimeField(_("处理时间"), null=True, blank=True)
    resolution_note = models.CharField(_("处理说明"), max_length=400, blank=True)

    class Meta:
        verbose_name = _("结算争议")
        verbose_name_plural = _("结算争议")
        constraints = [
            models.CheckConstraint(
                condition=Q(resolution="", agreed__isnull=True, resolved_at__isnull=True)
                | ~Q(resolution="") & Q(agreed__isnull=False, resolved_at__isnull=False),
                name="line_dispute_resolved_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.line_id}"
