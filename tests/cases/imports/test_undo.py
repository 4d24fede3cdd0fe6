"""Taking a run back: the same book as before, and never what people did since."""

from decimal import Decimal

import pytest

from cases.imports import run as runs
from cases.imports.booking.book_hash import book_hash
from cases.imports.refusals import RunRefused
from cases.imports.undoing import undo as undoing
from cases.imports.undoing import undo_blockers
from cases.models import (
    Absence,
    AbsenceReason,
    Case,
    CloseReason,
    ContactPoint,
    Custody,
    Debtor,
    Desk,
    ImportRun,
    Loan,
    Position,
    Repayment,
)
from cases.services import absences, cache
from cases.services.closing import close_case

from .conftest import DAY_1, DAY_2, DAY_3, DAY_4, at, case_of, debt


def undo(run: ImportRun) -> ImportRun:
    return runs.undo_run(run=run, actor=None, now=at(DAY_4, 18))


def reasons(run: ImportRun) -> dict[str, int]:
    with pytest.raises(RunRefused) as refused:
        undo(run)
    assert refused.value.code == "undo_blocked"
    return {b["code"]: b["count"] for b in refused.value.params["blockers"]}


def test_a_history_undone_step_by_step_gives_each_days_book_again(import_day):
    empty = book_hash()
    days = [
        (DAY_1, [debt(1, days=40), debt(2, days=40), debt(3), debt(4, 证件号码=""), debt(6)]),
        # 1 and 2 go missing; 3 changes product and limit, 4 gets its ID, name and a phone, 5 is new.
        (
            DAY_2,
            [
                debt(3, days=46, 产品="信用贷", 授信额度="60000", 城市="北京市"),
                debt(4, days=46, 客户姓名="张新", 手机号="15400009999"),
                debt(5),
                debt(6, days=46),
            ],
        ),
        # 1 comes back as a new episode, 2 goes on, 6 goes missing, a second loan of person 5 by another name.
        (
            DAY_3,
            [
                debt(1, days=1),
                debt(2, days=42, total="700.00"),
                debt(3, days=47, 授信额度="70000"),
                debt(4, days=47),
                debt(5, days=46),
                debt(7, 证件号码=debt(5)["证件号码"]),
            ],
        ),
    ]
    history = []
    for day, rows in days:
        run = import_day(day, rows)
        assert run.state == "applied", run.refusal
        history.append((run, book_hash()))
    assert len({digest for _run, digest in history}) == 3
    while history:
        run, digest = history.pop()
        assert book_hash() == digest
        assert undo(run).state == "undone"
        assert cache.differences() == []
    assert book_hash() == empty
    assert [model.objects.count() for model in (Debtor, Loan, Case, Position, Absence, Custody, ContactPoint)] == [
        0
    ] * 7


def test_the_same_file_may_come_again_after_it_was_undone(import_day):
    rows = [debt(1), debt(2)]
    first = import_day(DAY_1, rows)
    digest = book_hash()
    undo(first)
    again = import_day(DAY_1, rows)
    assert again.state == "applied"
    assert book_hash() == digest


def test_undoing_twice_is_undoing_once(import_day):
    run = import_day(DAY_1, [debt(1)])
    undo(run)
    version = ImportRun.objects.get(pk=run.pk).source.book_version
    assert undo(run).state == "undone"
    assert ImportRun.objects.get(pk=run.pk).source.book_version == version


def test_only_the_newest_run_of_a_source_is_undone(import_day, other_source):
    first = import_day(DAY_1, [debt(1)])
    later = import_day(DAY_2, [debt(1, days=46)])
    import_day(DAY_3, [debt(8)], into=other_source)  # another source's file does not stand on it
    assert reasons(first) == {"undo_later_run": 1}
    undo(later)
    assert undo(first).state == "undone"


def test_what_people_did_since_stands_in_the_way_and_is_named(import_day, collector, supervisor):
    import_day(DAY_1, [debt(1), debt(2), debt(3), debt(6)])
    run = import_day(DAY_2, [debt(1, days=46), debt(3, days=46), debt(4), debt(5, 手机号="15400000555")])
    before = book_hash()

    desk = Desk.objects.create(code="lin", name="林催收", kind="collector", owner=collector)
    Custody.objects.filter(case=case_of(4)).update(ended_at=at(DAY_2, 9))
    Custody.objects.create(case=case_of(4), desk=desk, started_at=at(DAY_2, 9), reason="assigned")
    close_case(case=case_of(3), reason=CloseReason.SETTLED, closed_on=DAY_2, actor=supervisor, now=at(DAY_2, 10))
    gone = Absence.objects.get(case=case_of(2))
    absences.explain(absence=gone, reason=AbsenceReason.PAID, actor=supervisor, now=at(DAY_2, 10))
    Repayment.objects.create(
        source=run.source, contract_no="HT00005", loan=case_of(5).loan, paid_on=DAY_2, amount=Decimal("5.00")
    )
    ContactPoint.objects.filter(masked="154****0555").update(status="valid")
    assert reasons(run) == {
        "undo_case_moved": 1,
        "undo_case_closed": 1,
        "undo_absence_explained": 1,
        "undo_repayment_recorded": 1,
        "undo_contact_checked": 1,
    }
    assert book_hash() != before
    assert ImportRun.objects.get(pk=run.pk).state == "applied"


def test_a_move_of_a_case_that_was_there_before_does_not_stand_in_the_way(import_day, collector):
    import_day(DAY_1, [debt(1)])
    run = import_day(DAY_2, [debt(1, days=46)])
    desk = Desk.objects.create(code="lin", name="林催收", kind="collector", owner=collector)
    Custody.objects.filter(case=case_of(1)).update(ended_at=at(DAY_2, 9))
    Custody.objects.create(case=case_of(1), desk=desk, started_at=at(DAY_2, 9), reason="assigned")
    cache.repair()
    assert undo(run).state == "undone"
    assert case_of(1).desk == desk
    assert case_of(1).as_of == DAY_1


def test_a_person_whom_another_source_names_too_stays_with_the_numbers_it_gave(import_day, other_source):
    import_day(DAY_1, [debt(8, 合同编号="XD0")], into=other_source)
    only_other = book_hash()
    run = import_day(DAY_1, [debt(1, 手机号="15400000001,15400000002")])
    import_day(
        DAY_2, [debt(8, days=46, 合同编号="XD0"), debt(1, 合同编号="XD1", 手机号="15400000001")], into=other_source
    )
    undo(run)
    assert sorted(ContactPoint.objects.values_list("masked", flat=True)) == ["154****0001", "154****0008"]
    assert Loan.objects.get(contract_no="XD1").debtor.name == "张乙"
    assert only_other != book_hash()
    later = ImportRun.objects.get(source=other_source, as_of=DAY_2)
    undo(later)
    assert book_hash() == only_other


def test_a_guard_of_an_app_above_is_asked_for_cases_of_the_run(import_day, monkeypatch):
    monkeypatch.setattr(undo_blockers, "_guards", {})
    import_day(DAY_1, [debt(2)])
    run = import_day(DAY_2, [debt(1), debt(3)])

    @undoing.undo_guard(code="called", counted="%(count)s 个案件之后有催记", one="之后有催记")
    def called(asked: ImportRun) -> list[int]:
        return [case_of(1).pk, case_of(1).pk + 1000] if asked == run else []

    assert reasons(run) == {"called": 1}
    assert undoing.sentence("called", 1) == "1 个案件之后有催记"
