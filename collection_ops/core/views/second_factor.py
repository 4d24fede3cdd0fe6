"""The pages of the second factor: show it, set it up, renew the recovery codes."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods
from django_otp import login as mark_verified

from collection_ops.core import clock
from collection_ops.core.access import signed_in_only
from collection_ops.core.forms import CodeForm
from collection_ops.core.http import SignedInRequest
from collection_ops.core.middleware import is_verified
from collection_ops.core.services import second_factor

WAITING_KEY = "second_factor_key"


@signed_in_only
@require_http_methods(["GET", "POST"])
def verify(request: SignedInRequest) -> HttpResponse:
    """Ask for the code; everything else is closed until it is right."""
    user = request.user
    if second_factor.confirmed_device(user) is None:
        return redirect("core:second_factor_setup")
    if is_verified(user):
        return redirect("core:home")
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        device = second_factor.verify(user=user, code=form.cleaned_data["code"], now=clock.now())
        if device is not None:
            request.session.cycle_key()
            mark_verified(request, device)
            target = request.POST.get("next", "")
            is_ours = url_has_allowed_host_and_scheme(target, {request.get_host()}, request.is_secure())
            return redirect(target if is_ours else "core:home")
        wait = second_factor.seconds_to_wait(user)
        sentence = _("验证码不正确，请等 %(seconds)s 秒后再试。") if wait else _("验证码不正确。")
        form.add_error("code", sentence % {"seconds": wait} if wait else sentence)
    return render(request, "core/second_factor.html", {"form": form, "next": request.GET.get("next", "")})


@signed_in_only
@require_http_methods(["GET", "POST"])
def setup(request: SignedInRequest) -> HttpResponse:
    """Set up an authenticator app; with one set up, renew the recovery codes.

    Who has a device and has not shown it may not add another: a stolen password alone must not open the account.
    """
    user = request.user
    if second_factor.confirmed_device(user) is not None:
        if not is_verified(user):
            return redirect("core:second_factor")
        if request.method == "POST":
            return _show_codes(request, second_factor.renew_recovery_codes(user=user))
        unused = user.recovery_codes.filter(used_at__isnull=True).count()
        return render(request, "core/second_factor_status.html", {"unused": unused})
    key = request.session.setdefault(WAITING_KEY, second_factor.new_key())  # a reload shows the same picture
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        done = second_factor.confirm_setup(user=user, key=key, code=form.cleaned_data["code"].replace(" ", ""))
        if done is not None:
            device, codes = done
            del request.session[WAITING_KEY]
            request.session["has_second_factor"] = True
            mark_verified(request, device)
            messages.success(request, _("二次验证已启用。"))
            return _show_codes(request, codes)
        form.add_error("code", _("验证码不正确。请确认手机时间准确，再输入当前显示的 6 位数字。"))
    device = second_factor.waiting_device(user=user, key=key)
    context = {
        "form": form,
        "picture": second_factor.qr_picture(device),
        "secret": second_factor.secret_of(device),
        "is_required": bool(set(user.roles) & set(settings.SECOND_FACTOR_ROLES)),
    }
    return render(request, "core/second_factor_setup.html", context)


def _show_codes(request: SignedInRequest, codes: list[str]) -> HttpResponse:
    """Shown once, in the answer itself: a redirect would have to keep them somewhere."""
    return render(request, "core/recovery_codes.html", {"codes": codes})
