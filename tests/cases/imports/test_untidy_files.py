"""Files that mean well: odd encodings, stray quotation marks, merged and hidden cells, formulas without a result."""

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
import xlwt

from cases.imports.reading.prescan import NOT_COMPUTED
from cases.imports.reading.read import read_file
from cases.imports.words.problems import FileRefused
from tests.cases.imports.builders import HEADINGS, import_file, row, text_file, workbook
from tests.cases.imports.test_read import rewrite

TRADITIONAL = ["合約編號", "客戶姓名", "身分證號", "逾期總額", "逾期天數"]


def refusal(path: Path) -> FileRefused:
    with pytest.raises(FileRefused) as refused:
        read_file(path)
    assert refused.value.message
    return refused.value


# Text files ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["big5", "cp950", "big5hkscs", "gb18030", "utf-16-le", "utf-16-be", "utf-8"])
def test_traditional_characters_are_read_in_every_encoding_that_has_them(tmp_path: Path, encoding: str):
    rows = [TRADITIONAL, ["HT1", "陳大文", "", "100.00", "3"], ["HT2", "歐陽娜", "", "5", "9"]]
    sheet = read_file(text_file(tmp_path / "a.csv", rows, encoding=encoding)).sheets[0]
    assert [list(cells) for cells in sheet.rows] == rows


def test_characters_of_hong_kong_and_of_windows_are_read(tmp_path: Path):
    for name, encoding in (("陳恒碁", "cp950"), ("梁咗𠮩", "big5hkscs")):
        rows = [TRADITIONAL, ["HT1", name, "", "100.00", "3"]]
        assert read_file(text_file(tmp_path / "a.csv", rows, encoding=encoding)).sheets[0].rows[1][1] == name


@pytest.mark.parametrize(
    "content",
    [
        "编号,姓名\n1,王伟\n".encode()[:-2],
        "编号,姓名\n1,王伟\n".encode().replace("伟".encode(), b"\xe4\xbc"),
        "a,b\n1,田中さん\n".encode("shift-jis"),
        "a,b\n1,Müller\n".encode("latin-1"),
        "编号,姓名\n1,王伟\n".encode("gb18030") + b"\xff",
    ],
)
def test_text_that_fits_no_encoding_for_sure_is_refused_and_never_turned_into_other_names(
    tmp_path: Path, content: bytes
):
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    assert refusal(path).code == "encoding_unknown"


def test_a_few_rare_names_do_not_make_an_encoding_doubtful(tmp_path: Path):
    rows = [["代码", "称呼"], ["1", "王𬸦"], ["2", "镕喆堃"], ["3", "李娜"]]
    assert read_file(text_file(tmp_path / "a.csv", rows, encoding="gb18030")).sheets[0].rows[2][1] == "镕喆堃"


@pytest.mark.parametrize(
    ("text", "row_number"),
    [
        ('a,b,c,d\n1,"2,3,4\n5,6,7,8\n9,10,11,12\n', 2),  # never closed
        ('a,b,c,d\n1,"2,3,4\n5,6,7,8\n9,"10",11,12\n', 2),  # closed by the next mark: two rows swallowed
        ('a,b\n1,"2', 2),
        ("a,b\n1," + '"' + "x" * 200_000 + '"\n', 2),
        ("a,b\n" + '"' + "1,2\n" * 500, 2),
    ],
)
def test_a_quotation_mark_without_its_other_half_swallows_no_rows(tmp_path: Path, text: str, row_number: int):
    path = tmp_path / "a.csv"
    path.write_text(text, encoding="utf-8", newline="")
    said = refusal(path)
    assert (said.code, said.params) == ("quote_open", {"row": row_number})


def test_marks_within_cells_and_line_breaks_of_all_kinds_are_harmless(tmp_path: Path):
    path = tmp_path / "a.csv"
    path.write_text('a,b\r1,5" 管\r\n2,"两\n行"\n\n3,"他说""好"""\n4,"",\n', encoding="utf-8", newline="")
    rows = read_file(path).sheets[0].rows
    assert rows == [("a", "b"), ("1", '5" 管'), ("2", "两\n行"), (), ("3", '他说"好"'), ("4", "", "")]


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
def test_ragged_rows_and_delimiters_at_the_end_are_read(tmp_path: Path, delimiter: str):
    path = tmp_path / "a.txt"
    lines = [delimiter.join([*HEADINGS, "", ""]), delimiter.join(map(str, row(1))), delimiter.join(["合计", ""])]
    path.write_text("\n".join(lines), encoding="utf-8")
    _data, understanding, result = import_file(path)
    assert understanding.ready
    assert result is not None
    assert (result.counts["accepted"], result.counts["skipped"]) == (1, 1)


