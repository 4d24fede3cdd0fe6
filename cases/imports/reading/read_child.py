"""The child process that opens the file: ``python -m cases.imports.reading.read_child``.

Started by ``read``; asks on standard input (one JSON line), answers on standard output with frames: four bytes
of length, then a pickle. Frames are ``("book", {...})``, ``("sheet", {...})``, rows as ``frames`` packs them,
``("refused", code, params)`` and, last, ``("end",)``. No Django here: the process starts for every file.

It gives up the right to much memory, to much time and to writing files before it opens anything, because the
Rust reader aborts its whole process on a few kilobytes of malice, and no exception can be caught then.
"""

import contextlib
import gc
import json
import pickle
import struct
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from cases.imports.reading.frames import ROWS_IN_CHUNK, pack
from cases.imports.reading.prescan import MEGABYTE, ReadLimits, Refused, Scan, SheetScan, kind_of
from cases.imports.reading.text_files import delimiter_of, encoding_of, rows_of


def main() -> int:
    gc.disable()  # rows of plain cells make no cycles, and the collector would walk them again and again
    request = json.loads(sys.stdin.readline())
    limits = ReadLimits(**request["limits"])
    path = Path(request["path"])
    give_up_rights(path, limits)
    out = sys.stdout.buffer
    try:
        for frame in frames_of(path, limits=limits):
            _send(out, frame)
    except Refused as refusal:
        _send(out, ("refused", refusal.code, refusal.params))
    except MemoryError:
        _send(out, ("refused", "too_large_unpacked", {"megabytes": limits.unpacked_bytes // MEGABYTE}))
    _send(out, ("end",))
    out.flush()
    return 0


def give_up_rights(path: Path, limits: ReadLimits, *, content: int = 0) -> None:
    """No core dump, no file, little time, and only the memory that looking takes: the reading asks for more later.
    ``content`` is the number of bytes that will be unpacked, where it is known already."""
    packed = path.stat().st_size if path.is_file() else 0
    try:
        import resource
    except ImportError:  # Windows has no such limits; the scan and the clock of the parent remain
        return
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_FSIZE, 0)
    _limit(resource.RLIMIT_CPU, limits.cpu_for(packed))
    _limit(resource.RLIMIT_AS, limits.memory_for(packed=packed, unpacked=content))


def _allow_memory(path: Path, scan: Scan, limits: ReadLimits) -> None:
    try:
        import resource
    except ImportError:
        return
    _limit(resource.RLIMIT_AS, limits.memory_for(packed=path.stat().st_size, unpacked=scan.unpacked))


def _limit(what: int, soft: int) -> None:
    import resource

    # A tighter limit of the machine stays; macOS knows some of them by name only.
    with contextlib.suppress(ValueError, OSError):
        _soft, hard = resource.getrlimit(what)
        resource.setrlimit(what, (soft if hard == resource.RLIM_INFINITY else min(soft, hard), hard))


def _send(out: Any, frame: tuple[Any, ...]) -> None:
    body = pickle.dumps(frame, protocol=5)
    out.write(struct.pack(">I", len(body)))
    out.write(body)


def frames_of(path: Path, *, limits: ReadLimits) -> Iterator[tuple[Any, ...]]:
    kind = kind_of(path, limits=limits)
    if kind == "text":
        yield from _text_frames(path, limits)
        return
    if kind == "xlsx":
        from cases.imports.reading.scan_xlsx import scan_xlsx as scan_it
    else:
        from cases.imports.reading.scan_xls import scan_xls as scan_it
    scan = scan_it(path, limits=limits)
    _allow_memory(path, scan, limits)
    yield from _workbook_frames(path, kind, scan, limits)


def _workbook_frames(path: Path, kind: str, scan: Scan, limits: ReadLimits) -> Iterator[tuple[Any, ...]]:
    # Imported here so that a text file does not pay for it, and after the limits are in force.
    from python_calamine import (
        CalamineError,
        CalamineWorkbook,
        PasswordError,
        SheetTypeEnum,
        SheetVisibleEnum,
        XmlError,
        ZipError,
    )

    try:
        with path.open("rb") as file:
            # By its path the reader would believe the ending of the name.
            book = CalamineWorkbook.from_filelike(file) if path.suffix else CalamineWorkbook.from_path(path)
        yield "book", {"kind": kind, "encoding": "", "delimiter": "", "has_macros": scan.has_macros}
        for meta in book.sheets_metadata:
            if meta.typ != SheetTypeEnum.WorkSheet:
                continue
            sheet = book.get_sheet_by_name(meta.name)
            start, end = sheet.start or (0, 0), sheet.end
            if end is not None and (end[0] >= limits.rows or end[1] >= limits.columns):
                raise Refused("sheet_too_wide_or_long", rows=limits.rows, columns=limits.columns)
            seen = scan.sheets.get(meta.name, SheetScan())
            yield (
                "sheet",
                {
                    "name": meta.name,
                    "first_row": start[0] + 1,
                    "first_column": start[1],
                    "visible": meta.visible == SheetVisibleEnum.Visible,
                    **_facts(seen, width=end[1] + 1 if end is not None else 0),
                },
            )
            rows = sheet.iter_rows()
            for _ in range(start[0]):  # the reader invents the empty rows above the first cell
                next(rows, None)
            yield from _chunks(mended(rows, seen, first_row=start[0], first_column=start[1]))
    except PasswordError as bad:
        raise Refused("password_protected") from bad
    except (ZipError, XmlError, CalamineError, OSError, ValueError) as bad:
        raise Refused("file_damaged") from bad


def _facts(seen: SheetScan, *, width: int) -> dict[str, Any]:
    """What the parent is told of a sheet; ``width`` is the number of columns up to the last cell."""
    return {
        "hidden_rows": seen.hidden_rows,
        "hidden_columns": sum(1 for column in seen.hidden_columns if column < width),
        "formulas_without_value": seen.formulas_without_value,
        "error_cells": seen.error_cells,
        "has_formulas": seen.has_formulas,
        "merges": [(top + 1, column, bottom - top) for top, bottom, column in sorted(seen.merges)],
    }


def mended(rows: Iterable[list[Any]], seen: SheetScan, *, first_row: int, first_column: int) -> Iterable[list[Any]]:
    """The rows with what the reader leaves blank: the word of a formula that has no result, and in cells merged
    downwards the value of the first one, as Excel shows it. ``first_row`` and ``first_column`` count from 0."""
    if not (seen.troubles or seen.merges):
        return rows
    return _mended(rows, seen, first_row, first_column)


def _mended(rows: Iterable[list[Any]], seen: SheetScan, first_row: int, first_column: int) -> Iterator[list[Any]]:
    troubles: dict[int, list[tuple[int, str]]] = {}
    for (at, column), word in seen.troubles.items():
        troubles.setdefault(at, []).append((column - first_column, word))
    starts: dict[int, list[tuple[int, int]]] = {}
    for top, bottom, column in seen.merges:
        starts.setdefault(top, []).append((column - first_column, bottom))
    running: dict[int, tuple[int, Any]] = {}
    for number, row in enumerate(rows, start=first_row):
        for column, word in troubles.get(number, ()):
            if 0 <= column < len(row) and row[column] == "":
                row[column] = word
        for column, (bottom, value) in list(running.items()):
            if number > bottom:
                del running[column]
            elif row[column] == "":
                row[column] = value
        for column, bottom in starts.get(number, ()):
            if 0 <= column < len(row) and row[column] != "":
                running[column] = (bottom, row[column])
        yield row


def _text_frames(path: Path, limits: ReadLimits) -> Iterator[tuple[Any, ...]]:
    encoding = encoding_of(path)
    with path.open(encoding=encoding, newline="") as file:
        head = file.read(20_000)
        delimiter = delimiter_of(head)
        yield "book", {"kind": "csv", "encoding": encoding, "delimiter": delimiter, "has_macros": False}
        yield "sheet", {"name": "", "first_row": 1, "first_column": 0, "visible": True, **_facts(SheetScan(), width=0)}
        file.seek(0)
        if head[:4].lower() == "sep=":
            file.readline()  # a word to Excel about the delimiter; Excel does not show it as a row
        yield from _chunks(rows_of(file, delimiter, limits=limits))


def _chunks(rows: Iterable[Sequence[Any]]) -> Iterator[tuple[Any, ...]]:
    chunk: list[Sequence[Any]] = []
    for row in rows:
        chunk.append(row)
        if len(chunk) == ROWS_IN_CHUNK:
            yield pack(chunk)
            chunk = []
    if chunk:
        yield pack(chunk)


if __name__ == "__main__":
    sys.exit(main())
