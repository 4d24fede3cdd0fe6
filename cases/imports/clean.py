"""One cell in, one value out, or the reason why not. A small function a kind of value; no cell knows its row.

Rules of the house: what can be read in one way only is read; what could be meant in two ways is reported, never
guessed; a number that has lost figures (1.10E+17) is reported, never repaired. An empty cell is None and no finding.

The door to this room: one cleaner for a whole column. How a cell is read is in ``clean_words``, ``clean_persons`` and
``clean_figures``; what they share is in ``cells``.
"""

from collections.abc import Callable, Iterable
from decimal import Decimal
from functools import partial
from typing import Any

from cases.imports.cells import NOTHING, Cleaned, Finding
from cases.imports.clean_figures import clean_date, clean_days, clean_money
from cases.imports.clean_persons import clean_id_no, clean_phone, id_key
from cases.imports.clean_words import clean_contract, clean_name, clean_stage, clean_text
from cases.imports.fields import Field, Kind

__all__ = [
    "NOTHING",
    "Cleaned",
    "Cleaner",
    "Finding",
    "clean_column",
    "clean_contract",
    "clean_date",
    "clean_days",
    "clean_id_no",
    "clean_money",
    "clean_name",
    "clean_phone",
    "clean_stage",
    "clean_text",
    "cleaner_for",
    "id_key",
]

Cleaner = Callable[[Any], Cleaned]

_CLEANERS: dict[Kind, Callable[..., Cleaned]] = {
    "text": clean_text,
    "relation": clean_text,
    "name": clean_name,
    "contract": clean_contract,
    "stage": clean_stage,
    "id_no": clean_id_no,
    "phone": clean_phone,
    "money": clean_money,
    "date": clean_date,
    "days": clean_days,
}
_WITH_LENGTH = ("text", "relation", "name", "contract", "stage", "id_no")


def cleaner_for(field: Field, *, unit: Decimal = Decimal(1)) -> Cleaner:
    """The function for the cells of this field's column; ``unit`` only matters to amounts."""
    cleaner = _CLEANERS[field.kind]
    if field.kind in _WITH_LENGTH:
        return partial(cleaner, max_length=field.max_length)
    return partial(cleaner, unit=unit) if field.kind == "money" else cleaner


def clean_column(cells: Iterable[Any], cleaner: Cleaner) -> list[Cleaned]:
    """Clean all cells of a column. Equal cells are cleaned once: products, dates and zeros repeat by the thousand."""
    keys = list(cells)
    if bool in set(map(type, keys)):  # True and False are equal to 1 and 0, and not to be taken for them
        keys = [(cell,) if isinstance(cell, bool) else cell for cell in keys]
    results = {key: cleaner(key[0] if key.__class__ is tuple else key) for key in dict.fromkeys(keys) if key != ""}
    results[""] = NOTHING
    return list(map(results.__getitem__, keys))
