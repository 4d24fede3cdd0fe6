"""Who has a case open. Two people never have the same one: the database writes one row a case, and only over a lock of the
same person or one that has run out."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection
from django.db.models import Min

from agents.models import CaseLock, CasePass
from collection_ops.core.models import User
from compliance.models import AttemptState, ContactAttempt

_TAKE = """
INSERT INTO agents_caselock AS held (case_id, user_id, taken_at, expires_at)
VALUES (%(case)s, %(user)s, %(now)s, %(until)s)
ON CONFLICT (case_id) DO UPDATE
   SET user_id = excluded.user_id, expires_at = excluded.expires_at,
       taken_at = CASE WHEN held.user_id = excluded.user_id AND held.expires_at > %(now)s
                       THEN held.taken_at ELSE excluded.taken_at END
 WHERE held.user_id = excluded.user_id OR held.expires_at <= %(now)s
RETURNING taken_at"""


def take(*, case_id: int, user: User, now: dt.datetime, lasts: dt.timedelta) -> bool:
    """Lock the case for `user`, or renew their lock; any other case that they had open is free. False: somebody else
    has it.

    Two who ask at the same moment wait for each other at the row (its key is the case); the second sees the first
    one's lock.
    """
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, {"case": case_id, "user": user.pk, "now": now, "until": now + lasts})
        if cursor.fetchone() is None:
            return False
    CaseLock.objects.filter(user=user).exclude(case_id=case_id).delete()
    return True


def release(*, case_id: int, user: User) -> bool:
    """The person has left the case. With a call that is not told about yet it stays theirs, until the lock runs out."""
    if ContactAttempt.objects.filter(case_id=case_id, actor=user, state=AttemptState.OPEN).exists():
        return False
    return bool(CaseLock.objects.filter(case_id=case_id, user=user).delete()[0])


@dataclass(frozen=True)
class Holder:
    """Who has a case open, and since when."""

    user: User
    since: dt.datetime
    until: dt.datetime


def holder_of(case_id: int, *, now: dt.datetime) -> Holder | None:
    lock = CaseLock.objects.filter(case_id=case_id, expires_at__gt=now).select_related("user").first()
    return Holder(lock.user, lock.taken_at, lock.expires_at) if lock else None


def open_case(user: User, *, now: dt.datetime) -> CaseLock | None:
    """The lock on the case that the person has open."""
    return CaseLock.objects.filter(user=user, expires_at__gt=now).order_by("-taken_at").first()


@dataclass(frozen=True)
class Aside:
    """A case that is not to be served to somebody before `until`; `allowed_at` if the gate was the reason."""

    case_id: int
    until: dt.datetime
    allowed_at: dt.datetime | None = None


def put_aside(user: User, cases: Sequence[Aside]) -> None:
    """Do not serve the cases to this person before their moment; one query."""
    CasePass.objects.bulk_create(
        [CasePass(user=user, case_id=one.case_id, until=one.until, allowed_at=one.allowed_at) for one in cases],
        update_conflicts=True,
        unique_fields=["user", "case"],
        update_fields=["until", "allowed_at"],
    )


def first_allowed(user: User, *, now: dt.datetime) -> dt.datetime | None:
    """The first moment at which the gate allows one of the cases that it refused to this person a short while ago."""
    refused = CasePass.objects.filter(user=user, until__gt=now, allowed_at__isnull=False)
    moment: dt.datetime | None = refused.aggregate(first=Min("allowed_at"))["first"]
    return moment


def forget(*, now: dt.datetime) -> int:
    """Throw away locks and passes that have run out; a day's desk leaves some for every case."""
    locks, _by_table = CaseLock.objects.filter(expires_at__lt=now).delete()
    passes, _by_table = CasePass.objects.filter(until__lt=now).delete()
    return locks + passes
