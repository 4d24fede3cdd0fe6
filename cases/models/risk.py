"""What makes a case a special one: a flag with evidence, the supervisor's decision, and the plan that follows from it."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class RiskType(models.TextChoices):
    WILFUL = "wilful", _("恶意拖欠")
    HIGH = "high", _("高风险")
    HARDSHIP = "hardship", _("特殊困难")
    LOST = "lost", _("失联")
    FRAUD = "fraud", _("疑似欺诈")
    OTHER = "other", _("其他风险")


class DispositionKind(models.TextChoices):
    LEGAL = "legal", _("法律途径")
    ASSISTANCE = "assistance", _("帮扶协商")
    REDUCED = "reduced", _("减少联系")
    TRACING = "tracing", _("依法查找")
    WATCH = "watch", _("重点关注")


class FlagState(models.TextChoices):
    OPEN = "open", _("待决定")
    ACCEPTED = "accepted", _("已采纳")
    REJECTED = "rejected", _("未采纳")


class RiskFlag(models.Model):
    """Somebody says what is special about a case, with evidence, and proposes what to do; somebody else decides. Of one type
    one flag a case waits at a time."""

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="risk_flags", verbose_name=_("案件"))
    type = models.CharField(_("风险"), max_length=12, choices=RiskType)
    evidence = models.CharField(_("依据"), max_length=500)
    proposal = models.CharField(_("建议处置"), max_length=12, choices=DispositionKind)
    raised_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    raised_at = models.DateTimeField(_("提出时间"))
    state = models.CharField(_("状态"), max_length=8, choices=FlagState, default=FlagState.OPEN)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(_("决定时间"), null=True, blank=True)
    decision = models.CharField(_("决定说明"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("风险标识")
        verbose_name_plural = _("风险标识")
        constraints = [
            models.UniqueConstraint(fields=["case", "type"], condition=Q(state="open"), name="risk_flag_one_open"),
            models.CheckConstraint(
                condition=Q(state="open", decided_by__isnull=True, decided_at__isnull=True)
                | (~Q(state="open") & Q(decided_by__isnull=False, decided_at__isnull=False)),
                name="risk_flag_decided_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("raised_by")), name="risk_flag_two_people"
            ),
        ]
        indexes = [models.Index(fields=["id"], condition=Q(state="open"), name="risk_flag_open_idx")]

    def __str__(self) -> str:
        return f"{self.type} {self.case_id}"


class Disposition(models.Model):
    """The special plan of an accepted flag: steps with an owner and a day each, and in the end what came of it."""

    flag = models.OneToOneField(RiskFlag, on_delete=models.PROTECT, related_name="disposition")
    case = models.ForeignKey(
        "cases.Case", on_delete=models.PROTECT, related_name="dispositions", verbose_name=_("案件")
    )
    kind = models.CharField(_("处置方式"), max_length=12, choices=DispositionKind)
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField(_("开始"))
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    ended_at = models.DateTimeField(_("结束"), null=True, blank=True)
    result = models.CharField(_("处置结果"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("特殊处置")
        verbose_name_plural = _("特殊处置")
        constraints = [
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, ended_by__isnull=True, result="")
                | (Q(ended_at__isnull=False, ended_by__isnull=False) & ~Q(result="")),
                name="disposition_ends_with_a_result",
            ),
        ]
        indexes = [models.Index(fields=["id"], condition=Q(ended_at__isnull=True), name="disposition_open_idx")]

    def __str__(self) -> str:
        return f"{self.kind} {self.case_id}"


class DispositionStep(models.Model):
    """One thing to do: who, until when, and what came of it."""

    disposition = models.ForeignKey(Disposition, on_delete=models.PROTECT, related_name="steps")
    what = models.CharField(_("步骤"), max_length=200)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False)
    due_on = models.DateField(_("截止日期"))
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False)
    created_at = models.DateTimeField()
    done_at = models.DateTimeField(_("完成时间"), null=True, blank=True)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    result = models.CharField(_("结果"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("处置步骤")
        verbose_name_plural = _("处置步骤")
        constraints = [
            models.CheckConstraint(
                condition=Q(done_at__isnull=True, done_by__isnull=True, result="")
                | (Q(done_at__isnull=False, done_by__isnull=False) & ~Q(result="")),
                name="disposition_step_done_with_a_result",
            ),
        ]
        indexes = [
            models.Index(
                fields=["owner", "due_on"], condition=Q(done_at__isnull=True), name="disposition_step_open_idx"
            )
        ]

    def __str__(self) -> str:
        return f"{self.what}"
