"""What complaints and wording put on the desk."""

from collections.abc import Iterable
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from collection_ops.core.access import has
from collection_ops.core.models import User
from compliance.desk.parts import Card, Deadline, card, deadlines, end_of, named, today_of
from compliance.models import Complaint, ComplaintState, HitState, WordingHit


@deadlines
def open_complaints(user: User, now: datetime, most: int) -> Iterable[Deadline]:
    rows = Complaint.objects.for_user(user).open().select_related("handler")
    for one in rows.order_by("due_on", "-severity", "pk")[:most]:
        yield Deadline(
            kind=_("投诉"),
            number=one.number,
            what=one.get_type_display(),
            ends_at=end_of(one.due_on),
            url=reverse("compliance:complaint", args=[one.pk]),
            who=named(one.handler),
        )


@card
def unassigned(user: User, now: datetime) -> Card | None:
    if not has(user, "complaints.view"):
        return None
    waiting = Complaint.objects.for_user(user).filter(state=ComplaintState.RECEIVED).count()
    return Card(
        label=_("待分派投诉"),
        count=waiting,
        url=f"{reverse('compliance:complaints')}?state=received",
        tone="warning" if waiting else "neutral",
        order=10,
    )


@card
def overdue(user: User, now: datetime) -> Card | None:
    if not has(user, "complaints.view"):
        return None
    late = Complaint.objects.for_user(user).open().filter(due_on__lt=today_of(now)).count()
    return Card(
        label=_("超期投诉"),
        count=late,
        url=f"{reverse('compliance:complaints')}?due=overdue",
        tone="danger" if late else "neutral",
        order=5,
    )


@card
def wording(user: User, now: datetime) -> Card | None:
    if not has(user, "wording.view"):
        return None
    waiting = WordingHit.objects.filter(state=HitState.NEW).count()
    return Card(label=_("待判定用语"), count=waiting, url=reverse("compliance:wording_hits"), order=40)
