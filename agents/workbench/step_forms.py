"""What a next step asks besides the result; shown with the result codes that lead to it."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _


class StepForm(forms.Form):
    """What a step asks. `title` stands above its fields."""

    title: Any = ""


class HoldStepForm(StepForm):
    """The reason of a hold, in the person's words."""

    title = _("停催")
    words = forms.CharField(
        label=_("对方怎么说"), max_length=200, required=False, help_text=_("写进停催原因，不要写其他人的隐私。")
    )


class ComplaintStepForm(HoldStepForm):
    title = _("投诉")
    about = forms.ChoiceField(
        label=_("投诉对象"),
        required=False,
        choices=[("", _("其他或未说明")), ("me", _("记录本次通话的催收员")), ("channel", _("电话催收"))],
    )
