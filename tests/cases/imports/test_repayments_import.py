"""Repayment files through the importer's rooms: what is booked, what waits, what is never booked twice, and the way back."""

import csv
import datetime as dt
import json
from collections.abc import Callable
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from cases import invariants
from cases.imports import run as runs
from cases.imports.booking.book_hash import book_hash
from cases.imports.refusals import RunRefused
from cases.imports.storing import stored_path
from cases.models import Case, ImportRow, ImportRun, Loan, Repayment, RunKind, Source
from cases.selectors import freshness, newest_runs
from cases.services.error_workbook import write_error_workbook
from cases.services.sources import add_source, change_source

from .conftest import DAY_1, DAY_2, DAY_3, at, debt

HEADINGS = ["流水号", "合同编号", "客户姓名", "还款日期", "还款金额", "还款方式", "原流水号"]
ImportPayments = Callable[..., ImportRun]


def paid(number: int | str, amount: str, serial: str = "", *, day: dt.date = DAY_2, **changes: str) -> list[str]:
    """One row: contract HT00001 for 1, any text as it stands."""
    contract = f"HT{number:05d}" if isinstance(number, int) else number
    row = dict.fromkeys(HEADINGS, "") | {
        "流水号": serial,
        "合同编号": contract,
        "还款日期": day.isoformat(),
        "还款金额": amount,
    }
    unknown = set(changes) - set(row)
    assert not unknown, unknown
    return list((row | changes).values())


@pytest.fixture
def import_payments(source: Source, tmp_path: Path) -> ImportPayments:
    """`import_payments(paid(1, "100", "P1"))` → an applied run; with apply=False a preview. Of these short files any part
    may be wrong without a second person."""
    change_source(source=source, actor=None, max_rejected_percent=Decimal(100))

    def take(*rows: list[str], headings: list[str] = HEADINGS, apply: bool = True, **options: Any) -> ImportRun:
        path = tmp_path / f"{len(list(tmp_path.iterdir()))}-还款.csv"
        with path.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([headings, *rows])
        options = {"kind": RunKind.REPAYMENTS, "as_of": DAY_3, "now": at(DAY_3), "accept_good_rows": True} | options
        return runs.import_file(path=path, source=source, actor=None, apply=apply, **options)

    return take


def figures(run: ImportRun) -> dict[str, tuple[int, str]]:
    """What the preview counts, as kind → (rows, amount); kinds without rows left out."""
    return {
        kind: (found["count"], str(found["amount"]))
        for kind, found in run.differences.items()
        if kind != "days" and found["count"]
    }


def codes(run: ImportRun) -> dict[str, int]:
    return dict(run.problem_counts["by_code"])


def money() -> Decimal:
    """What the book has received: payments less reversals."""
    signs = Repayment.objects.values_list("amount", "reversal_of")
    return sum((-amount if reverses else amount for amount, reverses in signs), Decimal("0.00"))


def test_a_file_is_previewed_booked_and_taken_back(import_day, import_payments):
    import_day(DAY_1, [debt(1), debt(2)])
    before = book_hash()
    rows = [paid(1, "300.00", "P1"), paid(2, "1,000.00元", "P2"), paid("HT99999", "50", "P3", day=DAY_1)]
    run = import_payments(*rows, apply=False)
    assert run.state == "preview"
    assert figures(run) == {"booked": (2, "1300.00"), "unmatched": (1, "50.00")}
    assert run.differences["days"] == {
        "2026-03-02": {"count": 1, "amount": "50.00"},
        "2026-03-03": {"count": 2, "amount": "1300.00"},
    }
    assert Repayment.objects.count() == 0

    run = runs.apply_run(run=_applying(run), actor=None, now=at(DAY_3, 9))
    booked = Repayment.objects.get(reference="P1")
    assert (booked.loan, booked.paid_on, booked.amount) == (
        Loan.objects.get(contract_no="HT00001"),
        DAY_2,
        Decimal(300),
    )
    assert (booked.status, booked.run, booked.recorded_at) == ("confirmed", run, at(DAY_3, 9))
    assert ImportRow.objects.get(pk=booked.row).row_number == 2
    assert Repayment.objects.get(reference="P3").loan is None
    assert Case.objects.get(loan=booked.loan).total == Decimal("1000.00"), "balances are what the overdue files say"
    assert book_hash() != before
    assert invariants.repayment_runs_book_what_they_accepted() == []
    assert invariants.batches_reconcile() == []

    runs.undo_run(run=run, actor=None, now=at(DAY_3, 10))
    assert Repayment.objects.count() == 0
    assert book_hash() == before
    assert ImportRow.objects.filter(run=run).count() == 3, "the document stays"
    assert invariants.repayment_runs_book_what_they_accepted() == []


