"""Forms of the reports: what a KPI means from a day on, and what the book does not have."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cases.models import Source
from reports.kpis.definitions import Definition, InForce
from reports.models import InputKind
from reports.services.kpi_inputs import orgs


class DefineForm(forms.Form):
    """New numbers of one KPI, from today or a later day on. The numbers themselves are checked by the service."""

    effective_from = forms.DateField(
        label=_("生效日期"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("今天或以后；期末在此之前的报表仍按原来的口径"),
        error_messages={"required": _("请填写生效日期"), "invalid": _("请填写日期，例如 2026-03-05")},
    )
    reason = forms.CharField(
        label=_("修改原因"),
        max_length=200,
        error_messages={"required": _("请写明修改的原因")},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    based_on = forms.IntegerField(min_value=0, max_value=1_000_000, widget=forms.HiddenInput)

    def __init__(
        self, *args: Any, definition: Definition, version: InForce, newest: int, today: date, **kwargs: Any
    ) -> None:
        kwargs.setdefault("initial", {"effective_from": today, "based_on": newest})
        super().__init__(*args, **kwargs)
        for name, param in definition.params.items():
            self.fields[name] = forms.CharField(
                label=param.label,
                max_length=9,
                initial=version[name],
                help_text=f"{param.least} – {param.most} {param.unit}",
                widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
                error_messages={"required": _("请填写新的值")},
            )
        self.order_fields([*definition.params, "effective_from", "reason", "based_on"])


class InputForm(forms.Form):
    """One figure of one month."""

    month = forms.DateField(
        label=_("月份"),
        input_formats=["%Y-%m", "%Y-%m-%d"],
        widget=forms.DateInput(attrs={"type": "month"}, format="%Y-%m"),
        error_messages={"required": _("请填写月份"), "invalid": _("请填写月份，例如 2026-03")},
    )
    what = forms.ChoiceField(label=_("项目"), choices=InputKind.choices)
    source = forms.ModelChoiceField(
        label=_("数据来源"),
        queryset=Source.objects.order_by("name"),
        required=False,
        empty_label=_("全部来源"),
        help_text=_("只用于到期应还金额"),
    )
    org = forms.ChoiceField(label=_("机构"), required=False, help_text=_("只用于成本"))
    yuan = forms.DecimalField(
        label=_("金额(元)"),
        min_value=0,
        max_digits=16,
        decimal_places=2,
        error_messages={"required": _("请填写金额"), "invalid": _("请填写金额，例如 1234.56")},
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )
    note = forms.CharField(
        label=_("说明"), max_length=200, required=False, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["org"].choices = [("", _("不分机构")), *orgs()]  # type: ignore[attr-defined]

    def clean_month(self) -> date:
        month: date = self.cleaned_data["month"]
        return month.replace(day=1)
