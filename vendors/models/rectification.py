"""What an agency is asked to put right, what it answered, and how cooperation ends where it does not."""

from datetime import date

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from collection_ops.core.fields import EncryptedTextField
from compliance.models.step import Step

USER = settings.AUTH_USER_MODEL


def _person() -> "models.ForeignKey[object, object]":
    return models.ForeignKey(USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False)


class RectificationState(models.TextChoices):
    OPEN = "open", _("整改中")
    ANSWERED = "answered", _("待验收")
    CLOSED = "closed", _("已验收")
    ENDED = "ended", _("随合作终止结束")


UNSETTLED = (RectificationState.OPEN, RectificationState.ANSWERED)


class Rectification(models.Model):
    """A demand to one agency: open → answered → closed, or sent back and open again. `rule`: what it was raised by, a code
    of rectification/rules.py (also where a person raised it); `period`: the first day of the month that it is about.
    `failures`: how often an answer was not enough; `extensions`: how often the days were extended. `escalated`: how far
    people were told that it is overdue (0 not, 1 told). `stopped_on`: since when the agency is given no cases because of
    it, until `lifted_on`."""

    number = models.CharField(_("整改编号"), max_length=32)
    agency = models.ForeignKey(
        "vendors.Agency", on_delete=models.PROTECT, related_name="rectifications", verbose_name=_("机构")
    )
    rule = models.CharField(_("触发原因"), max_length=24)
    period = models.DateField(_("月份"))
    state = models.CharField(_("状态"), max_length=8, choices=RectificationState, default=RectificationState.OPEN)
    demand = EncryptedTextField(_("整改要求"))
    due_on = models.DateField(_("整改期限"))
    raised_by = _person()
    raised_at = models.DateTimeField(_("发起时间"))
    answered_by = _person()
    answered_at = models.DateTimeField(_("答复时间"), null=True, blank=True)
    closed_by = _person()
    closed_at = models.DateTimeField(_("验收时间"), null=True, blank=True)
    failures = models.PositiveSmallIntegerField(_("不合格次数"), default=0)
    extensions = models.PositiveSmallIntegerField(_("延期次数"), default=0)
    escalated = models.PositiveSmallIntegerField(default=0)
    stopped_on = models.DateField(_("停止委案日期"), null=True, blank=True)
    lifted_on = models.DateField(_("恢复委案日期"), null=True, blank=True)

    class Meta:
        verbose_name = pgettext_lazy("agency", "整改")
        verbose_name_plural = pgettext_lazy("agency", "整改")
        constraints = [
            models.UniqueConstraint(fields=["number"], name="rectification_number_unique"),
            models.UniqueConstraint(
                fields=["agency", "rule", "period"],
                name="rectification_one_open",
                condition=Q(state__in=["open", "answered"]),
            ),
            models.CheckConstraint(condition=Q(period__day=1), name="rectification_first_of_month"),
            models.CheckConstraint(
                condition=~Q(state__in=["answered", "closed"]) | Q(answered_at__isnull=False),
                name="rectification_answered_first",
            ),
            models.CheckConstraint(
                condition=Q(state="closed", closed_by__isnull=False, closed_at__isnull=False)
                | ~Q(state="closed") & Q(closed_by__isnull=True),
                name="rectification_closed_by_somebody",
            ),
            # Who typed in the agency's answer does not find it sufficient.
            models.CheckConstraint(
                condition=Q(closed_by__isnull=True) | Q(answered_by__isnull=True) | ~Q(closed_by=F("answered_by")),
                name="rectification_judged_by_another",
            ),
            models.CheckConstraint(
                condition=Q(lifted_on__isnull=True) | Q(stopped_on__isnull=False, lifted_on__gte=F("stopped_on")),
                name="rectification_stop_period",
            ),
            models.CheckConstraint(
                condition=~Q(state="closed") | Q(stopped_on__isnull=True) | Q(lifted_on__isnull=False),
                name="rectification_closed_lifts_the_stop",
            ),
        ]
        indexes = [
            models.Index(fields=["due_on"], name="rectification_due_idx", condition=Q(state__in=["open", "answered"])),
            models.Index(
                fields=["agency"],
                name="rectification_stop_idx",
                condition=Q(stopped_on__isnull=False, lifted_on__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def is_unsettled(self) -> bool:
        return self.state in UNSETTLED

    @property
    def is_stopping(self) -> bool:
        """Whether the agency is given no cases because of it."""
        return self.stopped_on is not None and self.lifted_on is None

    def days_left(self, today: date) -> int:
        """Calendar days until the last day; negative after it."""
        return (self.due_on - today).days


class RectificationFinding(models.Model):
    """One thing to put right. `refs`: what it is about, by kind: ids of breaches and complaints, days of late files,
    papers; so that the same matter is not asked for twice."""

    rectification = models.ForeignKey(Rectification, on_delete=models.PROTECT, related_name="findings")
    number = models.PositiveSmallIntegerField(_("序号"))
    ground = models.CharField(_("依据"), max_length=24)
    what = EncryptedTextField(_("问题"))
    count = models.PositiveIntegerField(_("件数"), default=1)
    refs: "models.JSONField[dict[str, list[str]]]" = models.JSONField(_("涉及"), default=dict)

    class Meta:
        verbose_name = _("整改问题")
        verbose_name_plural = _("整改问题")
        constraints = [
            models.UniqueConstraint(fields=["rectification", "number"], name="rectification_finding_number"),
        ]
        ordering = ["number"]

    def __str__(self) -> str:
        return f"{self.rectification_id} {self.number}"


class RectificationAnswer(models.Model):
    """What the agency says to a finding; `round` counts its answers. Never changed. `said_by`: who typed it in, nobody for
    what the agency's own program sent (`sent_by`: its name)."""

    finding = models.ForeignKey(RectificationFinding, on_delete=models.PROTECT, related_name="answers")
    round = models.PositiveSmallIntegerField(_("第几次答复"))
    text = EncryptedTextField(_("整改措施与结果"))
    said_by = _person()
    sent_by = models.CharField(max_length=40, blank=True)
    at = models.DateTimeField(_("时间"))

    class Meta:
        verbose_name = _("整改答复")
        verbose_name_plural = _("整改答复")
        constraints = [models.UniqueConstraint(fields=["finding", "round"], name="rectification_answer_once_a_round")]
        ordering = ["round", "pk"]

    def __str__(self) -> str:
        return f"{self.finding_id} {self.round}"


class RectificationFile(models.Model):
    """Evidence, a private file. Never changed."""

    rectification = models.ForeignKey(Rectification, on_delete=models.PROTECT, related_name="files")
    stored_name = models.CharField(max_length=80)
    file_name = models.CharField(_("文件名"), max_length=128)
    size = models.PositiveIntegerField(_("字节"))
    sha256 = models.CharField(max_length=64)
    added_by = _person()
    sent_by = models.CharField(max_length=40, blank=True)
    at = models.DateTimeField(_("时间"))

    class Meta:
        verbose_name = _("整改证据")
        verbose_name_plural = _("整改证据")
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.file_name


class RectificationExtension(models.Model):
    """More days, asked for with a reason and decided once, by somebody else."""

    rectification = models.ForeignKey(Rectification, on_delete=models.PROTECT, related_name="asked_extensions")
    until = models.DateField(_("延期至"))
    reason = EncryptedTextField(_("理由"))
    asked_by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+", db_index=False)
    asked_at = models.DateTimeField(_("申请时间"))
    granted = models.BooleanField(_("同意"), null=True, blank=True)
    decided_by = _person()
    decided_at = models.DateTimeField(_("决定时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("整改延期")
        verbose_name_plural = _("整改延期")
        constraints = [
            models.UniqueConstraint(
                fields=["rectification"], name="rectification_extension_one_open", condition=Q(granted__isnull=True)
            ),
            models.CheckConstraint(
                condition=Q(granted__isnull=True, decided_by__isnull=True)
                | Q(granted__isnull=False, decided_by__isnull=False, decided_at__isnull=False),
                name="rectification_extension_decided_whole",
            ),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("asked_by")),
                name="rectification_extension_two_people",
            ),
        ]
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.rectification_id} {self.until}"


class RectificationStep(Step):
    """What was done about it. Kinds have their labels in rectification/texts.py."""

    rectification = models.ForeignKey(Rectification, on_delete=models.PROTECT, related_name="steps", db_index=False)

    class Meta:
        verbose_name = _("整改步骤")
        verbose_name_plural = _("整改步骤")
        indexes = [models.Index(fields=["rectification", "at"], name="rectification_step_idx")]

    def __str__(self) -> str:
        return f"{self.kind} {self.rectification_id}"


class TerminationState(models.TextChoices):
    PROPOSED = "proposed", _("待批准")
    APPROVED = "approved", _("已批准")
    REJECTED = "rejected", _("未批准")


class Termination(models.Model):
    """A proposal to end the cooperation. `file`: the reasons as they were when it was proposed (`digest`: SHA-256 of it);
    `plan`: the days of the wind-down. Two others approve, one of the line and one of compliance, in any order; with the
    second the agency's exit begins."""

    number = models.CharField(_("终止编号"), max_length=32)
    agency = models.ForeignKey(
        "vendors.Agency", on_delete=models.PROTECT, related_name="terminations", verbose_name=_("机构")
    )
    rectification = models.ForeignKey(Rectification, on_delete=models.PROTECT, related_name="terminations")
    state = models.CharField(_("状态"), max_length=8, choices=TerminationState, default=TerminationState.PROPOSED)
    reason = EncryptedTextField(_("理由"))
    file = models.JSONField(_("卷宗"))
    digest = models.CharField(max_length=64)
    plan: "models.JSONField[dict[str, str]]" = models.JSONField(_("退出安排"), default=dict)
    proposed_by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+", db_index=False)
    proposed_at = models.DateTimeField(_("提议时间"))
    line_by = _person()
    line_at = models.DateTimeField(_("业务批准时间"), null=True, blank=True)
    compliance_by = _person()
    compliance_at = models.DateTimeField(_("合规批准时间"), null=True, blank=True)
    rejected_by = _person()
    rejected_at = models.DateTimeField(_("否决时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("终止合作提议")
        verbose_name_plural = _("终止合作提议")
        constraints = [
            models.UniqueConstraint(fields=["number"], name="termination_number_unique"),
            models.UniqueConstraint(fields=["agency"], name="termination_one_waits", condition=Q(state="proposed")),
            models.CheckConstraint(
                condition=(Q(line_by__isnull=True) | ~Q(line_by=F("proposed_by")))
                & (Q(compliance_by__isnull=True) | ~Q(compliance_by=F("proposed_by")))
                & (Q(line_by__isnull=True) | Q(compliance_by__isnull=True) | ~Q(line_by=F("compliance_by"))),
                name="termination_three_people",
            ),
            models.CheckConstraint(
                condition=~Q(state="approved") | Q(line_by__isnull=False, compliance_by__isnull=False),
                name="termination_approved_by_two",
            ),
            models.CheckConstraint(
                condition=~Q(state="rejected") | Q(rejected_by__isnull=False), name="termination_rejected_by_somebody"
            ),
        ]

    def __str__(self) -> str:
        return self.number
