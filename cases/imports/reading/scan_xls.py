"""A look into the records of an old .xls (BIFF) before the reader sees it: what is hidden, encrypted, or far away.

The stream is a flat list of records, each with its kind and length, so a walk over it costs a fraction of the reading.
Source: [MS-XLS] 2.4 and 2.5.
"""

import struct
from pathlib import Path

import olefile

from cases.imports.reading.prescan import ReadLimits, Refused, Scan, SheetScan

_BOF, _EOF, _FILEPASS, _BOUNDSHEET = 0x0809, 0x000A, 0x002F, 0x0085
_ROW, _COLINFO, _BOOLERR, _FORMULA, _MERGECELLS = 0x0208, 0x007D, 0x0205, 0x0006, 0x00E5
# Kinds of record that are one cell with a value (number, label, RK, text of the shared table), and many in a row.
_ONE_CELL = frozenset([0x0203, 0x0204, 0x027E, 0x00FD, 0x00D6, _BOOLERR, _FORMULA])
_MANY_CELLS = 0x00BD
_WORKSHEET = 0x0010
_ERRORS = {0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?", 0x24: "#NUM!", 0x2A: "#N/A"}
_MOST_EMPTY_CELLS = 5_000_000


def scan_xls(path: Path, *, limits: ReadLimits) -> Scan:
    """Walk the records once. Raises ``Refused``."""
    try:
        with olefile.OleFileIO(str(path)) as box:
            name = next((name for name in ("Workbook", "Book") if box.exists(name)), None)
            if name is None:
                raise Refused("not_a_workbook")
            has_macros = box.exists("_VBA_PROJECT_CUR") or box.exists("_VBA_PROJECT")
            stream = box.openstream(name).read()
    except (OSError, ValueError, IndexError, KeyError, TypeError, AttributeError, struct.error) as bad:
        raise Refused("file_damaged") from bad
    scan = Scan(has_macros=has_macros, unpacked=len(stream))
    try:
        _walk(stream, scan, limits)
    except (struct.error, IndexError, UnicodeDecodeError) as bad:
        raise Refused("file_damaged") from bad
    return scan


def _walk(stream: bytes, scan: Scan, limits: ReadLimits) -> None:
    names: dict[int, str] = {}
    look: _SheetLook | None = None
    header = struct.Struct("<HH")
    at, end = 0, len(stream)
    while at + 4 <= end:
        kind, size = header.unpack_from(stream, at)
        body = at + 4
        if kind == _FILEPASS:
            raise Refused("password_protected")
        if kind == _BOUNDSHEET:
            start, name = _sheet_name(stream[body : body + size])
            names[start] = name
            if len(names) > limits.sheets:
                raise Refused("sheets_too_many", sheets=len(names), limit=limits.sheets)
        elif kind == _BOF:
            is_sheet = at in names and struct.unpack_from("<H", stream, body + 2)[0] == _WORKSHEET
            look = _SheetLook() if is_sheet else None
            if look is not None:
                scan.sheets[names[at]] = look.found
        elif kind == _EOF:
            if look is not None:
                look.close(limits)
            look = None
        elif look is not None:
            look.take(kind, stream, body, size)
        at = body + size


def _sheet_name(body: bytes) -> tuple[int, str]:
    (start,) = struct.unpack_from("<I", body)
    count, wide = body[6], body[7] & 1
    raw = body[8 : 8 + (count * 2 if wide else count)]
    return start, raw.decode("utf-16-le" if wide else "latin-1")


class _SheetLook:
    """The records of one sheet."""

    def __init__(self) -> None:
        self.found = SheetScan()
        self._cells = 0
        self._last_row = self._last_column = -1

    def take(self, kind: int, stream: bytes, at: int, size: int) -> None:
        if kind in _ONE_CELL:
            row, column = struct.unpack_from("<HH", stream, at)
            self._saw(row, column)
            if kind == _BOOLERR and stream[at + 7]:
                self._error(row, column, stream[at + 6])
            elif kind == _FORMULA:
                self.found.has_formulas = True
                # The result: an error where its first byte is 2 and its last two are set.
                if stream[at + 6] == 2 and stream[at + 12 : at + 14] == b"\xff\xff":
                    self._error(row, column, stream[at + 8])
        elif kind == _MANY_CELLS:
            self._saw(struct.unpack_from("<H", stream, at)[0], struct.unpack_from("<H", stream, at + size - 2)[0])
        elif kind == _ROW:
            self.found.hidden_rows += bool(stream[at + 12] & 0x20)
        elif kind == _COLINFO:
            first, last = struct.unpack_from("<HH", stream, at)
            if stream[at + 8] & 1:
                self.found.hidden_columns.update(range(first, min(last, 255) + 1))
        elif kind == _MERGECELLS:
            (count,) = struct.unpack_from("<H", stream, at)
            for place in range(at + 2, at + 2 + 8 * count, 8):
                top, bottom, left, right = struct.unpack_from("<HHHH", stream, place)
                if left == right and top < bottom:
                    self.found.merges.append((top, bottom, left))

    def close(self, limits: ReadLimits) -> None:
        """The reader makes room for the whole rectangle up to the last cell."""
        if self._last_column >= limits.columns or self._last_row >= limits.rows:
            raise Refused("sheet_too_wide_or_long", rows=limits.rows, columns=limits.columns)
        room = (self._last_row + 1) * (self._last_column + 1)
        if room > _MOST_EMPTY_CELLS and room > 50 * self._cells:
            raise Refused("far_cell", row=self._last_row + 1)

    def _saw(self, row: int, column: int) -> None:
        self._cells += 1
        self._last_row = max(self._last_row, row)
        self._last_column = max(self._last_column, column)

    def _error(self, row: int, column: int, code: int) -> None:
        self.found.error_cells += 1
        self.found.troubles[row, column] = _ERRORS.get(code, "#VALUE!")
