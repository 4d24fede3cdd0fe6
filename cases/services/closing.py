"""Closing a case with a reason, and opening it again where that was taken back."""

from collections.abc import Sequence
from datetime import date, datetime

from django.db import connection, transaction
from django.utils.translation import gettext as _

from cases.known import believed_until
from cases.models import Absence, AbsenceReason, Case, CloseReason, Custody
from cases.money_changed import tell_money_changed
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
        tell_money_changed([case.pk], now=now)
    return case


_ABSENCE_REASONS = {
    CloseReason.PAID: AbsenceReason.PAID,
    CloseReason.CURED: AbsenceReason.CURED,
    CloseReason.RECALLED: AbsenceReason.RECALLED,
    CloseReason.MISTAKE: AbsenceReason.MISTAKE,
}


def end_case(*, case: Case, reason: CloseReason, closed_on: date, actor: User | None, now: datetime, note: str) -> None:
    """Write the end of a locked case: case, custody, audit row. The caller raises the book's version."""
    case.closed_on, case.closed_at = closed_on, now
    case.close_reason = reason
    case.close_note = note[:200]
    case.desk = None
    case.absent_since = None
    case.save(update_fields=["closed_on", "closed_at", "close_reason", "close_note", "desk", "absent_since"])
    for custody in Custody.objects.select_for_update().filter(case=case, ended_at__isnull=True):
        custody.ended_at = max(now, custody.started_at)
        custody.save(update_fields=["ended_at"])
    audit.record(
        action="case.closed", actor=actor, obj=case, data={"reason": reason, "closed_on": closed_on}, reason=note
    )


def end_absent_cases(
    *, absences: Sequence[int], reason: CloseReason, run_id: int | None, now: datetime, note: str = ""
) -> int:
    """Write the end of the cases of these absences (ids), each on the day it was first missing: case and custody, by
    sets. The caller holds the book, writes the absences and the audit rows, and raises the book's version."""
    values = {"ids": list(absences), "reason": str(reason), "note": note[:200], "run": run_id, "now": now}
    # In the order of ids, as whoever moves cases does: two writers wait for each other and never lock up.
    cases = Absence.objects.filter(pk__in=absences).values("case")
    list(Case.objects.select_for_update(of=("self",)).filter(pk__in=cases).order_by("pk").values_list("pk"))
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE cases_custody k SET ended_at = greatest(k.started_at, %(now)s)
            FROM cases_absence a WHERE a.id = ANY(%(ids)s) AND k.case_id = a.case_id AND k.ended_at IS NULL
            """,
            values,
        )
        cursor.execute(
            """
            UPDATE cases_case c
            SET closed_on = a.as_of, closed_at = %(now)s, close_reason = %(reason)s, close_note = %(note)s,
                closed_by_run_id = %(run)s, desk_id = NULL, absent_since = NULL
            FROM cases_absence a WHERE a.id = ANY(%(ids)s) AND c.id = a.case_id AND c.closed_on IS NULL
            """,
            values,
        )
        return int(cursor.rowcount)


def reopen(*, case_ids: Sequence[int], now: datetime) -> int:
    """Take back the end of closed cases: as if they had not been closed, on the desk that held them last. The caller
    holds the book and knows that no later episode stands on the end. The columns on the case that repeat its facts
    follow with `cache.repair`, once all facts are in place."""
    believed_until(now)
    with connection.cursor() as cursor:
        # A closed case gets no further custody, so the one that ended with it is its last.
        cursor.execute(
            """
            UPDATE cases_custody k SET ended_at = NULL
            FROM (
                SELECT DISTINCT ON (k.case_id) k.id
                FROM cases_custody k JOIN unnest(%s::bigint[]) AS t (id) ON t.id = k.case_id
                ORDER BY k.case_id, k.started_at DESC, k.id DESC
            ) last
            WHERE k.id = last.id
            """,
            [list(case_ids)],
        )
        cursor.execute(
            """
            UPDATE cases_case
            SET closed_on = NULL, closed_at = NULL, closed_by_run_id = NULL, close_reason = '', close_note = ''
            WHERE id = ANY(%s)
            """,
            [list(case_ids)],
        )
        return int(cursor.rowcount)
