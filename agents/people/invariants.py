"""What must always be true of teams. Registered with the kernel's list."""

from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from agents.models import Membership
from collection_ops.core.invariants import Rows, invariant


@invariant("I30", _("在组人员的单元、席位的单元与小组代码一致"))
def people_are_where_their_team_is() -> Rows:
    """By the unit a leader sees people and cases; changed beside the team, somebody else would see them."""
    inside = Membership.objects.filter(until=None, user__is_active=True)
    strays = inside.filter(
        ~Q(user__unit=F("team__code")) | ~Q(user__desk__unit=F("team__code")), user__desk__isnull=False
    )
    return [{"user": user, "team": team} for user, team in strays.values_list("user_id", "team_id")[:100]]
