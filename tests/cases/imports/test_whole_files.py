"""A file is judged in stretches, by several processes; nobody can tell from what comes out."""

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cases.imports.judging.check import CleanResult, CleanRow, Judge, check_book, clean_sheet
from cases.imports.judging.overdue import OVERDUE
from cases.imports.judging.shared_rows import Shared
from cases.imports.reading.read import WorkbookData, read_file
from cases.imports.staging.content_hash import content_hash, content_of
from cases.imports.words.fields import Sharing
from tests.cases.imports.builders import DAY, HEADINGS, codes, row, sheet_of, text_file, understand, workbook

KEY = b"k" * 32


def judged(data: WorkbookData, **how: Any) -> tuple[CleanResult, list[CleanRow]]:
    rows: list[CleanRow] = []
    result = check_book(
        understand(data), data, catalogue=OVERDUE, business_date=DAY, make=list, take=rows.extend, **how
    )
    return result, rows


EMPTY = [""] * len(HEADINGS)
TOTAL = ["合计", *[""] * 4, 1000.0, 20.5, 4.5, 1025.0, "", "", ""]
SUBTOTAL = ["小计", *[""] * 4, 1000.0, 20.5, 4.5, 1025.0, "", "", ""]

ANY_ROW = st.one_of(
    st.integers(1, 4).map(row),
    st.integers(1, 4).map(lambda n: row(n, 逾期总额=999.0)),
    st.integers(5, 50).map(row),
    st.integers(5, 50).map(lambda n: row(n, 逾期总额="")),
    st.integers(5, 50).map(lambda n: row(n, 贷款本金余额="", 利息="", 违约金="")),
    st.integers(5, 50).map(lambda n: row(n, 逾期天数="三十", 证件号码="1.10E+17")),
    st.integers(5, 50).map(lambda n: row(n, 合同编号="", 手机号="无")),
    st.just(EMPTY),
    st.just(EMPTY),
    st.sampled_from([TOTAL, SUBTOTAL, HEADINGS]),
)


@settings(max_examples=40, deadline=None)
@given(rows=st.lists(ANY_ROW, min_size=1, max_size=20))
def test_stretches_of_one_row_seven_rows_and_all_say_the_same(rows: list[list[Any]]):
    data = sheet_of([HEADINGS, row(0), *rows])
    whole = judged(data)
    assert judged(data, rows_at_once=1) == whole
    assert judged(data, rows_at_once=7) == whole
    assert whole[1] == clean_sheet(understand(data), data, catalogue=OVERDUE, business_date=DAY).rows


