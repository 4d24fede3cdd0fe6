"""Files that need a person, in a real browser: doubt, approval, wrong rows, absences, locks, corrections, blocked undo."""

import csv
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.utils import timezone
from msoffcrypto.format.ooxml import OOXMLFile

from cases.imports.run import import_file
from cases.models import Absence, Case, ImportRun, Repayment, RunState, Source
from cases.services.error_workbook import RED
from cases.services.sources import add_source
from collection_ops.core import clock
from collection_ops.core.models import User
from tests.browser.steps import fits, press, rows_of, sign_in, upload
from tests.cases.import_files import debt, workbook

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("worker"),
    pytest.mark.slow,
]

Saved = Callable[..., Path]


@pytest.fixture
def today() -> date:
    return clock.business_date(timezone.now())


@pytest.fixture
def yesterday(today: date) -> date:
    return today - timedelta(days=1)


@pytest.fixture
def source(transactional_db: None) -> Source:
    return add_source(code="card", name="信用卡核心系统", actor=None, max_rejected_percent=Decimal(60))


@pytest.fixture
def saved(tmp_path: Path) -> Saved:
    """A day's file as the clerk has it on the disk: `saved(day, rows)`."""

    def save(day: date, rows: list[dict[str, Any]], *, name: str = "逾期明细", **options: Any) -> Path:
        path = tmp_path / f"{name}{day:%Y%m%d}.xlsx"
        path.write_bytes(workbook(rows, **options))
        return path

    return save


@pytest.fixture
def in_book(source: Source, saved: Saved, clerk: User) -> Callable[..., ImportRun]:
    """A file that went into the book before the test begins: `in_book(day, rows)`."""

    def apply(day: date, rows: list[dict[str, Any]]) -> ImportRun:
        run = import_file(path=saved(day, rows), source=source, as_of=day, actor=clerk, now=clock.now(), apply=True)
        assert run.state == RunState.APPLIED
        return run

    return apply


def case_of(number: int) -> Case:
    return Case.objects.get(loan__contract_no=f"T{number:06d}")


def test_a_doubtful_file_is_understood_with_the_clerks_answers_and_not_asked_about_the_next_day(
    page: Any, source: Source, clerk: User, saved: Saved, today: date, yesterday: date, complaints: list[str]
) -> None:
    renamed = {"应还日期": "还款日期"}
    sign_in(page, clerk)
    upload(page, saved(yesterday, [debt(n, as_of=yesterday) for n in (1, 2)], renamed=renamed))
    page.get_by_text("“还款日期”可能有不同含义").wait_for()
    fits(page)
    press(page, "确认并继续")  # nothing chosen: the page asks for it and keeps what it knew
    page.get_by_text("“还款日期”可能有不同含义").wait_for()
    page.get_by_label("应还日期").first.check()
    press(page, "确认并继续")
    press(page, "应用 2 行")
    page.get_by_text("2 行已写入账簿").wait_for()

    second = [debt(n, as_of=today, days=46) for n in (1, 2)]
    upload(page, saved(today, second, renamed=renamed))
    page.get_by_role("button", name="应用 2 行").wait_for()  # no question in between
    assert not ImportRun.objects.latest("pk").questions
    press(page, "应用 2 行")
    page.get_by_text("2 行已写入账簿").wait_for()
    assert case_of(1).due_date == today - timedelta(days=46)
    assert case_of(1).loan.debtor.contact_points.get().value == second[0]["手机号码"]
    assert complaints == []


