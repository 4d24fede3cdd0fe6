"""Payments as a source reports them: taken once, kept without a loan where there is none."""

from datetime import date
from decimal import Decimal

import pytest

from cases.models import Repayment, Source
from cases.services.repayments import Payment, record_repayments
from collection_ops.core import clock
from collection_ops.core.models import AuditEvent, User
from collection_ops.core.money import LossyAmount
from tests.cases.builders import make_case, make_source


@pytest.fixture
def source(db: None) -> Source:
    return make_source()


def paid(contract_no: str, amount: str, reference: str = "") -> Payment:
    return Payment(contract_no=contract_no, paid_on=date(2026, 3, 30), amount=Decimal(amount), reference=reference)


def test_payments_find_their_loan_and_keep_the_moment_they_were_learned(source: Source, clerk: User) -> None:
    case = make_case(contract_no="C1", source=source)
    now = clock.now()
    added = record_repayments(
        payments=[paid("C1", "100.005", "R1"), paid("C9", "7", "R2")], source=source, actor=clerk, now=now
    )
    assert added == 2
    known = Repayment.objects.get(reference="R1")
    assert (known.loan, known.amount, known.recorded_at) == (case.loan, Decimal("100.01"), now)
    assert Repayment.objects.get(reference="R2").loan is None
    assert AuditEvent.objects.get(action="repayments.recorded").data == {"count": 2, "amount": "107.01"}


def test_the_same_list_again_adds_nothing(source: Source, clerk: User) -> None:
    payments = [paid("C1", "100", "R1"), paid("C1", "50", "R2")]
    for expected in (2, 0):
        assert record_repayments(payments=payments, source=source, actor=clerk, now=clock.now()) == expected
    more = [*payments, paid("C1", "9", "R3"), paid("C1", "9", "R3")]
    assert record_repayments(payments=more, source=source, actor=clerk, now=clock.now()) == 1
    assert Repayment.objects.count() == 3


def test_an_amount_that_is_a_float_is_refused(source: Source, clerk: User) -> None:
    wrong = Payment(contract_no="C1", paid_on=date(2026, 3, 30), amount=1.1)  # type: ignore[arg-type]
    with pytest.raises(LossyAmount):
        record_repayments(payments=[wrong], source=source, actor=clerk, now=clock.now())
