"""What next steps ask that have no form of their own elsewhere; shown with the result codes that lead to them."""

from django import forms
from django.utils.translation import gettext_lazy as _

from cases.models import DispositionKind, RiskType
from cases.models.plan import MOST_INSTALMENTS
from compliance.models import ComplaintType


class PlanStepForm(forms.Form):
    """Equal monthly instalments of everything that is owed, as agreed on the telephone; other plans have their own page."""

    count = forms.IntegerField(
        label=_("期数"),
        min_value=1,
        max_value=MOST_INSTALMENTS,
        error_messages={"required": _("请填写期数"), "invalid": _("期数须为整数")},
        help_text=_("按逾期总额等额分期；暂不提交可留空，稍后在档案里提出"),
    )
    first_on = forms.DateField(
        label=_("首期还款日"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": _("请填写首期还款日"), "invalid": _("请填写日期，例如 2026-03-05")},
    )


class HoldStepForm(forms.Form):
    """The reason of a hold, in the person's words."""

    words = forms.CharField(
        label=_("对方怎么说"), max_length=200, required=False, help_text=_("写进停催原因，不要写其他人的隐私。")
    )


class DisputeStepForm(HoldStepForm):
    """How much of the debt the person disputes: that much is not demanded until it has been looked into (CN-S-05)."""

    amount = forms.DecimalField(
        label=_("争议金额（元）"), max_digits=14, decimal_places=2, min_value=0, required=False,
        help_text=_("留空为全部；其余部分仍可催收"),
        error_messages={"max_decimal_places": _("金额最多两位小数"), "invalid": _("请填写金额，例如 50.00")},
    )  # fmt: skip
    field_order = ("amount", "words")


class RiskStepForm(forms.Form):
    """A risk flag, for others to decide on. Left empty, the wish or the hardship is only told."""

    type = forms.ChoiceField(label=_("风险"), choices=[("", _("请选择")), *RiskType.choices])
    evidence = forms.CharField(label=_("依据"), max_length=500, help_text=_("什么时间、什么事实；不要写其他人的隐私"))
    proposal = forms.ChoiceField(label=_("建议处置"), choices=[("", _("请选择")), *DispositionKind.choices])


TOLD_TO_ANYBODY = (
    ComplaintType.THREAT,
    ComplaintType.HARASSMENT,
    ComplaintType.HOURS,
    ComplaintType.THIRD_PARTY,
    ComplaintType.DISCLOSURE,
    ComplaintType.IMPERSONATION,
    ComplaintType.DATA_USE,
    ComplaintType.SERVICE,
    ComplaintType.OTHER,
)
"""Kinds of complaints whose names say nothing of a debt."""


class ComplaintStepForm(forms.Form):
    """What the person complains of; the complaint is registered with the call."""

    type = forms.ChoiceField(label=_("投诉类型"), required=False, choices=[("", _("暂不分类")), *ComplaintType.choices])
    words = forms.CharField(
        label=_("对方怎么说"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("写进投诉内容，不要写其他人的隐私。"),
    )  # fmt: skip
    about = forms.ChoiceField(
        label=_("投诉对象"),
        required=False,
        choices=[("", _("其他或未说明")), ("me", _("记录本次通话的催收员")), ("channel", _("电话催收"))],
    )

    def speak_to_a_third_person(self) -> None:
        """Nothing that may be read out to somebody who must not learn of the debt (CN-I-03)."""
        self.fields["type"].choices = [  # type: ignore[attr-defined]
            ("", _("暂不分类")), *((str(one), one.label) for one in TOLD_TO_ANYBODY)
        ]  # fmt: skip
