"""Paging by the last row seen, for lists that are a statement of their own and no queryset (see keyset.py)."""

import re
from collections.abc import Callable, Mapping
from decimal import InvalidOperation
from typing import Any

from django.db import connection

from cases.keyset import LARGEST_ID, READERS, Page


def _edge(cursor: str, kind: str) -> tuple[Any, int] | None:
    match = re.fullmatch(r"([^_\x00]{0,40})_(\d{1,19})", cursor)
    if match is None or int(match[2]) > LARGEST_ID:
        return None
    try:
        return READERS[kind](match[1]), int(match[2])
    except (ValueError, InvalidOperation):
        return None


def sql_page(
    sql: str,
    params: Mapping[str, Any],
    *,
    make: Callable[..., Any],
    kind: str,
    size: int,
    after: str = "",
    before: str = "",
) -> Page:
    """One page of `sql`, whose last two columns are `sort_key` (of `kind`, see keyset.READERS) and `row_id`; the others are
    given to `make`. Largest first. `after` wins over `before`; a cursor that cannot be read is the first page. One query."""
    backwards = bool(before) and not after
    edge = _edge(after or before, kind)
    if edge is None:
        backwards = False
    beyond, order = (">", "ASC") if backwards else ("<", "DESC")
    bound = f"WHERE (sort_key, row_id) {beyond} (%(edge_key)s, %(edge_id)s)" if edge else ""
    given = {**params, "edge_key": edge and edge[0], "edge_id": edge and edge[1], "size": size + 1}
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT * FROM ({sql}) listed {bound} ORDER BY sort_key {order}, row_id {order} LIMIT %(size)s",  # noqa: S608
            given,
        )
        found = cursor.fetchall()
    more, found = len(found) > size, found[:size]
    if backwards:
        found.reverse()
    if not found:
        return Page([])
    has_next = more if not backwards else True
    has_previous = more if backwards else edge is not None
    return Page(
        [make(*row[:-2]) for row in found],
        after=f"{found[-1][-2]}_{found[-1][-1]}" if has_next else "",
        before=f"{found[0][-2]}_{found[0][-1]}" if has_previous else "",
    )
