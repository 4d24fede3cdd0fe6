"""What was done and what came of it, in the codes that collectors pick (行动码, 结果码); edited by people."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from compliance.models.attempt import Channel, Outcome, Purpose


class Reached(models.TextChoices):
    """Who was at the other end."""

    DEBTOR = "debtor", _("本人")
    THIRD = "third", _("第三人")
    UNKNOWN = "unknown", _("未核实的人")
    NOBODY = "nobody", _("没有人")


class NextStep(models.TextChoices):
    """What follows from a result, in the same moment in which it is told."""

    NONE = "none", _("无")
    PROMISE = "promise", _("登记承诺")
    PLAN = "plan", _("申请还款方案")
    WAIVER = "waiver", _("申请减免")
    RISK = "risk", _("登记风险标记")
    WRONG_NUMBER = "wrong_number", _("号码非本人")
    DEAD_NUMBER = "dead_number", _("号码失效")
    THIRD_REFUSED = "third_refused", _("第三人拒绝联系")
    CALLBACK = "callback", _("约定回拨")
    DISPUTE = "dispute", _("核实争议")
    COMPLAINT = "complaint", _("受理投诉")
    SELF_HARM = "self_harm", _("自伤风险停催")
    STOP_CONTACT = "stop_contact", _("停止主动联系")
    DECEASED = "deceased", _("核实身故")


class Code(models.Model):
    """What both kinds of code have. A code that the log names is switched off (`is_active`), never deleted; the log's
    foreign key sees to it."""

    code = models.SlugField(_("代码"), max_length=24)
    name = models.CharField(_("名称"), max_length=32)
    name_en = models.CharField(_("英文名称"), max_length=64)
    channel = models.CharField(_("渠道"), max_length=8, choices=Channel, default=Channel.CALL)
    order = models.PositiveSmallIntegerField(_("顺序"), default=100)
    is_active = models.BooleanField(_("启用"), default=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """The name in the reader's language."""
        return self.name_en if (get_language() or "").startswith("en") else self.name


class ActionCode(Code):
    """What was done. `purpose` empty: whatever the contact was for."""

    direction = models.CharField(
        _("方向"), max_length=3, choices=[("out", _("呼出")), ("in", _("呼入"))], default="out"
    )
    purpose = models.CharField(_("目的"), max_length=12, choices=Purpose, blank=True)

    class Meta:
        verbose_name = _("行动码")
        verbose_name_plural = _("行动码")
        ordering = ("order", "pk")
        constraints = [models.UniqueConstraint(fields=["code"], name="action_code_once")]


class ResultCode(Code):
    """What came of it. `outcome`: as what the rules count it. `key`: the key of the call form that picks it, 1 to 9."""

    outcome = models.CharField(_("规则计为"), max_length=14, choices=Outcome)
    reached = models.CharField(_("接触到谁"), max_length=8, choices=Reached)
    next_step = models.CharField(_("下一步"), max_length=16, choices=NextStep, default=NextStep.NONE)
    key = models.PositiveSmallIntegerField(_("按键"), null=True, blank=True)

    class Meta:
        verbose_name = _("结果码")
        verbose_name_plural = _("结果码")
        ordering = ("order", "pk")
        constraints = [
            models.UniqueConstraint(fields=["code"], name="result_code_once"),
            models.CheckConstraint(condition=Q(key__isnull=True) | Q(key__range=(1, 9)), name="result_code_key_1_to_9"),
            models.UniqueConstraint(
                fields=["channel", "key"],
                name="result_code_key_once",
                condition=Q(is_active=True, key__isnull=False),
                violation_error_message=_("这个按键已由同一渠道的另一个启用的结果码使用"),
            ),
        ]

    def clean(self) -> None:
        """Raises ValidationError where the old log would come to mean something else."""
        super().clean()
        before: Any = ResultCode.objects.filter(pk=self.pk).values("code", "outcome", "channel", "reached").first()
        changed = before is not None and any(getattr(self, name) != value for name, value in before.items())
        if changed and self.details.exists():
            raise ValidationError(
                _("这个结果码已有催记使用：代码、渠道、规则计为与接触到谁不能再改。请停用它，另建一个")
            )
