"""Who may not handle or decide a complaint: whom it is about, and their direct lead (CN-C-02)."""

from collections.abc import Iterable

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from collection_ops.core.access import Role, users_with
from collection_ops.core.models import User
from compliance.complaints.refusals import ComplaintRefused
from compliance.models import Complaint, ComplaintSubject

HANDLE, DECIDE = "complaints.handle", "complaints.decide"


def possible_handlers(complaint: Complaint, *, capability: str = HANDLE) -> QuerySet[User]:
    """People who may take it, by name: with the capability, and without an interest in it."""
    accused = ComplaintSubject.objects.filter(complaint=complaint, user__isnull=False)
    about = accused.filter(user=OuterRef("pk"))
    leads = accused.filter(user__unit=OuterRef("unit")).exclude(user__unit="")
    is_lead = Q(role_grants__role=Role.TEAM_LEADER) & Exists(leads)
    people = users_with(capability).filter(~Exists(about))
    return people.exclude(pk__in=User.objects.filter(is_lead)).order_by("display_name", "pk")


def refuse_conflict(accused: Iterable[User], person: User, *, field: str = "handler") -> None:
    """Raises ComplaintRefused where `person` is one of those complained about, or leads their team."""
    for one in accused:
        if one.pk == person.pk:
            raise ComplaintRefused(_("被投诉人不能办理自己的投诉，请指定其他人"), field)
        if one.unit and one.unit == person.unit and Role.TEAM_LEADER in person.roles:
            raise ComplaintRefused(_("被投诉人的直接上级不能办理该投诉，请指定其他人"), field)


def accused_of(complaint: Complaint) -> list[User]:
    return [
        subject.user
        for subject in complaint.subjects.select_related("user").filter(user__isnull=False)
        if subject.user is not None
    ]
