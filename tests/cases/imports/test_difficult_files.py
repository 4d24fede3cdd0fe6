"""The collection of difficult files beside the repository, each with what must become of it.

53b (already imported) concerns the book and is left out; B1 (payments) comes last, with the book that it needs.
"""

import datetime as dt
import json
import os
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from cases.imports import run as runs
from cases.imports.guards import CODES
from cases.imports.judging.check import CleanResult
from cases.imports.reading.read import FileRefused
from cases.imports.refusals import RunRefused
from cases.models import Case, Repayment
from cases.services.sources import add_source
from tests.cases.imports.builders import import_file


def _shared_data() -> Path | None:
    """``SHARED_DATA``, or ``../shared/data`` beside this checkout or the one it is a worktree of."""
    candidates = [Path(os.environ["SHARED_DATA"])] if "SHARED_DATA" in os.environ else []
    candidates += [parent / "shared" / "data" for parent in Path(__file__).resolve().parents[4:]]
    return next((path for path in candidates if (path / "difficult_files").is_dir()), None)


SHARED = _shared_data()
FOLDER = SHARED / "difficult_files" if SHARED else None
LATER = {"53b_逾期明细20260331 (1).xlsx", "B1_payments.xlsx"}
MANIFEST: dict[str, Any] = json.loads((FOLDER / "manifest.json").read_text("utf-8")) if FOLDER else {"files": []}
BASE = {row["contract_no"]: row for row in json.loads((FOLDER / "base_20.json").read_text("utf-8"))} if FOLDER else {}
ENTRIES = {entry["file"]: entry for entry in MANIFEST["files"] if entry["file"] not in LATER}

pytestmark = pytest.mark.skipif(FOLDER is None, reason="the folder ../shared/data with the difficult files is not here")

REFUSED_AS = {
    "10_missing_contract_no.xlsx": "column_missing",
    "16_header_only.xlsx": "no_data_rows",
    "83_truncated.xlsx": "file_damaged",
    "86_zip_bomb.xlsx": "too_large_unpacked",
    "88_xxe_file.xlsx": "xml_entities",
    "90_password_123456.xlsx": "password_protected",
}

# What the manifest wants mentioned, as code → rows (None for the file).
MENTIONS: dict[str, dict[str, set[int | None]]] = {
    "03_total_row.xlsx": {"row_total": {22}, "total_row_agrees": {22}},
    "18_filtered_hidden_rows.xlsx": {"hidden_rows": {None}},
    "31_dates_16_forms_4_bad.xlsx": {
        "date_impossible": {18},
        "date_without_year": {19},
        "date_unreadable": {20},
        "date_ambiguous": {21},
    },
    "33_amount_formats.xlsx": {
        "amount_unreadable": {18, 19, 20, 21},
        "total_not_positive": {8, 9},
        "parts_missing": {None},
    },
    "39_id_scientific.csv": {"scientific_notation": set(range(2, 22)), "scientific_column": {None}},
    "42_phone_formats.xlsx": {"phone_unusable": {19, 21}, "phone_masked": {20}},
    "47_dpd_vs_due_date.xlsx": {
        "days_disagree": {3, 6, 9, 14},
        "days_zero": {9},
        "days_negative": {10},
        "due_date_in_future": {14},
        "days_unreadable": {15},
        "days_too_large": {16},
    },
    "49_duplicates_identical.xlsx": {"duplicate_row": {22, 23, 24}, "duplicates_found": {None}},
}


def outcome(name: str) -> CleanResult:
    assert FOLDER is not None
    _data, understanding, result = import_file(FOLDER / name)
    assert result is not None, (understanding.refusal, understanding.questions)
    return result


def accepted(result: CleanResult) -> dict[str, dict[str, Any]]:
    return {row.values["contract_no"]: row.values for row in result.accepted}


READABLE = [name for name, entry in ENTRIES.items() if "reject_file" not in entry["action"]]


@pytest.mark.parametrize("name", sorted(REFUSED_AS))
def test_a_file_that_cannot_be_taken_is_refused_with_its_reason(name: str):
    assert FOLDER is not None
    assert ENTRIES[name]["action"] == "reject_file"
    try:
        _data, understanding, result = import_file(FOLDER / name)
    except FileRefused as refusal:
        assert refusal.code == REFUSED_AS[name]
        assert refusal.message
        assert "root:" not in refusal.message
        return
    assert result is None
    assert understanding.refusal is not None
    assert understanding.refusal.code == REFUSED_AS[name]


