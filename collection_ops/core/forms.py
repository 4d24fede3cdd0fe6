"""Forms of the kernel's own pages."""

from datetime import date
from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.utils.translation import gettext_lazy as _

from collection_ops.core.access import Role
from collection_ops.core.dated_settings import Setting, SettingRefused
from collection_ops.core.models import User


class SignInForm(AuthenticationForm):
    """Name and password. The name may be typed in any case; the account's own spelling is used."""

    error_messages = {
        "invalid_login": _("用户名或密码不正确。连续 5 次错误后，该用户名将暂停登录 15 分钟。"),
        "inactive": _("用户名或密码不正确。"),
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].label = _("用户名")
        self.fields["username"].widget.attrs.update({"autocomplete": "username", "spellcheck": "false"})
        self.fields["password"].label = _("密码")

    def clean_username(self) -> str:
        typed = str(self.cleaned_data["username"]).strip()
        own_spelling = User.objects.filter(username__iexact=typed).values_list("username", flat=True).first()
        return own_spelling or typed


class CodeForm(forms.Form):
    """A code from the authenticator app, or a recovery code."""

    code = forms.CharField(
        label=_("验证码"),
        max_length=16,
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "inputmode": "text", "autofocus": True, "spellcheck": "false"}
        ),
    )


class AuditFilter(forms.Form):
    """Filters of the audit page; all optional."""

    action = forms.CharField(label=_("动作"), max_length=64, required=False)
    person = forms.CharField(label=_("操作人"), max_length=64, required=False)
    object_type = forms.CharField(label=_("对象类型"), max_length=48, required=False)
    object_id = forms.CharField(label=_("对象编号"), max_length=48, required=False)
    outcome = forms.ChoiceField(
        label=_("结果"),
        required=False,
        choices=[("", _("全部")), ("ok", _("成功")), ("refused", _("拒绝")), ("failed", _("失败"))],
    )
    first = forms.DateField(
        label=_("从"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    last = forms.DateField(
        label=_("到"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )


class UserFilter(forms.Form):
    text = forms.CharField(label=_("姓名、用户名或单元"), max_length=64, required=False)
    role = forms.ChoiceField(label=_("角色"), required=False, choices=[("", _("全部")), *Role.choices])
    state = forms.ChoiceField(
        label=_("状态"), required=False, choices=[("", _("全部")), ("active", _("启用")), ("disabled", _("停用"))]
    )


class UserForm(forms.Form):
    """An account. The user name is given once: the audit trail and people remember it."""

    username = forms.CharField(
        label=_("用户名"), max_length=64, validators=[UnicodeUsernameValidator()], help_text=_("登录用，之后不能修改")
    )
    display_name = forms.CharField(label=_("姓名"), max_length=64)
    unit = forms.CharField(
        label=_("组织单元"), max_length=32, required=False, help_text=_("小组或部门代码；组长看到本单元的席位")
    )
    email = forms.EmailField(label=_("邮箱"), required=False)
    roles = forms.MultipleChoiceField(
        label=_("角色"), required=False, choices=Role.choices, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, account: User | None = None, **kwargs: Any) -> None:
        if account is not None:
            kwargs["initial"] = {
                "display_name": account.display_name,
                "unit": account.unit,
                "email": account.email,
                "roles": [str(r) for r in account.role_grants.values_list("role", flat=True)],
            }
        super().__init__(*args, **kwargs)
        if account is not None:
            del self.fields["username"]

    def clean_username(self) -> str:
        username = str(self.cleaned_data["username"]).strip()
        if User.objects.filter(username__iexact=username).exists():
            raise forms.ValidationError(_("这个用户名已经有人使用。"))
        return username


class ReasonForm(forms.Form):
    reason = forms.CharField(label=_("理由"), min_length=2, max_length=200)


class SettingForm(forms.Form):
    """A new value of a dated setting, from today or a later day on."""

    value = forms.CharField(label=_("新的值"), max_length=20, error_messages={"required": _("请填写新的值")})
    effective_from = forms.DateField(
        label=_("生效日期"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("今天或以后；过去的日子仍按当时的值"),
        error_messages={"required": _("请填写生效日期"), "invalid": _("请填写日期，例如 2026-03-05")},
    )
    reason = forms.CharField(
        label=_("修改原因"),
        min_length=2,
        max_length=200,
        error_messages={"required": _("请写明修改的原因"), "min_length": _("请写明修改的原因")},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, *args: Any, setting: Setting, today: date, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {"effective_from": today})
        super().__init__(*args, **kwargs)
        self.setting, self.today = setting, today
        if isinstance(setting.default, bool):
            self.fields["value"] = forms.ChoiceField(
                label=_("新的值"), choices=[("", _("请选择")), ("yes", _("是")), ("no", _("否"))]
            )
        else:
            self.fields["value"].widget.attrs.update({"inputmode": "decimal", "autocomplete": "off"})
            self.fields["value"].help_text = str(setting.unit)

    def clean_value(self) -> Any:
        value = self.cleaned_data["value"]
        if isinstance(self.setting.default, bool):
            return value == "yes"
        try:
            return self.setting.read(str(value).strip().replace(",", ""))
        except SettingRefused as refused:
            raise forms.ValidationError(str(refused)) from refused

    def clean_effective_from(self) -> date:
        day: date = self.cleaned_data["effective_from"]
        if day < self.today:
            raise forms.ValidationError(_("生效日期不能早于今天（%(day)s）"), params={"day": self.today})
        return day
