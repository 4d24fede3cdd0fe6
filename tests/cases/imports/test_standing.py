"""A second file for a day, an older day after a newer one, and a file without rows."""

import datetime as dt
from decimal import Decimal

import pytest

from cases import invariants
from cases.imports import run as runs
from cases.imports.booking.book_hash import book_hash
from cases.imports.refusals import RunRefused
from cases.imports.undoing.undo import survey
from cases.models import Absence, Case, ContactPoint, Custody, ImportRun, Layout, Position, Standing
from cases.movement import last_days
from cases.selectors import newest_runs, position_series
from cases.services import cache
from cases.services.sources import change_source
from tests.reports.figures import LEFT, distribution, matrix

from .builders import text_file
from .conftest import DAY_1, DAY_2, DAY_3, DAY_4, HEADINGS, at, case_of, debt


def answered(run: ImportRun, now: dt.datetime, **answers: str) -> ImportRun:
    """Give the answers and read the file again; what is then a preview is applied."""
    runs.answer(run=run, answers=answers, actor=None, now=now, enqueue=False)
    runs.read_run(run=run, now=now)
    if run.state == "preview":
        runs.start_applying(run=run, accept_good_rows=False, allowed=runs.ALL_BUT_TYPED)
        runs.apply_run(run=run, actor=None, now=now)
    return run


def in_order() -> None:
    assert cache.differences() == []
    for name in ("one_open_custody", "batches_reconcile", "applied_runs_have_their_positions", "one_file_once"):
        assert getattr(invariants, name)() == [], name


def total_of(day: dt.date, **known: dt.datetime) -> tuple[int, Decimal]:
    stages = distribution(day, **known).values()
    return sum(stage["count"] for stage in stages), sum((stage["total"] for stage in stages), Decimal(0))


# The same day again -------------------------------------------------------------------------------------------------


def test_a_correction_takes_the_place_of_the_days_first_file_and_old_reports_print_what_they_printed(import_day):
    import_day(DAY_1, [debt(1), debt(2)])
    first = import_day(DAY_2, [debt(1, days=46), debt(2, days=46), debt(3)])
    second = import_day(DAY_2, [debt(1, days=46, total="900.00"), debt(3), debt(4)], now=at(DAY_2, 15))
    assert (second.state, second.questions[0]["params"]["run"]) == ("asking", first.pk)
    assert case_of(1).total == Decimal("1000.00")  # nothing happens by itself

    run = answered(second, at(DAY_2, 15), standing="correction")
    assert (run.state, run.standing) == ("applied", Standing.CORRECTION)
    assert case_of(1).total == Decimal("900.00")
    assert case_of(2).absent_since == DAY_2  # only the first file had it
    assert (case_of(4).opened_on, case_of(3).opened_by_run) == (DAY_2, first)
    in_order()

    assert total_of(DAY_2, known_by=at(DAY_2, 12)) == (3, Decimal("3000.00"))
    assert total_of(DAY_2) == (3, Decimal("2900.00"))  # 1, 3 and 4: contract 2 was not overdue that day
    counts, _amounts = matrix(DAY_1, DAY_2)
    assert counts["M2"][LEFT] == 1
    (days,) = last_days()
    assert (days.later.run_id, days.earlier.as_of) == (run.pk, DAY_1)
    assert [one.pk for one in newest_runs()] == [run.pk]
    assert [point["total"] for point in position_series(case_of(1))] == ["1000.00", "900.00"]


def test_a_case_that_the_first_file_lacked_was_never_away(import_day):
    import_day(DAY_1, [debt(1, days=45), debt(2)])
    import_day(DAY_2, [debt(2, days=46)])
    assert case_of(1).absent_since == DAY_2
    # Its days fell to none: in a later file that would be a debt that began anew, within one day it cannot be.
    answered(import_day(DAY_2, [debt(1, days=0), debt(2, days=46)]), at(DAY_2, 15), standing="correction")
    assert Case.objects.filter(loan__contract_no="HT00001").count() == 1
    assert case_of(1).absent_since is None
    in_order()


def test_a_correction_is_undone_and_the_first_file_stands_again(import_day):
    import_day(DAY_1, [debt(1), debt(2)])
    first = import_day(DAY_2, [debt(1, days=46), debt(3)])
    before = book_hash()
    run = answered(
        import_day(DAY_2, [debt(1, days=46, total="900.00"), debt(2, days=46), debt(4)]),
        at(DAY_2, 15),
        standing="correction",
    )
    assert survey(run=first).blockers[0].code == "undo_later_run"
    assert survey(run=run).blockers == []
    runs.undo_run(run=run, actor=None, now=at(DAY_2, 16))
    assert book_hash() == before
    assert total_of(DAY_2) == (2, Decimal("2000.00"))
    in_order()
    runs.undo_run(run=first, actor=None, now=at(DAY_2, 17))
    assert [case.absent_since for case in (case_of(1), case_of(2))] == [None, None]


