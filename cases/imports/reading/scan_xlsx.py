"""A cheap look into the container of an .xlsx before the reader sees it.

A fence, not a parser: it refuses what is known to hurt (a 1 MB file that unpacks to a gigabyte, an entity that reads
/etc/passwd, a cell at XFD1048576) and says so in words. What slips through still meets the child's memory limit.
Nothing is ever unpacked to disk, so the names in the container lead nowhere; odd ones are refused all the same.
"""

import lzma
import posixpath
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from cases.imports.reading.prescan import MEGABYTE, ReadLimits, Refused, Scan, SheetScan
from cases.imports.reading.scan_sheet import SheetLook

_CHUNK = 1 << 18
_LARGEST_INDEX = 5 * MEGABYTE  # workbook.xml and its relations: a thousand sheets need less
_XML_NAMES = (".xml", ".rels", ".vml")
_DAMAGED = (
    *(zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, lzma.LZMAError, ElementTree.ParseError),
    *(EOFError, OSError, ValueError, struct.error),
)
_DRIVE = re.compile(r"[A-Za-z]:")


def scan_xlsx(path: Path, *, limits: ReadLimits) -> Scan:
    """Look through every part of the container once, in small pieces. Raises ``Refused``."""
    try:
        with zipfile.ZipFile(path) as box:
            return _scan_box(box, packed=path.stat().st_size, limits=limits)
    except RuntimeError as bad:  # how zipfile says that a member is encrypted; NotImplementedError is one too
        raise Refused("file_damaged" if isinstance(bad, NotImplementedError) else "password_protected") from bad
    except _DAMAGED as bad:
        raise Refused("file_damaged") from bad


def _scan_box(box: zipfile.ZipFile, *, packed: int, limits: ReadLimits) -> Scan:
    members = {_plain(member): member for member in box.infolist()}
    _refuse_odd(box.infolist(), members, limits)
    if "xl/workbook.bin" in members or "content.xml" in members:
        raise Refused("format_unsupported")
    if "xl/workbook.xml" not in members:
        raise Refused("not_a_workbook")
    # The directory states the sizes; it may lie downwards, so the pieces are counted again while unpacking.
    _refuse_bomb(sum(member.file_size for member in box.infolist()), packed, limits)
    index = _index_of(box, members)
    if len(index.tabs) > limits.sheets:
        raise Refused("sheets_too_many", sheets=len(index.tabs), limit=limits.sheets)

    unpacked = 0
    sheets: dict[str, SheetScan] = {}
    for name, member in members.items():
        is_sheet = name in index.sheets or name.startswith("xl/worksheets/sheet")
        if not (is_sheet or name in index.parts or name.endswith(_XML_NAMES)):
            continue
        look = SheetLook(limits) if is_sheet else None
        carry = b""
        before_root = True
        with box.open(member) as part:
            while chunk := part.read(_CHUNK):
                if before_root:
                    before_root = _look_before_root(carry + chunk, first=not carry)
                    carry_root = (carry + chunk)[-16:]
                unpacked += len(chunk)
                _refuse_bomb(unpacked, packed, limits)
                if look is not None:
                    look.feed(chunk)
                carry = carry_root if before_root else b""
        if look is not None:
            sheets[name] = look.close()
    by_tab = {tab: sheets[part] for tab, part in index.tabs.items() if part in sheets}
    return Scan(sheets=by_tab, has_macros="xl/vbaproject.bin" in members, unpacked=unpacked)


def _plain(member: zipfile.ZipInfo) -> str:
    """Some writers put backslashes between the folders; the reader takes either, in any case of letters."""
    return member.filename.replace("\\", "/").lower()


def _refuse_odd(all_members: list[zipfile.ZipInfo], members: Mapping[str, zipfile.ZipInfo], limits: ReadLimits) -> None:
    if len(all_members) > limits.members or len(members) != len(all_members):
        raise Refused("container_odd", members=len(all_members))
    for member in all_members:
        name = member.orig_filename.replace("\\", "/")
        if (
            name.startswith("/")
            or "\0" in name
            or ".." in name.split("/")
            or _DRIVE.match(name)
            or stat.S_ISLNK(member.external_attr >> 16)
        ):
            raise Refused("container_odd", members=len(all_members))
        if member.flag_bits & 1:
            raise Refused("container_encrypted")


def _refuse_bomb(unpacked: int, packed: int, limits: ReadLimits) -> None:
    if unpacked > limits.unpacked_bytes or (
        unpacked > limits.ratio_from_bytes and unpacked > limits.ratio * max(packed, 1)
    ):
        raise Refused("too_large_unpacked", megabytes=limits.unpacked_bytes // MEGABYTE)


def _look_before_root(text: bytes, *, first: bool) -> bool:
    """Refuse a document type; answer whether the root element is still to come.

    A document type may only stand before the root, so the bulk of a sheet need not be searched for it.
    A comment can hide where the root begins: then the search simply goes on.
    """
    if first and (text[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\0" in text[:8]):
        raise Refused("file_damaged")  # no office program writes UTF-16 or UTF-32 parts; they would blind this scan
    if b"<!DOCTYPE" in text or b"<!ENTITY" in text:
        raise Refused("xml_entities")
    root = _ROOT.search(text)
    return root is None or b"<!--" in text[: root.start()]


_ROOT = re.compile(rb"<[A-Za-z]")


@dataclass(frozen=True)
class _Index:
    """What the workbook says of its parts: name on the tab → part, the parts that are sheets, all parts."""

    tabs: Mapping[str, str]
    sheets: frozenset[str]
    parts: frozenset[str]


def _index_of(box: zipfile.ZipFile, members: Mapping[str, zipfile.ZipInfo]) -> _Index:
    book = _parsed(box, members["xl/workbook.xml"])
    rels = members.get("xl/_rels/workbook.xml.rels")
    targets: dict[str, str] = {}
    sheets = set()
    for rel in _parsed(box, rels) if rels is not None else ():
        if rel.get("TargetMode") == "External":
            continue
        target = rel.get("Target", "").replace("\\", "/")
        part = target.lstrip("/") if target.startswith("/") else posixpath.normpath(posixpath.join("xl", target))
        targets[rel.get("Id", "")] = part.lower()
        if rel.get("Type", "").endswith("/worksheet"):
            sheets.add(part.lower())
    tabs = {}
    for sheet in book.iter():
        if not sheet.tag.endswith("}sheet"):
            continue
        rid = next((value for key, value in sheet.attrib.items() if key.endswith("}id")), "")
        tabs[sheet.get("name", "")] = targets.get(rid, "")
    return _Index(tabs, frozenset(sheets), frozenset(targets.values()))


def _parsed(box: zipfile.ZipFile, member: zipfile.ZipInfo) -> ElementTree.Element:
    with box.open(member) as part:
        text = part.read(_LARGEST_INDEX + 1)
    if len(text) > _LARGEST_INDEX:
        raise Refused("too_large_unpacked", megabytes=_LARGEST_INDEX // MEGABYTE)
    if b"<!DOCTYPE" in text or b"<!ENTITY" in text:
        raise Refused("xml_entities")
    _look_before_root(text, first=True)
    return ElementTree.fromstring(text)  # noqa: S314  looked through just now: there is no entity to expand
