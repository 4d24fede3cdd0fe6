"""What a week and a month were like for one person: the weekly plan and review, and the monthly appraisal (考核)."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

USER = settings.AUTH_USER_MODEL


class WeekState(models.TextChoices):
    DRAFT = "draft", _("计划中")
    HELD = "held", _("待确认")
    ACKNOWLEDGED = "acknowledged", _("已确认")


class WeekReview(models.Model):
    """One person's week, by its Monday. The person writes a plan, the leader holds the talk (the figures are frozen then, as
    agents/reviews/segments.py writes them), the person acknowledges it; from then on nothing of it changes, but what came of
    the actions is put to them the week after. `version` counts what was saved: who saves on top of an older one is told."""

    user = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="week_reviews", verbose_name=_("人员"))
    week = models.DateField(_("周一"))
    state = models.CharField(_("状态"), max_length=12, choices=WeekState, default=WeekState.DRAFT)
    version = models.PositiveIntegerField(default=1)
    plan = models.TextField(_("本周计划"), max_length=2000, blank=True)
    planned_at = models.DateTimeField(null=True, blank=True)
    figures = models.JSONField(default=dict, blank=True)
    notes = models.TextField(_("组长记录"), max_length=2000, blank=True)
    held_by = models.ForeignKey(USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    held_at = models.DateTimeField(null=True, blank=True)
    answer = models.CharField(_("本人意见"), max_length=400, blank=True)
    acknowledged_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("周复盘")
        verbose_name_plural = _("周复盘")
        constraints = [
            models.UniqueConstraint(fields=["user", "week"], name="week_review_once"),
            models.CheckConstraint(condition=Q(week__iso_week_day=1), name="week_review_begins_on_monday"),
            models.CheckConstraint(
                condition=Q(state="draft", held_by__isnull=True, held_at__isnull=True, acknowledged_at__isnull=True)
                | Q(state="held", held_by__isnull=False, held_at__isnull=False, acknowledged_at__isnull=True)
                | Q(state="acknowledged", held_by__isnull=False, held_at__isnull=False, acknowledged_at__isnull=False),
                name="week_review_stamps",
            ),
            models.CheckConstraint(condition=~Q(held_by=F("user")), name="week_review_not_by_oneself"),
        ]
        indexes = [models.Index(fields=["week"], name="week_review_week_idx")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.week}"


class ReviewAction(models.Model):
    """What was agreed: who does what by when, and by which measure one will see it. `done` stays empty until it is looked
    at the week after."""

    review = models.ForeignKey(WeekReview, on_delete=models.CASCADE, related_name="actions")
    what = models.CharField(_("做什么"), max_length=200)
    who = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+", db_index=False, verbose_name=_("谁"))
    due_on = models.DateField(_("何时"))
    measure = models.CharField(_("以什么衡量"), max_length=100)
    done = models.BooleanField(_("完成"), null=True, blank=True)
    outcome = models.CharField(_("结果"), max_length=200, blank=True)
    checked_by = models.ForeignKey(
        USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    checked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("约定事项")
        verbose_name_plural = _("约定事项")
        constraints = [
            models.CheckConstraint(condition=~Q(what="") & ~Q(measure=""), name="review_action_complete"),
            models.CheckConstraint(
                condition=Q(done__isnull=True, checked_at__isnull=True, checked_by__isnull=True)
                | Q(done__isnull=False, checked_at__isnull=False, checked_by__isnull=False),
                name="review_action_checked",
            ),
        ]

    def __str__(self) -> str:
        return self.what


class AppraisalWeights(models.Model):
    """One version of the weights; the newest is in force. Never changed. `values`: see agents/reviews/weights.py."""

    values = models.JSONField(_("权重"), default=dict)
    reason = models.CharField(_("原因"), max_length=200)
    saved_by = models.ForeignKey(USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    saved_at = models.DateTimeField(_("时间"))

    class Meta:
        verbose_name = _("考核权重")
        verbose_name_plural = _("考核权重")

    def __str__(self) -> str:
        return f"#{self.pk}"


class AppraisalState(models.TextChoices):
    OPEN = "open", _("待自评")
    SELF = "self", _("待组长评定")
    LEADER = "leader", _("待本人确认")
    AGREED = "agreed", _("已一致")
    DISAGREED = "disagreed", _("有异议，待裁定")
    DECIDED = "decided", _("已裁定")


class Appraisal(models.Model):
    """One person's month (its first day). The figures are frozen when it is opened; `values` are the weights of that moment,
    so that the points can be worked out again for ever. The leader may add or take a few points with a reason; who does not
    agree says why, and a second leader decides."""

    user = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="appraisals", verbose_name=_("人员"))
    month = models.DateField(_("月份"))
    state = models.CharField(_("状态"), max_length=12, choices=AppraisalState, default=AppraisalState.OPEN)
    figures = models.JSONField()
    values = models.JSONField()
    weights_version = models.BigIntegerField(_("权重版本"), default=0)
    points = models.DecimalField(_("公式得分"), max_digits=5, decimal_places=2)
    opened_by = models.ForeignKey(
        USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    opened_at = models.DateTimeField()
    self_view = models.TextField(_("自评"), max_length=2000, blank=True)
    self_at = models.DateTimeField(null=True, blank=True)
    leader_view = models.TextField(_("组长评语"), max_length=2000, blank=True)
    adjustment = models.DecimalField(_("组长调整"), max_digits=5, decimal_places=2, default=0)
    leader = models.ForeignKey(USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    leader_at = models.DateTimeField(null=True, blank=True)
    answer = models.CharField(_("本人意见"), max_length=400, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    decision = models.CharField(_("裁定理由"), max_length=400, blank=True)
    result = models.DecimalField(_("最终得分"), max_digits=5, decimal_places=2, null=True, blank=True)
    grade = models.CharField(_("等级"), max_length=1, blank=True)

    class Meta:
        verbose_name = _("考核")
        verbose_name_plural = _("考核")
        constraints = [
            models.UniqueConstraint(fields=["user", "month"], name="appraisal_once"),
            models.CheckConstraint(condition=Q(month__day=1), name="appraisal_of_a_month"),
            models.CheckConstraint(
                condition=(Q(state__in=["open", "self"]) & Q(leader__isnull=True, result__isnull=True, grade=""))
                | (
                    Q(state__in=["leader", "agreed", "disagreed", "decided"])
                    & Q(leader__isnull=False, leader_at__isnull=False, result__isnull=False)
                    & ~Q(grade="")
                ),
                name="appraisal_result_with_leader",
            ),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | (~Q(decided_by=F("leader")) & ~Q(decided_by=F("user"))),
                name="appraisal_decided_by_another",
            ),
            models.CheckConstraint(condition=Q(leader__isnull=True) | ~Q(leader=F("user")), name="appraisal_not_own"),
            models.CheckConstraint(condition=Q(adjustment=0) | ~Q(leader_view=""), name="appraisal_adjusted_in_words"),
            models.CheckConstraint(
                condition=Q(result__isnull=True) | Q(result__gte=0, result__lte=100), name="appraisal_result_range"
            ),
        ]
        indexes = [models.Index(fields=["month"], name="appraisal_month_idx")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.month:%Y-%m}"
