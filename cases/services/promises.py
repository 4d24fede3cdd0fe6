"""Promises to pay: making them within limits, and taking them back. Whether they were kept: services/promise_money.py."""

from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from cases.models import Case, Promise, PromiseState
from cases.services.promise_limits import Terms, problem_with, promise_terms
from cases.services.promise_money import rebuild_promises, settle_loans, settle_promises
from collection_ops.core import clock
from collection_ops.core.access import has
from collection_ops.core.models import User
from collection_ops.core.services import audit

__all__ = [
    "PromiseRefused",
    "Terms",
    "cancel_promise",
    "make_promise",
    "promise_terms",
    "rebuild_promises",
    "settle_promises",
]

EXCEPTION = "promises.override"


class PromiseRefused(Exception):
    """The promise cannot be taken or taken back so; the sentence says why, `field` where it stands in a form (amount,
    due_on, override_reason or nothing), `code` what it is for machines. `may_override`: an exception would let it pass."""

    def __init__(self, sentence: str, field: str = "", code: str = "", *, may_override: bool = False) -> None:
        super().__init__(sentence)
        self.field, self.code, self.may_override = field, code, may_override


def make_promise(
    *,
    case: Case,
    amount: Decimal,
    due_on: date,
    actor: User | None,
    now: datetime,
    channel: str = "",
    override_by: User | None = None,
    override_reason: str = "",
) -> Promise:
    """Take down what the debtor of `case` promised: `amount` yuan by `due_on`. Money that came in today already counts.

    `case` is as the caller read it: when it has closed or changed desks since, the promise is refused. With `override_by`,
    who may decide about exceptions, and a reason, the limits of share, days and number do not hold; the balance and the
    calendar always do. Raises PromiseRefused: case_closed, case_moved, no_override_right, no_override_reason, and the codes
    of promise_limits.
    """
    with transaction.atomic():
        # Held before the open promises are counted: of two at the same moment the second finds the first.
        locked = hold_case(case.pk)
        if not locked.is_open:
            raise PromiseRefused(
                _("案件已于 %(day)s 结案，不能再登记承诺") % {"day": locked.closed_on}, code="case_closed"
            )
        if locked.desk_id != case.desk_id:
            raise PromiseRefused(_("案件刚刚转到了另一个席位，没有登记；请交给现在的负责人"), code="case_moved")
        if override_by is not None and not Case.objects.for_user(override_by, EXCEPTION).filter(pk=case.pk).exists():
            raise PromiseRefused(
                _("%(by)s 不能批准承诺例外") % {"by": override_by}, "override_reason", "no_override_right"
            )
        if override_by is not None and not override_reason.strip():
            raise PromiseRefused(_("请写明例外的原因"), "override_reason", "no_override_reason")
        terms = promise_terms(locked, now)
        problem = problem_with(terms, amount=amount, due_on=due_on, excepted=override_by is not None)
        if problem is not None:
            raise PromiseRefused(problem.sentence, problem.field, problem.code, may_override=problem.may_override)
        # An exception that was not needed is none.
        needed = problem_with(terms, amount=amount, due_on=due_on, excepted=False) is not None
        promise = Promise.objects.create(
            case=locked,
            amount=amount,
            enough=terms.enough_of(amount),
            made_on=terms.first_day,
            due_on=due_on,
            counts_until=terms.counts_until(due_on),
            channel=channel[:16],
            owed=locked.total,
            stage=locked.stage,
            made_by=actor,
            made_at=now,
            override_by=override_by if needed else None,
            override_reason=override_reason.strip()[:200] if needed else "",
        )
        audit.record(
            action="promise.made",
            actor=actor,
            obj=promise,
            data={
                "case": locked.pk,
                "amount": str(amount),
                "due_on": due_on.isoformat(),
                **({"override_by": override_by.pk} if needed and override_by is not None else {}),
            },
            reason=promise.override_reason,
        )
        settle_loans(loans=[locked.loan_id], day=terms.first_day, actor=actor)
    promise.refresh_from_db()
    return promise


def cancel_promise(*, promise: Promise, reason: str, actor: User, now: datetime) -> Promise:
    """Take an open promise back: it was misheard, or was replaced. From the day it is due only with the right to decide
    about exceptions, since a promise must not vanish instead of being broken.

    Raises PromiseRefused: no reason, not open any more, due already.
    """
    if not reason.strip():
        raise PromiseRefused(_("请写明取消的原因"), "reason", "no_reason")
    today = clock.business_date(now)
    with transaction.atomic():
        locked = Promise.objects.select_for_update(of=("self",)).select_related("case").get(pk=promise.pk)
        if locked.state != PromiseState.OPEN:
            raise PromiseRefused(
                _("这个承诺现在是“%(state)s”，不能取消") % {"state": locked.get_state_display()}, code="not_open"
            )
        if today >= locked.due_on and not has(actor, EXCEPTION):
            raise PromiseRefused(_("已到还款日期的承诺由组长或主管取消"), code="due_already")
        locked.money.all().delete()
        locked.state, locked.paid, locked.settled_on = PromiseState.CANCELLED, Decimal("0.00"), today
        locked.cancelled_by, locked.cancelled_at, locked.cancel_reason = actor, now, reason.strip()[:200]
        locked.save(update_fields=["state", "paid", "settled_on", "cancelled_by", "cancelled_at", "cancel_reason"])
        audit.record(action="promise.cancelled", actor=actor, obj=locked, data={"case": locked.case_id}, reason=reason)
        # What had counted for it is free for the next one.
        settle_loans(loans=[locked.case.loan_id], day=today, actor=actor)
    return locked


def hold_case(case_id: int) -> Case:
    """The case as it is, held until the transaction ends. Files may still be read beside it; its agreements wait."""
    return Case.objects.select_for_update(of=("self",), no_key=True).select_related("loan").get(pk=case_id)
