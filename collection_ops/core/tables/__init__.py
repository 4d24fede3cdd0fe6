"""Tables that leave the house: every export is written here, so that every export is safe and looks alike.

    with open_table(path, file_format="xlsx", title=_("案件"), columns=[Column(_("合同号")), Column(_("合计"), "money")],
                    exported_by=str(actor), exported_at=now) as table:
        table.write_row(["A-1", Decimal("3.20")])
    table.rows  # 1

Text stays text: never a formula, a link or a number. Numbers stay numbers, negative ones too. The writer keeps one row
in memory, so the caller may stream from a server-side cursor. Reading of files belongs to the importer.
"""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from collection_ops.core.tables.base import Column, TableWriter
from collection_ops.core.tables.csv_writer import CsvTable
from collection_ops.core.tables.xlsx_writer import XlsxTable

FORMATS = {"xlsx": XlsxTable, "csv": CsvTable}
CONTENT_TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}


def open_table(
    path: Path | str,
    *,
    file_format: str,
    title: str,
    columns: Sequence[Column],
    exported_by: str,
    exported_at: datetime,
    watermark: str = "",
) -> TableWriter:
    """A writer to use in `with`. `watermark` names the copy (export number); it stands beside who and when.

    Raises ValueError for an unknown format.
    """
    if file_format not in FORMATS:
        raise ValueError(f"table format {file_format!r}; allowed: {', '.join(FORMATS)}")
    return FORMATS[file_format](
        Path(path),
        title=str(title),
        columns=list(columns),
        exported_by=exported_by,
        exported_at=exported_at,
        watermark=watermark,
    )


__all__ = ["CONTENT_TYPES", "FORMATS", "Column", "TableWriter", "open_table"]
