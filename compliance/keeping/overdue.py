"""Records past their time, and what is spared although it is: set-based, by the age that the rules ask for.

Spared, the first reason that is true: a legal hold; a debt that is not settled as far as is known; a complaint, a question
to another department, a hold or a request of the person that is open; something that still refers to the record. What other
rooms spare registers itself:

    spare("incident", _("重大风险处理中"), "SELECT debtor_id FROM …")
"""

# ruff: noqa: S608  statements are put together from constants of this room only

from collections.abc import Iterable
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import connection
from django.db.models import ForeignObjectRel, Model
from django.utils.functional import Promise

from compliance.keeping.age import Age
from compliance.keeping.texts import REASONS
from compliance.models import (
    Breach,
    BreachCase,
    BreachStep,
    Complaint,
    ComplaintRound,
    ComplaintStep,
    ComplaintSubject,
    ContactAttempt,
    ContactDetail,
    FollowUp,
    Freeze,
    FreezeLine,
    GateDecision,
    QualityAppeal,
    QualityCheck,
    QualityOpinion,
    QueuedMessage,
    Referral,
    ReferralStep,
    ReplyLetter,
    RetentionKind,
    RetentionRun,
    StaffTask,
    Transcript,
    WordingHit,
)
from compliance.models.feed import ReportedContact

SETTLED = ("paid", "settled", "mistake")
"""Reasons for which a case ends and nothing is owed any more. Cured, recalled or written off: owed, as far as is known."""

# Messages first: an attempt that a message refers to stays.
ORDER = (RetentionKind.MESSAGE, RetentionKind.CONTACT, RetentionKind.DECISION, RetentionKind.COMPLAINT)

PAST = {
    RetentionKind.MESSAGE: """
        SELECT m.id AS object_id, l.debtor_id, greatest(m.queued_at, m.sent_at) AS at FROM compliance_queuedmessage m
        JOIN cases_case c ON c.id = m.case_id JOIN cases_loan l ON l.id = c.loan_id
        WHERE m.queued_at < %(before)s AND greatest(m.queued_at, m.sent_at) < %(before)s
            AND m.state IN ('sent', 'failed', 'refused', 'cancelled')
    """,
    RetentionKind.CONTACT: """
        SELECT a.id AS object_id, a.debtor_id, greatest(a.opened_at, a.closed_at) AS at FROM compliance_contactattempt a
        WHERE a.opened_at < %(before)s AND greatest(a.opened_at, a.closed_at) < %(before)s AND a.state <> 'open'
            AND NOT EXISTS (
                SELECT 1 FROM compliance_breach b WHERE b.attempt_id = a.id AND b.changed_at >= %(before)s)
    """,
    RetentionKind.DECISION: """
        SELECT g.id AS object_id, g.debtor_id, g.decided_at AS at FROM compliance_gatedecision g
        WHERE g.decided_at < %(before)s
            AND NOT EXISTS (SELECT 1 FROM compliance_contactattempt a WHERE a.gate_id = g.id)
    """,
    RetentionKind.COMPLAINT: """
        SELECT p.id AS object_id, p.debtor_id, greatest(p.received_at, p.closed_at) AS at FROM compliance_complaint p
        WHERE p.state IN ('closed', 'joined') AND greatest(p.received_at, p.closed_at) < %(before)s
            AND NOT EXISTS (
                SELECT 1 FROM compliance_complaintstep s WHERE s.complaint_id = p.id AND s.at >= %(before)s)
    """,
}

_SPARES: dict[str, str] = {
    "legal_hold": "SELECT debtor_id FROM compliance_legalhold WHERE lifted_at IS NULL",
    "unsettled": f"""
        SELECT l.debtor_id FROM cases_loan l JOIN LATERAL (
            SELECT closed_on, close_reason FROM cases_case c WHERE c.loan_id = l.id ORDER BY episode DESC LIMIT 1
        ) c ON true
        WHERE l.debtor_id IN (SELECT debtor_id FROM past)
            AND (c.closed_on IS NULL OR c.close_reason NOT IN ({", ".join(f"'{one}'" for one in SETTLED)}))
    """,
    "complaint": """
        SELECT debtor_id FROM compliance_complaint
        WHERE state IN ('received', 'handling', 'decided') AND debtor_id IS NOT NULL
    """,
    "referral": """
        SELECT debtor_id FROM compliance_referral
        WHERE state NOT IN ('closed', 'withdrawn') AND debtor_id IS NOT NULL
    """,
    "request": "SELECT debtor_id FROM compliance_datarequest WHERE state <> 'done'",
    "hold": "SELECT debtor_id FROM cases_hold WHERE since <= %(now)s AND (ends_at IS NULL OR ends_at > %(now)s)",
}

