"""Forms of rectifications. What is allowed is the services' to say."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from vendors.agencies.forms import choice_field, day_field, file_field, words_field
from vendors.models import Agency, Rectification, RectificationFinding, RectificationState
from vendors.rectification.raising import MOST_WORDS, WORKING
from vendors.rectification.rules import HAND_GROUNDS

STATES = [
    ("", _("未完成")),
    ("overdue", _("逾期")),
    ("stopping", _("停止委案中")),
    *RectificationState.choices,
    ("all", _("全部")),
]


class RectificationFilter(forms.Form):
    agency = forms.ModelChoiceField(
        label=_("机构"), queryset=Agency.objects.order_by("name"), required=False, empty_label=_("全部机构")
    )
    state = forms.ChoiceField(label=_("状态"), required=False, choices=STATES)


class NewForm(forms.Form):
    """One raised by hand; a line each of `findings` is one problem."""

    agency = forms.ModelChoiceField(
        label=_("机构"),
        queryset=Agency.objects.filter(state__in=WORKING).order_by("name"),
        empty_label=_("请选择机构"),
        error_messages={"required": _("请选择一项")},
    )
    ground = choice_field(_("整改事项"), HAND_GROUNDS.items())
    findings = forms.CharField(
        label=_("问题"),
        max_length=MOST_WORDS,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("一行一个问题，机构须逐项答复；不写客户姓名、电话与证件号"),
        error_messages={"required": _("请填写")},
    )
    demand = words_field(_("整改要求"), MOST_WORDS)

    def given(self) -> dict[str, Any]:
        told = dict(self.cleaned_data)
        return {**told, "findings": told["findings"].splitlines()}


class AnswerForm(forms.Form):
    """An entry for each finding; `texts` is what the service takes."""

    def __init__(self, *args: Any, row: Rectification, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.findings: list[RectificationFinding] = list(row.findings.order_by("number"))
        for one in self.findings:
            label = _("第 %(number)s 个问题的整改措施与结果") % {"number": one.number}
            self.fields[f"finding-{one.pk}"] = words_field(label, MOST_WORDS, required=False, help_text=one.what)

    def texts(self) -> dict[int, str]:
        return {one.pk: self.cleaned_data.get(f"finding-{one.pk}", "") for one in self.findings}


class EvidenceForm(forms.Form):
    file = file_field(_("证据文件"))


class WordsForm(forms.Form):
    words = words_field(_("意见"), MOST_WORDS)


class ReasonForm(forms.Form):
    reason = words_field(_("理由"), MOST_WORDS)


class ExtensionForm(forms.Form):
    until = day_field(_("延期至"))
    reason = words_field(_("理由"), MOST_WORDS)
