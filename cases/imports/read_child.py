"""The child process that opens the file: ``python -m cases.imports.read_child``.

Started by ``read``; asks on standard input (one JSON line), answers on standard output with frames: four bytes
of length, then a pickle. Frames are ``("book", {...})``, ``("sheet", {...})``, ``("rows", [tuple, …])``,
``("refused", code, params)`` and, last, ``("end",)``. No Django here: the process starts for every file.

It gives up the right to much memory, to much time and to writing files before it opens anything, because the
Rust reader aborts its whole process on a few kilobytes of malice, and no exception can be caught then.
"""

import contextlib
import csv
import gc
import io
import json
import pickle
import struct
import sys
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from cases.imports.prescan import ReadLimits, Refused, Scan, SheetScan, kind_of, scan_xlsx

CHUNK = 2000
_DELIMITERS = ",\t;|"


def main() -> int:
    gc.disable()  # rows of plain cells make no cycles, and the collector would walk them again and again
    request = json.loads(sys.stdin.readline())
    limits = ReadLimits(**request["limits"])
    _give_up_rights(limits)
    out = sys.stdout.buffer
    try:
        for frame in frames_of(Path(request["path"]), limits=limits):
            _send(out, frame)
    except Refused as refusal:
        _send(out, ("refused", refusal.code, refusal.params))
    except MemoryError:
        _send(out, ("refused", "too_large_unpacked", {"megabytes": limits.unpacked_bytes // 1_000_000}))
    _send(out, ("end",))
    out.flush()
    return 0


def _give_up_rights(limits: ReadLimits) -> None:
    try:
        import resource
    except ImportError:  # Windows has no such limits; the scan and the clock of the parent remain
        return
    for what, soft in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CPU, limits.cpu_seconds),
        (resource.RLIMIT_AS, limits.memory_bytes),
    ):
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
    scan = scan_xlsx(path, limits=limits) if kind == "xlsx" else Scan()
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
        book = CalamineWorkbook.from_path(path)
        yield "book", {"kind": kind, "encoding": "", "delimiter": "", "has_macros": scan.has_macros}
        for meta in book.sheets_metadata:
            if meta.typ != SheetTypeEnum.WorkSheet:
                continue
            sheet = book.get_sheet_by_name(meta.name)
            start, end = sheet.start or (0, 0), sheet.end
            if end is not None and (end[0] >= limits.rows or end[1] >= limits.columns):
                raise Refused("sheet_too_wide_or_long", rows=limits.rows, columns=limits.columns)
            yield (
                "sheet",
                {
                    "name": meta.name,
                    "first_row": start[0] + 1,
                    "first_column": start[1],
                    "visible": meta.visible == SheetVisibleEnum.Visible,
                    **asdict(scan.sheets.get(meta.name, SheetScan())),
                },
            )
            rows = sheet.iter_rows()
            for _ in range(start[0]):  # the reader invents the empty rows above the first cell
                next(rows, None)
            yield from _chunks(tuple(row) for row in rows)
    except PasswordError as bad:
        raise Refused("password_protected") from bad
    except (ZipError, XmlError, CalamineError, OSError, ValueError) as bad:
        raise Refused("file_damaged") from bad


def _text_frames(path: Path, limits: ReadLimits) -> Iterator[tuple[Any, ...]]:
    text, encoding = _decode(path.read_bytes())
    delimiter = _delimiter_of(text)
    yield "book", {"kind": "csv", "encoding": encoding, "delimiter": delimiter, "has_macros": False}
    yield "sheet", {"name": "", "first_row": 1, "first_column": 0, "visible": True, **asdict(SheetScan())}
    source = io.StringIO(text, newline="")
    if text[:4].lower() == "sep=":
        source.readline()  # a word to Excel about the delimiter; Excel does not show it as a row
    yield from _chunks(_limited(csv.reader(source, delimiter=delimiter), limits))


def _limited(rows: Iterable[list[str]], limits: ReadLimits) -> Iterator[tuple[str, ...]]:
    try:
        for number, row in enumerate(rows, start=1):
            if number > limits.rows or len(row) > limits.columns:
                raise Refused("sheet_too_wide_or_long", rows=limits.rows, columns=limits.columns)
            yield tuple(row)
    except csv.Error as bad:
        raise Refused("text_broken") from bad


def _decode(raw: bytes) -> tuple[str, str]:
    """UTF-8 first: GB18030 would read nearly any UTF-8 as other characters, the reverse fails at once."""
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):  # Excel's «Unicode 文本»
        candidates = ["utf-16"]
    elif raw.startswith(b"\xef\xbb\xbf"):
        candidates = ["utf-8-sig"]
    else:
        candidates = ["utf-8", "gb18030"]
    for encoding in candidates:
        try:
            return raw.decode(encoding), encoding
        except UnicodeDecodeError:
            continue
    raise Refused("encoding_unknown")


def _delimiter_of(text: str) -> str:
    """The delimiter that cuts the first lines into the most cells; a comma when nothing cuts."""
    if text[:4].lower() == "sep=" and text[4:5] in _DELIMITERS:
        return text[4]
    lines = [line for line in text[:20_000].splitlines()[:30] if line.strip()]
    best, most = ",", 0
    for delimiter in _DELIMITERS:
        # Amounts such as 12,345.67 hold commas too: what counts is how many lines are cut, then into how many cells.
        cut = sum(1 for line in lines if delimiter in line)
        cells = min((line.count(delimiter) for line in lines if delimiter in line), default=0)
        if cut * (cells + 1) > most:
            best, most = delimiter, cut * (cells + 1)
    return best


def _chunks(rows: Iterable[tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
    chunk: list[tuple[Any, ...]] = []
    for row in rows:
        chunk.append(row)
        if len(chunk) == CHUNK:
            yield "rows", chunk
            chunk = []
    if chunk:
        yield "rows", chunk


if __name__ == "__main__":
    sys.exit(main())
