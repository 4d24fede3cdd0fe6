"""The inbox, the rows behind a figure, problems, and the workbook of wrong rows."""

import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import openpyxl
import pytest
from django.test import Client
from django.urls import reverse

from cases.imports.run import import_file, receive
from cases.models import ImportRun, Source
from cases.views import import_lists
from collection_ops.core import clock
from collection_ops.core.models import Job, User
from tests.cases.import_files import AS_OF, debt
from tests.cases.import_pages.steps import applied, do_jobs, send, text_of, uploaded

SignIn = Callable[[User], Client]


def test_the_rows_behind_a_figure_are_as_many_as_the_figure_says(clerk_browser: Client, source: Source) -> None:
    applied(clerk_browser, source, [debt(n, days=25) for n in range(1, 71)])
    later = AS_OF + timedelta(days=7)
    rows = [debt(n, days=32, as_of=later, total=900.0 if n <= 3 else 1000.0) for n in range(1, 61)]
    run = uploaded(clerk_browser, source, [*rows, debt(99, as_of=later)], name="逾期明细20260407.xlsx")
    expected = {
        "new": 1,
        "reentered": 0,
        "paid_down": 3,
        "balance_up": 0,
        "rolled_forward": 60,
        "unchanged": 0,
        "absent": 10,
    }
    for difference, number in expected.items():
        assert run.differences[difference]["count"] == number
        address, seen = reverse("cases:import_rows", args=[run.pk, difference]), 0
        while address:
            response = clerk_browser.get(address)
            seen += len(response.context["page"].rows)
            following = response.context["next_url"]
            address = reverse("cases:import_rows", args=[run.pk, difference]) + following if following else ""
        assert seen == number
    assert "M1" in text_of(clerk_browser, "cases:import_rows", run.pk, "rolled_forward")
    assert clerk_browser.get(reverse("cases:import_rows", args=[run.pk, "nonsense"])).status_code == 404


def test_problems_are_listed_by_kind(clerk_browser: Client, source: Source) -> None:
    run = uploaded(clerk_browser, source, [debt(n, 逾期天数="三十", 应还日期="待定") for n in range(1, 6)] + [debt(9)])
    page = text_of(clerk_browser, "cases:import_run", run.pk)
    assert page.count("不是数字") == 3  # the first examples only
    listed = text_of(clerk_browser, "cases:import_problems", run.pk, severity="error", code="days_unreadable")
    assert listed.count("不是数字") >= 5
    empty = text_of(clerk_browser, "cases:import_problems", run.pk, code="no_such_code")
    assert "没有这样的问题" in empty


@pytest.mark.parametrize(
    "query", ["?after=%00", "?after=zzz", "?source=%00&state=%00", "?state=nonsense", "?before=9" * 3]
)
def test_hand_made_addresses_do_no_harm(clerk_browser: Client, source: Source, query: str) -> None:
    run = uploaded(clerk_browser, source, [debt(1)])
    assert clerk_browser.get(reverse("cases:imports") + query).status_code == 200
    assert clerk_browser.get(reverse("cases:import_rows", args=[run.pk, "new"]) + query).status_code == 200
    assert (
        clerk_browser.get(reverse("cases:import_problems", args=[run.pk]) + query + "&code=%00&column=%00").status_code
        == 200
    )
    assert clerk_browser.get(reverse("cases:layouts") + query).status_code == 200


def test_names_of_files_and_headings_are_shown_as_text(clerk_browser: Client, source: Source) -> None:
    run = uploaded(
        clerk_browser, source, [debt(1)], renamed={"产品名称": "<script>alert(1)</script>"}, name="<b>20260331.xlsx"
    )
    for page in (text_of(clerk_browser, "cases:import_run", run.pk), text_of(clerk_browser, "cases:imports")):
        assert "<script>alert(1)" not in page
        assert "<b>20260331" not in page


def test_an_empty_inbox_says_what_to_do(clerk_browser: Client, source: Source) -> None:
    page = text_of(clerk_browser, "cases:imports")
    assert "还没有导入过文件" in page
    assert reverse("cases:import_template") in page


def test_the_inbox_leads_to_the_files_that_wait_for_somebody(clerk_browser: Client, source: Source) -> None:
    assert "state=open" not in text_of(clerk_browser, "cases:imports")
    uploaded(clerk_browser, source, [debt(1)])
    page = text_of(clerk_browser, "cases:imports")
    assert '?source=card&amp;state=open#runs-title"' in page
    assert "1 个文件待处理" in page


