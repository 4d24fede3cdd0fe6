"""Money in: payments as a source reports them become `Repayment` rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction

from cases.models import Loan, Repayment, Source
from cases.money_changed import cases_of_loans, tell_money_changed
from cases.services.absence_rules import explain_by_money
from cases.services.book import lock_book, raise_version
from collection_ops.core.models import User
from collection_ops.core.money import round_money
from collection_ops.core.services import audit


@dataclass(frozen=True, slots=True)
class Payment:
    """One payment in yuan, two places. `reference` is the source's own number; the same number is never taken twice."""

    contract_no: str
    paid_on: date
    amount: Decimal
    reference: str = ""
    channel: str = ""
    status: str = Repayment.Status.CONFIRMED


def record_repayments(*, payments: Sequence[Payment], source: Source, actor: User | None, now: datetime) -> int:
    """Write what is not known yet; returns how many rows were added. Absences that the money covers are explained by it.

    Payments for contracts that are not in the book are kept without a loan. Repeating a list adds nothing as long as
    its payments carry references.
    """
    numbers = {payment.contract_no for payment in payments}
    with transaction.atomic():
        # Before the first row: it may explain absences, and who waits for the book must not hold a reference.
        lock_book(source_id=source.pk)
        loans = dict(
            Loan.objects.filter(source=source, contract_no__in=numbers).values_list("contract_no", "pk"),
        )
        references = {payment.reference for payment in payments if payment.reference}
        taken = set(
            Repayment.objects.filter(source=source, reference__in=references, reversal_of__isnull=True).values_list(
                "reference", "status"
            )
        )
        rows = []
        for payment in payments:
            number = (payment.reference, str(payment.status))  # claimed and confirmed are two rows of one number
            if number in taken:
                continue
            if payment.reference:
                taken.add(number)  # the same payment listed twice in one file counts once
            rows.append(
                Repayment(
                    source=source,
                    contract_no=payment.contract_no,
                    loan_id=loans.get(payment.contract_no),
                    paid_on=payment.paid_on,
                    recorded_at=now,
                    amount=round_money(payment.amount),
                    status=payment.status,
                    reference=payment.reference,
                    channel=payment.channel,
                )
            )
        Repayment.objects.bulk_create(rows, batch_size=2_000)
        if rows:
            raise_version(source_id=source.pk)
            audit.record(
                action="repayments.recorded",
                actor=actor,
                obj=source,
                data={"count": len(rows), "amount": str(sum((row.amount for row in rows), Decimal(0)))},
            )
            explain_by_money(source=source, now=now, actor=actor)
            tell_money_changed(cases_of_loans([row.loan_id for row in rows if row.loan_id]), now=now)
    return len(rows)
