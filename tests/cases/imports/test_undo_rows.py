"""Taking back a part: contracts on which later facts stand stay and are named, the others go."""

import datetime as dt
import io
import json
import threading
from contextlib import suppress
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.management import call_command
from django.db import transaction

from cases.imports import run as runs
from cases.imports import taking_back
from cases.imports.booking.book_hash import book_hash
from cases.imports.refusals import RunRefused
from cases.imports.undoing import undo as undoing
from cases.models import (
    Absence,
    Case,
    CloseReason,
    ContactPoint,
    Debtor,
    ImportRow,
    ImportRun,
    Loan,
    Position,
    Repayment,
    RunState,
    Standing,
)
from cases.services import cache
from cases.services.closing import close_case
from collection_ops.core import clock, invariants
from collection_ops.core.models import AuditEvent
from tests.core.races import at_once

from .conftest import DAY_1, DAY_2, DAY_3, DAY_4, at, case_of, debt


def undo(run: ImportRun, *, partial: bool = True) -> ImportRun:
    return runs.undo_run(run=run, actor=None, now=at(DAY_4, 18), partial=partial)


def pay(number: int, amount: str = "5.00", *, on: dt.date = DAY_2) -> Repayment:
    case = case_of(number)
    return Repayment.objects.create(
        source=case.loan.source, contract_no=case.loan.contract_no, loan=case.loan, paid_on=on, amount=Decimal(amount)
    )


def broken() -> dict[str, list]:
    return {r["code"]: r["rows"] for r in invariants.check_all(now=clock.now()) if r["count"]}


def blocked(run: ImportRun) -> dict[str, list[tuple[str, int | None]]]:
    """{contract: [(code, run)]}"""
    with transaction.atomic():
        contracts = {case.pk: case.loan.contract_no for case in undoing.blocked_cases(run=run)}
        return {contracts[pk]: [(one.code, one.run_id) for one in why] for pk, why in undoing.reasons_of().items()}


def contracts_of(run: ImportRun, state: str) -> list[str]:
    return list(ImportRow.objects.filter(run=run, state=state).order_by("pk").values_list("contract_no", flat=True))


# A part of the newest run -------------------------------------------------------------------------------------------


def test_the_free_rows_go_the_held_one_stays_and_goes_once_it_is_free(import_day):
    import_day(DAY_1, [debt(1), debt(2), debt(6)])
    before = book_hash()
    run = import_day(DAY_2, [debt(1, days=46, 产品="信用贷"), debt(3), debt(4, days=10), debt(5)])
    payment = pay(3)
    assert blocked(run) == {"HT00003": [("undo_repayment_recorded", None)]}
    with pytest.raises(RunRefused) as refused:
        undo(run, partial=False)
    assert refused.value.params["blockers"][0]["cases"] == [case_of(3).pk]
    assert Case.objects.count() == 6

    undo(run)
    assert (run.state, run.undone_rows) == (RunState.APPLIED, 3)
    assert contracts_of(run, "undone") == ["HT00001", "HT00004", "HT00005"]
    assert contracts_of(run, "accepted") == ["HT00003"]
    assert sorted(Loan.objects.values_list("contract_no", flat=True)) == ["HT00001", "HT00002", "HT00003", "HT00006"]
    assert case_of(1).as_of == DAY_1 and case_of(1).loan.product == "消费分期"
    assert not Absence.objects.exists()  # 2 and 6 were missing
    assert cache.differences() == []
    assert broken() == {}
    assert book_hash() != before
    audit = AuditEvent.objects.get(action="import.partly_undone")
    assert (audit.data["taken_back"]["rows"], audit.data["taken_back"]["blocked"]) == (3, 1)

    with pytest.raises(RunRefused) as nothing:
        undo(run)
    assert nothing.value.code == "undo_nothing_free"
    payment.delete()
    undo(run)
    assert (run.state, run.undone_rows) == (RunState.UNDONE, 4)
    assert book_hash() == before
    assert broken() == {}


