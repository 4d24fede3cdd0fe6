"""Rows are judged all at once; every oddity has its place; nothing is settled silently."""

import datetime as dt
import json
import os
import subprocess
import sys
from collections import Counter
from decimal import Decimal
from typing import Any

import pytest
from django.utils import translation

from cases.imports.judging.check import clean_sheet
from cases.imports.judging.overdue import OVERDUE
from cases.imports.reading.children import ROOT
from cases.imports.words.problems import MESSAGES, Problem, shown
from tests.cases.imports.builders import DAY, HEADINGS, checked, codes, row, sheet_of, understand


def test_a_faultless_row_comes_out_typed_and_without_a_word():
    result = checked(row(1))
    assert result.problems == []
    assert result.counts == {"read": 1, "accepted": 1, "rejected": 0, "skipped": 0}
    (only,) = result.rows
    assert (only.row, only.sheet, only.state) == (2, "Sheet1", "accepted")
    values = only.values
    assert values["contract_no"] == "HT2026000001"
    assert values["total"] == Decimal("1025.00")
    assert values["fees"] == Decimal("0.00")
    assert values["due_date"] == dt.date(2026, 2, 14)
    assert values["days_past_due"] == 45
    assert values["phones"] == ["15444365243"]
    assert values["contacts"] == []
    assert values["id_key"] == "330000200207148620"
    assert values["id_checked"] is True
    assert values["address"] is None


def test_all_problems_of_all_rows_come_at_once():
    result = checked(
        row(1, 逾期天数="三十", 逾期总额="很多"),
        row(2, 客户姓名=""),
        row(3),
        row(4, 应还日期="2026-02-30"),
    )
    assert [(row.row, row.state) for row in result.rows] == [
        (2, "rejected"),
        (3, "rejected"),
        (4, "accepted"),
        (5, "rejected"),
    ]
    assert sorted(codes(result, 2)) == ["amount_unreadable", "days_unreadable"]
    assert codes(result, 3) == ["required_missing"]
    assert codes(result, 5) == ["date_impossible"]
    assert result.counts == {"read": 4, "accepted": 1, "rejected": 3, "skipped": 0}
    assert not result.refused


def test_a_problem_speaks_to_the_clerk_in_one_sentence_and_to_machines_in_a_code():
    (problem,) = checked(row(1, 逾期天数="三十")).problems
    assert problem.to_json() == {
        "sheet": "Sheet1",
        "row": 2,
        "column": "逾期天数",
        "value": "三十",
        "code": "days_unreadable",
        "severity": "error",
        "message": "第 2 行 逾期天数 “三十” 不是数字",
    }
    json.dumps(problem.to_json())


def test_every_sentence_can_be_filled_from_what_a_problem_carries():
    for code, message in MESSAGES.items():
        with translation.override("zh-hans"):
            names = {part.split(")")[0] for part in str(message).split("%(")[1:]}
        known = {
            "row",
            "column",
            "value",
            "sheet",
            "field",
            "headings",
            "count",
            "limit",
            "heading",
            "megabytes",
            "members",
        }
        known |= {"rows", "columns", "used", "first_row", "sum", "difference", "due_date", "computed", "business_date"}
        known |= {"days", "stage", "file_date", "dates", "sheets"}
        assert names <= known, code


# Amounts ------------------------------------------------------------------------------------------------------------


def test_a_total_that_is_not_the_sum_of_its_parts_is_said_and_kept():
    result = checked(row(1, 逾期总额=1030.0), row(2, 逾期总额=1025.01))
    assert codes(result, anywhere=True) == ["total_differs"]
    assert result.problems[0].params == {"sum": "1025.00"}
    assert result.rows[0].values["total"] == Decimal("1030.00")


def test_a_missing_total_is_computed_and_counted_once_for_the_file():
    result = checked(row(1, 逾期总额=""), row(2, 逾期总额=""))
    assert result.rows[0].values["total"] == Decimal("1025.00")
    assert [(problem.code, problem.row, problem.params) for problem in result.problems] == [
        ("total_computed", None, {"count": 2})
    ]


def test_a_total_without_parts_is_kept_and_counted_once_for_the_file():
    result = checked(*(row(n, 贷款本金余额="", 利息="", 违约金="") for n in (1, 2, 3)))
    assert result.rows[0].values["total"] == Decimal("1025.00")
    assert result.rows[0].values["principal"] == Decimal("0.00")
    assert [(problem.code, problem.params["count"]) for problem in result.problems] == [("parts_missing", 3)]