def test_giving_up_discards_the_file_and_leaves_the_book(import_day):
    import_day(DAY_1, [debt(1)])
    before = book_hash()
    run = import_day(DAY_1, [debt(1, total="900.00")])
    runs.answer(run=run, answers={"standing": "give_up"}, actor=None, now=at(DAY_1))
    assert (run.state, book_hash()) == ("discarded", before)


def test_an_answer_for_another_place_is_asked_again(import_day):
    import_day(DAY_1, [debt(1)])
    run = import_day(DAY_1, [debt(1, total="900.00")], apply=False)
    import_day(DAY_2, [debt(1, days=46)])  # meanwhile the day has become history
    runs.answer(run=run, answers={"standing": "correction"}, actor=None, now=at(DAY_2), enqueue=False)
    runs.read_run(run=run, now=at(DAY_2))
    assert (run.state, [question["code"] for question in run.questions]) == ("asking", ["ask_history_again"])


def test_a_doubtful_column_and_the_day_are_asked_together(import_day, source, tmp_path, clerk):
    import_day(DAY_1, [debt(1)])
    headings = ["还款日期" if heading == "应还日期" else heading for heading in HEADINGS]
    row = debt(1, 应还日期="2026-01-16", total="900.00")
    path = text_file(tmp_path / "a.csv", [headings, [row[heading] for heading in HEADINGS]])
    run = runs.import_file(path=path, source=source, as_of=DAY_1, actor=clerk, now=at(DAY_1, 15))
    assert [question["key"] for question in run.questions] == ["standing", "column:还款日期"]
    answered(run, at(DAY_1, 15), **{"standing": "correction", "column:还款日期": "due_date"})
    assert (run.state, run.layout.mapping["还款日期"]) == ("applied", "due_date")


# An older day -------------------------------------------------------------------------------------------------------


@pytest.fixture
def book(import_day, source):
    """Days 1, 3 and 4: contract 1 throughout, 2 cleared on day 3, 3 back on day 4 as a new episode."""
    change_source(source=source, actor=None, max_absent_percent=Decimal(100))
    import_day(DAY_1, [debt(1), debt(2), debt(3)])
    import_day(DAY_3, [debt(1, days=47)])
    import_day(DAY_4, [debt(1, days=48), debt(3, days=1, total="50.00")])


def bring_history(import_day, rows, now=None) -> ImportRun:
    run = import_day(DAY_2, rows, now=now or at(DAY_4, 15))
    assert run.state == "asking"
    return answered(run, now or at(DAY_4, 15), standing="history")


def test_an_older_day_is_written_beside_the_book_and_not_into_it(book, import_day):
    present = {case.pk: (case.total, case.desk_id, case.absent_since) for case in Case.objects.all()}
    before = (ContactPoint.objects.count(), Custody.objects.count(), Absence.objects.count())
    run = bring_history(import_day, [debt(1, days=46, total="1500.00", 客户姓名="张旧名", 手机号="15477777777")])
    assert (run.state, run.standing) == ("applied", Standing.HISTORY)
    assert run.differences["placed"] == {"count": 1, "amount": "1500.00"}
    assert run.differences["new"]["count"] == 0
    assert {case.pk: (case.total, case.desk_id, case.absent_since) for case in Case.objects.all()} == present
    assert (ContactPoint.objects.count(), Custody.objects.count(), Absence.objects.count()) == before
    assert case_of(1).loan.debtor.name == debt(1)["客户姓名"]
    assert total_of(DAY_2) == (1, Decimal("1500.00"))
    assert total_of(DAY_2, known_by=at(DAY_4, 12)) == (3, Decimal("3000.00"))  # the day before was all we knew
    in_order()


def test_a_row_goes_to_the_case_that_was_open_that_day_else_to_the_nearest(book, import_day):
    first, second = case_of(3, episode=1), case_of(3, episode=2)
    assert (first.closed_on, second.opened_on) == (DAY_3, DAY_4)
    bring_history(import_day, [debt(3, days=46, total="2000.00")])
    assert Position.objects.get(as_of=DAY_2).case == first
    first.refresh_from_db()
    # Its last known day is now the one of the older file; the present episode is as it was.
    assert (first.as_of, first.total) == (DAY_2, Decimal("2000.00"))
    assert case_of(3, episode=2).total == Decimal("50.00")
    in_order()


def test_a_contract_that_no_newer_file_knows_is_opened_and_absent_from_the_next_day_on(book, import_day):
    run = bring_history(import_day, [debt(1, days=46), debt(9, days=10)])
    assert run.differences["new"]["count"] == 1
    case = case_of(9)
    assert (case.opened_on, case.as_of, case.absent_since) == (DAY_2, DAY_2, DAY_3)
    assert Custody.objects.get(case=case).desk.code == "pool"
    assert ContactPoint.objects.filter(debtor=case.loan.debtor).count() == 1
    in_order()


