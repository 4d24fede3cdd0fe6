"""Where a case can sit, and which desk held it from when to when."""

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeBoundary, RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.utils.translation import gettext_lazy as _


class DeskKind(models.TextChoices):
    POOL = "pool", _("案件池")
    COLLECTOR = "collector", _("催收员席位")
    AGENCY = "agency", _("委外席位")


class Desk(models.Model):
    """The pool (one), a collector's desk, or an agency's desk."""

    code = models.SlugField(_("代码"), max_length=32, db_index=False)
    name = models.CharField(_("名称"), max_length=64)
    kind = models.CharField(_("类型"), max_length=12, choices=DeskKind)
    owner = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="desk",
        verbose_name=_("席位人员"),
    )
    unit = models.CharField(_("组织单元"), max_length=32, blank=True)
    is_active = models.BooleanField(_("启用"), default=True)

    class Meta:
        verbose_name = _("案件席位")
        verbose_name_plural = _("案件席位")
        constraints = [
            models.UniqueConstraint(fields=["code"], name="desk_code_unique"),
            models.UniqueConstraint(fields=["kind"], name="desk_one_pool", condition=Q(kind="pool")),
            models.CheckConstraint(
                condition=~Q(kind="collector") | Q(owner__isnull=False), name="desk_collector_has_owner"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class DeskGrace(models.Model):
    """Days of grace that one desk has by its own agreement, from a day on; before the setting for all desks of its kind
    (cases/credit.py). Never edited: the newest row that has begun counts."""

    desk = models.ForeignKey(Desk, on_delete=models.PROTECT, related_name="graces", verbose_name=_("席位"))
    effective_from = models.DateField(_("生效日期"))
    days = models.PositiveSmallIntegerField(_("宽限天数"))
    set_at = models.DateTimeField(_("设定时间"))

    class Meta:
        verbose_name = _("席位宽限天数")
        verbose_name_plural = _("席位宽限天数")
        constraints = [
            models.UniqueConstraint(fields=["desk", "effective_from", "set_at"], name="desk_grace_once"),
            models.CheckConstraint(condition=Q(days__lte=60), name="desk_grace_most"),
        ]

    def __str__(self) -> str:
        return f"{self.desk_id} {self.effective_from}: {self.days}"


class TsTzRange(Func):
    function = "TSTZRANGE"
    output_field = DateTimeRangeField()


class Custody(models.Model):
    """One desk held one case over one period [started_at, ended_at). Exactly one open custody an open case.

    No two periods of a case overlap: ended ones by the exclusion constraint, the open one (of which custody_one_open allows
    one) by the trigger cases_custody_open_is_last. The constraint alone would do, at thirty times the cost for each of the
    hundred thousand open rows of a first file.
    """

    case = models.ForeignKey(
        "cases.Case",
        on_delete=models.CASCADE,
        related_name="custodies",
        verbose_name=_("案件"),
        db_constraint=False,  # kept by a trigger, see cases/models/keys.py
    )
    desk = models.ForeignKey(
        Desk,
        on_delete=models.PROTECT,
        related_name="custodies",
        verbose_name=_("席位"),
        db_constraint=False,  # kept by a trigger, see cases/models/keys.py
        db_index=False,  # what a desk holds now is asked of Case.desk
    )
    started_at = models.DateTimeField(_("开始"))
    ended_at = models.DateTimeField(_("结束"), null=True, blank=True)
    reason = models.CharField(_("原因"), max_length=64)
    moved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_constraint=False,  # kept by a trigger, see cases/models/keys.py
        db_index=False,
    )

    class Meta:
        verbose_name = _("案件归属")
        verbose_name_plural = _("案件归属")
        constraints = [
            models.UniqueConstraint(fields=["case"], name="custody_one_open", condition=Q(ended_at__isnull=True)),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=F("started_at")), name="custody_period"
            ),
            ExclusionConstraint(
                name="custody_no_overlap",
                expressions=[
                    ("case", RangeOperators.EQUAL),
                    (TsTzRange("started_at", "ended_at", RangeBoundary()), RangeOperators.OVERLAPS),
                ],
                condition=Q(ended_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} @ {self.desk_id}"
