"""Accounts: made, changed, disabled, unlocked; roles granted and taken back."""

import secrets
from collections.abc import Iterable
from datetime import datetime

from axes.handlers.proxy import AxesProxyHandler
from axes.models import AccessAttempt
from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from collection_ops.core import clock
from collection_ops.core.access import FORBIDDEN_PAIRS, Role
from collection_ops.core.lockout import cool_off, name_digest
from collection_ops.core.models import RoleGrant, User
from collection_ops.core.services import audit
from collection_ops.core.services.sessions import end_sessions

# Without letters that are misread when they are dictated.
PASSWORD_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ"  # noqa: S105 (an alphabet)
PASSWORD_LENGTH = 16


class RoleConflict(Exception):
    """Two roles that one person must not hold; the sentence names them."""


class LastAdministrator(Exception):
    """Without an administrator nobody could make one."""


class OwnAccount(Exception):
    """Something that nobody does to their own account."""


# --- Roles  ---


def grant_role(*, user: User, role: Role, actor: User | None) -> RoleGrant:
    """Give a role; the same again changes nothing. Raises RoleConflict for a forbidden pair."""
    with transaction.atomic():
        User.objects.select_for_update().get(pk=user.pk)  # two grants at once must not slip past the pair rule
        held = set(user.role_grants.values_list("role", flat=True))
        for pair in FORBIDDEN_PAIRS:
            if role in pair and (pair - {role}) & held:
                other = Role(next(iter((pair - {role}) & held)))
                raise RoleConflict(_("“%(a)s”与“%(b)s”不能由同一人担任") % {"a": Role(role).label, "b": other.label})
        granted, created = RoleGrant.objects.get_or_create(user=user, role=role, defaults={"granted_by": actor})
        if created:
            audit.record(action="user.role_granted", actor=actor, obj=user, data={"role": role})
    user.__dict__.pop("roles", None)
    return granted


def revoke_role(*, user: User, role: Role, actor: User | None) -> None:
    """Take a role back; holds from the person's next request on."""
    with transaction.atomic():
        gone, _detail = RoleGrant.objects.filter(user=user, role=role).delete()
        if gone:
            audit.record(action="user.role_revoked", actor=actor, obj=user, data={"role": role})
    user.__dict__.pop("roles", None)


def set_roles(*, user: User, roles: Iterable[Role], actor: User | None) -> None:
    """Exactly these roles: what is no longer held is taken back first, so that one role can replace its rival."""
    wanted = set(roles)
    with transaction.atomic():
        held = {Role(r) for r in user.role_grants.values_list("role", flat=True)}
        if Role.ADMIN in held - wanted:
            _keep_an_administrator(user)
        for role in sorted(held - wanted):
            revoke_role(user=user, role=role, actor=actor)
        for role in sorted(wanted - held):
            grant_role(user=user, role=role, actor=actor)


def _keep_an_administrator(user: User) -> None:
    """Locks the grants of all administrators: two who remove each other at once must not both succeed."""
    others = RoleGrant.objects.select_for_update().filter(role=Role.ADMIN)
    if not any(grant.user_id != user.pk and grant.user.is_active for grant in others.select_related("user")):
        raise LastAdministrator(_("这是最后一名启用的系统管理员，请先指定另一名。"))


# --- Accounts  ---


def create_user(
    *,
    username: str,
    display_name: str,
    password: str,
    roles: list[Role],
    actor: User | None,
    unit: str = "",
    email: str = "",
) -> User:
    """A new account with its roles. The password is checked by the caller's form (demo accounts have known ones)."""
    with transaction.atomic():
        user = User(username=username, display_name=display_name, unit=unit, email=email)
        user.set_password(password)
        user.save()
        audit.record(action="user.created", actor=actor, obj=user)
        for role in roles:
            grant_role(user=user, role=role, actor=actor)
    return user


