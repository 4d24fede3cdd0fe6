"""Money through files and through hands: counted once by credit, by allocation and by reconciliation, and never lost."""

from decimal import Decimal
from typing import Any

from cases.allocation import parts_received
from cases.credit import money_by_desk
from cases.models import Loan, Repayment, RepaymentSplit
from cases.reconciliation import period_of, reconcile
from cases.services.splitting import split_repayment, undo_split
from tests.cases.imports.conftest import DAY_1, DAY_3, at, debt
from tests.cases.imports.test_repayments_import import HEADINGS, figures, import_payments, money, paid  # noqa: F401

WEEK = {"first": DAY_1, "last": DAY_3}


def counted() -> tuple[Decimal, Decimal]:
    """What credit and allocation say came in."""
    parts = parts_received(**WEEK)
    split = parts.fees + parts.interest + parts.penalty + parts.principal + parts.beyond
    return sum(money_by_desk(**WEEK).values(), Decimal(0)), split


def test_claimed_and_then_confirmed_money_counts_once(import_day, import_payments, source):  # noqa: F811
    import_day(DAY_1, [debt(1)])
    headings = [*HEADINGS, "确认状态"]
    import_payments([*paid(1, "10", "P1"), "待确认"], headings=headings)
    assert counted() == (0, 0)
    import_payments([*paid(1, "10", "P1"), "已确认"], headings=headings)
    import_day(DAY_3, [debt(1)])
    assert counted() == (10, 10)
    assert reconcile(period_of(source, first=DAY_1, last=DAY_3)).total.came == 10


def test_reversed_and_waiting_money_counts_where_it_is(import_day, import_payments):  # noqa: F811
    import_day(DAY_1, [debt(1)])
    import_payments(paid(1, "10", "P1"), paid(2, "7", "P2"), paid(1, "-10", "R1", 原流水号="P1"))
    assert counted() == (0, 0)
    import_day(DAY_3, [debt(1), debt(2)])  # brings the contract that the second payment waited for
    assert (money(), counted()) == (7, (7, 7))
    assert parts_received(**WEEK).beyond == 7, "no file before the payment spoke of this debt"


def _split(payment: Repayment, **shares: Any) -> RepaymentSplit:
    loans = dict(Loan.objects.values_list("contract_no", "pk"))
    given = {loans[number]: Decimal(amount) for number, amount in shares.items()}
    return split_repayment(
        repayment=payment, shares=given, basis=RepaymentSplit.Basis.STATUTORY, actor=None, now=at(DAY_3)
    )


def _one_debtor() -> None:
    first, second = Loan.objects.order_by("contract_no")
    Loan.objects.filter(pk=second.pk).update(debtor=first.debtor)


def test_files_know_split_money_by_its_original(import_day, import_payments):  # noqa: F811
    import_day(DAY_1, [debt(1), debt(2)])
    _one_debtor()
    import_payments(paid("", "30", "P1"), paid("", "9", 客户姓名="张三"))
    numbered, plain = Repayment.objects.order_by("-amount")
    split = _split(numbered, HT00001="10", HT00002="20")
    _split(plain, HT00001="4", HT00002="5")
    again = import_payments(paid("", "30", "P1"), paid("", "9", 客户姓名="张三"), paid(2, "1", "P3"), apply=False)
    assert figures(again) == {"booked": (1, "1.00"), "repeated": (2, "39.00")}
    true_payment = import_payments(paid(1, "4"), apply=False)
    assert figures(true_payment)["booked"] == (1, "4.00"), "money of its own that happens to equal a part"
    assert counted() == (39, 39)
    back = import_payments(paid("", "-30", "R1", 原流水号="P1"), apply=False)
    assert figures(back) == {"rejected": (1, "-30.00")}
    undo_split(split=split, actor=None, now=at(DAY_3))
    import_payments(paid("", "-30", "R1", 原流水号="P1"))
    assert (money(), counted()) == (9, (9, 9))


def test_split_money_stays_split_when_its_own_contract_turns_up(import_day, import_payments):  # noqa: F811
    import_day(DAY_1, [debt(1), debt(2)])
    _one_debtor()
    import_payments(paid(3, "30", "P1"))
    split = _split(Repayment.objects.get(), HT00001="10", HT00002="20")
    import_day(DAY_3, [debt(1), debt(2), debt(3)])
    assert counted() == (30, 30)
    on_third = Repayment.objects.filter(loan__contract_no="HT00003")
    assert [row.reversal_of_id is not None for row in on_third.order_by("pk")] == [False, True], "it nets to nothing"
    undo_split(split=split, actor=None, now=at(DAY_3))
    assert split.rows.get(pk=RepaymentSplit.objects.get().restored_id).loan.contract_no == "HT00003"
    assert counted() == (30, 30)
