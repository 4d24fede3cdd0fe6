"""One stretch of a book judged by itself: work that any process can do.

What a block says of itself is small (problems, sums, counts). Its rows go to ``make``, which keeps of them what the caller
needs, so that a million rows are never held as objects.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from cases.imports.judging.judge import Book, Judge, SharedRows, Sums
from cases.imports.judging.result import CleanRow
from cases.imports.judging.stretches import Stretch, sort_out
from cases.imports.words.problems import Problem, Severity

Make = Callable[[Sequence[CleanRow]], Any]
"""What the caller keeps of the rows of one block, in their order; skipped ones are among them. It goes from process to
process."""


@dataclass(slots=True)
class Block:
    """What came of one stretch. ``scientific``: lost numbers per column (index, field); ``seen``: as in ``FileFacts``."""

    stretch: Stretch
    made: Any
    counts: Counter[str]
    problems: list[Problem]
    tally: Counter[tuple[str, Severity]]
    scientific: Counter[tuple[int, str]]
    sums: Sums
    seen: dict[str, set[Any]]
    empty: list[tuple[int, int]]
    total_rows: list[tuple[int, tuple[Any, ...]]]


def judge_block(book: Book, stretch: Stretch, *, shared: SharedRows, make: Make) -> Block:
    """Clean the rows of the stretch, ask every rule, and hand them to ``make``."""
    judge = Judge(book, stretch.place)
    found = sort_out(judge, stretch)
    rows = judge.judge(found.live, shared)
    judge.close(rows)
    everything = sorted([*rows, *found.skipped], key=lambda row: row.row) if found.skipped else rows
    return Block(
        stretch=stretch,
        made=make(everything),
        counts=Counter(row.state for row in everything),
        problems=sorted(judge.problems, key=lambda problem: problem.row or 0),
        tally=judge.tally,
        scientific=judge.scientific,
        sums=judge.sums,
        seen={name: {row.values[name] for row in rows} - {None} for name in book.catalogue.distinct},
        empty=found.empty,
        total_rows=found.total_rows,
    )
