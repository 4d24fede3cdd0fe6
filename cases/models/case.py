"""One overdue episode of one loan."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from cases.models.balance import Balance
from cases.models.desk import Desk
from cases.models.keys import provenance_key
from cases.models.loan import Loan
from cases.querysets import CaseQuerySet


class CloseReason(models.TextChoices):
    PAID = "paid", _("已结清")
    CURED = "cured", _("还款后回到正常")
    RECALLED = "recalled", _("委托方撤回")
    SETTLED = "settled", _("协商了结")
    WRITTEN_OFF = "written_off", _("核销")
    DECEASED = "deceased", _("身故")
    MISTAKE = "mistake", _("错误入账")
    OTHER = "other", _("其他")


class Case(Balance):
    """Opens when the loan enters the overdue book, closes with a reason. A loan that falls overdue again after a cure
    opens a new case (episode 2, 3, …).

    The columns from `as_of` to `last_row` and `desk`, `absent_since` are a cache of the latest Position, the open
    Custody and the open Absence; `rebuild_case_cache` computes them again and compares. They change daily, so no index
    holds them, and the table has room for heap-only updates of every row (fillfactor 45, migration 0006).
    """

    # No index of its own: case_episode_unique begins with it.
    loan = models.ForeignKey(
        Loan,
        on_delete=models.PROTECT,
        related_name="cases",
        verbose_name=_("借款合同"),
        db_constraint=False,  # kept by a trigger, as desk: see cases/models/keys.py
        db_index=False,
    )
    episode = models.PositiveSmallIntegerField(_("第几次逾期"), default=1)
    opened_on = models.DateField(_("入催日期"))
    opened_by_run = provenance_key()
    closed_on = models.DateField(_("结案日期"), null=True, blank=True)
    # When we learned of the end, which may be later than its day.
    closed_at = models.DateTimeField(_("结案登记时间"), null=True, blank=True)
    closed_by_run = provenance_key()
    close_reason = models.CharField(_("结案原因"), max_length=16, choices=CloseReason, blank=True)
    close_note = models.CharField(_("结案说明"), max_length=200, blank=True)

    as_of = models.DateField(_("数据日期"))
    last_run = provenance_key()
    last_row = models.BigIntegerField(null=True, blank=True, help_text=_("最近一次头寸所在的导入行"))
    desk = models.ForeignKey(
        Desk,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="cases",
        verbose_name=_("当前席位"),
        db_constraint=False,
        db_index=False,  # only open cases have a desk: case_desk_open_idx
    )
    absent_since = models.DateField(_("缺席起始"), null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now())

    objects = CaseQuerySet.as_manager()

    class Meta:
        verbose_name = _("案件")
        verbose_name_plural = _("案件")
        constraints = [
            models.UniqueConstraint(fields=["loan"], name="case_one_open", condition=Q(closed_on__isnull=True)),
            models.UniqueConstraint(fields=["loan", "episode"], name="case_episode_unique"),
            models.CheckConstraint(
                condition=Q(closed_on__isnull=True, close_reason="")
                | (Q(closed_on__isnull=False) & ~Q(close_reason="")),
                name="case_closed_with_reason",
            ),
            models.CheckConstraint(
                condition=Q(closed_on__isnull=True, closed_at__isnull=True)
                | Q(closed_on__isnull=False, closed_at__isnull=False),
                name="case_closed_with_moment",
            ),
        ]
        indexes = [
            models.Index(fields=["desk"], name="case_desk_open_idx", condition=Q(closed_on__isnull=True)),
            models.Index(
                fields=["closed_by_run"], name="case_closed_by_run_idx", condition=Q(closed_by_run__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"

    @property
    def is_open(self) -> bool:
        return self.closed_on is None
