"""Major incidents on the timeline of a case, for whoever may read of them."""

from collections.abc import Iterable

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from cases.models import Case
from cases.timeline import MOST_ENTRIES, Entry, register
from collection_ops.core.access import has
from collection_ops.core.models import User
from compliance.models import Incident


@register
def incidents(case: Case, user: User) -> Iterable[Entry]:
    if not has(user, "incidents.view"):
        return
    rows = Incident.objects.for_user(user).filter(Q(case=case) | Q(hold__debtor=case.loan.debtor_id))
    for row in rows.select_related("owner").order_by("-pk")[:MOST_ENTRIES]:
        yield Entry(
            basis=reverse("compliance:incident", args=[row.pk]),
            at=row.known_at,
            key=f"incident-{row.pk}",
            kind="incident",
            title=_("重大风险事项 %(number)s") % {"number": row.number},
            detail=str(row.get_type_display()),
            actor=str(row.owner),
            tone="danger",
        )
