"""One payment for several contracts of one debtor: taken apart as a document, and taken back as one."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from cases.models import Loan, Repayment, RepaymentSplit, Waiver
from cases.money_changed import cases_of_loans, tell_money_changed
from cases.services.book import lock_book, raise_version
from cases.services.matching import MatchRefused
from collection_ops.core.models import User
from collection_ops.core.services import audit


def split_repayment(
    *,
    repayment: Repayment,
    shares: Mapping[int, Decimal],
    basis: RepaymentSplit.Basis,
    designated: int | None = None,
    note: str = "",
    actor: User | None,
    now: datetime,
) -> RepaymentSplit:
    """Take waiting money apart among contracts (loan id → yuan) of one debtor and of its own source. The original is taken
    back by a row, and each contract gets a row of its own; both of the day on which the money was paid.

    `designated` is the contract that the debtor named, and `note` who said so and when; needed unless the order is the
    law's. Raises MatchRefused: the shares do not add up, the money is no longer waiting, a contract is somebody else's.
    """
    note = note.strip()[:200]
    if any(amount <= 0 or amount != round(amount, 2) for amount in shares.values()) or not shares:
        raise MatchRefused(_("每笔金额须大于 0，最多两位小数"))
    if basis != RepaymentSplit.Basis.STATUTORY and not note:
        raise MatchRefused(_("请写明是谁、何时这样指定或约定的"))
    if (basis == RepaymentSplit.Basis.DEBTOR) != (designated is not None):
        raise MatchRefused(_("请选择债务人指定的合同"))
    with transaction.atomic():
        lock_book(source_id=repayment.source_id)
        repayment = Repayment.objects.select_for_update(of=("self",)).get(pk=repayment.pk)
        _refuse_unless_waiting(repayment)
        total = sum(shares.values(), Decimal(0))
        if total != repayment.amount:
            raise MatchRefused(
                _("各笔合计 %(total)s 元，与还款金额 %(amount)s 元相差 %(off)s 元")
                % {"total": total, "amount": repayment.amount, "off": abs(total - repayment.amount)}
            )
        loans = list(Loan.objects.filter(pk__in=shares, source=repayment.source_id).order_by("pk"))
        if len(loans) != len(shares) or len({loan.debtor_id for loan in loans}) != 1:
            raise MatchRefused(_("只能拆分到同一客户、同一来源的合同"))
        if designated is not None and designated not in shares:
            raise MatchRefused(_("债务人指定的合同须分到金额"))
        split = RepaymentSplit.objects.create(
            original=repayment, basis=basis, designated_id=designated, note=note, made_by=actor, made_at=now
        )
        _take_back(repayment, split=split, now=now)
        Repayment.objects.bulk_create(
            _copy(
                repayment, split=split, now=now, amount=shares[loan.pk], loan=loan, contract_no=loan.contract_no,
                matched_at=now, matched_by=actor,
            )
            for loan in loans
        )  # fmt: skip
        _told(split, "repayment.split", loans=[loan.pk for loan in loans], shares=shares, actor=actor, now=now)
    return split


def undo_split(*, split: RepaymentSplit, actor: User | None, now: datetime) -> Repayment:
    """Take a split back as one: its rows are reversed, and the money waits again as it came. Raises MatchRefused: it was
    taken back already, or something stands on one of its rows."""
    with transaction.atomic():
        lock_book(source_id=split.original.source_id)
        split = RepaymentSplit.objects.select_for_update(of=("self",)).select_related("original").get(pk=split.pk)
        if split.undone_at is not None:
            raise MatchRefused(_("这次拆分已经撤回，请刷新页面"))
        rows = list(split.rows.select_for_update(of=("self",)).filter(reversal_of__isnull=True).order_by("pk"))
        if Repayment.objects.filter(reversal_of__in=rows).exists():
            raise MatchRefused(_("其中一笔已被冲正，不能撤回拆分"))
        if Waiver.objects.filter(used_repayment__in=rows).exists():
            raise MatchRefused(_("其中一笔已用于减免，不能撤回拆分"))
        for row in rows:
            _take_back(row, split=split, now=now)
        original = split.original
        restored = _copy(
            original, split=split, now=now, reference=original.reference, row=original.row, loan_id=original.loan_id,
            matched_at=original.matched_at, matched_by_run_id=original.matched_by_run_id,
        )  # fmt: skip
        restored.save(force_insert=True)
        split.restored, split.undone_by, split.undone_at = restored, actor, now
        split.save(update_fields=["restored", "undone_by", "undone_at"])
        shares = {row.loan_id or 0: row.amount for row in rows}
        _told(split, "repayment.split_undone", loans=list(shares), shares=shares, actor=actor, now=now)
    return restored


def is_part(repayment: Repayment) -> bool:
    """Whether a split that stands booked this row: it is released with the others, by `undo_split`."""
    split = repayment.split
    return split is not None and split.restored_id != repayment.pk


def _refuse_unless_waiting(repayment: Repayment) -> None:
    if repayment.loan_id is not None:
        raise MatchRefused(_("这笔还款已有合同，请刷新页面"))
    if RepaymentSplit.objects.filter(original=repayment).exists():
        raise MatchRefused(_("这笔还款已拆分，请刷新页面"))
    if repayment.reversal_of_id is not None or Repayment.objects.filter(reversal_of=repayment).exists():
        raise MatchRefused(_("已冲正的还款不能拆分"))


def _copy(
    repayment: Repayment, *, split: RepaymentSplit, now: datetime, amount: Decimal | None = None, **changes: Any
) -> Repayment:
    kept = {name: getattr(repayment, name) for name in ("source_id", "contract_no", "paid_on", "status", "channel")}
    return Repayment(**{**kept, "amount": amount or repayment.amount, "recorded_at": now, "split": split, **changes})


def _take_back(repayment: Repayment, *, split: RepaymentSplit, now: datetime) -> None:
    found: dict[str, Any] = {
        "loan_id": repayment.loan_id,
        "matched_at": repayment.matched_at,
        "matched_by_id": repayment.matched_by_id,
    }
    _copy(repayment, split=split, now=now, reversal_of=repayment, **found).save(force_insert=True)


def _told(
    split: RepaymentSplit,
    action: str,
    *,
    loans: list[int],
    shares: Mapping[int, Decimal],
    actor: User | None,
    now: datetime,
) -> None:
    raise_version(source_id=split.original.source_id)
    audit.record(
        action=action,
        actor=actor,
        obj=split.original,
        data={
            "split": split.pk,
            "basis": split.basis,
            "designated": split.designated_id,
            "shares": {str(loan): str(amount) for loan, amount in shares.items()},
        },
        reason=split.note,
    )
    tell_money_changed(cases_of_loans(loans), now=now)
