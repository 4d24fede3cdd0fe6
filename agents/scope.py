"""Whose figures and affairs somebody may see: collectors inside the reader's scope for a capability."""

from django.db.models import OuterRef, QuerySet, Subquery

from agents.models import Team
from collection_ops.core.access import Role, Scope, scope
from collection_ops.core.models import User


def people_for(user: User, capability: str) -> QuerySet[User]:
    """Active collectors in scope: oneself, one's own team, or all. Outside is as if they did not exist (404)."""
    granted = scope(user, capability)
    collectors = User.objects.filter(is_active=True, role_grants__role=Role.COLLECTOR)
    if granted is None:
        return collectors.none()
    if granted == Scope.ALL:
        return collectors
    if granted == Scope.TEAM:
        # Nobody without a unit leads one.
        return collectors.filter(unit=user.unit) if user.unit else collectors.none()
    if granted == Scope.OWN:
        return collectors.filter(pk=user.pk)
    raise LookupError(f"people know no scope {granted!r}")


def with_team_names(people: QuerySet[User]) -> QuerySet[User]:
    """Each with `team_name`, as people call the team; None without one."""
    return people.annotate(team_name=Subquery(Team.objects.filter(code=OuterRef("unit")).values("name")[:1]))
