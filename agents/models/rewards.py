"""Rewards and penalties (奖惩): the rules as data, and what was proposed by them."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

USER = settings.AUTH_USER_MODEL


class RewardKind(models.TextChoices):
    REWARD = "reward", _("奖励")
    PENALTY = "penalty", _("处罚")


class RewardRules(models.Model):
    """One version of the table of rules; the newest is in force. Never changed. `lines`: as agents/reviews/reward_lines.py
    reads them."""

    lines = models.JSONField(_("规则"), default=list)
    reason = models.CharField(_("原因"), max_length=200)
    saved_by = models.ForeignKey(USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    saved_at = models.DateTimeField(_("时间"))

    class Meta:
        verbose_name = _("奖惩规则")
        verbose_name_plural = _("奖惩规则")

    def __str__(self) -> str:
        return f"#{self.pk}"


class ProposalState(models.TextChoices):
    PROPOSED = "proposed", _("待第一人批准")
    FIRST = "first", _("待第二人批准")
    FINAL = "final", _("已批准")
    REJECTED = "rejected", _("已驳回")
    VOIDED = "voided", _("条件不符，作废")
    WITHDRAWN = "withdrawn", _("申诉成立，撤销")


class AppealState(models.TextChoices):
    NONE = "", _("无申诉")
    OPEN = "open", _("申诉中")
    DISMISSED = "dismissed", _("申诉不成立")
    UPHELD = "upheld", _("申诉成立")


class RewardProposal(models.Model):
    """What one rule gives one person for one month (its first day): `amount` in yuan, always positive; `kind` says whether
    it is given or taken. `arithmetic` (steps that add up to the cent) and `conditions` (what was checked, what was found)
    are kept as they were. Two people approve it, neither of them the person nor who proposed it."""

    user = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="rewards", verbose_name=_("人员"))
    month = models.DateField(_("月份"))
    rules = models.ForeignKey(RewardRules, on_delete=models.PROTECT, related_name="+", db_index=False)
    rule = models.CharField(_("规则"), max_length=32)
    name = models.CharField(_("名称"), max_length=64)
    kind = models.CharField(_("类型"), max_length=8, choices=RewardKind)
    amount = models.DecimalField(_("金额"), max_digits=14, decimal_places=2)
    arithmetic = models.JSONField(default=list)
    conditions = models.JSONField(default=list)
    voided_by = models.CharField(_("作废条件"), max_length=32, blank=True)
    state = models.CharField(_("状态"), max_length=12, choices=ProposalState, default=ProposalState.PROPOSED)
    proposed_by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+", db_index=False)
    proposed_at = models.DateTimeField()
    first_by = models.ForeignKey(
        USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    first_at = models.DateTimeField(null=True, blank=True)
    second_by = models.ForeignKey(
        USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    second_at = models.DateTimeField(null=True, blank=True)
    rejected_by = models.ForeignKey(
        USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    rejected_at = models.DateTimeField(null=True, blank=True)
    reject_reason = models.CharField(_("驳回原因"), max_length=200, blank=True)
    appeal = models.CharField(_("申诉"), max_length=400, blank=True)
    appeal_state = models.CharField(_("申诉结果"), max_length=12, choices=AppealState, blank=True, default="")
    appealed_at = models.DateTimeField(null=True, blank=True)
    appeal_by = models.ForeignKey(
        USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    appeal_at = models.DateTimeField(null=True, blank=True)
    appeal_note = models.CharField(_("申诉答复"), max_length=400, blank=True)

    class Meta:
        verbose_name = _("奖惩")
        verbose_name_plural = _("奖惩")
        constraints = [
            models.UniqueConstraint(fields=["user", "month", "rule"], name="reward_once"),
            models.CheckConstraint(condition=Q(month__day=1, amount__gt=0), name="reward_of_a_month"),
            models.CheckConstraint(
                condition=Q(first_by__isnull=True) | (~Q(first_by=F("user")) & ~Q(first_by=F("proposed_by"))),
                name="reward_first_is_another",
            ),
            models.CheckConstraint(
                condition=Q(second_by__isnull=True)
                | (
                    Q(first_by__isnull=False)
                    & ~Q(second_by=F("first_by"))
                    & ~Q(second_by=F("user"))
                    & ~Q(second_by=F("proposed_by"))
                ),
                name="reward_second_is_another",
            ),
            models.CheckConstraint(
                condition=Q(state="proposed", first_by__isnull=True)
                | Q(state="first", first_by__isnull=False, second_by__isnull=True)
                | Q(state__in=["final", "withdrawn"], second_by__isnull=False)
                | (Q(state="rejected", rejected_by__isnull=False) & ~Q(reject_reason=""))
                | (Q(state="voided") & ~Q(voided_by="")),
                name="reward_state_stamped",
            ),
            models.CheckConstraint(
                condition=Q(voided_by="") | Q(state="voided", kind="reward"), name="reward_voided_says_so"
            ),
        ]
        indexes = [
            models.Index(fields=["month"], name="reward_month_idx"),
            models.Index(fields=["state"], name="reward_waits_idx", condition=Q(state__in=["proposed", "first"])),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.month:%Y-%m} {self.rule}"
