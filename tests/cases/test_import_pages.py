"""The clerk's pages: upload, answer, check, apply, undo; and what others may see of it."""

import io
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from cases import selectors_undo
from cases.forms_imports import date_in_name
from cases.imports.run import import_file, receive
from cases.models import Case, ImportRun, Layout, Loan, Repayment, RunState, Source
from cases.services.sources import add_source, change_source
from cases.views import import_lists
from collection_ops.core import clock
from collection_ops.core.models import AuditEvent, Job, User
from collection_ops.core.services import jobs
from collection_ops.core.services.form_tokens import new_token
from tests.cases.import_files import AS_OF, debt, upload_of, workbook

SignIn = Callable[[User], Client]


@pytest.fixture
def source(db: None) -> Source:
    return add_source(code="card", name="信用卡核心系统", actor=None)


@pytest.fixture
def clerk_browser(clerk: User, client_as: SignIn) -> Client:
    return client_as(clerk)


def send(browser: Client, route: str, *arguments: Any, token: str = "", **data: Any) -> HttpResponse:
    return browser.post(reverse(route, args=arguments), {"form_token": token or new_token(), **data})


def do_jobs() -> None:
    """What the worker does, once."""
    for job in Job.objects.filter(state="queued").order_by("pk"):
        jobs.run(job.pk)


def uploaded(browser: Client, source: Source, rows: list[dict[str, Any]], **options: Any) -> ImportRun:
    """A file brought through the page and read by the worker."""
    response = send(browser, "cases:import_upload", source=source.pk, file=upload_of(rows, **options))
    assert response.status_code == 302, response.content.decode()
    do_jobs()
    return ImportRun.objects.latest("pk")


def applied(browser: Client, source: Source, rows: list[dict[str, Any]], **options: Any) -> ImportRun:
    run = uploaded(browser, source, rows, **options)
    send(browser, "cases:import_apply", run.pk)
    do_jobs()
    run.refresh_from_db()
    assert run.state == RunState.APPLIED
    return run


def text_of(browser: Client, route: str, *arguments: Any, **query: str) -> str:
    response = browser.get(reverse(route, args=arguments), query)
    assert response.status_code == 200
    return response.content.decode()


# From file to book and back -----------------------------------------------------------------------------------------


def test_a_file_goes_from_upload_through_preview_into_the_book_and_back(clerk_browser: Client, source: Source) -> None:
    run = uploaded(clerk_browser, source, [debt(1), debt(2, days=10), debt(3, days=200)])
    assert run.state == RunState.PREVIEW
    assert run.as_of == AS_OF  # from the file's name
    page = text_of(clerk_browser, "cases:import_run", run.pk)
    assert "<strong>3</strong> 行：<strong>3</strong> 新增" in page
    assert "应用 3 行" in page
    assert not Case.objects.exists()

    send(clerk_browser, "cases:import_apply", run.pk)
    run.refresh_from_db()
    assert run.state == RunState.APPLYING
    do_jobs()
    assert Case.objects.open().count() == 3
    assert "3 行已写入账簿" in text_of(clerk_browser, "cases:import_run", run.pk)

    send(clerk_browser, "cases:import_undo", run.pk)
    do_jobs()
    assert not Case.objects.exists()
    assert "已撤销" in text_of(clerk_browser, "cases:import_run", run.pk)


def test_a_doubtful_heading_is_asked_once_and_remembered(clerk_browser: Client, source: Source) -> None:
    renamed = {"应还日期": "还款日期"}
    run = uploaded(clerk_browser, source, [debt(1)], renamed=renamed)
    assert run.state == RunState.ASKING
    page = text_of(clerk_browser, "cases:import_run", run.pk)
    assert "还款日期" in page
    assert "2026-02-14" in page  # a sample of the column helps to decide
    response = send(clerk_browser, "cases:import_answer", run.pk)
    assert response.status_code == 422
    assert "请选择一项" in response.content.decode()

    send(clerk_browser, "cases:import_answer", run.pk, **{"question-0": "due_date"})
    do_jobs()
    run.refresh_from_db()
    assert run.state == RunState.PREVIEW
    layout = Layout.objects.get()
    assert layout.mapping["还款日期"] == "due_date"
    assert "还款日期" in text_of(clerk_browser, "cases:layouts")

    again = uploaded(clerk_browser, source, [debt(1), debt(2)], renamed=renamed, name="20260331.xlsx")
    assert again.state == RunState.PREVIEW


