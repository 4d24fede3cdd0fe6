"""Expected money: what a case will probably bring within 30 days, in yuan. The measure by which work is dealt evenly and
targets are shared out.

The rate of a stage and a band of amounts is what such cases of the last complete 30 days did bring (confirmed money over
the overdue total at their beginning), drawn towards DEFAULTS as far as there is little to go by. An integer of
ten-thousandths, so that a stored table gives the same amounts for ever.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.db import connection

from collection_ops.core.money import round_money

WINDOW = timedelta(days=30)
BANDS = (1_000, 5_000, 20_000)
"""Upper limits of the bands of amounts (yuan); the last band has none."""
DEFAULTS = {1: 3500, 2: 1500, 3: 800, 4: 500, 5: 350, 6: 250, 7: 100}
"""Ten-thousandths by stage, where a lender has no history yet."""
PRIOR = Decimal(100_000)
"""As much weight as this many yuan of history."""
WHOLE = 10_000


def band_of(total: Decimal) -> int:
    """0 to 3."""
    return sum(total >= limit for limit in BANDS)


@dataclass(frozen=True)
class Rates:
    """By (stage, band): ten-thousandths of the overdue total."""

    table: Mapping[tuple[int, int], int]

    def expected(self, stage: int, total: Decimal) -> Decimal:
        """Yuan that a case of this stage and overdue total will probably bring within 30 days."""
        if total <= 0:
            return Decimal("0.00")
        return round_money(total * self.table[stage, band_of(total)] / WHOLE)

    def to_json(self) -> list[list[int]]:
        return [[stage, band, rate] for (stage, band), rate in sorted(self.table.items())]

    @classmethod
    def of(cls, rows: list[list[int]]) -> "Rates":
        return cls({(stage, band): rate for stage, band, rate in rows})


_HISTORY = """
WITH base AS (
    SELECT DISTINCT ON (r.source_id) r.id AS run_id, r.as_of
    FROM cases_importrun r
    WHERE r.state = 'applied' AND r.kind = 'overdue' AND r.as_of BETWEEN %(from)s AND %(until)s
    ORDER BY r.source_id, r.as_of DESC, r.id DESC
),
-- Summed once, whatever the planner thinks of the number of positions: summed again for each, it took twenty seconds.
money AS MATERIALIZED (
    SELECT loan_id, sum(CASE WHEN reversal_of_id IS NULL THEN amount ELSE -amount END) AS paid
    FROM cases_repayment
    WHERE status = 'confirmed' AND loan_id IS NOT NULL AND paid_on > %(until)s AND paid_on <= %(day)s
    GROUP BY loan_id
)
SELECT p.stage, (p.total >= 1000)::int + (p.total >= 5000)::int + (p.total >= 20000)::int,
       sum(p.total), sum(least(coalesce(m.paid, 0), p.total))
FROM base b
JOIN cases_position p ON p.run_id = b.run_id AND p.as_of = b.as_of
JOIN cases_case c ON c.id = p.case_id
LEFT JOIN money m ON m.loan_id = c.loan_id
GROUP BY 1, 2
"""


def rates_on(day: date) -> Rates:
    """The rates as of `day`. One query."""
    until = day - WINDOW
    with connection.cursor() as cursor:
        cursor.execute(_HISTORY, {"from": until - timedelta(days=7), "until": until, "day": day})
        seen = {(stage, band): (owed, paid) for stage, band, owed, paid in cursor.fetchall()}
    table = {}
    for stage, default in DEFAULTS.items():
        for band in range(len(BANDS) + 1):
            owed, paid = seen.get((stage, band), (Decimal(0), Decimal(0)))
            rate = (max(paid, Decimal(0)) * WHOLE + PRIOR * default) / (owed + PRIOR)
            table[stage, band] = int(rate)
    return Rates(table)
