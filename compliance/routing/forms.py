"""Forms of referrals and departments."""

from datetime import date
from typing import Any

from django import forms
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext_lazy as _

from cases.forms_care import day_field
from collection_ops.core.models import User
from compliance.models import Complaint, Department, DepartmentMember, Referral, ReferralKind, ReferralState
from compliance.routing.people import accused_of
from compliance.routing.referring import MOST_WORDS, latest_due

GROUPED_STATES = [
    ("", _("全部")),
    ("waiting", _("待部门答复")),
    ("mine", _("待转办人处理")),
    ("untold", _("待告知客户")),
    *ReferralState.choices,
]


def long_words(label: Any, *, help_text: Any = "", rows: int = 4, required: bool = True) -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=MOST_WORDS,
        required=required,
        help_text=help_text,
        widget=forms.Textarea(attrs={"rows": rows}),
    )


class ReferralFilter(forms.Form):
    state = forms.ChoiceField(label=_("状态"), required=False, choices=GROUPED_STATES)
    department = forms.ChoiceField(label=_("部门"), required=False)
    late = forms.ChoiceField(label=_("期限"), required=False, choices=[("", _("不限")), ("1", _("已超期"))])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        named = Department.objects.order_by("pk").values_list("code", "name")
        self.fields["department"].choices = [("", _("不限")), *named]  # type: ignore[attr-defined]


class _Asked(forms.ModelChoiceField):
    """A department, with a word where nobody can answer for it."""

    def label_from_instance(self, obj: Any) -> str:
        return str(obj.name) if obj.able else str(_("%(name)s（暂无成员）") % {"name": obj.name})


def asked_departments() -> "QuerySet[Department]":
    able = DepartmentMember.objects.filter(department=OuterRef("pk"), user__is_active=True)
    return Department.objects.filter(is_active=True).annotate(able=Exists(able)).order_by("pk")


class AskForm(forms.Form):
    """A question to a department. `late_ok` is asked only when the day is too late for the complaint."""

    department = forms.ModelChoiceField(
        label=_("转给部门"), queryset=Department.objects.none(), empty_label=_("请选择")
    )
    kind = forms.ChoiceField(label=_("类型"))
    question = long_words(
        _("问题"),
        help_text=_("写明要对方做什么、答复什么。对方只看到这里写的内容，不要写被投诉人，也不要写不需要的个人信息"),
    )
    owner = forms.ChoiceField(label=_("指定办理人"), required=False, help_text=_("不选则由部门自行安排"))
    due_on = day_field(_("答复期限"), required=False, help_text=_("不填按部门的答复工作日计算"))
    late_ok = forms.BooleanField(label=_("仍按这个日期，投诉可能因此超期"), required=False)

    def __init__(self, *args: Any, complaint: Complaint | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.complaint = complaint
        self.fields["department"].queryset = asked_departments()  # type: ignore[attr-defined]
        kinds = [(value, label) for value, label in ReferralKind.choices if complaint or value != "investigation"]
        self.fields["kind"].choices = kinds  # type: ignore[attr-defined]
        self.fields["owner"].choices = [("", _("不指定")), *_people(complaint)]  # type: ignore[attr-defined]

    def clean_owner(self) -> User | None:
        chosen = self.cleaned_data["owner"]
        return User.objects.get(pk=chosen) if chosen else None

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        due, latest = given.get("due_on"), latest_due(self.complaint)
        if due and latest and due > latest and not given.get("late_ok"):
            self.add_error(
                "due_on",
                forms.ValidationError(
                    _("晚于 %(day)s：投诉须在其后一天办结。请提前，或勾选下面的确认"), params={"day": latest}
                ),
            )
        return given

    @property
    def asks_for_late(self) -> bool:
        """Whether the day was too late for the complaint: only then the box is shown."""
        too_late = self.is_bound and self.complaint is not None and "due_on" in self.errors
        return too_late or bool(self.data.get("late_ok"))


def _people(complaint: Complaint | None) -> list[tuple[str, list[tuple[str, str]]]]:
    """Members by department, without whom the complaint is about; one query."""
    places = DepartmentMember.objects.filter(department__is_active=True, user__is_active=True)
    if complaint is not None:
        places = places.exclude(user__in=accused_of(complaint))
    found: dict[str, list[tuple[str, str]]] = {}
    for place in places.select_related("department", "user").order_by("department", "-is_lead", "user__display_name"):
        name = str(_("%(who)s（负责人）") % {"who": place.user}) if place.is_lead else str(place.user)
        found.setdefault(place.department.name, []).append((str(place.user_id), name))
    return list(found.items())


class AnswerForm(forms.Form):
    answer = long_words(_("答复"), help_text=_("答复给转办人；写明依据和结论"))


class ReturnForm(forms.Form):
    reason = long_words(_("退回原因"), rows=2, help_text=_("为什么不归本部门办理，应由谁办理"))


class AgainForm(forms.Form):
    """Asked again of the department that answered, or of another one; where it was sent back, of another one only."""

    department = _Asked(label=_("转给部门"), queryset=Department.objects.none(), empty_label=_("请选择"))
    reason = long_words(_("再次转办的原因"), rows=2, help_text=_("还缺什么，对方要补充什么"))

    def __init__(self, *args: Any, one: Referral, **kwargs: Any) -> None:
        is_returned = one.state == ReferralState.RETURNED
        if not is_returned:
            kwargs.setdefault("initial", {"department": one.department_id})
        super().__init__(*args, **kwargs)
        others = asked_departments().exclude(pk=one.department_id) if is_returned else asked_departments()
        self.fields["department"].queryset = others  # type: ignore[attr-defined]


class WithdrawForm(forms.Form):
    reason = long_words(_("撤回原因"), rows=2)


class ToldForm(forms.Form):
    on = day_field(_("告知日期"))
    how = long_words(_("告知方式"), rows=2, help_text=_("电话、短信还是信函，告知了什么"))

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {"on": today})
        super().__init__(*args, **kwargs)


class DepartmentForm(forms.Form):
    code = forms.SlugField(label=_("代码"), max_length=16)
    name = forms.CharField(label=_("名称"), max_length=32)
    answer_days = forms.IntegerField(
        label=_("答复期限（工作日）"), required=False, min_value=1, max_value=30, help_text=_("不填按统一设置")
    )
    is_active = forms.BooleanField(label=_("可以转办"), required=False, initial=True)


class MemberForm(forms.Form):
    """Somebody with an account who is no member yet."""

    user = forms.ModelChoiceField(label=_("增加成员"), queryset=User.objects.none(), empty_label=_("请选择"))

    def __init__(self, *args: Any, department: Department, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        others = User.objects.filter(is_active=True).exclude(department_places__department=department)
        self.fields["user"].queryset = others.order_by("display_name", "pk")  # type: ignore[attr-defined]
