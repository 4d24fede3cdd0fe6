"""Ledgers as they come: titles, two lines of headings, sums, hidden rows, other words, other alphabets. Each is understood
or says what is wrong; no row disappears."""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
import xlsxwriter
from django.test import Client
from django.urls import reverse

from cases.imports import run as runs
from cases.imports.kinds import KINDS, recognised_kind
from cases.imports.reading.read import read_file
from cases.imports.words.problems import render
from cases.models import Case, RunKind
from collection_ops.core.models import User
from compliance.complaints.register import Said, Whose, receive
from compliance.models import MOST_NARRATIVE, Complaint
from tests.cases.imports.builders import HEADINGS as OVERDUE_HEADINGS
from tests.cases.imports.builders import row as overdue_row
from tests.cases.imports.builders import text_file, workbook
from tests.cases.imports.conftest import at

from .conftest import TODAY, Take, codes, told

pytestmark = pytest.mark.django_db
SHORT = ["序号", "工单号", "受理日期", "渠道", "客户姓名", "投诉事由", "类型"]


def short(number: int, day: Any = dt.date(2026, 3, 20), **changes: Any) -> list[Any]:
    cells = {
        "序号": number, "工单号": f"GD{number:04d}", "受理日期": day, "渠道": "12345", "客户姓名": "王某",
        "投诉事由": f"第 {number} 件：反复致电骚扰", "类型": "骚扰",
    }  # fmt: skip
    return list({**cells, **changes}.values())


def test_a_title_above_and_a_sum_below(take: Take) -> None:
    rows = [
        ["2026年3月投诉台账（客户服务部）"], ["统计口径：全部渠道", "", "", "制表：王某"], SHORT, short(1), short(2),
        ["合计", 2], ["制表人：王某", "", "", "审核："],
    ]  # fmt: skip
    run = take(rows)
    assert run.row_counts == {"read": 2, "accepted": 2, "rejected": 0, "skipped": 2}
    assert {"row_total", "row_footer"} <= codes(run)
    assert Complaint.objects.filter(source="12345", type="harassment").count() == 2


def test_two_lines_of_headings_with_groups(take: Take) -> None:
    rows = [
        ["登记信息", "", "", "客户信息", "", "投诉信息", ""],
        ["工单号", "收到日期", "渠道", "姓名", "电话", "投诉内容", "投诉类型"],
        ["GD1", "2026-03-20", "客服热线", "王某", "15400000001", "催收员骂人", "威胁、辱骂、恐吓"],
    ]
    run = take(rows)
    complaint = Complaint.objects.get()
    assert (run.state, complaint.complainant_phone, complaint.complainant_name) == ("applied", "15400000001", "王某")
    assert complaint.type == "threat"


@pytest.mark.parametrize(
    "written",
    [
        "2026年3月5日", "2026.3.5", "2026/3/5 14:30", "20260305", 20260305, 46086, "46086", "２０２６-０３-０５",
        dt.date(2026, 3, 5), "5-Mar-2026",
    ],
)  # fmt: skip
def test_days_in_many_writings(take: Take, written: Any) -> None:
    take([SHORT, short(1, written), short(2)])
    assert Complaint.objects.get(source_ref="GD0001").received_on == dt.date(2026, 3, 5)


def test_days_that_cannot_be_read_keep_their_row_out_with_the_place(take: Take) -> None:
    bad = ["2026-02-30", "3月5日", "待定", "05/03/26"]
    run = take([SHORT, *(short(n, day) for n, day in enumerate(bad, start=1)), short(9)], accept_good_rows=True)
    assert run.row_counts["rejected"] == 4
    found = run.problems.filter(severity="error").order_by("row_number")
    assert [(p.row_number, p.column, p.value) for p in found] == [
        (n, "受理日期", day) for n, day in enumerate(bad, start=2)
    ]


def test_an_odd_day_of_the_event_or_name_is_left_out_and_the_row_goes_in(take: Take) -> None:
    run = take([told(1, 发生日期="上周三", 客户姓名=12345)])
    assert {"date_unreadable", "text_unreadable"} <= codes(run, 2)
    assert run.problem_counts["error"] == 0
    assert Complaint.objects.get().event_on is None


