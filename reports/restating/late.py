"""Gather: what was learned about a period after a moment. These are the rows behind a restatement."""

# ruff: noqa: S608  statements are put together from constants of this file only

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils.translation import gettext_lazy as _

KINDS: dict[str, Any] = {
    "payment": _("后来才入账的还款"),
    "matched": _("后来才找到合同的还款"),
    "payment_gone": _("后来撤回或改归属的还款"),
    "file": _("后来才导入的文件"),
    "file_undone": _("后来撤销的文件"),
    "ended": _("后来才登记的结案"),
    "reopened": _("后来撤回的结案"),
    "contact": _("后来才登记的联系"),
    "complaint": _("后来才登记的投诉"),
}
"""What can be late; `ref` is the id of the repayment, the import, the case, the contact or the complaint."""

BASE_DAYS = 45
"""A book may be as old as this when a period begins (cases/known.py), so a late file of then counts, too."""

_LATE = f"""
    SELECT 'payment' AS kind, r.id AS ref, r.paid_on AS day, r.recorded_at AS learned_at,
           CASE WHEN r.reversal_of_id IS NULL THEN r.amount ELSE -r.amount END AS amount
    FROM cases_repayment r WHERE r.paid_on BETWEEN %(first)s AND %(last)s AND r.recorded_at > %(since)s
    UNION ALL
    SELECT 'matched', r.id, r.paid_on, r.matched_at, CASE WHEN r.reversal_of_id IS NULL THEN r.amount ELSE -r.amount END
    FROM cases_repayment r
    WHERE r.paid_on BETWEEN %(first)s AND %(last)s AND r.recorded_at <= %(since)s AND r.matched_at > %(since)s
    UNION ALL
    SELECT 'payment_gone', q.repayment, q.paid_on, q.known_until,
           CASE WHEN q.reversal_of IS NULL THEN -q.amount ELSE q.amount END
    FROM cases_pastrepayment q
    WHERE q.paid_on BETWEEN %(first)s AND %(last)s AND q.known_from <= %(since)s AND q.known_until > %(since)s
    UNION ALL
    SELECT 'file', i.id, i.as_of, i.applied_at, NULL FROM cases_importrun i
    WHERE i.kind = 'overdue' AND i.as_of BETWEEN %(first)s::date - {BASE_DAYS} AND %(last)s
      AND i.state = 'applied' AND i.applied_at > %(since)s
    UNION ALL
    SELECT 'file_undone', i.id, i.as_of, i.undone_at, NULL FROM cases_importrun i
    WHERE i.kind = 'overdue' AND i.as_of BETWEEN %(first)s::date - {BASE_DAYS} AND %(last)s
      AND i.applied_at <= %(since)s AND i.undone_at > %(since)s
    UNION ALL
    SELECT 'ended', c.id, c.closed_on, c.closed_at, NULL FROM cases_case c
    WHERE c.closed_on BETWEEN %(first)s AND %(last)s AND c.closed_at > %(since)s
    UNION ALL
    SELECT 'reopened', e."case", e.closed_on, e.known_until, NULL FROM cases_pastending e
    WHERE e.closed_on BETWEEN %(first)s AND %(last)s AND e.known_from <= %(since)s AND e.known_until > %(since)s
    UNION ALL
    SELECT 'contact', a.id, (a.started_at AT TIME ZONE %(zone)s)::date, a.closed_at, NULL
    FROM compliance_contactattempt a
    WHERE a.started_at >= %(first)s::date::timestamp AT TIME ZONE %(zone)s
      AND a.started_at < (%(last)s::date + 1)::timestamp AT TIME ZONE %(zone)s AND a.closed_at > %(since)s
    UNION ALL
    SELECT 'complaint', c.id, c.received_on, c.recorded_at, NULL FROM compliance_complaint c
    WHERE c.received_on BETWEEN %(first)s AND %(last)s AND c.recorded_at > %(since)s
"""


@dataclass(frozen=True)
class LateFact:
    """`amount` in yuan, negative where money went; None for what is no money."""

    kind: str
    ref: int
    day: date
    learned_at: datetime
    amount: Decimal | None

    @property
    def label(self) -> Any:
        return KINDS[self.kind]


@dataclass(frozen=True)
class Late:
    """`facts`: the first ones, those we learned last on top; `counts`: all of them, by kind."""

    facts: list[LateFact]
    counts: dict[str, int]

    def __bool__(self) -> bool:
        return bool(self.counts)


def late_facts(*, first: date, last: date, since: datetime, most: int = 50) -> Late:
    """What was learned after `since` about the days from `first` through `last`. One query."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""WITH late AS MATERIALIZED ({_LATE}),
                     numbered AS (SELECT *, row_number() OVER (ORDER BY learned_at DESC, kind, ref) AS n FROM late)
                SELECT kind, ref, day, learned_at, amount, NULL FROM numbered WHERE n <= %(most)s
                UNION ALL
                SELECT kind, NULL, NULL, NULL, NULL, count(*) FROM late GROUP BY kind""",
            {"first": first, "last": last, "since": since, "zone": settings.TIME_ZONE, "most": most},
        )
        rows = cursor.fetchall()
    facts = [LateFact(*row[:5]) for row in rows if row[5] is None]
    facts.sort(key=lambda fact: (-fact.learned_at.timestamp(), fact.kind, fact.ref))
    return Late(facts, {row[0]: row[5] for row in rows if row[5] is not None})
