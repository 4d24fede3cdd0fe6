"""Complaints about a person: the one seam through which reviews, appraisals and rewards see them.

There is no register of complaints yet. Until it comes, a complaint is a hold of that type which names whom it is about
(`accused`): received on the day it begins, upheld when there is proof, settled once the hold has ended. One that names
nobody is nobody's. Assignment reads the same rows by debtor (agents/assignment/complaints.py).
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from django.utils import timezone

from cases.models import Hold, HoldType
from collection_ops.core import clock


@dataclass(frozen=True)
class Complaint:
    """`number` is that of the hold, by which it is found in the debtor's record; `debtor_id` for links, never a name."""

    number: int
    user_id: int
    debtor_id: int
    received_on: date
    upheld: bool
    settled: bool


def complaints(
    *, first: date, last: date, now: datetime, users: Collection[int] | None = None
) -> dict[int, list[Complaint]]:
    """Complaints received from `first` through `last`, by the person they are about, oldest first. One query."""
    zone = timezone.get_default_timezone()
    held = Hold.objects.filter(type=HoldType.COMPLAINT, accused__isnull=False)
    held = held.filter(
        since__gte=datetime(first.year, first.month, first.day, tzinfo=zone),
        since__date__lte=last,
    )
    if users is not None:
        held = held.filter(accused__in=list(users))
    found: dict[int, list[Complaint]] = {}
    for hold in held.order_by("since", "pk"):
        accused = int(hold.accused_id or 0)
        found.setdefault(accused, []).append(
            Complaint(
                number=hold.pk,
                user_id=accused,
                debtor_id=hold.debtor_id,
                received_on=clock.business_date(hold.since),
                upheld=hold.proven,
                settled=hold.ends_at is not None and hold.ends_at <= now,
            )
        )
    return found