def _applying(run: ImportRun) -> ImportRun:
    runs.start_applying(run=run, accept_good_rows=True)
    return run


def test_several_files_of_a_day_and_overlapping_days_all_go_in(import_day, import_payments):
    import_day(DAY_1, [debt(1)])
    for serial in ("P1", "P2"):
        assert import_payments(paid(1, "10.00", serial)).state == "applied"
    assert import_payments(paid(1, "10.00", "P0", day=DAY_1), as_of=DAY_1).state == "applied"
    assert import_day(DAY_2, [debt(1, days=46)]).state == "applied", "payments of a day are no book of that day"
    assert money() == Decimal("30.00")
    assert invariants.one_file_once() == []
    # Payments that come later do not make the book look newer than it is.
    import_payments(paid(1, "10.00", "P9"), as_of=DAY_3)
    assert [run.as_of for run in newest_runs()] == [DAY_2]
    assert [line.as_of for line in freshness()] == [DAY_2]


def test_the_same_file_twice_is_refused_and_an_overlapping_one_adds_only_what_is_new(import_day, import_payments):
    import_day(DAY_1, [debt(1)])
    first = [paid(1, "10.00", "P1"), paid(1, "20.00"), paid(1, "20.00")]
    import_payments(*first)
    again = import_payments(*first)
    assert (again.state, again.refusal["code"]) == ("refused", "already_imported")
    # The week's file: the two without a serial are known, a third equal one is new; P1 is known, P2 is new.
    week = import_payments(*first, paid(1, "20.00"), paid(1, "5.00", "P2"))
    assert figures(week) == {"booked": (2, "25.00"), "repeated": (3, "50.00")}
    assert codes(week)["serial_booked"] == 1
    assert codes(week)["payment_booked_without_serial"] == 2
    assert money() == Decimal("75.00")


def test_a_serial_twice_in_a_file_is_booked_once_and_a_contradiction_not_at_all(import_day, import_payments):
    import_day(DAY_1, [debt(1), debt(2)])
    run = import_payments(
        paid(1, "10.00", "P1"),
        paid(1, "10.00", "P1"),
        paid(1, "7.00", "P2"),
        paid(2, "7.00", "P2"),
        paid(2, "3.00", "P3"),
    )
    assert figures(run) == {"booked": (2, "13.00"), "repeated": (1, "10.00"), "rejected": (2, "14.00")}
    assert set(Repayment.objects.values_list("reference", flat=True)) == {"P1", "P3"}
    assert (codes(run)["serial_repeated"], codes(run)["serial_contradicts"]) == (1, 2)


def test_zero_future_failed_and_unclear_rows_stay_out_and_come_back_red(import_day, import_payments, tmp_path):
    import_day(DAY_1, [debt(1)])
    headings = [*HEADINGS, "还款状态"]
    rows = [
        [*paid(1, "0", "P1"), ""],
        [*paid(1, "10", "P2", day=dt.date(2036, 4, 2)), ""],
        [*paid(1, "10", "P3"), "扣款失败"],
        [*paid(1, "10", "P4"), "大概"],
        [*paid("HT00001、HT00002", "10", "P5"), ""],
        [*paid(1, "10", "P6", 还款方式="退款"), ""],
        [*paid(1, "10", "P7"), "待确认"],
        [*paid(1, "10", "P8"), "已确认"],
    ]
    run = import_payments(*rows, headings=headings, apply=False)
    expected = ["payment_zero", "payment_in_future", "payment_failed", "payment_status_unknown", "contract_no_several"]
    errors = run.problems.filter(severity="error").order_by("row_number")
    assert [(p.row_number, p.code) for p in errors] == list(enumerate([*expected, "reversal_not_negative"], start=2))
    target = tmp_path / "errors.xlsx"
    assert write_error_workbook(run=run, original=stored_path(run), target=target) == 6
    with pytest.raises(RunRefused, match="rows_rejected"):
        runs.start_applying(run=run, accept_good_rows=False)
    run = runs.apply_run(run=_applying(run), actor=None, now=at(DAY_3))
    assert dict(Repayment.objects.values_list("reference", "status")) == {"P7": "claimed", "P8": "confirmed"}


def test_claimed_money_is_confirmed_by_a_second_row(import_day, import_payments):
    import_day(DAY_1, [debt(1)])
    headings = [*HEADINGS, "确认状态"]
    import_payments([*paid(1, "10", "P1"), "待确认"], headings=headings)
    import_payments([*paid(1, "10", "P1"), "已确认"], headings=headings)
    late = import_payments([*paid(1, "10", "P1", 还款方式="柜面"), "待核实"], headings=headings, apply=False)
    assert sorted(Repayment.objects.values_list("reference", "status")) == [("P1", "claimed"), ("P1", "confirmed")]
    assert figures(late) == {"repeated": (1, "10.00")}