def test_a_column_understood_wrongly_can_be_corrected_from_the_preview(clerk_browser: Client, source: Source) -> None:
    run = uploaded(clerk_browser, source, [debt(1)])
    product = next(n for n, c in enumerate(run.understanding["columns"]) if c["heading"] == "产品名称")
    send(clerk_browser, "cases:import_answer", run.pk, **{f"column-{product}": "remark"})
    do_jobs()
    run.refresh_from_db()
    assert run.state == RunState.PREVIEW
    assert run.rows.get().product == ""


def test_wrong_rows_hold_the_file_back_until_the_clerk_lets_the_others_in(
    clerk_browser: Client, source: Source
) -> None:
    change_source(source=source, actor=None, max_rejected_percent=Decimal(50))
    run = uploaded(clerk_browser, source, [debt(1), debt(2, 逾期总额="待核实", 本金余额="", 利息="")])
    page = text_of(clerk_browser, "cases:import_run", run.pk)
    assert "第 3 行" in page
    assert "待核实" in page
    response = send(clerk_browser, "cases:import_apply", run.pk)
    assert response.status_code == 422
    assert "勾选只导入无误的行" in response.content.decode()
    send(clerk_browser, "cases:import_apply", run.pk, accept_good_rows="on")
    do_jobs()
    assert Case.objects.count() == 1


def test_a_file_without_contract_numbers_is_refused_with_what_is_missing(clerk_browser: Client, source: Source) -> None:
    run = uploaded(clerk_browser, source, [debt(1)], renamed={"合同编号": "某某"})
    if run.state == RunState.ASKING:  # the content looks like numbers of contracts: asked, not refused
        assert "合同编号" in text_of(clerk_browser, "cases:import_run", run.pk)
        return
    assert run.state == RunState.REFUSED
    assert "合同编号" in text_of(clerk_browser, "cases:import_run", run.pk)


def test_what_is_no_workbook_is_refused_in_words(clerk_browser: Client, source: Source) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    file = SimpleUploadedFile("逾期明细20260331.xlsx", b"<html><table></table></html>")
    send(clerk_browser, "cases:import_upload", source=source.pk, file=file)
    do_jobs()
    run = ImportRun.objects.get()
    assert run.state == RunState.REFUSED
    assert "账簿没有变化" in text_of(clerk_browser, "cases:import_run", run.pk)


def test_undo_says_what_stands_in_its_way(clerk_browser: Client, source: Source) -> None:
    first = applied(clerk_browser, source, [debt(1)])
    later = AS_OF + timedelta(days=1)
    applied(clerk_browser, source, [debt(1, as_of=later, days=46)], name="逾期明细20260401.xlsx")
    page = text_of(clerk_browser, "cases:import_undo_check", first.pk)
    assert "1 个合同在这次导入之后又有变动，现在不能撤销" in page
    assert "1 个案件之后又有别的文件写入或缺失" in page
    assert "没有其余的行可以单独撤销" in page
    response = send(clerk_browser, "cases:import_undo", first.pk)
    assert "不能撤销" in clerk_browser.get(response.headers["Location"]).content.decode()
    assert Case.objects.count() == 1


