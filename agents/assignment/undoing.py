"""An applied run taken back while it is untouched: what was moved, contacted or promised since stays where it is, and is
named."""

from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from agents.assignment.applying import REASON, dealt_in, left_of, must_be
from agents.assignment.ledger import write_entries
from agents.assignment.refusals import AssignmentRefused
from agents.models import AssignmentRun, RunState
from cases.imports.staging.staged import plan_for_sets
from collection_ops.core.models import User
from collection_ops.core.services import audit

UNDONE_REASON = "assignment_undone"

_LOCK = """
SELECT count(*) FROM (
    SELECT 1 FROM cases_case WHERE id IN (
        SELECT case_id FROM agents_assignmentmove WHERE run_id = %(run)s AND to_desk_id IS NOT NULL AND outcome = ''
    ) ORDER BY id FOR UPDATE
) held
"""
_GOING = """
CREATE TEMP TABLE assignment_going ON COMMIT DROP AS
SELECT m.case_id, m.debtor_id, m.from_desk_id, m.to_desk_id, m.expected, c.stage,
       CASE WHEN c.id IS NULL OR c.closed_on IS NOT NULL OR c.desk_id <> m.to_desk_id OR k.id IS NULL THEN 'kept_moved'
            WHEN EXISTS (SELECT 1 FROM compliance_contactattempt a
                         WHERE a.case_id = m.case_id AND a.opened_at >= %(since)s AND a.state <> 'cancelled')
              OR EXISTS (SELECT 1 FROM cases_promise p WHERE p.case_id = m.case_id AND p.made_at >= %(since)s)
              OR EXISTS (SELECT 1 FROM cases_repaymentplan r WHERE r.case_id = m.case_id AND r.proposed_at >= %(since)s)
              THEN 'kept_touched'
            WHEN NOT d.is_active THEN 'kept_desk'
            ELSE '' END AS outcome
FROM agents_assignmentmove m
JOIN cases_desk d ON d.id = m.from_desk_id
LEFT JOIN cases_case c ON c.id = m.case_id
LEFT JOIN cases_custody k ON k.case_id = c.id AND k.ended_at IS NULL AND k.started_at = %(since)s AND k.reason = %(was)s
WHERE m.run_id = %(run)s AND m.to_desk_id IS NOT NULL AND m.outcome = ''
"""
_LINKED = """
UPDATE assignment_going SET outcome = 'kept_linked'
WHERE outcome = '' AND debtor_id IN (SELECT debtor_id FROM assignment_going WHERE outcome <> '')
"""
_STATEMENTS = (
    """UPDATE cases_custody k SET ended_at = %(now)s FROM assignment_going g
       WHERE g.outcome = '' AND k.case_id = g.case_id AND k.ended_at IS NULL""",
    """INSERT INTO cases_custody (case_id, desk_id, started_at, reason, moved_by_id)
       SELECT case_id, from_desk_id, %(now)s, %(reason)s, %(actor)s FROM assignment_going WHERE outcome = ''""",
    """UPDATE cases_case c SET desk_id = g.from_desk_id FROM assignment_going g
       WHERE g.outcome = '' AND c.id = g.case_id""",
)
_MARK = """
UPDATE agents_assignmentmove m SET outcome = g.outcome FROM assignment_going g
WHERE m.run_id = %(run)s AND m.case_id = g.case_id AND g.outcome <> ''
"""


def undo_run(*, run: AssignmentRun, reason: str, actor: User | None, now: datetime) -> AssignmentRun:
    """Cases go back to the desk they came from. Raises AssignmentRefused: not in force, no reason, or nothing is
    untouched."""
    if not reason.strip():
        raise AssignmentRefused(_("请写明撤销的原因"), "reason")
    with transaction.atomic():
        locked = AssignmentRun.objects.select_for_update(of=("self",)).get(pk=run.pk)
        must_be(locked, RunState.APPLIED)
        if locked.applied_at is None or locked.applied_at >= now:
            raise AssignmentRefused(_("批次生效的时间晚于现在，请检查服务器时钟"))
        with connection.cursor() as cursor:
            kept, back = _take_back(cursor, locked, actor, now)
        locked.state, locked.ended_by, locked.ended_at = RunState.UNDONE, actor, now
        locked.end_reason = reason.strip()[:200]
        locked.totals = {**locked.totals, "undone": {"back": back, **kept}}
        locked.save(update_fields=["state", "ended_by", "ended_at", "end_reason", "totals"])
        data = {"back": back, "kept": kept["kept"]}
        audit.record(action="assignment.undone", actor=actor, obj=locked, data=data, reason=reason)
    return locked


def _take_back(cursor: Any, run: AssignmentRun, actor: User | None, now: datetime) -> tuple[dict[str, Any], int]:
    plan_for_sets(cursor)
    values = {
        "run": run.pk, "now": now, "since": run.applied_at, "was": REASON, "reason": UNDONE_REASON,
        "actor": actor.pk if actor else None,
    }  # fmt: skip
    cursor.execute(_LOCK, values)
    cursor.execute("DROP TABLE IF EXISTS pg_temp.assignment_going")
    cursor.execute(_GOING, values)
    cursor.execute(_LINKED)
    kept = left_of(cursor, "kept")
    cursor.execute("SELECT count(*) FROM assignment_going WHERE outcome = ''")
    back = int(cursor.fetchone()[0])
    if not back:
        raise AssignmentRefused(_("这一批的案件在生效后都已变动或联系过，没有可撤销的"))
    for statement in _STATEMENTS:
        cursor.execute(statement, values)
        assert cursor.rowcount == back, "custody closed, opened and followed by the case"
    if kept["kept"]:
        cursor.execute(_MARK, values)
    # What stayed was dealt; the rest was not.
    write_entries(run, dealt_in(cursor, outcome_is_empty=False))
    return kept, back
