"""Covering an absence: cases lent from one collector's desk to another's for some days, and what became of each."""

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, RangeBoundary, RangeOperators
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from agents.models.people import DateRange, Leave

USER = settings.AUTH_USER_MODEL


class CoverState(models.TextChoices):
    PLANNED = "planned", _("待开始")
    RUNNING = "running", _("代管中")
    ENDED = "ended", _("已交还")
    CANCELLED = "cancelled", _("已取消")


class CoverScope(models.TextChoices):
    ALL = "all", _("全部案件")
    DUE = "due", _("有承诺、方案或回拨的案件")
    STAGES = "stages", _("所选阶段的案件")


OPEN_COVERS = (CoverState.PLANNED, CoverState.RUNNING)
"""States of a cover that binds its owner and its helper."""


class Cover(models.Model):
    """`helper` works the cases of `owner` from `first_day` through `last_day` (days of the lender's calendar, inclusive).

    Several helpers of one absence are several covers with one `arrangement`. `share`: per cent of the money of a lent case
    that is credited to the helper. `last_day` of one that was ended early is the day on which it was. `trouble` says in a
    code why it could not begin when its day came, `told_on` the day on which the leader was told so. `handover_note` is
    what the helper should know, `return_note` what the owner should know afterwards.
    """

    arrangement = models.UUIDField(_("安排"))
    owner = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="covers", verbose_name=_("缺席人"))
    helper = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="helps", verbose_name=_("代管人"))
    first_day = models.DateField(_("开始日期"))
    last_day = models.DateField(_("结束日期"))
    scope = models.CharField(_("范围"), max_length=8, choices=CoverScope, default=CoverScope.ALL)
    stages = ArrayField(models.PositiveSmallIntegerField(), verbose_name=_("阶段"), default=list, blank=True)
    share = models.DecimalField(_("代管人业绩占比（%）"), max_digits=5, decimal_places=2)
    leave = models.ForeignKey(
        Leave, null=True, blank=True, on_delete=models.PROTECT, related_name="covers", verbose_name=_("请假")
    )
    state = models.CharField(_("状态"), max_length=10, choices=CoverState, default=CoverState.PLANNED)
    reason = models.CharField(_("事由"), max_length=200, blank=True)
    handover_note = models.CharField(_("交接说明"), max_length=1000, blank=True)
    return_note = models.CharField(_("交还说明"), max_length=1000, blank=True)
    trouble = models.CharField(max_length=24, blank=True)
    told_on = models.DateField(null=True, blank=True)
    arranged_by = models.ForeignKey(
        USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    arranged_at = models.DateTimeField(_("安排时间"))
    started_at = models.DateTimeField(_("开始时间"), null=True, blank=True)
    ended_at = models.DateTimeField(_("结束时间"), null=True, blank=True)
    ended_by = models.ForeignKey(
        USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    end_reason = models.CharField(_("结束原因"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("代管")
        verbose_name_plural = _("代管")
        constraints = [
            models.CheckConstraint(condition=Q(last_day__gte=F("first_day")), name="cover_period"),
            models.CheckConstraint(condition=~Q(owner=F("helper")), name="cover_by_somebody_else"),
            models.CheckConstraint(condition=Q(share__gte=0, share__lte=100), name="cover_share"),
            models.CheckConstraint(
                condition=Q(scope="stages", stages__len__gt=0) | (~Q(scope="stages") & Q(stages=[])),
                name="cover_stages_chosen",
            ),
            models.CheckConstraint(
                condition=Q(state="planned", started_at__isnull=True, ended_at__isnull=True)
                | Q(state="running", started_at__isnull=False, ended_at__isnull=True)
                | Q(state="ended", started_at__isnull=False, ended_at__isnull=False)
                | Q(state="cancelled", started_at__isnull=True, ended_at__isnull=False),
                name="cover_state_as_dated",
            ),
            models.UniqueConstraint(
                fields=["arrangement", "helper"], name="cover_helper_once", condition=Q(state__in=OPEN_COVERS)
            ),
            # One arrangement at a time for whoever is away; within one there may be several helpers.
            ExclusionConstraint(
                name="cover_one_arrangement_at_a_time",
                expressions=[
                    ("owner", RangeOperators.EQUAL),
                    ("arrangement", RangeOperators.NOT_EQUAL),
                    (DateRange("first_day", "last_day", RangeBoundary(True, True)), RangeOperators.OVERLAPS),
                ],
                condition=Q(state__in=OPEN_COVERS),
            ),
        ]
        indexes = [
            models.Index(fields=["first_day", "last_day"], name="cover_days_idx"),
            models.Index(fields=["last_day"], name="cover_open_idx", condition=Q(state__in=OPEN_COVERS)),
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_COVERS


class CaseFate(models.TextChoices):
    """What became of a lent case when its cover ended; empty as long as it is lent."""

    RETURNED = "returned", _("已交还")
    CLOSED = "closed", _("代管期间结案")
    MOVED = "moved", _("代管期间调往他处")
    POOLED = "pooled", _("缺席人不能再办案，已入案件池")
    HANDED_ON = "handed_on", _("转交另一代管人")


class CoverCase(models.Model):
    """One case was lent by one cover from `since` until `until`. A case is lent once at a time. `total`: what it owed when
    it was lent (yuan). It goes with its case, which an import that is taken back deletes by sets: hence a key of the
    database's own (migration 0010)."""

    cover = models.ForeignKey(Cover, on_delete=models.PROTECT, related_name="lent", db_index=False)
    case = models.ForeignKey(
        "cases.Case", on_delete=models.CASCADE, related_name="+", db_constraint=False, verbose_name=_("案件")
    )
    since = models.DateTimeField(_("开始"))
    until = models.DateTimeField(_("结束"), null=True, blank=True)
    total = models.DecimalField(_("代管时逾期总额"), max_digits=16, decimal_places=2)
    fate = models.CharField(_("去向"), max_length=10, choices=CaseFate, blank=True)

    class Meta:
        verbose_name = _("代管案件")
        verbose_name_plural = _("代管案件")
        constraints = [
            models.UniqueConstraint(fields=["cover", "case"], name="cover_case_once"),
            models.UniqueConstraint(fields=["case"], name="cover_case_lent_once", condition=Q(until__isnull=True)),
            models.CheckConstraint(
                condition=Q(until__isnull=True, fate="")
                | (Q(until__isnull=False, until__gte=F("since")) & ~Q(fate="")),
                name="cover_case_ends_with_its_fate",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.cover_id} {self.case_id}"
