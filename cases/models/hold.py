"""Reasons not to collect from a person: typed, dated, with proof."""

from datetime import datetime
from typing import Self

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeBoundary, RangeOperators
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce, Now
from django.utils.translation import gettext_lazy as _

from cases.models.desk import TsTzRange
from cases.models.loan import Loan


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
    DISPUTE = "dispute", _("异议核实中")


class HoldQuerySet(models.QuerySet["Hold"]):
    def in_force(self, now: datetime) -> Self:
        return self.filter(Q(ends_at__isnull=True) | Q(ends_at__gt=now), since__lte=now)


class Hold(models.Model):
    """From `since` until `ends_at`, a moment that is not in it any more (None: until somebody lifts it). Several types may
    run at once; two of one type for one person that overlap are refused by the database. A hold that is lifted ends at that
    moment and stays as the fact that it was.

    `proven`: there is a document; an unproven death holds for some days only (rule CN-S-03). `accused`, `accused_org` (code
    of an agency) and `accused_channel`: whom and what a complaint is about; complaints about different people hold side by
    side (CN-S-07). A dispute is about `amount` (yuan) of one `loan`, and stops only the demand of that part (CN-S-05).
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
    accused_org = models.CharField(max_length=32, blank=True)
    accused_channel = models.CharField(max_length=8, blank=True)
    loan = models.ForeignKey(
        Loan, null=True, blank=True, on_delete=models.PROTECT, related_name="disputes", verbose_name=_("借款合同")
    )
    amount = models.DecimalField(_("争议金额"), max_digits=14, decimal_places=2, null=True, blank=True)
    placed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    placed_at = models.DateTimeField(db_default=Now())
    lifted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    lift_reason = models.CharField(_("解除原因"), max_length=200, blank=True)

    objects = HoldQuerySet.as_manager()

    class Meta:
        verbose_name = _("停催")
        verbose_name_plural = _("停催")
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__isnull=True) | Q(ends_at__gte=F("since")), name="hold_ends_after_it_began"
            ),
            models.CheckConstraint(
                condition=Q(type="dispute", loan__isnull=False, amount__gt=0)
                | (~Q(type="dispute") & Q(loan__isnull=True, amount__isnull=True)),
                name="hold_dispute_names_its_part",
            ),
            # Begins with the debtor: it is the index by which a person's holds are found, too. Each contract has a dispute
            # of its own, each person and agency complained about a hold of their own.
            ExclusionConstraint(
                name="hold_one_of_a_type",
                expressions=[
                    ("debtor", RangeOperators.EQUAL),
                    ("type", RangeOperators.EQUAL),
                    (Coalesce("loan", 0), RangeOperators.EQUAL),
                    (Coalesce("accused", 0), RangeOperators.EQUAL),
                    ("accused_org", RangeOperators.EQUAL),
                    ("accused_channel", RangeOperators.EQUAL),
                    (TsTzRange("since", "ends_at", RangeBoundary()), RangeOperators.OVERLAPS),
                ],
            ),
        ]
        indexes = [models.Index(fields=["ends_at"], name="hold_ends_idx")]

    def __str__(self) -> str:
        return f"{self.type} {self.debtor_id}"

    def is_in_force(self, now: datetime) -> bool:
        return self.since <= now and (self.ends_at is None or self.ends_at > now)


class HoldRenewal(models.Model):
    """A pause that was given more time: until when before, until when now, and why."""

    hold = models.ForeignKey(Hold, on_delete=models.PROTECT, related_name="renewals", verbose_name=_("停催"))
    ended_at = models.DateTimeField(_("原结束"))
    ends_at = models.DateTimeField(_("新结束"))
    reason = models.CharField(_("原因"), max_length=200)
    renewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    renewed_at = models.DateTimeField()

    class Meta:
        verbose_name = _("停催延长")
        verbose_name_plural = _("停催延长")
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("ended_at")), name="hold_renewal_gives_time"),
        ]

    def __str__(self) -> str:
        return f"{self.hold_id} → {self.ends_at}"
