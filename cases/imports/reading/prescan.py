"""What may be read at all: the limits, and a look at the first bytes of an uploaded file before any parser sees it.

Kept free of Django, as all that the child process of ``read`` imports: it has to start in a moment. The look into
workbooks is in ``scan_xlsx`` and ``scan_xls``, into text files in ``text_files``.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

MEGABYTE = 1 << 20
NOT_COMPUTED = "#未计算"
"""What stands for a formula that was saved without its result; Excel's own errors stand as Excel writes them (#N/A)."""


@dataclass(frozen=True)
class ReadLimits:
    """How large a file may be. Sizes in bytes, times in seconds, rows and columns as Excel counts them.

    ``memory_bytes``, ``cpu_seconds`` and ``wall_seconds`` are for the largest file; a smaller one is held to less, so
    that a small malicious one cannot take what a book of a million rows needs. Such a book (20 columns) packs to about
    130 MB, unpacks to 1 GB and needs 2.4 GB of address space; one of 100,000 rows a tenth of that.
    """

    file_bytes: int = 100 * MEGABYTE
    unpacked_bytes: int = 1500 * MEGABYTE
    ratio: int = 200
    ratio_from_bytes: int = 20 * MEGABYTE
    members: int = 5000
    sheets: int = 100
    rows: int = 1_200_000
    columns: int = 200
    memory_bytes: int = 3000 * MEGABYTE
    cpu_seconds: int = 600
    wall_seconds: int = 900

    def memory_for(self, *, packed: int, unpacked: int = 0) -> int:
        """Address space for a file of so many bytes: the interpreter and the reader, and what its content may need.

        The reader holds each cell two or three times while it works, about four times the XML they stand in.
        """
        return min(self.memory_bytes, _BASE_MEMORY + min(80 * packed, 4 * unpacked))

    def cpu_for(self, packed: int) -> int:
        return min(self.cpu_seconds, 30 + 5 * packed // MEGABYTE)

    def wall_for(self, packed: int) -> int:
        """Longer than the processor time: the parent takes rows out of the pipe at its own speed."""
        return min(self.wall_seconds, 60 + 8 * packed // MEGABYTE)


_BASE_MEMORY = 400 * MEGABYTE


class Refused(Exception):
    """The file must not be read. ``code`` is a key of ``problems.MESSAGES``, ``params`` fill the sentence."""

    def __init__(self, code: str, **params: Any) -> None:
        super().__init__(code)
        self.code = code
        self.params = params


@dataclass
class SheetScan:
    """What the reader does not tell about one sheet: what is hidden, merged, and holds no value.

    Places count from 0. ``troubles`` says what stands in cells whose formula has no result, as far as it was kept;
    ``merges`` are (first row, last row, column) of cells merged downwards.
    """

    hidden_rows: int = 0
    hidden_columns: set[int] = field(default_factory=set)
    formulas_without_value: int = 0
    error_cells: int = 0
    has_formulas: bool = False
    troubles: dict[tuple[int, int], str] = field(default_factory=dict)
    merges: list[tuple[int, int, int]] = field(default_factory=list)


@dataclass
class Scan:
    """The result of a look that found nothing to refuse. ``unpacked`` is in bytes."""

    sheets: dict[str, SheetScan] = field(default_factory=dict)
    has_macros: bool = False
    unpacked: int = 0


ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_BINARY_STARTS = (
    *(b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM", b"II*\0", b"MM\0*"),
    *(b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"PK\x05\x06", b"{\\rtf", b"SQLite format 3"),
)
_MARKUP_START = re.compile(
    rb"\s*<(?:!doctype|!--|html|table|head|body|meta|style|script|div|\?xml|\w+:?workbook)", re.IGNORECASE
)
# Office stores an encrypted .xlsx as an OLE box with this one stream; names there are UTF-16.
_ENCRYPTED_STREAM = "EncryptedPackage".encode("utf-16-le")


def kind_of(path: Path, *, limits: ReadLimits) -> str:
    """``xlsx``, ``xls`` or ``text`` by content; the name is not trusted. Raises ``Refused``."""
    if not path.is_file():
        raise Refused("format_unsupported")
    size = path.stat().st_size
    if size == 0:
        raise Refused("file_empty")
    if size > limits.file_bytes:
        raise Refused("file_too_large", megabytes=limits.file_bytes // MEGABYTE)
    with path.open("rb") as file:
        head = file.read(4096)
        if head.startswith(ZIP):
            return "xlsx"
        if head.startswith(OLE):
            if _contains(file, _ENCRYPTED_STREAM):
                raise Refused("password_protected")
            return "xls"
    if head.startswith(_BINARY_STARTS):
        raise Refused("format_unsupported")
    if _MARKUP_START.match(head.removeprefix(b"\xef\xbb\xbf")):
        raise Refused("html_not_excel")
    return "text"


def _contains(file: Any, needle: bytes) -> bool:
    file.seek(0)
    tail = b""
    while chunk := file.read(MEGABYTE):
        if needle in tail + chunk:
            return True
        tail = chunk[-len(needle) :]
    return False


def column_letters(index: int) -> str:
    """0 → A, 25 → Z, 26 → AA."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def place_of(reference: bytes) -> tuple[int, int] | None:
    """``B3`` → (2, 1): row and column from 0; None when it is no reference to one cell."""
    found = _REFERENCE.fullmatch(reference)
    if found is None:
        return None
    column = 0
    for letter in found[1].upper():
        column = column * 26 + letter - 64
    return int(found[2]) - 1, column - 1


_REFERENCE = re.compile(rb"\$?([A-Za-z]{1,3})\$?([1-9][0-9]{0,6})")
