"""Reads about referrals: the list, those of a complaint or a case, what waits for somebody."""

from collections.abc import Mapping
from datetime import date

from django.db.models import Q

from cases.models import Case
from collection_ops.core.access import has
from collection_ops.core.models import User
from compliance.models import ASKERS_STATES, Complaint, DepartmentMember, Referral
from compliance.models.referral import ReferralQuerySet
from compliance.routing.people import VIEW

SHOWN_OF_ONE = 50
"""How many of one complaint or case a page shows, the newest first."""
TO_ME, BY_ME, ALL = "to_me", "by_me", "all"


def views_of(user: User) -> list[str]:
    """The lists that somebody has: what their departments are asked, what they asked, everything in their scope."""
    found = [BY_ME]
    if DepartmentMember.objects.filter(user=user).exists():
        found.insert(0, TO_ME)
    return [*found, ALL] if has(user, VIEW) else found


def listed(user: User, shown: str, chosen: Mapping[str, str], today: date) -> ReferralQuerySet:
    """One of the lists with its filters (`state`, `department`, `late`), by key."""
    rows = Referral.objects.not_about(user)
    if shown == TO_ME:
        rows = rows.of_departments_of(user)
    elif shown == BY_ME:
        rows = rows.filter(asked_by=user)
    else:
        rows = Referral.objects.for_user(user)
    state = chosen.get("state", "")
    if state == "waiting":
        rows = rows.waiting()
    elif state == "mine":
        rows = rows.filter(state__in=ASKERS_STATES)
    elif state == "untold":
        rows = rows.untold()
    elif state:
        rows = rows.filter(state=state)
    if department := chosen.get("department", ""):
        rows = rows.filter(department__code=department)
    if chosen.get("late"):
        rows = rows.waiting().filter(due_on__lt=today)
    return rows.select_related("department", "asked_by", "owner", "complaint")


def referrals_of(complaint: Complaint, user: User | None = None) -> list[Referral]:
    """Those of a complaint, the newest first; as `user` may see them, where a page shows them."""
    rows = Referral.objects.filter(complaint=complaint)
    if user is not None:
        rows = rows.for_user(user)
    return list(rows.select_related("department", "owner", "asked_by").order_by("-pk")[:SHOWN_OF_ONE])


def referrals_of_case(case: Case, user: User) -> ReferralQuerySet:
    """About the case or its debtor, for somebody who sees the case: questions of the debtor are everybody's who does, those
    of complaints only as `for_user` has them."""
    about = Referral.objects.filter(Q(case=case) | Q(case__isnull=True, debtor=case.loan.debtor_id))
    seen = Q(complaint__isnull=True) | Q(pk__in=Referral.objects.for_user(user).values("pk"))
    return about.filter(seen)


def to_answer(user: User) -> ReferralQuerySet:
    """What waits for this person's answer: theirs, or their department's while it is nobody's; of the lead also what others
    have taken and are late with is theirs to see in the list, not here."""
    rows = Referral.objects.not_about(user).of_departments_of(user).waiting()
    return rows.filter(Q(owner=user) | Q(owner__isnull=True))


def to_settle(user: User) -> ReferralQuerySet:
    """Answered or sent back, asked by this person, or of a complaint that they handle for an asker who has left."""
    handed = Q(asked_by__is_active=False, complaint__handler=user)
    return Referral.objects.not_about(user).filter(Q(asked_by=user) | handed, state__in=ASKERS_STATES)