def test_every_file_to_refuse_is_known_here():
    assert {name for name, entry in ENTRIES.items() if entry["action"] == "reject_file"} == set(REFUSED_AS)


@pytest.mark.parametrize("name", READABLE)
def test_counts_are_those_of_the_manifest(name: str):
    entry, result = ENTRIES[name], outcome(name)
    assert result.counts["read"] == entry["rows_in_file"]
    for key in ("accepted", "rejected"):
        if f"rows_{key}" in entry:
            assert result.counts[key] == entry[f"rows_{key}"]
    if entry["action"] == "accept":
        assert not [problem for problem in result.problems if problem.severity != "info"]


@pytest.mark.parametrize("name", [name for name in READABLE if "accepted_rows_equal_base_20" in ENTRIES[name]])
def test_accepted_rows_say_what_the_plain_file_says(name: str):
    rows = accepted(outcome(name))
    assert len(rows) == ENTRIES[name]["rows_accepted"]
    for contract_no, values in rows.items():
        base = BASE[contract_no]
        for field in ("debtor_name", "id_no", "product", "stage"):
            assert values[field] == base[field], (contract_no, field)
        for field in ("principal", "interest", "penalty", "total"):
            assert values[field] == Decimal(str(base[field])), (contract_no, field)
        assert values["phones"] == [base["phone"]]
        assert values["due_date"] == dt.date.fromisoformat(base["due_date"])
        assert values["days_past_due"] == base["dpd"]
        assert values["id_key"] == base["id_no"]


@pytest.mark.parametrize("name", sorted(MENTIONS))
def test_what_the_manifest_wants_mentioned_is_mentioned_where_it_is(name: str):
    result = outcome(name)
    for code, rows in MENTIONS[name].items():
        found = [problem for problem in result.problems if problem.code == code]
        assert {problem.row for problem in found} == rows, code
        assert all(problem.message for problem in found)


def test_every_mention_of_the_manifest_has_its_codes_here():
    wanted = {name for name, entry in ENTRIES.items() if "message_must_mention" in entry}
    assert wanted <= set(MENTIONS) | set(REFUSED_AS)


def test_six_hidden_rows_and_three_duplicates_are_counted():
    hidden = next(p for p in outcome("18_filtered_hidden_rows.xlsx").problems if p.code == "hidden_rows")
    assert hidden.params == {"count": 6}
    twice = next(p for p in outcome("49_duplicates_identical.xlsx").problems if p.code == "duplicates_found")
    assert twice.params == {"count": 3}


def test_the_bad_dates_are_quoted_as_they_stand():
    values = [problem.value for problem in outcome("31_dates_16_forms_4_bad.xlsx").problems]
    assert values == ["2026-02-30", "3月5日", "待定", "05/03/26"]


def test_amounts_phones_and_names_are_those_expected():
    totals = {number: values["total"] for number, values in accepted(outcome("33_amount_formats.xlsx")).items()}
    for contract_no, amount in ENTRIES["33_amount_formats.xlsx"]["expect"]["total_by_contract"].items():
        assert totals.get(contract_no) == (None if amount is None else Decimal(str(amount)))
    phones = {number: values["phones"] for number, values in accepted(outcome("42_phone_formats.xlsx")).items()}
    for contract_no, expected in ENTRIES["42_phone_formats.xlsx"]["expect"]["phone_by_contract"].items():
        assert phones[contract_no] == (
            [] if expected is None else [expected] if isinstance(expected, str) else expected
        )
    names = {number: values["debtor_name"] for number, values in accepted(outcome("45_hard_names.xlsx")).items()}
    assert names == ENTRIES["45_hard_names.xlsx"]["expect"]["name_by_contract"]


def test_no_destroyed_number_is_stored():
    for values in accepted(outcome("39_id_scientific.csv")).values():
        assert values["id_no"] is None
        assert values["phones"] == []


def test_days_are_settled_as_the_manifest_allows():
    result = outcome("47_dpd_vs_due_date.xlsx")
    rows = accepted(result)
    assert [rows[f"HT20260000{n}"]["days_past_due"] for n in (10, 11, 12)] == [60, 61, 75]
    complained = {row.values["contract_no"] for row in result.rows for p in result.problems if p.row == row.row}
    expect = ENTRIES["47_dpd_vs_due_date.xlsx"]["expect"]["conflict_warn_or_reject"]
    assert complained == set(expect)


