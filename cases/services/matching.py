"""Money that came without a known contract, given to one by a person, and taken away again.

Files do the same by themselves once they bring the contract (imports/match_repayments.py); what a person decided is audited
and can be taken back by a person.
"""

from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from cases.known import believed_until
from cases.models import Loan, Repayment, RepaymentSplit
from cases.money_changed import cases_of_loans, tell_money_changed
from cases.services.book import lock_book
from collection_ops.core.models import User
from collection_ops.core.services import audit


class MatchRefused(Exception):
    """The money cannot be matched or released so; the sentence says why."""


def match_repayment(*, repayment: Repayment, contract_no: str, actor: User | None, now: datetime) -> Repayment:
    """Give waiting money, and its reversal if it has one, to a contract of its source. What the file wrote stays.

    Raises MatchRefused: the contract is not in the book, or the money has found one meanwhile.
    """
    with transaction.atomic():
        lock_book(source_id=repayment.source_id)
        repayment = Repayment.objects.select_for_update(of=("self",)).get(pk=repayment.pk)
        loan = find_contract(repayment=repayment, contract_no=contract_no)
        if loan is None:
            raise MatchRefused(_("账簿中没有这份合同，请核对合同编号"))
        if repayment.loan_id is not None:
            raise MatchRefused(_("这笔还款已有合同，请刷新页面"))
        if repayment.reversal_of_id is not None:
            raise MatchRefused(_("冲正随原还款一起匹配，请匹配原还款"))
        if RepaymentSplit.objects.filter(original=repayment).exists():
            raise MatchRefused(_("这笔还款已拆分，请刷新页面"))
        _with_reversal(repayment).update(loan=loan, matched_at=now, matched_by=actor)
        audit.record(
            action="repayment.matched",
            actor=actor,
            obj=repayment,
            data={"loan": loan.pk, "amount": str(repayment.amount)},
        )
        tell_money_changed(cases_of_loans([loan.pk]), now=now)
    repayment.refresh_from_db()
    return repayment


def release_repayment(*, repayment: Repayment, actor: User | None, now: datetime) -> Repayment:
    """Take money away from the contract that a person gave it to: it waits again. Raises MatchRefused for money that was
    never matched by a person."""
    with transaction.atomic():
        lock_book(source_id=repayment.source_id)
        repayment = Repayment.objects.select_for_update(of=("self",)).get(pk=repayment.pk)
        if repayment.matched_by_id is None or repayment.reversal_of_id is not None:
            raise MatchRefused(_("这笔还款不是人工匹配的，不能取消匹配"))
        if repayment.split_id is not None and not RepaymentSplit.objects.filter(restored=repayment).exists():
            raise MatchRefused(_("这笔还款是拆分出来的，须连同其他各笔一起撤回"))
        was = repayment.loan_id
        believed_until(now)
        _with_reversal(repayment).update(loan=None, matched_at=None, matched_by=None)
        audit.record(
            action="repayment.released", actor=actor, obj=repayment, data={"loan": was, "amount": str(repayment.amount)}
        )
        if was is not None:
            tell_money_changed(cases_of_loans([was]), now=now)
    repayment.refresh_from_db()
    return repayment


def find_contract(*, repayment: Repayment, contract_no: str) -> Loan | None:
    """The contract of the payment's source with exactly this number."""
    return (
        Loan.objects.select_related("debtor")
        .filter(source=repayment.source_id, contract_no=contract_no.strip())
        .first()
    )


def _with_reversal(repayment: Repayment) -> QuerySet[Repayment]:
    return Repayment.objects.filter(Q(pk=repayment.pk) | Q(reversal_of=repayment.pk))
