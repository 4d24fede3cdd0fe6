"""Every case of a desk with its group and its points, the first few with their facts: one query, whatever the history.

The points are looked up in the weights (arrays, by the step that a fact is on) and added by the database, because a desk
holds up to some thousand cases and only the first few are shown. score.py looks the same numbers up once more, to name them.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.utils import timezone

from agents.workbench.queue.sources import sources
from agents.workbench.queue.weights import AMOUNT_STEPS, GROUPS, QUIET_STEPS, Group, Weights
from cases.querysets import CaseQuerySet
from cases.stage import DAYS_IN_STAGE, LAST_STAGE
from collection_ops.core import clock
from collection_ops.core.models import User

FIRST = 60
"""So many are fetched with their facts, ordered by the best hour, and looked at by the gate."""


@dataclass(frozen=True)
class QueueRow:
    """What is known of one case, and the points it has before the best hour.

    `rolls_in`: days from today until the next stage, counted on from the file's date (None: it does not roll any more, or by
    the calendar it has rolled already). `told_at` and `told_amount`: of the promise or callback that made its group.
    `passed_until`: put aside by this person; `allowed_at`: because the gate allows nothing before.
    """

    case_id: int
    debtor_id: int
    loan_id: int
    group: Group
    points: int
    total: Decimal
    stage: int
    days_past_due: int
    rolls_in: int | None
    quiet_days: int | None
    has_number: bool
    is_held: bool
    told_at: dt.datetime | None = None
    told_amount: Decimal | None = None
    passed_until: dt.datetime | None = None
    allowed_at: dt.datetime | None = None


@dataclass(frozen=True)
class Ranked:
    """The first rows of a queue, best first, and of the whole desk: cases by group, and how many of them were contacted
    today. Cases that somebody else has open, or that the person passed over a while ago, are not among the rows."""

    rows: list[QueueRow] = field(default_factory=list)
    counts: Mapping[Group, int] = field(default_factory=dict)
    done: Mapping[Group, int] = field(default_factory=dict)

    @property
    def total(self) -> int:
        return sum(self.counts.values())


POINTS = """
       (%(group_points)s::int[])[grp]
     + (%(stage_points)s::int[])[stage + 1]
     + (%(amount_points)s::int[])[width_bucket(total, %(amount_steps)s::numeric[]) + 1]
     + CASE WHEN rolls_in BETWEEN 1 AND %(rolls_within)s THEN (%(roll_points)s::int[])[least(rolls_in, 3)] ELSE 0 END
     + CASE WHEN quiet_days IS NULL THEN 0
            ELSE (%(quiet_points)s::int[])[width_bucket(quiet_days, %(quiet_steps)s::int[]) + 1] END
     + CASE WHEN has_number THEN 0 ELSE %(no_number)s END
     + CASE WHEN is_held THEN %(held)s ELSE 0 END"""


def known_sql(mine: str) -> str:
    """WITH … `known`: a row a case of `mine` (a query for its six columns) with its facts and the number of its group. For
    the queue, and for what other weights would change.

    Each fact is looked up case by case (LATERAL … LIMIT or OFFSET): the planner would rather read whole tables, which grow
    with the book, than make some thousand look-ups by index, which do not.
    """
    told = (
        " UNION ALL ".join(sources()) or "SELECT NULL::bigint, NULL::text, NULL::timestamptz, NULL::numeric WHERE false"
    )
    ordinal = " ".join(f"WHEN '{group.value}' THEN {number}" for number, group in enumerate(GROUPS, 1))
    rolling, first, rest = (GROUPS.index(group) + 1 for group in (Group.ROLLING, Group.FIRST, Group.REST))
    # What is put in are our own queries and numbers.
    return f"""