def test_what_can_be_taken_back_is_shown_by_kind_and_the_rest_stays_with_its_reasons(
    clerk_browser: Client, source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selectors_undo, "PAGE_SIZE", 2)
    run = applied(clerk_browser, source, [debt(number) for number in range(1, 6)])
    fragment = text_of(clerk_browser, "cases:import_undo_check", run.pk)
    assert '新入催案件 <span class="figures">5</span>' in fragment
    assert "撤销这次导入" in fragment
    assert reverse("cases:import_undo_check", args=[run.pk]) in text_of(clerk_browser, "cases:import_run", run.pk)
    held = list(Loan.objects.order_by("pk"))[:3]
    for loan in held:
        Repayment.objects.create(source=source, contract_no=loan.contract_no, loan=loan, paid_on=AS_OF, amount="5.00")
    fragment = text_of(clerk_browser, "cases:import_undo_check", run.pk)
    assert "3 个新合同已有还款" in fragment
    assert "撤销其余 2 行" in fragment
    first = text_of(clerk_browser, "cases:import_undo_blocked", run.pk)
    assert [loan.contract_no in first for loan in held] == [True, True, False]
    assert "新合同已有还款" in first
    assert "下一页" in first
    second = text_of(
        clerk_browser, "cases:import_undo_blocked", run.pk, after=f"{held[1].cases.get().pk}_{held[1].cases.get().pk}"
    )
    assert [loan.contract_no in second for loan in held] == [False, False, True]
    assert held[0].contract_no not in text_of(
        clerk_browser, "cases:import_undo_blocked", run.pk, code="undo_case_moved"
    )

    send(clerk_browser, "cases:import_undo", run.pk)  # the whole of it: refused
    run.refresh_from_db()
    assert Case.objects.count() == 5
    send(clerk_browser, "cases:import_undo", run.pk, partial="1")
    do_jobs()
    run.refresh_from_db()
    assert (run.state, run.undone_rows, Case.objects.count()) == (RunState.APPLIED, 2, 3)
    assert "其中 2 行已经撤销" in text_of(clerk_browser, "cases:import_run", run.pk)
    assert "没有其余的行可以单独撤销" in text_of(clerk_browser, "cases:import_undo_check", run.pk)


def test_a_run_can_be_given_up(clerk_browser: Client, source: Source) -> None:
    run = uploaded(clerk_browser, source, [debt(1)])
    send(clerk_browser, "cases:import_discard", run.pk)
    run.refresh_from_db()
    assert run.state == RunState.DISCARDED
    assert not run.rows.exists()
    response = send(clerk_browser, "cases:import_apply", run.pk)
    assert response.status_code == 302
    run.refresh_from_db()
    assert run.state == RunState.DISCARDED


def test_a_preview_of_a_book_that_has_moved_is_shown_anew_instead_of_applied(
    clerk_browser: Client, source: Source
) -> None:
    first = uploaded(clerk_browser, source, [debt(1)])
    later = AS_OF + timedelta(days=1)
    second = uploaded(clerk_browser, source, [debt(1, as_of=later, days=46)], name="逾期明细20260401.xlsx")
    assert second.differences["new"]["count"] == 1
    for run in (first, second):
        send(clerk_browser, "cases:import_apply", run.pk)
        do_jobs()
    second.refresh_from_db()
    assert second.state == RunState.PREVIEW
    assert second.differences["new"]["count"] == 0
    assert "预览之后账簿有变动" in text_of(clerk_browser, "cases:import_run", second.pk)
    send(clerk_browser, "cases:import_apply", second.pk)
    do_jobs()
    second.refresh_from_db()
    assert second.state == RunState.APPLIED


# Sending once -------------------------------------------------------------------------------------------------------


def test_the_same_form_sent_twice_uploads_and_applies_once(clerk_browser: Client, source: Source) -> None:
    token = new_token()
    for _ in range(2):
        send(clerk_browser, "cases:import_upload", token=token, source=source.pk, file=upload_of([debt(1)]))
    assert ImportRun.objects.count() == 1
    do_jobs()
    run = ImportRun.objects.get()
    token = new_token()
    for _ in range(2):
        send(clerk_browser, "cases:import_apply", run.pk, token=token)
    assert Job.objects.filter(kind="cases.import_apply").count() == 1
    assert clerk_browser.post(reverse("cases:import_apply", args=[run.pk])).status_code == 400


# The form -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "day"),
    [
        ("逾期明细20260331.xlsx", "2026-03-31"),
        ("逾期明细_2026-03-31(1).csv", "2026-03-31"),
        ("2026年3月5日逾期.xls", "2026-03-05"),
        ("逾期明细20260231.xlsx", None),
        ("20260331至20260401.xlsx", None),
        ("120260331.xlsx", None),
        ("逾期明细.xlsx", None),
    ],
)
def test_the_day_is_taken_from_a_name_only_when_it_is_certain(name: str, day: str | None) -> None:
    found = date_in_name(name)
    assert (found.isoformat() if found else None) == day


