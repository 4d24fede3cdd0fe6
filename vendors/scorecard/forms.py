"""Forms of scorecards."""

from datetime import date

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext_lazy as _

FIRST, LAST = date(2000, 1, 1), date(2199, 12, 1)
"""Months beyond have no month before or after them that a calendar could name, and nobody means them."""
_NO_MONTH = _("请填写月份，例如 2026-03")


class MonthForm(forms.Form):
    """The month to look at, or to judge."""

    month = forms.DateField(
        label=_("月份"),
        input_formats=["%Y-%m"],
        widget=forms.DateInput(attrs={"type": "month", "placeholder": "2026-03"}, format="%Y-%m"),
        validators=[MinValueValidator(FIRST, _NO_MONTH), MaxValueValidator(LAST, _NO_MONTH)],
        error_messages={"required": _("请填写月份"), "invalid": _NO_MONTH},
    )
