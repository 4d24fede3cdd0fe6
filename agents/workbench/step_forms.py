"""What next steps ask that have no form of their own elsewhere; shown with the result codes that lead to them."""

from django import forms
from django.utils.translation import gettext_lazy as _


class HoldStepForm(forms.Form):
    """The reason of a hold, in the person's words."""

    words = forms.CharField(
        label=_("对方怎么说"), max_length=200, required=False, help_text=_("写进停催原因，不要写其他人的隐私。")
    )


class ComplaintStepForm(HoldStepForm):
    about = forms.ChoiceField(
        label=_("投诉对象"),
        required=False,
        choices=[("", _("其他或未说明")), ("me", _("记录本次通话的催收员")), ("channel", _("电话催收"))],
    )
