"""Whose file there is: everybody who may contact debtors, collectors and those who lead them. Outside the reader's scope a
person is as if they did not exist (404)."""

from django.db.models import Exists, OuterRef, QuerySet
from django.http import Http404

from collection_ops.core.access import Role, Scope, matrix, scope, users_with
from collection_ops.core.models import RoleGrant, User

CONTACT = "contacts.make"


def staff_for(user: User, capability: str) -> QuerySet[User]:
    """Active people who may contact debtors, within the scope of the capability: oneself, one's own team, or all."""
    granted = scope(user, capability)
    roles = list(matrix()["capabilities"][CONTACT]["roles"])
    held = RoleGrant.objects.filter(user=OuterRef("pk"), role__in=roles)
    staff = User.objects.filter(Exists(held), is_active=True)
    if granted == Scope.ALL:
        return staff
    if granted == Scope.TEAM:
        return staff.filter(unit=user.unit) if user.unit else staff.filter(pk=user.pk)
    return staff.filter(pk=user.pk) if granted == Scope.OWN else staff.none()


def find_person(user: User, user_id: int, capability: str) -> User:
    """Raises Http404 for whoever is outside the scope."""
    found = staff_for(user, capability).filter(pk=user_id).first() if user_id < 2**63 else None
    if found is None:
        raise Http404
    return found


def is_collector(person: User) -> bool:
    return Role.COLLECTOR in person.roles


def leaders_of(person: User, capability: str) -> list[User]:
    """Who answers for a person and has the capability: the leader of the unit; where there is none (or it is the person
    themselves), the supervisors."""
    able = users_with(capability).exclude(pk=person.pk)
    leaders = list(able.filter(role_grants__role=Role.TEAM_LEADER, unit=person.unit)) if person.unit else []
    return leaders or list(able.filter(role_grants__role=Role.SUPERVISOR))
