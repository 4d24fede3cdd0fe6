"""Closing a case with a reason."""

from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from cases.models import Absence, AbsenceReason, Case, CloseReason, Custody
from cases.services.book import lock_book, raise_version
from collection_ops.core import clock
from collection_ops.core.models import User
from collection_ops.core.services import audit


class ClosingRefused(Exception):
    """The case cannot be closed; the sentence says why."""


def close_case(
    *, case: Case, reason: CloseReason, closed_on: date, actor: User | None, now: datetime, note: str = ""
) -> Case:
    """End an overdue episode. Its custody ends with it, an open absence is explained by it.

    A file that lists the contract later opens a new episode. Raises ClosingRefused when the case is closed already or
    the date lies before it was opened or after today.
    """
    with transaction.atomic():
        lock_book(source_id=case.loan.source_id)
        case = Case.objects.select_for_update().select_related("loan").get(pk=case.pk)
        if not case.is_open:
            raise ClosingRefused(_("案件已于 %(day)s 结案") % {"day": case.closed_on})
        if not case.opened_on <= closed_on <= clock.business_date(now):
            raise ClosingRefused(_("结案日期须在入催日期 %(opened)s 与今天之间") % {"opened": case.opened_on})
        end_case(case=case, reason=reason, closed_on=closed_on, actor=actor, now=now, note=note)
        Absence.objects.filter(case=case, reason="").update(
            reason=_ABSENCE_REASONS.get(reason, AbsenceReason.OTHER), note=note, explained_by=actor, explained_at=now
        )
        raise_version(source_id=case.loan.source_id)
    return case


_ABSENCE_REASONS = {
    CloseReason.PAID: AbsenceReason.PAID,
    CloseReason.CURED: AbsenceReason.CURED,
    CloseReason.RECALLED: AbsenceReason.RECALLED,
}


def end_case(*, case: Case, reason: CloseReason, closed_on: date, actor: User | None, now: datetime, note: str) -> None:
    """Write the end of a locked case: case, custody, audit row. The caller raises the book's version."""
    case.closed_on = closed_on
    case.close_reason = reason
    case.close_note = note[:200]
    case.desk = None
    case.absent_since = None
    case.save(update_fields=["closed_on", "close_reason", "close_note", "desk", "absent_since"])
    for custody in Custody.objects.select_for_update().filter(case=case, ended_at__isnull=True):
        custody.ended_at = max(now, custody.started_at)
        custody.save(update_fields=["ended_at"])
    audit.record(
        action="case.closed", actor=actor, obj=case, data={"reason": reason, "closed_on": closed_on}, reason=note
    )
