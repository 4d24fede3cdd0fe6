"""Bring a matched ledger into the register, and take it back: a few statements for thousands of rows, in the caller's
transaction.

The register is locked against other writers meanwhile, so that what is decided here is what is written: a number that
somebody has typed in since the preview is found, and its row left out.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from django.db import connection
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from cases.imports.staging.copying import copy_rows
from cases.imports.staging.staging import stage_problems
from cases.imports.undoing.undo import Blocker, Survey
from cases.imports.words.fields import label_of
from cases.imports.words.problems import Problem
from cases.models import ImportRun
from cases.services.holds import Accused, lift_complaint_holds, place_complaint_holds
from collection_ops.core.access import users_with
from collection_ops.core.crypto import encrypt_all
from collection_ops.core.models import User
from collection_ops.core.services import audit
from collection_ops.core.services.notifications import notify
from compliance.complaints.clock import due_dates
from compliance.complaints.conflicts import HANDLE
from compliance.complaints.ledger.decide import Decision
from compliance.complaints.ledger.match import decisions_of
from compliance.complaints.register import CATEGORY_OF
from compliance.models import (
    OPEN_STATES,
    About,
    Complaint,
    ComplaintRound,
    ComplaintState,
    ComplaintStep,
    ComplaintSubject,
    ComplaintType,
    Complexity,
)

# Nobody records a complaint between the last look and the last row; who reads does not wait.
_ALONE = "LOCK TABLE compliance_complaint IN SHARE ROW EXCLUSIVE MODE"


@dataclass(frozen=True)
class _New:
    """A complaint to be: its id is drawn before it is written, since its holds and lines name it."""

    pk: int
    decision: Decision
    due_on: date

    @property
    def number(self) -> str:
        return f"TS{self.decision.row.received_on:%Y%m%d}-{self.pk}"

    @property
    def state(self) -> ComplaintState:
        if self.decision.outcome == "settled":
            return ComplaintState.CLOSED
        return ComplaintState.HANDLING if self.decision.handler else ComplaintState.RECEIVED

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_STATES


def write_ledger(*, run: ImportRun, actor: User | None, now: datetime) -> dict[str, int]:
    """Register the accepted rows of `run`. Returns what was written. The caller holds the locks of `services.book`."""
    with connection.cursor() as cursor:
        cursor.execute(_ALONE)
    decisions = decisions_of(run)
    _leave_out(run, [one for one in decisions if not one.is_accepted and one.outcome != "joined"])
    new = _drawn([one for one in decisions if one.is_accepted])
    held = _hold(new, now)
    _write_complaints(run, new, held, actor, now)
    _write_around(run, new, actor, now)
    opened = [one for one in new if one.is_open]
    if opened:
        _tell(run, opened, actor, now)
    return {
        "complaints": len(new),
        "opened": len(opened),
        "settled": len(new) - len(opened),
        "holds": len(set(held.values())),
        "left_out": len(decisions) - len(new),
    }


def _leave_out(run: ImportRun, decisions: Sequence[Decision]) -> None:
    """Rows whose complaint has come into the register since the preview."""
    if not decisions:
        return
    problems = [
        Problem(one.row.sheet, one.row.row_number, "", "", found.code, found.severity, found.params)
        for one in decisions
        for _name, found in one.findings
    ]
    stage_problems(run=run, problems=problems)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE cases_importrow SET state = 'rejected', difference = 'registered' WHERE id = ANY(%s)",
            [[one.row.row_id for one in decisions]],
        )


def _drawn(decisions: Sequence[Decision]) -> list[_New]:
    due = due_dates({(one.row.received_on, one.row.told.type) for one in decisions})
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('compliance_complaint_id_seq') FROM generate_series(1, %s)", [len(decisions)])
        ids = sorted(pk for (pk,) in cursor.fetchall())
    return [_New(pk, one, due[one.row.received_on, one.row.told.type]) for pk, one in zip(ids, decisions, strict=True)]


def _hold(new: Sequence[_New], now: datetime) -> dict[int, int]:
    """What the open ones stop (`complaints.pausing`, for many): id of the first hold by complaint."""
    wanted: dict[Accused, str] = {}
    first: dict[int, Accused] = {}
    for one in new:
        debtor = one.decision.debtor_id
        if not one.is_open or debtor is None:
            continue
        pairs = one.decision.accused or [(None, "")]
        for user, org in pairs:
            wanted.setdefault(Accused(debtor, user, org), _("投诉 %(number)s 处理中") % {"number": one.number})
        first[one.pk] = Accused(debtor, *pairs[0])
    if not wanted:
        return {}
    holds = place_complaint_holds(wanted=wanted, now=now)
    return {pk: holds[accused].pk for pk, accused in first.items()}


_COLUMNS = (
    "id", "debtor_id", "case_id", "source", "source_ref", "type", "category", "severity", "event_on", "received_at",
    "received_on", "complainant", "complainant_name", "complainant_phone", "narrative", "demand", "state", "handler_id",
    "round", "due_on", "complexity", "outcome", "finding", "remedy", "decided_at", "closed_at", "hold_id", "run_id",
    "recorded_by_id", "recorded_at", "said_index",
)  # fmt: skip


def _write_complaints(
    run: ImportRun, new: Sequence[_New], held: dict[int, int], actor: User | None, now: datetime
) -> None:
    told = [one.decision.row.told for one in new]
    names = encrypt_all([one.decision.row.name[:64] for one in new])
    phones = encrypt_all([some.phones[0][:32] if some.phones else "" for some in told])
    narratives = encrypt_all([some.narrative for some in told])
    demands = encrypt_all([some.demand for some in told])
    recorder = actor or run.uploaded_by
    copy_rows(
        table=Complaint._meta.db_table,
        columns=_COLUMNS,
        rows=(
            (
                one.pk,
                one.decision.debtor_id,
                one.decision.case_id,
                one.decision.row.source,
                one.decision.row.reference,
                some.type,
                CATEGORY_OF[ComplaintType(some.type)].value,
                some.severity,
                some.event_on,
                _morning(one.decision.row.received_on),
                one.decision.row.received_on,
                "self",
                name,
                phone,
                narrative,
                demand,
                one.state.value,
                one.decision.handler,
                1,
                one.due_on,
                Complexity.NORMAL.value,
                some.outcome,
                _finding(some.outcome_said, some.result) if some.outcome else "",
                "",
                _morning(some.closed_on) if some.outcome else None,
                _morning(some.closed_on) if some.outcome else None,
                held.get(one.pk),
                run.pk,
                recorder.pk if recorder is not None else None,
                now,
                some.said_index,
            )
            for one, some, name, phone, narrative, demand in zip(
                new, told, names, phones, narratives, demands, strict=True
            )
        ),
    )


def _write_around(run: ImportRun, new: Sequence[_New], actor: User | None, now: datetime) -> None:
    """Contracts, those complained about, the round with its clock, the first line of what was done, the audit trail."""
    copy_rows(
        table=Complaint.loans.through._meta.db_table,
        columns=("complaint_id", "loan_id"),
        rows=((one.pk, loan.loan_id) for one in new for loan in one.decision.loans),
    )
    copy_rows(
        table=ComplaintSubject._meta.db_table,
        columns=("complaint_id", "about", "user_id", "org"),
        rows=(
            (one.pk, (About.COLLECTOR if user is not None else About.AGENCY).value, user, org)
            for one in new
            for user, org in one.decision.accused
        ),
    )
    copy_rows(
        table=ComplaintRound._meta.db_table,
        columns=(
            *("complaint_id", "number", "started_on", "due_on", "complexity", "extension_reason", "escalated"),
            *("outcome", "closed_at", "closed_on", "reopen_reason"),
        ),
        rows=(_round(one) for one in new),
    )
    kept = encrypt_all([_kept(one.decision) for one in new])
    copy_rows(
        table=ComplaintStep._meta.db_table,
        columns=("complaint_id", "kind", "at", "actor_id", "words", "data"),
        rows=(
            (one.pk, "received", now, actor.pk if actor is not None else None, words, _data(run, one))
            for one, words in zip(new, kept, strict=True)
        ),
    )
    audit.record_each(
        action="complaint.received",
        actor=actor,
        objects=[
            (
                Complaint(pk=one.pk),
                {
                    "source": one.decision.row.source,
                    "type": one.decision.row.told.type,
                    "due": one.due_on.isoformat(),
                    "run": run.pk,
                },
            )
            for one in new
        ],
    )


def _round(one: _New) -> tuple[Any, ...]:
    told = one.decision.row.told
    closed_on = told.closed_on if told.outcome else None
    return (
        *(one.pk, 1, one.decision.row.received_on, one.due_on, Complexity.NORMAL.value, "", 0),
        *(told.outcome, _morning(closed_on) if closed_on else None, closed_on, ""),
    )


def _data(run: ImportRun, one: _New) -> str:
    """References only. `run` marks the lines that an import wrote: further ones are somebody's work."""
    return f'{{"source": "{one.decision.row.source}", "run": {run.pk}, "row": {one.decision.row.row_number}}}'


