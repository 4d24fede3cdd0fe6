"""What the lender lets a debtor off. Shown beside the money, never counted as money."""

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class WaiverState(models.TextChoices):
    SUBMITTED = "submitted", _("待审批")
    HALF = "half", _("待第二人审批")
    APPROVED = "approved", _("已批准")
    REJECTED = "rejected", _("已驳回")
    WITHDRAWN = "withdrawn", _("已撤回")
    USED = "used", _("已使用")
    LAPSED = "lapsed", _("已失效")


OPEN_STATES = (WaiverState.SUBMITTED, WaiverState.HALF, WaiverState.APPROVED)
WAITING_STATES = (WaiverState.SUBMITTED, WaiverState.HALF)
PARTS = ("principal", "interest", "penalty", "fees")


class Waiver(models.Model):
    """Yuan by part of the debt. `needs_high` and `needs_people` say who has to approve it, by the limits in force when it
    was applied for (services/waiver_limits.py): principal always takes two people of the top level. `valid_until` is the
    last day on which an approved one may be used; `used_at` with the repayment that settled the rest.
    """

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="waivers", verbose_name=_("案件"))
    principal = models.DecimalField(_("本金"), max_digits=14, decimal_places=2, default=0)
    interest = models.DecimalField(_("利息"), max_digits=14, decimal_places=2, default=0)
    penalty = models.DecimalField(_("违约金"), max_digits=14, decimal_places=2, default=0)
    fees = models.DecimalField(_("费用"), max_digits=14, decimal_places=2, default=0)
    reason = models.CharField(_("申请原因"), max_length=400)
    state = models.CharField(_("状态"), max_length=12, choices=WaiverState, default=WaiverState.SUBMITTED)
    valid_until = models.DateField(_("有效期至"))
    needs_high = models.BooleanField(_("须最高级审批"))
    needs_people = models.PositiveSmallIntegerField(_("须几人审批"))
    applied_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("申请人")
    )
    applied_at = models.DateTimeField(_("申请时间"), db_default=Now())
    first_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    first_at = models.DateTimeField(_("第一人审批时间"), null=True, blank=True)
    second_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    second_at = models.DateTimeField(_("第二人审批时间"), null=True, blank=True)
    # How it ended, unless by approval alone: rejected, withdrawn, used or lapsed.
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    ended_at = models.DateTimeField(_("结束时间"), null=True, blank=True)
    end_reason = models.CharField(_("结束原因"), max_length=200, blank=True)
    used_repayment = models.ForeignKey(
        "cases.Repayment", null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("结清还款")
    )

    class Meta:
        verbose_name = _("减免")
        verbose_name_plural = _("减免")
        constraints = [
            models.CheckConstraint(
                condition=Q(principal__gte=0, interest__gte=0, penalty__gte=0, fees__gte=0)
                & (Q(principal__gt=0) | Q(interest__gt=0) | Q(penalty__gt=0) | Q(fees__gt=0)),
                name="waiver_of_something",
            ),
            models.UniqueConstraint(
                fields=["case"], name="waiver_one_open", condition=Q(state__in=["submitted", "half", "approved"])
            ),
            models.CheckConstraint(
                condition=(Q(first_by__isnull=True) | ~Q(first_by=F("applied_by")))
                & (Q(second_by__isnull=True) | ~Q(second_by=F("applied_by"))),
                name="waiver_not_approved_by_applicant",
            ),
            models.CheckConstraint(
                condition=Q(second_by__isnull=True) | (Q(first_by__isnull=False) & ~Q(second_by=F("first_by"))),
                name="waiver_two_different_people",
            ),
            # Nothing is approved or used without all the people that it needs.
            models.CheckConstraint(
                condition=~Q(state__in=["approved", "used"])
                | Q(needs_people=1, first_by__isnull=False)
                | Q(needs_people=2, second_by__isnull=False),
                name="waiver_approved_by_enough",
            ),
            models.CheckConstraint(
                condition=Q(needs_people__in=[1, 2]) & (Q(principal=0) | Q(needs_high=True, needs_people=2)),
                name="waiver_principal_needs_the_top",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["submitted", "half", "approved"], ended_at__isnull=True)
                | Q(state__in=["rejected", "withdrawn", "used", "lapsed"], ended_at__isnull=False),
                name="waiver_ended_with_time",
            ),
        ]
        indexes = [
            models.Index(
                fields=["-id"], name="waiver_waiting_idx", condition=Q(state__in=["submitted", "half", "approved"])
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"

    @property
    def total(self) -> Decimal:
        """All parts together, yuan."""
        return self.principal + self.interest + self.penalty + self.fees

    @property
    def is_waiting(self) -> bool:
        return self.state in WAITING_STATES
