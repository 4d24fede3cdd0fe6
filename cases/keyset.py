"""Paging by the last row seen instead of by a page number: flat cost, and no row twice when rows arrive meanwhile.

A cursor is `<sort value>_<id>` of the row at the edge. Rows with equal sort values are told apart by their id. A cursor
that cannot be read is no error, the first page answers: links get cut and typed by hand.
"""

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db.models import QuerySet, Subquery

LARGEST_ID = 2**63 - 1


def _decimal(text: str) -> Decimal:
    value = Decimal(text)
    if not value.is_finite() or abs(value) >= Decimal(10) ** 14:
        raise ValueError(text)
    return value


def _integer(text: str) -> int:
    value = int(text)
    if abs(value) > LARGEST_ID:
        raise ValueError(text)
    return value


def _moment(text: str) -> dt.datetime:
    value = dt.datetime.fromisoformat(text)
    if value.tzinfo is None:
        raise ValueError(text)
    return value


READERS: dict[str, Callable[[str], Any]] = {
    "decimal": _decimal,
    "integer": _integer,
    "date": dt.date.fromisoformat,
    "moment": _moment,
}


@dataclass(frozen=True)
class SortKey:
    """One way to order a list. `kind` says how its value is read from a cursor; "looked_up" keeps the value itself out of
    the address (a contract number leads to a person) and asks the database for it by the row's id."""

    name: str
    field: str
    kind: str

    def value_of(self, row: Any) -> Any:
        for part in self.field.split("__"):
            row = getattr(row, part)
        return row

    def cursor(self, row: Any) -> str:
        return f"_{row.pk}" if self.kind == "looked_up" else f"{self.value_of(row)}_{row.pk}"


@dataclass(frozen=True)
class Page:
    """Rows of one page and the cursors of its neighbours; an empty cursor means there is no neighbour."""

    rows: list[Any]
    after: str = ""
    before: str = ""

    @property
    def has_neighbours(self) -> bool:
        return bool(self.after or self.before)


def _beyond(queryset: QuerySet[Any], key: SortKey, cursor: str, *, upwards: bool) -> QuerySet[Any] | None:
    """Rows strictly beyond the cursor's row, or None when the cursor cannot be read."""
    match = re.fullmatch(r"([^_\x00]{0,40})_(\d{1,19})", cursor)
    if match is None or int(match[2]) > LARGEST_ID:
        return None
    row_id = int(match[2])
    value: Any
    if key.kind == "looked_up":
        value = Subquery(queryset.model._default_manager.filter(pk=row_id).values(key.field)[:1])
    else:
        try:
            value = READERS[key.kind](match[1])
        except (ValueError, InvalidOperation):
            return None
    # «From that value on, without what stands before the row»: an OR of ranges would be gathered whole and sorted, where
    # this is read off an index in its order.
    onwards, upto = ("gte", "lte") if upwards else ("lte", "gte")
    return queryset.filter((f"{key.field}__{onwards}", value)).exclude((key.field, value), (f"pk__{upto}", row_id))


def keyset_page(
    queryset: QuerySet[Any], *, key: SortKey, descending: bool, size: int, after: str = "", before: str = ""
) -> Page:
    """One page in one query. `after` wins over `before`; both empty is the first page."""
    backwards = bool(before) and not after
    cursor = after or before
    # Walking back means reading in the opposite order from the edge and turning the rows round.
    upwards = descending if backwards else not descending
    rows_beyond = _beyond(queryset, key, cursor, upwards=upwards) if cursor else None
    if rows_beyond is None:
        cursor, backwards, upwards, rows_beyond = "", False, not descending, queryset
    order = (key.field, "pk") if upwards else (f"-{key.field}", "-pk")
    rows = list(rows_beyond.order_by(*order)[: size + 1])
    more = len(rows) > size
    rows = rows[:size]
    if backwards:
        rows.reverse()
    if not rows:
        return Page(rows=[])
    has_next = more if not backwards else True
    has_previous = more if backwards else bool(cursor)
    return Page(
        rows=rows,
        after=key.cursor(rows[-1]) if has_next else "",
        before=key.cursor(rows[0]) if has_previous else "",
    )
