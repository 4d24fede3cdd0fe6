"""Reasons not to collect from a person: typed, dated, with proof."""

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeBoundary, RangeOperators
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from cases.models.desk import TsTzRange


class HoldType(models.TextChoices):
    DECEASED = "deceased", _("身故")
    INCAPACITATED = "incapacitated", _("丧失行为能力")
    BANKRUPTCY = "bankruptcy", _("个人破产已受理")
    NO_CONTACT_ORDER = "no_contact_order", _("公安禁止接触令")
    ILLNESS = "illness", _("重大疾病")
    DISASTER = "disaster", _("自然灾害")
    VULNERABLE = "vulnerable", _("特殊困难")
    SELF_HARM = "self_harm", _("自伤风险")
    COMPLAINT = "complaint", _("投诉处理中")
    STOP_CONTACT = "stop_contact", _("本人要求停止联系")


class Hold(models.Model):
    """From `since` until `ends_at`, a moment that is not in it any more (None: until somebody lifts it). Several types may
    run at once; two of one type for one person that overlap are refused by the database. A hold that is lifted ends at that
    moment and stays as the fact that it was.

    `proven`: there is a document; an unproven death holds for some days only (rule CN-S-03). `accused` and
    `accused_channel`: whom and what a complaint is about.
    """

    debtor = models.ForeignKey("cases.Debtor", on_delete=models.PROTECT, related_name="holds", verbose_name=_("客户"))
    type = models.CharField(_("类型"), max_length=20, choices=HoldType)
    since = models.DateTimeField(_("开始"))
    ends_at = models.DateTimeField(_("结束"), null=True, blank=True)
    proven = models.BooleanField(_("有证明"), default=True)
    proof = models.CharField(_("凭证"), max_length=200, blank=True)
    reason = models.CharField(_("原因"), max_length=200)
    accused = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    accused_channel = models.CharField(max_length=8, blank=True)
    placed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    placed_at = models.DateTimeField(db_default=Now())
    lifted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    lift_reason = models.CharField(_("解除原因"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("停催")
        verbose_name_plural = _("停催")
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__isnull=True) | Q(ends_at__gte=F("since")), name="hold_ends_after_it_began"
            ),
            # Begins with the debtor: it is the index by which a person's holds are found, too.
            ExclusionConstraint(
                name="hold_one_of_a_type",
                expressions=[
                    ("debtor", RangeOperators.EQUAL),
                    ("type", RangeOperators.EQUAL),
                    (TsTzRange("since", "ends_at", RangeBoundary()), RangeOperators.OVERLAPS),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.debtor_id}"
