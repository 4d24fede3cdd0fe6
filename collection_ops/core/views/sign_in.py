"""Coming in and going out."""

import threading
from typing import Any

from django.conf import settings
from django.contrib.auth import views as auth_views
from django.http import HttpRequest, HttpResponse
from django.urls import reverse_lazy
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache

from collection_ops.core.access import public, signed_in_only
from collection_ops.core.forms import SignInForm
from collection_ops.core.services import sign_in

# Hashing a password takes a processor; the morning's sign-ins must not starve the pages of those already at work.
HASHING = threading.BoundedSemaphore(2)

ENDED_BECAUSE = {
    "idle": _("您有一段时间没有操作，已自动退出，请重新登录。"),
    "absolute": _("本次登录已到最长时限，请重新登录。"),
}


@method_decorator(never_cache, name="dispatch")
class SignIn(auth_views.LoginView):
    template_name = "core/sign_in.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        ended = self.request.session.pop("ended_because", "")
        return super().get_context_data(**kwargs, ended_because=ENDED_BECAUSE.get(ended, ""))

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        form = self.get_form()
        with HASHING:
            is_valid = form.is_valid()
        return self.form_valid(form) if is_valid else self.form_invalid(form)

    def form_valid(self, form: Any) -> HttpResponse:
        response = super().form_valid(form)
        user = form.get_user()
        sign_in.log_signed_in(user=user)
        if user.language:
            response.set_cookie(
                settings.LANGUAGE_COOKIE_NAME, user.language, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE
            )
        return response

    def form_invalid(self, form: Any) -> HttpResponse:
        is_locked = bool(getattr(self.request, "axes_locked_out", False))
        sign_in.log_refused(typed_name=self.request.POST.get("username", ""), is_locked=is_locked)
        return super().form_invalid(form)


class SignOut(auth_views.LogoutView):
    http_method_names = ["post", "options"]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        if request.user.is_authenticated:
            sign_in.log_signed_out(user=request.user)
        return super().post(request, *args, **kwargs)


class ChangePassword(auth_views.PasswordChangeView):
    """A new password ends every other session of the account (Django's session hash does that)."""

    template_name = "core/password_change.html"
    success_url = reverse_lazy("core:home")

    def form_valid(self, form: Any) -> HttpResponse:
        from django.contrib import messages
        from django.db import transaction
        from django.utils.translation import gettext

        from collection_ops.core.services import audit

        with transaction.atomic():
            response = super().form_valid(form)
            audit.record(action="user.password_changed", actor=form.user, obj=form.user)
        messages.success(self.request, gettext("密码已修改，其他设备上的登录已结束。"))
        return response


login = public(SignIn.as_view())
logout = public(SignOut.as_view())
password_change = signed_in_only(ChangePassword.as_view())
