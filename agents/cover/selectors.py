"""Which covers somebody may see or manage."""

from django.db.models import Q, QuerySet

from agents.models import Cover
from agents.scope import people_for
from collection_ops.core.access import Scope, scope
from collection_ops.core.models import User

VIEW, MANAGE = "cover.view", "cover.manage"


def covers_for(user: User, capability: str) -> QuerySet[Cover]:
    """Covers of which the owner or the helper is in the person's scope; to manage one, the owner. Outside is as if it did
    not exist."""
    granted = scope(user, capability)
    found = Cover.objects.select_related("owner", "helper", "leave", "arranged_by", "ended_by")
    if granted is None:
        return found.none()
    if granted == Scope.ALL:
        return found
    if granted == Scope.TEAM:
        if not user.unit:
            return found.none()
        mine = Q(owner__unit=user.unit)
        return found.filter(mine if capability == MANAGE else mine | Q(helper__unit=user.unit))
    return found.filter(Q(owner=user) | Q(helper=user))


def helpers_for(user: User) -> QuerySet[User]:
    """Those whom the person may ask to help."""
    return people_for(user, MANAGE)
