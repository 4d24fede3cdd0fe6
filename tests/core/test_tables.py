import csv
import zipfile
from datetime import UTC, date, datetime
from decimal import Decimal

import openpyxl
import pytest

from collection_ops.core.tables import Column, open_table
from collection_ops.core.tables.xlsx_writer import XlsxTable

NOW = datetime(2026, 3, 31, 0, 12, tzinfo=UTC)
EVIL = ["=cmd|'/c calc'!A1", "+1", "-1", "@x", "\t=1", "＝1+1", "－2", " =1", "\u200b=1", "\r\n=1", "%0A=1"]


def write(path, columns, rows, file_format="xlsx"):
    with open_table(
        path,
        file_format=file_format,
        title="案件",
        columns=columns,
        exported_by="舒专员",
        exported_at=NOW,
        watermark="E-7",
    ) as table:
        for row in rows:
            table.write_row(row)
    return table


@pytest.mark.parametrize("text", EVIL)
def test_a_text_never_becomes_a_formula_in_excel(tmp_path, text):
    path = tmp_path / "t.xlsx"
    write(path, [Column("姓名")], [[text]])
    cell = openpyxl.load_workbook(path).active["A4"]
    assert cell.data_type == "s" and cell.quotePrefix
    with zipfile.ZipFile(path) as book:
        assert b"<f>" not in book.read("xl/worksheets/sheet1.xml")


@pytest.mark.parametrize("text", EVIL)
def test_a_text_never_begins_like_a_formula_in_csv(tmp_path, text):
    path = tmp_path / "t.csv"
    write(path, [Column("姓名")], [[text]], "csv")
    [_heading, [cell], _footer] = list(csv.reader(path.open(encoding="utf-8-sig", newline="")))
    assert cell == f"'{text}"


def test_negative_amounts_stay_numbers_and_long_numbers_stay_text(tmp_path):
    columns = [Column("合计", "money"), Column("证件号"), Column("日期", "date"), Column("比率", "percent")]
    row = [Decimal("-1234.50"), 110101199003070000, date(2026, 3, 31), 0.125]
    write(tmp_path / "t.xlsx", columns, [row])
    sheet = openpyxl.load_workbook(tmp_path / "t.xlsx").active
    amount, number, day, rate = sheet[4]
    assert (amount.value, amount.data_type, amount.number_format) == (-1234.5, "n", "#,##0.00;[Red]-#,##0.00")
    assert (number.value, number.data_type) == ("110101199003070000", "s")
    assert day.value == datetime(2026, 3, 31)
    assert rate.number_format == "0.0%"
    write(tmp_path / "t.csv", columns, [row], "csv")
    lines = (tmp_path / "t.csv").read_text(encoding="utf-8-sig").splitlines()
    assert lines[1] == "-1234.50,110101199003070000,2026-03-31,0.125"


def test_the_copy_says_what_it_is_who_took_it_and_when(tmp_path):
    table = write(tmp_path / "t.xlsx", [Column("合同号"), Column("合计", "money")], [["A-1", Decimal(3)]] * 3)
    sheet = openpyxl.load_workbook(tmp_path / "t.xlsx").active
    assert table.rows == 3
    assert sheet["A1"].value == "案件"
    assert sheet["A2"].value == "导出人 舒专员  时间 2026-03-31 08:12:00  E-7"
    assert sheet["A8"].value.startswith("共 3 行")
    assert sheet.freeze_panes == "B4" and sheet.auto_filter.ref == "A3:B6"


def test_chinese_counts_double_in_the_width_of_a_column(tmp_path):
    write(tmp_path / "t.xlsx", [Column("a"), Column("b")], [["一二三四五六七八九十", "abcdefghij"]])
    sheet = openpyxl.load_workbook(tmp_path / "t.xlsx").active
    assert sheet.column_dimensions["A"].width > sheet.column_dimensions["B"].width + 8


def test_csv_opens_in_excel_with_its_chinese_right(tmp_path):
    write(tmp_path / "t.csv", [Column("姓名")], [["张三"]], "csv")
    assert (tmp_path / "t.csv").read_bytes().startswith(b"\xef\xbb\xbf")


def test_half_a_table_is_not_left_behind(tmp_path):
    path = tmp_path / "t.xlsx"
    with (
        pytest.raises(RuntimeError),
        open_table(
            path, file_format="xlsx", title="t", columns=[Column("a")], exported_by="x", exported_at=NOW
        ) as table,
    ):
        table.write_row(["1"])
        raise RuntimeError("the cursor broke")
    assert not path.exists()


def test_hostile_text_and_very_long_text_are_written(tmp_path):
    write(tmp_path / "t.xlsx", [Column("a")], [["a\x00b"], ["x" * 40_000], ["张<img src=x onerror=alert(1)>"]])
    sheet = openpyxl.load_workbook(tmp_path / "t.xlsx").active
    assert len(sheet["A5"].value) == 32_000
    assert sheet["A6"].value == "张<img src=x onerror=alert(1)>"


def test_a_row_with_the_wrong_number_of_values_is_an_error(tmp_path):
    with pytest.raises(ValueError, match="2 values for 1 columns"):
        write(tmp_path / "t.xlsx", [Column("a")], [["1", "2"]])


def test_several_tables_make_a_workbook_each_with_its_name_heading_and_widths(tmp_path):
    path = tmp_path / "book.xlsx"
    with XlsxTable(
        path, title="概览", columns=[Column("机构")], exported_by="舒专员", exported_at=NOW, watermark="", name="概览"
    ) as table:
        table.write_row(["甲机构"])
        table.next_table("失分", "失分 2026-03", [Column("指标"), Column("失分", "money")])
        table.write_row(["=1+1", Decimal("12.50")])
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == ["概览", "失分"] and table.rows == 2
    first, second = book.worksheets
    assert [[cell.value for cell in row] for row in first.iter_rows(min_row=3, max_row=4)] == [["机构"], ["甲机构"]]
    assert second["A1"].value == "失分 2026-03" and [cell.value for cell in second[3]] == ["指标", "失分"]
    assert [cell.value for cell in second[4]] == ["=1+1", 12.5] and second["A4"].data_type == "s"
