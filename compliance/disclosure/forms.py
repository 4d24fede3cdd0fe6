"""Forms of the disclosure watch."""

from django import forms
from django.utils.translation import gettext_lazy as _


class WeekForm(forms.Form):
    week = forms.DateField(
        label=_("所在的周"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )


class AlertForm(forms.Form):
    note = forms.CharField(
        label=_("核查情况"),
        max_length=200,
        error_messages={"required": _("请写明核查情况")},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    found = forms.ChoiceField(choices=[("explained", _("已说明")), ("confirmed", _("确认异常"))])


class SignForm(forms.Form):
    week = forms.DateField(widget=forms.HiddenInput)
    note = forms.CharField(
        label=_("签阅意见"), max_length=500, required=False, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
