"""Accounts: made, and roles granted and taken back."""

from django.db import transaction
from django.utils.translation import gettext as _

from collection_ops.core.access import FORBIDDEN_PAIRS, Role
from collection_ops.core.models import RoleGrant, User
from collection_ops.core.services import audit


class RoleConflict(Exception):
    """Two roles that one person must not hold; the sentence names them."""


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


def create_user(
    *, username: str, display_name: str, password: str, roles: list[Role], actor: User | None, unit: str = ""
) -> User:
    """A new account with its roles. The password is checked by the caller's form (demo accounts have known ones)."""
    with transaction.atomic():
        user = User(username=username, display_name=display_name, unit=unit)
        user.set_password(password)
        user.save()
        audit.record(action="user.created", actor=actor, obj=user)
        for role in roles:
            grant_role(user=user, role=role, actor=actor)
    return user