def test_a_row_without_any_amount_is_rejected():
    result = checked(row(1, 贷款本金余额="", 利息="", 违约金="", 逾期总额=""))
    assert codes(result, 2) == ["amount_missing"]


@pytest.mark.parametrize("total", [0, -1025.0])
def test_nothing_or_less_is_accepted_with_a_warning(total: float):
    result = checked(row(1, 逾期总额=total, 贷款本金余额=total, 利息=0, 违约金=0))
    assert codes(result, 2) == ["total_not_positive"]
    assert result.rows[0].state == "accepted"


def test_amounts_in_ten_thousands_are_taken_at_their_worth():
    headings = [
        heading + "（万元）" if heading in ("贷款本金余额", "利息", "违约金", "逾期总额") else heading
        for heading in HEADINGS
    ]
    result = checked(row(1, 贷款本金余额=1.2345, 利息=0.01, 违约金=0.02, 逾期总额=1.2645), headings=headings)
    assert result.problems == []
    assert result.rows[0].values["total"] == Decimal("12645.00")


# Days, dates, stage -------------------------------------------------------------------------------------------------


def test_days_that_disagree_with_the_due_date_are_said_and_the_files_days_are_used():
    result = checked(row(1, 逾期天数=200, 逾期阶段="M7+"), row(2, 逾期天数=44))
    (problem,) = result.problems
    assert problem.code == "days_disagree"
    assert (
        problem.message == "第 2 行逾期天数 200 与应还日期 2026-02-14 不一致（按数据日期应为 45 天），以文件的天数为准"
    )
    assert result.rows[0].values["days_past_due"] == 200
    assert result.rows[0].state == "accepted"


def test_blank_days_are_computed_from_the_due_date_and_a_row_with_neither_is_rejected():
    result = checked(
        row(1, 逾期天数=""),
        row(2, 逾期天数="", 应还日期=""),
        row(3, 应还日期=""),
        row(4, 逾期天数="", 应还日期=dt.date(2026, 5, 1)),
    )
    assert [row.values["days_past_due"] for row in result.rows[:1]] == [45]
    assert codes(result, 3) == ["days_unknown"]
    assert codes(result, 4) == []
    assert codes(result, 5) == ["due_date_in_future", "days_unknown"]


@pytest.mark.parametrize(
    ("days", "code", "state"),
    [
        (-3, "days_negative", "rejected"),
        (99999, "days_too_large", "rejected"),
        (0, "days_zero", "accepted"),
        ("九十", "days_unreadable", "rejected"),
    ],
)
def test_impossible_days_are_named(days: Any, code: str, state: str):
    result = checked(row(1, 逾期天数=days, 逾期阶段=""))
    assert codes(result, 2)[0] == code
    assert result.rows[0].state == state


def test_the_stage_of_the_file_is_compared_and_not_believed():
    result = checked(row(1, 逾期阶段="M5"), row(2, 逾期阶段="次级"), row(3, 逾期阶段="２"))
    (problem,) = result.problems
    assert (problem.code, problem.row, problem.params) == ("stage_disagrees", 2, {"days": 45, "stage": "M2"})


DATED = [*HEADINGS, "数据日期"]


def test_a_file_of_another_day_is_refused_whole():
    result = checked([*row(1), dt.date(2026, 3, 30)], [*row(2), dt.date(2026, 3, 30)], headings=DATED)
    assert result.refused
    assert result.problems[0].message == "文件中的数据日期是 2026-03-30，与所选的 2026-03-31 不同"


def test_a_file_of_several_days_is_refused_whole():
    result = checked([*row(1), DAY], [*row(2), dt.date(2026, 3, 30)], headings=DATED)
    assert result.refused
    assert codes(result, anywhere=True) == ["business_dates_mixed"]


def test_a_file_of_the_chosen_day_goes_in():
    assert checked([*row(1), DAY], [*row(2), ""], headings=DATED).problems == []


def test_another_day_in_the_title_is_a_warning():
    data = sheet_of([["数据日期：2026年3月30日"], HEADINGS, row()])
    result = clean_sheet(understand(data), data, catalogue=OVERDUE, business_date=DAY)
    assert codes(result, anywhere=True) == ["title_date_differs"]
    assert not result.refused


