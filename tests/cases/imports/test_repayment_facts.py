"""What becomes of a payment, decided on plain objects: repeats, reversals, money that nobody asked for."""

import datetime as dt
import itertools
from decimal import Decimal
from typing import Any

import pytest

from cases.imports.matching.repayment_facts import Booked, Decision, Facts, Identity, PaymentRow, decide

PAID = dt.date(2026, 4, 1)
_ids = itertools.count(1)


def payment(amount: str, **changes: Any) -> PaymentRow:
    known: dict[str, Any] = {
        "row_id": next(_ids),
        "contract_no": "HT1",
        "debtor_name": "张伟",
        "paid_on": PAID,
        "amount": Decimal(amount),
        "reference": "",
        "original_reference": "",
        "status": "confirmed",
        "loan_id": 7,
        "book_name": "张伟",
        "as_of": dt.date(2026, 3, 31),
        "total": Decimal("1000.00"),
    }
    return PaymentRow(**known | changes)


def booked(amount: str, **changes: Any) -> Booked:
    known: dict[str, Any] = {
        "repayment_id": next(_ids),
        "contract_no": "HT1",
        "paid_on": PAID,
        "amount": Decimal(amount),
        "reference": "",
        "status": "confirmed",
    }
    return Booked(**known | changes)


def outcomes(decisions: list[Decision]) -> list[tuple[str, bool]]:
    return [(decision.outcome, decision.is_accepted) for decision in decisions]


def said(decision: Decision) -> list[str]:
    return [finding.code for _name, finding in decision.findings]


def test_an_ordinary_payment_is_booked_without_a_word():
    (decision,) = decide([payment("300.00", reference="P1")], Facts())
    assert outcomes([decision]) == [("booked", True)]
    assert said(decision) == []


def test_money_without_a_known_contract_is_kept():
    unknown, blank = decide(
        [payment("300.00", loan_id=None, contract_no="HT9"), payment("300.00", loan_id=None, contract_no="")], Facts()
    )
    assert outcomes([unknown, blank]) == [("unmatched", True), ("unmatched", True)]
    assert (said(unknown), said(blank)) == (["payment_unmatched"], ["payment_without_contract"])


def test_a_serial_that_is_booked_is_not_booked_twice():
    facts = Facts(by_reference={"P1": [booked("300.00", reference="P1")]})
    same, other = decide([payment("300.00", reference="P1"), payment("301.00", reference="P1")], facts)
    assert outcomes([same, other]) == [("repeated", False), ("repeated", False)]
    assert (said(same), said(other)) == (["serial_booked"], ["serial_booked_differently"])


def test_claimed_money_that_is_confirmed_is_a_row_of_its_own_and_never_the_other_way_round():
    claimed = Facts(by_reference={"P1": [booked("300.00", reference="P1", status="claimed")]})
    confirmed = Facts(by_reference={"P1": [booked("300.00", reference="P1")]})
    assert outcomes(decide([payment("300.00", reference="P1")], claimed)) == [("booked", True)]
    assert outcomes(decide([payment("300.00", reference="P1", status="claimed")], confirmed)) == [("repeated", False)]


@pytest.mark.parametrize(("in_book", "in_file", "new"), [(0, 2, 2), (1, 2, 1), (2, 2, 0), (3, 2, 0)])
def test_equal_payments_without_a_serial_are_counted(in_book: int, in_file: int, new: int):
    """Two equal rows of one file are two payments; what the book holds of them already is not booked again."""
    facts = Facts(times_booked={Identity("HT1", "", PAID, Decimal("50.00"), "confirmed"): in_book})
    decisions = decide([payment("50.00") for _ in range(in_file)], facts)
    assert [decision.outcome for decision in decisions].count("booked") == new
    repeated = [decision for decision in decisions if decision.outcome == "repeated"]
    assert all(said(decision) == ["payment_booked_without_serial"] for decision in repeated)
    assert len(repeated) + new == in_file


def test_without_serial_and_contract_the_payer_tells_two_payments_apart():
    facts = Facts(times_booked={Identity("", "赵永强", PAID, Decimal("50.00"), "confirmed"): 1})
    nobody = {"contract_no": "", "loan_id": None}
    decisions = decide([payment("50.00", debtor_name=name, **nobody) for name in ("赵永强", "钱多多")], facts)
    assert [decision.outcome for decision in decisions] == ["repeated", "unmatched"]