def test_a_second_undo_leaves_alone_what_came_after_the_first(import_day):
    """The row of contract 1 is undone; a later file gives it again, with another product. That is the later file's."""
    import_day(DAY_1, [debt(1)])
    run = import_day(DAY_2, [debt(1, days=46, 产品="信用贷", 客户姓名="张新"), debt(3)])
    payment = pay(3)
    undo(run)
    assert (case_of(1).loan.product, case_of(1).loan.debtor.name) == ("消费分期", debt(1)["客户姓名"])
    later = import_day(DAY_3, [debt(1, days=47, 产品="车贷", 客户姓名="张后"), debt(3, days=46)])
    payment.delete()
    assert blocked(run) == {"HT00003": [("undo_later_run", later.pk)]}
    undo(later, partial=False)
    undo(run)
    assert (case_of(1).loan.product, case_of(1).loan.debtor.name) == ("消费分期", debt(1)["客户姓名"])
    assert Position.objects.count() == 1


def test_two_contracts_of_one_person_are_two_rows_and_the_person_stays_with_the_held_one(import_day):
    before = book_hash()
    run = import_day(DAY_1, [debt(1), debt(2, 证件号码=debt(1)["证件号码"]), debt(3)])
    payment = pay(1)
    undo(run)
    assert Debtor.objects.count() == 1
    assert Loan.objects.get().contract_no == "HT00001"
    assert ContactPoint.objects.count() == 2  # of the person, whichever row gave them
    assert broken() == {}
    payment.delete()
    undo(run)
    assert (run.state, Debtor.objects.count(), ContactPoint.objects.count()) == (RunState.UNDONE, 0, 0)
    assert book_hash() == before


def test_a_checked_number_holds_all_rows_of_its_person(import_day):
    run = import_day(DAY_1, [debt(1), debt(2, 证件号码=debt(1)["证件号码"]), debt(3)])
    ContactPoint.objects.filter(masked="154****0002").update(status="valid")
    assert set(blocked(run)) == {"HT00001", "HT00002"}
    undo(run)
    assert Loan.objects.count() == 2


def test_a_closed_case_stays_and_its_reentered_neighbour_goes(import_day, supervisor):
    import_day(DAY_1, [debt(1, days=40), debt(2)])
    import_day(DAY_2, [debt(2, days=46)])
    before = book_hash()
    run = import_day(DAY_3, [debt(1, days=1), debt(2, days=47)])
    assert case_of(1, episode=1).close_reason == "cured"
    close_case(case=case_of(2), reason=CloseReason.SETTLED, closed_on=DAY_3, actor=supervisor, now=at(DAY_3, 10))
    assert blocked(run) == {"HT00002": [("undo_case_closed", None)]}
    undo(run)
    assert case_of(1).episode == 1 and case_of(1).is_open and case_of(1).absent_since == DAY_2
    assert not case_of(2).is_open
    assert cache.differences() == []
    assert book_hash() != before


def test_a_person_who_got_the_id_by_which_another_source_found_them_stays_whole(import_day, other_source):
    import_day(DAY_1, [debt(1, 证件号码=""), debt(2)])
    run = import_day(DAY_2, [debt(1, days=46), debt(2, days=46)])
    other = import_day(DAY_3, [debt(1, 合同编号="XD1")], into=other_source)
    assert Debtor.objects.count() == 2
    assert blocked(run) == {"HT00001": [("undo_person_joined", other.pk)]}
    undo(run)
    assert Loan.objects.get(contract_no="XD1").debtor == Loan.objects.get(contract_no="HT00001").debtor
    undo(other, partial=False)
    undo(run)
    assert (run.state, case_of(1).loan.debtor.id_index) == (RunState.UNDONE, "")


# An older run --------------------------------------------------------------------------------------------------------


