"""本金回款率: what reaches the principal, by the order of the contract, and no more."""

import datetime as dt
from decimal import Decimal

import pytest

from cases.models import Position, Repayment
from reports.kpis import Dim, kpi
from tests.cases.builders import make_case, make_source
from tests.reports.figures import question

pytestmark = pytest.mark.django_db
BOOK, PAID, LAST = dt.date(2026, 3, 31), dt.date(2026, 4, 10), dt.date(2026, 4, 30)


def owed(contract: str, *, principal: str, interest: str, fees: str = "0.00") -> Repayment | None:
    """A debt of the opening book, in parts."""
    total = Decimal(principal) + Decimal(interest) + Decimal(fees)
    case = make_case(contract_no=contract, total=total, as_of=BOOK, days=20)
    Position.objects.filter(case=case).update(principal=principal, interest=interest, fees=fees)
    return case


def pay(case, amount: str) -> Repayment:
    return Repayment.objects.create(
        source=make_source(), contract_no=case.loan.contract_no, loan=case.loan, paid_on=PAID, amount=Decimal(amount),
        status="confirmed",
    )  # fmt: skip


def test_costs_and_interest_come_first_and_money_beyond_the_debt_is_no_principal():
    small = owed("A", principal="900.00", interest="80.00", fees="20.00")
    whole = owed("B", principal="500.00", interest="0.00")
    owed("C", principal="600.00", interest="0.00")
    pay(small, "150.00")  # 20 fees, 80 interest, 50 principal
    pay(whole, "700.00")  # 500 principal, 200 beyond
    answer = kpi("recovery_rate_principal", question(BOOK, LAST, Dim.STAGE))
    assert (answer.total.numerator, answer.total.denominator) == (Decimal("550.00"), Decimal("2000.00"))
    assert answer.total.value == Decimal("0.275000")
    assert answer.total.parts["money"] == Decimal("850.00"), "all in stands beside it"
    all_in = kpi("recovery_rate", question(BOOK, LAST)).total
    assert (all_in.numerator, all_in.denominator) == (Decimal("850.00"), Decimal("2100.00"))


def test_a_payment_taken_back_takes_its_principal_with_it():
    case = owed("A", principal="900.00", interest="100.00")
    payment = pay(case, "300.00")
    Repayment.objects.create(
        source=payment.source, contract_no="A", loan=case.loan, paid_on=dt.date(2026, 4, 12), amount=payment.amount,
        status="confirmed", reversal_of=payment,
    )  # fmt: skip
    assert kpi("recovery_rate_principal", question(BOOK, LAST)).total.numerator == 0
    before = kpi("recovery_rate_principal", question(BOOK, dt.date(2026, 4, 11))).total
    assert before.numerator == Decimal("200.00")
