"""Forms of the kernel's own pages."""

from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm
from django.utils.translation import gettext_lazy as _

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