def test_a_file_outside_its_guard_rails_waits_for_the_supervisor(
    page: Any,
    chromium: Any,
    live_server: Any,
    in_book: Any,
    clerk: User,
    supervisor: User,
    saved: Saved,
    today: date,
    yesterday: date,
    complaints: list[str],
) -> None:
    in_book(yesterday, [debt(n, as_of=yesterday) for n in range(1, 6)])
    sign_in(page, clerk)
    upload(page, saved(today, [debt(1, as_of=today, days=46)]))
    page.get_by_text("80.00 %（4 件）不在文件里，超过上限 20.00 %").wait_for()
    assert page.get_by_role("button", name="应用 1 行").count() == 0
    fits(page)
    page.get_by_label("提交说明").fill("昨晚批量核销")
    press(page, "提交主管审批")
    page.get_by_text("等待主管审批").wait_for()
    assert page.get_by_role("button", name="批准").count() == 0
    fits(page)
    assert Case.objects.absent().count() == 0

    context = chromium.new_context(base_url=live_server.url, viewport={"width": 1440, "height": 900}, locale="zh-CN")
    desk = context.new_page()
    desk.on("console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None)
    sign_in(desk, supervisor)
    desk.get_by_title("我的任务").first.click()
    told = desk.locator(".message").filter(has_text="舒专员 提交了 信用卡核心系统")
    assert "超出护栏 1 项" in told.inner_text()
    told.get_by_role("button").click()
    desk.get_by_text("昨晚批量核销").first.wait_for()
    assert "80.00 %" in desk.locator("[data-finding]").inner_text()
    fits(desk)
    desk.get_by_label("审批意见").fill("已核实")
    press(desk, "批准并应用 1 行")
    desk.get_by_text("1 行已写入账簿").wait_for()
    context.close()

    page.reload()
    page.get_by_text("1 行已写入账簿").wait_for()
    assert "已核实" in page.inner_text("main")
    assert (Case.objects.present().count(), Case.objects.absent().count()) == (1, 4)
    assert complaints == []


def test_the_error_workbook_is_corrected_and_goes_in_as_the_days_correction(
    page: Any, source: Source, clerk: User, saved: Saved, tmp_path: Path, today: date, complaints: list[str]
) -> None:
    rows = [debt(1, as_of=today), debt(2, as_of=today, 逾期天数="三十天前"), debt(3, as_of=today)]
    rows.append(debt(4, as_of=today, 逾期总额="待核实", 本金余额="", 利息=""))
    sign_in(page, clerk)
    upload(page, saved(today, rows))
    page.get_by_label("只导入无误的行").wait_for()
    problems = page.get_by_role("region", name="问题").inner_text()
    assert "三十天前" in problems
    assert "待核实" in problems
    press(page, "生成错误行文件")
    with page.expect_download() as download:
        page.get_by_role("button", name="下载错误行").click()
    marked = tmp_path / download.value.suggested_filename
    download.value.save_as(marked)
    page.get_by_label("只导入无误的行").check()  # the good rows need not wait for the others
    press(page, "应用 2 行")
    page.get_by_text("2 行已写入账簿").wait_for()

    book = openpyxl.load_workbook(marked)
    sheet = book.active
    red = [cell for line in sheet.iter_rows() for cell in line if cell.fill.fgColor.rgb == RED]
    headings = {cell.column: cell.value for cell in sheet[1]}
    right = {"逾期天数": 45, "逾期总额": 1000, "本金余额": 990}
    assert {"逾期天数", "逾期总额"} <= {headings[cell.column] for cell in red} <= set(right)
    for cell in red:
        cell.value = right[headings[cell.column]]
    book.save(marked)

    upload(page, marked, as_of=today.isoformat())
    page.get_by_label("更正：以本文件为准").check()
    press(page, "确认并继续")
    press(page, "应用 4 行")
    page.get_by_text("4 行已写入账簿").wait_for()
    assert ImportRun.objects.latest("pk").row_counts["rejected"] == 0
    assert [case_of(number).total for number in (1, 2, 3, 4)] == [1000] * 4
    assert not Absence.objects.exists()
    assert complaints == []


def test_absences_are_explained_by_the_clerk_and_by_money(
    page: Any,
    in_book: Any,
    source: Source,
    clerk: User,
    tmp_path: Path,
    today: date,
    yesterday: date,
    complaints: list[str],
) -> None:
    source.max_absent_percent = Decimal(100)
    source.save()
    in_book(yesterday, [debt(n, as_of=yesterday) for n in range(1, 6)])
    in_book(today, [debt(1, as_of=today, days=46)])
    sign_in(page, clerk)
    page.goto("/imports/")
    page.locator("tr", has_text="信用卡核心系统").get_by_role("link", name="4", exact=True).click()
    page.get_by_label("选择 T000002").check()
    fits(page)
    page.get_by_label("解释", exact=True).select_option("paid")
    press(page, "保存解释")
    page.locator("tr", has_text="T000002").get_by_role("button", name="撤回解释").wait_for()
    assert case_of(2).close_reason == "paid"

    for number in (3, 4):
        page.get_by_label(f"选择 T{number:06d}").check()
    page.get_by_label("解释", exact=True).select_option("recalled")
    page.get_by_label("说明").fill("委托方来函收回")
    press(page, "保存解释")
    page.locator("tr", has_text="T000004").get_by_role("button", name="撤回解释").wait_for()
    assert [case_of(number).is_open for number in (3, 4, 5)] == [False, False, True]

    payments = tmp_path / f"还款流水{today:%Y%m%d}.csv"
    with payments.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(
            [
                ["流水号", "合同编号", "客户姓名", "还款日期", "还款金额"],
                ["P1", "T000005", "测试5", today.isoformat(), "1000.00"],
                ["P2", "T000099", "测试99", today.isoformat(), "20.00"],
            ]
        )
    upload(page, payments)
    page.get_by_role("button", name="应用 2 行").wait_for()
    fits(page)
    press(page, "应用 2 行")
    page.get_by_text("2 行已写入账簿").wait_for()
    assert (case_of(5).is_open, case_of(5).close_reason) == (False, "paid")
    page.goto("/absences/")
    page.get_by_text("没有待解释的缺席案件").wait_for()
    assert Absence.objects.get(case=case_of(5)).rule == "covered_by_repayment"
    page.goto("/repayments/waiting/")
    assert "T000099" in page.inner_text("main")
    assert Repayment.objects.filter(loan=None).count() == 1
    fits(page)
    assert complaints == []


def test_an_undo_that_is_blocked_says_by_what_and_goes_when_that_is_gone(
    page: Any, in_book: Any, clerk: User, today: date, yesterday: date, complaints: list[str]
) -> None:
    # Contract 3 is untouched by the second day: only the others hold the first day's undo.
    first = in_book(yesterday, [debt(n, as_of=yesterday) for n in (1, 2, 3)])
    second = in_book(today, [debt(n, as_of=today, days=46) for n in (1, 2, 3)])
    page.on("dialog", lambda dialog: dialog.accept())
    sign_in(page, clerk)
    page.goto(f"/imports/{first.pk}/")
    page.get_by_text("3 个合同在这次导入之后又有变动，现在不能撤销").wait_for()
    fits(page)
    assert page.get_by_role("button", name="撤销这次导入").count() == 0
    page.get_by_role("link", name="逐个查看不能撤销的案件").click()
    rows_of(page, 3)
    fits(page)
    page.locator("tbody tr").first.get_by_role("link", name=f"第 {second.pk} 号导入").click()

    page.wait_for_url(f"**/imports/{second.pk}/")
    for run in (second, first):
        page.goto(f"/imports/{run.pk}/")
        press(page, "撤销这次导入")
        page.get_by_text("这次导入已撤销").wait_for()
    assert not Case.objects.exists()
    assert complaints == []


def test_a_locked_workbook_is_asked_for_its_password(
    page: Any, source: Source, clerk: User, saved: Saved, tmp_path: Path, today: date, complaints: list[str]
) -> None:
    locked = tmp_path / f"加密{today:%Y%m%d}.xlsx"
    with saved(today, [debt(1, as_of=today), debt(2, as_of=today)]).open("rb") as plain, locked.open("wb") as out:
        OOXMLFile(plain).encrypt("Kranich-4711", out)
    sign_in(page, clerk)
    upload(page, locked)
    page.get_by_role("textbox", name="打开密码").fill("falsch")
    fits(page)
    press(page, "打开文件")
    page.get_by_text("密码不对").wait_for()
    assert page.get_by_role("textbox", name="打开密码").input_value() == ""
    page.get_by_role("textbox", name="打开密码").fill("Kranich-4711")
    press(page, "打开文件")
    press(page, "应用 2 行")
    page.get_by_text("2 行已写入账簿").wait_for()
    assert "Kranich" not in page.content()
    assert complaints == []


def test_a_second_file_of_the_day_is_asked_about_and_taken_as_a_correction(
    page: Any, in_book: Any, clerk: User, saved: Saved, today: date, complaints: list[str]
) -> None:
    first = in_book(today, [debt(n, as_of=today) for n in range(1, 6)])
    sign_in(page, clerk)
    rows = [debt(1, as_of=today, total=900.0), *(debt(n, as_of=today) for n in range(2, 6))]
    upload(page, saved(today, rows, name="逾期明细更正"))
    page.get_by_text(f"第 {first.pk} 号导入").first.wait_for()
    fits(page)
    page.get_by_label("更正：以本文件为准").check()
    press(page, "确认并继续")
    page.get_by_text(f"更正 {today:%Y-%m-%d}：以本文件为准").wait_for()
    fits(page)
    press(page, "应用 5 行")
    page.get_by_text("5 行已写入账簿").wait_for()
    assert case_of(1).total == 900
    assert Case.objects.present().count() == 5
    assert complaints == []
