"""The form of a change of a rule: a field for each parameter that may be changed, made from the kind's own types."""

import datetime as dt
from typing import Any, get_args, get_origin

from django import forms
from django.utils.translation import gettext_lazy as _

from collection_ops.core.wording import sentences
from compliance.kind_texts import KINDS
from compliance.parameter_texts import Coded, Parameter
from compliance.rule_texts import VERDICTS
from compliance.rules.packs import Rule
from compliance.rules.tighter import Direction
from compliance.rules.typed_json import hints_of

YES_NO = [("yes", _("是")), ("no", _("否"))]
TIGHTER_NOTES = {
    "lower": _("越小越严"),
    "higher": _("越大越严"),
    "longer": _("越长越严"),
    "evening": _("越早越严"),
    "morning": _("越晚越严"),
    "more": _("选得越多越严"),
    "fewer": _("选得越少越严"),
}
WITHOUT_LIMIT = _("空为不限")


class ReasonedForm(forms.Form):
    """From when on, and why."""

    effective_from = forms.DateField(
        label=_("生效日期"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    reason = forms.CharField(label=_("原因"), min_length=2, max_length=200, widget=forms.Textarea(attrs={"rows": 2}))


class RuleChangeForm(ReasonedForm):
    """Parameters and verdict of `rule` as it stands; what is left as it is, is not changed."""

    verdict = forms.ChoiceField(label=_("处理"), choices=list(VERDICTS.items()))

    def __init__(self, *args: Any, rule: Rule, today: dt.date, **kwargs: Any) -> None:
        kwargs["initial"] = {"effective_from": today, "verdict": rule.verdict, **_initial(rule)}
        super().__init__(*args, **kwargs)
        self.rule = rule
        hints = hints_of(type(rule.params))
        own = {
            f"p_{name}": _field(
                KINDS[rule.kind.name].parameters[name], direction, hints[name], getattr(rule.params, name)
            )
            for name, direction in rule.kind.directions.items()
            if not direction.fixed
        }
        self.fields = {**own, **{name: self.fields[name] for name in ("verdict", "effective_from", "reason")}}

    def changed_params(self) -> dict[str, Any]:
        """What differs from the rule as it stands, in the JSON form of a pack."""
        wanted = {name[2:]: _json(value) for name, value in self.cleaned_data.items() if name.startswith("p_")}
        return {
            name: value for name, value in wanted.items() if value != _json(_plain(getattr(self.rule.params, name)))
        }

    @property
    def changed_verdict(self) -> str:
        verdict = str(self.cleaned_data["verdict"])
        return verdict if verdict != self.rule.verdict else ""


class DecideForm(forms.Form):
    approve = forms.ChoiceField(choices=YES_NO)
    reason = forms.CharField(label=_("理由"), max_length=200, required=False)


class SwitchForm(ReasonedForm):
    on = forms.ChoiceField(choices=YES_NO)


def _initial(rule: Rule) -> dict[str, Any]:
    return {f"p_{name}": _plain(getattr(rule.params, name)) for name in rule.kind.directions}


def _plain(value: Any) -> Any:
    """A value as its form field has it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return list(value)
    return f"{value:%H:%M}" if isinstance(value, dt.time) else value


def _json(value: Any) -> Any:
    if value in ("yes", "no"):
        return value == "yes"
    if isinstance(value, dt.time):
        return f"{value:%H:%M}"
    return value if value is None or isinstance(value, bool | int | list) else str(value)


def _field(parameter: Parameter, direction: Direction, hint: Any, current: Any) -> forms.Field:
    note = TIGHTER_NOTES.get(direction.name, "")
    optional = type(None) in get_args(hint)
    plain = next((one for one in get_args(hint) if one is not type(None)), hint) if optional else hint
    common: dict[str, Any] = {"label": parameter.label, "help_text": note}
    if plain is bool:
        return forms.ChoiceField(**common, choices=YES_NO)
    if plain is dt.time:
        return forms.TimeField(**common, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))
    if plain is int:
        if optional:
            common["help_text"] = sentences([note, WITHOUT_LIMIT]) if note else WITHOUT_LIMIT
        return forms.IntegerField(**common, required=not optional, min_value=0, max_value=100_000)
    if get_origin(plain) is tuple:
        return forms.MultipleChoiceField(
            **common, required=False, choices=_choices(parameter, current), widget=forms.CheckboxSelectMultiple
        )
    if isinstance(parameter.say, Coded):
        codes = get_args(plain)
        return forms.ChoiceField(**common, choices=[(c, w) for c, w in parameter.say.words.items() if c in codes])
    return forms.DecimalField(**common, min_value=0, max_digits=12, decimal_places=2)


def _choices(parameter: Parameter, current: tuple[str, ...]) -> list[tuple[str, Any]]:
    known = parameter.say.words if isinstance(parameter.say, Coded) else {}
    return [*known.items(), *((code, code) for code in current if code not in known)]
