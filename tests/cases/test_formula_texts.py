"""Text that begins like a formula stays text: from the file through the pages into everything that goes out again."""

import csv
import io
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter
from django.urls import reverse

from cases.imports import run as runs
from cases.models import Case, ImportRun, Source
from cases.services import export
from cases.services.error_workbook import write_error_workbook
from cases.services.sources import add_source
from collection_ops.core.models import User
from collection_ops.core.services import jobs
from tests.cases.imports.conftest import DAY_1, at, debt, write_csv

pytestmark = pytest.mark.django_db

TEXTS = ["=1+1", "==cmd", "+86", "-1", "@SUM(1)", "\t=1", "＝1+1", ";=1;", '=HYPERLINK("http://x","y")', "|calc"]
DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")


@pytest.fixture
def source(db: None) -> Source:
    return add_source(code="card", name="=cmd 来源", actor=None)


def odd_rows() -> list[dict[str, Any]]:
    return [debt(n, 产品=text, 城市=text, 客户姓名=text) for n, text in enumerate(TEXTS, start=1)]


def workbook(path: Path, rows: list[dict[str, Any]]) -> Path:
    """As a clerk's system writes it: text cells that look like formulas."""
    with xlsxwriter.Workbook(str(path), {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        sheet = book.add_worksheet()
        for column, heading in enumerate(rows[0]):
            sheet.write_string(0, column, heading)
            for line, row in enumerate(rows, start=1):
                sheet.write(line, column, row[heading])
    return path


@pytest.fixture(params=["csv", "xlsx"])
def imported(request: pytest.FixtureRequest, source: Source, tmp_path: Path) -> ImportRun:
    """A file of such rows in the book, and one row that is wrong."""
    rows = [*odd_rows(), debt(50, 客户姓名="=bad()", 产品="@bad", 逾期天数="=three")]
    write = write_csv if request.param == "csv" else workbook
    path = write(tmp_path / f"=cmd.{request.param}", rows)
    run = runs.import_file(
        path=path, source=source, as_of=DAY_1, actor=None, now=at(DAY_1), apply=True, accept_good_rows=True
    )
    assert run.state == "applied", run.refusal
    return run


def cells_of(content: bytes) -> list[Any]:
    return [cell for sheet in openpyxl.load_workbook(io.BytesIO(content)) for row in sheet.iter_rows() for cell in row]


def test_it_comes_into_the_book_as_it_was_written(imported: ImportRun) -> None:
    assert Case.objects.count() == len(TEXTS)
    kept = set(Case.objects.values_list("loan__product", flat=True))
    # Outer white space goes, and full width becomes usual: nothing else.
    assert {"=1+1", "==cmd", "+86", "-1", "@SUM(1)", "|calc"} <= kept


def test_the_page_shows_it_and_nothing_more(imported: ImportRun, supervisor: User, client_as: Any) -> None:
    page = client_as(supervisor).get(reverse("cases:list"), {"status": "all"}).content.decode()
    assert "@SUM(1)" in page and "=HYPERLINK(&quot;" in page


@pytest.mark.parametrize("unmasked", [False, True], ids=["masked", "unmasked"])
def test_an_exported_workbook_has_no_formula(imported: ImportRun, manager: User, unmasked: bool, settings: Any) -> None:
    cells = cells_of(exported(manager, "xlsx", unmasked, settings))
    assert not [cell.coordinate for cell in cells if cell.data_type == "f" or cell.hyperlink]
    texts = {cell.value for cell in cells if cell.data_type == "s"}
    assert "@SUM(1)" in texts, "and the text is whole"


def test_an_exported_csv_has_no_cell_that_a_spreadsheet_would_take_for_a_formula(
    imported: ImportRun, manager: User, settings: Any
) -> None:
    text = exported(manager, "csv", True, settings).decode("utf-8-sig")
    cells = [cell for row in csv.reader(io.StringIO(text)) for cell in row]
    bad = [cell for cell in cells if cell.startswith(DANGEROUS) and not cell.lstrip("-").replace(".", "").isdigit()]
    assert not bad
    assert any("@SUM(1)" in cell for cell in cells)


def exported(person: User, file_format: str, unmasked: bool, settings: Any) -> bytes:
    job = export.request_export(
        actor=person, query={"status": "all"}, file_format=file_format, unmasked=unmasked, reason="核对余额"
    )
    jobs.run(job.pk)
    job.refresh_from_db()
    assert job.result["rows"] == len(TEXTS)
    return (Path(settings.MEDIA_ROOT) / export.FOLDER / job.result["file"]).read_bytes()


def test_the_workbook_of_wrong_rows_has_no_formula(imported: ImportRun, tmp_path: Path, settings: Any) -> None:
    target = tmp_path / "errors.xlsx"
    assert write_error_workbook(run=imported, original=Path(settings.MEDIA_ROOT) / imported.stored_name, target=target)
    cells = cells_of(target.read_bytes())
    assert not [cell.coordinate for cell in cells if cell.data_type == "f" or cell.hyperlink]
    assert "=bad()" in {cell.value for cell in cells}


def test_the_template_has_no_formula_in_a_cell(clerk: User, client_as: Any) -> None:
    answer = client_as(clerk).get(reverse("cases:import_template"))
    cells = cells_of(b"".join(answer.streaming_content))
    assert not [cell.coordinate for cell in cells if cell.data_type == "f"]