def test_reversals_point_at_what_they_take_back(import_day, import_payments):
    import_day(DAY_1, [debt(1), debt(2)])
    import_payments(paid(1, "100.00", "P1"), paid(2, "60.00", "P2"))
    run = import_payments(
        paid(1, "-100.00", "R1", 原流水号="P1"),
        paid(2, "-60.00"),
        paid(2, "(5.00)", "R3"),
        paid(1, "40.00", "P4"),
        paid(1, "-40.00", "P4"),
    )
    assert figures(run) == {"booked": (1, "40.00"), "reversal": (3, "-200.00"), "rejected": (1, "-5.00")}
    pairs = Repayment.objects.filter(reversal_of__isnull=False).values_list("reversal_of__reference", "amount", "loan")
    loans = {loan.contract_no: loan.pk for loan in Loan.objects.all()}
    assert sorted(pairs) == [
        ("P1", Decimal("100.00"), loans["HT00001"]),
        ("P2", Decimal("60.00"), loans["HT00002"]),
        ("P4", Decimal("40.00"), loans["HT00001"]),
    ]
    assert money() == Decimal("0.00")
    assert invariants.repayment_runs_book_what_they_accepted() == []


def test_a_run_whose_money_was_reversed_later_is_not_taken_back_before_the_reversal(import_day, import_payments):
    import_day(DAY_1, [debt(1)])
    first = import_payments(paid(1, "100.00", "P1"))
    second = import_payments(paid(1, "-100.00", "R1", 原流水号="P1"))
    with pytest.raises(RunRefused) as refused:
        runs.undo_run(run=first, actor=None, now=at(DAY_3))
    assert [b["code"] for b in refused.value.params["blockers"]] == ["undo_repayment_reversed"]
    for run in (second, first):
        assert runs.undo_run(run=run, actor=None, now=at(DAY_3)).state == "undone"
    assert Repayment.objects.count() == 0


def test_waiting_money_finds_its_contract_when_an_overdue_file_brings_it(import_day, import_payments):
    import_day(DAY_1, [debt(1)])
    import_payments(paid(7, "100.00", "P1"), paid(7, "-100.00", "R1", 原流水号="P1"), paid("", "9.00", "P2"))
    before = book_hash()
    second = import_day(DAY_2, [debt(1), debt(7)])
    loan = Loan.objects.get(contract_no="HT00007")
    found = Repayment.objects.filter(contract_no="HT00007")
    assert {(p.loan_id, p.matched_by_run_id, p.matched_at) for p in found} == {(loan.pk, second.pk, at(DAY_2))}
    assert Repayment.objects.get(reference="P2").loan is None
    # Taken back with the run, the money waits again and stands in nobody's way.
    runs.undo_run(run=second, actor=None, now=at(DAY_3))
    assert set(found.values_list("loan", "matched_at", "matched_by_run")) == {(None, None, None)}
    assert book_hash() == before


def test_twin_money_booked_on_the_new_contract_afterwards_blocks_its_undo(import_day, import_payments):
    import_day(DAY_1, [debt(1)])
    second = import_day(DAY_2, [debt(1), debt(7)])
    import_payments(paid(7, "100.00", "P1"))
    with pytest.raises(RunRefused) as refused:
        runs.undo_run(run=second, actor=None, now=at(DAY_3))
    assert {"undo_repayment_recorded"} == {b["code"] for b in refused.value.params["blockers"]}


def test_when_the_book_has_moved_the_rows_are_compared_again(import_day, import_payments):
    import_day(DAY_1, [debt(1)])
    waiting = import_payments(paid(7, "100.00", "P1"), paid(1, "5.00", "P2"), paid(1, "-8.00"), apply=False)
    assert figures(waiting) == {"booked": (1, "5.00"), "unmatched": (1, "100.00"), "rejected": (1, "-8.00")}
    import_payments(paid(1, "5.00", "P2"), paid(1, "8.00", "P3"))
    import_day(DAY_2, [debt(1), debt(7)])
    with pytest.raises(RunRefused, match="book_moved"):
        runs.apply_run(run=_applying(waiting), actor=None, now=at(DAY_3))
    waiting.refresh_from_db()
    assert waiting.state == "preview"
    assert figures(waiting) == {"booked": (1, "100.00"), "reversal": (1, "-8.00"), "repeated": (1, "5.00")}
    assert waiting.row_counts == {"read": 3, "accepted": 2, "rejected": 1, "skipped": 0}
    # The new contract's position is of the day it was paid.
    assert codes(waiting) == {"serial_booked": 1, "serial_missing": 1, "paid_before_position": 1}
    assert waiting.problem_counts["error_rows"] == 0
    runs.apply_run(run=_applying(waiting), actor=None, now=at(DAY_3))
    assert money() == Decimal("105.00")
    assert invariants.repayment_runs_book_what_they_accepted() == []


