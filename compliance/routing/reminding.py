"""Each morning: what is due tomorrow, what is overdue, and answers that nobody has looked at. Told once a step.

gather (referrals that wait, members, who else) → decide (`step_due`, `whom`; pure) → apply (set-based, one transaction).
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse

from collection_ops.core import clock
from collection_ops.core.access import has, users_with
from collection_ops.core.models import Notification, User
from collection_ops.core.services.calendar import next_business_day
from compliance.models import (
    WAITING_STATES,
    ComplaintSubject,
    DepartmentMember,
    Referral,
    ReferralState,
    ReferralStep,
)
from compliance.models.referral import ReferralQuerySet
from compliance.routing.departments import give_to_all
from compliance.routing.people import ASK, MANAGE, VIEW

SOON, OVERDUE = 1, 2
LOOK_AFTER = timedelta(days=3)
"""House rule: an answer that nobody has looked at for so long is told of again."""
KINDS = {SOON: "referral.due", OVERDUE: "referral.overdue"}


@dataclass(frozen=True)
class People:
    """Who can be told of one referral: the owner (or nobody), the department's members that may see it, its lead, who asked
    (or stands in for them), and who keeps the departments."""

    owner: int | None
    members: Sequence[int]
    lead: int | None
    askers: Sequence[int]
    keepers: Sequence[int]


def step_due(
    *, state: str, due_on: date, answered_at: datetime | None, reminded: int, now: datetime, today: date, tomorrow: date
) -> int:
    """Which step people have to be told of now; 0 for none. `tomorrow` is the next business day."""
    if state in WAITING_STATES:
        wanted = OVERDUE if due_on < today else SOON if due_on <= tomorrow else 0
    elif state == ReferralState.ANSWERED:
        wanted = SOON if answered_at is not None and answered_at <= now - LOOK_AFTER else 0
    else:
        wanted = SOON if state == ReferralState.RETURNED and due_on < today else 0
    return wanted if wanted > reminded else 0


def whom(*, state: str, step: int, people: People) -> list[int]:
    """Ids of those who are told, each once. Where a department has nobody, who keeps the departments."""
    if state not in WAITING_STATES:
        return list(dict.fromkeys(people.askers))
    told = [people.owner] if people.owner is not None else list(people.members) or list(people.keepers)
    if step == OVERDUE:
        told += [*([people.lead] if people.lead is not None else []), *people.askers]
    return list(dict.fromkeys(told))


def remind_referrals(*, now: datetime) -> int:
    """Tell people; of how many referrals. Two runs at once tell of each once."""
    with transaction.atomic():
        give_to_all(_without_owner(), now=now)
        due = _due(now)
        if not due:
            return 0
        people = _people([row for row, _step in due])
        told = [(row, step, whom(state=row.state, step=step, people=people[row.pk])) for row, step in due]
        Notification.objects.bulk_create(
            Notification(
                user_id=user,
                kind=KINDS[step] if row.state in WAITING_STATES else f"referral.look_{row.state}",
                params={
                    "number": row.number,
                    "department": row.department.name,
                    "due": row.due_on.isoformat(),
                },
                url=reverse("compliance:referral", args=[row.pk]),
                level="danger" if step == OVERDUE else "warning",
            )
            for row, step, users in told
            for user in users
        )
        ReferralStep.objects.bulk_create(
            ReferralStep(referral=row, kind="reminded", at=now, data={"step": step, "people": len(users)})
            for row, step, users in told
        )
        for wanted in (SOON, OVERDUE):
            ids = [row.pk for row, step in due if step == wanted]
            Referral.objects.filter(pk__in=ids).update(reminded=wanted)
    return len(due)


def _without_owner() -> ReferralQuerySet:
    """Waiting for an owner who has left, is no member any more, or whom the complaint turned out to be about."""
    place = DepartmentMember.objects.filter(department=OuterRef("department"), user=OuterRef("owner"))
    about = ComplaintSubject.objects.filter(complaint=OuterRef("complaint"), user=OuterRef("owner"))
    owned = Referral.objects.waiting().filter(owner__isnull=False)
    return owned.filter(Q(owner__is_active=False) | ~Exists(place) | Exists(about))


def _due(now: datetime) -> list[tuple[Referral, int]]:
    today = clock.business_date(now)
    tomorrow = next_business_day(today)
    late = Q(state__in=WAITING_STATES, due_on__lte=tomorrow) | Q(state=ReferralState.RETURNED, due_on__lt=today)
    unseen = Q(state=ReferralState.ANSWERED, answered_at__lte=now - LOOK_AFTER)
    rows = Referral.objects.filter(late | unseen, reminded__lt=OVERDUE)
    locked = rows.select_for_update(of=("self",), skip_locked=True).order_by("pk")
    found = [
        (
            row,
            step_due(
                state=row.state, due_on=row.due_on, answered_at=row.answered_at, reminded=row.reminded, now=now,
                today=today, tomorrow=tomorrow,
            ),
        )
        for row in locked.select_related("department", "asked_by", "complaint__handler")
    ]  # fmt: skip
    return [(row, step) for row, step in found if step]


def _people(rows: Sequence[Referral]) -> dict[int, People]:
    """By referral; four queries for any number."""
    places = DepartmentMember.objects.filter(department__in={row.department_id for row in rows}, user__is_active=True)
    of_department: dict[int, list[DepartmentMember]] = defaultdict(list)
    for place in places.order_by("-is_lead", "pk"):
        of_department[place.department_id].append(place)
    matters = {
        matter for row in rows if row.complaint for matter in (row.complaint.pk, row.complaint.joined_to_id) if matter
    }
    accused: dict[int, set[int]] = defaultdict(set)
    subjects = ComplaintSubject.objects.filter(complaint__in=matters, user__isnull=False)
    for complaint, user in subjects.values_list("complaint", "user"):
        accused[complaint].add(user)
    keepers = [one.pk for one in users_with(MANAGE).order_by("pk")]
    stand_ins = [one for one in users_with(VIEW).order_by("pk") if has(one, ASK)] if _asker_left(rows) else []
    return {row.pk: _of(row, of_department[row.department_id], accused, keepers, stand_ins) for row in rows}


def _asker_left(rows: Iterable[Referral]) -> bool:
    return any(not row.asked_by.is_active for row in rows)


def _of(
    row: Referral,
    places: Iterable[DepartmentMember],
    accused: dict[int, set[int]],
    keepers: Sequence[int],
    stand_ins: Sequence[User],
) -> People:
    about: set[int] = set()
    handler = None
    if row.complaint is not None:
        about = accused[row.complaint.pk] | accused.get(row.complaint.joined_to_id or 0, set())
        handler = row.complaint.handler
    if row.asked_by.is_active:
        askers = [row.asked_by_id]
    elif handler is not None and handler.is_active:
        askers = [handler.pk]
    else:
        askers = [one.pk for one in stand_ins]
    able = [one for one in places if one.user_id not in about]
    return People(
        owner=row.owner_id,
        members=[one.user_id for one in able],
        lead=next((one.user_id for one in able if one.is_lead), None),
        askers=[user for user in askers if user not in about],
        keepers=[user for user in keepers if user not in about],
    )
