"""Forms of keeping."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cases.models import ContactPoint
from compliance.keeping.carrying_out import Correction
from compliance.keeping.whose import WhoseForm
from compliance.models import DataRequestKind, DataRequestOutcome, Requester

LINE = {"autocomplete": "off"}


class ReasonForm(forms.Form):
    reason = forms.CharField(label=_("核对情况"), max_length=200, required=False, widget=forms.TextInput(attrs=LINE))


class DecisionForm(forms.Form):
    decision = forms.ChoiceField(choices=[("approve", _("批准")), ("reject", _("不批准"))])
    note = forms.CharField(label=_("审批意见"), max_length=200, required=False, widget=forms.TextInput(attrs=LINE))


class HoldFilter(forms.Form):
    """Filters of legal holds; all optional."""

    show = forms.ChoiceField(label=_("显示"), required=False, choices=[("", _("保全中")), ("lifted", _("已解除"))])
    contract = forms.CharField(
        label=_("合同编号"), max_length=64, required=False, strip=True, widget=forms.TextInput(attrs=LINE)
    )


class LegalHoldForm(WhoseForm):
    reason = forms.CharField(
        label=_("保全原因"),
        max_length=200,
        help_text=_("如诉讼、监管调查、公安调取；写明由谁要求"),
        error_messages={"required": _("请写明保全的原因")},
    )
    reference = forms.CharField(
        label=_("案号或文号"), max_length=64, required=False, widget=forms.TextInput(attrs=LINE)
    )


class RequestForm(WhoseForm):
    kind = forms.ChoiceField(label=_("请求"), choices=DataRequestKind.choices)
    details = forms.CharField(
        label=_("请求内容"),
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": _("请写明请求的内容")},
    )
    received_at = forms.DateTimeField(
        label=_("收到时间"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        help_text=_("到达本机构的时间；当日不计入期限"),
    )
    requester = forms.ChoiceField(label=_("请求人"), choices=Requester.choices)
    requester_name = forms.CharField(
        label=_("请求人姓名"),
        max_length=64,
        required=False,
        help_text=_("非本人时填写"),
        widget=forms.TextInput(attrs=LINE),
    )
    proof = forms.CharField(
        label=_("身份或授权证明"),
        max_length=200,
        required=False,
        help_text=_("近亲属：亲属关系与死亡证明；代理人：授权委托书"),
        widget=forms.TextInput(attrs=LINE),
    )


class IdentityForm(forms.Form):
    identity = forms.CharField(
        label=_("身份核验方式"), max_length=200, required=False, widget=forms.TextInput(attrs=LINE)
    )


class OutcomeForm(forms.Form):
    outcome = forms.ChoiceField(
        label=_("决定"),
        choices=[("", _("请选择")), *DataRequestOutcome.choices],
        error_messages={"required": _("请选择决定")},
    )
    answer = forms.CharField(
        label=_("答复内容与理由"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 4})
    )


class CorrectionForm(forms.Form):
    """What is right. A wrong number is chosen by its mask."""

    what = forms.ChoiceField(label=_("更正"), choices=[("point", _("联系方式")), ("name", _("姓名"))])
    wrong = forms.ModelChoiceField(
        label=_("有误的联系方式"), queryset=ContactPoint.objects.none(), required=False, help_text=_("标为失效")
    )
    kind = forms.ChoiceField(label=_("类型"), choices=ContactPoint.Kind.choices)
    value = forms.CharField(
        label=_("正确的内容"),
        max_length=200,
        required=False,
        help_text=_("姓名，或新的号码、地址"),
        widget=forms.TextInput(attrs=LINE),
    )

    def __init__(self, *args: Any, debtor: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own = ContactPoint.objects.filter(debtor=debtor, relation="").exclude(status=ContactPoint.Status.DEAD)
        self.fields["wrong"].queryset = own.order_by("kind", "pk")  # type: ignore[attr-defined]

    def right(self) -> Correction:
        return Correction(**self.cleaned_data)


class DoneForm(forms.Form):
    how = forms.CharField(label=_("如何办结"), max_length=200, required=False, widget=forms.TextInput(attrs=LINE))


class TakeForm(forms.Form):
    reason = forms.CharField(label=_("下载用途"), max_length=200, required=False, widget=forms.TextInput(attrs=LINE))
