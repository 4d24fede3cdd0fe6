"""Matters of the register on the timeline of a case, for whoever may read the register."""

from collections.abc import Iterable

from django.urls import reverse
from django.utils.translation import gettext as _

from cases.models import Case
from cases.timeline import MOST_ENTRIES, Entry, register
from collection_ops.core.access import has
from collection_ops.core.models import User
from compliance.breaching.texts import TONES
from compliance.models import BreachCase, BreachCaseState


@register
def breaches(case: Case, user: User) -> Iterable[Entry]:
    """Those of contacts and complaints about this case."""
    if not has(user, "breaches.view"):
        return
    of_contacts = BreachCase.objects.filter(attempt__case=case).values("pk")
    of_complaints = BreachCase.objects.filter(complaint__case=case).values("pk")
    rows = BreachCase.objects.for_user(user).filter(pk__in=of_contacts.union(of_complaints))
    for row in rows.select_related("owner").order_by("-pk")[:MOST_ENTRIES]:
        parts = [row.kind, row.get_severity_display(), row.get_state_display()]
        yield Entry(
            basis=reverse("compliance:breach", args=[row.pk]),
            at=row.recorded_at,
            key=f"breach-{row.pk}",
            kind="breach",
            title=_("违规登记 %(number)s") % {"number": row.number},
            detail=" · ".join(str(part) for part in parts),
            actor=str(row.owner or ""),
            tone=TONES[BreachCaseState(row.state)],
        )