def _kept(decision: Decision) -> str:
    """What the file says and the register has no place for, in the words of the file."""
    return "\n".join(_kept_lines(decision))


def _kept_lines(decision: Decision) -> Iterator[str]:
    told, names = decision.row.told, decision.unresolved
    said = {
        "complaint_source": told.source_said,
        "complaint_type": told.type_said,
        "complaint_severity": told.severity_said,
        **{name: "、".join(some) for name, some in names.items()},
        "outcome": "" if told.outcome else told.outcome_said,
        "result": "" if told.outcome else told.result,
        "remark": told.remark,
    }
    for name, text in said.items():
        if text:
            yield _("%(label)s：%(text)s") % {"label": label_of(name), "text": text}


def _finding(conclusion: str, account: str) -> str:
    return "\n".join(dict.fromkeys(text for text in (conclusion, account) if text))


def _morning(day: date) -> datetime:
    """A file tells days. The moment that stands for one is its first."""
    return timezone.make_aware(datetime.combine(day, time.min))


def _tell(run: ImportRun, opened: Sequence[_New], actor: User | None, now: datetime) -> None:
    today = timezone.localdate(now)
    people = users_with(HANDLE)
    notify(
        users=people.exclude(pk=actor.pk) if actor is not None else people,
        kind="complaint.ledger",
        params={
            "file": run.file_name,
            "count": len(opened),
            "late": sum(1 for one in opened if one.due_on < today),
        },
        url=reverse("compliance:complaints"),
        level="warning",
    )


