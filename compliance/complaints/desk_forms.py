"""The filter of the complaint desk."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from collection_ops.core.access import users_with
from compliance.complaints.conflicts import HANDLE
from compliance.models import About, ComplaintSource, ComplaintState, ComplaintType, Severity

RARE = ("source", "type", "severity", "about", "received_from", "received_to")
"""Behind «更多条件» until one of them is used."""


ALL = gettext_lazy("全部")


def _choice(label: Any, choices: Any, first: Any = ALL) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, required=False, choices=[("", first), *choices])


def _day(label: Any) -> forms.DateField:
    return forms.DateField(
        label=label, required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )


class DeskFilter(forms.Form):
    q = forms.CharField(
        label=gettext_lazy("投诉编号或来源编号"), required=False, max_length=64,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )  # fmt: skip
    state = _choice(
        gettext_lazy("状态"), [*ComplaintState.choices, ("all", gettext_lazy("全部"))], gettext_lazy("未办结")
    )
    handler = forms.ChoiceField(label=gettext_lazy("经办人"), required=False)
    due = _choice(gettext_lazy("期限"), [("overdue", gettext_lazy("已超期")), ("soon", gettext_lazy("3 天内到期"))])
    source = _choice(gettext_lazy("来源"), ComplaintSource.choices)
    type = _choice(gettext_lazy("类型"), ComplaintType.choices)
    severity = _choice(gettext_lazy("严重程度"), Severity.choices)
    about = _choice(gettext_lazy("被投诉方"), About.choices)
    received_from = _day(gettext_lazy("收到日期从"))
    received_to = _day(gettext_lazy("收到日期至"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = users_with(HANDLE).order_by("display_name", "pk").values_list("pk", "display_name")
        self.fields["handler"].choices = [  # type: ignore[attr-defined]
            ("", _("全部")), ("me", _("我")), ("none", _("尚未指定")), *((str(pk), name) for pk, name in people),
        ]  # fmt: skip

    @property
    def usual(self) -> list[forms.BoundField]:
        return [self[name] for name in self.fields if name not in RARE]

    @property
    def rare(self) -> list[forms.BoundField]:
        return [self[name] for name in RARE]

    @property
    def is_rare_used(self) -> bool:
        return any(self.data.get(name) for name in RARE)
