"""A cheap look into an uploaded file before any parser sees it.

Kept free of Django: it runs in the child process of ``read``, which has to start in a moment.

The scan of the sheets is a fence, not a parser: it refuses what is known to hurt (a cell at XFD1048576
makes the reader allocate the whole rectangle before it, a 1 MB file unpacks to a gigabyte, an entity
reads /etc/passwd) and says so in words. What slips through still meets the child's memory limit.
"""

import posixpath
import re
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.etree import ElementTree


@dataclass(frozen=True)
class ReadLimits:
    """How large a file may be. Sizes in bytes, times in seconds, rows and columns as Excel counts them.

    A good book of 100,000 rows and 20 columns packs to about 12 MB and unpacks to about 110 MB.
    """

    file_bytes: int = 50_000_000
    unpacked_bytes: int = 300_000_000
    ratio: int = 200
    ratio_from_bytes: int = 20_000_000
    members: int = 500
    rows: int = 200_000
    columns: int = 200
    memory_bytes: int = 1_000_000_000
    cpu_seconds: int = 120
    wall_seconds: int = 150


class Refused(Exception):
    """The file must not be read. ``code`` is a key of ``problems.MESSAGES``, ``params`` fill the sentence."""

    def __init__(self, code: str, **params: Any) -> None:
        super().__init__(code)
        self.code = code
        self.params = params


@dataclass
class SheetScan:
    """What the reader does not tell about one sheet: rows a filter hides, cells that hold no value."""

    hidden_rows: int = 0
    formulas_without_value: int = 0
    error_cells: int = 0
    has_formulas: bool = False


