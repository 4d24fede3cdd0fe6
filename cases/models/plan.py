"""An agreed way to pay off a case: the plan and its instalments."""

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

MOST_INSTALMENTS = 60
"""Of one plan, and months that it may run (rule CN-Y-06)."""


class PlanKind(models.TextChoices):
    LUMP_SUM = "lump_sum", _("一次结清")
    INSTALMENTS = "instalments", _("等额分期")
    MINIMUM = "minimum", _("最低还款")
    CUSTOM = "custom", _("自定分期")


class PlanState(models.TextChoices):
    SUBMITTED = "submitted", _("待审批")
    ACTIVE = "active", _("履行中")
    COMPLETED = "completed", _("已完成")
    BROKEN = "broken", _("已违约")
    REJECTED = "rejected", _("未批准")
    WITHDRAWN = "withdrawn", _("已撤回")
    ENDED = "ended", _("已终止")


LIVE = (PlanState.SUBMITTED, PlanState.ACTIVE)
AGREED = (PlanState.ACTIVE, PlanState.COMPLETED, PlanState.BROKEN, PlanState.ENDED)
"""States of a plan that was approved."""


class ProofKind(models.TextChoices):
    DOCUMENT = "document", _("书面协议")
    RECORDING = "recording", _("通话录音")


class PlanAuthority(models.TextChoices):
    """Who may decide on an amount; the values are those of the roles."""

    TEAM_LEADER = "team_leader", _("组长")
    SUPERVISOR = "supervisor", _("主管")
    MANAGER = "manager", _("经理")


class RepaymentPlan(models.Model):
    """The whole balance of one case, in instalments. `version` counts the plans of a case, of which one is live at most.

    The columns from `balance_as_of` to `fees` are the ledger that the plan is bound to: at the proposal, and once more at
    the approval; from then on neither they nor the amounts change (migration 0014). Confirmed money paid after
    `balance_as_of` counts for the plan.

    Active, completed, broken, and ended by the case's own end are a cache of instalments and money as of `followed_on`,
    which `plans.follow` computes again. `ended_by` marks the end that a person decided. `authority` is who had to decide, by
    the limits in force on the day of the proposal. `terms` holds what a minimum payment is made of: share (%) and least
    (yuan), as texts.
    """

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="plans", verbose_name=_("案件"))
    version = models.PositiveSmallIntegerField(_("版本"))
    kind = models.CharField(_("方式"), max_length=12, choices=PlanKind)
    state = models.CharField(_("状态"), max_length=12, choices=PlanState, default=PlanState.SUBMITTED)
    total = models.DecimalField(_("方案总额"), max_digits=14, decimal_places=2)
    terms = models.JSONField(default=dict, blank=True)
    starts_on = models.DateField(_("提出日期"))
    accrues = models.BooleanField(_("期间计收利息和费用"), default=False)
    grace_days = models.PositiveSmallIntegerField(_("宽限天数"))

    balance_as_of = models.DateField(_("欠款数据日期"))
    principal = models.DecimalField(_("本金"), max_digits=14, decimal_places=2)
    interest = models.DecimalField(_("利息"), max_digits=14, decimal_places=2)
    penalty = models.DecimalField(_("违约金"), max_digits=14, decimal_places=2)
    fees = models.DecimalField(_("费用"), max_digits=14, decimal_places=2)

    proof_kind = models.CharField(_("凭证类型"), max_length=12, choices=ProofKind, blank=True)
    proof_ref = models.CharField(_("凭证编号"), max_length=200, blank=True)
    guarantor_consent = models.CharField(_("保证人书面同意"), max_length=200, blank=True)
    note = models.CharField(_("提出说明"), max_length=200, blank=True)

    authority = models.CharField(_("审批权限"), max_length=12, choices=PlanAuthority)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField(_("提出时间"), db_default=Now())
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(_("审批时间"), null=True, blank=True)
    decision_note = models.CharField(_("审批意见"), max_length=200, blank=True)
    followed_on = models.DateField(null=True, blank=True)
    ended_on = models.DateField(_("结束日期"), null=True, blank=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    end_reason = models.CharField(_("结束原因"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("还款方案")
        verbose_name_plural = _("还款方案")
        constraints = [
            models.UniqueConstraint(fields=["case"], name="plan_one_live", condition=Q(state__in=LIVE)),
            models.UniqueConstraint(fields=["case", "version"], name="plan_version_unique"),
            models.CheckConstraint(condition=Q(total__gt=0), name="plan_total_positive"),
            # Rule CN-S-02: what nobody can prove was agreed does not stop collection.
            models.CheckConstraint(
                condition=~Q(state__in=AGREED) | (~Q(proof_kind="") & ~Q(proof_ref="")), name="plan_agreed_with_proof"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=AGREED)
                | (Q(decided_by__isnull=False, decided_at__isnull=False) & ~Q(decided_by=F("proposed_by"))),
                name="plan_approved_by_another",
            ),
            models.CheckConstraint(
                condition=Q(state__in=(*LIVE, PlanState.REJECTED, PlanState.WITHDRAWN), ended_on__isnull=True)
                | Q(state__in=(PlanState.COMPLETED, PlanState.BROKEN, PlanState.ENDED), ended_on__isnull=False),
                name="plan_ended_on_a_day",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """As it stands on the agreement."""
        return f"FA{self.pk:08d}"


class PlanInstalment(models.Model):
    """What is due on one day. `paid` repeats how much of the confirmed money has been counted for it; the rest never
    changes: another schedule is another plan."""

    plan = models.ForeignKey(RepaymentPlan, on_delete=models.PROTECT, related_name="instalments", db_index=False)
    number = models.PositiveSmallIntegerField(_("期数"))
    due_on = models.DateField(_("应还日期"))
    amount = models.DecimalField(_("应还金额"), max_digits=14, decimal_places=2)
    paid = models.DecimalField(_("已还金额"), max_digits=14, decimal_places=2, default=0)

    class Meta:
        verbose_name = _("还款期")
        verbose_name_plural = _("还款期")
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "number"], name="plan_instalment_once"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="plan_instalment_positive"),
            models.CheckConstraint(condition=Q(paid__gte=0, paid__lte=F("amount")), name="plan_instalment_paid_within"),
            models.CheckConstraint(
                condition=Q(number__gte=1, number__lte=MOST_INSTALMENTS), name="plan_instalments_at_most_60"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.plan_id}/{self.number}"

    @property
    def left(self) -> Decimal:
        """Yuan that are still to be paid of it."""
        return self.amount - self.paid