def test_an_upload_without_a_day_anywhere_is_sent_back_with_the_reason(clerk_browser: Client, source: Source) -> None:
    response = send(clerk_browser, "cases:import_upload", source=source.pk, file=upload_of([debt(1)], name="a.xlsx"))
    assert response.status_code == 422
    assert "请选择数据日期" in response.content.decode()
    assert not ImportRun.objects.exists()


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"as_of": "2999-01-01"}, "不能晚于今天"),
        ({"source": ""}, "请选择数据来源"),
        ({"source": "999999"}, ""),
        ({"as_of": "不是日期"}, ""),
    ],
)
def test_an_upload_that_cannot_be_right_is_sent_back(
    clerk_browser: Client, source: Source, changed: dict[str, str], sentence: str
) -> None:
    data = {"source": str(source.pk), **changed}
    response = send(clerk_browser, "cases:import_upload", file=upload_of([debt(1)]), **data)
    assert response.status_code == 422
    assert sentence in response.content.decode()
    assert not ImportRun.objects.exists()


def test_a_file_that_is_too_large_is_refused_at_the_door(clerk_browser: Client, source: Source, settings: Any) -> None:
    settings.UPLOAD_MAX_BYTES = 1000
    response = send(clerk_browser, "cases:import_upload", source=source.pk, file=upload_of([debt(1)]))
    assert response.status_code == 422
    assert "上限" in response.content.decode()


# Who may ------------------------------------------------------------------------------------------------------------


def test_a_supervisor_may_apply_what_the_clerk_uploaded(
    clerk_browser: Client, source: Source, supervisor: User, client_as: SignIn
) -> None:
    run = uploaded(clerk_browser, source, [debt(1)])
    browser = client_as(supervisor)
    assert "应用 1 行" in text_of(browser, "cases:import_run", run.pk)
    assert send(browser, "cases:import_discard", run.pk).status_code == 403
    assert send(browser, "cases:import_apply", run.pk).status_code == 302
    do_jobs()
    run.refresh_from_db()
    assert run.applied_by == supervisor


def test_an_auditor_reads_everything_and_changes_nothing(
    clerk_browser: Client, source: Source, auditor: User, client_as: SignIn
) -> None:
    run = uploaded(clerk_browser, source, [debt(1)])
    browser = client_as(auditor)
    page = text_of(browser, "cases:import_run", run.pk)
    assert "应用 1 行" not in page
    assert "放弃" not in page
    for route in ("cases:import_apply", "cases:import_discard", "cases:import_undo", "cases:import_answer"):
        assert send(browser, route, run.pk).status_code == 403


def test_a_collector_has_no_business_here(collector: User, client_as: SignIn, source: Source) -> None:
    assert client_as(collector).get(reverse("cases:imports")).status_code == 403


# Nothing personal in passing ----------------------------------------------------------------------------------------


def test_pages_show_neither_numbers_nor_full_names(clerk_browser: Client, source: Source, rows_written: Any) -> None:
    person = {"客户姓名": "欧阳文静", "证件号码": "170000199001010018", "手机号码": "15412345678"}
    run = uploaded(clerk_browser, source, [debt(1, **person), debt(2, 手机号码="15498765432x")])
    pages = [
        text_of(clerk_browser, "cases:import_run", run.pk),
        text_of(clerk_browser, "cases:import_rows", run.pk, "new"),
        text_of(clerk_browser, "cases:import_problems", run.pk),
        text_of(clerk_browser, "cases:imports"),
    ]
    for page in pages:
        for secret in ("欧阳文静", "170000199001010018", "15412345678", "15498765432"):
            assert secret not in page
    assert "欧**静" in pages[1]


def test_the_original_file_is_taken_by_post_and_leaves_a_trace(
    clerk_browser: Client, source: Source, supervisor: User, client_as: SignIn
) -> None:
    run = uploaded(clerk_browser, source, [debt(1)])
    address = reverse("cases:import_file", args=[run.pk])
    assert clerk_browser.get(address).status_code == 405
    assert client_as(supervisor).post(address).status_code == 403
    response = clerk_browser.post(address)
    assert b"".join(response.streaming_content) == workbook([debt(1)])
    assert AuditEvent.objects.filter(action="import.file_taken", object_id=str(run.pk)).count() == 1


