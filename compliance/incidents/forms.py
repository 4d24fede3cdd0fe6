"""Forms of major incidents."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cases.forms_care import words_field
from collection_ops.core.access import users_with
from collection_ops.core.models import User
from compliance.incidents.register import MOST_WORDS, WRITE, Told
from compliance.models import IncidentRecipient, IncidentType, RecipientKind

MOMENT = "%Y-%m-%dT%H:%M"


def moment_field(label: Any, *, required: bool = True, help_text: Any = "") -> forms.DateTimeField:
    return forms.DateTimeField(
        label=label,
        required=required,
        help_text=help_text,
        input_formats=[MOMENT, "%Y-%m-%d %H:%M"],
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format=MOMENT),
        error_messages={"invalid": _("请按“年-月-日 时:分”填写")},
    )


def long_field(label: Any, *, rows: int = 5, help_text: Any = "") -> forms.CharField:
    return forms.CharField(
        label=label, max_length=MOST_WORDS, help_text=help_text, widget=forms.Textarea(attrs={"rows": rows})
    )


class IncidentFilter(forms.Form):
    """Filters of the list; all optional."""

    state = forms.ChoiceField(
        label=_("状态"), required=False, choices=[("", _("未办结")), ("closed", _("已办结")), ("all", _("全部"))]
    )
    type = forms.ChoiceField(label=_("事项类型"), required=False, choices=[("", _("全部")), *IncidentType.choices])


class IncidentForm(forms.Form):
    """What is known of it. The clock runs from `known_at`."""

    type = forms.ChoiceField(label=_("事项类型"), choices=[("", "—"), *IncidentType.choices])
    known_at = moment_field(_("知悉时间"), help_text=_("报告时限从这一刻起算"))
    happened_at = moment_field(_("发生时间"), required=False, help_text=_("尚不清楚的可不填"))
    place = words_field(_("发生地点"), most=100, required=False)
    what = long_field(_("事实经过"), help_text=_("时间、人物、经过、目前状况"))
    people_hurt = forms.IntegerField(label=_("伤亡人数"), min_value=0, max_value=1_000_000, initial=0)
    customers = forms.IntegerField(label=_("涉及客户数"), min_value=0, max_value=100_000_000, initial=0)
    orgs = words_field(_("涉及机构"), required=False)
    users = forms.ModelMultipleChoiceField(
        label=_("涉及人员"),
        queryset=User.objects.none(),
        required=False,
        widget=forms.SelectMultiple(attrs={"size": 5}),
        help_text=_("可不选；按住 Ctrl 多选"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = User.objects.filter(is_active=True, role_grants__isnull=False).distinct()
        self.fields["users"].queryset = people.order_by("display_name", "pk")  # type: ignore[attr-defined]

    def told(self) -> Told:
        """What was typed, as the service takes it."""
        values = {name: value for name, value in self.cleaned_data.items() if name in Told.__dataclass_fields__}
        return Told(**values)


class NewIncidentForm(IncidentForm):
    owner = forms.ModelChoiceField(label=_("负责人"), queryset=User.objects.none())

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = users_with(WRITE).order_by("display_name", "pk")  # type: ignore[attr-defined]


class CorrectForm(IncidentForm):
    reason = words_field(_("更正原因"))


class MeasureForm(forms.Form):
    words = words_field(_("采取的措施"), most=2_000)
    is_leak_notice = forms.BooleanField(label=_("已通知监管部门和受影响的个人"), required=False)

    def __init__(self, *args: Any, is_leak: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not is_leak:
            del self.fields["is_leak_notice"]


class CloseForm(forms.Form):
    words = words_field(_("办结说明"), most=2_000)


class BodyForm(forms.Form):
    body = long_field(_("报告正文"), rows=24)


class SendForm(forms.Form):
    recipients = forms.ModelMultipleChoiceField(
        label=_("报送对象"), queryset=IncidentRecipient.objects.none(), widget=forms.CheckboxSelectMultiple
    )
    sent_at = moment_field(_("报送时间"), help_text=_("实际送出的时间；是否按时以它为准"))
    how = words_field(_("报送方式"), help_text=_("系统、传真、专人送达；有回执的写编号"))

    def __init__(self, *args: Any, already: list[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        usable = IncidentRecipient.objects.filter(is_active=True).exclude(pk__in=already)
        self.fields["recipients"].queryset = usable.order_by("kind", "name")  # type: ignore[attr-defined]


class RecipientForm(forms.Form):
    name = words_field(_("名称"), most=64)
    kind = forms.ChoiceField(label=_("类别"), choices=RecipientKind.choices)
    how = words_field(_("报送方式"), help_text=_("报送系统、地址、传真或邮箱"))