def test_a_zero_byte_in_a_cell_is_dropped_and_the_row_is_read(tmp_path: Path):
    path = text_file(tmp_path / "a.csv", [HEADINGS, *(row(number) for number in range(1, 60)), row(60, 产品="消\0费")])
    result = import_file(path)[2]
    assert result is not None
    assert result.accepted[-1].values["product"] == "消费"


# Workbooks -----------------------------------------------------------------------------------------------------------


def test_the_other_calendar_of_excel_is_understood(tmp_path: Path):
    path = tmp_path / "mac.xlsx"
    book = xlsxwriter.Workbook(str(path), {"date_1904": True})
    book.add_worksheet().write_datetime(0, 0, dt.datetime(2026, 3, 5), book.add_format({"num_format": "yyyy-mm-dd"}))
    book.close()
    assert read_file(path).sheets[0].rows == [(dt.date(2026, 3, 5),)]
    old = xlwt.Workbook()
    old.dates_1904 = True
    old.add_sheet("a").write(0, 0, dt.date(2026, 3, 5), xlwt.easyxf(num_format_str="yyyy-mm-dd"))
    old.save(str(tmp_path / "mac.xls"))
    assert read_file(tmp_path / "mac.xls").sheets[0].rows == [(dt.date(2026, 3, 5),)]


def test_columns_and_sheets_that_are_hidden_are_read_and_told(tmp_path: Path):
    path = tmp_path / "a.xlsx"
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet("明细")
    for down, cells in enumerate((HEADINGS, row(1, 应还日期=""))):
        sheet.write_row(down, 0, cells)
    sheet.set_column(4, 5, None, None, {"hidden": True})
    sheet.set_column(12, 16383, None, None, {"hidden": True})  # to the right of the data: everybody does so
    hidden = book.add_worksheet("字典")
    hidden.write(0, 0, "M1")
    hidden.hide()
    book.close()
    notes = [(note.code, note.severity, dict(note.params)) for note in read_file(path).notes]
    assert notes == [("hidden_columns", "info", {"count": 2}), ("hidden_sheet", "info", {})]


def merged(path: Path, *spans: str) -> Path:
    book = xlsxwriter.Workbook(str(path), {"strings_to_numbers": False})
    sheet = book.add_worksheet()
    rows = [HEADINGS, row(1, 应还日期=""), row(2, 应还日期=""), row(3, 应还日期="", 产品="现金贷"), ["合计"]]
    for down, cells in enumerate(rows):
        sheet.write_row(down, 0, cells)
    for span in spans:
        sheet.merge_range(span, "李四", book.add_format({"align": "center"}))
    book.close()
    return path


def test_cells_merged_downwards_count_for_every_row_of_theirs(tmp_path: Path):
    result = import_file(merged(tmp_path / "a.xlsx", "A3:A4", "E2:F2", "A5:L5"))[2]
    assert result is not None
    assert [line.values["debtor_name"] for line in result.accepted] == ["张伟", "李四", "李四"]
    told = [problem for problem in result.problems if problem.code == "merged_cells_filled"]
    assert [(problem.severity, dict(problem.params)) for problem in told] == [
        ("info", {"headings": ["客户姓名"], "count": 1})
    ]


def test_a_contract_number_merged_over_rows_is_told_loudly_and_contradictions_stay_out(tmp_path: Path):
    result = import_file(merged(tmp_path / "a.xlsx", "D3:D4"))[2]
    assert result is not None
    assert "merged_key_filled" in [problem.code for problem in result.problems if problem.severity == "warning"]
    assert [problem.code for problem in result.problems if problem.row == 3] == ["contract_twice"]
    assert result.counts["accepted"] == 1