# Taking it back -----------------------------------------------------------------------------------------------------


def survey_ledger(*, run: ImportRun) -> Survey:
    """What taking the run's complaints back would do now. Reads only. A ledger is taken back whole or not at all, and not
    once somebody has worked on one of its complaints."""
    mine = Complaint.objects.filter(run=run)
    steps = ComplaintStep.objects.filter(complaint__run=run).exclude(data__contains={"run": run.pk})
    worked = set(steps.values_list("complaint", flat=True))
    changed = ~Q(round=1) | Q(joined__isnull=False) | Q(state=ComplaintState.JOINED) | Q(state=ComplaintState.DECIDED)
    worked.update(mine.filter(changed).values_list("pk", flat=True))
    named = _named_elsewhere(run)
    found = [
        Blocker(code, len(some))
        for code, some in (("undo_complaint_worked", worked), ("undo_complaint_named", named - worked))
        if some
    ]
    if found:
        return Survey(found, len(worked | named))
    holds = _holds_of(run)
    return Survey(free={"rows": mine.count(), "complaints": mine.count(), "holds": len(holds)})


_OWN = (ComplaintSubject, ComplaintRound, ComplaintStep, Complaint, Complaint.loans.through)


def _named_elsewhere(run: ImportRun) -> set[int]:
    """Complaints that something else refers to: a task, a referral, whatever rooms there are."""
    found: set[int] = set()
    for relation in Complaint._meta.related_objects:
        if relation.related_model not in _OWN:
            rows = relation.related_model._default_manager.filter(**{f"{relation.field.name}__run": run})
            found.update(rows.values_list(relation.field.name, flat=True))
    return found


def _holds_of(run: ImportRun) -> list[int]:
    """Holds in force that only complaints of this run ask for."""
    with connection.cursor() as cursor:
        cursor.execute(_HOLDS, {"run": run.pk, "open": [str(state) for state in OPEN_STATES]})
        return [pk for (pk,) in cursor.fetchall()]


# Each open complaint asks for a hold against whom it is about, or against nobody in particular (as `pausing` has it).
_HOLDS = """
WITH asked AS (
    SELECT c.id, c.run_id, c.debtor_id, s.user_id, coalesce(s.org, '') AS org
    FROM compliance_complaint c
    LEFT JOIN compliance_complaintsubject s ON s.complaint_id = c.id AND (s.user_id IS NOT NULL OR s.org <> '')
    WHERE c.state = ANY(%(open)s) AND c.debtor_id IN (
        SELECT debtor_id FROM compliance_complaint WHERE run_id = %(run)s AND debtor_id IS NOT NULL
    )
)
SELECT h.id FROM cases_hold h
JOIN asked a ON a.debtor_id = h.debtor_id AND a.org = h.accused_org AND a.user_id IS NOT DISTINCT FROM h.accused_id
WHERE h.type = 'complaint' AND h.accused_channel = '' AND h.ends_at IS NULL
GROUP BY h.id, h.placed_at
HAVING bool_and(a.run_id IS NOT DISTINCT FROM %(run)s)
   AND h.placed_at >= (SELECT applied_at FROM cases_importrun WHERE id = %(run)s)
"""


def take_back_ledger(*, run: ImportRun, now: datetime) -> dict[str, int]:
    """Delete the complaints that `run` brought and end the holds that only they asked for; the document with its rows
    stays. The caller holds the locks and has surveyed the run."""
    with connection.cursor() as cursor:
        cursor.execute(_ALONE)
        lifted = lift_complaint_holds(holds=_holds_of(run), reason=_("撤销导入 %(run)s") % {"run": run}, now=now)
        of_run = "complaint_id IN (SELECT id FROM compliance_complaint WHERE run_id = %s)"
        for model in (Complaint.loans.through, ComplaintSubject, ComplaintRound, ComplaintStep):
            cursor.execute(f"DELETE FROM {model._meta.db_table} WHERE {of_run}", [run.pk])  # noqa: S608  our own tables
        cursor.execute("DELETE FROM compliance_complaint WHERE run_id = %s", [run.pk])
        complaints = cursor.rowcount
        cursor.execute("UPDATE cases_importrow SET state = 'undone' WHERE run_id = %s AND state = 'accepted'", [run.pk])
        return {"rows": cursor.rowcount, "complaints": complaints, "holds": lifted}
