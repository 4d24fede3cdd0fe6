"""Rows of a book that share something, a contract number say: known before any row is judged for good.

A catalogue says by ``Sharing`` what rows may have in common, and what that means. A first look at the whole book keeps eight
bytes a row, and finds what occurs more than once; only the rows that share it are looked at again, and of these no more is
kept than where they are and a digest. So a stretch can be judged by itself and still know the rows of the others.
"""

import hashlib
from array import array
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from cases.imports.judging.judge import Book, Judge, Place, SharedRows
from cases.imports.judging.result import CleanRow
from cases.imports.judging.stretches import Stretch, keys_in, sort_out
from cases.imports.words.fields import Sharing

NAMED = 20  # rows that a sentence lists


@dataclass(frozen=True, slots=True)
class Shared:
    """What a rule of a ``Sharing`` is told: this row is number ``nth`` (from 0) of the ``count`` rows that share it,
    ``among`` are the first of them, and ``agree`` tells whether all say the same."""

    nth: int
    count: int
    agree: bool
    among: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class _Seen:
    group: tuple[int, Hashable]
    place: Place
    says: bytes


def shared_rows(book: Book, stretches: Sequence[Stretch], *, over: Callable[..., Iterable[Any]] = map) -> SharedRows:
    """The rows that share something. ``over`` maps a function over stretches, maybe in other processes."""
    if not book.catalogue.shared:
        return {}
    hashes = array("q")
    # One column is looked through here before a helper is born.
    first_look = map if all(sharing.field for sharing in book.catalogue.shared) else over
    for some in first_look(lambda stretch: _hashes(book, stretch), stretches):
        hashes.extend(some)
    # Two groups may have one hash by chance; what is told is told of groups.
    common = frozenset(one for one, other in pairwise(sorted(hashes)) if one == other)
    if not common:
        return {}
    groups: dict[tuple[int, Hashable], list[_Seen]] = {}
    for found in over(lambda stretch: _seen(book, common, stretch), stretches):
        for seen in found:
            groups.setdefault(seen.group, []).append(seen)
    rows: dict[Place, list[tuple[Sharing, Shared]]] = {}
    for (index, _what), group in sorted(groups.items(), key=lambda item: item[0][0]):
        if len(group) > 1:
            agree = all(seen.says == group[0].says for seen in group)
            among = tuple(seen.place for seen in group[:NAMED])
            for nth, seen in enumerate(group):
                told = book.catalogue.shared[index], Shared(nth, len(group), agree, among)
                rows.setdefault(seen.place, []).append(told)
    return rows


def _hashes(book: Book, stretch: Stretch) -> "array[int]":
    shared = book.catalogue.shared
    if not all(sharing.field for sharing in shared):
        judge = Judge(book, stretch.place)
        rows = judge.judge(sort_out(judge, stretch).live)
        return array("q", (hash(group) for row in rows for group in _groups_of(row, shared)))
    hashes = array("q")
    for index, sharing in enumerate(shared):
        keys = keys_in(book, stretch, sharing.field)
        hashes.extend(hash((index, key)) for key in keys if key is not None)
    return hashes


def _groups_of(row: CleanRow, shared: Sequence[Sharing]) -> Iterator[tuple[int, Hashable]]:
    for index, sharing in enumerate(shared):
        what = sharing.of(row) if sharing.of is not None else row.values[sharing.field]
        if what is not None:
            yield index, what


def _seen(book: Book, common: frozenset[int], stretch: Stretch) -> list[_Seen]:
    shared = book.catalogue.shared
    if all(sharing.field for sharing in shared) and common.isdisjoint(_hashes(book, stretch)):
        return []
    judge = Judge(book, stretch.place)
    return [
        _Seen(group, (stretch.place, row.row), _digest(shared[group[0]].says(row)))
        for row in judge.judge(sort_out(judge, stretch).live)
        for group in _groups_of(row, shared)
        if hash(group) in common
    ]


def _digest(says: Any) -> bytes:
    return hashlib.blake2b(repr(says).encode(), digest_size=16).digest()