# Gone with the record itself, before it: (model, the column that names the record).
PARTS: dict[str, list[tuple[type[Model] | str, str]]] = {
    RetentionKind.CONTACT: [
        (BreachCase, "attempt_id"), (Breach, "attempt_id"), (ContactDetail, "attempt_id"), (ReportedContact, "attempt_id"),
        (WordingHit, "attempt_id"), (Transcript, "attempt_id"), (QualityCheck, "attempt_id"),
    ],
    RetentionKind.COMPLAINT: [
        (ComplaintStep, "complaint_id"), (ComplaintRound, "complaint_id"), (ComplaintSubject, "complaint_id"),
        (Complaint.loans.through, "complaint_id"), (ReplyLetter, "complaint_id"), (FollowUp, "complaint_id"),
        (Freeze, "complaint_id"), (StaffTask, "complaint_id"), (Referral, "complaint_id"), (BreachCase, "complaint_id"),
    ],
}  # fmt: skip
# Gone before those parts: (model, its column that names a part, the part).
PARTS_OF_PARTS: list[tuple[type[Model], str, type[Model]]] = [
    (BreachStep, "breach_case_id", BreachCase), (QualityOpinion, "check_of_id", QualityCheck),
    (QualityAppeal, "check_of_id", QualityCheck), (FreezeLine, "freeze_id", Freeze),
    (ReferralStep, "referral_id", Referral),
]  # fmt: skip
# A record stays as long as something about it is open, or younger than the time itself.
_BREACH_LIVES = """
    (r.state IN ('open', 'in_hand', 'remedied') OR greatest(r.recorded_at, r.closed_at) >= %(before)s
        OR EXISTS (SELECT 1 FROM compliance_breachstep s WHERE s.breach_case_id = r.id AND s.at >= %(before)s)
        OR EXISTS (SELECT 1 FROM compliance_incident i WHERE i.breach_case_id = r.id)
        OR EXISTS (SELECT 1 FROM compliance_disclosurealert w WHERE w.breach_case_id = r.id)
        OR {other} IS NOT NULL)
"""
LIVES: dict[str, list[tuple[str, str]]] = {
    RetentionKind.CONTACT: [
        (
            "compliance_breachcase r",
            "r.attempt_id = past.object_id AND " + _BREACH_LIVES.format(other="r.complaint_id"),
        ),
        (
            "compliance_wordinghit r",
            "r.attempt_id = past.object_id AND greatest(r.found_at, r.decided_at) >= %(before)s",
        ),
        ("compliance_transcript r", "r.attempt_id = past.object_id AND r.received_at >= %(before)s"),
        (
            "compliance_qualitycheck r LEFT JOIN compliance_qualityappeal p ON p.check_of_id = r.id",
            "r.attempt_id = past.object_id AND (r.state <> 'done' OR p.outcome = ''"
            " OR greatest(r.done_at, r.settled_at, r.acknowledged_at, p.made_at, p.decided_at) >= %(before)s)",
        ),
    ],
    RetentionKind.COMPLAINT: [
        (
            "compliance_breachcase r",
            "r.complaint_id = past.object_id AND " + _BREACH_LIVES.format(other="r.attempt_id"),
        ),
        ("compliance_replyletter r", "r.complaint_id = past.object_id AND r.written_at >= %(before)s"),
        ("compliance_followup r", "r.complaint_id = past.object_id AND r.done_at >= %(before)s"),
        (
            "compliance_freeze r",
            "r.complaint_id = past.object_id AND (r.released_at IS NULL OR r.released_at >= %(before)s)",
        ),
        (
            "compliance_stafftask r",
            "r.complaint_id = past.object_id AND (coalesce(r.done_at, r.cancelled_at) IS NULL"
            " OR greatest(r.done_at, r.cancelled_at) >= %(before)s)",
        ),
        (
            "compliance_referral r",
            "r.complaint_id = past.object_id AND (r.state NOT IN ('closed', 'withdrawn')"
            " OR EXISTS (SELECT 1 FROM compliance_referralstep s WHERE s.referral_id = r.id AND s.at >= %(before)s))",
        ),
    ],
}
_RECORDS: dict[str, type[Model]] = {
    RetentionKind.MESSAGE: QueuedMessage,
    RetentionKind.CONTACT: ContactAttempt,
    RetentionKind.DECISION: GateDecision,
    RetentionKind.COMPLAINT: Complaint,
}


def spare(code: str, label: str | Promise, debtors: str) -> None:
    """Registers a reason to spare all records of some debtors: SQL that selects their ids (may use %(now)s)."""
    REASONS[code] = label
    _SPARES[code] = debtors


def removed_with(kind: str, model: str, column: str) -> None:
    """Registers rows that go with a record (`app.Model`, the column that names it); what nobody registered, but refers to
    the record, keeps it."""
    PARTS.setdefault(kind, []).append((model, column))


