"""Forms of moves by hand, of the rotation and of assistance."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from agents.models import Team
from collection_ops.core.access import Role
from collection_ops.core.models import User

LENGTH = 200


def _text(label: Any, *, required: bool = True, message: Any = "") -> forms.CharField:
    return forms.CharField(
        label=label,
        required=required,
        max_length=LENGTH,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": message} if message else None,
    )


def _day(label: Any) -> forms.DateField:
    return forms.DateField(label=label, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))


class PersonChoice(forms.ModelChoiceField):
    """A person with their team."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj} · {obj.unit}" if obj.unit else str(obj)


class AskForm(forms.Form):
    """What help is asked for, of whom, until when. Anybody who collects can be asked, of whichever team."""

    helper = PersonChoice(
        label=_("协催人"), queryset=User.objects.none(), required=False, empty_label=_("由小组长指定")
    )
    team = forms.ModelChoiceField(
        label=_("或协催小组"), queryset=Team.objects.none(), required=False, empty_label=_("不选小组")
    )
    needs = _text(_("需要的协助"), message=_("请写明需要什么协助"))
    until = _day(_("协催至（含当天）"))

    def __init__(self, *args: Any, holder: int | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        collectors = User.objects.filter(is_active=True, role_grants__role=Role.COLLECTOR).exclude(pk=holder or 0)
        helper, team = self.fields["helper"], self.fields["team"]
        assert isinstance(helper, forms.ModelChoiceField) and isinstance(team, forms.ModelChoiceField)
        helper.queryset = collectors.order_by("unit", "display_name", "pk")
        team.queryset = Team.objects.filter(is_active=True).order_by("name")


class DecideForm(forms.Form):
    """Accept or refuse; where a team was asked, who helps."""

    helper = PersonChoice(label=_("由谁协催"), queryset=User.objects.none(), required=False)
    note = _text(_("意见（不同意时必填）"), required=False)
    decision = forms.ChoiceField(choices=[("accept", ""), ("refuse", "")], widget=forms.HiddenInput, required=True)

    def __init__(self, *args: Any, people: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if people is None:
            del self.fields["helper"]
        else:
            helper = self.fields["helper"]
            assert isinstance(helper, forms.ModelChoiceField)
            helper.queryset = people


class FinishForm(forms.Form):
    outcome = _text(_("协催结果"), message=_("请写明协催的结果"))


class ExemptForm(forms.Form):
    """How long listed cases stay where they lie, and why."""

    until = _day(_("豁免至（含当天）"))
    reason = _text(_("豁免原因"), message=_("请写明豁免的原因"))
