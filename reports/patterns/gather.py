"""Gather: a cohort, one row a loan: what was known of it on its first day, and what had become of it on the second.

The cohort is the book of the first day (facts/book.py). Outcomes by the second day:
cured   absent and explained as paid or cured, or listed as not overdue. False: everything else, also what is absent and not
        explained: disappeared is not paid.
rolled  listed in a worse stage; M7+ at the start is not at risk of it.
What was recalled by the lender is at risk of neither.
Everything known at `known_by` and, of attributes, true before the first day. Product, region, limit and disbursement stand
on the contract and have no history: a contract corrected later changes them. Whether a number works has none either, so
reachability is read from the contact log.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import pandas as pd
from django.conf import settings
from django.db import connection

from cases.stage import Stage
from reports.patterns.attributes import UNKNOWN
from reports.regular.facts.book import KNOWN_LOAN, POSITIONS, SIGNED, grouped, newest_days

# Positions of the second day: the same statement for other days and sources.
_LATER = POSITIONS.replace("%(day)s", "%(later)s")
_COHORT = f"""
WITH book AS ({POSITIONS}), later AS ({_LATER})
SELECT b.loan_id, b.case_id, l.debtor_id, l.product, l.region, b.stage, b.total, b.principal, b.days_past_due, b.episode,
       l.credit_limit, l.disbursed_on, n.stage AS stage_later, a.reason,
       t.reached, t.tried, pr.kept, pr.decided, m.paid
FROM book b
JOIN cases_loan l ON l.id = b.loan_id
LEFT JOIN later n ON n.loan_id = b.loan_id
LEFT JOIN LATERAL (
    SELECT x.reason FROM cases_absence x
    WHERE x.case_id = b.case_id AND x.as_of > %(day)s AND x.as_of <= %(later)s AND x.explained_at <= %(known_by)s
    ORDER BY x.as_of DESC, x.id DESC LIMIT 1
) a ON n.loan_id IS NULL
LEFT JOIN LATERAL (
    SELECT count(*) FILTER (WHERE c.result IN ('right_party', 'met')) AS reached, count(*) AS tried
    FROM compliance_contactattempt c
    WHERE c.debtor_id = l.debtor_id AND c.state = 'closed' AND c.direction = 'out' AND NOT c.misdirected
      AND c.channel IN ('call', 'visit') AND c.closed_at <= %(known_by)s
      AND c.opened_at >= (%(day)s::date - 30)::timestamp AT TIME ZONE %(zone)s
      AND c.opened_at < %(day)s::date::timestamp AT TIME ZONE %(zone)s
) t ON true
LEFT JOIN LATERAL (
    SELECT count(*) FILTER (WHERE p.state = 'kept') AS kept, count(*) AS decided
    FROM cases_promise p
    WHERE p.case_id = b.case_id AND p.state IN ('kept', 'part_kept', 'broken')
      AND p.settled_on BETWEEN %(day)s::date - 90 AND %(day)s::date - 1
) pr ON true
LEFT JOIN LATERAL (
    SELECT sum({SIGNED}) AS paid FROM cases_repayment r
    WHERE r.loan_id = b.loan_id AND r.status = 'confirmed' AND r.recorded_at <= %(known_by)s AND {KNOWN_LOAN}
      AND r.paid_on BETWEEN %(day)s::date - 30 AND %(day)s::date - 1
) m ON true
WHERE b.stage > 0
ORDER BY b.loan_id
"""  # noqa: S608 (fixed parts only)
COLUMNS = (
    "loan", "case", "debtor", "product", "region", "stage", "total", "principal", "days", "episode", "limit", "disbursed_on",
    "stage_later", "absence", "reached", "tried", "kept", "decided", "paid_sum", "day",
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
    """The loans in the book as the period began (the last files before it), followed to its last files. A query for each
    different newest day of the sources, and two."""
    starts = newest_days(day=first - timedelta(days=1), known_by=known_by)
    ends = {one.source_id: one.day for one in newest_days(day=last, known_by=known_by)}
    # A source without a file in the period says nothing of what became of its loans.
    told = [one for one in starts if ends.get(one.source_id, one.day) > one.day]
    rows: list[tuple[Any, ...]] = []
    for day, sources in grouped(told).items():
        for later in sorted({ends[source] for source in sources}):
            mine = [source for source in sources if ends[source] == later]
            rows += _rows(day, later, mine, known_by)
    frame = attributes_of(pd.DataFrame(rows, columns=list(COLUMNS)))
    return Cohort(
        max((one.day for one in told), default=None), max((ends[one.source_id] for one in told), default=None), frame
    )


def _rows(day: date, later: date, sources: list[int], known_by: datetime) -> list[tuple[Any, ...]]:
    asked = {"day": day, "later": later, "sources": sources, "known_by": known_by, "zone": settings.TIME_ZONE}
    with connection.cursor() as cursor:
        cursor.execute(_COHORT, asked)
        return [(*row, day) for row in cursor.fetchall()]


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
    ends = [
        _outcomes(int(stage), None if pd.isna(later) else int(later), reason)
        for stage, later, reason in zip(raw["stage"], raw["stage_later"], raw["absence"], strict=True)
    ]
    found["cured"] = pd.Series([cured for cured, _rolled in ends], dtype=object)
    found["rolled"] = pd.Series([rolled for _cured, rolled in ends], dtype=object)
    return found


def _outcomes(stage: int, later: int | None, absence: str | None) -> tuple[bool | None, bool | None]:
    """Cured, rolled; None: not at risk."""
    if later is None and absence == "recalled":
        return None, None
    cured = absence in ("paid", "cured") if later is None else later == Stage.M0
    rolled = None if stage == Stage.M7 else later is not None and later > stage
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
