"""What must always be true of applied runs."""

from django.db import connection
from django.utils.translation import gettext_lazy as _

from collection_ops.core.invariants import Rows, invariant

# What a run did is what custody says it did: for every move that was not left out, one custody that began with the run.
_APPLIED = """
WITH planned AS (
    SELECT r.applied_at, m.run_id, m.case_id, m.to_desk_id
    FROM agents_assignmentmove m JOIN agents_assignmentrun r ON r.id = m.run_id
    WHERE r.applied_at IS NOT NULL AND m.to_desk_id IS NOT NULL AND m.outcome NOT LIKE 'left%'
), begun AS (
    SELECT k.started_at, k.case_id, k.desk_id FROM cases_custody k
    WHERE k.reason = 'assigned' AND k.started_at IN (SELECT applied_at FROM agents_assignmentrun)
)
SELECT p.run_id, coalesce(p.case_id, b.case_id), p.to_desk_id, b.desk_id
FROM planned p
FULL JOIN begun b ON b.started_at = p.applied_at AND b.case_id = p.case_id AND b.desk_id = p.to_desk_id
WHERE p.run_id IS NULL OR b.case_id IS NULL ORDER BY 1, 2 LIMIT 100
"""


@invariant("I31", _("每个已生效的分案批次：应移动的案件与归属记录一一对应"))
def runs_are_what_custody_says() -> Rows:
    with connection.cursor() as cursor:
        cursor.execute(_APPLIED)
        return [
            {"run": run, "case": case, "planned": planned, "held": held}
            for run, case, planned, held in cursor.fetchall()
        ]


@invariant("I31b", _("没有分案批次生效两次，批准人不是生成或调整它的人"))
def nothing_is_applied_twice() -> Rows:
    with connection.cursor() as cursor:
        cursor.execute("""
            SELECT object_id, count(*) FROM core_auditevent WHERE action = 'assignment.applied' AND outcome = 'ok'
            GROUP BY 1 HAVING count(*) > 1 LIMIT 100
        """)
        twice = [{"run": run, "applied": times} for run, times in cursor.fetchall()]
        cursor.execute("""
            SELECT r.id FROM agents_assignmentrun r WHERE r.approved_by_id IS NOT NULL AND (
                r.approved_by_id = r.planned_by_id OR EXISTS (
                    SELECT 1 FROM agents_assignmentmove m WHERE m.run_id = r.id AND m.edited_by_id = r.approved_by_id))
            ORDER BY 1 LIMIT 100
        """)
        return twice + [{"run": run, "approved_by": "planner"} for (run,) in cursor.fetchall()]


@invariant("I32", _("公平台账：每个批次每个阶段的所得之和等于应得之和"))
def ledger_adds_up() -> Rows:
    with connection.cursor() as cursor:
        cursor.execute("""
            SELECT run_id, stage, sum(dealt), sum(share) FROM agents_fairnessentry
            GROUP BY 1, 2 HAVING sum(dealt) <> sum(share) ORDER BY 1, 2 LIMIT 100
        """)
        return [{"run": run, "stage": s, "dealt": str(d), "share": str(h)} for run, s, d, h in cursor.fetchall()]
