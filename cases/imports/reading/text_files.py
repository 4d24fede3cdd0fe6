"""Text files: which encoding, which delimiter, and their rows. No Django: the child process imports it.

Encodings are decided by evidence, never by the first one that happens to decode: nearly any bytes are something in
GB18030, and a wrong guess would put wrong names into the book without a word.
"""

import codecs
import csv
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TextIO

from cases.imports.reading.prescan import MEGABYTE, ReadLimits, Refused

DELIMITERS = ",\t;|"
_SAMPLE = MEGABYTE
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_MOST_LINES_IN_A_ROW = 100
# Words above the columns of such files, as each encoding can write them.
_WORDS = {
    "gb18030": (
        "合同 客户 姓名 逾期 金额 日期 编号 手机 电话 证件 身份证 本金 利息 余额 产品 还款 借款 贷款 地址 单位 账号 备注"
    ),
    "big5": (
        "合同 合約 契約 客戶 姓名 逾期 金額 日期 編號 手機 電話 證件 身分證 身份證 本金 利息 餘額 產品 還款 借款 貸款 地址 "
        "單位 帳號 備註"
    ),
}
# Windows writes Big5 as code page 950; Hong Kong adds characters of names and places to it.
_CODECS = {"gb18030": ("gb18030",), "big5": ("cp950", "big5hkscs")}
# The hanzi in daily use come first in both tables: GB 2312 level 1 (lead bytes B0–D7) and Big5 level 1 (A4–C6).
_USUAL = {"gb18030": ("gb2312", 0xB0, 0xD7), "big5": ("big5", 0xA4, 0xC6)}


def encoding_of(path: Path) -> str:
    """The name of the codec. Raises ``Refused("encoding_unknown")`` when the evidence is not enough."""
    with path.open("rb") as file:
        head = file.read(_SAMPLE)
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            return _checked(path, encoding)
    if (wide := _wide_without_mark(head)) is not None:
        return _checked(path, wide)
    if b"\0" in head[:4096]:
        raise Refused("format_unsupported")
    # UTF-8 first: it has a pattern that no other encoding follows by chance.
    for encoding in ("utf-8", *_by_evidence(head)):
        if _decodes(path, encoding):
            return encoding
    raise Refused("encoding_unknown")


def _checked(path: Path, encoding: str) -> str:
    if not _decodes(path, encoding):
        raise Refused("encoding_unknown")
    return encoding


def _decodes(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    with path.open("rb") as file:
        try:
            while chunk := file.read(MEGABYTE):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return True


def _wide_without_mark(head: bytes) -> str | None:
    """UTF-16 gives every figure and comma a zero byte, always on the same side."""
    head = head[: len(head) // 2 * 2]
    even, odd = head[0::2].count(0), head[1::2].count(0)
    least = max(len(head) // 20, 1)
    if odd > least and even * 20 < odd:
        return "utf-16-le"
    if even > least and odd * 20 < even:
        return "utf-16-be"
    return None


def _by_evidence(head: bytes) -> list[str]:
    """GB18030 or Big5, when one of them is clearly meant; else nothing.

    First by the words that stand above such columns; then by how many characters are usual ones: text read in the
    wrong one of the two is made of rare characters.
    """
    texts: dict[str, str] = {}
    for encoding, codecs_of_it in _CODECS.items():
        for codec in codecs_of_it:
            try:
                texts.setdefault(encoding, codecs.getincrementaldecoder(codec)().decode(head))
            except UnicodeDecodeError:
                continue
    if not texts:
        return []
    words = {encoding: sum(text.count(word) for word in _WORDS[encoding].split()) for encoding, text in texts.items()}
    best = max(words, key=lambda encoding: words[encoding])
    if words[best] and all(words[best] >= 4 * words[other] for other in words if other != best):
        return list(_CODECS[best])
    shares = {encoding: _usual_share(text, encoding) for encoding, text in texts.items()}
    best = max(shares, key=lambda encoding: shares[encoding])
    least = 0.7 if len(shares) > 1 else 0.5  # UTF-8 or Japanese taken for one of them reaches less than a third
    if shares[best] >= least and all(shares[best] - shares[other] >= 0.2 for other in shares if other != best):
        return list(_CODECS[best])
    return []


def _usual_share(text: str, encoding: str) -> float:
    """The share of usual hanzi among all characters beyond ASCII; punctuation and full-width forms do not count."""
    table, first, last = _USUAL[encoding]
    usual = others = 0
    for character in text[:20_000]:
        if character < "\u0080" or "\u2000" <= character <= "\u303f" or "\uff00" <= character <= "\uffef":
            continue
        try:
            lead = character.encode(table)[0]
        except UnicodeEncodeError:
            lead = 0
        if first <= lead <= last:
            usual += 1
        else:
            others += 1
    return usual / (usual + others) if usual + others else 0.0


def delimiter_of(text: str) -> str:
    """The delimiter that cuts the first lines into the most cells; a comma when nothing cuts."""
    if text[:4].lower() == "sep=" and text[4:5] in DELIMITERS:
        return text[4]
    lines = [line for line in text[:20_000].splitlines()[:30] if line.strip()]
    best, most = ",", 0
    for delimiter in DELIMITERS:
        # Amounts such as 12,345.67 hold commas too: what counts is how many lines are cut, then into how many cells.
        cut = sum(1 for line in lines if delimiter in line)
        cells = min((line.count(delimiter) for line in lines if delimiter in line), default=0)
        if cut * (cells + 1) > most:
            best, most = delimiter, cut * (cells + 1)
    return best


def rows_of(file: TextIO, delimiter: str, *, limits: ReadLimits) -> Iterator[list[str]]:
    """The rows, each as wide as it is. Raises ``Refused`` for a quotation mark without its other half: it would swallow
    the rows below it, up to the next mark or the end of the file."""
    lines = _Lines(file)
    reader = csv.reader(lines, delimiter=delimiter)
    before = number = widest = 0
    try:
        for number, row in enumerate(reader, start=1):
            if number > limits.rows or len(row) > limits.columns:
                raise Refused("sheet_too_wide_or_long", rows=limits.rows, columns=limits.columns)
            widest = max(widest, len(row))
            several = reader.line_num - before
            # The reader asks for a further line only within a quotation: at the end of the file it was never closed.
            swallowed = several > _MOST_LINES_IN_A_ROW or (several > 1 and _holds_rows(row, delimiter, widest))
            if lines.ended or swallowed:
                raise Refused("quote_open", row=number)
            before = reader.line_num
            yield row
    except csv.Error as bad:  # a cell of more than 131,072 characters
        raise Refused("quote_open", row=number + 1) from bad


def _holds_rows(row: list[str], delimiter: str, widest: int) -> bool:
    """Does a cell of several lines hold what are plainly rows of the table?"""
    many = max(3, widest // 2)
    return any(line.count(delimiter) >= many for cell in row if "\n" in cell for line in cell.splitlines())


class _Lines:
    """The lines of a file, and whether somebody asked for more than there are."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = iter(lines)
        self.ended = False

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        try:
            return next(self._lines)
        except StopIteration:
            self.ended = True
            raise
