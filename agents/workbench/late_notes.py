"""The two-hour rule: whose calls are not told about in time is the team leader's matter, who is told once."""

from collections import defaultdict
from datetime import datetime

from django.db import transaction
from django.urls import reverse

from collection_ops.core.access import Role, users_with
from collection_ops.core.models import User
from collection_ops.core.services.notifications import notify
from compliance.models import ContactAttempt
from compliance.selectors_calls import overdue_notes

CAPABILITY = "contacts.make"
AT_ONCE = 1000


def leaders_of(person: User) -> list[User]:
    """Who answers for a collector: the team leaders of the unit, or the supervisors where it has none."""
    people = users_with(CAPABILITY).exclude(pk=person.pk)
    leaders = list(people.filter(role_grants__role=Role.TEAM_LEADER, unit=person.unit)) if person.unit else []
    return leaders or list(people.filter(role_grants__role=Role.SUPERVISOR))


def tell_leaders(*, now: datetime) -> int:
    """One message a collector and run, about contacts that nobody was told of before; returns how many contacts. Two runs at
    once tell each contact once."""
    with transaction.atomic():
        late = overdue_notes(now=now).filter(late_told_at__isnull=True, actor__isnull=False)
        locked = list(late.select_for_update(of=("self",), skip_locked=True).select_related("actor")[:AT_ONCE])
        by_person: dict[User, list[ContactAttempt]] = defaultdict(list)
        for attempt in locked:
            if attempt.actor is not None:
                by_person[attempt.actor].append(attempt)
        for person, attempts in by_person.items():
            notify(
                users=leaders_of(person),
                kind="contact.notes_late",
                params={"who": str(person), "count": len(attempts)},
                url=reverse("workbench:waiting"),
                level="warning",
            )
        ContactAttempt.objects.filter(pk__in=[attempt.pk for attempt in locked]).update(late_told_at=now)
    return len(locked)
