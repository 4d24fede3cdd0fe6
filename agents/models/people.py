"""Teams, the people in them, what they can do and when they are there."""

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateRangeField, RangeBoundary, RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.utils.translation import gettext_lazy as _

USER = settings.AUTH_USER_MODEL


class DateRange(Func):
    function = "DATERANGE"
    output_field = DateRangeField()


class Team(models.Model):
    """A group of collectors. Its code is the `unit` of its people and of their desks, by which rows are scoped."""

    code = models.SlugField(_("代码"), max_length=32, db_index=False)
    name = models.CharField(_("名称"), max_length=64)
    leader = models.ForeignKey(
        USER, null=True, blank=True, on_delete=models.PROTECT, related_name="led_teams", verbose_name=_("组长")
    )
    is_active = models.BooleanField(_("启用"), default=True)

    class Meta:
        verbose_name = _("小组")
        verbose_name_plural = _("小组")
        constraints = [models.UniqueConstraint(fields=["code"], name="team_code_unique")]

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """A person was in a team from `since` until `until` (not that day any more; None: still). In one team at a time."""

    user = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="memberships", verbose_name=_("人员"))
    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="memberships", verbose_name=_("小组"))
    since = models.DateField(_("开始"))
    until = models.DateField(_("结束"), null=True, blank=True)

    class Meta:
        verbose_name = _("小组成员")
        verbose_name_plural = _("小组成员")
        constraints = [
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(until__gte=F("since")), name="membership_period"
            ),
            ExclusionConstraint(
                name="membership_one_team_at_a_time",
                expressions=[
                    ("user", RangeOperators.EQUAL),
                    (DateRange("since", "until", RangeBoundary()), RangeOperators.OVERLAPS),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} @ {self.team_id}"


class Shift(models.Model):
    """Working hours by which people are there, on business days unless `weekdays` (1 Monday to 7) says otherwise."""

    name = models.CharField(_("名称"), max_length=32)
    starts = models.TimeField(_("上班"))
    ends = models.TimeField(_("下班"))
    weekdays = ArrayField(models.PositiveSmallIntegerField(), verbose_name=_("工作日"), default=list, blank=True)
    is_active = models.BooleanField(_("启用"), default=True)

    class Meta:
        verbose_name = _("班次")
        verbose_name_plural = _("班次")
        constraints = [
            models.UniqueConstraint(fields=["name"], name="shift_name_unique"),
            models.CheckConstraint(condition=Q(ends__gt=F("starts")), name="shift_hours"),
        ]

    def __str__(self) -> str:
        return self.name


class Collector(models.Model):
    """What one collector can do. An empty list of stages, products or regions sets no limit; languages are those spoken
    besides standard Chinese (粤语, 维吾尔语…). Capacity: up to `soft_*` a person is filled, beyond `hard_*` never; amounts
    in yuan, None without a limit. The level (1 to 5) is computed from experience and certificates (agents/people/levels.py);
    `level_set` is what the leader put in its place, with a reason."""

    user = models.OneToOneField(USER, on_delete=models.PROTECT, primary_key=True, related_name="collector")
    staff_no = models.CharField(_("工号"), max_length=32, blank=True)
    joined_on = models.DateField(_("入职日期"))
    left_on = models.DateField(_("离职日期"), null=True, blank=True)
    stages = ArrayField(models.PositiveSmallIntegerField(), verbose_name=_("可办阶段"), default=list, blank=True)
    products = ArrayField(models.CharField(max_length=64), verbose_name=_("可办产品"), default=list, blank=True)
    regions = ArrayField(models.CharField(max_length=64), verbose_name=_("可办地区"), default=list, blank=True)
    languages = ArrayField(models.CharField(max_length=32), verbose_name=_("语言与方言"), default=list, blank=True)
    level_set = models.PositiveSmallIntegerField(_("核定难度等级"), null=True, blank=True)
    level_reason = models.CharField(_("核定原因"), max_length=200, blank=True)
    soft_count = models.PositiveIntegerField(_("件数（建议上限）"), default=200)
    hard_count = models.PositiveIntegerField(_("件数（上限）"), default=220)
    soft_amount = models.DecimalField(_("金额（建议上限）"), max_digits=16, decimal_places=2, null=True, blank=True)
    hard_amount = models.DecimalField(_("金额（上限）"), max_digits=16, decimal_places=2, null=True, blank=True)
    shift = models.ForeignKey(
        Shift, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("班次")
    )
    takes_new = models.BooleanField(_("接收新案"), default=True)

    class Meta:
        verbose_name = _("催收员档案")
        verbose_name_plural = _("催收员档案")
        constraints = [
            models.CheckConstraint(
                condition=Q(level_set__isnull=True, level_reason="")
                | (Q(level_set__gte=1, level_set__lte=5) & ~Q(level_reason="")),
                name="collector_level_set_with_reason",
            ),
            models.CheckConstraint(condition=Q(hard_count__gte=F("soft_count")), name="collector_capacity_count"),
            models.CheckConstraint(
                condition=Q(hard_amount__isnull=True)
                | Q(soft_amount__isnull=True)
                | Q(hard_amount__gte=F("soft_amount")),
                name="collector_capacity_amount",
            ),
            models.CheckConstraint(
                condition=Q(left_on__isnull=True) | Q(left_on__gte=F("joined_on")), name="collector_period"
            ),
            models.UniqueConstraint(fields=["staff_no"], name="collector_staff_no", condition=~Q(staff_no="")),
        ]

    def __str__(self) -> str:
        return str(self.user)


class Half(models.TextChoices):
    """Which part of a first or last day."""

    WHOLE = "whole", _("全天")
    MORNING = "morning", _("上午")
    AFTERNOON = "afternoon", _("下午")


class LeaveKind(models.TextChoices):
    ANNUAL = "annual", _("年假")
    SICK = "sick", _("病假")
    PERSONAL = "personal", _("事假")
    FAMILY = "family", _("婚丧产假")
    TRAINING = "training", _("培训")
    OTHER = "other", _("其他")


class LeaveState(models.TextChoices):
    ASKED = "asked", _("待审批")
    APPROVED = "approved", _("已批准")
    REFUSED = "refused", _("已驳回")
    CANCELLED = "cancelled", _("已取消")


class Leave(models.Model):
    """A person is away from `first_day` through `last_day`; of the first day perhaps only the afternoon, of the last only
    the morning, of a single day either half. What is approved counts; two that are asked or approved never overlap."""

    user = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="leaves", verbose_name=_("人员"))
    kind = models.CharField(_("类型"), max_length=12, choices=LeaveKind)
    first_day = models.DateField(_("开始日期"))
    first_half = models.CharField(_("开始时段"), max_length=12, choices=Half, default=Half.WHOLE)
    last_day = models.DateField(_("结束日期"))
    last_half = models.CharField(_("结束时段"), max_length=12, choices=Half, default=Half.WHOLE)
    reason = models.CharField(_("事由"), max_length=200, blank=True)
    state = models.CharField(_("状态"), max_length=12, choices=LeaveState, default=LeaveState.ASKED)
    asked_by = models.ForeignKey(
        USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    asked_at = models.DateTimeField(_("申请时间"))
    decided_by = models.ForeignKey(
        USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    decided_at = models.DateTimeField(_("审批时间"), null=True, blank=True)
    decision_note = models.CharField(_("审批意见"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("请假")
        verbose_name_plural = _("请假")
        constraints = [
            models.CheckConstraint(condition=Q(last_day__gte=F("first_day")), name="leave_period"),
            models.CheckConstraint(
                condition=(Q(first_day=F("last_day")) & Q(first_half=F("last_half")))
                | (~Q(first_day=F("last_day")) & ~Q(first_half="morning") & ~Q(last_half="afternoon")),
                name="leave_halves_in_one_piece",
            ),
            ExclusionConstraint(
                name="leave_no_overlap",
                expressions=[
                    ("user", RangeOperators.EQUAL),
                    (DateRange("first_day", "last_day", RangeBoundary(True, True)), RangeOperators.OVERLAPS),
                ],
                condition=Q(state__in=("asked", "approved")),
            ),
        ]
        indexes = [models.Index(fields=["first_day", "last_day"], name="leave_days_idx")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.first_day}–{self.last_day}"
