"""Forms of message templates."""

import datetime as dt
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from compliance.forms_rules import YES_NO
from compliance.models import MOST_LETTER, Audience, MessageChannel, MessagePurpose, MessageState


class TemplateForm(forms.Form):
    """The first or the next version of a text."""

    code = forms.CharField(
        label=_("代码"), max_length=24, help_text=_("小写字母、数字和连字符；用已有的代码就是它的下一个版本")
    )
    channel = forms.ChoiceField(label=_("渠道"), choices=MessageChannel.choices)
    audience = forms.ChoiceField(label=_("对象"), choices=Audience.choices)
    purpose = forms.ChoiceField(label=_("目的"), choices=MessagePurpose.choices)
    body = forms.CharField(
        label=_("正文"),
        max_length=MOST_LETTER,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_(
            "发送时填入：{name}{amount}{principal}{days}{contract}{lender}{phone}；给联系人只可用 {name}{lender}{phone}；"
            "函件可用 {name}{number}{received}{outcome}{finding}{remedy}{lender}{phone}{day}"
        ),
    )
    valid_from = forms.DateField(label=_("启用日期"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    valid_to = forms.DateField(
        label=_("停用日期"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("最后一天，含当日；空为不限"),
    )

    def __init__(self, *args: Any, today: dt.date, **kwargs: Any) -> None:
        kwargs["initial"] = {"valid_from": today, **kwargs.get("initial", {})}
        super().__init__(*args, **kwargs)


class TemplateDecision(forms.Form):
    approve = forms.ChoiceField(choices=YES_NO)
    reason = forms.CharField(label=_("理由"), max_length=200, required=False)


class OutboxFilter(forms.Form):
    """Filters of the list of messages; all optional."""

    state = forms.ChoiceField(label=_("状态"), required=False, choices=[("", _("全部")), *MessageState.choices])
    template = forms.CharField(label=_("模板"), max_length=24, required=False)
