"""Gather: a cohort, one row a loan: what was known of it on its first day, and what had become of it on the second.

The cohort is what the catalogue's roll matrix follows (reports/kpis/relations.py `moved`): the book as the period began, of
sources that sent another file in it. Outcomes by the last file:
cured   ended by money, or listed as not overdue. False: everything else, also what is absent: disappeared is not paid.
rolled  listed in a heavier stage; M7+ at the start is not at risk of it.
What was closed for another reason (recalled, written off) is at risk of neither.
Everything known at `known_by` and, of attributes, true before the period. Limit and disbursement stand on the contract and
have no history. Whether a number works has none either, so reachability is read from the contact log.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import pandas as pd
from django.db import connection

from cases import known
from cases.stage import Stage
from reports.kpis import NoBook, Question
from reports.kpis.relations import CLOSED, PAID, moved
from reports.kpis.rows import parameters
from reports.patterns.attributes import UNKNOWN

_COHORT = """
{with_}
SELECT x.loan_id, x.case_id, l.debtor_id, x.product, x.region, x.stage, x.total, x.principal, x.days_past_due, c.episode,
       l.credit_limit, l.disbursed_on, x.destination, x.as_of, x.to_day, t.reached, t.tried, pr.kept, pr.decided, m.paid
FROM {moved} x
LEFT JOIN cases_case c ON c.id = x.case_id
LEFT JOIN cases_loan l ON l.id = x.loan_id
LEFT JOIN LATERAL (
    SELECT count(*) FILTER (WHERE a.result IN ('right_party', 'met')) AS reached, count(*) AS tried
    FROM compliance_contactattempt a
    WHERE a.debtor_id = l.debtor_id AND a.state = 'closed' AND a.direction = 'out' AND NOT a.misdirected
      AND a.channel IN ('call', 'visit') AND a.closed_at <= %(known_by)s
      AND a.opened_at >= (x.as_of - 30)::timestamp AT TIME ZONE %(zone)s
      AND a.opened_at < x.as_of::timestamp AT TIME ZONE %(zone)s
) t ON true
LEFT JOIN LATERAL (
    SELECT count(*) FILTER (WHERE p.state = 'kept') AS kept, count(*) AS decided
    FROM cases_promise p
    WHERE p.case_id = x.case_id AND p.state IN ('kept', 'part_kept', 'broken')
      AND p.settled_on BETWEEN x.as_of - 90 AND x.as_of - 1
) pr ON true
LEFT JOIN (
    SELECT z.loan_id, z.held_at, sum(z.amount) AS paid FROM (
        SELECT y.loan_id, y.amount, b.as_of AS held_at FROM ({money}) y
        JOIN base b ON b.loan_id = y.loan_id AND y.paid_on BETWEEN b.as_of - 30 AND b.as_of - 1
        WHERE y.status = 'confirmed'
    ) z GROUP BY 1, 2
) m ON m.loan_id = x.loan_id AND m.held_at = x.as_of
WHERE x.stage > 0
ORDER BY x.loan_id
"""
MONEY_BEFORE = 90
"""Days before the period within which money is looked for: the month before the oldest file that may open it."""
COLUMNS = (
    "loan", "case", "debtor", "product", "region", "stage", "total", "principal", "days", "episode", "limit", "disbursed_on",
    "destination", "day", "later", "reached", "tried", "kept", "decided", "paid_sum",
)  # fmt: skip


@dataclass(frozen=True)
class Cohort:
    """`first` and `second`: the business dates that were compared; None where the lender has no files around them."""

    first: date | None
    second: date | None
    frame: pd.DataFrame

    @property
    def size(self) -> int:
        return len(self.frame)


def cohort_of(*, first: date, last: date, known_by: datetime) -> Cohort:
    """The loans in the book as the period began, followed to its last files. One query."""
    question = Question(as_of=last, first=first, known_by=known_by)
    try:
        relation = moved(question)
    except NoBook:
        return Cohort(None, None, attributes_of(pd.DataFrame([], columns=list(COLUMNS))))
    asked: dict[str, Any] = {**parameters(question), "money_from": first - timedelta(days=MONEY_BEFORE)}
    sql = _COHORT.format(
        with_=relation.with_, moved=relation.name, money=known.money("money_from", "base_day", past=True)
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, asked)
        rows = cursor.fetchall()
    raw = pd.DataFrame(rows, columns=list(COLUMNS))
    opened, closed = (max(raw["day"]), max(raw["later"])) if len(raw) else (None, None)
    return Cohort(opened, closed, attributes_of(raw))


def attributes_of(raw: pd.DataFrame) -> pd.DataFrame:
    """Bands and outcomes from what the database said; every attribute is text."""
    found = raw[["loan", "case"]].copy()
    found["product"] = raw["product"].where(raw["product"] != "", UNKNOWN)
    found["region"] = raw["region"].where(raw["region"] != "", UNKNOWN)
    found["stage"] = [str(Stage(int(stage)).label) for stage in raw["stage"]]
    found["amount"] = _bands(raw["total"], (0, 1_000, 5_000, 20_000))
    found["days"] = _bands(raw["days"], (1, 8, 16, 31, 61, 91, 181))
    usage = [float(p) * 100 / float(c) if c else None for p, c in zip(raw["principal"], raw["limit"], strict=True)]
    found["usage"] = _bands(pd.Series(usage, dtype=object), (0, 30, 70, 100))
    months = [_months(disbursed, day) for disbursed, day in zip(raw["disbursed_on"], raw["day"], strict=True)]
    found["months"] = _bands(pd.Series(months, dtype=object), (0, 6, 12, 24))
    found["debts"] = _bands(raw.groupby("debtor")["loan"].transform("size"), (1, 2, 3)) if len(raw) else UNKNOWN
    found["episode"] = _bands(raw["episode"], (1, 2, 3))
    found["contact"] = [
        "reached" if reached else "tried" if tried else "none"
        for reached, tried in zip(raw["reached"], raw["tried"], strict=True)
    ]
    found["promise"] = [
        "none" if not decided else "kept" if kept * 2 >= decided else "broken"
        for kept, decided in zip(raw["kept"], raw["decided"], strict=True)
    ]
    found["paid"] = ["yes" if paid and paid > 0 else "no" for paid in raw["paid_sum"]]
    ends = [_outcomes(int(stage), place) for stage, place in zip(raw["stage"], raw["destination"], strict=True)]
    found["cured"] = pd.Series([cured for cured, _rolled in ends], dtype=object)
    found["rolled"] = pd.Series([rolled for _cured, rolled in ends], dtype=object)
    return found


def _outcomes(stage: int, destination: str) -> tuple[bool | None, bool | None]:
    """Cured, rolled; None: not at risk."""
    if destination == CLOSED:
        return None, None
    cured = destination in (PAID, "M0")
    rolled = None if stage == Stage.M7 else destination.startswith("M") and int(destination[1]) > stage
    return cured, rolled


def _months(disbursed: date | None, day: date) -> int | None:
    """Whole months since the money was paid out."""
    if disbursed is None or pd.isna(disbursed):
        return None
    return (day.year - disbursed.year) * 12 + day.month - disbursed.month - (day.day < disbursed.day)


def _bands(values: pd.Series, starts: tuple[int, ...]) -> list[str]:
    """The start of the band that each value lies in, as text; of the first also what is below it."""
    found = []
    for value in values:
        if value is None or pd.isna(value):
            found.append(UNKNOWN)
        else:
            found.append(str(max((start for start in starts if value >= start), default=starts[0])))
    return found
