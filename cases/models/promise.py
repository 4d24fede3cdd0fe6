"""What a debtor promised to pay and by when, and the money that was counted for it."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class PromiseState(models.TextChoices):
    OPEN = "open", _("等待还款")
    KEPT = "kept", _("已兑现")
    PART_KEPT = "part_kept", _("部分兑现")
    BROKEN = "broken", _("未兑现")
    CANCELLED = "cancelled", _("已取消")


class PromiseChannel(models.TextChoices):
    """How the money is to come."""

    TRANSFER = "transfer", _("银行转账")
    APP = "app", _("手机应用还款")
    DEBIT = "debit", _("约定扣款")
    COUNTER = "counter", _("柜面")
    OTHER = "other", _("其他")


class Promise(models.Model):
    """`amount` (yuan) to be paid from `made_on` to `due_on`; money up to `counts_until` (grace) still counts, and `enough`
    (the amount less tolerance) keeps it. Both are fixed when the promise is made, so that a setting changed later does not
    change history; so are `owed` and `stage`, what the case was then.

    `state`, `paid` and `settled_on` repeat what the confirmed repayments say (services/promise_money.py computes them
    again). `settled_on` is the day on which it was decided: that of the payment that kept it, else the day after the last
    that counted. A cancelled promise counts as neither kept nor broken: one that a person took back (`cancelled_at`), or
    whose case ended before its money was due.
    """

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="promises", verbose_name=_("案件"))
    amount = models.DecimalField(_("承诺金额"), max_digits=14, decimal_places=2)
    enough = models.DecimalField(_("达到即算兑现"), max_digits=14, decimal_places=2)
    made_on = models.DateField(_("承诺日期"))
    due_on = models.DateField(_("还款日期"))
    counts_until = models.DateField(_("计入截止"))
    channel = models.CharField(_("还款方式"), max_length=16, choices=PromiseChannel, blank=True)
    owed = models.DecimalField(_("承诺时逾期总额"), max_digits=14, decimal_places=2)
    stage = models.SmallIntegerField(_("承诺时阶段"))
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    made_at = models.DateTimeField(_("登记时间"), db_default=Now())
    override_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    override_reason = models.CharField(_("例外原因"), max_length=200, blank=True)

    state = models.CharField(_("状态"), max_length=12, choices=PromiseState, default=PromiseState.OPEN)
    paid = models.DecimalField(_("已计入"), max_digits=14, decimal_places=2, default=0)
    settled_on = models.DateField(_("结果日期"), null=True, blank=True)
    cancelled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    cancelled_at = models.DateTimeField(_("取消时间"), null=True, blank=True)
    cancel_reason = models.CharField(_("取消原因"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("承诺还款")
        verbose_name_plural = _("承诺还款")
        constraints = [
            models.CheckConstraint(
                condition=Q(amount__gt=0, enough__gt=0, enough__lte=F("amount"), paid__gte=0), name="promise_amounts"
            ),
            models.CheckConstraint(
                condition=Q(due_on__gte=F("made_on"), counts_until__gte=F("due_on")), name="promise_days_in_order"
            ),
            models.CheckConstraint(
                condition=Q(state="open", settled_on__isnull=True) | (~Q(state="open") & Q(settled_on__isnull=False)),
                name="promise_settled_with_day",
            ),
            # What the state says of the money, whoever wrote it.
            models.CheckConstraint(
                condition=Q(state="kept", paid__gte=F("enough"))
                | Q(state="part_kept", paid__gt=0, paid__lt=F("enough"))
                | Q(state="broken", paid=0)
                | Q(state="cancelled")
                | Q(state="open", paid__lt=F("enough")),
                name="promise_state_as_paid",
            ),
            models.CheckConstraint(
                condition=Q(cancelled_at__isnull=True, cancelled_by__isnull=True, cancel_reason="")
                | (Q(cancelled_at__isnull=False, state="cancelled", paid=0) & ~Q(cancel_reason="")),
                name="promise_cancelled_with_reason",
            ),
            models.CheckConstraint(
                condition=Q(override_by__isnull=True, override_reason="")
                | (Q(override_by__isnull=False) & ~Q(override_reason="")),
                name="promise_override_with_reason",
            ),
        ]
        indexes = [
            # The days' work: what falls due and what waits to be settled.
            models.Index(fields=["due_on"], name="promise_open_idx", condition=Q(state="open")),
            models.Index(fields=["settled_on"], name="promise_settled_idx", condition=Q(settled_on__isnull=False)),
            # What people of a stage really kept, for the suggestion after a broken one.
            models.Index(fields=["stage", "made_on"], name="promise_kept_idx", condition=Q(state="kept")),
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"


class PromiseMoney(models.Model):
    """One repayment that counts for a promise. A repayment is given whole and to one promise: the database keeps it from
    keeping a second one."""

    promise = models.ForeignKey(Promise, on_delete=models.CASCADE, related_name="money")
    repayment = models.ForeignKey("cases.Repayment", on_delete=models.PROTECT, related_name="+", db_index=False)
    amount = models.DecimalField(_("金额"), max_digits=14, decimal_places=2)

    class Meta:
        verbose_name = _("承诺的还款")
        verbose_name_plural = _("承诺的还款")
        constraints = [
            models.UniqueConstraint(fields=["repayment"], name="promise_money_keeps_one"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="promise_money_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.promise_id} {self.repayment_id}"
