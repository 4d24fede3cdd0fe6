"""Forms of settlements."""

from datetime import date
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext_lazy as _

from vendors.models import Agency, DisputeResolution

MONEY: dict[str, Any] = {
    "max_digits": 14,
    "decimal_places": 2,
    "error_messages": {"invalid": _("请填写金额，例如 1200.00"), "max_decimal_places": _("金额最多两位小数")},
}

FIRST, LAST = date(2000, 1, 1), date(2199, 12, 1)
"""Months beyond have no day after them that a calendar could name, and nobody means them."""
_NO_MONTH = _("请填写月份，例如 2026-03")


def month_field(**more: Any) -> forms.DateField:
    return forms.DateField(
        label=_("月份"),
        input_formats=["%Y-%m"],
        widget=forms.DateInput(attrs={"type": "month"}, format="%Y-%m"),
        validators=[MinValueValidator(FIRST, _NO_MONTH), MaxValueValidator(LAST, _NO_MONTH)],
        error_messages={"required": _("请填写月份"), "invalid": _NO_MONTH},
        **more,
    )


class FilterForm(forms.Form):
    """Filters of the list; all optional."""

    agency = forms.ModelChoiceField(
        label=_("机构"), queryset=Agency.objects.order_by("name"), required=False, empty_label=_("全部机构")
    )
    month = month_field(required=False)
    state = forms.ChoiceField(label=_("状态"), required=False)

    def __init__(self, *args: Any, states: list[tuple[str, Any]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["state"].choices = [("", _("全部")), *states]  # type: ignore[attr-defined]


class MakeForm(forms.Form):
    """A month to settle, of one agency or of all."""

    agency = forms.ModelChoiceField(
        label=_("机构"), queryset=Agency.objects.order_by("name"), required=False, empty_label=_("全部机构")
    )
    month = month_field()


class DisputeForm(forms.Form):
    reason = forms.CharField(label=_("争议理由"), max_length=200, error_messages={"required": _("请写明争议理由")})
    evidence = forms.CharField(
        label=_("依据"),
        max_length=4000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("机构提供的对账单、凭证编号等"),
    )
    claimed = forms.DecimalField(
        label=_("机构主张的费用(元)"), required=False, help_text=_("只提出异议、没有主张金额时留空"), **MONEY
    )


class ResolveForm(forms.Form):
    resolution = forms.ChoiceField(label=_("处理结果"), choices=DisputeResolution.choices)
    agreed = forms.DecimalField(
        label=_("双方确认的费用(元)"),
        required=False,
        help_text=_("双方商定，或机构没有主张金额时填写；差额列入以后月份的结算单"),
        **MONEY,
    )
    note = forms.CharField(label=_("处理说明"), max_length=400, error_messages={"required": _("请写明处理说明")})


class PayForm(forms.Form):
    paid_on = forms.DateField(
        label=_("付款日期"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": _("请填写付款日期"), "invalid": _("请填写日期，例如 2026-04-15")},
    )
    reference = forms.CharField(
        label=_("付款流水号"), max_length=64, error_messages={"required": _("请填写付款流水号")}
    )
