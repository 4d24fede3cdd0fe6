"""Forms of the compliance pages."""

from django import forms
from django.utils.translation import gettext_lazy as _

from compliance.models import PointState
from compliance.models.detail import ArrearsReason, Temper
from compliance.models.talking_point import Topic
from compliance.rule_texts import MARKS, VERDICTS


def _others(states: type[PointState]) -> list[tuple[str, object]]:
    return [(state.value, state.label) for state in states if state != PointState.APPROVED]


class RuleFilter(forms.Form):
    """Filters of the rules page; all optional."""

    text = forms.CharField(
        label=_("编号、规则或来源"),
        max_length=64,
        required=False,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}),
    )
    verdict = forms.ChoiceField(label=_("处理"), required=False, choices=[("", _("全部")), *VERDICTS.items()])
    mark = forms.ChoiceField(label=_("核实"), required=False, choices=[("", _("全部")), *MARKS.items()])


class RecordingFilter(forms.Form):
    """Talks without a recording: still to be looked into, or done."""

    show = forms.ChoiceField(label=_("显示"), required=False, choices=[("", _("待核查")), ("reviewed", _("已核查"))])


class FindingForm(forms.Form):
    finding = forms.CharField(
        label=_("没有录音的原因"), max_length=200, error_messages={"required": _("请写明没有录音的原因")}
    )


class TalkingPointFilter(forms.Form):
    """Filters of the words for calls; all optional. Without a state: those in use."""

    state = forms.ChoiceField(
        label=_("状态"), required=False, choices=[("", PointState.APPROVED.label), *_others(PointState)]
    )
    topic = forms.ChoiceField(label=_("话题"), required=False, choices=[("", _("全部")), *Topic.choices])
    reason = forms.ChoiceField(label=_("欠款原因"), required=False, choices=[("", _("全部")), *ArrearsReason.choices])


class TalkingPointForm(forms.Form):
    """Words to be approved."""

    topic = forms.ChoiceField(label=_("话题"), choices=Topic.choices)
    audience = forms.ChoiceField(label=_("对象"), choices=[("debtor", _("本人")), ("third", _("第三人"))])
    reason = forms.ChoiceField(label=_("欠款原因"), required=False, choices=[("", _("不限")), *ArrearsReason.choices])
    temper = forms.ChoiceField(label=_("通话情绪"), required=False, choices=[("", _("不限")), *Temper.choices])
    text = forms.CharField(
        label=_("话术"),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_(
            "金额由账簿填入，写占位：{total}、{principal}、{interest}、{penalty}、{fees}、{days}、{as_of}；"
            "另有 {lender}、{staff}。"
        ),
        error_messages={"required": _("请写明话术")},
    )
    text_en = forms.CharField(
        label=_("英文"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 2}), help_text=_("可不填")
    )


class DecisionForm(forms.Form):
    note = forms.CharField(label=_("审批意见"), max_length=200, required=False)


class RetireForm(forms.Form):
    note = forms.CharField(label=_("停用原因"), max_length=200, error_messages={"required": _("请写明停用的原因")})
