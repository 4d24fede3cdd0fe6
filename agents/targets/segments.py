"""Which kind of case and which step lags: one person's cases by stage and product, beside those of like people.

The steps: cases in hand → contacted → the debtor reached → a promise → kept. A step lags where the share of cases that got
over it is furthest below that of the like people in the same segment.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from agents.credit import credited
from agents.expected import Rates
from agents.targets.gather import expected_of
from agents.targets.measures import AT_ENTRY, HELD, REACHED, rows_of
from agents.targets.metrics import Period

ZERO = Decimal(0)
LEAST_CASES = 5
"""Below that many cases a share says nothing."""
STEPS = (
    ("contacted", _("联系"), "cases"),
    ("reached", _("联系到本人"), "contacted"),
    ("promised", _("承诺"), "reached"),
    ("kept", _("兑现"), "due"),
)
"""Step, its word, and what it is a share of."""

_BY_SEGMENT = f"""
WITH {HELD}, entered AS (
    SELECT h.user_id, h.case_id, c.loan_id, {AT_ENTRY} AS total,
           coalesce((SELECT p.stage FROM cases_position p WHERE p.case_id = h.case_id AND p.as_of <= h.since
                     ORDER BY p.as_of DESC, p.run_id DESC LIMIT 1), c.stage) AS stage
    FROM held h JOIN cases_case c ON c.id = h.case_id
), attempts AS (
    SELECT a.actor_id AS user_id, a.case_id, bool_or(a.result IN {REACHED} AND NOT a.misdirected) AS reached
    FROM compliance_contactattempt a
    WHERE a.actor_id = ANY(%(users)s) AND a.state = 'closed'
      AND a.started_at >= %(first)s::date::timestamp AT TIME ZONE %(zone)s
      AND a.started_at < (%(last)s::date + 1)::timestamp AT TIME ZONE %(zone)s
    GROUP BY 1, 2
), promises AS (
    SELECT made_by_id AS user_id, case_id,
           bool_or(made_on BETWEEN %(first)s AND %(last)s) AS made,
           bool_or(settled_on BETWEEN %(first)s AND %(last)s AND state IN ('kept', 'part_kept', 'broken')) AS due,
           bool_or(settled_on BETWEEN %(first)s AND %(last)s AND state = 'kept') AS kept
    FROM cases_promise
    WHERE made_by_id = ANY(%(users)s) AND (made_on BETWEEN %(first)s AND %(last)s
                                           OR settled_on BETWEEN %(first)s AND %(last)s)
    GROUP BY 1, 2
)
SELECT e.user_id, greatest(e.stage, 1), l.product,
       CASE WHEN e.total < 1000 THEN 0 WHEN e.total < 5000 THEN 1000 WHEN e.total < 20000 THEN 5000 ELSE 20000 END,
       count(*), sum(e.total), array_agg(e.case_id),
       count(a.case_id), count(*) FILTER (WHERE a.reached), count(*) FILTER (WHERE p.made AND a.reached),
       count(*) FILTER (WHERE p.due), count(*) FILTER (WHERE p.kept)
FROM entered e JOIN cases_loan l ON l.id = e.loan_id
LEFT JOIN attempts a USING (user_id, case_id) LEFT JOIN promises p USING (user_id, case_id)
GROUP BY 1, 2, 3, 4
"""  # noqa: S608 (fixed parts only)


@dataclass
class Steps:
    """Cases by step: promised are those of the reached, and a promise counts as due once it is settled. Yuan: what was owed,
    expected within 30 days, and paid."""

    cases: int = 0
    contacted: int = 0
    reached: int = 0
    promised: int = 0
    due: int = 0
    kept: int = 0
    owed: Decimal = ZERO
    expected: Decimal = ZERO
    paid: Decimal = ZERO

    def add(self, other: "Steps") -> None:
        for one in fields(self):
            setattr(self, one.name, getattr(self, one.name) + getattr(other, one.name))

    def share(self, step: str, of: str) -> Decimal | None:
        """Per cent; None below LEAST_CASES."""
        whole = getattr(self, of)
        return None if whole < LEAST_CASES else (Decimal(getattr(self, step)) * 100 / whole).quantize(Decimal("0.1"))


@dataclass(frozen=True)
class Segment:
    stage: int
    product: str
    own: Steps
    like: Steps
    lagging: str = ""

    @property
    def gap(self) -> Decimal:
        """Yuan expected and not paid yet."""
        return self.own.expected - self.own.paid

    @property
    def shares(self) -> list[tuple[Any, Decimal | None, Decimal | None, bool]]:
        """Word, own share, that of like people, whether it is the one that lags."""
        return [
            (label, self.own.share(step, of), self.like.share(step, of), step == self.lagging)
            for step, label, of in STEPS
        ]


def lagging_step(own: Steps, like: Steps) -> str:
    """The step with the largest shortfall in points against like people; none where there is too little to compare."""
    worst, name = ZERO, ""
    for step, _label, of in STEPS:
        mine, theirs = own.share(step, of), like.share(step, of)
        if mine is not None and theirs is not None and theirs - mine > worst:
            worst, name = theirs - mine, step
    return name


def segments_of(user: int, like: Collection[int], *, first: date, last: date, rates: Rates) -> list[Segment]:
    """The person's segments, the largest gap first. `like`: the people compared with, without the person. Two queries."""
    everybody = {user, *like}
    rows = rows_of(_BY_SEGMENT, Period(first, last), everybody)
    paid: dict[tuple[int, int], Decimal] = {}
    for one in credited(first=first, last=last, users=everybody):
        paid[one.user_id, one.case_id] = paid.get((one.user_id, one.case_id), ZERO) + one.amount
    own: dict[tuple[int, str], Steps] = {}
    others: dict[tuple[int, str], Steps] = {}
    for row in rows:
        (who, stage, product, least, cases, owed, ids, contacted, reached, promised, due, kept) = row
        steps = Steps(
            cases, contacted, reached, promised, due, kept, owed,
            expected_of(rates, stage, least, max(owed, ZERO)),
            sum((paid.get((who, case), ZERO) for case in ids), ZERO),
        )  # fmt: skip
        (own if who == user else others).setdefault((stage, product), Steps()).add(steps)
    found = [
        Segment(stage, product, steps, others.get((stage, product), Steps()),
                lagging_step(steps, others.get((stage, product), Steps())))
        for (stage, product), steps in own.items()
    ]  # fmt: skip
    return sorted(found, key=lambda one: (-one.gap, one.stage, one.product))


def whole_of(found: Sequence[Segment]) -> Segment:
    """All segments together."""
    own, like = Steps(), Steps()
    for one in found:
        own.add(one.own)
        like.add(one.like)
    return Segment(0, "", own, like, lagging_step(own, like))
