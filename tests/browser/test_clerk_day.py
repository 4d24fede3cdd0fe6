"""The clerk's morning in a real browser: upload, settle a doubtful column, check, apply, see it, take it back."""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from cases.imports.run import import_file
from cases.models import Case, RunState
from cases.services.sources import add_source
from collection_ops.core import clock
from collection_ops.core.models import User
from tests.browser.steps import rows_of, sign_in
from tests.cases.import_files import debt, workbook

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def heights(page: Any, colour: str) -> list[int]:
    """Heights in pixels of the chart's bars of one colour, left to right; what has no height is left out."""
    page.wait_for_selector(f"[data-chart] svg path[fill='{colour}']", state="attached")
    boxes = page.locator(f"[data-chart] svg path[fill='{colour}']").evaluate_all(
        "paths => paths.map(path => path.getBoundingClientRect()).map(box => [box.left, box.width, box.height])"
    )
    # The legend's mark has the colour too, and is wider than high.
    return [round(height) for _left, width, height in sorted(boxes) if height > width]


GREY, BLUE = "#b3bfcc", "#1f5fae"


@pytest.mark.slow
def test_the_clerk_takes_a_file_from_upload_into_the_book_and_back(
    page: Any, worker: Any, clerk: User, tmp_path: Path, complaints: list[str]
) -> None:
    today = clock.business_date(timezone.now())
    yesterday = today - timedelta(days=1)
    source = add_source(code="card", name="信用卡核心系统", actor=None, max_absent_percent=Decimal(30))
    before = tmp_path / "昨天.xlsx"
    before.write_bytes(workbook([debt(n, days=25, as_of=yesterday) for n in range(1, 9)]))
    first = import_file(path=before, source=source, as_of=yesterday, actor=clerk, now=clock.now(), apply=True)
    assert first.state == RunState.APPLIED

    # Two of eight gone, three rolled into M2, two new in M1; the due date stands under a heading that may mean two things.
    rows = [debt(n, days=26, as_of=today) for n in range(1, 4)] + [debt(n, days=31, as_of=today) for n in range(4, 7)]
    rows += [debt(n, days=5, as_of=today, total=2000.0) for n in (20, 21)]
    file = tmp_path / f"逾期明细{today:%Y%m%d}.xlsx"
    file.write_bytes(workbook(rows, renamed={"应还日期": "还款日期"}))

    sign_in(page, clerk)
    page.set_input_files("input[type=file]", file)
    assert page.input_value("input[name=as_of]") == today.isoformat()
    page.select_option("select[name=source]", label="信用卡核心系统")
    page.get_by_role("button", name="上传并核对").click()

    # The page comes to the question by itself while the worker reads.
    page.get_by_text("“还款日期”可能有不同含义").wait_for()
    page.get_by_label("应还日期").first.check()
    page.get_by_role("button", name="确认并继续").click()

    sentence = page.locator(".lead-sentence")
    sentence.wait_for()
    assert "8 行：2 新增、0 再次逾期、6 在册；2 件缺席，0 行有误" in sentence.inner_text()
    assert page.locator("[data-stage=M1] td").nth(0).inner_text() == "8"
    assert page.locator("[data-stage=M1] td").nth(1).inner_text() == "5"
    assert page.locator("[data-stage=M2] td").nth(1).inner_text() == "3"
    before_bars, after_bars = heights(page, GREY), heights(page, BLUE)
    assert len(before_bars) == 1
    assert len(after_bars) == 2
    assert before_bars[0] / after_bars[0] == pytest.approx(8 / 5, rel=0.05)
    assert before_bars[0] / after_bars[1] == pytest.approx(8 / 3, rel=0.05)
    page.locator("[data-difference=rolled_forward]").click()
    assert "M1" in rows_of(page, 3)[0]
    page.go_back()

    # A quarter of the book is missing, less than the source's limit: the clerk's own decision.
    page.get_by_role("button", name="应用 8 行").click()
    page.get_by_text("8 行已写入账簿").wait_for()
    assert Case.objects.present().count() == 8
    assert Case.objects.absent().count() == 2

    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="撤销这次导入").click()
    page.get_by_text("这次导入已撤销").wait_for()
    assert Case.objects.present().count() == 8
    assert not Case.objects.absent().exists()
    assert set(Case.objects.values_list("days_past_due", flat=True)) == {25}

    # The next file with these headings asks nothing.
    page.goto("/imports/layouts/")
    assert "还款日期" in page.inner_text("main")
    assert complaints == []


def test_the_inbox_can_be_worked_by_keyboard_and_by_dropping_a_file(
    page: Any, worker: Any, clerk: User, complaints: list[str]
) -> None:
    add_source(code="card", name="信用卡核心系统", actor=None)
    sign_in(page, clerk)
    # A file dropped on the zone is chosen as if it had been picked.
    transfer = page.evaluate_handle(
        """() => { const d = new DataTransfer(); d.items.add(new File(["x"], "逾期明细20260331.csv")); return d; }"""
    )
    page.dispatch_event("[data-drop-zone]", "drop", {"dataTransfer": transfer})
    assert page.input_value("input[name=as_of]") == "2026-03-31"
    assert page.evaluate("document.querySelector('input[type=file]').files[0].name") == "逾期明细20260331.csv"

    page.focus("input[type=file]")
    reached = set()
    for _ in range(12):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.name || document.activeElement.textContent.trim()"))
    assert {"source", "as_of", "上传并核对"} <= reached
    assert complaints == []


@pytest.mark.parametrize("width", [1440, 390])
def test_no_page_is_wider_than_the_screen(
    page: Any, clerk: User, tmp_path: Path, width: int, complaints: list[str]
) -> None:
    source = add_source(code="card", name="信用卡核心系统", actor=None)
    day = clock.business_date(timezone.now())
    path = tmp_path / "逾期.xlsx"
    path.write_bytes(workbook([debt(1, as_of=day), debt(2, as_of=day, 逾期天数="三十", 应还日期="待定")]))
    run = import_file(path=path, source=source, as_of=day, actor=clerk, now=clock.now())
    sign_in(page, clerk)
    page.set_viewport_size({"width": width, "height": 900})
    for address in ("", f"{run.pk}/", f"{run.pk}/rows/new/", f"{run.pk}/problems/", "layouts/"):
        for theme in ("light", "dark"):
            page.goto(f"/imports/{address}")
            page.evaluate("theme => document.documentElement.setAttribute('data-bs-theme', theme)", theme)
            beyond = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert beyond <= 0, f"/imports/{address} is {beyond} px too wide at {width} px"
    assert complaints == []
