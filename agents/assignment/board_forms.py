"""What is to be dealt to whom: the form on the board."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from agents.assignment.selectors_board import own_unit, working_day
from agents.models import Team
from cases.forms_agreements import DATE, MoneyField
from cases.models import Source
from cases.selectors import products_and_regions
from cases.stage import OVERDUE_STAGES
from collection_ops.core.models import User

POOL, DESKS = "pool", "desks"
DAYS_AHEAD = timedelta(days=14)


class PlanForm(forms.Form):
    """Which cases are to be dealt to which team. A leader deals to the own team only."""

    where = forms.ChoiceField(
        label=gettext_lazy("案件来自"),
        choices=[(POOL, gettext_lazy("案件池")), (DESKS, gettext_lazy("小组各席位（重新分配）"))],
    )
    day = forms.DateField(
        label=gettext_lazy("分案日期"),
        widget=DATE,
        help_text=gettext_lazy("只分给当天在岗的人"),
        error_messages={
            "required": gettext_lazy("请填写分案日期"),
            "invalid": gettext_lazy("请填写日期，例如 2026-03-05"),
        },
    )
    unit = forms.ChoiceField(label=gettext_lazy("分给小组"), required=False)
    source = forms.ChoiceField(label=gettext_lazy("数据来源"), required=False)
    product = forms.ChoiceField(label=gettext_lazy("产品"), required=False)
    amount_from = MoneyField(label=gettext_lazy("金额不低于"), required=False, min_value=0)
    amount_to = MoneyField(label=gettext_lazy("金额不高于"), required=False, min_value=0)
    stage = forms.MultipleChoiceField(
        label=gettext_lazy("逾期阶段"),
        required=False,
        choices=[(str(stage.value), stage.label) for stage in OVERDUE_STAGES],
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args: Any, user: User, teams: list[Team], today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        self.fields["day"].initial = working_day(today)
        self.bound_unit = own_unit(user, "assignment.plan")
        choices = [(team.code, team.name) for team in teams]
        if self.bound_unit is None:
            choices.insert(0, ("", _("全部小组")))
        self._choices("unit", choices)
        if self.bound_unit is not None:
            self.fields["unit"].required = True
        sources = list(Source.objects.order_by("name").values_list("code", "name"))
        self._choices("source", [("", _("不限")), *sources])
        products, _regions = products_and_regions()
        self._choices("product", [("", _("不限")), *((one, one) for one in products)])

    def _choices(self, name: str, choices: list[tuple[str, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices

    def clean_day(self) -> date:
        day: date = self.cleaned_data["day"]
        if not self.today <= day <= self.today + DAYS_AHEAD:
            raise forms.ValidationError(_("分案日期须在今天起 %(days)s 天内") % {"days": DAYS_AHEAD.days})
        return day

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        least, most = data.get("amount_from"), data.get("amount_to")
        if least is not None and most is not None and least > most:
            self.add_error("amount_to", _("上限须不低于下限"))
        if data.get("where") == DESKS and not data.get("unit") and "unit" not in self.errors:
            self.add_error("unit", _("重新分配时请选择一个小组"))
        return data

    @property
    def unit_chosen(self) -> str:
        return str(self.cleaned_data["unit"])

    @property
    def chosen(self) -> dict[str, Any]:
        """What was asked for, in plain values; {} for the whole pool."""
        data = self.cleaned_data
        plain = {
            "where": DESKS if data["where"] == DESKS else "",
            "source": data["source"],
            "product": data["product"],
            "amount_from": str(data["amount_from"]) if data["amount_from"] is not None else "",
            "amount_to": str(data["amount_to"]) if data["amount_to"] is not None else "",
            "stage": [int(stage) for stage in data["stage"]],
        }
        return {name: value for name, value in plain.items() if value}