def test_of_an_older_run_every_row_is_held_by_the_files_after_it_and_each_says_by_which(import_day):
    first = import_day(DAY_1, [debt(1), debt(2), debt(3), debt(4)])
    second = import_day(DAY_2, [debt(1, days=46), debt(4, days=46)])  # 2 and 3 are missing
    third = import_day(DAY_3, [debt(2, days=47), debt(4, days=1)])  # 1 is missing, 2 returns, 3 is still missing
    assert blocked(first) == {
        "HT00001": [("undo_later_run", third.pk)],
        "HT00002": [("undo_later_run", third.pk)],
        "HT00003": [("undo_later_run", second.pk)],
        "HT00004": [("undo_later_run", third.pk)],
    }
    # What the second file missed, the third has answered or missed as well.
    assert set(blocked(second)) == {"HT00001", "HT00002", "HT00003", "HT00004"}
    with pytest.raises(RunRefused) as refused:
        undo(first)
    assert refused.value.code == "undo_nothing_free"
    assert refused.value.params["blockers"][0]["runs"] == [third.pk, second.pk]


def test_a_row_that_a_later_file_let_go_of_is_free_although_that_file_remains(import_day):
    import_day(DAY_1, [debt(1), debt(2)])
    middle = import_day(DAY_2, [debt(1, days=46), debt(2, days=46)])
    last = import_day(DAY_3, [debt(1, days=47), debt(2, days=47), debt(3)])
    pay(3)
    undo(last)  # contract 3 holds that file in the book
    assert last.state == RunState.APPLIED
    assert blocked(middle) == {}
    undo(middle, partial=False)
    assert middle.state == RunState.UNDONE
    assert case_of(1).as_of == DAY_1
    assert broken() == {}


def test_a_file_of_an_older_day_is_free_because_the_newer_day_was_there_before_it(import_day):
    """History as such a file is written: positions of its day only, known later than the newer day."""
    newest = import_day(DAY_3, [debt(1), debt(2)])
    before = book_hash()
    history = ImportRun.objects.create(
        source=newest.source, as_of=DAY_2, standing=Standing.HISTORY, state=RunState.APPLIED, file_name="旧.csv",
        stored_name="x", sha256="h" * 64, applied_at=at(DAY_4), row_counts={"read": 2, "accepted": 2},
        control_totals={"sums": {"total": "2000.00"}},
    )  # fmt: skip
    for number in (1, 2):
        case = case_of(number)
        row = ImportRow.objects.create(
            run=history, sheet="s", row_number=number, state="accepted", contract_no=case.loan.contract_no,
            case_id=case.pk, loan_id=case.loan_id, total=case.total,
        )  # fmt: skip
        Position.objects.create(
            case=case, as_of=DAY_2, run=history, row=row.pk, recorded_at=at(DAY_4), days_past_due=44,
            principal=case.total, interest=0, penalty=0, fees=0, total=case.total,
        )  # fmt: skip
    last = import_day(dt.date(2026, 3, 6), [debt(1, days=48), debt(2, days=48)], now=at(dt.date(2026, 3, 6)))
    assert blocked(history) == {}
    # The newest day at that time is another matter, and a case it opened is held by the older day as well.
    assert {why for reasons in blocked(newest).values() for why in reasons} == {("undo_later_run", last.pk)}
    undo(last, partial=False)
    assert {why for reasons in blocked(newest).values() for why in reasons} == {("undo_later_run", history.pk)}
    undo(history, partial=False)
    assert (history.state, book_hash()) == (RunState.UNDONE, before)
    assert broken() == {}


def test_a_case_that_an_older_day_says_is_missing_since_this_one_needs_this_day(import_day):
    run = import_day(DAY_3, [debt(1), debt(2)])
    history = ImportRun.objects.create(
        source=run.source, as_of=DAY_2, standing=Standing.HISTORY, state=RunState.APPLIED, sha256="h" * 64,
        applied_at=at(DAY_4),
    )  # fmt: skip
    theirs = case_of(2)  # as the older day opens its own: by it, and missing since the next day of the book
    Position.objects.filter(case=theirs).update(run=history, recorded_at=at(DAY_4))
    ImportRow.objects.filter(run=run, contract_no="HT00002").delete()
    Case.objects.filter(pk=theirs.pk).update(opened_by_run=history, last_run=history, absent_since=DAY_3)
    Absence.objects.create(case=theirs, as_of=DAY_3, run=history)
    assert blocked(run) == {"HT00002": [("undo_later_run", history.pk)]}
    undo(run)
    assert (run.state, run.undone_rows) == (RunState.APPLIED, 1)


# Doors ---------------------------------------------------------------------------------------------------------------


