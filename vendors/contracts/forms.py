"""The form that registers a contract."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from vendors.models import Agency, AgencyState


def _day(label: Any) -> forms.DateField:
    return forms.DateField(label=label, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))


class ContractForm(forms.Form):
    agency = forms.ModelChoiceField(label=_("委外机构"), queryset=Agency.objects.none(), empty_label=_("请选择"))
    number = forms.CharField(
        label=_("合同编号"), max_length=64, widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"})
    )
    starts_on = _day(_("开始日期"))
    ends_on = _day(_("结束日期"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        there = Agency.objects.exclude(state=AgencyState.EXITED).order_by("name")
        self.fields["agency"].queryset = there  # type: ignore[attr-defined]
