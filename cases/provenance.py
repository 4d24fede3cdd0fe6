"""Where a figure came from: file, sheet, row, and the cells of that row as they were read.

Everybody who may see the case sees which file and row; the cells themselves only with `imports.file`, and personal
cells of them masked even then: the row is proof of a figure, not a way round the reveal.
"""

from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from cases.imports.limits import read_limits
from cases.imports.reading.read import read_file
from cases.imports.storing import stored_path
from cases.imports.words.fields import IGNORE, label_of
from cases.imports.words.problems import FileRefused
from cases.models import Case, ImportRow, ImportRun, Position
from collection_ops.core.access import has
from collection_ops.core.masking import mask_address, mask_id, mask_name, mask_phone
from collection_ops.core.models import User

# Fields of the importer's catalogue (cases/imports/words/fields.py) whose cells identify a person, with their mask.
MASKS = {
    "debtor_name": mask_name,
    "contact_name": mask_name,
    "id_no": mask_id,
    "phone": mask_phone,
    "contact_phone": mask_phone,
    "address": mask_address,
    "employer": mask_address,
    "email": mask_name,
}
# Fields whose cells say nothing about who the person is. All others (remarks, columns nobody understood or that are not
# read) may hold anything, also a phone: their text is not shown.
PLAIN = frozenset(
    {
        *("contract_no", "id_type", "product", "region", "credit_limit", "disbursed_on", "contact_relation"),
        *("principal", "interest", "penalty", "fees", "total"),
        *("due_date", "days_past_due", "stage", "business_date"),
    }
)


@dataclass(frozen=True)
class Cell:
    """One cell of the row as read: its place, heading, the field it was taken for, its text (masked when personal)."""

    place: str
    heading: str
    field: str
    text: str
    is_masked: bool = False

    @property
    def field_label(self) -> str:
        """The field in words; its code where the importer's catalogue does not know it."""
        if not self.field:
            return ""
        return str(label_of(self.field))


@dataclass(frozen=True)
class Origin:
    """The file row of one position. `cells` is empty with the reason in `cells_missing`."""

    case: Case
    position: Position
    run: ImportRun
    row: ImportRow | None
    cells: list[Cell] = field(default_factory=list)
    cells_missing: str = ""


def origin_of(case: Case, *, run_id: int, user: User) -> Origin | None:
    """The origin of what run `run_id` said about the case, or None when it said nothing."""
    position = Position.objects.filter(case=case, run_id=run_id).first()
    if position is None:
        return None
    run = ImportRun.objects.select_related("source", "uploaded_by", "applied_by", "layout").get(pk=run_id)
    row = ImportRow.objects.filter(pk=position.row, run=run).defer("id_no").first()
    if row is None:
        return Origin(case, position, run, None, cells_missing=_("导入行已不在"))
    if not has(user, "imports.file"):
        return Origin(case, position, run, row, cells_missing=_("查看原文件单元格需要“查看导入原文件内容”的权限"))
    try:
        cells = _cells(run, row)
    except (OSError, _NotReadable) as error:
        missing = _("原文件暂时无法读取") if isinstance(error, OSError) else str(error)
        return Origin(case, position, run, row, cells_missing=missing)
    return Origin(case, position, run, row, cells=cells)


class _NotReadable(Exception):
    """The stored file does not answer; the sentence is for the reader."""


def _cells(run: ImportRun, row: ImportRow) -> list[Cell]:
    path = stored_path(run)
    if not path.is_file():
        raise _NotReadable(_("原文件已不在存储中"))
    try:
        book = read_file(path, limits=read_limits())
    except FileRefused as refusal:
        raise _NotReadable(refusal.message) from refusal
    sheet = next((sheet for sheet in book.sheets if sheet.name == row.sheet), None) or (
        book.sheets[0] if len(book.sheets) == 1 else None
    )
    at = row.row_number - sheet.first_row if sheet else -1
    if sheet is None or not 0 <= at < len(sheet.rows):
        raise _NotReadable(_("原文件中找不到该行"))
    columns = _columns(run)
    cells = []
    for index, value in enumerate(sheet.rows[at]):
        letters = _letters(index + sheet.first_column)
        if value not in (None, "") or letters in columns:
            cells.append(_cell(letters, value, columns.get(letters, {}), row.row_number))
    return cells


def _columns(run: ImportRun) -> dict[str, dict[str, Any]]:
    """Column letters → {"heading", "field"} as understood when the file was read."""
    columns = run.understanding.get("columns", [])
    return {str(column["letter"]): column for column in columns if isinstance(column, dict) and "letter" in column}


def _cell(letters: str, value: Any, column: dict[str, Any], row_number: int) -> Cell:
    name = str(column.get("field") or "")
    # Spreadsheets keep 55 as 55.0.
    text = "" if value is None else str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
    mask = None if name in PLAIN else MASKS.get(name, _unknown)
    return Cell(
        place=f"{letters}{row_number}",
        heading=str(column.get("heading") or ""),
        field=name or (IGNORE if column.get("how") == "ignored" else ""),
        text=mask(text) if mask else text,
        is_masked=mask is not None and bool(text),
    )


def _unknown(text: str) -> str:
    return "*" * min(len(text), 6)


def _letters(index: int) -> str:
    """0 → A, 25 → Z, 26 → AA."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