def test_a_list_of_one_page_has_no_pager(
    clerk_browser: Client, source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = uploaded(clerk_browser, source, [debt(number) for number in range(1, 4)])
    assert 'class="pager' not in text_of(clerk_browser, "cases:import_rows", run.pk, "new")
    monkeypatch.setattr(import_lists, "PAGE_SIZE", 2)
    assert 'class="pager card-footer"' in text_of(clerk_browser, "cases:import_rows", run.pk, "new")


def test_a_csv_file_names_no_sheet_and_a_layout_names_its_kind(
    clerk_browser: Client, clerk: User, source: Source, tmp_path: Any
) -> None:
    path = tmp_path / "还款.csv"
    path.write_text("合同编号,还款日期,还款金额\nT1,2026-03-31,5\n", encoding="utf-8")
    run = import_file(
        path=path, source=source, as_of=AS_OF, actor=clerk, now=clock.now(), kind="repayments", apply=True
    )
    page = text_of(clerk_browser, "cases:import_run", run.pk)
    assert "读到的表：表头在第 1 行" in page
    assert "看待匹配还款" in page  # its contract is not in the book
    applied(clerk_browser, source, [debt(2)])
    layouts = text_of(clerk_browser, "cases:layouts")
    assert "信用卡核心系统 · 还款明细 · 第 1 版" in layouts
    assert "信用卡核心系统 · 逾期明细 · 第 1 版" in layouts


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_wrong_rows_come_back_in_a_workbook_with_the_reason(clerk_browser: Client, source: Source, kind: str) -> None:
    rows = [debt(1), debt(2, 逾期天数="三十", 应还日期="待定"), debt(3)]
    if kind == "xlsx":
        run = uploaded(clerk_browser, source, rows)
    else:
        lines = [",".join(rows[0]), *(",".join(str(value) for value in row.values()) for row in rows)]
        run = receive(
            file=io.BytesIO("\n".join(lines).encode("gb18030")), file_name="逾期.csv", source=source, as_of=AS_OF,
            actor=None, now=clock.now(),
        )  # fmt: skip
        do_jobs()
        run.refresh_from_db()
    assert run.row_counts["rejected"] == 1
    send(clerk_browser, "cases:import_errors", run.pk)
    assert "正在生成" in text_of(clerk_browser, "cases:import_run", run.pk)
    do_jobs()
    job = Job.objects.get(kind="cases.error_workbook")
    assert job.state == "done", job.error
    assert "下载错误行" in text_of(clerk_browser, "cases:import_errors", run.pk)
    response = clerk_browser.post(reverse("cases:import_errors_file", args=[run.pk, job.pk]))
    sheet = openpyxl.load_workbook(io.BytesIO(b"".join(response.streaming_content))).worksheets[0]
    cells = {cell.value: cell for row in sheet.iter_rows() for cell in row}
    assert "错误原因" in cells
    assert any("不是数字" in str(value) for value in cells)
    assert cells["三十"].fill.fgColor.rgb == "FFF4B6B6"
    assert sheet.max_row == (4 if kind == "xlsx" else 2)


def test_a_workbook_of_wrong_rows_belongs_to_who_asked_for_it(
    clerk_browser: Client, source: Source, auditor: User, client_as: SignIn
) -> None:
    run = uploaded(clerk_browser, source, [debt(1), debt(2, 逾期天数="三十", 应还日期="待定")])
    send(clerk_browser, "cases:import_errors", run.pk)
    do_jobs()
    job = Job.objects.get(kind="cases.error_workbook")
    address = reverse("cases:import_errors_file", args=[run.pk, job.pk])
    assert client_as(auditor).post(address).status_code == 404
    assert clerk_browser.post(address).status_code == 200


def test_the_inbox_costs_the_same_however_many_runs_there_are(
    clerk_browser: Client, source: Source, django_assert_max_num_queries: Any
) -> None:
    first = uploaded(clerk_browser, source, [debt(1)])
    ImportRun.objects.bulk_create(
        ImportRun(source=source, as_of=AS_OF, file_name=f"{n}.xlsx", stored_name="x", sha256=f"{n:064d}", state="discarded",
                  uploaded_by=first.uploaded_by)
        for n in range(60)
    )  # fmt: skip
    with django_assert_max_num_queries(14):
        page = text_of(clerk_browser, "cases:imports")
    assert page.count("data-href") == 20
