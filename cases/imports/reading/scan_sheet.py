"""The look through the XML of one sheet: cells too far away, what is hidden, merged, or was never computed.

Regular expressions over pieces of text: the reader parses the same text a moment later, and a second parser would
double the time of every upload.
"""

import re

from cases.imports.reading.prescan import (
    MEGABYTE,
    NOT_COMPUTED,
    ReadLimits,
    Refused,
    SheetScan,
    column_letters,
    place_of,
)

_KEPT_TROUBLES = 100_000
_FAR = 100_000
_LEAST_ROW = 12  # bytes of XML: a sheet with fewer for each row up to its last one is mostly nothing


class SheetLook:
    """Takes the text of a sheet piece by piece (``feed``), then says what was seen (``close``). Raises ``Refused``."""

    def __init__(self, limits: ReadLimits) -> None:
        self.found = SheetScan()
        self._limits = limits
        self._fence = _fence(limits)
        self._carry = b""
        self._bytes = 0

    def feed(self, chunk: bytes) -> None:
        self._bytes += len(chunk)
        text = self._carry + chunk
        # Cut at the start of a row, so that no tag is seen in halves and no row is counted twice.
        cut = text.rfind(b"<row")
        outside = cut <= 0
        if outside:
            cut = max(text.rfind(b"<"), 0) if len(text) < 2 * MEGABYTE else len(text)
        self._look(text[:cut], outside=outside)
        self._carry = text[cut:]

    def close(self) -> SheetScan:
        self._look(self._carry, outside=True)
        return self.found

    def _look(self, text: bytes, *, outside: bool) -> None:
        limits, found = self._limits, self.found
        for hit in self._fence.finditer(text):
            if _holds_a_value(text, hit.end()):
                raise Refused("sheet_too_wide_or_long", rows=limits.rows, columns=limits.columns)
        # A needle is looked for only where its rarest letter occurs: most chunks of a plain sheet hold none of them,
        # and one byte is found twenty times faster than a word.
        if b"h" in text:
            self._look_for_hidden(text)
        if b"e" in text and b' t="e"' in text:
            self._look_for_errors(text)
        # One needle tells whether there are formulas at all; a shared one is written out once before it is referred to.
        found.has_formulas = found.has_formulas or (b"f" in text and b"</f>" in text)
        if found.has_formulas:
            self._look_for_formulas(text)
        if outside:  # merged cells are listed after the last row, and that piece holds no other row
            self._look_for_merges(text)
            self._refuse_a_lone_far_row(text)

    def _look_for_hidden(self, text: bytes) -> None:
        at = text.find(b' hidden="')
        while at != -1:
            if text[at + 9 : at + 10] in (b"1", b"t"):
                tag = text[text.rfind(b"<", 0, at) + 1 : at + 64]
                name = tag.partition(b" ")[0].rpartition(b":")[2]
                if name == b"row":
                    self.found.hidden_rows += 1
                elif name == b"col" and (span := _SPAN.search(tag.partition(b">")[0])):
                    # Everything to the right of the data is hidden often; who knows the width counts what matters.
                    self.found.hidden_columns.update(range(int(span[1]) - 1, min(int(span[2]), self._limits.columns)))
            at = text.find(b' hidden="', at + 1)

    def _look_for_errors(self, text: bytes) -> None:
        at = text.find(b' t="e"')
        while at != -1:
            self.found.error_cells += 1
            close = text.find(b">", at)
            place = _PLACE.search(text, text.rfind(b"<", 0, at), close)
            word = _ERROR_WORD.search(text, close, close + _LONGEST_FORMULA)
            self._keep_trouble(place, word[1].decode() if word is not None else "#VALUE!")
            at = text.find(b' t="e"', at + 1)

    def _look_for_formulas(self, text: bytes) -> None:
        for hit in _FORMULA_WITHOUT_VALUE.finditer(text):
            at = text.rfind(b' r="', max(hit.start() - _LONGEST_FORMULA, 0), hit.start())
            place = _PLACE.match(text, at) if at != -1 else None
            # The place found belongs to an earlier cell when this one does not say where it is.
            if place is not None and _OTHER_CELL.search(text, at, hit.start()) is not None:
                place = None
            # Computed, and the result is an empty text: =IF(A1="","",…)
            if place is not None and b"<v" in hit[0] and b' t="str"' in text[at : text.find(b">", at)]:
                continue
            self.found.formulas_without_value += 1
            self._keep_trouble(place, NOT_COMPUTED)

    def _keep_trouble(self, place: re.Match[bytes] | None, word: str) -> None:
        """A cell that does not say where it is was counted, and is read as blank."""
        if place is not None and len(self.found.troubles) < _KEPT_TROUBLES:
            cell = place_of(place[1])
            if cell is not None:
                self.found.troubles[cell] = word

    def _look_for_merges(self, text: bytes) -> None:
        for found in _MERGE.finditer(text):
            start, end = place_of(found[1]), place_of(found[2])
            if start is not None and end is not None and start[1] == end[1] and start[0] < end[0]:
                self.found.merges.append((start[0], end[0], start[1]))

    def _refuse_a_lone_far_row(self, text: bytes) -> None:
        """One stray cell at the very bottom makes the reader hold a million empty rows."""
        row = _ROW_NUMBER.match(text)
        if row is None or int(row[1]) < _FAR or self._bytes > _LEAST_ROW * int(row[1]):
            return
        if b"<v>" in text or b"<is>" in text or b"</v>" in text:
            raise Refused("far_cell", row=int(row[1]))


_FORMULA_WITHOUT_VALUE = re.compile(rb"(?:</f>|<f\b[^>]*/>)(?:<v></v>|<v\s*/>)?</c>")
_SPAN = re.compile(rb' min="([0-9]{1,5})".*? max="([0-9]{1,5})"')
_ERROR_WORD = re.compile(rb"<v>(#[A-Z0-9/!?_]{2,20})</v>")
_LONGEST_FORMULA = 10_000  # Excel allows 8,192 characters
_PLACE = re.compile(rb'.*? r="([A-Z]{1,3}[0-9]{1,7})"')
_OTHER_CELL = re.compile(rb"</(?:\w+:)?c>|<(?:\w+:)?c[ >]")
_MERGE = re.compile(rb'mergeCell ref="([A-Z]{1,3}[0-9]{1,7}):([A-Z]{1,3}[0-9]{1,7})"')
_ROW_NUMBER = re.compile(rb'<row\b[^>]*? r="([0-9]{1,9})"')


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
    # Looking ahead lets the usual short reference (one letter, fewer figures than the limit) fail at once.
    figures = len(str(limits.rows))
    short = f'(?!"[A-Z][0-9]{{1,{figures - 1}}}")' if figures > 1 else ""
    too_long = f"(?=[0-9]{{{figures}}})(?:{_greater_than(limits.rows)})"
    pattern = rf' r={short}["\'](?:[A-Z](?:{too_long}|[A-Z](?:[A-Z]|{too_long})){too_wide})'
    return re.compile(pattern.encode())


def _greater_than(limit: int) -> str:
    """A pattern for whole numbers above ``limit`` (no leading zeros)."""
    digits = str(limit)
    cases = [rf"[0-9]{{{len(digits) + 1},}}"]
    for place, digit in enumerate(digits):
        if digit < "9":
            cases.append(rf"{digits[:place]}[{int(digit) + 1}-9][0-9]{{{len(digits) - place - 1}}}")
    return "|".join(cases)