def test_full_width_and_gbk(take: Take) -> None:
    run = take([SHORT, short(1, "２０２６／３／２０", 工单号="ＧＤ００７７", 渠道="１２３７８")], encoding="gb18030")
    complaint = Complaint.objects.get()
    assert (run.state, complaint.source_ref, complaint.source) == ("applied", "GD0077", "12378")


def test_only_headings_is_refused_in_words(take: Take) -> None:
    run = take([SHORT])
    assert (run.state, run.refusal["code"]) == ("refused", "no_data_rows")


def test_no_content_column_is_refused_and_named(take: Take) -> None:
    run = take([["工单号", "收到日期", "渠道"], ["GD1", "2026-03-20", "12378"]])
    assert (run.state, run.refusal["code"], run.refusal["params"]["field"]) == (
        "refused",
        "column_missing",
        "narrative",
    )


def test_an_unknown_heading_above_long_texts_is_asked_about(take: Take) -> None:
    rows = [
        ["工单号", "收到日期", "原委"],
        *([f"GD{n}", "2026-03-20", f"第{n}件，客户说催收员每天打电话到单位"] for n in range(3)),
    ]
    run = take(rows, apply=False)
    assert run.state == "asking"
    assert [(q["code"], q["key"]) for q in run.questions] == [("ask_missing", "field:narrative")]
    runs.answer(run=run, answers={"field:narrative": "原委"}, actor=None, now=at(TODAY), enqueue=False)
    runs.read_run(run=run, now=at(TODAY))
    assert run.state == "preview", run.refusal


def test_two_days_that_could_both_be_the_receipt_are_asked_about_once(take: Take) -> None:
    rows = [["收到日期", "受理日期", "投诉内容"], ["2026-03-18", "2026-03-20", "催收员骂人"]]
    run = take(rows, apply=False)
    assert [q["key"] for q in run.questions] == ["field:received_on"]
    runs.answer(run=run, answers={"field:received_on": "收到日期"}, actor=None, now=at(TODAY), enqueue=False)
    runs.read_run(run=run, now=at(TODAY))
    assert run.state == "preview"
    next_month = take([rows[0], ["2026-03-28", "2026-03-30", "又骂人"]])
    assert next_month.state == "applied"
    assert Complaint.objects.get().received_on == dt.date(2026, 3, 28)


def test_hidden_rows_formulas_and_merged_cells(take: Take, source: Any, tmp_path: Any) -> None:
    path = tmp_path / "投诉.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        for down, cells in enumerate([SHORT, short(1, "2026-03-20"), short(2, "2026-03-20"), short(3, "2026-03-20")]):
            for right, cell in enumerate(cells):
                sheet.write(down, right, cell)
        sheet.write_formula(3, 1, '="GD"&"0003"', None, "GD0003")
        sheet.merge_range(1, 2, 2, 2, "2026-03-20")
        sheet.set_row(2, None, None, {"hidden": True})
    run = runs.import_file(
        path=path, source=source, as_of=TODAY, actor=None, now=at(TODAY), kind=RunKind.COMPLAINTS, apply=True
    )
    assert {"hidden_rows", "merged_cells_filled"} <= codes(run)
    assert "merged_key_filled" not in codes(run)
    assert Complaint.objects.count() == 3


def test_several_contracts_and_companies_in_a_cell(take: Take, book: dict[int, Case], agency: Any) -> None:
    book[2].loan.debtor = book[1].loan.debtor
    book[2].loan.save()
    take([told(1, 合同编号="HT00001\nHT00002；HT00001/HT00002", 被投诉机构="恒达资产管理公司；XX消费金融\nYY银行")])
    complaint = Complaint.objects.get()
    assert complaint.loans.count() == 2
    assert [one.org for one in complaint.subjects.all()] == ["hengda"]
    assert complaint.steps.get().words == "被投诉机构：XX消费金融、YY银行"


def test_a_public_set_in_english_with_masks_and_blanks(take: Take) -> None:
    head = ["Date received", "Issue", "Consumer complaint narrative", "Company", "Submitted via", "Complaint ID"]
    long = "On XX/XX/2026 they called me.\n\nI told them {$500.00} was paid. " * 60
    rows = [
        ["2026-03-01", "Harassment", long, "ACME, LLC", "Web", 100200300],
        ["2026-03-02", "Attempts to collect debt not owed", "XXXX XXXX", "", "Postal mail", 100200301],
    ]
    run = take([head, *rows])
    assert run.state == "applied", (run.refusal, run.questions)
    found = {c.source_ref: (c.source, c.type) for c in Complaint.objects.all()}
    assert found == {"100200300": ("web", "harassment"), "100200301": ("letter", "not_owed")}
    assert Complaint.objects.get(source_ref="100200300").narrative.count("\n\n") == 60


