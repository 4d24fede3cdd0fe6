"""The import pages for a reader of English: whole pages without a Chinese letter or mark, one row called a row."""

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils.translation import override

from cases.imports.run import import_file
from cases.models import RunKind, Source
from cases.services.sources import add_source
from collection_ops.core import clock
from collection_ops.core.models import User
from collection_ops.core.wording import listed, sentences
from tests.cases.import_files import AS_OF, debt
from tests.cases.import_pages.steps import applied, text_of, uploaded
from tests.cases.imports import builders
from tests.cases.imports.conftest import person

SignIn = Callable[[User], Client]
CHINESE = re.compile(r"[\u3000-\u9fff\uff00-\uffef]+")
ENGLISH = {
    "合同编号": "contract no",
    "客户姓名": "customer name",
    "证件号码": "id number",
    "手机号码": "mobile",
    "产品名称": "product",
    "本金余额": "principal",
    "利息": "interest",
    "逾期总额": "total overdue",
    "应还日期": "due date",
    "逾期天数": "dpd",
}


@pytest.fixture
def source(db: None) -> Source:
    return add_source(code="card", name="Card system", actor=None)


@pytest.fixture
def reader(clerk: User, client_as: SignIn) -> Client:
    """The clerk, reading English under a name in Latin letters, as everything typed in these files is."""
    clerk.display_name = "Chen"
    clerk.save()
    browser = client_as(clerk)
    browser.cookies["language"] = "en"
    return browser


def owed(number: int, **changed: Any) -> dict[str, Any]:
    return debt(number, **{"客户姓名": "Anna Lee", "产品名称": "Card"} | changed)


def chinese_in(page: str) -> list[str]:
    """What a reader sees of Chinese in the part between the bars."""
    main = page.partition("<main")[2].partition("</main>")[0]
    return CHINESE.findall(re.sub(r"<script.*?</script>|<!--.*?-->", "", main, flags=re.DOTALL))


def test_a_preview_and_its_lists_have_no_chinese_mark_in_an_english_sentence(reader: Client, source: Source) -> None:
    applied(reader, source, [owed(1, 证件号码=person(1)), owed(2)], renamed=ENGLISH, name="20260331.xlsx")
    rows = [
        owed(1, days=46, 证件号码=person(9)),
        *(owed(7, total=100.0 + twice) for twice in range(3)),
        owed(8, 逾期天数="soon", 应还日期=""),
    ]
    run = uploaded(reader, source, rows, renamed={**ENGLISH, "产品名称": "colour"}, name="20260401.xlsx")
    page = text_of(reader, "cases:import_run", run.pk)
    assert "rows 3, 4, 5" in page
    assert "Outside" in page  # its rails: the findings are sentences too
    for route in ("cases:import_run", "cases:import_problems"):
        assert not chinese_in(text_of(reader, route, run.pk))
    for difference in ("new", "absent", "rejected", "phone_changed", "renamed"):
        assert not chinese_in(text_of(reader, "cases:import_rows", run.pk, difference))
    for route in ("cases:imports", "cases:layouts", "cases:absences", "cases:waiting_money"):
        assert not chinese_in(text_of(reader, route))


def test_questions_and_refusals_read_english_as_well(reader: Client, source: Source) -> None:
    asking = uploaded(reader, source, [owed(1), owed(2, days=44)], renamed={**ENGLISH, "应还日期": "还款日期"})
    page = text_of(reader, "cases:import_run", asking.pk)
    assert "examples: 2026-02-14, 2026-02-15" in page, (asking.state, asking.questions)
    assert {"还款日期", "逾期明细"} == set(chinese_in(page))  # as the file writes it
    refused = uploaded(
        reader, source, [owed(1)], renamed={**ENGLISH, "合同编号": "x", "手机号码": "y"}, name="20260402.csv"
    )
    assert not chinese_in(text_of(reader, "cases:import_run", refused.pk)), refused.state


def test_one_row_is_a_row_and_two_are_rows(reader: Client, source: Source) -> None:
    one = uploaded(reader, source, [owed(1)], renamed=ENGLISH)
    page = text_of(reader, "cases:import_run", one.pk)
    assert "<strong>1</strong> row:" in page
    assert "Apply 1 row<" in page
    two = uploaded(reader, source, [owed(1), owed(2)], renamed=ENGLISH, name="20260401.xlsx")
    page = text_of(reader, "cases:import_run", two.pk)
    assert "<strong>2</strong> rows:" in page
    assert "Apply 2 rows<" in page


def test_a_column_that_the_file_lacks_is_named_in_the_readers_language(
    reader: Client, source: Source, clerk: User, tmp_path: Path
) -> None:
    headings = ["contract no", "customer name", "principal", "interest", "dpd"]
    path = builders.text_file(tmp_path / "20260331.csv", [headings, ["T1", "Anna Lee", "", "", "45"]])
    run = import_file(path=path, source=source, as_of=AS_OF, actor=clerk, now=clock.now())
    problem = run.problems.get(code="amount_missing")
    assert ">Total overdue<" in text_of(reader, "cases:import_problems", run.pk)
    reader.cookies["language"] = "zh-hans"
    assert ">逾期总额<" in text_of(reader, "cases:import_problems", run.pk)
    assert not CHINESE.search(problem.column)


def test_another_id_is_noted_under_the_heading_that_the_file_has(reader: Client, source: Source) -> None:
    applied(reader, source, [owed(1, 证件号码=person(1))], renamed=ENGLISH)
    later = owed(1, as_of=AS_OF + timedelta(days=1), days=46, 证件号码=person(9))
    run = uploaded(reader, source, [later], renamed=ENGLISH, name="20260401.xlsx")
    assert run.problems.get(code="id_differs_from_book").column == "id number"


def test_a_payment_file_tells_its_problems_in_english(
    reader: Client, source: Source, clerk: User, tmp_path: Path
) -> None:
    applied(reader, source, [owed(1)], renamed=ENGLISH)
    rows = [["T000001", "2026-03-31", "30.00"], ["T000001", "2026-03-31", "30.00"], ["T9", "2026-03-31", "-5"]]
    path = builders.text_file(tmp_path / "paid.csv", [["contract no", "paid on", "paid amount"], *rows])
    run = import_file(path=path, source=source, as_of=AS_OF, actor=clerk, now=clock.now(), kind=RunKind.REPAYMENTS)
    page = text_of(reader, "cases:import_run", run.pk)
    assert "rows 2, 3" in page
    assert not chinese_in(page)
    assert not chinese_in(text_of(reader, "cases:import_problems", run.pk))


def test_parts_are_joined_as_the_language_does() -> None:
    with override("en"):
        assert (listed(["A", 2]), sentences(["One", "two"])) == ("A, 2", "One; two")
    with override("zh-hans"):
        assert (listed(["甲", 2]), sentences(["一", "二"])) == ("甲、2", "一；二")
