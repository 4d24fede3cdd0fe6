"""Money for several contracts: a payment that waits, and one that was split."""

from decimal import Decimal
from typing import Any

from django.utils import timezone

from cases.models import Loan, Repayment, RepaymentSplit
from cases.services.splitting import split_repayment
from tests.access.form import Cast, Filled, Form
from tests.cases.builders import make_case


def _waiting(cast: Cast) -> tuple[Repayment, list[Loan]]:
    """One yuan for two debts of one person."""
    first = make_case(total="0.50", days=40)
    second = make_case(total="0.50", days=20, debtor=first.loan.debtor, source=first.loan.source)
    payment = Repayment.objects.create(source=first.loan.source, contract_no="写错", paid_on=first.as_of, amount=1)
    return payment, [first.loan, second.loan]


def _split(cast: Cast) -> Filled:
    payment, loans = _waiting(cast)
    shares = {f"share_{loan.pk}": "0.50" for loan in loans}
    return {"repayment_id": payment.pk}, {"contract_no": loans[0].contract_no, **shares}


def _undo(cast: Cast) -> Filled:
    payment, loans = _waiting(cast)
    split_repayment(
        repayment=payment, shares={loan.pk: Decimal("0.50") for loan in loans}, basis=RepaymentSplit.Basis.STATUTORY,
        actor=cast["clerk"], now=timezone.now(),
    )  # fmt: skip
    return {"repayment_id": payment.pk}, {}


def _payment(cast: Cast) -> dict[str, Any]:
    return {"repayment_id": _waiting(cast)[0].pk}


ROUTES = {"cases:waiting_split": _payment, "cases:waiting_split_undo": _payment}
FORMS = {"cases:waiting_split": Form("clerk", _split), "cases:waiting_split_undo": Form("clerk", _undo)}
