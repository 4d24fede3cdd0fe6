"""Reads of the money pages: what a repayment file brings by day, and money that waits for its contract."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Count, Q, QuerySet, Sum

from cases.models import Case, ImportRow, ImportRun, Repayment
from cases.names import shown_name
from collection_ops.core.access import Scope, scope
from collection_ops.core.models import User


@dataclass(frozen=True)
class PaidDay:
    """What a file brings for one day; reversals are taken off the amount."""

    day: date
    count: int
    amount: Decimal


def paid_days(run: ImportRun) -> list[PaidDay]:
    """Newest first, as the preview counted."""
    days = run.differences.get("days", {})
    return [
        PaidDay(date.fromisoformat(day), int(found["count"]), Decimal(str(found["amount"])))
        for day, found in sorted(days.items(), reverse=True)
    ]


def waiting_money(*, source: str = "") -> QuerySet[Repayment]:
    """Payments without a contract in the book. A reversal waits with the payment it takes back; what was split waits no
    more."""
    waiting = Repayment.objects.filter(loan__isnull=True, reversal_of__isnull=True, taken_apart__isnull=True)
    return _listed(waiting, source)


def matched_by_hand(*, source: str = "") -> QuerySet[Repayment]:
    """Payments that a person gave to a contract, so that it can be taken back."""
    return _listed(Repayment.objects.filter(matched_by__isnull=False, reversal_of__isnull=True), source)


def split_money(*, source: str = "") -> QuerySet[Repayment]:
    """Payments that a person took apart among several contracts, as they came; those whose split stands."""
    return _listed(Repayment.objects.filter(taken_apart__isnull=False, taken_apart__undone_at__isnull=True), source)


def in_hand() -> QuerySet[Repayment]:
    """Payments that have a page of their own: waiting, matched by a person, or ever split."""
    mine = Q(loan__isnull=True) | Q(matched_by__isnull=False) | Q(taken_apart__isnull=False)
    return _listed(Repayment.objects.filter(mine, reversal_of__isnull=True), "")


def _listed(repayments: QuerySet[Repayment], source: str) -> QuerySet[Repayment]:
    listed = repayments.select_related("source", "run", "loan", "matched_by", "reversal")
    return listed.filter(source__code=source) if source else listed


def count_and_sum(repayments: QuerySet[Repayment]) -> tuple[int, Decimal]:
    """Payments that were taken back are counted and add nothing; those that were split are there as their parts."""
    found = repayments.aggregate(number=Count("pk"))
    is_there = Q(reversal__isnull=True) | Q(taken_apart__isnull=False, taken_apart__undone_at__isnull=True)
    standing = repayments.filter(is_there).aggregate(amount=Sum("amount"))
    return found["number"], standing["amount"] or Decimal("0.00")


@dataclass(frozen=True)
class Origin:
    """Where in a file a payment stands, and the payer's name as this reader may see it."""

    payer: str
    row_number: int | None


def origins(user: User, repayments: Sequence[Repayment]) -> dict[int, Origin]:
    """Repayment id → origin; one query. Payments are not cases yet: only who may read every name reads these."""
    full = scope(user, "names.see") == Scope.ALL
    rows = {
        pk: (name, number)
        for pk, name, number in ImportRow.objects.filter(pk__in=[r.row for r in repayments if r.row]).values_list(
            "pk", "debtor_name", "row_number"
        )
    }
    found = {}
    for repayment in repayments:
        name, number = rows.get(repayment.row or 0, ("", None))
        found[repayment.pk] = Origin(shown_name(name, full=full), number)
    return found


def newest_case(loan_id: int) -> Case | None:
    return Case.objects.filter(loan=loan_id).select_related("loan__debtor").order_by("-episode").first()