def part_tables(kind: str) -> list[tuple[str, str]]:
    """(table, condition) of what goes before the records whose ids the condition asks for, in that order."""
    parts = [(_model(part), column) for part, column in PARTS.get(kind, [])]
    inner = [
        (model._meta.db_table, f"{column} IN (SELECT id FROM {part._meta.db_table} WHERE {of_record} = ANY(%s))")
        for model, column, part in PARTS_OF_PARTS
        for found, of_record in parts
        if found is part
    ]
    return inner + [(model._meta.db_table, f"{column} = ANY(%s)") for model, column in parts]


def _model(part: type[Model] | str) -> type[Model]:
    return apps.get_model(part) if isinstance(part, str) else part


def judged(kind: str, *, only: Iterable[int] | None = None, quiet: bool = False) -> str:
    """SQL: (object_id, debtor_id, at, why) of a kind's records past their time; `why` is empty for those that may go."""
    among = " AND object_id = ANY(%(ids)s)" if only is not None else ""
    quietly = (
        " AND NOT EXISTS (SELECT 1 FROM compliance_contactattempt z"
        " WHERE z.debtor_id = past.debtor_id AND z.opened_at >= %(before)s)"
        if quiet
        else ""
    )
    reasons = " ".join(
        f"WHEN EXISTS (SELECT 1 FROM spare_{code} s WHERE s.debtor_id = past.debtor_id) THEN '{code}'"
        for code in _SPARES
    )
    spares = ", ".join(f"spare_{code} AS MATERIALIZED ({sql})" for code, sql in _SPARES.items())
    referred = " OR ".join(_references(kind)) or "false"
    return f"""
        WITH past AS MATERIALIZED (SELECT * FROM ({PAST[RetentionKind(kind)]}) x WHERE true{among}), {spares}
        SELECT object_id, debtor_id, at, CASE {reasons} WHEN {referred} THEN 'referred' ELSE '' END AS why
        FROM past WHERE true{quietly}
    """


def _references(kind: str) -> list[str]:
    """Conditions under which something refers to it that does not go with the record, or not yet. Hidden relations too: the
    database knows no difference, and a record that cannot go would stop the whole run."""
    found = [f"EXISTS (SELECT 1 FROM {table} WHERE {lives})" for table, lives in LIVES.get(kind, [])]
    gone = {(_model(part)._meta.db_table, column) for part, column in PARTS.get(kind, [])}
    for relation in _RECORDS[kind]._meta.get_fields(include_hidden=True):
        if not isinstance(relation, ForeignObjectRel) or relation.many_to_many:
            continue
        table, column = relation.related_model._meta.db_table, relation.field.column
        if (table, column) not in gone:
            found.append(f"EXISTS (SELECT 1 FROM {table} r WHERE r.{column} = past.object_id)")
    return found


def parameters(age: Age, now: Any, ids: Iterable[int] | None = None) -> dict[str, Any]:
    from compliance.disclosure.facts import midnight

    found: dict[str, Any] = {"before": midnight(age.first_kept), "now": now, "zone": settings.TIME_ZONE}
    return found if ids is None else {**found, "ids": list(ids)}


def list_items(run: RetentionRun, age: Age, now: Any) -> dict[str, Any]:
    """Write down what the run would remove, and answer the figures of each kind: what a person looks at before proposing.
    Two statements a kind."""
    figures = {}
    for kind in ORDER:
        with connection.cursor() as cursor:
            cursor.execute(
                f"""
                WITH all_of_them AS MATERIALIZED ({judged(kind, quiet=age.quiet)}), kept AS (
                    INSERT INTO compliance_retentionitem (run_id, kind, object_id, debtor_id, spared)
                    SELECT %(run)s, %(kind)s, object_id, debtor_id, '' FROM all_of_them WHERE why = ''
                )
                SELECT why, count(*), min((at AT TIME ZONE %(zone)s)::date), max((at AT TIME ZONE %(zone)s)::date),
                    min(object_id), max(object_id),
                    encode(sha256(string_agg(object_id::text, ',' ORDER BY object_id)::bytea), 'hex'),
                    (array_agg(object_id ORDER BY at, object_id))[1:5]
                FROM all_of_them GROUP BY why
                """,
                {**parameters(age, now), "run": run.pk, "kind": kind},
            )
            rows = {row[0]: row[1:] for row in cursor.fetchall()}
        count, oldest, newest, first, last, digest, samples = rows.get("", (0, None, None, None, None, "", []))
        figures[str(kind)] = {
            "count": count,
            "oldest": oldest.isoformat() if oldest else "",
            "newest": newest.isoformat() if newest else "",
            "first": first,
            "last": last,
            "sha256": digest,
            "samples": samples,
            "spared": {why: row[0] for why, row in sorted(rows.items()) if why},
        }
    return figures
