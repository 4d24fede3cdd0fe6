"""Forms of the workbench."""

from django import forms
from django.utils.translation import gettext_lazy as _

from compliance.models.attempt import Outcome

CALL_RESULTS = (
    Outcome.RIGHT_PARTY,
    Outcome.CONNECTED,
    Outcome.THIRD_PARTY,
    Outcome.NO_ANSWER,
    Outcome.BUSY,
    Outcome.OUT_OF_SERVICE,
    Outcome.DEAD_NUMBER,
    Outcome.VOICEMAIL,
)
"""In the order of their keys, 1 to 8."""


class ResultForm(forms.Form):
    """What came of a call."""

    result = forms.ChoiceField(
        label=_("结果"),
        choices=[(outcome.value, outcome.label) for outcome in CALL_RESULTS],
        widget=forms.RadioSelect,
        error_messages={"required": _("请选择联系结果"), "invalid_choice": _("请选择联系结果")},
    )
    note = forms.CharField(
        label=_("备注"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("可不填。不要写其他人的隐私。"),
    )
