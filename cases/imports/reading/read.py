"""Open a clerk's file: ``read_file(path)`` gives its rows, or says in words why not.

The parent half. It never touches the content: a child process scans, parses and sends rows through a pipe
(``read_child``). A child that dies, hangs or talks nonsense is a refused file and no fault of ours.
"""

import io
import json
import pickle
import signal
import struct
import subprocess
import sys
import threading
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from cases.imports.reading.children import ROOT, child_environment
from cases.imports.reading.frames import PackedRows
from cases.imports.reading.prescan import ReadLimits, column_letters
from cases.imports.words.problems import FileRefused, Problem

__all__ = ["DEFAULT", "FileRefused", "ReadLimits", "SheetData", "WorkbookData", "column_letters", "read_file"]

DEFAULT = ReadLimits()
_LARGEST_FRAME = 512_000_000


@dataclass(slots=True)
class SheetData:
    """One sheet. ``rows[i]`` is Excel's row ``first_row + i``; its first cell is column ``first_column`` (0 is A).

    Cells are str, int, float, bool, date, datetime, time or timedelta; an empty cell is ``""``. Rows of a text
    file may have different lengths. Hidden rows are among the rows, and counted.
    """

    name: str
    first_row: int = 1
    first_column: int = 0
    visible: bool = True
    hidden_rows: int = 0
    hidden_columns: int = 0
    formulas_without_value: int = 0
    error_cells: int = 0
    has_formulas: bool = False
    merges: list[tuple[int, int, int]] = field(default_factory=list)  # Excel first row, column from 0, cells filled
    rows: PackedRows = field(default_factory=PackedRows)

    def __post_init__(self) -> None:
        if not isinstance(self.rows, PackedRows):
            self.rows = PackedRows(self.rows)


@dataclass(slots=True)
class WorkbookData:
    """What the file holds. ``kind`` is xlsx, xls or csv; encoding and delimiter are those of a text file."""

    kind: str
    encoding: str = ""
    delimiter: str = ""
    has_macros: bool = False
    sheets: list[SheetData] = field(default_factory=list)

    @property
    def notes(self) -> list[Problem]:
        """What the clerk should know about the file before its content: hidden rows, formulas without a result."""
        found = []
        for sheet in self.sheets:
            for code in ("hidden_rows", "formulas_without_value", "error_cells"):
                if count := getattr(sheet, code):
                    found.append(Problem(sheet.name, None, "", "", code, "warning", {"count": count}))
            if sheet.hidden_columns:
                found.append(
                    Problem(sheet.name, None, "", "", "hidden_columns", "info", {"count": sheet.hidden_columns})
                )
            if not sheet.visible and sheet.rows:
                found.append(Problem(sheet.name, None, "", "", "hidden_sheet", "info"))
        if self.has_macros:
            found.append(Problem("", None, "", "", "macros_ignored", "info"))
        return found


def read_file(path: Path, *, limits: ReadLimits = DEFAULT) -> WorkbookData:
    """Read a whole file into memory, sheets in their order. Raises ``FileRefused``.

    Costs about one and a half times the bare reader (scan, pipe) and 250 bytes of memory for a row of twenty cells.
    """
    # Our own interpreter and module; the path travels on standard input, where no process list shows it.
    child = subprocess.Popen(
        [sys.executable, "-m", "cases.imports.reading.read_child"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # a parser's last words may quote cells, and those belong in no log
        cwd=ROOT,
        env=child_environment(),
    )
    timer = _Timer(child, limits.wall_for(path.stat().st_size))
    try:
        assert child.stdin is not None
        assert child.stdout is not None
        request = json.dumps({"path": str(Path(path).absolute()), "limits": asdict(limits)})
        try:
            child.stdin.write(request.encode() + b"\n")
            child.stdin.close()
        except BrokenPipeError:
            pass  # it died before it listened; the missing answer below says so
        return _receive(child.stdout)
    except _Silence as silence:
        child.kill()
        status = child.wait()
        xcpu = getattr(signal, "SIGXCPU", None)
        if timer.fired or (xcpu is not None and status == -xcpu):
            raise FileRefused("parser_timeout") from silence
        raise FileRefused("parser_failed") from silence
    finally:
        timer.cancel()
        child.kill()
        child.wait()
        if child.stdout is not None:
            child.stdout.close()


class _Silence(Exception):
    """The child stopped talking before it said that it was done."""


class _Timer:
    """Kills a child that takes too long, and remembers that it did."""

    def __init__(self, child: subprocess.Popen[bytes], seconds: float) -> None:
        self.fired = False
        self._child = child
        self._timer = threading.Timer(seconds, self._fire)
        self._timer.daemon = True
        self._timer.start()

    def _fire(self) -> None:
        self.fired = True
        self._child.kill()

    def cancel(self) -> None:
        self._timer.cancel()


def _receive(stream: BinaryIO | Any) -> WorkbookData:
    book: WorkbookData | None = None
    while True:
        frame = _next_frame(stream)
        match frame:
            case ("end",) if book is not None:
                return book
            case ("refused", str(code), dict(params)):
                raise FileRefused(code, **params)
            case ("book", dict(facts)):
                book = WorkbookData(**facts)
            case ("sheet", dict(facts)) if book is not None:
                book.sheets.append(SheetData(**facts))
            case ("rows" | "columns", *_) if book is not None and book.sheets:
                try:
                    book.sheets[-1].rows.take(frame)
                except ValueError as bad:
                    raise _Silence from bad
            case _:
                raise _Silence


def _next_frame(stream: BinaryIO | Any) -> Any:
    header = stream.read(4)
    if len(header) < 4:
        raise _Silence
    (size,) = struct.unpack(">I", header)
    if size > _LARGEST_FRAME:
        raise _Silence
    body = stream.read(size)
    if len(body) < size:
        raise _Silence
    try:
        return _Cells(io.BytesIO(body)).load()
    except (pickle.UnpicklingError, EOFError, ValueError, IndexError, KeyError, TypeError) as bad:
        raise _Silence from bad


class _Cells(pickle.Unpickler):
    """Loads plain cells only: the child has read a stranger's file, so its pickles may not name any code."""

    _ALLOWED = frozenset({"date", "datetime", "time", "timedelta"})

    def find_class(self, module: str, name: str) -> Any:
        if module == "datetime" and name in self._ALLOWED:
            return super().find_class(module, name)
        raise pickle.UnpicklingError(f"{module}.{name}")
