"""Every voucher balances, and what lowers a fee is not netted away."""

import datetime as dt
from decimal import Decimal

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vendors.accruals.entries import (
    Account,
    Entry,
    Section,
    Whose,
    by_account,
    of_accrual,
    of_payment,
    of_statement,
)
from vendors.accruals.explain import Cause, explain
from vendors.contracts.fees import tax_in
from vendors.settlement.decide import Kind

D = Decimal
JIA = Whose(1, "甲机构", dt.date(2026, 3, 1))


def said(entries: list[Entry]) -> list[tuple[str, str, str]]:
    return [(one.account.value, str(one.debit), str(one.credit)) for one in entries]


def test_an_accrual_and_its_reversal_book_the_opposite_with_the_tax_apart():
    # 1,060.00 at 6 %: 1,000.00 and 60.00.
    made = list(of_accrual(JIA, amount=D("1060.00"), tax=D("60.00"), is_reversal=False))
    assert said(made) == [
        ("fee", "1000.00", "0.00"), ("tax_pending", "60.00", "0.00"), ("accrued", "0.00", "1060.00"),
    ]  # fmt: skip
    back = list(of_accrual(JIA, amount=D("-1060.00"), tax=D("-60.00"), is_reversal=True))
    assert {one.section for one in back} == {Section.REVERSAL}
    assert said(back) == [
        ("fee", "0.00", "1000.00"), ("tax_pending", "0.00", "60.00"), ("accrued", "1060.00", "0.00"),
    ]  # fmt: skip


def test_penalties_and_clawbacks_have_accounts_of_their_own():
    kinds = {"commission": D("2120.00"), "coefficient": D("-212.00"), "penalty": D("-530.00"), "clawback": D("-106.00")}
    entries = list(of_statement(JIA, kinds=kinds, tax_rate=D("0.06")))
    # Payable 1,272.00, of it 72.00 tax; 1,908 ÷ 1.06 = 1,800; 530 ÷ 1.06 = 500; 106 ÷ 1.06 = 100.
    assert said(entries) == [
        ("fee", "1800.00", "0.00"), ("penalty", "0.00", "500.00"), ("clawback", "0.00", "100.00"),
        ("tax", "72.00", "0.00"), ("payable", "0.00", "1272.00"),
    ]  # fmt: skip
    assert said(list(of_payment(JIA, payable=D("1272.00")))) == [
        ("payable", "1272.00", "0.00"), ("bank", "0.00", "1272.00"),
    ]  # fmt: skip


def test_a_month_in_which_the_agency_owes_us_is_booked_the_other_way_round():
    entries = list(of_statement(JIA, kinds={"clawback": D("-106.00")}, tax_rate=D("0.06")))
    assert said(entries) == [
        ("clawback", "0.00", "100.00"), ("tax", "0.00", "6.00"), ("payable", "106.00", "0.00"),
    ]  # fmt: skip


money = st.integers(-10_000_000, 10_000_000).map(lambda cents: D(cents).scaleb(-2))
rates = st.sampled_from([D("0"), D("0.01"), D("0.03"), D("0.06"), D("0.13")])
fees = st.dictionaries(st.sampled_from([kind.value for kind in Kind]), money)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(fees, money, rates)
def test_debits_are_credits_whatever_is_booked(kinds, accrued, rate):
    payable = sum(kinds.values(), D("0.00"))
    tax = tax_in(accrued, rate)
    documents = [
        list(of_accrual(JIA, amount=accrued, tax=tax, is_reversal=False)),
        list(of_accrual(JIA, amount=-accrued, tax=-tax, is_reversal=True)),
        list(of_statement(JIA, kinds=kinds, tax_rate=rate)),
        list(of_payment(JIA, payable=payable)),
    ]
    for entries in documents:
        assert sum(one.debit for one in entries) == sum(one.credit for one in entries)
        assert all(min(one.debit, one.credit) == 0 < max(one.debit, one.credit) for one in entries)
    sums = {one.account: one.debit - one.credit for one in by_account(one for entries in documents for one in entries)}
    assert sums.get(Account.ACCRUED, 0) == 0, "a reversal leaves nothing of the accrual"
    assert sums.get(Account.PAYABLE, 0) == 0 and sums.get(Account.BANK, 0) == -payable
    assert sums.get(Account.TAX, 0) == tax_in(payable, rate)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(fees, fees, money, money)
def test_what_is_said_about_a_difference_adds_up_to_it(accrued, actual, later, withheld):
    parts = explain(accrued=accrued, actual=actual, later=later, withheld=withheld)
    payable = sum(actual.values(), D(0)) - withheld
    assert sum((one.amount for one in parts), D(0)) == payable - sum(accrued.values(), D(0))
    assert all(one.amount for one in parts) and len({one.cause for one in parts}) == len(parts)
    assert (Cause.DISPUTES in {one.cause for one in parts}) == bool(withheld)
