"""Explaining absences: a case that a file no longer lists is not paid until somebody, money, or a later file, says so.

What a person says is written here; what money says in `absence_rules`; a later file when it is applied.
"""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from cases.models import Absence, AbsenceReason, Case, CloseReason, RunState
from cases.money_changed import tell_money_changed
from cases.services import cache
from cases.services.book import lock_book, raise_version
from cases.services.closing import end_absent_cases, reopen
from collection_ops.core.models import User
from collection_ops.core.services import audit

MOST_AT_ONCE = 1_000
"""Absences that one explanation may be given for: more are worked off in several goes, each seen by a person."""

# What each explanation makes of the case: closed with this reason on the day of the absence, or left open.
CLOSES_WITH: dict[str, CloseReason | None] = {
    AbsenceReason.PAID: CloseReason.PAID,
    AbsenceReason.CURED: CloseReason.CURED,
    AbsenceReason.RECALLED: CloseReason.RECALLED,
    AbsenceReason.MISTAKE: CloseReason.MISTAKE,
    AbsenceReason.OTHER: CloseReason.OTHER,
    AbsenceReason.FILE_CUT: None,
}


class ExplanationRefused(Exception):
    """The absence cannot be explained so; the sentence says why."""


def explain(*, absence: Absence, reason: AbsenceReason, actor: User | None, now: datetime, note: str = "") -> Absence:
    """Say why one case is missing; see `explain_many`. Raises ExplanationRefused also when it was explained before."""
    explained = explain_many(absences=[absence.pk], reason=reason, actor=actor, now=now, note=note)
    absence = Absence.objects.select_related("case__loan").get(pk=absence.pk)
    if not explained:
        raise ExplanationRefused(_("这次缺席已有解释：%(reason)s") % {"reason": absence.get_reason_display()})
    return absence


def explain_many(
    *, absences: Iterable[int], reason: AbsenceReason, actor: User | None, now: datetime, note: str = ""
) -> int:
    """Say why cases are missing; returns how many absences (ids) of those named it explained. The others were explained
    meanwhile and stay as they are.

    Paid, cured, recalled, mistake and other close the case on the day it was first missing; a cut file keeps it open and
    present, and the next file that lacks it asks again. "Other" needs a note. Raises ExplanationRefused for a reason
    that only a file can give (returned), and for more than MOST_AT_ONCE.
    """
    ids = sorted(set(absences))
    if reason not in CLOSES_WITH:
        raise ExplanationRefused(_("这个解释只能由后来的文件给出"))
    if reason == AbsenceReason.OTHER and not note.strip():
        raise ExplanationRefused(_("选择“其他”时请写明说明"))
    if len(ids) > MOST_AT_ONCE:
        raise ExplanationRefused(_("一次最多解释 %(most)d 件，请分批处理") % {"most": MOST_AT_ONCE})
    with transaction.atomic():
        _lock_books(ids)
        found = list(
            Absence.objects.select_for_update(of=("self",))
            .filter(pk__in=ids, reason="")
            .select_related("case__loan")
            .order_by("pk")
        )
        if found:
            _write(found, AbsenceReason(reason), actor, now, note)
    return len(found)


def take_back_explanation(*, absence: Absence, actor: User | None, now: datetime) -> Absence:
    """A wrong click: the absence is to be explained again, a case that the explanation closed is open again.

    What money explained can be taken back too; the next money or file says so again where it still covers the debt.
    Raises ExplanationRefused when it is open, when a file gave the explanation (undo the file), and when something
    happened to the contract since: a later file, a later absence or case.
    """
    with transaction.atomic():
        source_id = absence.case.loan.source_id
        lock_book(source_id=source_id)
        absence = Absence.objects.select_for_update(of=("self",)).select_related("case__loan").get(pk=absence.pk)
        case = Case.objects.select_for_update(of=("self",)).select_related("loan").get(pk=absence.case_id)
        if why := _why_not_taken_back(absence, case):
            raise ExplanationRefused(why)
        was = absence.reason
        absence.reason, absence.note, absence.rule = "", "", ""
        absence.explained_by, absence.explained_by_run, absence.explained_at = None, None, None
        absence.save(update_fields=["reason", "note", "rule", "explained_by", "explained_by_run", "explained_at"])
        if not case.is_open:
            reopen(case_ids=[case.pk], now=now)
        cache.repair(case_ids=[case.pk])
        audit.record(
            action="absence.explanation_taken_back",
            actor=actor,
            obj=case,
            data={"reason": was, "as_of": absence.as_of},
        )
        raise_version(source_id=source_id)
        tell_money_changed([case.pk], now=now)
    return absence


def _lock_books(absence_ids: list[int]) -> None:
    """Always in the order of sources, before the first read."""
    sources = Absence.objects.filter(pk__in=absence_ids).values_list("case__loan__source_id", flat=True).distinct()
    for source_id in sorted(sources):
        lock_book(source_id=source_id)


def _write(found: list[Absence], reason: AbsenceReason, actor: User | None, now: datetime, note: str) -> None:
    ids = [absence.pk for absence in found]
    Absence.objects.filter(pk__in=ids).update(reason=reason, note=note[:200], explained_by=actor, explained_at=now)
    closes_with = CLOSES_WITH[reason]
    if closes_with is None:
        Case.objects.filter(pk__in=[absence.case_id for absence in found]).update(absent_since=None)
    else:
        end_absent_cases(absences=ids, reason=closes_with, run_id=None, now=now, note=note)
        audit.record_each(
            action="case.closed",
            actor=actor,
            objects=[(one.case, {"reason": closes_with, "closed_on": one.as_of}) for one in found],
            reason=note,
        )
    audit.record_each(
        action="absence.explained",
        actor=actor,
        objects=[(one.case, {"reason": reason, "as_of": one.as_of}) for one in found],
        reason=note,
    )
    for source_id in sorted({one.case.loan.source_id for one in found}):
        raise_version(source_id=source_id)
    if closes_with is not None:
        tell_money_changed([one.case_id for one in found], now=now)


def _why_not_taken_back(absence: Absence, case: Case) -> str:
    """A sentence, or nothing when the explanation can be taken back."""
    if not absence.reason:
        return _("这次缺席还没有解释")
    if absence.explained_by_run_id is not None and not absence.rule:
        return _("这个解释由第 %(run)s 号导入给出，请撤销那次导入") % {"run": absence.explained_by_run_id}
    later = Case.objects.filter(loan_id=case.loan_id, episode__gt=case.episode).exists()
    again = Absence.objects.filter(case=case, pk__gt=absence.pk).exists()
    told = case.positions.filter(recorded_at__gt=absence.explained_at, run__state=RunState.APPLIED).exists()
    if later or again or told:
        return _("解释之后这个合同又有变动，不能撤回")
    if case.is_open != (CLOSES_WITH.get(absence.reason) is None):
        return _("解释之后这个合同又有变动，不能撤回")
    return ""
