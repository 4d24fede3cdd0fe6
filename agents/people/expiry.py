"""Before a certificate runs out: the person, who leads them and who may record the next one are told, once a certificate."""

from datetime import datetime, timedelta

from django.db import transaction
from django.urls import reverse

from agents.people.staff import CONTACT, leaders_of
from collection_ops.core import clock
from collection_ops.core.access import users_with
from collection_ops.core.services.notifications import notify
from compliance.models import TrainingCertificate
from compliance.selectors_staff import on_file

RECORD = "certificates.record"
WARN_BEFORE = timedelta(days=30)
"""House rule: time enough for a course and its test."""


def warn_of_expiry(*, now: datetime) -> int:
    """Tell of every newest certificate that runs out within WARN_BEFORE, or has run out, and was not told of; how many. Two
    runs at once tell of each once."""
    day = clock.business_date(now)
    staff = {person.pk: person for person in users_with(CONTACT)}
    filed = on_file(list(staff), day)
    ending = {pk: one for pk, one in filed.items() if one.valid_until and one.valid_until <= day + WARN_BEFORE}
    if not ending:
        return 0
    with transaction.atomic():
        held = TrainingCertificate.objects.filter(user_id__in=ending, revoked_at=None, expiry_told_at=None)
        untold = [
            row
            for row in held.select_for_update(skip_locked=True).order_by("pk")
            if row.passed_on == ending[row.user_id].trained_on
        ]
        recorders = list(users_with(RECORD)) if untold else []
        for user_id in sorted({row.user_id for row in untold}):
            person = staff[user_id]
            told = {one.pk: one for one in [person, *leaders_of(person, CONTACT), *recorders]}
            notify(
                users=told.values(),
                kind="certificate.expiring",
                params={"who": str(person), "day": str(ending[user_id].valid_until)},
                url=f"{reverse('people:person', args=[user_id])}?tab=file",
                level="warning",
            )
        TrainingCertificate.objects.filter(pk__in=[row.pk for row in untold]).update(expiry_told_at=now)
    return len(untold)