# Lists --------------------------------------------------------------------------------------------------------------


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


# Progress -----------------------------------------------------------------------------------------------------------


def test_the_progress_fragment_asks_again_while_work_runs_and_then_loads_the_page(
    clerk_browser: Client, source: Source
) -> None:
    send(clerk_browser, "cases:import_upload", source=source.pk, file=upload_of([debt(1)]))
    run = ImportRun.objects.get()
    waiting = clerk_browser.get(reverse("cases:import_step", args=[run.pk]))
    assert 'hx-trigger="every 1s"' in waiting.content.decode()
    do_jobs()
    done = clerk_browser.get(reverse("cases:import_step", args=[run.pk]))
    assert done.headers["HX-Refresh"] == "true"


def test_a_reading_whose_job_died_offers_a_way_out(clerk_browser: Client, source: Source) -> None:
    send(clerk_browser, "cases:import_upload", source=source.pk, file=upload_of([debt(1)]))
    run = ImportRun.objects.get()
    Job.objects.update(state="dead")
    assert "这一步没有完成" in text_of(clerk_browser, "cases:import_run", run.pk)
    send(clerk_browser, "cases:import_discard", run.pk)
    run.refresh_from_db()
    assert run.state == RunState.DISCARDED


# Workbooks ----------------------------------------------------------------------------------------------------------


def test_the_template_is_a_file_that_the_importer_understands_without_a_question(
    clerk_browser: Client, clerk: User, source: Source, tmp_path: Any
) -> None:
    response = clerk_browser.get(reverse("cases:import_template"))
    book = openpyxl.load_workbook(io.BytesIO(b"".join(response.streaming_content)))
    sheet = book.worksheets[0]
    example = {"合同编号": "T1", "客户姓名": "测试", "逾期总额": 100, "逾期天数": 3, "本金余额": 100}
    headings = [cell.value for cell in sheet[1]]
    assert {"合同编号", "客户姓名", "逾期总额", "逾期天数"} <= set(headings)
    for column, heading in enumerate(headings, start=1):
        if heading in example:
            sheet.cell(2, column, example[heading])
    path = tmp_path / "逾期清单.xlsx"
    book.save(path)
    run = import_file(path=path, source=source, as_of=AS_OF, actor=clerk, now=clock.now())
    assert run.state == RunState.PREVIEW, run.questions or run.refusal
    assert run.row_counts["accepted"] == 1
    assert not [c for c in run.understanding["columns"] if not c["field"]]


def test_the_repayment_template_is_understood_and_knows_every_column(
    clerk_browser: Client, clerk: User, source: Source, tmp_path: Any
) -> None:
    assert "?kind=repayments" in text_of(clerk_browser, "cases:imports")
    response = clerk_browser.get(reverse("cases:import_template"), {"kind": "repayments"})
    assert "%E8%BF%98%E6%AC%BE%E6%98%8E%E7%BB%86" in response.headers["Content-Disposition"]  # 还款明细
    book = openpyxl.load_workbook(io.BytesIO(b"".join(response.streaming_content)))
    sheet = book.worksheets[0]
    example = {"流水号": "P1", "合同编号": "T1", "还款日期": AS_OF, "还款金额": 100, "还款状态": "待确认"}
    for column, cell in enumerate(sheet[1], start=1):
        if cell.value in example:
            sheet.cell(2, column, example[cell.value])
    path = tmp_path / "还款明细.xlsx"
    book.save(path)
    run = import_file(path=path, source=source, as_of=AS_OF, actor=clerk, now=clock.now(), kind="")
    assert (run.state, run.kind) == (RunState.PREVIEW, "repayments"), run.questions or run.refusal
    assert run.row_counts["accepted"] == 1
    assert not [c for c in run.understanding["columns"] if not c["field"]]
    assert clerk_browser.get(reverse("cases:import_template"), {"kind": "weather"}).status_code == 404


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


# Cost ---------------------------------------------------------------------------------------------------------------


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
