"""The form of a token for another program."""

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from collection_ops.core.access import token_scopes
from collection_ops.core.services.api_tokens import LONGEST


class TokenForm(forms.Form):
    integration = forms.CharField(
        label=_("对接系统"), max_length=40, help_text=_("在审计记录中显示的名称，例如 外呼系统")
    )
    scopes = forms.MultipleChoiceField(label=_("权限范围"), widget=forms.CheckboxSelectMultiple)
    org = forms.CharField(
        label=_("机构"),
        max_length=32,
        required=False,
        help_text=_("委外席位代码：只见该机构的案件；own：只见未委外的案件；留空：全部案件"),
    )
    addresses = forms.CharField(
        label=_("允许的地址"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("IP 或网段，每行一个；留空不限"),
    )
    days = forms.IntegerField(label=_("有效天数"), initial=365, min_value=1, max_value=LONGEST.days)
    requests_per_minute = forms.IntegerField(label=_("每分钟请求数"), initial=600, min_value=1, max_value=100_000)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(name, f"{gettext(label)} · {name}") for name, label in token_scopes().items()]
        self.fields["scopes"].choices = choices  # type: ignore[attr-defined]