def test_payments_of_one_file_add_up_against_the_debt():
    """1000 owed: 600 and 400 pay it exactly, one more yuan is too much; the day of the position is in the balance."""
    before, first, second, more = decide(
        [
            payment("250.00", reference="P0", paid_on=dt.date(2026, 3, 31)),
            payment("600.00", reference="P1"),
            payment("400.00", reference="P2"),
            payment("1.00", reference="P3"),
        ],
        Facts(),
    )
    assert said(before) == ["paid_before_position"]
    assert said(first) == []
    assert said(second) == ["paid_in_full"]
    assert said(more) == ["paid_more_than_debt"]
    assert all(decision.is_accepted for decision in (before, first, second, more))


def test_somebody_elses_name_is_told_and_booked():
    (decision,) = decide([payment("5.00", debtor_name="张冠李戴")], Facts())
    assert (said(decision), decision.is_accepted) == (["payer_differs"], True)


def test_a_reversal_takes_back_the_payment_it_names_or_the_only_one_that_fits():
    target = booked("200.00", reference="P1", paid_on=dt.date(2026, 3, 20))
    by_name = Facts(by_reference={"P1": [target]})
    by_amount = Facts(of_contract={"HT1": [target, booked("90.00")]})
    (named,) = decide([payment("-200.00", reference="P4", original_reference="P1")], by_name)
    (same_number,) = decide([payment("-200.00", reference="P1")], by_name)
    (fitting,) = decide([payment("-200.00")], by_amount)
    for decision in (named, same_number, fitting):
        assert outcomes([decision]) == [("reversal", True)]
        assert decision.reverses_id == target.repayment_id


def test_a_payment_and_its_reversal_may_come_in_one_file_in_any_order():
    paid = payment("200.00", reference="P1")
    back = payment("-200.00", reference="P2", original_reference="P1")
    for rows in ([paid, back], [back, paid]):
        decisions = {decision.row.row_id: decision for decision in decide(rows, Facts())}
        assert decisions[back.row_id].reverses_row == paid.row_id
        assert decisions[back.row_id].is_accepted
        assert decisions[paid.row_id].outcome == "booked"


@pytest.mark.parametrize(
    ("row", "facts", "code"),
    [
        ({"original_reference": "P0"}, Facts(), "reversal_without_payment"),
        ({}, Facts(), "reversal_without_payment"),
        ({}, Facts(of_contract={"HT1": [booked("200.00"), booked("200.00")]}), "reversal_ambiguous"),
        ({}, Facts(of_contract={"HT1": [booked("200.00", paid_on=dt.date(2026, 4, 2))]}), "reversal_without_payment"),
        (
            {"original_reference": "P1"},
            Facts(by_reference={"P1": [booked("250.00", reference="P1")]}),
            "reversal_amount_differs",
        ),
        (
            {"original_reference": "P1"},
            Facts(by_reference={"P1": [booked("200.00", reference="P1", contract_no="HT2")]}),
            "reversal_other_contract",
        ),
    ],
)
def test_a_reversal_in_doubt_stays_out_with_a_sentence(row: dict[str, Any], facts: Facts, code: str):
    (decision,) = decide([payment("-200.00", **row)], facts)
    assert (said(decision), decision.is_accepted) == ([code], False)


def test_a_payment_is_taken_back_once():
    target = booked("200.00", reference="P1")
    facts = Facts(by_reference={"P1": [target]})
    first, second = decide([payment("-200.00", original_reference="P1", reference=name) for name in ("A", "B")], facts)
    assert outcomes([first, second]) == [("reversal", True), ("repeated", False)]
    gone = Facts(by_reference={"P1": [booked("200.00", reference="P1", is_reversed=True)]})
    assert outcomes(decide([payment("-200.00", original_reference="P1")], gone)) == [("repeated", False)]


def test_a_reversal_that_is_booked_does_not_take_back_the_next_equal_payment():
    """An overlapping file repeats −200 without any number; meanwhile the debtor has paid 200 again."""
    facts = Facts(
        times_booked={Identity("HT1", "", PAID, Decimal("-200.00"), "confirmed"): 1},
        of_contract={"HT1": [booked("200.00", is_reversed=True), booked("200.00")]},
    )
    (decision,) = decide([payment("-200.00")], facts)
    assert (decision.outcome, said(decision)) == ("repeated", ["reversal_booked"])