@settings(max_examples=8, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(rows=st.lists(ANY_ROW, min_size=20, max_size=40))
def test_helper_processes_say_the_same(rows: list[list[Any]]):
    data = sheet_of([HEADINGS, row(0), *rows])
    assert judged(data, rows_at_once=5, helpers=3) == judged(data)


def test_rows_far_apart_that_share_their_contract_are_found():
    rows = [row(n) for n in range(1, 60)]
    rows[50] = row(3)
    rows[55] = row(7, 逾期总额=1026.0)
    result, cleaned = judged(sheet_of([HEADINGS, *rows]), rows_at_once=10)
    assert codes(result, 52) == ["duplicate_row"]
    assert (codes(result, 8), codes(result, 57)) == (["contract_twice"], ["total_differs", "contract_twice"])
    assert [one.row for one in cleaned if one.state == "rejected"] == [8, 52, 57]
    assert codes(result) == ["duplicates_found"]
    assert result.counts == {"read": 59, "accepted": 56, "rejected": 3, "skipped": 0}


def test_a_catalogue_may_ask_what_else_rows_share():
    """Any figure that rules make of a row, here the amount: rows of the same amount are told of each other."""

    def say(line: CleanRow, shared: Shared, judge: Judge) -> None:
        rows = judge.names_of(shared.among)
        judge.say("total_differs" if shared.agree else "stage_disagrees", "warning", "total", sum=rows, nth=shared.nth)

    same_total = Sharing(
        of=lambda line: line.values["total"] if line.state == "accepted" else None,
        says=lambda line: line.values["product"],
        rule=say,
    )
    catalogue = replace(OVERDUE, shared=(*OVERDUE.shared, same_total), row_rules=OVERDUE.row_rules[:2])
    rows = [row(1, 逾期总额=5.0), row(2), row(3), row(4, 逾期总额=5.0, 产品="现金贷"), row(5, 逾期总额="很多"), row(2)]
    data = sheet_of([HEADINGS, *rows])
    for how in ({"rows_at_once": 1}, {"rows_at_once": 2, "helpers": 2}, {}):
        result = check_book(
            understand(data), data, catalogue=catalogue, business_date=DAY, make=len, take=lambda _count: None, **how
        )
        told = [(p.row, p.code, p.params["sum"], p.params["nth"]) for p in result.problems if "nth" in p.params]
        assert told == [
            (2, "stage_disagrees", [2, 5], 0),
            (3, "total_differs", [3, 4, 7], 0),
            (4, "total_differs", [3, 4, 7], 1),
            (5, "stage_disagrees", [2, 5], 1),
            (7, "total_differs", [3, 4, 7], 2),
        ]
        assert codes(result, 7) == ["duplicate_row", "total_differs"]


# Several sheets ------------------------------------------------------------------------------------------------------


def two_sheets(first: list[list[Any]], second: list[list[Any]]) -> CleanResult:
    one, other = sheet_of([HEADINGS, *first], name="一组"), sheet_of([HEADINGS, *second], name="二组")
    both = WorkbookData(kind="xlsx", sheets=[*one.sheets, *other.sheets])
    understanding = replace(understand(one), also=(replace(understand(other), sheet_index=1),))
    return clean_sheet(understanding, both, catalogue=OVERDUE, business_date=DAY)


def test_two_sheets_are_one_book_and_every_problem_names_its_sheet():
    result = two_sheets([row(1), row(2)], [row(3), row(4, 逾期天数="三十")])
    assert [(one.sheet, one.row, one.state) for one in result.rows] == [
        ("一组", 2, "accepted"),
        ("一组", 3, "accepted"),
        ("二组", 2, "accepted"),
        ("二组", 3, "rejected"),
    ]
    assert [(problem.sheet, problem.row, problem.code) for problem in result.problems] == [
        ("二组", 3, "days_unreadable")
    ]
    assert result.control_totals.sums["total"] == Decimal("3075.00")


def test_a_contract_on_two_sheets_is_noticed_and_the_other_sheet_is_named():
    result = two_sheets([row(1), row(2)], [row(1), row(2, 逾期总额=1026.0)])
    said = [(problem.sheet, problem.row, problem.code, dict(problem.params)) for problem in result.problems]
    assert ("二组", 2, "duplicate_row", {"first_row": "一组!2"}) in said
    assert ("一组", 3, "contract_twice", {"rows": [3, "二组!3"]}) in said
    assert result.counts["accepted"] == 1


def test_every_sheet_answers_for_its_own_total_row():
    agrees = two_sheets([row(1), TOTAL], [row(2), row(3)])
    assert codes(agrees, 3) == ["total_row_agrees", "row_total"] or codes(agrees, 3) == [
        "row_total",
        "total_row_agrees",
    ]
    differs = two_sheets([row(1), TOTAL], [row(2), row(3), TOTAL])
    wrong = [problem for problem in differs.problems if problem.code == "total_row_differs"]
    assert {problem.sheet for problem in wrong} == {"二组"}
    assert differs.control_totals.total_row is not None
    assert (differs.control_totals.total_row.sheet, differs.control_totals.total_row.agrees) == ("二组", False)


# What a file says ----------------------------------------------------------------------------------------------------


def content(data: WorkbookData, **how: Any) -> str:
    parts: list[int] = []
    check_book(
        understand(data),
        data,
        catalogue=OVERDUE,
        business_date=DAY,
        make=lambda rows: content_of(rows, key=KEY),
        take=parts.append,
        **how,
    )
    return content_hash(parts)


def test_the_same_rows_renamed_resaved_or_sorted_have_the_same_hash_and_one_cent_another(tmp_path):
    rows = [row(1), row(2, 逾期总额=""), row(3, 逾期天数="三十"), row(1), row(4, 应还日期=dt.date(2026, 1, 5))]
    original = content(read_file(workbook(tmp_path / "逾期.xlsx", [HEADINGS, *rows])))
    assert len(original) == 32
    moved = workbook(tmp_path / "renamed.xlsx", [["逾期明细表"], HEADINGS, *reversed(rows), TOTAL], first=(3, 2))
    assert content(read_file(moved)) == original
    turned = [[cells[at] for at in reversed(range(len(HEADINGS)))] for cells in [HEADINGS, *rows]]
    assert content(read_file(text_file(tmp_path / "same.csv", turned, encoding="gb18030"))) == original
    assert content(read_file(workbook(tmp_path / "b.xlsx", [HEADINGS, *rows])), rows_at_once=2, helpers=2) == original

    cent = [*rows[:4], row(4, 应还日期=dt.date(2026, 1, 5), 利息=20.51, 逾期总额=1025.01)]
    assert content(read_file(workbook(tmp_path / "cent.xlsx", [HEADINGS, *cent]))) != original
    assert content(read_file(workbook(tmp_path / "once.xlsx", [HEADINGS, *rows[:3], rows[4]]))) != original


def test_another_key_gives_another_hash():
    result = clean_sheet(
        understand(sheet_of([HEADINGS, row(1)])), sheet_of([HEADINGS, row(1)]), catalogue=OVERDUE, business_date=DAY
    )
    assert content_of(result.rows, key=KEY) != content_of(result.rows, key=b"o" * 32)
    assert content_of(result.rows, key=KEY) != content_of([], key=KEY) == 0


@pytest.mark.parametrize("days", [["2026-03-30"], ["2026-03-31", "2026-03-30"]])
def test_the_dates_of_all_stretches_are_looked_at_together(days: list[str]):
    rows = [[*row(n), days[n % len(days)]] for n in range(8)]
    result, _rows = judged(sheet_of([[*HEADINGS, "数据日期"], *rows]), rows_at_once=3)
    assert codes(result) == ["business_dates_mixed" if len(days) > 1 else "business_date_differs"]
    assert result.refused