def test_the_month_end_books_come_out_as_their_reference_says():
    assert SHARED is not None
    reference = json.loads((SHARED / "month_end" / "reference_answers.json").read_text("utf-8"))
    for snapshot in reference["snapshots"]:
        path = SHARED / "month_end" / snapshot["file"]
        if not path.is_file():
            continue
        _data, _understanding, result = import_file(path, dt.date.fromisoformat(snapshot["date"]))
        assert result is not None
        assert result.counts == {"read": snapshot["rows"], "accepted": snapshot["rows"], "rejected": 0, "skipped": 0}
        for name in ("total", "principal", "interest", "penalty"):
            assert result.control_totals.sums[name] == Decimal(str(snapshot[name]))
        odd = [problem for problem in result.problems if problem.code == "total_not_positive"]
        assert len(odd) == len(result.problems) == snapshot["rows_total_zero_or_negative"]


def test_two_dialects_of_one_book_say_the_same():
    assert SHARED is not None
    books = []
    for name in ("A_数据导入_pangolin.xlsx", "B_标准案件模板_zxh.xlsx"):
        _data, _understanding, result = import_file(SHARED / "month_end" / name, dt.date(2025, 7, 31))
        assert result is not None
        books.append(accepted(result))
    assert len(books[0]) == 500
    same = (
        "debtor_name",
        "id_key",
        "phones",
        "product",
        "credit_limit",
        "principal",
        "interest",
        "penalty",
        "total",
        "due_date",
        "days_past_due",
    )
    for contract_no, values in books[0].items():
        assert [books[1][contract_no][field] for field in same] == [values[field] for field in same]


def test_every_row_of_the_payments_does_what_the_manifest_says(db):
    """B1 after 53a, on the day the manifest gives for both."""
    assert FOLDER is not None
    source = add_source(code="card", name="信用卡系统", actor=None, max_rejected_percent=Decimal(50))
    now = dt.datetime(2026, 4, 5, 9, tzinfo=dt.UTC)
    common: dict[str, Any] = {"source": source, "as_of": dt.date(2026, 3, 31), "actor": None, "now": now, "kind": ""}
    book = runs.import_file(path=FOLDER / "53a_逾期明细20260331.xlsx", apply=True, **common)
    balances = dict(Case.objects.values_list("loan__contract_no", "total"))
    run = runs.import_file(path=FOLDER / "B1_payments.xlsx", **common)
    assert (book.kind, book.state, run.kind, run.state) == ("overdue", "applied", "repayments", "preview")

    rows = {row.row_number: (row.state, row.difference) for row in run.rows.all()}
    said: dict[int | None, set[str]] = {}
    for number, code in run.problems.values_list("row_number", "code"):
        said.setdefault(number, set()).add(code)
    assert {number for number, row in rows.items() if row == ("accepted", "booked")} == {2, 3, 8, 10, 13, 14, 15}
    assert {number for number, row in rows.items() if row == ("accepted", "unmatched")} == {4, 9}
    assert rows[5] == ("rejected", "repeated")
    assert {number for number, (state, _why) in rows.items() if state == "rejected"} == {5, 6, 7, 11, 12}
    wanted = {
        4: "payment_unmatched",
        5: "serial_repeated",
        6: "reversal_without_payment",
        7: "payment_in_future",
        8: "paid_more_than_debt",
        9: "payment_without_contract",
        10: "payer_differs",
        11: "payment_zero",
        12: "contract_no_several",
        13: "serial_missing",
        14: "paid_before_position",
        15: "paid_in_full",
        16: "row_total",
    }
    assert {number: code for number, code in wanted.items() if code not in said.get(number, set())} == {}
    assert not said.keys() & {2, 3}

    # Its 合计 row is not the sum of its rows: without a supervisor it does not go in.
    assert [finding["code"] for finding in run.guard_findings] == ["guard_total_row"]
    with pytest.raises(RunRefused, match="outside_rails"):
        runs.start_applying(run=run, accept_good_rows=True)
    with pytest.raises(RunRefused, match="rows_rejected"):
        runs.start_applying(run=run, accept_good_rows=False, allowed=CODES)
    runs.start_applying(run=run, accept_good_rows=True, allowed=CODES)
    runs.apply_run(run=run, actor=None, now=now)
    booked = dict(Repayment.objects.values_list("reference", "amount"))
    assert booked["P002"] == Decimal("1000.00")
    assert set(booked) == {"P001", "P002", "P003", "P006", "P007", "P008", "", "P012", "P013"}
    assert set(Repayment.objects.filter(loan=None).values_list("reference", flat=True)) == {"P003", "P007"}
    assert dict(Case.objects.values_list("loan__contract_no", "total")) == balances
