"""Absences that money explains: worked examples to the cent, through the importer and the recording of payments."""

import datetime as dt
from decimal import Decimal
from threading import Barrier

import pytest

from cases.imports import run as runs
from cases.imports.booking.book_hash import book_hash
from cases.models import Absence, AbsenceReason, Case, ImportRun, Repayment, Source
from cases.services import absence_rules, absences, cache
from cases.services.absence_rules import is_covered, share
from cases.services.repayments import Payment, record_repayments
from collection_ops.core.models import AuditEvent
from tests.core.races import at_once

from .conftest import DAY_1, DAY_2, DAY_3, DAY_4, at, case_of, debt


@pytest.mark.parametrize(
    ("owed", "received", "covered", "percent"),
    [
        ("1000.00", "1000.00", True, "100.0"),
        ("1000.00", "999.99", False, "100.0"),
        ("1000.00", "1000.01", True, "100.0"),
        ("1000.00", "250.00", False, "25.0"),
        ("0.00", "0.00", False, None),
        ("-5.00", "0.00", False, None),
        ("0.00", "0.01", True, None),
    ],
)
def test_money_covers_to_the_cent_or_not_at_all(owed, received, covered, percent):
    figures = {"owed": Decimal(owed), "received": Decimal(received)}
    assert is_covered(**figures) is covered
    assert share(**figures) == (None if percent is None else Decimal(percent))


def pay(
    source: Source, number: int, amount: str, *, on: dt.date = DAY_2, status: str = "confirmed", now: dt.datetime
) -> int:
    payment = Payment(
        f"HT{number:05d}", on, Decimal(amount), reference=f"R{number}-{amount}-{on}-{status}", status=status
    )
    return record_repayments(payments=[payment], source=source, actor=None, now=now)


def absence(number: int) -> Absence:
    return Absence.objects.get(case__loan__contract_no=f"HT{number:05d}")


def test_money_recorded_after_the_absence_explains_what_it_covers_exactly(import_day, source):
    import_day(DAY_1, [debt(1, total="1000.00"), debt(2, total="1000.00"), debt(3)])
    import_day(DAY_3, [debt(3, days=47)])
    pay(source, 1, "400.00", on=DAY_2, now=at(DAY_3, 9))
    assert not Absence.objects.exclude(reason="").exists()
    pay(source, 1, "600.00", on=DAY_3, now=at(DAY_3, 10))  # 400 + 600 = 1000, the day of the absence included
    pay(source, 2, "999.99", on=DAY_3, now=at(DAY_3, 10))
    assert (absence(1).reason, absence(1).rule, absence(1).explained_by) == ("paid", "covered_by_repayment", None)
    case = case_of(1)
    assert (case.closed_on, case.close_reason, case.desk, case.absent_since) == (DAY_3, "paid", None, None)
    assert case.custodies.get().ended_at == at(DAY_3, 10)
    assert absence(2).reason == "" and case_of(2).is_open
    assert cache.differences() == []
    audit = AuditEvent.objects.get(action="absence.explained_by_rule")
    assert (audit.data["count"], audit.data["received"], audit.data["cases"]) == (1, "1000.00", [case.pk])


@pytest.mark.parametrize(
    ("payment", "why"),
    [
        ({"status": "claimed"}, "claimed money never explains"),
        ({"on": DAY_1}, "the position of that day counts it already"),
        ({"on": DAY_4}, "paid after the file missed the case"),
    ],
)
def test_money_that_does_not_count_explains_nothing(import_day, source, payment, why):
    import_day(DAY_1, [debt(1), debt(3)])
    import_day(DAY_3, [debt(3, days=47)])
    pay(source, 1, "1000.00", now=at(DAY_4, 9), **payment)
    assert absence(1).reason == "", why
    pay(source, 1, "1000.00", on=DAY_2, now=at(DAY_4, 10))
    assert absence(1).reason == "paid"


def test_reversed_money_does_not_count_and_money_learned_later_is_not_known_yet(import_day, source):
    import_day(DAY_1, [debt(1), debt(3)])
    pay(source, 1, "1000.00", now=at(DAY_2, 9))
    wrong = Repayment.objects.get()
    Repayment.objects.create(
        source=source, contract_no="HT00001", loan=wrong.loan, paid_on=DAY_2, amount=wrong.amount,
        status="confirmed", reversal_of=wrong,
    )  # fmt: skip
    import_day(DAY_3, [debt(3, days=47)])
    assert absence(1).reason == ""
    Repayment.objects.create(
        source=source, contract_no="HT00001", loan=wrong.loan, paid_on=DAY_2, amount=wrong.amount,
        status="confirmed", recorded_at=at(DAY_4),
    )  # fmt: skip
    assert absence_rules.explain_by_money(source=source, now=at(DAY_3, 20)) == 0
    assert absence_rules.explain_by_money(source=source, now=at(DAY_4)) == 1