WITH own (id, loan_id, total, stage, days_past_due, as_of) AS MATERIALIZED ({mine}),
mine AS MATERIALIZED (
    SELECT c.*, l.debtor_id FROM own c
    CROSS JOIN LATERAL (SELECT debtor_id FROM cases_loan WHERE id = c.loan_id OFFSET 0) l
),
latest AS MATERIALIZED (
    SELECT m.id, m.debtor_id, last.id AS attempt_id, last.case_id, last.direction, last.opened_at
    FROM mine m
    LEFT JOIN LATERAL (
        SELECT a.id, a.case_id, a.direction, a.opened_at FROM compliance_contactattempt a
        WHERE a.debtor_id = m.debtor_id AND a.state <> 'cancelled' ORDER BY a.opened_at DESC LIMIT 1
    ) last ON true
),
told AS (
    SELECT DISTINCT ON (case_id) case_id, CASE kind {ordinal} END AS grp, at, amount
    FROM ({told}) AS due (case_id, kind, at, amount)
    ORDER BY case_id, 2, at
),
held AS (
    SELECT DISTINCT debtor_id FROM cases_hold
    WHERE since <= %(now)s AND (ends_at IS NULL OR ends_at > %(now)s)
),
facts AS (
    SELECT m.id, m.debtor_id, m.loan_id, m.total, m.stage, m.days_past_due, t.grp AS told_grp, t.at, t.amount,
           CASE WHEN m.stage BETWEEN 1 AND {LAST_STAGE - 1}
                THEN m.stage * {DAYS_IN_STAGE} + 1 - m.days_past_due - (%(today)s - m.as_of) END AS rolls_in,
           (%(today)s - (last.opened_at AT TIME ZONE %(zone)s)::date) AS quiet_days,
           n.id IS NOT NULL AS has_number,
           h.debtor_id IS NOT NULL AS is_held
    FROM mine m
    JOIN latest last ON last.id = m.id
    LEFT JOIN told t ON t.case_id = m.id
    LEFT JOIN held h ON h.debtor_id = m.debtor_id
    LEFT JOIN LATERAL (
        SELECT p.id FROM cases_contactpoint p
        WHERE p.debtor_id = m.debtor_id AND p.kind = 'phone' AND p.relation = '' AND p.status NOT IN ('dead', 'refused')
        LIMIT 1
    ) n ON true
),
known AS (
    SELECT f.*, least(told_grp,
                      CASE WHEN rolls_in BETWEEN 1 AND %(rolls_within)s THEN {rolling} END,
                      CASE WHEN quiet_days IS NULL THEN {first} END,
                      {rest}) AS grp
    FROM facts f
)"""  # noqa: S608


def parameters(weights: Weights, *, now: dt.datetime) -> dict[str, Any]:
    """What `known_sql` and the points ask for."""
    today = clock.business_date(now)
    home = timezone.get_default_timezone()
    midnight = dt.datetime.combine(today, dt.time(), tzinfo=home)
    return {
        "now": now,
        "today": today,
        "zone": str(home),
        "broken_since": midnight - dt.timedelta(days=weights["broken_within"]),
        "callback_until": now + dt.timedelta(minutes=weights["callback_lead"]),
        "rolls_within": weights["rolls_within"],
        "group_points": weights.groups,
        "stage_points": weights.stages,
        "amount_points": weights.amounts,
        "amount_steps": list(AMOUNT_STEPS),
        "roll_points": weights.rolls,
        "quiet_points": weights.quiets,
        "quiet_steps": list(QUIET_STEPS),
        "no_number": weights["no_number"],
        "held": weights["held"],
    }


def rank(
    cases: CaseQuerySet,
    weights: Weights,
    *,
    user: User,
    now: dt.datetime,
    group: Group | None = None,
    with_refused: bool = True,
    size: int = FIRST,
) -> Ranked:
    """The queue of `cases` (open ones in the latest file that this person may contact; of one desk) as it stands for
    `user`. `group` shows that one alone; the counts are of all. Without `with_refused` those are left out that the gate
    refused a short while ago: however many they are, they keep nobody else from being served."""
    try:
        mine, given = (
            cases.order_by()
            .values_list("pk", "loan_id", "total", "stage", "days_past_due", "as_of")
            .query.sql_with_params()
        )
    except EmptyResultSet:
        return Ranked()
    mine, named = _by_name(mine, given)
    asked = {**parameters(weights, now=now), **named, "user": user.pk, "size": size}
    asked["with_refused"] = with_refused
    asked["only"] = GROUPS.index(group) + 1 if group else None
    with connection.cursor() as cursor:
        cursor.execute(known_sql(mine) + _QUEUE, asked)
        found = cursor.fetchall()
    counts, done = {}, {}
    rows = []
    for line in found:
        if line[0] is None:  # of the desk as a whole
            number, of_group, of_done = line[3:6]
            counts[GROUPS[number - 1]], done[GROUPS[number - 1]] = int(of_group), int(of_done)
        else:
            case_id, debtor_id, loan_id, number, points, total, stage, days, *others = line
            rows.append(QueueRow(case_id, debtor_id, loan_id, GROUPS[number - 1], points, total, stage, days, *others))
    rows.sort(key=lambda row: (-row.points, -row.total, row.case_id))
    return Ranked(rows, counts, done)


def _by_name(sql: str, values: Sequence[Any]) -> tuple[str, dict[str, Any]]:
    """A query of the ORM with its parameters by name, to stand in one that names its own."""
    first, *others = sql.split("%s")
    named = {f"mine_{number}": value for number, value in enumerate(values)}
    return first + "".join(f"%({name})s{part}" for name, part in zip(named, others, strict=True)), named


_QUEUE = f"""
, queue AS (
    SELECT k.id, k.debtor_id, k.loan_id, k.grp, {POINTS} AS points, k.total, k.stage, k.days_past_due,
           k.rolls_in, k.quiet_days, k.has_number, k.is_held, k.at, k.amount, p.until, p.allowed_at
    FROM known k
    LEFT JOIN agents_casepass p ON p.case_id = k.id AND p.user_id = %(user)s AND p.until > %(now)s
    WHERE (p.until IS NULL OR (%(with_refused)s AND p.allowed_at IS NOT NULL))
      AND (%(only)s::int IS NULL OR k.grp = %(only)s)
      AND k.id NOT IN (SELECT case_id FROM agents_caselock WHERE expires_at > %(now)s AND user_id <> %(user)s)
    ORDER BY points DESC, total DESC, id
    LIMIT %(size)s
)
SELECT * FROM queue
UNION ALL
SELECT NULL, NULL, NULL, grp, count(*), count(*) FILTER (WHERE quiet_days = 0), NULL, NULL, NULL, NULL, NULL, NULL,
       NULL, NULL, NULL, NULL
FROM known GROUP BY grp"""  # noqa: S608
