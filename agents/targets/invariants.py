"""What must always be true of targets."""

from django.db import connection
from django.utils.translation import gettext_lazy as _

from agents.targets.metrics import METRICS
from collection_ops.core.invariants import SHOWN_ROWS, Rows, invariant

_APART = """
WITH parts AS (
    SELECT set_id, metric, CASE level WHEN 'person' THEN team_id END AS team_id, sum(amount) AS amount
    FROM agents_target WHERE level <> 'company' AND metric = ANY(%s)
    GROUP BY 1, 2, level, CASE level WHEN 'person' THEN team_id END
)
SELECT w.set_id, w.metric, w.team_id, p.amount - w.amount
FROM agents_target w JOIN parts p ON p.set_id = w.set_id AND p.metric = w.metric AND p.team_id IS NOT DISTINCT FROM w.team_id
WHERE w.level <> 'person' AND p.amount <> w.amount
ORDER BY 1, 2, 3 LIMIT %s
"""


@invariant("I34", _("每一版目标：下级之和等于上级，精确到分"))
def targets_add_up() -> Rows:
    """Of metrics that add up; a rate is the same on every level or set by hand."""
    with connection.cursor() as cursor:
        cursor.execute(_APART, [[metric.code for metric in METRICS if metric.adds_up], SHOWN_ROWS])
        return [
            {"set": version, "metric": metric, "team": team, "difference": str(difference)}
            for version, metric, team, difference in cursor.fetchall()
        ]
