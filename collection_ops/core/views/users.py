"""Accounts: made, changed, disabled, unlocked. For the administrator, who sees no case."""

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from collection_ops.core import clock
from collection_ops.core.access import Role, requires
from collection_ops.core.forms import ReasonForm, UserFilter, UserForm
from collection_ops.core.http import SignedInRequest
from collection_ops.core.models import User
from collection_ops.core.selectors import users_matching
from collection_ops.core.services import accounts, second_factor
from collection_ops.core.services.form_tokens import once

SHOWN = 200


@requires("users.manage")
@require_GET
def users(request: SignedInRequest) -> HttpResponse:
    form = UserFilter(request.GET or None)
    chosen = form.cleaned_data if form.is_valid() else {}
    found: QuerySet[User] = users_matching(
        text=chosen.get("text") or "", role=chosen.get("role") or "", state=chosen.get("state") or ""
    )
    rows = list(found[: SHOWN + 1])
    context = {
        "form": form,
        "rows": rows[:SHOWN],
        "is_cut": len(rows) > SHOWN,
        "shown": SHOWN,
        "locked": accounts.locked_usernames(rows[:SHOWN]),
    }
    return render(request, "core/users.html", context)


@requires("users.manage")
@require_http_methods(["GET", "POST"])
@once
def user_create(request: SignedInRequest) -> HttpResponse:
    """A new account with a password that is shown once, to be handed over and changed at the first sign-in."""
    form = UserForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            user, password = accounts.open_account(
                username=form.cleaned_data["username"],
                display_name=form.cleaned_data["display_name"],
                unit=form.cleaned_data["unit"],
                email=form.cleaned_data["email"],
                roles=[Role(r) for r in form.cleaned_data["roles"]],
                actor=request.user,
            )
        except accounts.RoleConflict as conflict:
            form.add_error("roles", str(conflict))
        else:
            _hand_over(request, user, password)
            return redirect("core:user", user_id=user.pk)
    return render(request, "core/user_create.html", {"form": form})


@requires("users.manage")
@require_http_methods(["GET", "POST"])
@once
def user(request: SignedInRequest, user_id: int) -> HttpResponse:
    found = get_object_or_404(User, pk=user_id)
    form = UserForm(request.POST or None, account=found)
    if request.method == "POST" and form.is_valid():
        try:
            accounts.change_account(
                user=found,
                display_name=form.cleaned_data["display_name"],
                unit=form.cleaned_data["unit"],
                email=form.cleaned_data["email"],
                roles=[Role(r) for r in form.cleaned_data["roles"]],
                actor=request.user,
            )
        except (accounts.RoleConflict, accounts.LastAdministrator) as refusal:
            form.add_error("roles", str(refusal))
        else:
            messages.success(request, _("已保存。角色从对方的下一次操作起生效。"))
            return redirect("core:user", user_id=found.pk)
    context = {
        "account": found,
        "form": form,
        "reason_form": ReasonForm(),
        "is_locked": bool(accounts.locked_usernames([found])),
        "has_second_factor": second_factor.confirmed_device(found) is not None,
        "is_self": found.pk == request.user.pk,
        "new_password": request.session.pop(f"new_password_{found.pk}", "") if request.method == "GET" else "",
    }
    return render(request, "core/user.html", context)


ACTIONS = ("disable", "enable", "unlock", "reset_password", "reset_second_factor", "end_sessions")


@requires("users.manage")
@require_POST
@once
def user_action(request: SignedInRequest, user_id: int, action: str) -> HttpResponse:
    """One of ACTIONS on an account, with a reason."""
    found = get_object_or_404(User, pk=user_id)
    form = ReasonForm(request.POST)
    if action not in ACTIONS:
        raise Http404
    if not form.is_valid():
        messages.error(request, _("请写明理由，它会留在审计记录里。"))
        return redirect("core:user", user_id=found.pk)
    reason, now = form.cleaned_data["reason"], clock.database_now()
    try:
        if action == "disable":
            accounts.disable(user=found, actor=request.user, reason=reason, now=now)
            messages.success(request, _("账号已停用，登录已结束。"))
        elif action == "enable":
            accounts.enable(user=found, actor=request.user, reason=reason)
            messages.success(request, _("账号已启用。"))
        elif action == "unlock":
            accounts.unlock(user=found, actor=request.user, reason=reason)
            messages.success(request, _("已解除登录暂停。"))
        elif action == "reset_password":
            password = accounts.reset_password(user=found, actor=request.user, reason=reason, now=now)
            _hand_over(request, found, password)
        elif action == "reset_second_factor":
            second_factor.reset(user=found, actor=request.user, reason=reason, now=now)
            messages.success(request, _("二次验证已重置，对方下次登录需重新设置。"))
        else:
            accounts.end_all_sessions(user=found, actor=request.user, reason=reason, now=now)
            messages.success(request, _("该账号的所有登录已结束。"))
    except (accounts.LastAdministrator, accounts.OwnAccount) as refusal:
        messages.error(request, str(refusal))
    return redirect("core:user", user_id=found.pk)


def _hand_over(request: SignedInRequest, user: User, password: str) -> None:
    """The new password waits in the administrator's session for the next page and is shown once."""
    request.session[f"new_password_{user.pk}"] = password
