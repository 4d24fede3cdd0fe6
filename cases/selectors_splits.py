"""Reads for money that is for several contracts: a debtor's open debts at one source, and the split of a payment."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Case as When_
from django.db.models import DecimalField, F, OuterRef, Q, Subquery, Sum, When
from django.db.models.functions import Coalesce

from cases.models import Case, Loan, Repayment, RepaymentSplit
from cases.selectors import with_relations
from cases.several_debts import Debt


@dataclass(frozen=True, slots=True)
class OpenDebt:
    """An open case of the debtor, with what confirmed money since its last file left of it."""

    case: Case
    debt: Debt


def open_debts(loan: Loan) -> list[OpenDebt]:
    """The open debts of this contract's debtor at its source (a payment to one lender pays no other's debt), the newest
    file's days first. One query."""
    money = DecimalField(max_digits=16, decimal_places=2)
    signed = When_(When(reversal_of__isnull=True, then=F("amount")), default=-F("amount"), output_field=money)
    since = (
        Repayment.objects.filter(
            loan_id=OuterRef("loan_id"), status=Repayment.Status.CONFIRMED, paid_on__gt=OuterRef("as_of")
        )
        .order_by()
        .values("loan_id")
        .annotate(net=Sum(signed))
        .values("net")
    )
    cases = Case.objects.filter(
        loan__debtor_id=loan.debtor_id, loan__source_id=loan.source_id, closed_on__isnull=True
    ).annotate(since=Coalesce(Subquery(since, output_field=money), Decimal(0), output_field=money))
    return [OpenDebt(case, _debt(case)) for case in with_relations(cases).order_by("-days_past_due", "loan_id")[:50]]


def _debt(case: Any) -> Debt:
    return Debt(
        loan_id=case.loan_id,
        owed=max(case.total - case.since, Decimal("0.00")),
        is_due=case.days_past_due > 0,
        due_on=case.due_date,
        principal=case.principal,
        cost=case.interest + case.penalty,
        days_past_due=case.days_past_due,
    )


def split_of(repayment: Repayment) -> RepaymentSplit | None:
    """The split that stands and that took this payment apart, or booked this row of it."""
    mine = Q(original=repayment) | Q(rows=repayment)
    return (
        RepaymentSplit.objects.filter(mine, undone_at__isnull=True)
        .select_related("original__source", "designated", "made_by")
        .order_by("pk")
        .distinct()
        .first()
    )


def rows_of(split: RepaymentSplit) -> Sequence[Repayment]:
    """What the contracts got."""
    rows = split.rows.filter(reversal_of__isnull=True).exclude(restored_from=split)
    return list(rows.select_related("loan").order_by("-amount", "pk"))
