"""Which of several debts a payment pays: the order of the law, the debtor's word before it, and the split in the book."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.urls import reverse

from cases.credit import money_by_desk
from cases.imports.matching.repayment_facts import Booked, Facts, PaymentRow, decide
from cases.models import Case, Repayment, RepaymentSplit
from cases.services.matching import MatchRefused, match_repayment, release_repayment
from cases.services.splitting import split_repayment, undo_split
from cases.several_debts import Debt, suggest
from collection_ops.core import clock
from collection_ops.core.models import AuditEvent
from tests.cases.builders import make_case, make_source
from tests.cases.test_waiting_money import send, waiting
from tests.core.races import at_once

STATUTORY, DEBTOR, AGREED = RepaymentSplit.Basis.STATUTORY, RepaymentSplit.Basis.DEBTOR, RepaymentSplit.Basis.AGREED


def yuan(text: Any) -> Decimal:
    return Decimal(str(text))


def debt(loan: int, owed: Any, **changes: Any) -> Debt:
    plain: dict[str, Any] = {"is_due": True, "due_on": dt.date(2026, 1, 1), "principal": yuan(owed), "cost": yuan(0)}
    return Debt(loan_id=loan, owed=yuan(owed), **{**plain, "days_past_due": 30, **changes})


def shares(amount: Any, debts: list[Debt], designated: int | None = None) -> dict[int, tuple[Decimal, str]]:
    found = suggest(amount=yuan(amount), debts=debts, designated=designated)
    assert sum(share.amount for share in found) == yuan(amount)
    return {share.loan_id: (share.amount, share.because) for share in found}


# The order (reference/regulations CN-Y-02) --------------------------------------------------------------------------


def test_without_a_word_of_the_debtor_the_unsecured_debt_comes_first_and_with_it_the_named_one():
    unsecured, guaranteed = debt(1, 500), debt(2, 500, security=yuan(500))
    assert shares(600, [guaranteed, unsecured]) == {1: (500, "security"), 2: (100, "last")}
    assert shares(600, [guaranteed, unsecured], designated=2) == {2: (500, "designated"), 1: (100, "last")}


def test_what_is_due_comes_before_what_is_not_then_the_heavier_then_the_earlier():
    assert shares(100, [debt(1, 500, is_due=False), debt(2, 500)]) == {2: (100, "due"), 1: (0, "nothing_left")}
    assert shares(100, [debt(1, 500, cost=yuan(10)), debt(2, 500, cost=yuan(50))])[2] == (100, "burden")
    assert shares(100, [debt(1, 500), debt(2, 500, due_on=dt.date(2025, 12, 1))])[2] == (100, "earlier")


def test_alike_in_everything_they_share_in_proportion_to_the_cent():
    assert shares(500, [debt(1, 600), debt(2, 400)]) == {1: (300, "alike"), 2: (200, "alike")}
    thirds = shares(100, [debt(n, 100) for n in (1, 2, 3)])
    assert [thirds[n][0] for n in (1, 2, 3)] == [yuan("33.34"), yuan("33.33"), yuan("33.33")]


def test_more_than_all_debts_goes_to_the_first():
    assert shares(150, [debt(1, 100), debt(2, 10, is_due=False)]) == {1: (140, "due"), 2: (10, "last")}
    assert shares(5, [debt(1, 0)]) == {1: (5, "beyond")}


# The book -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def cases(db: None) -> list[Case]:
    """Two debts of one person at one source, and a third at another source."""
    first = make_case(contract_no="HT1", total="100", days=60)
    debtor = first.loan.debtor
    second = make_case(contract_no="HT2", total="300", days=20, debtor=debtor, source=first.loan.source)
    make_case(contract_no="HT3", total="900", debtor=debtor, source=make_source("loan", "消费贷系统"))
    return [first, second]


@pytest.fixture
def payment(cases: list[Case]) -> Repayment:
    return waiting(cases[0].loan.source, contract_no="", status="confirmed")


def take_apart(payment: Repayment, cases: list[Case], *amounts: Any, **changes: Any) -> RepaymentSplit:
    given = {case.loan_id: yuan(amount) for case, amount in zip(cases, amounts, strict=True)}
    known: dict[str, Any] = {"basis": STATUTORY, "actor": None, "now": clock.database_now()}
    return split_repayment(repayment=payment, shares=given, **known | changes)


def net(**of: Any) -> Decimal:
    rows = Repayment.objects.filter(**of)
    return sum((row.amount if row.reversal_of_id is None else -row.amount for row in rows), Decimal(0))


def test_the_original_is_taken_back_and_every_contract_gets_a_row_of_its_own(cases, payment, clerk):
    before = clock.database_now()
    split = take_apart(
        payment, cases, 100, 150, basis=DEBTOR, designated=cases[0].loan_id, note="客户来电", actor=clerk
    )
    assert [net(loan=case.loan) for case in cases] == [yuan(100), yuan(150)]
    assert net(loan=None) == 0
    assert net() == yuan(250)
    original = Repayment.objects.get(pk=payment.pk)
    assert (original.amount, original.loan, original.reversal.split) == (yuan(250), None, split)
    assert {(row.paid_on, row.status, row.matched_by) for row in Repayment.objects.filter(loan__isnull=False)} == {
        (payment.paid_on, "confirmed", clerk)
    }
    event = AuditEvent.objects.get(action="repayment.split")
    assert (event.reason, event.data["designated"]) == ("客户来电", cases[0].loan_id)
    days = {"first": payment.paid_on, "last": payment.paid_on}
    assert sum(money_by_desk(**days).values()) == yuan(250)
    assert money_by_desk(**days, known_by=before) == {}


def test_a_split_is_taken_back_as_one_and_the_money_can_be_matched_or_split_again(cases, payment, clerk):
    split = take_apart(payment, cases, 100, 150)
    restored = undo_split(split=split, actor=clerk, now=clock.database_now())
    assert [net(loan=case.loan) for case in cases] == [0, 0]
    assert (net(), restored.reference, restored.loan) == (yuan(250), payment.reference, None)
    assert AuditEvent.objects.filter(action="repayment.split_undone").count() == 1
    with pytest.raises(MatchRefused):
        undo_split(split=split, actor=clerk, now=clock.database_now())
    with pytest.raises(MatchRefused):  # the original is history
        match_repayment(repayment=payment, contract_no="HT1", actor=clerk, now=clock.now())
    again = take_apart(restored, cases, 200, 50, basis=AGREED, note="与客户约定")
    assert [net(loan=case.loan) for case in cases] == [yuan(200), yuan(50)]
    third = undo_split(split=again, actor=clerk, now=clock.database_now())
    match_repayment(repayment=third, contract_no="HT2", actor=clerk, now=clock.now())
    assert net(loan=cases[1].loan) == yuan(250)
    release_repayment(repayment=third, actor=clerk, now=clock.now())
    assert net(loan=cases[1].loan) == 0


@pytest.mark.parametrize(
    "wrong",
    [
        {"amounts": (100, 149.99)},
        {"amounts": (250, 0)},
        {"amounts": ("250.001", "-0.001")},
        {"basis": AGREED},
        {"basis": DEBTOR, "note": "客户来电"},
        {"basis": DEBTOR, "designated": 1},
    ],
)
def test_a_split_that_does_not_add_up_or_does_not_say_who_decided_is_refused(cases, payment, wrong):
    amounts = [yuan(one) for one in wrong.pop("amounts", (100, 150))]
    with pytest.raises(MatchRefused):
        take_apart(payment, cases, *amounts, **wrong)
    assert Repayment.objects.count() == 1


def test_only_contracts_of_one_person_and_of_the_same_source(cases, payment):
    stranger = make_case(contract_no="HT9", name="李四", source=cases[0].loan.source)
    abroad = Case.objects.get(loan__contract_no="HT3")
    for other in (stranger, abroad):
        with pytest.raises(MatchRefused):
            take_apart(payment, [cases[0], other], 100, 150)


def test_money_that_is_not_waiting_is_not_split(cases, payment, clerk):
    take_apart(payment, cases, 100, 150)
    with pytest.raises(MatchRefused):
        take_apart(payment, cases, 100, 150)
    matched = waiting(cases[0].loan.source)
    match_repayment(repayment=matched, contract_no="HT1", actor=clerk, now=clock.now())
    with pytest.raises(MatchRefused):
        take_apart(matched, cases, 100, 150)
    taken_back = waiting(cases[0].loan.source)
    waiting(cases[0].loan.source, reversal_of=taken_back)
    with pytest.raises(MatchRefused):
        take_apart(taken_back, cases, 100, 150)


def test_one_row_of_a_split_is_not_released_alone_nor_taken_back_once_something_stands_on_it(cases, payment, clerk):
    split = take_apart(payment, cases, 100, 150, actor=clerk)
    part = split.rows.get(loan=cases[0].loan)
    with pytest.raises(MatchRefused):
        release_repayment(repayment=part, actor=clerk, now=clock.now())
    waiting(cases[0].loan.source, reversal_of=part, loan=cases[0].loan)
    with pytest.raises(MatchRefused):
        undo_split(split=split, actor=clerk, now=clock.database_now())


@pytest.mark.django_db(transaction=True)
def test_the_database_refuses_rows_that_do_not_add_up_whoever_writes_them(cases, payment):
    split = take_apart(payment, cases, 100, 150)
    with pytest.raises(IntegrityError), transaction.atomic():
        Repayment.objects.create(
            source=payment.source, contract_no="HT1", loan=cases[0].loan, paid_on=payment.paid_on, amount=1, split=split
        )
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE cases_repaymentsplit SET basis = 'agreed' WHERE id = %s", [split.pk])
    with pytest.raises(IntegrityError), transaction.atomic():
        RepaymentSplit.objects.create(original=waiting(payment.source), basis=STATUTORY, made_at=clock.now())


@pytest.mark.django_db(transaction=True)
def test_two_colleagues_at_once_split_it_once(cases, payment):
    def act(*amounts: Any) -> Any:
        return lambda: take_apart(Repayment.objects.get(pk=payment.pk), cases, *amounts)

    results = at_once(act(100, 150), act(50, 200))
    assert sorted(isinstance(one, MatchRefused) for one in results) == [False, True]
    assert net() == yuan(250)
    split = RepaymentSplit.objects.get()
    undo = [lambda: undo_split(split=split, actor=None, now=clock.database_now())] * 2
    assert sorted(isinstance(one, MatchRefused) for one in at_once(*undo)) == [False, True]
    assert net() == yuan(250)


# The files that come later ------------------------------------------------------------------------------------------


def row(n: int, amount: Any, **changes: Any) -> PaymentRow:
    known: dict[str, Any] = {"contract_no": "", "debtor_name": "", "reference": "", "original_reference": ""}
    return PaymentRow(row_id=n, paid_on=dt.date(2026, 3, 2), amount=yuan(amount), status="confirmed", **known | changes)


def test_a_file_does_not_take_back_what_is_split_and_finds_what_was_put_together_again():
    day = dt.date(2026, 3, 2)
    original = Booked(1, "", day, yuan(250), "P1", "confirmed", is_reversed=True, is_split=True)
    back = row(1, -250, original_reference="P1")
    (refused,) = decide([back], Facts(by_reference={"P1": [original]}))
    assert (refused.is_accepted, refused.findings[0][1].code) == (False, "reversal_of_split")
    history = Booked(1, "", day, yuan(250), "P1", "confirmed", is_reversed=True)
    restored = Booked(9, "", day, yuan(250), "P1", "confirmed")
    (taken,) = decide([back], Facts(by_reference={"P1": [history, restored]}))
    assert (taken.is_accepted, taken.reverses_id) == (True, 9)


# The page -----------------------------------------------------------------------------------------------------------


def test_the_clerk_looks_a_contract_up_sees_all_debts_and_splits(cases, payment, clerk, client_as):
    browser = client_as(clerk)
    address = reverse("cases:waiting_payment", args=[payment.pk])
    page = browser.post(address, {"contract_no": "HT2"}).content.decode()
    assert "客户有 2 笔未结欠款" in page
    assert "HT3" not in page, "a debt to another lender"
    names = [f"share_{case.loan_id}" for case in cases]
    assert [
        f'name="{name}" value="{amount}"' in page for name, amount in zip(names, ("100.00", "150.00"), strict=True)
    ] == [
        True,
        True,
    ]
    page = browser.post(address, {"contract_no": "HT2", "designated": cases[1].loan_id}).content.decode()
    assert f'name="{names[1]}" value="250.00"' in page
    assert "债务人指定先还这一笔" in page

    given = {"contract_no": "HT2", "designated": cases[1].loan_id, names[0]: "", names[1]: "250", "note": ""}
    said = send(browser, "cases:waiting_split", payment.pk, **given)
    assert (said.status_code, "请写明是谁" in said.content.decode()) == (422, True)
    said = send(browser, "cases:waiting_split", payment.pk, **{**given, "note": "客户来电", names[1]: "249.99"})
    assert (said.status_code, "相差 0.01 元" in said.content.decode()) == (422, True)
    assert Repayment.objects.count() == 1
    done = send(
        browser,
        "cases:waiting_split",
        payment.pk,
        **{**given, "note": "客户 3 月 2 日来电", names[0]: "1", names[1]: "249"},
    )
    assert done.status_code == 302
    assert [net(loan=case.loan) for case in cases] == [yuan(1), yuan(249)]
    assert RepaymentSplit.objects.get().basis == DEBTOR
    page = browser.get(address).content.decode()
    assert "撤回拆分" in page and "客户 3 月 2 日来电" in page
    assert "没有待匹配的还款" in browser.get(reverse("cases:waiting_money")).content.decode()
    assert "1 笔，250.00 元" in browser.get(reverse("cases:waiting_money"), {"show": "split"}).content.decode()
    part = Repayment.objects.get(loan=cases[0].loan)
    assert "撤回拆分" in browser.get(reverse("cases:waiting_payment", args=[part.pk])).content.decode()
    assert send(browser, "cases:waiting_split_undo", part.pk).status_code == 302
    assert [net(loan=case.loan) for case in cases] == [0, 0]
    assert "恢复的那一笔" in browser.get(address).content.decode()
    assert "1 笔，250.00 元" in browser.get(reverse("cases:waiting_money")).content.decode()


def test_the_suggestion_is_split_as_the_law_says_and_a_changed_one_needs_a_word(cases, payment, clerk, client_as):
    browser = client_as(clerk)
    names = [f"share_{case.loan_id}" for case in cases]
    changed = {"contract_no": "HT1", names[0]: "50", names[1]: "200"}
    assert send(browser, "cases:waiting_split", payment.pk, **changed).status_code == 422
    send(browser, "cases:waiting_split", payment.pk, **{**changed, names[0]: "100", names[1]: "150"})
    assert RepaymentSplit.objects.get().basis == STATUTORY


@pytest.mark.parametrize("odd", ["", "x", "9" * 30, "-1", "\x00"])
def test_odd_input_splits_nothing(cases, payment, clerk, client_as, odd):
    browser = client_as(clerk)
    share = f"share_{cases[0].loan_id}"
    for data in (
        {"contract_no": "HT1", "designated": odd, share: "1"},
        {"contract_no": odd},
        {"contract_no": "HT1", share: odd},
    ):
        assert send(browser, "cases:waiting_split", payment.pk, **data).status_code == 422
    assert (
        browser.post(
            reverse("cases:waiting_payment", args=[payment.pk]), {"contract_no": "HT1", "designated": odd}
        ).status_code
        == 200
    )
    assert Repayment.objects.count() == 1


def test_whoever_only_reads_splits_nothing(cases, payment, auditor, client_as):
    browser = client_as(auditor)
    page = browser.post(reverse("cases:waiting_payment", args=[payment.pk]), {"contract_no": "HT1"}).content.decode()
    assert "拆分到这些合同" not in page
    assert send(browser, "cases:waiting_split", payment.pk, contract_no="HT1").status_code == 403
    assert send(browser, "cases:waiting_split_undo", payment.pk).status_code == 403