def test_the_money_of_one_contract_does_not_pay_the_persons_other(import_day, source):
    import_day(DAY_1, [debt(1), debt(2, 证件号码=debt(1)["证件号码"]), debt(3)])
    pay(source, 1, "2000.00", now=at(DAY_2, 9))
    import_day(DAY_3, [debt(3, days=47)])
    assert (absence(1).reason, absence(2).reason) == ("paid", "")


def test_the_undo_of_the_file_that_showed_the_absence_takes_the_explanation_back(import_day, source):
    import_day(DAY_1, [debt(1), debt(3)])
    pay(source, 1, "1000.00", now=at(DAY_2, 9))
    before = book_hash()
    run = import_day(DAY_3, [debt(3, days=47)])
    assert (absence(1).explained_by_run, case_of(1).closed_by_run) == (run, run)
    runs.undo_run(run=run, actor=None, now=at(DAY_4))
    assert book_hash() == before
    assert case_of(1).is_open and case_of(1).desk is not None
    assert cache.differences() == []


def test_a_file_that_was_followed_by_money_waits_until_the_explanation_is_taken_back(import_day, source):
    import_day(DAY_1, [debt(1), debt(3)])
    before = book_hash()
    run = import_day(DAY_3, [debt(3, days=47)])
    pay(source, 1, "1000.00", now=at(DAY_3, 9))
    with pytest.raises(runs.RunRefused) as refused:
        runs.undo_run(run=run, actor=None, now=at(DAY_4))
    assert [b["code"] for b in refused.value.params["blockers"]] == ["undo_absence_explained"]
    absences.take_back_explanation(absence=absence(1), actor=None, now=at(DAY_4))
    assert (absence(1).reason, absence(1).rule) == ("", "")
    runs.undo_run(run=run, actor=None, now=at(DAY_4))
    Repayment.objects.all().delete()  # money stays when the file is taken back, and is part of the book
    assert book_hash() == before


def test_what_a_repayment_file_explained_is_taken_back_with_it(import_day, source):
    import_day(DAY_1, [debt(1), debt(3)])
    import_day(DAY_3, [debt(3, days=47)])
    Repayment.objects.create(
        source=source, contract_no="HT00001", loan=case_of(1).loan, paid_on=DAY_2, amount=Decimal("1000.00"),
        status="confirmed", recorded_at=at(DAY_3),
    )  # fmt: skip
    before = book_hash()
    money = ImportRun.objects.create(source=source, kind="repayments", as_of=DAY_3, sha256="m" * 64, state="applied")
    assert absence_rules.explain_by_money(source=source, run=money, now=at(DAY_4)) == 1
    assert (absence(1).explained_by_run, case_of(1).is_open) == (money, False)
    assert absence_rules.take_back(run=money, now=at(DAY_4)) == 1
    assert book_hash() == before
    assert cache.differences() == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("guarded", [True, False], ids=["guarded", "twin"])
def test_two_clerks_explaining_at_once_is_one_explanation(import_day, monkeypatch, guarded, clerk, supervisor):
    """The twin leaves out the lock and the second look: both believe they explained it."""
    import_day(DAY_1, [debt(1), debt(3)])
    import_day(DAY_2, [debt(3, days=46)])
    asked = absence(1).pk
    if not guarded:
        both_read = Barrier(2)
        write = absences._write

        def stale(*found_and_rest):
            both_read.wait(timeout=20)
            write(*found_and_rest)

        monkeypatch.setattr(absences, "_lock_books", lambda ids: None)
        monkeypatch.setattr(absences, "_write", stale)
        monkeypatch.setattr(Absence.objects, "select_for_update", lambda **_: Absence.objects.all(), raising=False)

    def explain(actor, reason):
        return lambda: absences.explain_many(absences=[asked], reason=reason, actor=actor, now=at(DAY_3))

    explained = at_once(explain(clerk, AbsenceReason.PAID), explain(supervisor, AbsenceReason.RECALLED))
    assert sorted(explained) == ([0, 1] if guarded else [1, 1])
    assert AuditEvent.objects.filter(action="absence.explained").count() == sum(explained)
    assert Case.objects.closed().count() == 1