def test_the_headings_tell_which_kind_a_file_is(import_day, import_payments, source, tmp_path):
    book = import_day(DAY_1, [debt(1)], kind="")
    money_in = import_payments(paid(1, "10.00", "P1"), kind="")
    assert (book.kind, money_in.kind) == ("overdue", "repayments")
    assert (book.state, money_in.state) == ("applied", "applied")


def test_two_dates_are_asked_about_once_and_one_is_not(import_day, import_payments):
    import_day(DAY_1, [debt(1)])
    headings = [*HEADINGS, "入账日期"]
    run = import_payments([*paid(1, "10.00", "P1"), DAY_3.isoformat()], headings=headings)
    assert [(q["code"], q["key"]) for q in run.questions] == [("ask_two_columns", "field:paid_on")]
    run = runs.answer(run=run, answers={"field:paid_on": "还款日期"}, actor=None, now=at(DAY_3), enqueue=False)
    run = runs.read_run(run=run, now=at(DAY_3))
    assert run.rows.get().paid_on == DAY_2
    next_day = import_payments([*paid(1, "11.00", "P2"), DAY_3.isoformat()], headings=headings)
    assert next_day.state == "applied"
    only = import_payments(
        ["P3", "HT00001", DAY_3.isoformat(), "12"], headings=["流水号", "合同号", "入账日期", "金额"]
    )
    assert only.state == "applied"
    assert Repayment.objects.get(reference="P3").paid_on == DAY_3


def test_a_file_without_a_contract_column_is_refused_with_its_name(import_payments, source):
    run = import_payments(["P1", "2026-03-03", "10"], headings=["流水号", "还款日期", "还款金额"])
    assert (run.state, run.refusal["code"]) == ("refused", "column_missing")


def test_the_command_prints_and_applies(import_day, source, tmp_path):
    import_day(DAY_1, [debt(1)])
    path = tmp_path / "还款.csv"
    path.write_text("流水号,合同编号,还款日期,还款金额\nP1,HT00001,2026-03-02,10\n合计,,,10\n", encoding="utf-8")
    out = StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("import_repayments", str(path), source=source.code, apply=True, json=True, stdout=out)
    said = json.loads(out.getvalue(), parse_float=Decimal)
    assert ended.value.code == 0
    assert (said["kind"], said["state"]) == ("repayments", "applied")
    assert said["differences"]["booked"] == {"count": 1, "amount": Decimal("10.00")}
    assert said["days"] == {"2026-03-02": {"count": 1, "amount": Decimal("10.00")}}
    assert said["control_totals"]["total_row"]["agrees"]
    assert Repayment.objects.count() == 1


@pytest.mark.slow
def test_the_months_money_equals_the_reference(db, shared_data):
    """In the order of the answers: a month's payments, then its book. Matched: an earlier book had the contract."""
    folder = shared_data / "month_end"
    answers = json.loads((folder / "reference_answers.json").read_text(encoding="utf-8"), parse_float=Decimal)
    source = add_source(code="tw", name="信用卡系统", actor=None)
    for expected, snapshot in zip(answers["payments"], answers["snapshots"], strict=False):
        day = dt.date.fromisoformat(snapshot["date"])
        common: dict[str, Any] = {"source": source, "as_of": day, "actor": None, "now": at(day), "apply": True}
        run = runs.import_file(path=folder / expected["file"], kind=RunKind.REPAYMENTS, **common)
        assert run.state == "applied"
        found = {kind: (count, Decimal(amount)) for kind, (count, amount) in figures(run).items()}
        wanted = {
            "booked": (expected["matched_rows"], expected["matched_sum"]),
            "unmatched": (expected["unmatched_rows"], expected["unmatched_sum"]),
        }
        assert found == {kind: figure for kind, figure in wanted.items() if figure[0]}
        booked = Repayment.objects.filter(run=run)
        assert booked.count() == expected["rows"]
        assert sum(booked.values_list("amount", flat=True)) == expected["sum"]
        assert runs.import_file(path=folder / snapshot["file"], **common).state == "applied"
    assert not Repayment.objects.filter(loan=None).exists(), "every contract came sooner or later"
    assert invariants.repayment_runs_book_what_they_accepted() == []