# Persons ------------------------------------------------------------------------------------------------------------


def test_a_wrong_check_digit_stays_on_the_row_and_finds_nobody():
    result = checked(row(1, 证件号码="330000200207148621"))
    assert codes(result, 2) == ["id_checksum"]
    values = result.rows[0].values
    assert (values["id_no"], values["id_key"], values["id_checked"]) == ("330000200207148621", None, False)
    assert result.rows[0].state == "accepted"


@pytest.mark.parametrize(
    ("id_type", "checked_"),
    [("护照", True), ("港澳居民来往内地通行证", True), ("香港身份证", True), ("身份证", False), ("", False)],
)
def test_other_documents_pass_as_they_are_written(id_type: str, checked_: bool):
    result = checked([*row(1, 证件号码="E12345678"), id_type], headings=[*HEADINGS, "证件类型"])
    assert result.rows[0].values["id_checked"] is checked_
    assert codes(result, 2) == ([] if checked_ else ["id_length"])


def test_a_column_that_excel_destroyed_is_said_once_for_the_file_too():
    result = checked(row(1, 证件号码="3.30E+17"), row(2, 证件号码="5.30E+17"))
    assert result.problems[0].code == "scientific_column"
    assert result.problems[0].params == {"count": 2}
    assert [problem.value for problem in result.problems[1:]] == ["3.30E+17", "5.30E+17"]
    assert [row.values["id_no"] for row in result.rows] == [None, None]
    assert result.counts["accepted"] == 2


def test_all_phones_and_third_persons_come_together():
    headings = [*HEADINGS, "手机号2", "联系人1姓名", "联系人1电话", "联系人1关系", "联系人2电话", "联系人2姓名"]
    result = checked(
        [*row(1), "15444365243/021-55556666", "李四", "15411819983", "配偶", "15423870697", "王五"], headings=headings
    )
    assert result.problems == []
    values = result.rows[0].values
    assert values["phones"] == ["15444365243", "021-55556666"]
    assert values["contacts"] == [
        {"name": "李四", "phones": ["15411819983"], "relation": "配偶"},
        {"name": "王五", "phones": ["15423870697"], "relation": None},
    ]


def test_the_debt_is_not_dropped_for_a_phone():
    result = checked(row(1, 手机号="138****1234"))
    assert codes(result, 2) == ["phone_masked"]
    assert result.rows[0].state == "accepted"


def test_personal_values_are_masked_in_problems_and_still_recognisable():
    result = checked(row(1, 证件号码="330000200207148621", 手机号="1546916248"))
    values = [problem.value for problem in result.problems]
    assert values == ["******6248", "**************8621"]
    assert "330000" not in json.dumps([problem.to_json() for problem in result.problems])
    assert shown("154-0917-7730（本人）", kind="phone", personal=True) == "154****7730（本人）"
    assert shown(3.3e17, kind="id_no", personal=True) == "3.30E+17"
    assert shown("张三丰", kind="name", personal=True) == "张*丰"


# Rows among each other ----------------------------------------------------------------------------------------------


def test_a_repeated_row_counts_once():
    result = checked(row(1), row(2), row(1))
    assert result.counts == {"read": 3, "accepted": 2, "rejected": 1, "skipped": 0}
    assert codes(result, 4) == ["duplicate_row"]
    assert result.problems[0].message == "共有 1 行完全重复，每份合同只计一次"
    assert result.control_totals.sums["total"] == Decimal("2050.00")


def test_columns_that_are_not_read_do_not_make_a_repeated_row_different():
    result = checked([1, *row(1)], [2, *row(1)], headings=["序号", *HEADINGS])
    assert result.counts["accepted"] == 1


def test_one_contract_with_two_stories_goes_in_with_neither():
    result = checked(row(1), row(2), row(1, 逾期天数=44))
    assert [row.state for row in result.rows] == ["rejected", "accepted", "rejected"]
    assert codes(result, 2) == codes(result, 4) == ["contract_twice"]
    assert result.problems[0].params["rows"] == [2, 4]


TOTAL = ["合计", "", "", "", "", 2000.0, 41.0, 9.0, 2050.0, "", "", ""]


