"""A file on its way through the pages: upload, questions, preview, book, and back."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from cases import selectors_undo
from cases.models import Case, ImportRun, Layout, Loan, Repayment, RunState, Source
from cases.services.sources import change_source
from collection_ops.core.models import Job, User
from collection_ops.core.services.form_tokens import new_token
from tests.cases.import_files import AS_OF, debt, upload_of
from tests.cases.import_pages.steps import applied, do_jobs, send, text_of, uploaded

SignIn = Callable[[User], Client]


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
