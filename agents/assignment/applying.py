"""An approved run put in force: custody closed and opened, the cases' desks, the ledger, in one transaction and by sets.

What changed since the plan is left out and named: a case that closed or lies elsewhere, a person who cannot take cases
any more or is full; with a case stay the person's others, so that they are not torn apart. A run of which more would be
left out than the rules allow (left_out_percent) is refused: whoever approved it approved something else.
"""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from agents.assignment.gather import desks_on, forbidden_on
from agents.assignment.ledger import write_entries
from agents.assignment.refusals import AssignmentRefused
from agents.assignment.rules import Values, read_values
from agents.assignment.summary import LISTED
from agents.expected import Rates
from agents.models import AssignmentMove, AssignmentRun, RunState
from cases.imports.staging.staged import plan_for_sets
from collection_ops.core import clock
from collection_ops.core.models import User
from collection_ops.core.services import audit
from collection_ops.core.services.notifications import notify

REASON = "assigned"

# Always in the order of ids, as every move of cases: two that overlap wait for each other and never lock up.
_LOCK = """
SELECT count(*) FROM (
    SELECT 1 FROM cases_case WHERE id IN (
        SELECT case_id FROM agents_assignmentmove WHERE run_id = %(run)s AND to_desk_id IS NOT NULL
    ) ORDER BY id FOR UPDATE
) held
"""
_LOCK_DESKS = """
SELECT id FROM cases_desk WHERE id IN (
    SELECT DISTINCT to_desk_id FROM agents_assignmentmove WHERE run_id = %(run)s AND to_desk_id IS NOT NULL
) ORDER BY id FOR NO KEY UPDATE
"""
_GOING = """
CREATE TEMP TABLE assignment_going ON COMMIT DROP AS
SELECT m.case_id, m.debtor_id, m.from_desk_id, m.to_desk_id, m.expected, c.stage,
       CASE WHEN c.id IS NULL OR c.closed_on IS NOT NULL THEN 'left_gone'
            WHEN c.desk_id <> m.from_desk_id THEN 'left_moved'
            WHEN k.started_at IS NULL OR k.started_at > %(now)s THEN 'left_later'
            WHEN m.to_desk_id = ANY(%(unable)s) THEN 'left_desk'
            ELSE '' END AS outcome
FROM agents_assignmentmove m
LEFT JOIN cases_case c ON c.id = m.case_id
LEFT JOIN cases_custody k ON k.case_id = c.id AND k.ended_at IS NULL
WHERE m.run_id = %(run)s AND m.to_desk_id IS NOT NULL
"""
# Room of a desk: what it may hold, less what it holds, and what leaves it in this very run.
_FULL = """
UPDATE assignment_going g SET outcome = 'left_full'
FROM (
    SELECT w.case_id, row_number() OVER (PARTITION BY w.to_desk_id ORDER BY w.debtor_id, w.case_id) AS place,
           f.hard_count - coalesce(h.held, 0) + coalesce(l.leaving, 0) AS room
    FROM assignment_going w
    JOIN cases_desk d ON d.id = w.to_desk_id
    JOIN agents_collector f ON f.user_id = d.owner_id
    LEFT JOIN (
        SELECT desk_id, count(*) AS held FROM cases_case
        WHERE closed_on IS NULL AND absent_since IS NULL AND desk_id = ANY(%(to)s) GROUP BY 1
    ) h ON h.desk_id = w.to_desk_id
    LEFT JOIN (
        SELECT from_desk_id, count(*) AS leaving FROM assignment_going WHERE outcome = '' GROUP BY 1
    ) l ON l.from_desk_id = w.to_desk_id
    WHERE w.outcome = ''
) o
WHERE o.case_id = g.case_id AND o.place > o.room
"""
_COMPLAINT = """
UPDATE assignment_going g SET outcome = 'left_complaint'
FROM unnest(%(debtors)s::bigint[], %(desks)s::bigint[]) AS f(debtor_id, desk_id)
WHERE g.outcome = '' AND g.debtor_id = f.debtor_id AND g.to_desk_id = f.desk_id
"""
_LINKED = """
UPDATE assignment_going g SET outcome = 'left_linked'
WHERE outcome = '' AND debtor_id IN (
    SELECT debtor_id FROM assignment_going WHERE outcome IN ('left_moved', 'left_desk', 'left_complaint', 'left_full',
    'left_later')
)
"""
_CLOSE = """
UPDATE cases_custody k SET ended_at = %(now)s FROM assignment_going g
WHERE g.outcome = '' AND k.case_id = g.case_id AND k.ended_at IS NULL
"""
_OPEN = """
INSERT INTO cases_custody (case_id, desk_id, started_at, reason, moved_by_id)
SELECT case_id, to_desk_id, %(now)s, %(reason)s, %(actor)s FROM assignment_going WHERE outcome = ''
"""
_MOVE = """
UPDATE cases_case c SET desk_id = g.to_desk_id FROM assignment_going g
WHERE g.outcome = '' AND c.id = g.case_id
"""
_MARK = """
UPDATE agents_assignmentmove m SET outcome = g.outcome FROM assignment_going g
WHERE m.run_id = %(run)s AND m.case_id = g.case_id AND g.outcome <> ''
"""