def test_a_person_who_is_there_gets_neither_name_nor_number_from_an_older_file(book, import_day):
    known = case_of(1).loan.debtor
    again = debt(9, days=10, 证件号码=debt(1)["证件号码"], 客户姓名="张旧名", 手机号="15477777777")
    bring_history(import_day, [again])
    known.refresh_from_db()
    assert case_of(9).loan.debtor == known
    assert known.name == debt(1)["客户姓名"]
    assert known.contact_points.count() == 1


def test_an_older_day_is_undone_though_newer_days_are_there(book, import_day):
    before = book_hash()
    run = bring_history(import_day, [debt(1, days=46), debt(2, days=46, total="700.00"), debt(3), debt(9, days=10)])
    assert book_hash() != before
    assert survey(run=run).blockers == []
    runs.undo_run(run=run, actor=None, now=at(DAY_4, 16))
    assert book_hash() == before
    in_order()


def test_what_an_older_day_opened_and_a_newer_file_then_listed_stands_on_it(book, import_day, source):
    run = bring_history(import_day, [debt(9, days=10)])
    later = import_day(dt.date(2026, 3, 6), [debt(1, days=49), debt(9, days=14)])
    assert later.state == "applied"
    codes = {blocker.code for blocker in survey(run=run).blockers}
    assert "undo_later_run" in codes
    with pytest.raises(RunRefused):
        runs.undo_run(run=run, actor=None, now=at(DAY_4, 16))
    runs.undo_run(run=later, actor=None, now=at(DAY_4, 16))
    assert survey(run=run).blockers == []


def test_a_newer_day_from_which_an_older_files_cases_are_absent_is_not_undone_under_them(book, import_day):
    run = bring_history(import_day, [debt(9, days=10)])
    third, fourth = (ImportRun.objects.get(as_of=day) for day in (DAY_3, DAY_4))
    assert survey(run=fourth).blockers == []
    runs.undo_run(run=fourth, actor=None, now=at(DAY_4, 16))
    assert {held for blocker in survey(run=third).blockers for held in blocker.runs} == {run.pk}


def test_an_older_day_can_be_corrected_once_more(book, import_day):
    bring_history(import_day, [debt(1, days=46), debt(2, days=46)])
    again = import_day(DAY_2, [debt(1, days=46, total="1200.00")], now=at(DAY_4, 16))
    assert again.questions[0]["code"] == "ask_history_again"
    answered(again, at(DAY_4, 16), standing="history")
    assert again.stages_before["M2"]["count"] == 2
    assert total_of(DAY_2) == (1, Decimal("1200.00"))
    assert total_of(DAY_2, known_by=at(DAY_4, 15)) == (2, Decimal("2000.00"))
    in_order()


# No rows ------------------------------------------------------------------------------------------------------------


def test_a_file_without_rows_is_asked_about_and_never_closes_anything_by_itself(import_day):
    import_day(DAY_1, [debt(1), debt(2)])
    before = book_hash()
    run = import_day(DAY_2, [])
    assert (run.state, run.questions[0]["key"]) == ("asking", "no_rows")
    assert [problem.code for problem in run.problems.all()] == ["no_data_rows"]
    assert book_hash() == before

    runs.answer(run=run, answers={"no_rows": "all_absent"}, actor=None, now=at(DAY_2), enqueue=False)
    runs.read_run(run=run, now=at(DAY_2))
    assert (run.state, run.differences["absent"]["count"]) == ("preview", 2)
    assert [finding["code"] for finding in run.guard_findings] == ["guard_no_rows", "guard_absent"]
    with pytest.raises(RunRefused) as held:
        runs.request_apply(run=run, actor=None, now=at(DAY_2))
    assert held.value.code == "outside_rails"
    runs.start_applying(run=run, accept_good_rows=False, allowed=runs.ALL_BUT_TYPED)
    runs.apply_run(run=run, actor=None, now=at(DAY_2))
    assert Case.objects.absent().count() == 2
    assert Case.objects.open().count() == 2  # absent is not paid
    assert Layout.objects.count() == 1  # headings without rows teach nothing
    in_order()
    runs.undo_run(run=run, actor=None, now=at(DAY_2))
    assert book_hash() == before


def test_a_file_whose_rows_are_all_wrong_is_no_file_without_rows(import_day):
    import_day(DAY_1, [debt(1)])
    run = import_day(DAY_2, [debt(1, 逾期天数="三十")], answers={"no_rows": "all_absent"})
    assert (run.state, run.refusal["code"]) == ("refused", "no_accepted_rows")
