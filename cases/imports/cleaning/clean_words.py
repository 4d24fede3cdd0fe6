"""Names, prose, contract numbers, stages: cells that are read as they are written."""

import re
from typing import Any

from cases.imports.cleaning.cells import (
    ENDS_IN_POINT_ZERO,
    LARGEST_EXACT_FLOAT,
    NOTHING,
    PLACEHOLDERS,
    SCIENTIFIC,
    Cleaned,
    Finding,
    bad,
    formula_trouble,
    is_number,
    odd,
    text_of,
)
from cases.imports.cleaning.characters import folded, tidied


def clean_text(cell: Any, *, max_length: int = 200) -> Cleaned:
    """Prose: product, address, employer, remark. Too long is cut, and said."""
    text = tidied(text_of(cell))
    if not text or text.casefold() in PLACEHOLDERS:
        return NOTHING
    if trouble := formula_trouble(text):
        return odd(None, trouble)
    if len(text) > max_length:
        return odd(text[:max_length], "text_cut", limit=max_length)
    return Cleaned(text)


_LINE_BREAKS = re.compile(r"\r\n?|[\x0b\x0c\x85\u2028\u2029]|_x000[dD]_\n?")
_MANY_BREAKS = re.compile(r"\n{3,}")


def clean_prose(cell: Any, *, max_length: int = 20_000) -> Cleaned:
    """What somebody told, in paragraphs: line breaks stay. Too long is not cut: half a story is another story."""
    text = _LINE_BREAKS.sub("\n", text_of(cell))
    text = _MANY_BREAKS.sub("\n\n", "\n".join(map(tidied, text.split("\n")))).strip()
    if not text or text.casefold() in PLACEHOLDERS:
        return NOTHING
    if trouble := formula_trouble(text):
        return bad(trouble)
    if len(text) > max_length:
        return bad("text_too_long", limit=max_length)
    return Cleaned(text)


_HAN = r"\u2e80-\u2fff\u3005-\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af"
# U+00B7 and those who stand in for it in names of minorities: • ・ ･ ． ‧ ∙ ⋅ · ᛫ and a full stop between characters.
_MIDDLE_DOT = re.compile(r"\s*[\u00b7\u2022\u30fb\uff65\uff0e\u2027\u2219\u22c5\u0387\u16eb]\s*")
_FULL_STOP = re.compile(rf"(?<=[{_HAN}])\.(?=[{_HAN}])")
_SPACE_IN_NAME = re.compile(rf"(?<=[{_HAN}]) (?=[{_HAN}])")
_PLAIN_NAME = re.compile(r"[\u4e00-\u9fff]{1,8}")


def clean_name(cell: Any, *, max_length: int = 120) -> Cleaned:
    """A person or company as written; dots between the parts of a name become one kind, so that search finds it."""
    if not isinstance(cell, str):
        return bad("text_unreadable")
    if _PLAIN_NAME.fullmatch(cell) and cell not in PLACEHOLDERS:
        return Cleaned(cell)
    text = tidied(cell)
    if not text or text.casefold() in PLACEHOLDERS:
        return NOTHING
    if trouble := formula_trouble(text):
        return bad(trouble)
    text = _FULL_STOP.sub("·", _MIDDLE_DOT.sub("·", text))
    text = _SPACE_IN_NAME.sub("", text)
    if len(text) > max_length:
        return bad("text_too_long", limit=max_length)
    return Cleaned(text)


_USUAL_CONTRACT = re.compile(r"[A-Z]{1,8}[0-9]{4,}")
# A line break parts two numbers; a blank or a stroke does when what stands on both sides is a whole number itself.
_SEVERAL = re.compile(r"\S.*[\r\n]+.*\S|[A-Z]{1,8}[0-9]{3,}(?:[ /][A-Z]{1,8}[0-9]{3,})+", re.DOTALL | re.IGNORECASE)
_PLAIN_CONTRACT = re.compile(r"[0-9A-Za-z][0-9A-Za-z\-_/.]*")


def clean_contract(cell: Any, *, max_length: int = 64) -> Cleaned:
    """A contract number, as text. A number cell is taken while Excel still knows all its figures."""
    if isinstance(cell, str) and len(cell) <= max_length and _USUAL_CONTRACT.fullmatch(cell):
        return Cleaned(cell)
    if is_number(cell):
        if isinstance(cell, float) and not cell.is_integer():
            return bad("text_unreadable")
        if abs(cell) >= LARGEST_EXACT_FLOAT:
            return bad("number_lost_digits")
        return Cleaned(str(int(cell)))
    if not isinstance(cell, str):
        return bad("text_unreadable")
    written = folded(text_of(cell))
    text = re.sub(r"\s", "", written).removeprefix("'")
    if not text or text.casefold() in PLACEHOLDERS:
        return NOTHING
    if _SEVERAL.fullmatch(written):
        return bad("contract_no_several")
    if trouble := formula_trouble(text):
        return bad(trouble)
    if SCIENTIFIC.fullmatch(text):
        return bad("scientific_notation")
    if ENDS_IN_POINT_ZERO.fullmatch(text):  # a program wrote the column as numbers; no contract is called so
        return odd(text[:-2], "contract_no_decimal_point")
    if not _PLAIN_CONTRACT.fullmatch(text) and re.search(r"[,、;]", text):
        return bad("contract_no_several")
    if len(text) > max_length:
        return bad("text_too_long", limit=max_length)
    return Cleaned(text)


_BETWEEN_CONTRACTS = re.compile(r"[、,;，；\s]+")
# A stroke may be part of a number: it parts two where what stands on both sides could be one itself.
_STROKE_BETWEEN = re.compile(r"(?<=[0-9]{4})/(?=[A-Z]{0,8}[0-9]{4})", re.IGNORECASE)


def clean_contracts(cell: Any, *, max_length: int = 64) -> Cleaned:
    """All contract numbers of a cell, in their order, each once. A number that cannot be read is said and left out; the row
    goes in, since it is not about the contract alone."""
    if not isinstance(cell, str):
        parts = [cell]
    else:
        written = _STROKE_BETWEEN.sub("、", folded(text_of(cell)))
        parts = [part for part in _BETWEEN_CONTRACTS.split(written) if part]
    numbers: dict[str, None] = {}
    said: dict[str, Finding] = {}
    for part in parts:
        found = clean_contract(part, max_length=max_length)
        said.update((finding.code, finding._replace(severity="warning")) for finding in found.findings)
        if found.value is not None:
            numbers[found.value] = None
    return Cleaned(list(numbers) or None, tuple(said.values()))


_STAGE = re.compile(r"m?([0-7])(\+?)(?:期|阶段)?")


def clean_stage(cell: Any, *, max_length: int = 40) -> Cleaned:
    """M1 … M6, M7+ where that is what is meant; other words as they stand. Only ever compared, never stored."""
    text = folded(text_of(cell))
    if not text or text.casefold() in PLACEHOLDERS:
        return NOTHING
    if trouble := formula_trouble(text):
        return odd(None, trouble)
    found = _STAGE.fullmatch(text.casefold())
    if found is None:
        return Cleaned(text[:max_length])
    return Cleaned("M7+" if found[1] == "7" else f"M{found[1]}{found[2]}")