@dataclass
class Scan:
    """The result of a look that found nothing to refuse."""

    sheets: dict[str, SheetScan] = field(default_factory=dict)
    has_macros: bool = False


ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_BINARY_STARTS = (b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b", b"{\\rtf")
_MARKUP_START = re.compile(rb"\s*<(?:!doctype|html|table|head|body|meta|style|\?xml|\w+:?workbook)", re.IGNORECASE)


def kind_of(path: Path, *, limits: ReadLimits) -> str:
    """``xlsx``, ``xls`` or ``text`` by content; the name is not trusted. Raises ``Refused``."""
    size = path.stat().st_size
    if size == 0:
        raise Refused("file_empty")
    if size > limits.file_bytes:
        raise Refused("file_too_large", megabytes=limits.file_bytes // 1_000_000)
    with path.open("rb") as file:
        head = file.read(4096)
        if head.startswith(ZIP):
            return "xlsx"
        if head.startswith(OLE):
            # Office stores an encrypted .xlsx as an OLE box with this one stream; names there are UTF-16.
            if _contains(file, "EncryptedPackage".encode("utf-16-le")):
                raise Refused("password_protected")
            return "xls"
    if head.startswith(_BINARY_STARTS):
        raise Refused("format_unsupported")
    if _MARKUP_START.match(head.removeprefix(b"\xef\xbb\xbf")):
        raise Refused("html_not_excel")
    if b"\0" in head and not head.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise Refused("format_unsupported")
    return "text"


def _contains(file: Any, needle: bytes) -> bool:
    file.seek(0)
    tail = b""
    while chunk := file.read(1 << 20):
        if needle in tail + chunk:
            return True
        tail = chunk[-len(needle) :]
    return False


def scan_xlsx(path: Path, *, limits: ReadLimits) -> Scan:
    """Look through every part of the container once, in small pieces. Raises ``Refused``."""
    try:
        with zipfile.ZipFile(path) as box:
            return _scan_box(box, packed=path.stat().st_size, limits=limits)
    except (
        zipfile.BadZipFile,
        zipfile.LargeZipFile,
        EOFError,
        OSError,
        NotImplementedError,
        ElementTree.ParseError,
    ) as bad:
        raise Refused("file_damaged") from bad
    except RuntimeError as bad:  # how zipfile says that a member is encrypted
        raise Refused("password_protected") from bad
    except ValueError as bad:
        raise Refused("file_damaged") from bad


def _scan_box(box: zipfile.ZipFile, *, packed: int, limits: ReadLimits) -> Scan:
    members = box.infolist()
    names = [member.filename for member in members]
    if len(members) > limits.members or len(set(names)) != len(names):
        raise Refused("container_odd", members=len(members))
    if any(member.flag_bits & 1 for member in members):
        raise Refused("password_protected")
    lowered = {name.lower(): name for name in names}
    if "xl/workbook.bin" in lowered or "content.xml" in lowered:
        raise Refused("format_unsupported")
    if "xl/workbook.xml" not in lowered:
        raise Refused("not_a_workbook")
    # The directory states the sizes; it may lie downwards, so the pieces are counted again while unpacking.
    _refuse_bomb(sum(member.file_size for member in members), packed, limits)

    unpacked = 0
    sheets: dict[str, SheetScan] = {}
    fence = _fence(limits)
    for member in members:
        name = member.filename.lower()
        if not name.endswith((".xml", ".rels", ".vml")):
            continue
        is_sheet = name.startswith("xl/worksheets/") and name.endswith(".xml")
        found = sheets.setdefault(name, SheetScan()) if is_sheet else SheetScan()
        carry = b""
        before_root = True
        with box.open(member) as part:
            while chunk := part.read(1 << 18):
                if before_root:
                    before_root = _look_before_root(carry + chunk, first=not carry)
                unpacked += len(chunk)
                _refuse_bomb(unpacked, packed, limits)
                text = carry + chunk
                # Cut at the start of a row, so that no tag is seen in halves and no row is counted twice.
                cut = text.rfind(b"<row") if is_sheet else -1
                if cut <= 0:
                    cut = max(text.rfind(b"<"), 0) if len(text) < (1 << 21) else len(text)
                _look(text[:cut], found, fence, limits)
                carry = text[cut:]
        _look(carry, found, fence, limits)
    return Scan(sheets=_by_sheet_name(box, lowered, sheets), has_macros="xl/vbaproject.bin" in lowered)


def _refuse_bomb(unpacked: int, packed: int, limits: ReadLimits) -> None:
    if unpacked > limits.unpacked_bytes or (
        unpacked > limits.ratio_from_bytes and unpacked > limits.ratio * max(packed, 1)
    ):
        raise Refused("too_large_unpacked", megabytes=limits.unpacked_bytes // 1_000_000)


def _look_before_root(text: bytes, *, first: bool) -> bool:
    """Refuse a document type; answer whether the root element is still to come.

    A document type may only stand before the root, so the bulk of a sheet need not be searched for it.
    A comment can hide where the root begins: then the search simply goes on.
    """
    if first and text[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise Refused("file_damaged")  # no office program writes UTF-16 parts; they would blind this scan
    if b"<!DOCTYPE" in text or b"<!ENTITY" in text:
        raise Refused("xml_entities")
    root = _ROOT.search(text)
    return root is None or b"<!--" in text[: root.start()]


_ROOT = re.compile(rb"<[A-Za-z]")


def _look(text: bytes, found: SheetScan, fence: re.Pattern[bytes], limits: ReadLimits) -> None:
    for hit in fence.finditer(text):
        if _holds_a_value(text, hit.end()):
            raise Refused("sheet_too_wide_or_long", rows=limits.rows, columns=limits.columns)
    at = text.find(b' hidden="')
    while at != -1:
        if text[at + 9 : at + 10] in (b"1", b"t") and _in_row_tag(text, at):
            found.hidden_rows += 1
        at = text.find(b' hidden="', at + 1)
    found.error_cells += text.count(b' t="e"')
    # One needle tells whether there are formulas at all; a shared one is written out once before it is referred to.
    found.has_formulas = found.has_formulas or b"</f>" in text
    if found.has_formulas:
        found.formulas_without_value += len(_FORMULA_WITHOUT_VALUE.findall(text))


_FORMULA_WITHOUT_VALUE = re.compile(rb"(?:</f>|<f\b[^>]*/>)(?:<v></v>|<v\s*/>)?</c>")


def _holds_a_value(text: bytes, end: int) -> bool:
    """Formatting of a far empty cell or row is harmless (whole columns are coloured every day); a value is not."""
    close = text.find(b">", end)
    if close == -1:
        return True
    if _in_row_tag(text, end):
        return False
    return text[close - 1 : close] != b"/" and not text.startswith(b"</", close + 1)


def _in_row_tag(text: bytes, at: int) -> bool:
    """Is this attribute inside ``<row …>``? Some writers put a namespace prefix before it."""
    start = text.rfind(b"<", 0, at) + 1
    return text[start : start + 12].partition(b" ")[0].rpartition(b":")[2] == b"row"


def _fence(limits: ReadLimits) -> re.Pattern[bytes]:
    """A pattern for cell references beyond the limits, so that the good ones cost one comparison each.

    Three or more letters are beyond column ZZ (702); two letters are compared with the limit's name.
    """
    letters = column_letters(min(limits.columns, 702) - 1)
    too_wide = ""
    if len(letters) == 2:
        first, second = letters[0], letters[1]
        if first < "Z":
            too_wide += f"|[{chr(ord(first) + 1)}-Z][A-Z][0-9]"
        if second < "Z":
            too_wide += f"|{first}[{chr(ord(second) + 1)}-Z][0-9]"
    # Looking ahead for the number of figures first lets the usual short reference fail at once.
    too_long = f"(?=[0-9]{{{len(str(limits.rows))}}})(?:{_greater_than(limits.rows)})"
    pattern = rf' r=["\'](?:[A-Z](?:{too_long}|[A-Z](?:[A-Z]|{too_long})){too_wide})'
    return re.compile(pattern.encode())


def _greater_than(limit: int) -> str:
    """A pattern for whole numbers above ``limit`` (no leading zeros)."""
    digits = str(limit)
    cases = [rf"[0-9]{{{len(digits) + 1},}}"]
    for place, digit in enumerate(digits):
        if digit < "9":
            cases.append(rf"{digits[:place]}[{int(digit) + 1}-9][0-9]{{{len(digits) - place - 1}}}")
    return "|".join(cases)


def column_letters(index: int) -> str:
    """0 → A, 25 → Z, 26 → AA."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def _by_sheet_name(box: zipfile.ZipFile, lowered: dict[str, str], sheets: dict[str, SheetScan]) -> dict[str, SheetScan]:
    """Findings by the name on the tab; the container only knows part names."""
    rels_name = lowered.get("xl/_rels/workbook.xml.rels")
    if rels_name is None:
        return {}
    # Both parts were looked through above and hold no DOCTYPE, so there is no entity to expand.
    rels = ElementTree.fromstring(box.read(rels_name))  # noqa: S314
    book = ElementTree.fromstring(box.read(lowered["xl/workbook.xml"]))  # noqa: S314
    targets = {rel.get("Id"): rel.get("Target", "") for rel in rels}
    named: dict[str, SheetScan] = {}
    for sheet in book.iter():
        if not sheet.tag.endswith("}sheet"):
            continue
        rid = next((value for key, value in sheet.attrib.items() if key.endswith("}id")), None)
        target = targets.get(rid, "")
        part = target.lstrip("/") if target.startswith("/") else posixpath.normpath(posixpath.join("xl", target))
        if part.lower() in sheets:
            named[sheet.get("name", "")] = sheets[part.lower()]
    return named