def formulas(tmp_path: Path, cells: str) -> Path:
    """A good workbook whose total of the first data row is the cell given, in the words of the sheet's XML."""
    good = workbook(tmp_path / "good.xlsx", [HEADINGS, row(1), row(2)])

    def change(name: str, content: bytes) -> bytes:
        return content.replace(b'<c r="I2"><v>1025</v></c>', cells.encode()) if "sheet1" in name else content

    return rewrite(good, tmp_path / "formula.xlsx", change)


@pytest.mark.parametrize(
    ("cell", "shown", "code"),
    [
        ('<c r="I2"><f>SUM(F2:H2)</f></c>', NOT_COMPUTED, "formula_not_computed"),
        ('<c r="I2" s="1"><f t="shared" si="0"/><v></v></c>', NOT_COMPUTED, "formula_not_computed"),
        ('<c r="I2" t="e"><f>F2/0</f><v>#DIV/0!</v></c>', "#DIV/0!", "formula_error"),
        ('<c t="e" r="I2"><v>#REF!</v></c>', "#REF!", "formula_error"),
    ],
)
def test_an_amount_whose_formula_has_no_result_keeps_its_row_out(tmp_path: Path, cell: str, shown: str, code: str):
    result = import_file(formulas(tmp_path, cell + "<!--<f></f>-->"))[2]
    assert result is not None
    assert [(problem.code, problem.value) for problem in result.problems if problem.row == 2] == [(code, shown)]
    assert result.counts["accepted"] == 1, "its neighbour goes in"


def test_a_formula_whose_result_is_an_empty_text_is_an_empty_cell(tmp_path: Path):
    data = read_file(formulas(tmp_path, '<c r="I2" t="str"><f>IF(F2="","",F2)</f><v></v></c>'))
    assert data.sheets[0].rows[1][8] == ""
    assert data.sheets[0].formulas_without_value == 0
    assert data.sheets[0].has_formulas


def test_an_old_workbook_tells_what_is_hidden_merged_and_wrong(tmp_path: Path):
    book = xlwt.Workbook()
    sheet = book.add_sheet("明细")
    rows: list[list[Any]] = [HEADINGS, *(row(number, 应还日期="") for number in range(1, 5))]
    for down, cells in enumerate(rows):
        for right, cell in enumerate(cells):
            if not (right == 0 and down in (3, 4)):
                sheet.write(down, right, cell)
    sheet.write_merge(3, 4, 0, 0, "李四")
    sheet.row(2).hidden = True
    sheet.col(4).hidden = True
    book.add_sheet("空").visibility = 1
    book.save(str(tmp_path / "a.xls"))
    data, _understanding, result = import_file(tmp_path / "a.xls")
    assert result is not None
    assert data.kind == "xls"
    assert [line.values["debtor_name"] for line in result.accepted] == ["张伟", "张伟", "李四", "李四"]
    told = {problem.code: problem.params.get("count") for problem in result.problems}
    assert told == {"hidden_rows": 1, "hidden_columns": 1, "merged_cells_filled": 1}


def test_one_stray_cell_at_the_end_of_an_old_workbook_is_told_where_it_is(tmp_path: Path):
    book = xlwt.Workbook()
    sheet = book.add_sheet("a")
    sheet.write(0, 0, "x")
    sheet.write(65_535, 150, "y")
    book.save(str(tmp_path / "a.xls"))
    said = refusal(tmp_path / "a.xls")
    assert (said.code, said.params) == ("far_cell", {"row": 65_536})


def test_cells_out_of_order_without_places_and_in_pieces_are_read(tmp_path: Path):
    def change(name: str, content: bytes) -> bytes:
        rows = (
            b'<row><c t="inlineStr"><is><t>a</t></is></c><c t="inlineStr"><is><r><t>b</t></r><r><t>c</t></r>'
            b"<rPh><t>x</t></rPh></is></c></row><row><c><v>1</v></c><c><v>2</v></c></row>"
        )
        start, end = content.find(b"<sheetData>"), content.find(b"</sheetData>")
        return content[: start + 11] + rows + content[end:] if "sheet1" in name else content

    good = workbook(tmp_path / "good.xlsx", [["x"]])
    assert read_file(rewrite(good, tmp_path / "b.xlsx", change)).sheets[0].rows == [("a", "bc"), (1.0, 2.0)]