def test_a_year_as_it_was_kept_by_hand_goes_in_but_for_the_rows_that_contradict(
    take: Take, book: dict[int, Case], agency: Any, source: Any, tmp_path: Any
) -> None:
    """A title, two merged cells, days as text, blanks, four companies in a cell, a story of 30,000 characters, a number
    twice, a sum in the middle and one at the end; then the same file once more, and grown."""
    story = "".join(f"{number}月{number}日又打来电话，说要到我单位。\n" for number in range(1, 2000))[:30_000].strip()
    heads = [
        "序号",
        "工单号",
        "受理日期",
        "渠道",
        "客户姓名",
        "合同号",
        "投诉事由",
        "类型",
        "被投诉机构",
        "处理结论",
        "办结日期",
    ]
    rows = [
        [
            1,
            "GD1",
            "2026年3月2日",
            "12378",
            "张乙",
            "HT00001",
            story,
            "骚扰",
            "恒达资产管理；甲公司\n乙公司、丙公司",
            "",
            "",
        ],
        [2, "GD2", "2026.3.3", "12378", "张丙", "HT00002", "催收员骂人", "", "", "属实", "2026/3/9"],
        [3, "GD3", 46086, "", "", "", "说不清是谁打的", None, None, "", ""],
        ["小计", 3],
        [4, "GD4", "2026-03-06", "12345", "张戊", "HT00004", "还清了还打", "已结清仍催收", "", "", ""],
        [5, "GD4", "2026-03-06", "12345", "张戊", "HT00004", "还清了还在打，已报警", "已结清仍催收", "", "", ""],
        [6, "GD5", "上周三", "12345", "张己", "HT00005", "威胁家人", "威胁", "", "", ""],
        [7, "GD6", "2026-03-07", "12345", "张己", "HT00005", "威胁家人", "威胁", "", "", ""],
        [8, "GD6", "2026-03-07", "12345", "张己", "HT00005", "威胁家人", "威胁", "", "", ""],
        ["合计", 8],
    ]

    def written(name: str, some: list[Any]) -> Any:
        path = tmp_path / f"{name}.xlsx"
        with xlsxwriter.Workbook(str(path)) as workbook:
            sheet = workbook.add_worksheet()
            sheet.merge_range(0, 0, 0, len(heads) - 1, "2026年一季度投诉台账")
            for down, cells in enumerate([heads, *some], start=1):
                for right, cell in enumerate(cells):
                    sheet.write(down, right, cell)
            sheet.merge_range(2, 3, 3, 3, "12378")
        return path

    def read(path: Any, hour: int = 10) -> Any:
        return runs.import_file(
            path=path, source=source, as_of=TODAY, actor=None, now=at(TODAY, hour), kind=RunKind.COMPLAINTS, apply=True,
            accept_good_rows=True,
        )  # fmt: skip

    run = read(written("一季度", rows))
    assert run.state == "applied", (run.refusal, run.questions)
    assert run.row_counts["read"] == 8, "sums are no complaints"
    found = {one.source_ref: one for one in Complaint.objects.all()}
    assert set(found) == {"GD1", "GD2", "GD3", "GD6"}
    assert found["GD1"].narrative == story
    assert found["GD1"].steps.get().words == "被投诉机构：甲公司、乙公司、丙公司"
    assert (found["GD2"].source, found["GD2"].state) == ("12378", "closed")
    assert (found["GD3"].debtor, found["GD3"].received_on) == (None, dt.date(2026, 3, 5))
    assert codes(run, 7) == codes(run, 8) == {"complaint_contradicts"}
    assert codes(run, 9) == {"date_unreadable"}
    assert "complaint_row_again" in codes(run, 11)

    again = read(tmp_path / "一季度.xlsx", hour=11)
    assert (again.state, again.refusal["code"]) == ("refused", "already_imported")
    grown = read(
        written("上半年", [*rows, [9, "GD7", "2026-03-20", "12345", "张乙", "HT00001", "又来了", "骚扰"]]), hour=12
    )
    assert grown.state == "applied"
    assert Complaint.objects.count() == 5


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8-sig"])
def test_a_story_longer_than_a_complaint_holds_is_told_with_its_length_and_not_cut(
    take: Take, book: dict[int, Case], encoding: str
) -> None:
    """A file of text has no limit of Excel's; rare characters take four bytes in one of its alphabets."""
    run = take(
        [
            told(1, 投诉内容="䶮" * 30_000, 客户姓名="张䶮"),
            told(2, 投诉内容="长" * 32_768),
            told(3, 诉求="停" * 40_000),
            told(4),
        ],
        encoding=encoding,
        accept_good_rows=True,
    )
    assert sorted(Complaint.objects.values_list("source_ref", flat=True)) == ["GD0001", "GD0004"]
    assert Complaint.objects.get(source_ref="GD0001").narrative == "䶮" * 30_000
    assert codes(run, 3) == codes(run, 4) == {"complaint_too_long"}
    problem = run.problems.get(row_number=3)
    assert (problem.params["length"], problem.params["limit"]) == (32_768, MOST_NARRATIVE)
    sentence = render("complaint_too_long", {**problem.params, "row": 3, "column": "投诉内容"})
    assert "32768" in sentence and "附件" in sentence


