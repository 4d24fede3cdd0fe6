"""What the register of breaches puts on the compliance desk."""

from collections.abc import Iterable
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from collection_ops.core.access import has
from collection_ops.core.models import User
from compliance.breaching.kinds import said_of
from compliance.breaching.register import CLOSE
from compliance.desk.parts import Card, Deadline, card, deadlines, end_of, named, today_of
from compliance.models import TO_REMEDY, BreachCase, BreachCaseState


@deadlines
def remedies_due(user: User, now: datetime, most: int) -> Iterable[Deadline]:
    """Not put right yet, by the last day of the remedy."""
    rows = BreachCase.objects.for_user(user).filter(state__in=TO_REMEDY).select_related("owner")
    for row in rows.order_by("due_on", "pk")[:most]:
        said = said_of(row.kind)
        yield Deadline(
            kind=_("违规整改"),
            number=row.number,
            what=f"{row.get_severity_display()} · {said}" if said else str(row.get_severity_display()),
            ends_at=end_of(row.due_on),
            url=reverse("compliance:breach", args=[row.pk]),
            who=named(row.owner),
        )


@card
def late_remedies(user: User, now: datetime) -> Card | None:
    if not has(user, "breaches.view"):
        return None
    late = BreachCase.objects.for_user(user).overdue(today_of(now)).count()
    return Card(
        label=_("超期违规整改"),
        count=late,
        url=f"{reverse('compliance:breaches')}?overdue=on",
        tone="danger" if late else "neutral",
        order=6,
    )


@card
def remedies_to_review(user: User, now: datetime) -> Card | None:
    """Put right, and waiting for somebody else to find it settled: this person, where they did not put it right."""
    if not has(user, CLOSE):
        return None
    waiting = BreachCase.objects.for_user(user, CLOSE).filter(state=BreachCaseState.REMEDIED).exclude(owner=user)
    return Card(
        label=_("待复核违规"),
        count=waiting.count(),
        url=f"{reverse('compliance:breaches')}?state=remedied",
        order=25,
    )
