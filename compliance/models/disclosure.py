"""Who looked at personal data: what was unusual about it, and that somebody read the week's list."""

from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from collection_ops.core.models import User


class AlertKind(models.TextChoices):
    NOT_OWN = "not_own", _("查看非本人案件")
    AFTER_HOURS = "after_hours", _("非工作时间查询")
    IN_A_ROW = "in_a_row", _("短时间连续查看")
    EMPTY_SEARCHES = "empty_searches", _("多次按姓名查找无结果")
    NO_CONTACT = "no_contact", _("查看号码后未联系")
    EXPORTS = "exports", _("导出人数达到警戒线")


class AlertState(models.TextChoices):
    NEW = "new", _("待核查")
    EXPLAINED = "explained", _("已说明")
    CONFIRMED = "confirmed", _("确认异常")


class DisclosureAlertQuerySet(models.QuerySet["DisclosureAlert"]):
    def for_user(self, user: "User") -> Self:
        """Nobody sees what is looked into about themselves."""
        return self.exclude(user=user)


class DisclosureAlert(models.Model):
    """Something that one person did on one day and that looks unusual; no accusation. `count`: how many times, or of how
    many persons (exports). `evidence`: ids of the audit events, the first ones. Whoever it is about is never told of it.
    `breach_case`: of a confirmed one, the matter of the register that it led to; several about the same events share it."""

    kind = models.CharField(_("提示"), max_length=14, choices=AlertKind)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("人员")
    )
    day = models.DateField(_("日期"))
    count = models.PositiveIntegerField(_("数量"))
    severity = models.PositiveSmallIntegerField(_("程度"), choices=[(1, _("提示")), (2, _("较重")), (3, _("严重"))])
    evidence: "models.JSONField[list[int]]" = models.JSONField(default=list)
    state = models.CharField(_("状态"), max_length=9, choices=AlertState, default=AlertState.NEW)
    found_at = models.DateTimeField(_("发现时间"))
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    decided_at = models.DateTimeField(_("核查时间"), null=True, blank=True)
    note = models.CharField(_("核查说明"), max_length=200, blank=True)
    breach_case = models.ForeignKey(
        "compliance.BreachCase",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="alerts",
        verbose_name=_("违规登记"),
    )

    objects = DisclosureAlertQuerySet.as_manager()

    class Meta:
        verbose_name = _("查询异常提示")
        verbose_name_plural = _("查询异常提示")
        constraints = [
            models.UniqueConstraint(fields=["kind", "user", "day"], name="disclosure_alert_once"),
            models.CheckConstraint(
                name="disclosure_alert_decided",
                condition=Q(state="new", decided_by__isnull=True, decided_at__isnull=True, note="")
                | Q(state__in=["explained", "confirmed"], decided_by__isnull=False, decided_at__isnull=False)
                & ~Q(note=""),
            ),
            models.CheckConstraint(
                name="disclosure_alert_by_another",
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("user")),
            ),
        ]
        indexes = [
            models.Index(fields=["day"], name="disclosure_alert_day_idx"),
            models.Index(fields=["-day"], name="disclosure_alert_new_idx", condition=Q(state="new")),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.user_id} {self.day}"


class DisclosureReview(models.Model):
    """Somebody read the list of one week (`week` is its Monday). Where the reader is on the list, another person reads those
    lines: until then `second_by` is empty and the week is not done."""

    week = models.DateField(_("周"))
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False, verbose_name=_("签阅人")
    )
    reviewed_at = models.DateTimeField(_("签阅时间"))
    note = models.CharField(_("签阅意见"), max_length=500, blank=True)
    has_own = models.BooleanField(_("含签阅人本人"), default=False)
    second_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    second_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("查询监测签阅")
        verbose_name_plural = _("查询监测签阅")
        constraints = [
            models.UniqueConstraint(fields=["week"], name="disclosure_review_once"),
            models.CheckConstraint(
                name="disclosure_review_two_people",
                condition=Q(second_by__isnull=True, second_at__isnull=True)
                | Q(has_own=True, second_at__isnull=False) & ~Q(second_by=F("reviewed_by")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.week}"

    @property
    def is_done(self) -> bool:
        return not self.has_own or self.second_by_id is not None
