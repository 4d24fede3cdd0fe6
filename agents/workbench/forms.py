"""The form in which a call is told: result, what was learned, and what the next step asks."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from agents.workbench.next_steps import Step, all_steps, steps_of
from agents.workbench.step_forms import ComplaintStepForm
from compliance.models import ActionCode, ContactAttempt, NextStep, Reached, ResultCode
from compliance.models.detail import ArrearsReason, EconomicSituation, IdentityFactor, Temper, Willingness
from compliance.selectors_calls import action_for, result_codes
from compliance.services.call_details import OPENING, PLAIN, CallDetails

MOMENT = "%Y-%m-%dT%H:%M"


def _choice(label: Any, choices: Any) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, choices=choices, required=False, widget=forms.RadioSelect)


class CallForm(forms.Form):
    """What came of one contact. `steps`: the forms of next steps by name; judged are those that the result leads to."""

    code = forms.ChoiceField(
        label=gettext_lazy("结果"),
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("请选择联系结果"), "invalid_choice": gettext_lazy("请选择联系结果")},
    )
    action = forms.ChoiceField(label=gettext_lazy("行动码"), required=False)
    willingness = _choice(gettext_lazy("还款意愿"), Willingness.choices)
    arrears_reason = _choice(gettext_lazy("欠款原因"), ArrearsReason.choices)
    temper = _choice(gettext_lazy("通话情绪"), Temper.choices)
    economic_situation = _choice(gettext_lazy("经济状况"), EconomicSituation.choices)
    dispute = forms.BooleanField(label=gettext_lazy("有争议"), required=False)
    complaint_wish = forms.BooleanField(label=gettext_lazy("有投诉意愿"), required=False)
    self_harm = forms.BooleanField(label=gettext_lazy("有自伤言论"), required=False)
    callback_at = forms.DateTimeField(
        label=gettext_lazy("回拨时间"),
        required=False,
        input_formats=[MOMENT, "%Y-%m-%d %H:%M"],
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format=MOMENT),
        error_messages={"invalid": gettext_lazy("请按“年-月-日 时:分”填写")},
    )
    said_org = forms.BooleanField(label=gettext_lazy("说明债权机构"), required=False)
    said_own_org = forms.BooleanField(label=gettext_lazy("说明本机构"), required=False)
    said_staff_no = forms.BooleanField(label=gettext_lazy("报工号"), required=False)
    recording_notice = forms.BooleanField(label=gettext_lazy("告知录音"), required=False)
    recording_ref = forms.CharField(label=gettext_lazy("录音编号"), required=False, max_length=128)
    recording_hash = forms.CharField(
        label=gettext_lazy("录音校验值"), required=False, help_text=gettext_lazy("SHA-256，64 位十六进制，可不填")
    )
    note = forms.CharField(
        label=gettext_lazy("备注"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("可不填。不要写其他人的隐私。"),
    )

    def __init__(self, data: Any = None, *, attempt: ContactAttempt, **options: Any) -> None:
        self.usual_action = action_for(attempt)
        options.setdefault("initial", {"action": self.usual_action.code if self.usual_action else ""})
        super().__init__(data, **options)
        self.is_third = attempt.is_with_third
        self.codes = {code.code: code for code in result_codes(channel=attempt.channel, is_third=self.is_third)}
        actions = ActionCode.objects.filter(channel=attempt.channel, direction=attempt.direction, is_active=True)
        self.actions = {action.code: action for action in actions}
        self.fields["code"].choices = [(code.code, code.label) for code in self.codes.values()]  # type: ignore[attr-defined]
        self.fields["action"].choices = [  # type: ignore[attr-defined]
            ("", "–"), *((action.code, action.label) for action in self.actions.values())
        ]  # fmt: skip
        self.steps = {name: self._step_form(one) for name, one in all_steps().items() if one.form is not None}

    def _step_form(self, one: Step, *, bound: bool = False) -> forms.Form:
        """With what was typed, judged only where the result leads to the step."""
        assert one.form is not None
        options: dict[str, Any] = {"prefix": one.name, "use_required_attribute": False}
        if bound:
            form = one.form(self.data, empty_permitted=one.is_optional, **options)
        else:
            names = one.form.base_fields if self.is_bound else ()
            typed = {name: self.data.get(f"{one.name}-{name}", "") for name in names}
            form = one.form(initial={name: value for name, value in typed.items() if value}, **options)
        if self.is_third and isinstance(form, ComplaintStepForm):
            form.speak_to_a_third_person()
        return form

    @property
    def step_parts(self) -> list[tuple[str, Any, forms.Form]]:
        """Name, title and form of each step that asks for something."""
        return [(name, NextStep(name).label, form) for name, form in self.steps.items()]

    @property
    def opening_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in OPENING]

    @property
    def flag_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in ("dispute", "complaint_wish", "self_harm")]

    def clean_recording_hash(self) -> str:
        return str(self.cleaned_data["recording_hash"]).strip().lower()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        code = self.codes.get(cleaned.get("code", ""))
        self.taken = list(steps_of(code, cleaned))
        for one in self.taken:
            if one.form is None:
                continue
            form = self.steps[one.name] = self._step_form(one, bound=True)
            if not form.is_valid():
                self.add_error(None, _("请补全“%(step)s”需要的内容") % {"step": NextStep(one.name).label})
        return cleaned

    @property
    def result_code(self) -> ResultCode:
        return self.codes[self.cleaned_data["code"]]

    def details(self) -> CallDetails:
        """Of a valid form. Nobody on the line: nothing was said or learned, whatever was ticked before the result was."""
        code, given = self.result_code, self.cleaned_data
        learned = [name for name in PLAIN if name == "callback_at" or code.reached != Reached.NOBODY]
        return CallDetails(
            result_code=code,
            action=self.actions.get(given["action"], self.usual_action),
            recording_ref=given["recording_ref"],
            recording_hash=given["recording_hash"],
            **{name: given[name] for name in learned},
        )

    def values(self) -> dict[str, dict[str, Any]]:
        """What the steps' forms asked, by step."""
        return {one.name: self.steps[one.name].cleaned_data for one in self.taken if one.form is not None}

    def refuse(self, message: str, *, field: str) -> None:
        """Put a refusal beside the entry that it is about, of this form or of a step's."""
        if field in self.fields:
            self.add_error(field, message)
            return
        for one in self.taken:
            if one.form is not None and field in self.steps[one.name].fields:
                self.steps[one.name].add_error(field, message)
        self.add_error(None, message)


class IdentityForm(forms.Form):
    """What the person on the line answered rightly."""

    factors = forms.MultipleChoiceField(
        label=gettext_lazy("对方说对了"),
        choices=IdentityFactor.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
