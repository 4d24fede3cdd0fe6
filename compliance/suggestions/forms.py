"""Forms of suggestions."""

from typing import Any

from django import forms
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _

from cases.forms_care import day_field
from collection_ops.core.models import User
from compliance.models import Suggestion, SuggestionArea, SuggestionOwner, SuggestionState, Urgency
from compliance.suggestions.answering import ACCEPT, DECLINE, DONE
from compliance.suggestions.people import people_to_own
from compliance.suggestions.rows import MOST_WORDS

CHOSEN_FROM = 50
"""How many a duplicate can be linked to from the page, the newest first."""


def words(label: Any, *, help_text: Any = "", rows: int = 3, required: bool = True) -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": rows})
    return forms.CharField(label=label, max_length=MOST_WORDS, required=required, help_text=help_text, widget=widget)


class SuggestionFilter(forms.Form):
    state = forms.ChoiceField(label=_("状态"), required=False, choices=[("", _("全部")), *SuggestionState.choices])
    area = forms.ChoiceField(label=_("领域"), required=False, choices=[("", _("全部")), *SuggestionArea.choices])


class SuggestionForm(forms.Form):
    area = forms.ChoiceField(label=_("领域"), choices=[("", _("请选择")), *SuggestionArea.choices])
    text = words(
        _("内容"),
        rows=5,
        help_text=_("遇到什么问题，希望怎样。同事都能看到：不要写客户姓名、电话、证件号码"),
    )
    urgency = forms.ChoiceField(
        label=_("紧急程度"), choices=Urgency.choices, initial=Urgency.NORMAL, widget=forms.RadioSelect
    )


class AnswerForm(forms.Form):
    """`seen`: the state that the answer was written on."""

    decision = forms.ChoiceField(
        label=_("答复"),
        choices=[(ACCEPT, _("采纳，将落实")), (DONE, _("已完成")), (DECLINE, _("不采纳"))],
        widget=forms.RadioSelect,
    )
    promised_on = day_field(_("落实日期"), required=False, help_text=_("采纳时填写"))
    words = words(_("说明"), help_text=_("提出人会看到；不采纳的写明原因"))
    seen = forms.ChoiceField(choices=SuggestionState.choices, required=False, widget=forms.HiddenInput)


class _Named(forms.ModelChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.number} {Truncator(obj.text).chars(40)}"


class DuplicateForm(forms.Form):
    to = _Named(label=_("与哪一件重复"), queryset=Suggestion.objects.none(), empty_label=_("请选择"))

    def __init__(self, *args: Any, suggestion: Suggestion, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        others = Suggestion.objects.for_user(user).exclude(pk=suggestion.pk).exclude(state=SuggestionState.DUPLICATE)
        newest = others.order_by("-pk").values_list("pk", flat=True)[:CHOSEN_FROM]
        self.fields["to"].queryset = Suggestion.objects.filter(pk__in=list(newest)).order_by("-pk")  # type: ignore[attr-defined]


class VerdictForm(forms.Form):
    content = forms.TypedChoiceField(
        label=_("这个答复"),
        choices=[("yes", _("解决了")), ("no", _("没有解决"))],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
    )
    because = words(_("说明"), rows=2, required=False, help_text=_("没有解决的，写明还差什么"))


class AssignForm(forms.Form):
    owner = forms.ModelChoiceField(label=_("负责人"), queryset=User.objects.none(), empty_label=_("请选择"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = User.objects.filter(is_active=True).order_by("display_name", "pk")  # type: ignore[attr-defined]


class OwnersForm(forms.Form):
    """One person an area, or nobody."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        lines = SuggestionOwner.objects.filter(user__is_active=True).values_list("area", "user")
        kwargs.setdefault("initial", {area: str(user) for area, user in lines})
        super().__init__(*args, **kwargs)
        self.people = {str(person.pk): person for person in people_to_own()}
        choices = [("", _("所有处理人")), *((pk, str(person)) for pk, person in self.people.items())]
        for area, label in SuggestionArea.choices:
            self.fields[area] = forms.ChoiceField(label=label, choices=choices, required=False)

    def chosen(self) -> dict[str, User | None]:
        return {area: self.people.get(self.cleaned_data[area]) for area in SuggestionArea.values}
