"""Gather: what people entered for the months of a period, as it was known."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from collection_ops.core.clock import month_after
from reports.kpis.asked import Question
from reports.models import InputKind, KpiInput


def months_of(question: Question) -> list[date]:
    """The first days of the months that the period touches."""
    month, found = question.first.replace(day=1), []
    while month <= question.as_of:
        found.append(month)
        month = month_after(month)
    return found


@dataclass(frozen=True)
class Entered:
    """Yuan by month, kind, source (id) and organisation: of each the newest row."""

    yuan: Mapping[tuple[date, str, int | None, str], Decimal]

    def of(self, month: date, what: str, *, source: int | None = None, org: str = "") -> Decimal | None:
        return self.yuan.get((month, what, source, org))

    def due(self, month: date, source: int | None) -> Decimal | None:
        """What fell due in the month, of one source or of all: as entered for the whole book, else the sources together."""
        if (whole := self.of(month, InputKind.AMOUNT_DUE, source=source)) is not None:
            return whole
        parts = [
            amount for (when, what, one, _org), amount in self.yuan.items()
            if when == month and what == InputKind.AMOUNT_DUE and one is not None
        ]  # fmt: skip
        return sum(parts, Decimal(0)) if parts and source is None else None

    @property
    def orgs(self) -> set[str]:
        return {org for _month, _what, _source, org in self.yuan if org}


def entered_for(question: Question) -> Entered:
    """One query."""
    rows = KpiInput.objects.filter(month__in=months_of(question))
    if question.known_by is not None:
        rows = rows.filter(entered_at__lte=question.known_by)
    newest = rows.order_by("month", "what", "source", "org", "-entered_at", "-id").distinct(
        "month", "what", "source", "org"
    )
    return Entered(
        {
            (month, what, source, org): yuan
            for month, what, source, org, yuan in newest.values_list("month", "what", "source", "org", "yuan")
        }
    )
