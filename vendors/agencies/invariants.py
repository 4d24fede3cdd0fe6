"""What must always be true of agencies. Registered with the kernel's list."""

from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from cases.models import Case
from collection_ops.core.invariants import Rows, invariant
from collection_ops.core.models import ApiToken
from vendors.models import Agency, AgencyState, Placement, Rectification


@invariant("I41", _("委外席位只在机构合作期间启用"))
def desks_are_open_while_agencies_work() -> Rows:
    """Who moves cases by hand knows the desk only: an open one takes them, whatever the agency's standing. A rectification
    that is not done closes it, too."""
    stopping = Rectification.objects.filter(agency=OuterRef("pk"), stopped_on__isnull=False, lifted_on__isnull=True)
    works = Q(state=AgencyState.ACTIVE) & ~Exists(stopping)
    strays = Agency.objects.filter(works & Q(desk__is_active=False) | ~works & Q(desk__is_active=True))
    return [{"agency": pk, "state": state} for pk, state in strays.values_list("pk", "state")[:100]]


@invariant("I41b", _("已退出的机构没有在手案件、未退的委案和有效的接口令牌"))
def nothing_is_left_with_who_has_left() -> Rows:
    held = Case.objects.open().filter(desk=OuterRef("desk"))
    placed = Placement.objects.filter(agency=OuterRef("pk"), recalled_on__isnull=True)
    tokens = ApiToken.objects.filter(org=OuterRef("code"), revoked_at__isnull=True, expires_at__gt=Now())
    out = Agency.objects.filter(state=AgencyState.EXITED).annotate(code=F("desk__code"))
    strays = out.filter(Exists(held) | Exists(placed) | Exists(tokens))
    return [{"agency": pk} for pk in strays.values_list("pk", flat=True)[:100]]
