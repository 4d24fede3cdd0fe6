"""Money around a case: paid before it was opened, after it had ended, or after it had left the desk that is credited.

Whose it is nevertheless, and why, is the answer of cases/credit.py.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils.translation import gettext_lazy as _

from cases.credit import BECAUSE, MONEY_OF_DESKS, asked
from cases.keyset import Page
from cases.models import Source
from cases.sql_page import sql_page

KINDS: dict[str, Any] = {
    "before": _("入催之前"),
    "after": _("案件结束之后"),
    "moved": _("案件离开席位之后"),
}

OUTSIDE = f"""
    SELECT k.repayment_id, l.contract_no, coalesce(c.id, n.id) AS case_id, k.paid_on, k.amount,
           CASE WHEN c.id IS NULL THEN 'before' WHEN c.closed_on < k.held_on THEN 'after' ELSE 'moved' END AS kind,
           coalesce(c.closed_on, n.opened_on) AS turned_on, coalesce(d.name, '') AS desk, k.because
    FROM ({MONEY_OF_DESKS}) k
    JOIN cases_loan l ON l.id = k.loan_id AND l.source_id = %(source)s
    LEFT JOIN cases_case c ON c.id = k.case_id
    LEFT JOIN LATERAL (
        SELECT id, opened_on FROM cases_case WHERE loan_id = k.loan_id AND k.case_id IS NULL ORDER BY opened_on LIMIT 1
    ) n ON true
    LEFT JOIN cases_desk d ON d.id = k.desk_id
    WHERE k.because IN ('before_case', 'after_end', 'grace') OR c.closed_on < k.held_on
"""  # noqa: S608  fragment of ours


@dataclass(frozen=True, slots=True)
class OutsideMoney:
    """One payment (or its reversal, negative) around a case. `turned_on`: the day on which the case was opened (kind
    "before") or ended; `desk` is empty where it is nobody's."""

    repayment_id: int
    contract_no: str
    case_id: int
    paid_on: date
    amount: Decimal
    kind: str
    turned_on: date | None
    desk: str
    because: str

    @property
    def kind_label(self) -> Any:
        return KINDS[self.kind]

    @property
    def reason(self) -> Any:
        return BECAUSE[self.because]


def _given(source: Source, first: date, last: date) -> dict[str, Any]:
    """As between two files: after the first day, up to the last."""
    return {**asked(first=first + timedelta(days=1), last=last), "source": source.pk}


def outside_page(source: Source, *, first: date, last: date, size: int, after: str = "", before: str = "") -> Page:
    """One page of OutsideMoney, the newest day first. One query."""
    return sql_page(
        f"SELECT o.*, o.paid_on AS sort_key, o.repayment_id AS row_id FROM ({OUTSIDE}) o",  # noqa: S608
        _given(source, first, last),
        make=OutsideMoney,
        kind="date",
        size=size,
        after=after,
        before=before,
    )


def outside_sums(source: Source, *, first: date, last: date) -> Sequence[tuple[Any, int, Decimal]]:
    """Label, number of payments and net yuan of each kind that there is. One query."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT kind, count(*), sum(amount) FROM ({OUTSIDE}) o GROUP BY kind",  # noqa: S608
            _given(source, first, last),
        )
        found = {kind: (number, amount) for kind, number, amount in cursor.fetchall()}
    return [(label, *found[kind]) for kind, label in KINDS.items() if kind in found]
