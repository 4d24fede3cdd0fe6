"""One cell in, one value out, or the reason why not. A small function a kind of value; no cell knows its row.

Rules of the house: what can be read in one way only is read; what could be meant in two ways is reported, never
guessed; a number that has lost figures (1.10E+17) is reported, never repaired. An empty cell is None and no finding.

The door to this room: one cleaner for a whole column. How a cell is read is in ``clean_words``, ``clean_persons`` and
``clean_figures``, what many plain ones have in common in ``clean_plain``; what they share is in ``cells``.
"""

from collections.abc import Callable, Iterable
from decimal import Decimal
from functools import partial
from typing import Any, NamedTuple

from cases.imports.cleaning.cells import NOTHING, Cleaned, Finding
from cases.imports.cleaning.clean_figures import clean_date, clean_days, clean_money
from cases.imports.cleaning.clean_persons import clean_id_no, clean_phone, id_key
from cases.imports.cleaning.clean_plain import CELLS_AT_ONCE, Plain, plain_for
from cases.imports.cleaning.clean_words import (
    clean_contract,
    clean_contracts,
    clean_name,
    clean_prose,
    clean_stage,
    clean_text,
)
from cases.imports.words.fields import Field, Kind

__all__ = [
    "NOTHING",
    "Cleaned",
    "CleanedColumn",
    "Cleaner",
    "Finding",
    "clean_column",
    "clean_contract",
    "clean_contracts",
    "clean_date",
    "clean_days",
    "clean_id_no",
    "clean_money",
    "clean_name",
    "clean_phone",
    "clean_prose",
    "clean_stage",
    "clean_text",
    "cleaner_for",
    "id_key",
    "plain_for",
]

Cleaner = Callable[[Any], Cleaned]

_CLEANERS: dict[Kind, Callable[..., Cleaned]] = {
    "text": clean_text,
    "prose": clean_prose,
    "relation": clean_text,
    "name": clean_name,
    "contract": clean_contract,
    "contracts": clean_contracts,
    "stage": clean_stage,
    "id_no": clean_id_no,
    "phone": clean_phone,
    "money": clean_money,
    "date": clean_date,
    "days": clean_days,
}
_WITH_LENGTH = ("text", "prose", "relation", "name", "contract", "contracts", "stage", "id_no")


def cleaner_for(field: Field, *, unit: Decimal = Decimal(1)) -> Cleaner:
    """The function for the cells of this field's column; ``unit`` only matters to amounts."""
    cleaner = _CLEANERS[field.kind]
    if field.kind in _WITH_LENGTH:
        return partial(cleaner, max_length=field.max_length)
    return partial(cleaner, unit=unit) if field.kind == "money" else cleaner


class CleanedColumn(NamedTuple):
    """The values of a column, top to bottom, and by their place the cells about which there is something to say."""

    values: list[Any]
    findings: dict[int, tuple[Finding, ...]]


def clean_column(cells: Iterable[Any], cleaner: Cleaner, plain: Plain | None = None) -> CleanedColumn:
    """Clean all cells of a column. Equal cells are cleaned once: products, dates and zeros repeat by the thousand. Where
    few do, ``plain`` (see ``clean_plain``) may read many at once."""
    keys = list(cells)
    if bool in set(map(type, keys)):  # True and False are equal to 1 and 0, and not to be taken for them
        keys = [(cell,) if isinstance(cell, bool) else cell for cell in keys]
    different = dict.fromkeys(keys)
    if plain is None or 2 * len(different) < len(keys):
        return _each(keys, different, cleaner)
    values: list[Any] = []
    findings: dict[int, tuple[Finding, ...]] = {}
    for start in range(0, len(keys), CELLS_AT_ONCE):
        some = keys[start : start + CELLS_AT_ONCE]
        read = plain(some)
        if read is None:
            read, found = _each(some, dict.fromkeys(some), cleaner)
            findings.update((start + place, what) for place, what in found.items())
        values += read
    return CleanedColumn(values, findings)


def _each(keys: list[Any], different: Iterable[Any], cleaner: Cleaner) -> CleanedColumn:
    results = {key: cleaner(key[0] if key.__class__ is tuple else key) for key in different if key != ""}
    results[""] = NOTHING
    odd = {key for key, result in results.items() if result.findings}
    findings = {place: results[key].findings for place, key in enumerate(keys) if key in odd} if odd else {}
    only = {key: result.value for key, result in results.items()}
    return CleanedColumn(list(map(only.__getitem__, keys)), findings)
