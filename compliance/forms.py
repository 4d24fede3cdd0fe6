"""Forms of the compliance pages."""

from django import forms
from django.utils.translation import gettext_lazy as _

from compliance.models import BreachState
from compliance.rule_texts import MARKS, VERDICTS


class RuleFilter(forms.Form):
    """Filters of the rules page; all optional."""

    text = forms.CharField(
        label=_("编号、规则或来源"),
        max_length=64,
        required=False,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}),
    )
    verdict = forms.ChoiceField(label=_("处理"), required=False, choices=[("", _("全部")), *VERDICTS.items()])
    mark = forms.ChoiceField(label=_("核实"), required=False, choices=[("", _("全部")), *MARKS.items()])


class BreachFilter(forms.Form):
    """Filters of the list of breaches; all optional. Without a state: those that stand."""

    state = forms.ChoiceField(
        label=_("状态"),
        required=False,
        choices=[("", BreachState.OPEN.label), ("withdrawn", BreachState.WITHDRAWN.label)],
    )
    rule = forms.CharField(label=_("规则编号"), max_length=16, required=False, strip=True)
    org = forms.CharField(label=_("机构"), max_length=32, required=False, strip=True, help_text="")