def test_what_a_ledger_may_hold_may_be_typed_in_too(take: Take, book: dict[int, Case], clerk: User) -> None:
    take([told(1, 投诉内容="长" * 30_000)])
    typed = receive(
        said=Said(source="letter", type="harassment", narrative="长" * 30_000, received_at=at(TODAY)),
        whose=Whose(debtor=book[2].loan.debtor), accused=(), actor=clerk, now=at(TODAY, 10),
    )  # fmt: skip
    assert len(typed.narrative) == len(Complaint.objects.get(source_ref="GD0001").narrative)


def test_a_ledger_has_no_total_of_money_to_be_said(
    take: Take, book: dict[int, Case], client_as: Callable[[User], Client], clerk: User
) -> None:
    run = take([told(1)], apply=False, expected_rows=1, expected_total=Decimal("100.00"))
    assert run.guard_findings == [], "a total that was typed in for a file of no known kind stops nothing"
    client = client_as(clerk)
    page = client.get(reverse("cases:import_run", args=[run.pk])).content.decode()
    assert "应有行数" in page
    assert "应有总额" not in page
    assert 'data-no-money="complaints"' in client.get(reverse("cases:imports")).content.decode()


# Told apart from other files ----------------------------------------------------------------------------------------


def kind_of_file(path: Any) -> str:
    return recognised_kind(read_file(path), learnt=[], saved={}).name


def test_a_file_is_known_by_its_headings(tmp_path: Any) -> None:
    ledger = workbook(tmp_path / "1.xlsx", [list(told(1)), list(told(1).values())])
    few = workbook(tmp_path / "2.xlsx", [SHORT, short(1)])
    overdue = workbook(tmp_path / "3.xlsx", [OVERDUE_HEADINGS, overdue_row(1)])
    noted = [*OVERDUE_HEADINGS, "投诉次数", "备注", "催收时间"]
    talkative = workbook(
        tmp_path / "4.xlsx", [noted, [*overdue_row(1), 2, "客户投诉过催收频繁，请注意话术和频次", "2026-03-01"]]
    )
    paid = text_file(
        tmp_path / "5.csv", [["合同编号", "还款日期", "还款金额", "流水号"], ["HT1", "2026-03-01", "5", "L1"]]
    )
    assert [kind_of_file(path) for path in (ledger, few, overdue, talkative, paid)] == [
        "complaints", "complaints", "overdue", "overdue", "repayments",
    ]  # fmt: skip
    assert list(KINDS) == ["overdue", "repayments", "complaints"]


def test_sent_as_the_wrong_kind_it_is_refused_and_nothing_of_it_goes_in(take: Take) -> None:
    overdue = take([OVERDUE_HEADINGS, overdue_row(1)])
    assert (overdue.state, overdue.refusal["code"]) == ("refused", "column_missing")
    ledger = take([told(1)], kind=RunKind.OVERDUE)
    assert ledger.state == "refused"
    assert not Complaint.objects.exists()
    assert not Case.objects.exists()
