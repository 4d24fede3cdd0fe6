"""The form that takes a file: the day, what cannot be right, and the templates to fill in."""

import io
from collections.abc import Callable
from typing import Any

import openpyxl
import pytest
from django.test import Client
from django.urls import reverse

from cases.forms_imports import date_in_name
from cases.imports.run import import_file
from cases.models import ImportRun, RunState, Source
from collection_ops.core import clock
from collection_ops.core.models import User
from tests.cases.import_files import AS_OF, debt, upload_of
from tests.cases.import_pages.steps import send, text_of

SignIn = Callable[[User], Client]


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
