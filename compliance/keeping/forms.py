"""Forms of keeping."""

from django import forms
from django.utils.translation import gettext_lazy as _

from compliance.keeping.whose import WhoseForm

LINE = {"autocomplete": "off"}


class ReasonForm(forms.Form):
    reason = forms.CharField(label=_("核对情况"), max_length=200, required=False, widget=forms.TextInput(attrs=LINE))


class DecisionForm(forms.Form):
    decision = forms.ChoiceField(choices=[("approve", _("批准")), ("reject", _("不批准"))])
    note = forms.CharField(label=_("审批意见"), max_length=200, required=False, widget=forms.TextInput(attrs=LINE))


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
