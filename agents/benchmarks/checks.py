"""Was any limit broken? Counted again from the log, by other SQL than the gate's. `python -m agents.benchmarks.checks` reads
{"database", "since", "most"} on standard input and writes the counts to standard output."""

from typing import Any

from collection_ops.core.benchmark_step import answer

_BROKEN = """
WITH calls AS (
    SELECT debtor_id, (coalesce(started_at, opened_at) AT TIME ZONE 'Asia/Shanghai')::date AS day,
           count(*) FILTER (WHERE result = 'right_party' OR state = 'open') AS effective,
           count(*) FILTER (WHERE result IN ('right_party', 'connected', 'third_party') OR state = 'open') AS connected,
           bool_or(opened_at >= %(since)s AND org = 'own') AS ours
    FROM compliance_contactattempt
    WHERE channel = 'call' AND direction = 'out' AND state <> 'cancelled' AND NOT misdirected
    GROUP BY 1, 2
)
SELECT (SELECT count(*) FROM calls WHERE ours AND (effective > %(most)s OR connected > %(most)s)),
       (SELECT count(*) FROM compliance_contactattempt WHERE opened_at >= %(since)s AND org = 'own' AND gate_id IS NULL),
       (SELECT count(*) FROM compliance_contactattempt a JOIN cases_hold h USING (debtor_id)
        WHERE a.opened_at >= %(since)s AND h.since <= a.opened_at AND (h.ends_at IS NULL OR h.ends_at > a.opened_at)),
       (SELECT count(*) FROM compliance_contactattempt WHERE opened_at >= %(since)s AND gate_id IS NOT NULL)"""


def count(asked: dict[str, Any]) -> dict[str, int]:
    """`over`: persons and days beyond the limit; `ungated`: calls without an answer of the gate; `held`: calls to somebody
    whom nobody was to call; `calls`: those that were allowed."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(_BROKEN, asked)
        over, ungated, held, calls = cursor.fetchone()
    return {"over": over, "ungated": ungated, "held": held, "calls": calls}


if __name__ == "__main__":
    answer({"": count})
