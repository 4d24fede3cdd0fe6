"""What the cells of a column say about its meaning.

Evidence for the order in which choices are offered and for whether a question is worth asking. It never answers one.
"""

import datetime as dt
import re
from collections.abc import Sequence
from typing import Any

from cases.imports.cleaning.cells import cell_at
from cases.imports.cleaning.clean import clean_date, clean_days, clean_id_no, clean_money, clean_phone, id_key
from cases.imports.layout.synonyms import Match
from cases.imports.layout.understanding import ColumnGuess
from cases.imports.words.fields import IGNORE, Catalogue
from cases.imports.words.problems import shown

SURELY = 0.8
"""The share of a column's cells that must agree: files have a few bad cells, and they are not the rule."""


def samples_of(cells: Sequence[Any], match: Match, catalogue: Catalogue) -> tuple[str, ...]:
    """Three different values. What is not surely harmless is masked."""
    known = catalogue.fields.get(match.field or "")
    seen: dict[str, None] = {}
    for cell in cells:
        if known is not None:
            seen.setdefault(shown(cell, kind=known.kind, personal=known.personal))
        else:
            seen.setdefault(shown(cell, kind="id_no", personal=True))
        if len(seen) == 3:
            break
    return tuple(seen)


_SENTENCE = 16
"""Characters: what people tell is rarely shorter, what they call things rarely longer."""

_CODE = re.compile(r"(?=.*\d)[0-9A-Za-z\-_/.()]{5,64}")


def fits_of(cells: Sequence[Any]) -> dict[str, float]:
    """For each kind, the share of the cells that could be of it. Evidence for the order of options, no more."""
    filled = [cell for cell in cells if cell != ""]
    if not filled:
        return {}
    texts = [str(cell).strip() for cell in filled]
    hits = {
        "id_no": sum(1 for cell in filled if (value := clean_id_no(cell).value) and id_key(value)),
        "phone": sum(1 for cell in filled if clean_phone(cell).value),
        "date": sum(1 for cell in filled if _looks_like_date(cell)),
        "money": sum(1 for cell in filled if _looks_like_number(cell) and clean_money(cell).value is not None),
        "days": sum(1 for cell in filled if (days := clean_days(cell).value) is not None and 0 <= days <= 3000),
        "name": sum(
            1 for cell in filled if isinstance(cell, str) and re.fullmatch(r"[\u3400-\u9fff·]{2,8}", cell.strip())
        ),
        "text": sum(1 for cell in filled if isinstance(cell, str)),
        "prose": sum(1 for cell in filled if isinstance(cell, str) and len(cell) >= _SENTENCE),
    }
    # A contract number identifies its row: nearly all different, and neither an ID nor a phone.
    if len(set(texts)) > 0.95 * len(texts) and hits["id_no"] == hits["phone"] == 0:
        hits["contract"] = sum(1 for text in texts if _CODE.fullmatch(text.removesuffix(".0")))
    return {kind: count / len(filled) for kind, count in hits.items()}


def _looks_like_date(cell: Any) -> bool:
    if isinstance(cell, dt.date):
        return True
    if isinstance(cell, str) and (not cell.strip().isdigit() or len(cell.strip()) == 8):
        return clean_date(cell).value is not None
    return False


def _looks_like_number(cell: Any) -> bool:
    return not isinstance(cell, bool) and (isinstance(cell, (int, float)) or bool(re.search(r"\d", str(cell))))


def due_dates_among(columns: Sequence[ColumnGuess], rows: Sequence[tuple[Any, ...]]) -> frozenset[int]:
    """Date columns for which date + days past due is the same day in nearly all rows, as for a due date."""
    days_column = next((column for column in columns if column.candidates == ("days_past_due",)), None)
    if days_column is None:
        return frozenset()
    found = set()
    for column in columns:
        sums: dict[dt.date, int] = {}
        pairs = 0
        for row in rows:
            if max(column.index, days_column.index) >= len(row):
                continue
            day = clean_date(row[column.index]).value if _looks_like_date(row[column.index]) else None
            days = clean_days(row[days_column.index]).value
            if day is None or days is None or abs(days) > 20_000:
                continue
            pairs += 1
            total = day + dt.timedelta(days=days)
            sums[total] = sums.get(total, 0) + 1
        if pairs and max(sums.values()) >= SURELY * pairs and pairs > 2:
            found.add(column.index)
    return frozenset(found)


def twins_of(columns: Sequence[ColumnGuess], data: Sequence[tuple[Any, ...]]) -> dict[int, tuple[int, ...]]:
    """Columns that claim one field and hold the same in every row: then there is nothing to ask."""
    by_claim: dict[str, list[int]] = {}
    for column in columns:
        if len(column.candidates) == 1 and column.candidates[0] != IGNORE:
            by_claim.setdefault(column.candidates[0], []).append(column.index)
    twins: dict[int, tuple[int, ...]] = {}
    for indexes in by_claim.values():
        for place, first in enumerate(indexes):
            later = indexes[place + 1 :]
            equal = tuple(other for other in later if all(cell_at(row, first) == cell_at(row, other) for row in data))
            if equal:
                twins[first] = equal
    return twins
