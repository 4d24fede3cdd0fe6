"""Major incidents (重大风险事项): the facts, the clock of the written report, its versions, to whom they went."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from collection_ops.core import clock
from collection_ops.core.access import Scope, scope
from collection_ops.core.fields import EncryptedTextField
from compliance.models.complaint import ComplaintSubject
from compliance.models.step import Step

if TYPE_CHECKING:
    from collection_ops.core.models import User


class IncidentType(models.TextChoices):
    """House policy: which events are reported was not found in a public text (CN-X-01)."""

    DEATH_INJURY = "death_injury", _("人身伤亡")
    POLICE_CASE = "police_case", _("公安立案、治安处罚")
    MASS_PETITION = "mass_petition", _("群体性投诉、上访")
    MEDIA = "media", _("媒体报道、网络舆情")
    DATA_LEAK = "data_leak", _("个人信息泄露")
    AGENCY_COLLAPSE = "agency_collapse", _("委外机构停业、失联")
    OTHER = "other", _("其他重大事项")


class IncidentQuerySet(models.QuerySet["Incident"]):
    def for_user(self, user: "User", capability: str = "incidents.view") -> Self:
        """Whoever may see incidents sees all, but for those that they are part of: named in it, or what the complaint or the
        breach that it came from is about."""
        granted = scope(user, capability)
        if granted is None:
            return self.none()
        if granted != Scope.ALL:
            raise LookupError(f"incidents know no scope {granted!r}")
        named = Incident.users.through.objects.filter(incident=OuterRef("pk"), user=user)
        accused = ComplaintSubject.objects.filter(complaint=OuterRef("complaint"), user=user)
        breach = Q(breach_case__isnull=True) | Q(breach_case__user__isnull=True) | ~Q(breach_case__user=user)
        return self.filter(breach, ~Exists(named), ~Exists(accused))


class Incident(models.Model):
    """One incident. `known_at`: when the house came to know, from which both clocks run; `happened_at` may be unknown.

    `due_at`: the last moment of the first written report, as the settings of that day said; `first_sent_at`: when it left.
    `leak_due_at`: of a data leak, the last moment for telling the authority and the persons (PI-09); `leak_told_at`: done.
    `told`: which reminders were sent, «report:24» … «leak:0». `hold`: the self-harm or no-contact hold that it came from.
    """

    type = models.CharField(_("事项类型"), max_length=16, choices=IncidentType)
    known_at = models.DateTimeField(_("知悉时间"))
    happened_at = models.DateTimeField(_("发生时间"), null=True, blank=True)
    place = models.CharField(_("发生地点"), max_length=100, blank=True)
    what = EncryptedTextField(_("事实经过"))
    people_hurt = models.PositiveIntegerField(_("伤亡人数"), default=0)
    customers = models.PositiveIntegerField(_("涉及客户数"), default=0)
    orgs = models.CharField(_("涉及机构"), max_length=200, blank=True)
    users = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="+", blank=True, verbose_name=_("涉及人员"))
    complaint = models.ForeignKey(
        "compliance.Complaint",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="incidents",
        verbose_name=_("投诉"),
    )
    breach_case = models.ForeignKey(
        "compliance.BreachCase",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="incidents",
        verbose_name=_("违规登记"),
    )
    case = models.ForeignKey(
        "cases.Case", null=True, blank=True, on_delete=models.PROTECT, related_name="incidents", verbose_name=_("案件")
    )
    hold = models.ForeignKey(
        "cases.Hold", null=True, blank=True, on_delete=models.PROTECT, related_name="incidents", verbose_name=_("停催")
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("负责人")
    )
    due_at = models.DateTimeField(_("首报期限"))
    first_sent_at = models.DateTimeField(_("首报送出时间"), null=True, blank=True)
    leak_due_at = models.DateTimeField(_("泄露通知期限"), null=True, blank=True)
    leak_told_at = models.DateTimeField(_("泄露通知完成时间"), null=True, blank=True)
    told = ArrayField(models.CharField(max_length=12), default=list)
    closed_at = models.DateTimeField(_("办结时间"), null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    recorded_at = models.DateTimeField(_("登记时间"))

    objects = IncidentQuerySet.as_manager()

    class Meta:
        verbose_name = _("重大风险事项")
        verbose_name_plural = _("重大风险事项")
        constraints = [
            models.CheckConstraint(name="incident_due_after_known", condition=Q(due_at__gt=F("known_at"))),
            models.CheckConstraint(
                name="incident_happened_before_known",
                condition=Q(happened_at__isnull=True) | Q(happened_at__lte=F("known_at")),
            ),
            models.CheckConstraint(
                name="incident_leak_clock",
                condition=Q(type="data_leak", leak_due_at__isnull=False)
                | ~Q(type="data_leak") & Q(leak_due_at__isnull=True, leak_told_at__isnull=True),
            ),
            models.CheckConstraint(
                name="incident_closed_by_somebody",
                condition=Q(closed_at__isnull=True, closed_by__isnull=True)
                | Q(closed_at__isnull=False, closed_by__isnull=False),
            ),
            # One matter is one incident, however many people press the button.
            models.UniqueConstraint(
                fields=["complaint"], name="incident_complaint_once", condition=Q(complaint__isnull=False)
            ),
            models.UniqueConstraint(
                fields=["breach_case"], name="incident_breach_once", condition=Q(breach_case__isnull=False)
            ),
            models.UniqueConstraint(fields=["hold"], name="incident_hold_once", condition=Q(hold__isnull=False)),
        ]
        indexes = [models.Index(fields=["due_at"], name="incident_open_idx", condition=Q(closed_at__isnull=True))]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        return f"ZD{clock.business_date(self.known_at):%Y%m%d}-{self.pk}"

    @property
    def in_time(self) -> bool | None:
        """Whether the first report left in time: at the last moment still is (CN-X-01). None while it has not left."""
        return None if self.first_sent_at is None else self.first_sent_at <= self.due_at

    def left(self, now: datetime) -> timedelta:
        """Time until the first report is due; negative when late."""
        return self.due_at - now


class IncidentStep(Step):
    """What was done about it, measures above all. Kinds have their labels in `incidents/texts.py`."""

    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="steps", db_index=False)

    class Meta:
        verbose_name = _("处置步骤")
        verbose_name_plural = _("处置步骤")
        indexes = [models.Index(fields=["incident", "at"], name="incident_step_idx")]

    def __str__(self) -> str:
        return f"{self.kind} {self.incident_id}"


class RecipientKind(models.TextChoices):
    REGULATOR = "regulator", _("监管部门")
    POLICE = "police", _("公安机关")
    HEAD_OFFICE = "head_office", _("总部")
    ASSOCIATION = "association", _("行业协会")


class IncidentRecipient(models.Model):
    """Somebody who gets written reports. `how`: address, system or number by which they get them. Switched off, never
    deleted."""

    name = models.CharField(_("名称"), max_length=64)
    kind = models.CharField(_("类别"), max_length=12, choices=RecipientKind)
    how = models.CharField(_("报送方式"), max_length=200)
    is_active = models.BooleanField(_("启用"), default=True)

    class Meta:
        verbose_name = _("报送对象")
        verbose_name_plural = _("报送对象")
        constraints = [models.UniqueConstraint(fields=["name"], name="incident_recipient_once")]

    def __str__(self) -> str:
        return self.name


class ReportKind(models.TextChoices):
    FIRST = "first", _("首报")
    FOLLOW_UP = "follow_up", _("续报")
    FINAL = "final", _("终报")


class ReportState(models.TextChoices):
    DRAFT = "draft", _("草稿")
    APPROVED = "approved", _("已审定")
    SENT = "sent", _("已报送")


class IncidentReport(models.Model):
    """One version of the written report. Approved by another person than its author; what was sent is never changed
    (trigger)."""

    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="reports", db_index=False)
    version = models.PositiveSmallIntegerField(_("版次"))
    kind = models.CharField(_("报告类别"), max_length=9, choices=ReportKind)
    body = EncryptedTextField(_("正文"))
    state = models.CharField(_("状态"), max_length=8, choices=ReportState, default=ReportState.DRAFT)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False)
    written_at = models.DateTimeField(_("起草时间"))
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    approved_at = models.DateTimeField(_("审定时间"), null=True, blank=True)
    sent_at = models.DateTimeField(_("报送时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("重大事项报告")
        verbose_name_plural = _("重大事项报告")
        constraints = [
            models.UniqueConstraint(fields=["incident", "version"], name="incident_report_version_once"),
            models.UniqueConstraint(fields=["incident"], name="incident_report_one_unsent", condition=~Q(state="sent")),
            models.UniqueConstraint(fields=["incident"], name="incident_report_one_first", condition=Q(kind="first")),
            models.CheckConstraint(
                name="incident_report_approved_by_another",
                condition=Q(state="draft", approved_by__isnull=True, approved_at__isnull=True)
                | ~Q(state="draft")
                & Q(approved_by__isnull=False, approved_at__isnull=False)
                & ~Q(approved_by=F("author")),
            ),
            models.CheckConstraint(
                name="incident_report_sent_at",
                condition=Q(state="sent", sent_at__isnull=False) | ~Q(state="sent") & Q(sent_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.incident_id} v{self.version}"


class IncidentSending(models.Model):
    """A report that left for one recipient; append-only (trigger). `how`: by which way, or the number of the receipt."""

    report = models.ForeignKey(IncidentReport, on_delete=models.PROTECT, related_name="sendings", db_index=False)
    recipient = models.ForeignKey(IncidentRecipient, on_delete=models.PROTECT, related_name="+", db_index=False)
    sent_at = models.DateTimeField(_("报送时间"))
    how = models.CharField(_("报送方式"), max_length=200)
    sent_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False)
    recorded_at = models.DateTimeField()

    class Meta:
        verbose_name = _("报送记录")
        verbose_name_plural = _("报送记录")
        constraints = [
            models.UniqueConstraint(fields=["report", "recipient"], name="incident_sending_once"),
        ]

    def __str__(self) -> str:
        return f"{self.report_id} {self.recipient_id}"