def open_account(
    *, username: str, display_name: str, roles: list[Role], actor: User, unit: str = "", email: str = ""
) -> tuple[User, str]:
    """A new account and its first password, from the system's random source, to be handed over once."""
    password = new_password()
    user = create_user(
        username=username,
        display_name=display_name,
        password=password,
        roles=roles,
        actor=actor,
        unit=unit,
        email=email,
    )
    return user, password


def change_account(*, user: User, display_name: str, unit: str, email: str, roles: Iterable[Role], actor: User) -> None:
    """Name, unit and roles. Old and new unit go on record, because the unit decides which rows a leader sees."""
    new = {"display_name": display_name, "unit": unit, "email": email}
    with transaction.atomic():
        changed = [name for name, value in new.items() if getattr(user, name) != value]
        if changed:
            units = {"unit_before": user.unit, "unit_after": unit} if "unit" in changed else {}
            for name in changed:
                setattr(user, name, new[name])
            user.save(update_fields=changed)
            audit.record(action="user.changed", actor=actor, obj=user, data={"fields": changed, **units})
        set_roles(user=user, roles=roles, actor=actor)


def disable(*, user: User, actor: User, reason: str, now: datetime) -> None:
    """The person is out at the next request. Raises OwnAccount, LastAdministrator."""
    if user.pk == actor.pk:
        raise OwnAccount(_("不能停用自己的账号。"))
    with transaction.atomic():
        if Role.ADMIN in set(user.role_grants.values_list("role", flat=True)):
            _keep_an_administrator(user)
        changed = User.objects.filter(pk=user.pk, is_active=True).update(is_active=False)
        ended = end_sessions(user=user, now=now)
        if changed:
            audit.record(action="user.disabled", actor=actor, obj=user, reason=reason, data={"sessions": ended})


def enable(*, user: User, actor: User, reason: str) -> None:
    with transaction.atomic():
        if User.objects.filter(pk=user.pk, is_active=False).update(is_active=True):
            audit.record(action="user.enabled", actor=actor, obj=user, reason=reason)


def reset_password(*, user: User, actor: User, reason: str, now: datetime) -> str:
    """A new password to hand over; every session of the account ends. Raises OwnAccount: one's own is changed, not reset."""
    if user.pk == actor.pk:
        raise OwnAccount(_("请在“修改密码”页修改自己的密码。"))
    password = new_password()
    with transaction.atomic():
        user.set_password(password)
        user.save(update_fields=["password"])
        end_sessions(user=user, now=now)
        audit.record(action="user.password_reset", actor=actor, obj=user, reason=reason)
    return password


def end_all_sessions(*, user: User, actor: User, reason: str, now: datetime) -> int:
    with transaction.atomic():
        ended = end_sessions(user=user, now=now)
        audit.record(action="user.sessions_ended", actor=actor, obj=user, reason=reason, data={"sessions": ended})
    return ended


def new_password() -> str:
    return "".join(secrets.choice(PASSWORD_ALPHABET) for _ in range(PASSWORD_LENGTH))


# --- Lock-out  ---


def unlock(*, user: User, actor: User, reason: str) -> None:
    """Forget the wrong passwords of this name."""
    with transaction.atomic():
        AxesProxyHandler.reset_attempts(username=name_digest(user.username))
        audit.record(action="user.unlocked", actor=actor, obj=user, reason=reason)


def locked_usernames(users: Iterable[User]) -> set[str]:
    """Which of these people cannot sign in just now because of wrong passwords."""
    by_digest = {name_digest(user.username): user.username for user in users}
    tries: dict[str, int] = {}
    recent = AccessAttempt.objects.filter(username__in=by_digest, attempt_time__gt=clock.now() - cool_off())
    for digest, failures in recent.values_list("username", "failures_since_start"):
        tries[digest] = tries.get(digest, 0) + failures
    return {by_digest[digest] for digest, failures in tries.items() if failures >= settings.AXES_FAILURE_LIMIT}