def test_an_undo_waits_for_no_file_that_is_being_applied_but_is_refused(import_day):
    first = import_day(DAY_1, [debt(1)])
    ImportRun.objects.filter(pk=import_day(DAY_2, [debt(2)], apply=False).pk).update(state=RunState.APPLYING)
    with pytest.raises(RunRefused) as refused:
        undo(first)
    assert refused.value.code == "another_applying"
    with pytest.raises(RunRefused):
        runs.request_undo(run=first, actor=None, now=at(DAY_4))


def test_asking_twice_for_an_undo_makes_one_job(import_day):
    run = import_day(DAY_1, [debt(1)])
    runs.request_undo(run=run, actor=None, now=at(DAY_4))
    with pytest.raises(RunRefused) as refused:
        runs.request_undo(run=run, actor=None, now=at(DAY_4))
    assert refused.value.code == "undo_running"


def test_the_command_lists_every_held_case_and_takes_the_rest(import_day):
    run = import_day(DAY_1, [debt(1), debt(2)])
    pay(1)

    def command(*options: str) -> tuple[int, dict]:
        out, code = io.StringIO(), 0
        try:
            call_command("undo_import", str(run.pk), "--json", *options, stdout=out)
        except SystemExit as ended:
            code = int(ended.code or 0)
        return code, json.loads(out.getvalue())

    held = [{"case": case_of(1).pk, "run": None}]
    code, said = command()
    assert (code, said["state"], said["problems"][0]["code"]) == (2, "applied", "undo_blocked")
    assert [(b["code"], b["count"], b["cases"]) for b in said["blockers"]] == [("undo_repayment_recorded", 1, held)]
    code, said = command("--partial")
    assert (code, said["state"], said["undone_rows"]) == (0, "applied", 1)
    assert said["blockers"][0]["cases"] == held
    assert command("--partial")[0] == 2


def test_an_undo_that_dies_on_its_way_has_taken_nothing_back(import_day, monkeypatch):
    run = import_day(DAY_1, [debt(1), debt(2)])
    pay(1)
    before = book_hash()

    def die(**_: object) -> None:
        raise RuntimeError

    with monkeypatch.context() as patched, pytest.raises(RuntimeError):
        patched.setattr(cache, "repair", die)
        undo(run)
    run.refresh_from_db()
    assert (book_hash(), run.undone_rows, contracts_of(run, "undone")) == (before, 0, [])
    undo(run)
    assert run.undone_rows == 1


# Two at once ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def meet_before_taking_back(monkeypatch):
    """Both wait for each other between looking and writing: with the guard on they cannot meet, and one goes on alone."""
    barrier, original, waiting = threading.Barrier(2), undoing.take_back, SimpleNamespace(patience=1.5)

    def slow(**options: Any) -> dict[str, int]:
        with suppress(threading.BrokenBarrierError):
            barrier.wait(timeout=waiting.patience)
        return original(**options)

    monkeypatch.setattr(undoing, "take_back", slow)
    return waiting


def undo_twice_at_once(run: ImportRun) -> list[Any]:
    return at_once(*[lambda: undo(ImportRun.objects.get(pk=run.pk))] * 2)


@pytest.mark.django_db(transaction=True)
def test_two_undos_at_once_are_one(import_day, meet_before_taking_back):
    run = import_day(DAY_1, [debt(1), debt(2)])
    assert [result.state for result in undo_twice_at_once(run)] == ["undone", "undone"]
    assert AuditEvent.objects.filter(action="import.undone").count() == 1
    assert (Case.objects.count(), broken()) == (0, {})


@pytest.mark.django_db(transaction=True)
def test_twin_without_the_lock_both_believe_they_took_it_back(import_day, meet_before_taking_back, monkeypatch):
    meet_before_taking_back.patience = 20
    run = import_day(DAY_1, [debt(1), debt(2)])
    monkeypatch.setattr(taking_back, "lock_book", lambda *, source_id, people: run.source)
    results = undo_twice_at_once(run)
    refused = [result for result in results if isinstance(result, Exception)]
    written = AuditEvent.objects.filter(action="import.undone").count()
    assert refused or written == 2, results
