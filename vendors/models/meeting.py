"""The monthly meeting with an agency: what was laid on the table, what was said, and what came of the decisions."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from collection_ops.core.fields import EncryptedTextField

USER = settings.AUTH_USER_MODEL


class MonthlyMeeting(models.Model):
    """One a month and agency. `pack`: the figures and hard cases as they were known when it was made, never changed
    (`digest`: SHA-256 of it); `minutes`: what was said, written by whoever holds it."""

    agency = models.ForeignKey(
        "vendors.Agency", on_delete=models.PROTECT, related_name="meetings", verbose_name=_("机构")
    )
    period = models.DateField(_("月份"))
    pack = models.JSONField(_("材料"))
    digest = models.CharField(max_length=64)
    known_by = models.DateTimeField(_("已知截至"))
    made_by = models.ForeignKey(USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    made_at = models.DateTimeField(_("生成时间"))
    held_on = models.DateField(_("会议日期"), null=True, blank=True)
    minutes = EncryptedTextField(_("会议纪要"), blank=True)
    minutes_by = models.ForeignKey(
        USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    minutes_at = models.DateTimeField(_("纪要时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("月度会议")
        verbose_name_plural = _("月度会议")
        constraints = [
            models.UniqueConstraint(fields=["agency", "period"], name="meeting_once_a_month"),
            models.CheckConstraint(condition=Q(period__day=1), name="meeting_first_of_month"),
            models.CheckConstraint(
                condition=Q(minutes_at__isnull=True) | Q(held_on__isnull=False, minutes_by__isnull=False),
                name="meeting_minutes_with_day",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.agency_id} {self.period:%Y-%m}"


class Figure(models.TextChoices):
    """What a decision can aim at; each is measured by meetings/figures.py."""

    RECOVERED = "recovered", _("回款(元)")
    CONTACTED = "contacted", _("联系到的客户数")
    CONTACTS = "contacts", _("联系次数")
    COMPLAINTS = "complaints", _("属实投诉")
    BREACHES = "breaches", _("违规")
    LATE_DAYS = "late_days", _("迟交日数")
    RECTIFICATIONS = "rectifications", _("未完成的整改")


MORE_IS_BETTER = (Figure.RECOVERED, Figure.CONTACTED, Figure.CONTACTS)


class MeetingDecision(models.Model):
    """What was decided: who does it by when, the figure it aims at with its value in the pack, and, once the day has come,
    what that figure was, measured once over as many days."""

    meeting = models.ForeignKey(MonthlyMeeting, on_delete=models.PROTECT, related_name="decisions")
    number = models.PositiveSmallIntegerField(_("序号"))
    text = EncryptedTextField(_("决定"))
    owner = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+", verbose_name=_("负责人"))
    due_on = models.DateField(_("到期日"))
    figure = models.CharField(_("指标"), max_length=16, choices=Figure)
    value_now = models.DecimalField(_("当前值"), max_digits=16, decimal_places=2)
    target = models.DecimalField(_("目标值"), max_digits=16, decimal_places=2)
    made_by = models.ForeignKey(USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    made_at = models.DateTimeField(_("记录时间"))
    measured = models.DecimalField(_("到期值"), max_digits=16, decimal_places=2, null=True, blank=True)
    measured_at = models.DateTimeField(_("计量时间"), null=True, blank=True)
    reached = models.BooleanField(_("达成"), null=True, blank=True)

    class Meta:
        verbose_name = _("会议决定")
        verbose_name_plural = _("会议决定")
        constraints = [
            models.UniqueConstraint(fields=["meeting", "number"], name="meeting_decision_number"),
            models.CheckConstraint(
                condition=Q(measured__isnull=True, reached__isnull=True, measured_at__isnull=True)
                | Q(measured__isnull=False, reached__isnull=False, measured_at__isnull=False),
                name="meeting_decision_measured_whole",
            ),
        ]
        indexes = [models.Index(fields=["due_on"], name="meeting_decision_due_idx", condition=Q(measured__isnull=True))]
        ordering = ["number"]

    def __str__(self) -> str:
        return f"{self.meeting_id} {self.number}"
