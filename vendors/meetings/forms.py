"""Forms of meetings."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from collection_ops.core.access import users_with
from collection_ops.core.models import User
from vendors.agencies.forms import choice_field, day_field, words_field
from vendors.meetings.keeping import MOST_WORDS, VIEW, Decided
from vendors.models import Agency, Figure
from vendors.settlement.forms import month_field


class MeetingFilter(forms.Form):
    agency = forms.ModelChoiceField(
        label=_("机构"), queryset=Agency.objects.order_by("name"), required=False, empty_label=_("全部机构")
    )
    month = month_field(required=False)


class MakeForm(forms.Form):
    agency = forms.ModelChoiceField(
        label=_("机构"),
        queryset=Agency.objects.order_by("name"),
        empty_label=_("请选择机构"),
        error_messages={"required": _("请选择一项")},
    )
    month = month_field()


class MinutesForm(forms.Form):
    held_on = day_field(_("会议日期"))
    text = forms.CharField(
        label=_("会议纪要"),
        max_length=MOST_WORDS,
        widget=forms.Textarea(attrs={"rows": 8}),
        error_messages={"required": _("请填写")},
    )


class DecisionForm(forms.Form):
    text = words_field(_("决定"), MOST_WORDS)
    owner = forms.ModelChoiceField(
        label=_("负责人"), queryset=User.objects.none(), error_messages={"required": _("请选择一项")}
    )
    due_on = day_field(_("到期日"))
    figure = choice_field(_("指标"), Figure.choices)
    target = forms.DecimalField(
        label=_("目标值"),
        max_digits=14,
        decimal_places=2,
        min_value=0,
        error_messages={"required": _("请填写"), "invalid": _("请填写数字")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = users_with(VIEW).order_by("display_name", "pk")  # type: ignore[attr-defined]

    def decided(self) -> Decided:
        return Decided(**self.cleaned_data)
