"""Explaining absences: a case that a file no longer lists is not paid until somebody, or a later file, says so."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from cases.models import Absence, AbsenceReason, Case, CloseReason
from cases.services.book import lock_book, raise_version
from cases.services.closing import end_case
from collection_ops.core.models import User
from collection_ops.core.services import audit

# What each explanation makes of the case: closed with this reason on the day of the absence, or left open.
CLOSES_WITH: dict[str, CloseReason | None] = {
    AbsenceReason.PAID: CloseReason.PAID,
    AbsenceReason.CURED: CloseReason.CURED,
    AbsenceReason.RECALLED: CloseReason.RECALLED,
    AbsenceReason.OTHER: CloseReason.OTHER,
    AbsenceReason.FILE_CUT: None,
}


class ExplanationRefused(Exception):
    """The absence cannot be explained so; the sentence says why."""


def explain(*, absence: Absence, reason: AbsenceReason, actor: User | None, now: datetime, note: str = "") -> Absence:
    """Say why a case is missing. Paid, cured, recalled and other close it on the day it was first missing; a cut file
    keeps it open and present, and the next file that lacks it asks again. "Other" needs a note.

    Raises ExplanationRefused for a reason that only a file can give (returned) and for an absence explained before.
    """
    if reason not in CLOSES_WITH:
        raise ExplanationRefused(_("这个解释只能由后来的文件给出"))
    if reason == AbsenceReason.OTHER and not note.strip():
        raise ExplanationRefused(_("选择“其他”时请写明说明"))
    with transaction.atomic():
        source_id = absence.case.loan.source_id
        lock_book(source_id=source_id)
        absence = Absence.objects.select_for_update(of=("self",)).select_related("case__loan").get(pk=absence.pk)
        if absence.reason:
            raise ExplanationRefused(_("这次缺席已有解释：%(reason)s") % {"reason": absence.get_reason_display()})
        case = Case.objects.select_for_update().get(pk=absence.case_id)
        absence.reason = reason
        absence.note = note[:200]
        absence.explained_by = actor
        absence.explained_at = now
        absence.save(update_fields=["reason", "note", "explained_by", "explained_at"])
        closes_with = CLOSES_WITH[reason]
        if closes_with is not None:
            end_case(case=case, reason=closes_with, closed_on=absence.as_of, actor=actor, now=now, note=note)
        else:
            case.absent_since = None
            case.save(update_fields=["absent_since"])
        audit.record(
            action="absence.explained",
            actor=actor,
            obj=case,
            data={"reason": reason, "as_of": absence.as_of},
            reason=note,
        )
        raise_version(source_id=source_id)
    return absence
