"""Who answers a referral, and whom its answer goes to, also when people have left."""

from collections.abc import Collection

from django.db.models import QuerySet

from collection_ops.core.access import has, users_with
from collection_ops.core.models import User
from compliance.models import Complaint, ComplaintSubject, Department, DepartmentMember, Referral

ASK, VIEW, MANAGE = "referrals.ask", "referrals.view", "departments.manage"


def members_of(department: Department, *, complaint: Complaint | None = None) -> list[DepartmentMember]:
    """Those who can answer: with an account in force, the lead first; without whom `complaint` is about."""
    places = DepartmentMember.objects.filter(department=department, user__is_active=True)
    if complaint is not None:
        places = places.exclude(user__in=accused_of(complaint))
    return list(places.select_related("user").order_by("-is_lead", "user__display_name", "pk"))


def accused_of(complaint: Complaint) -> QuerySet[ComplaintSubject, int | None]:
    """Ids of the people that it is about, or the one that it was joined to."""
    matters = [pk for pk in (complaint.pk, complaint.joined_to_id) if pk is not None]
    about = ComplaintSubject.objects.filter(complaint__in=matters, user__isnull=False)
    return about.values_list("user_id", flat=True)


def may_act(referral: Referral, user: User, members: Collection[DepartmentMember]) -> bool:
    """Whether `user`, of these members, may take, answer or return it: everybody while it is nobody's, else its owner and
    the department's lead; where there is no lead any member, so that nothing waits for somebody who is away."""
    mine = next((one for one in members if one.user_id == user.pk), None)
    if mine is None:
        return False
    if referral.owner_id in (None, user.pk) or mine.is_lead:
        return True
    return not any(one.is_lead for one in members)


def may_settle(referral: Referral, user: User) -> bool:
    """Whether `user` may accept the answer, ask again or withdraw: whoever asked, whoever handles the complaint now, and,
    once the asker has left, anybody who may ask and sees it."""
    if user.pk == referral.asked_by_id:
        return True
    if referral.complaint is not None and referral.complaint.handler_id == user.pk:
        return True
    return not referral.asked_by.is_active and has(user, ASK)


def told_of_answer(referral: Referral) -> list[User]:
    """Whom the answer goes to: the asker; when the asker has left, who handles the complaint or has the case; when there
    is nobody, all who see every referral."""
    if referral.asked_by.is_active:
        return [referral.asked_by]
    next_ones = [
        referral.complaint.handler if referral.complaint is not None else None,
        referral.case.desk.owner if referral.case is not None and referral.case.desk is not None else None,
    ]
    for person in next_ones:
        if person is not None and person.is_active and Referral.objects.filter(pk=referral.pk).for_user(person):
            return [person]
    return [one for one in users_with(VIEW) if has(one, ASK) and Referral.objects.filter(pk=referral.pk).for_user(one)]
