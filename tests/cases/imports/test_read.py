"""Files are opened where a crash costs one upload, and refused in words."""

import datetime as dt
import os
import pickle
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest

from cases.imports.reading import read
from cases.imports.reading.children import ROOT, child_environment
from cases.imports.reading.prescan import NOT_COMPUTED, ReadLimits, column_letters
from cases.imports.reading.read import FileRefused, read_file
from tests.cases.imports.builders import HEADINGS, row, text_file, workbook


def refused(path: Path, **limits: int) -> str:
    with pytest.raises(FileRefused) as refusal:
        read_file(path, limits=ReadLimits(**limits))
    assert refusal.value.message
    return refusal.value.code


def rewrite(source: Path, target: Path, change) -> Path:
    """Copy a workbook, passing every part through ``change(name, content)``; None leaves the part out."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = change(name, old.read(name))
            if content is not None:
                new.writestr(name, content)
    return target


@pytest.fixture
def good(tmp_path: Path) -> Path:
    return workbook(tmp_path / "good.xlsx", [HEADINGS, row(1), row(2)])


def test_a_workbook_gives_typed_cells(good: Path):
    data = read_file(good)
    assert (data.kind, len(data.sheets)) == ("xlsx", 1)
    assert data.sheets[0].rows[0] == tuple(HEADINGS)
    assert data.sheets[0].rows[1][1] == "330000200207148620"
    assert data.sheets[0].rows[1][8] == 1025.0
    assert data.sheets[0].rows[1][9] == dt.date(2026, 2, 14)


def test_row_numbers_are_those_of_excel_when_the_table_begins_lower_and_further_right(tmp_path: Path):
    sheet = read_file(workbook(tmp_path / "a.xlsx", [["x", "y"], [1, 2]], first=(5, 2))).sheets[0]
    assert (sheet.first_row, sheet.first_column, sheet.rows) == (6, 2, [("x", "y"), (1.0, 2.0)])


def test_rows_hidden_by_a_filter_are_read_and_counted(tmp_path: Path):
    data = read_file(workbook(tmp_path / "a.xlsx", [HEADINGS, *(row(n) for n in range(1, 9))], hidden=[2, 3, 7]))
    assert len(data.sheets[0].rows) == 9
    assert data.sheets[0].hidden_rows == 3
    assert [(note.code, note.params) for note in data.notes] == [("hidden_rows", {"count": 3})]


@pytest.mark.parametrize("value", [b"", b"<v></v>", b"<v/>", b"<v />"])
def test_formulas_that_were_never_computed_are_counted(good: Path, tmp_path: Path, value: bytes):
    def drop_values(name: str, content: bytes) -> bytes:
        return content.replace(b"<v>1025</v>", b"<f>SUM(F2:H2)</f>" + value) if "sheet1" in name else content

    data = read_file(rewrite(good, tmp_path / "b.xlsx", drop_values))
    assert data.sheets[0].formulas_without_value == 2
    assert [cells[8] for cells in data.sheets[0].rows[1:]] == [NOT_COMPUTED] * 2


@pytest.mark.parametrize(
    ("encoding", "delimiter", "told"),
    [
        ("utf-8", ",", "utf-8"),
        ("utf-8-sig", ",", "utf-8-sig"),
        ("gb18030", ",", "gb18030"),
        ("gb18030", "\t", "gb18030"),
        ("utf-8", ";", "utf-8"),
        ("utf-16", "\t", "utf-16"),
    ],
)
def test_text_files_are_read_in_the_encodings_and_delimiters_of_chinese_excel(
    tmp_path: Path, encoding: str, delimiter: str, told: str
):
    rows = [HEADINGS, row(1, 客户姓名="王𬸦", 逾期总额="1,025.00"), row(2)]
    data = read_file(text_file(tmp_path / "a.csv", rows, encoding=encoding, delimiter=delimiter))
    assert (data.kind, data.encoding, data.delimiter) == ("csv", told, delimiter)
    assert data.sheets[0].rows[1][0] == "王𬸦"
    assert data.sheets[0].rows[1][8] == "1,025.00"


def test_a_quoted_line_break_does_not_move_the_rows_below(tmp_path: Path):
    data = read_file(text_file(tmp_path / "a.csv", [HEADINGS, row(1, 产品="消费\n分期"), row(2)]))
    assert len(data.sheets[0].rows) == 3


def test_the_name_of_a_file_is_not_believed(good: Path, tmp_path: Path):
    liar = tmp_path / "really.csv"
    liar.write_bytes(good.read_bytes())
    assert read_file(liar).kind == "xlsx"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "file_empty"),
        (b"%PDF-1.7 ...", "format_unsupported"),
        (b"PK\x03\x04 and then nothing", "file_damaged"),
        (b"<html><table><tr><td>\xe5\x90\x88\xe5\x90\x8c</td></tr></table>", "html_not_excel"),
        (b'\xef\xbb\xbf<?xml version="1.0"?><Workbook/>', "html_not_excel"),
        (b"\x00\x01\x02\x03", "format_unsupported"),
        (b"\xff\xff\xff,\xfe", "encoding_unknown"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600, "file_damaged"),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"E\0n\0c\0r\0y\0p\0t\0e\0d\0P\0a\0c\0k\0a\0g\0e\0",
            "password_protected",
        ),
    ],
)
def test_what_is_no_table_is_refused_in_words(tmp_path: Path, content: bytes, code: str):
    path = tmp_path / "upload.xls"
    path.write_bytes(content)
    assert refused(path) == code


def test_an_upload_that_broke_off_is_refused(good: Path):
    good.write_bytes(good.read_bytes()[:-2000])
    assert refused(good) == "file_damaged"


def test_a_container_of_something_else_is_refused(tmp_path: Path):
    path = tmp_path / "letter.docx"
    with zipfile.ZipFile(path, "w") as box:
        box.writestr("word/document.xml", "<w/>")
    assert refused(path) == "not_a_workbook"


def test_a_file_that_unpacks_beyond_the_limit_is_refused_without_unpacking_it(good: Path, tmp_path: Path):
    def swell(name: str, content: bytes) -> bytes:
        return content.replace(b"</sheetData>", b" " * 30_000_000 + b"</sheetData>") if "sheet1" in name else content

    bomb = rewrite(good, tmp_path / "bomb.xlsx", swell)
    assert bomb.stat().st_size < 100_000
    assert refused(bomb, unpacked_bytes=10_000_000) == "too_large_unpacked"
    assert refused(bomb) == "too_large_unpacked", "small enough, but no honest file packs 300 to 1"


@pytest.mark.parametrize(
    "declaration", [b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>', b"<!-- <a --><!DOCTYPE x>"]
)
def test_entities_are_refused_wherever_the_root_pretends_to_begin(good: Path, tmp_path: Path, declaration: bytes):
    def declare(name: str, content: bytes) -> bytes:
        return content.replace(b"<worksheet", declaration + b"<worksheet", 1) if "sheet1" in name else content

    assert refused(rewrite(good, tmp_path / "x.xlsx", declare)) == "xml_entities"


@pytest.mark.parametrize("reference", ["XFD1048576", "A1200001", "GS2"])
def test_one_cell_far_away_is_refused_before_the_reader_makes_room_for_all_before_it(
    good: Path, tmp_path: Path, reference: str
):
    far = f'<row r="9"><c r="{reference}"><v>1</v></c></row></sheetData>'.encode()

    def add(name: str, content: bytes) -> bytes:
        return content.replace(b"</sheetData>", far) if "sheet1" in name else content

    started = time.monotonic()
    assert refused(rewrite(good, tmp_path / "far.xlsx", add)) == "sheet_too_wide_or_long"
    assert time.monotonic() - started < 30


def test_a_far_cell_that_is_only_coloured_is_no_harm(good: Path, tmp_path: Path):
    far = b'<row r="1048576"><c r="XFD1048576" s="0"/></row></sheetData>'

    def add(name: str, content: bytes) -> bytes:
        return content.replace(b"</sheetData>", far) if "sheet1" in name else content

    assert len(read_file(rewrite(good, tmp_path / "far.xlsx", add)).sheets[0].rows) == 3


def test_a_parser_that_dies_is_a_refused_file_and_not_our_crash(good: Path, tmp_path: Path):
    """With its place written so that the scan does not see it, the reader itself meets the far cell."""

    def add(name: str, content: bytes) -> bytes:
        far = b"<row r = '1048576'><c r = 'ZZ1048576'><v>1</v></c></row></sheetData>"
        return content.replace(b"</sheetData>", far) if "sheet1" in name else content

    assert refused(rewrite(good, tmp_path / "far.xlsx", add)) in ("parser_failed", "file_damaged")


def test_a_parser_that_does_not_finish_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    sleeper = tmp_path / "python"
    sleeper.write_text("#!/bin/sh\nexec sleep 60\n")
    sleeper.chmod(0o700)
    monkeypatch.setattr(sys, "executable", str(sleeper))
    started = time.monotonic()
    assert refused(workbook(tmp_path / "a.xlsx", [["a"]]), wall_seconds=1) == "parser_timeout"
    assert time.monotonic() - started < 30


class _Evil:
    def __reduce__(self):
        return os.getpid, ()


def test_what_comes_back_from_the_child_may_not_name_code():
    body = pickle.dumps(_Evil())
    with pytest.raises(pickle.UnpicklingError):
        read._Cells(__import__("io").BytesIO(body)).load()


def test_the_child_starts_quickly_because_it_knows_no_django():
    script = "import sys, cases.imports.reading.read_child; sys.exit('django' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=False).returncode == 0


def test_nothing_of_our_environment_reaches_the_child(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("DATABASE_URL", "postgres://secret")
    assert "DATABASE_URL" not in child_environment()


def test_columns_are_named_as_excel_names_them():
    assert [column_letters(index) for index in (0, 25, 26, 51, 199, 701, 702)] == [
        "A",
        "Z",
        "AA",
        "AZ",
        "GR",
        "ZZ",
        "AAA",
    ]
