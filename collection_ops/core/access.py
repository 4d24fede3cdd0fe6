"""Who may do what, on which rows: the one place that asks.

The table itself is data: `access_matrix.json` maps every capability to the roles that have it and their scope, and every
route to the capability it asks for. Code, the test that walks all routes × roles, and the page that shows the table to
people read the same file. Outside a scope a row is "not found" (404); without the capability the answer is 403.
"""

import json
from collections.abc import Callable
from functools import lru_cache, wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from collection_ops.core.models import User

MATRIX_FILE = Path(__file__).with_name("access_matrix.json")


class Role(models.TextChoices):
    COLLECTOR = "collector", _("催收员")
    TEAM_LEADER = "team_leader", _("组长")
    SUPERVISOR = "supervisor", _("主管")
    CLERK = "clerk", _("数据专员")
    VENDOR_MANAGER = "vendor_manager", _("委外管理")
    COMPLIANCE = "compliance", _("合规")
    FINANCE = "finance", _("财务")
    MANAGER = "manager", _("经理")
    ADMIN = "admin", _("系统管理员")
    AUDITOR = "auditor", _("审计")


class Scope(models.TextChoices):
    """On which rows a capability holds. Widest last: a person with two roles has the wider one."""

    OWN = "own", _("本人席位")
    PLACED = "placed", _("委外案件")
    PAID = "paid", _("有还款的案件")
    BATCH = "batch", _("近 30 天导入")
    TEAM = "team", _("本组")
    ALL = "all", _("全部")


SCOPE_ORDER = list(Scope.values)

# Pairs that one person must not hold (reference: reliability section 6, separation rules).
FORBIDDEN_PAIRS: tuple[frozenset[Role], ...] = (
    frozenset({Role.COMPLIANCE, Role.ADMIN}),  # 等保: 专职安全管理员不可兼任
    frozenset({Role.FINANCE, Role.CLERK}),
    *(frozenset({Role.ADMIN, other}) for other in Role if other not in (Role.ADMIN, Role.COMPLIANCE)),
    *(frozenset({Role.AUDITOR, other}) for other in Role if other not in (Role.AUDITOR, Role.ADMIN)),
)


@lru_cache(maxsize=1)
def matrix() -> dict[str, Any]:
    """The table: {"capabilities": {name: {"label", "roles": {role: scope}}}, "routes": {route: capability},
    "token_scopes": {name: {"label"}}, "token_routes": {"METHOD route": token scope}}. A route whose line is "@token" is one
    of the API: what it asks for stands in the last of these, by method."""
    table: dict[str, Any] = json.loads(MATRIX_FILE.read_text(encoding="utf-8"))
    for name, line in table["capabilities"].items():
        for role, scope in line["roles"].items():
            if role not in Role.values or scope not in Scope.values:
                raise ValueError(f"access_matrix.json: {name} has role {role!r} with scope {scope!r}")
    return table


def token_scopes() -> dict[str, str]:
    """What a program may be allowed: name of the scope → its label (a msgid)."""
    return {name: line["label"] for name, line in matrix()["token_scopes"].items()}


def scope(user: Any, capability: str) -> str | None:
    """The widest scope in which `user` has `capability`, or None. An unknown capability is a programming error."""
    roles = matrix()["capabilities"][capability]["roles"]
    if not getattr(user, "is_authenticated", False) or not user.is_active:
        return None
    held = [roles[role] for role in user.roles if role in roles]
    return max(held, key=SCOPE_ORDER.index) if held else None


def has(user: Any, capability: str) -> bool:
    """Whether `user` has `capability` on any rows at all."""
    return scope(user, capability) is not None


def require(user: Any, capability: str) -> str:
    """The scope, or PermissionDenied: for services and commands that act for a person."""
    found = scope(user, capability)
    if found is None:
        raise PermissionDenied(capability)
    return found


def users_with(capability: str) -> "models.QuerySet[User]":
    """Active people who have the capability: whom to tell when something waits for them."""
    from collection_ops.core.models import User

    roles = list(matrix()["capabilities"][capability]["roles"])
    return User.objects.filter(is_active=True, role_grants__role__in=roles).distinct()


View = Callable[..., HttpResponseBase]


def requires(capability: str) -> Callable[[View], View]:
    """View decorator: sign in first, then 403 without the capability. Rows are scoped by `for_user` querysets."""
    if capability not in matrix()["capabilities"]:
        raise LookupError(f"{capability!r} has no line in access_matrix.json")

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not has(request.user, capability):
                raise PermissionDenied(capability)
            return view(request, *args, **kwargs)

        signed_in: Any = login_required(guarded)
        signed_in.capability = capability
        return signed_in

    return decorate


def signed_in_only(view: View) -> View:
    """View decorator for pages that every person with an account may open (own tasks, own password)."""
    guarded: Any = login_required(view)
    guarded.capability = "@login"
    return guarded


def public(view: Any) -> Any:
    """Marks a view that needs no account (login page, health)."""
    view.capability = "@public"
    return view