_DEALT = """
SELECT d.owner_id, g.stage, sum(g.expected) FROM assignment_going g JOIN cases_desk d ON d.id = g.to_desk_id
WHERE g.outcome = '' AND g.stage IS NOT NULL AND d.owner_id IS NOT NULL GROUP BY 1, 2
"""
_DEALT_KEPT = _DEALT.replace("g.outcome = ''", "g.outcome <> ''")


def apply_run(*, run: AssignmentRun, actor: User | None, now: datetime) -> AssignmentRun:
    """Put an approved run in force. Raises AssignmentRefused: not approved (any more), somebody else was quicker, or too
    much of it changed. Whoever the plan counted on is asked once more who may contact debtors and is there on the run's
    day."""
    with transaction.atomic():
        locked = AssignmentRun.objects.select_for_update(of=("self",)).select_related("rules").get(pk=run.pk)
        must_be(locked, RunState.APPROVED)
        with connection.cursor() as cursor:
            left = _apply(cursor, locked, actor, now)
            cursor.execute("SELECT count(*) FROM assignment_going WHERE outcome = ''")
            moved = int(cursor.fetchone()[0])
        locked.state, locked.applied_by, locked.applied_at = RunState.APPLIED, actor, now
        locked.totals = {**locked.totals, "applied": {"moved": moved, **left}}
        locked.save(update_fields=["state", "applied_by", "applied_at", "totals"])
        data = {"moved": moved, "left_out": left["left_out"], "planned": locked.move_count}
        audit.record(action="assignment.applied", actor=actor, obj=locked, data=data)
        _tell(locked)
    return locked


def _tell(run: AssignmentRun) -> None:
    """Whoever got cases hears of it once; how many, and which first, the desk says."""
    dealt = AssignmentMove.objects.filter(run=run, outcome="", to_desk__isnull=False)
    notify(
        users=User.objects.filter(pk__in=dealt.values("to_desk__owner")),
        kind="assignment.dealt",
        params={"run": run.pk},
        url=reverse("workbench:desk"),
    )


def must_be(run: AssignmentRun, *states: str) -> None:
    """Raises AssignmentRefused when the run is in no such state."""
    if run.state not in states:
        said = {"run": run.pk, "state": run.get_state_display()}
        raise AssignmentRefused(_("分案 #%(run)s 现在是“%(state)s”，不能这样操作；请刷新页面") % said)


def _apply(cursor: Any, run: AssignmentRun, actor: User | None, now: datetime) -> dict[str, Any]:
    plan_for_sets(cursor)
    values: dict[str, Any] = {"run": run.pk, "now": now, "reason": REASON, "actor": actor.pk if actor else None}
    cursor.execute(_LOCK_DESKS, values)
    to = [row[0] for row in cursor.fetchall()]
    cursor.execute(_LOCK, values)
    day = max(run.day, clock.business_date(now))
    rules = read_values(run.rules.values if run.rules else {})
    desks = desks_on(day, rates=Rates.of([]), carry_days=0, only=to, loads=False)
    fit = {desk.id for desk in desks if not desk.why_not}
    values |= {"to": to, "unable": [desk for desk in to if desk not in fit]}
    cursor.execute("DROP TABLE IF EXISTS pg_temp.assignment_going")
    cursor.execute(_GOING, values)
    cursor.execute("ANALYZE assignment_going")
    forbidden = forbidden_on(day, desks, None, rules.complaint_team_days)
    if forbidden:
        pairs = {"debtors": [one.debtor for one in forbidden], "desks": [one.desk for one in forbidden]}
        cursor.execute(_COMPLAINT, pairs)
    cursor.execute(_FULL, values)
    cursor.execute(_LINKED)
    left = left_of(cursor, "left_out")
    _refuse_another_plan(run, left, rules)
    counts = []
    for statement in (_CLOSE, _OPEN, _MOVE):
        cursor.execute(statement, values)
        counts.append(cursor.rowcount)
    assert len(set(counts)) == 1, f"custody closed, opened and followed by the case: {counts}"
    if left["left_out"]:
        cursor.execute(_MARK, values)
    write_entries(run, dealt_in(cursor))
    return left


def left_of(cursor: Any, name: str) -> dict[str, Any]:
    """Of assignment_going: counts by outcome under `name`, and the first cases under «cases»."""
    cursor.execute("SELECT outcome, count(*) FROM assignment_going WHERE outcome <> '' GROUP BY 1 ORDER BY 1")
    counted = dict(cursor.fetchall())
    cursor.execute(
        "SELECT case_id, outcome FROM assignment_going WHERE outcome <> '' ORDER BY case_id LIMIT %s", [LISTED]
    )
    return {name: counted, "cases": [list(row) for row in cursor.fetchall()]}


def _refuse_another_plan(run: AssignmentRun, left: dict[str, Any], values: Values) -> None:
    out = sum(left["left_out"].values())
    if run.move_count and (out * 100 > values.left_out_percent * run.move_count or out == run.move_count):
        said = {"out": out, "all": run.move_count}
        raise AssignmentRefused(_("%(all)s 件中有 %(out)s 件在生成预览后已变化，请放弃这份预览并重新生成") % said)


def dealt_in(cursor: Any, *, outcome_is_empty: bool = True) -> dict[tuple[int, int], Decimal]:
    """Expected yuan by (user, stage) of assignment_going, of those with an outcome or without."""
    cursor.execute(_DEALT if outcome_is_empty else _DEALT_KEPT)
    return {(user, stage): amount for user, stage, amount in cursor.fetchall()}
