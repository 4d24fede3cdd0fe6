"""Forms of scorecards."""

from django import forms
from django.utils.translation import gettext_lazy as _


class MonthForm(forms.Form):
    """The month to look at, or to judge."""

    month = forms.DateField(
        label=_("月份"),
        input_formats=["%Y-%m"],
        widget=forms.DateInput(attrs={"type": "month", "placeholder": "2026-03"}, format="%Y-%m"),
        error_messages={"required": _("请填写月份"), "invalid": _("请填写月份，例如 2026-03")},
    )