def test_a_total_row_is_skipped_and_compared():
    result = checked(row(1), row(2), TOTAL)
    assert result.counts == {"read": 2, "accepted": 2, "rejected": 0, "skipped": 1}
    assert codes(result, 4) == ["row_total", "total_row_agrees"]
    assert result.control_totals.total_row is not None
    assert result.control_totals.total_row.agrees
    assert result.control_totals.to_json()["total_row"]["claimed"]["total"] == "2050.00"


def test_a_total_row_that_does_not_fit_says_by_how_much():
    result = checked(row(1), TOTAL)
    problem = next(problem for problem in result.problems if problem.column == "逾期总额")
    assert problem.message == "合计行（第 3 行）逾期总额 为 2050.00，明细之和为 1025.00，相差 1025.00"


def test_rejected_rows_count_in_the_comparison_as_they_do_in_the_file():
    result = checked(row(1), row(2, 应还日期="待定"), TOTAL)
    assert result.control_totals.total_row is not None
    assert result.control_totals.total_row.agrees
    assert result.control_totals.sums["total"] == Decimal("1025.00")


@pytest.mark.parametrize(
    "words", [["合 计"], ["总计："], ["合计：2笔"], ["", "", "", "合计"], ["本页合计"], ["小计"], ["Total"]]
)
def test_rows_of_sums_are_no_debtors(words: list[str]):
    total = [*words, *[""] * (len(HEADINGS) - len(words))]
    total[8] = 1025.0
    result = checked(row(1), total)
    assert codes(result, 3)[0] == "row_total"
    assert result.counts["read"] == 1


def test_a_count_beside_the_sum_is_no_contract_number():
    assert checked(row(1), ["合计", "", "", "1笔", "", "", "", "", 1025.0, "", "", ""]).counts["read"] == 1


def test_a_debtor_with_a_contract_is_no_sum_whatever_they_are_called():
    assert checked(row(1, 客户姓名="合计")).counts["accepted"] == 1


def test_empty_rows_footers_and_repeated_headings_are_skipped_and_noted():
    result = checked(
        row(1),
        [""] * 12,
        [""] * 12,
        HEADINGS,
        row(2),
        ["制表人：王某", "", "", "", "", "", "", "", "", "审核：李某", "", ""],
        [""] * 12,
    )
    assert Counter(codes(result, anywhere=True)) == {"row_empty": 1, "row_header_repeated": 1, "row_footer": 1}
    assert result.counts == {"read": 2, "accepted": 2, "rejected": 0, "skipped": 4}
    assert [row.row for row in result.accepted] == [2, 6]
    assert next(problem for problem in result.problems if problem.code == "row_empty").params == {"count": 2}


def test_a_row_without_a_contract_number_is_a_row_with_a_problem():
    result = checked(row(1), row(2, 合同编号=""))
    assert codes(result, 3) == ["required_missing"]


def test_notes_of_the_reading_come_first():
    data = sheet_of([[*HEADINGS, "颜色"], [*row(1, 逾期天数="三十"), "红"]])
    data.sheets[0].hidden_rows = 2
    result = clean_sheet(understand(data), data, catalogue=OVERDUE, business_date=DAY)
    assert [problem.code for problem in result.problems] == ["hidden_rows", "columns_not_read", "days_unreadable"]


def test_a_rule_can_be_added_without_touching_the_engine():
    from dataclasses import replace

    def no_lucky_contracts(row: Any, judge: Any) -> None:
        if row.values["contract_no"].endswith("8"):
            judge.say("text_unreadable", "error", "contract_no")

    stricter = replace(OVERDUE, row_rules=(*OVERDUE.row_rules, no_lucky_contracts))
    data = sheet_of([HEADINGS, row(7), row(8)])
    result = clean_sheet(understand(data), data, catalogue=stricter, business_date=DAY)
    assert [(problem.code, problem.row) for problem in result.problems] == [("text_unreadable", 3)]


def test_messages_are_made_in_the_readers_language():
    problem = Problem("", None, "", "", "column_missing", "error", {"field": "contract_no", "headings": "A"})
    assert problem.message == "缺少 合同编号 列，找到的列标题：A"


def test_the_pure_rooms_need_neither_settings_nor_a_database():
    script = "import sys, cases.imports.judging.overdue; sys.exit('cases.models' in sys.modules)"
    environment = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, env=environment, check=False)
    assert done.returncode == 0
