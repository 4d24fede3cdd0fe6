"""Moving cases between desks. The only door: `Case.desk` is a cache of the open `Custody` row and follows it here."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from cases.models import Case, Custody, Desk
from collection_ops.core.models import User
from collection_ops.core.services import audit


class CustodyRefused(Exception):
    """The move cannot be done; the sentence says why."""


def move_cases(*, cases: Iterable[int], desk: Desk, reason: str, actor: User | None, now: datetime) -> int:
    """Put open cases (ids) on `desk` from `now` on; returns how many moved.

    The caller has checked that they lie in the actor's scope. Closed cases and those already on the desk stay as they
    are. All or nothing: a case whose present custody began after `now` refuses the whole move, because two desks would
    have held it at once. Does not touch `Source.book_version`: a preview says nothing about desks, and cases move all
    day.
    """
    if not desk.is_active:
        raise CustodyRefused(_("席位“%(desk)s”已停用") % {"desk": desk.name})
    with transaction.atomic():
        # Always in the order of ids, so that two moves of overlapping cases wait for each other and never lock up.
        locked = (
            Case.objects.select_for_update(of=("self",))
            .filter(pk__in=list(cases), closed_on__isnull=True)
            .exclude(desk=desk)
            .order_by("pk")
        )
        moving = list(locked.values_list("pk", flat=True))
        if not moving:
            return 0
        held = Custody.objects.filter(case_id__in=moving, ended_at__isnull=True)
        if held.filter(started_at__gt=now).exists():
            raise CustodyRefused(_("部分案件的当前归属晚于这次移动的时间"))
        held.update(ended_at=now)
        Custody.objects.bulk_create(
            [Custody(case_id=case, desk=desk, started_at=now, reason=reason[:64], moved_by=actor) for case in moving],
            batch_size=2_000,
        )
        Case.objects.filter(pk__in=moving).update(desk=desk)
        audit.record(action="custody.moved", actor=actor, obj=desk, data={"count": len(moving)}, reason=reason)
    return len(moving)
