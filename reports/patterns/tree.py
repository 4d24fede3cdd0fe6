"""A shallow decision tree: which few questions part a cohort best. Pure, deterministic, small enough to read.

CART with Gini impurity: at each node the question that lowers impurity most, of an ordered attribute «at most this band»,
of an unordered one «this value or not»; at most three questions deep, never a branch below the least size. Of questions that
are equally good the first by name is taken, so the same cohort gives the same tree whatever the order of its rows.
Protected attributes are not asked.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from reports.patterns.attributes import ATTRIBUTES, UNKNOWN, Attribute, is_usable

DEPTH = 3
LEAST_LEAF = 30
LEAST_SHARE = 0.02
LEAST_GAIN = 0.002
"""Of the whole cohort's impurity; a question that parts less is not worth asking."""


@dataclass(frozen=True)
class Question:
    """Of a loan: is the value of the attribute among `values`. `is_ordered`: the values are all bands up to the last."""

    attribute: str
    values: tuple[str, ...]
    is_ordered: bool


@dataclass(frozen=True)
class Branch:
    """`parent`: position in the list of the branch above; `is_yes`: the answer that leads here."""

    parent: int | None
    is_yes: bool
    size: int
    hits: int
    question: Question | None


def grow(
    frame: pd.DataFrame, outcome: str, *, attributes: Sequence[Attribute] = ATTRIBUTES, depth: int = DEPTH
) -> list[Branch]:
    """The branches in order, each after the one above it; only the root where no question is worth asking."""
    frame = frame[frame[outcome].notna()]
    hit = frame[outcome].astype(bool).to_numpy()
    asked = [one for one in attributes if one.code in frame.columns and is_usable(one.code)]
    columns = {one.code: frame[one.code].astype(str).to_numpy() for one in asked}
    least = max(LEAST_LEAF, int(len(frame) * LEAST_SHARE))
    branches: list[Branch] = []

    def split(rows: np.ndarray, parent: int | None, is_yes: bool, level: int) -> None:
        mine = hit[rows]
        question, mask = None, None
        if level < depth and len(rows) >= 2 * least and 0 < mine.sum() < len(rows):
            question, mask = _best(rows, hit, columns, asked, least, len(hit))
        at = len(branches)
        branches.append(Branch(parent, is_yes, len(rows), int(mine.sum()), question))
        if mask is not None:
            split(rows[mask], at, True, level + 1)
            split(rows[~mask], at, False, level + 1)

    split(np.arange(len(hit)), None, False, 0)
    return branches


def _best(
    rows: np.ndarray,
    hit: np.ndarray,
    columns: dict[str, np.ndarray],
    attributes: Sequence[Attribute],
    least: int,
    whole: int,
) -> tuple[Question | None, np.ndarray | None]:
    impurity = _gini(int(hit[rows].sum()), len(rows))
    best: tuple[float, Question, np.ndarray] | None = None
    for attribute in sorted(attributes, key=lambda one: one.code):
        values = columns[attribute.code][rows]
        for question in _questions(attribute, values):
            mask = np.isin(values, question.values)
            yes, no = int(mask.sum()), int((~mask).sum())
            if yes < least or no < least:
                continue
            hits = int(hit[rows][mask].sum())
            after = _gini(hits, yes) + _gini(int(hit[rows].sum()) - hits, no)
            gain = (impurity - after) / whole
            # Rounded, so that the last digits of a sum decide nothing.
            if gain > LEAST_GAIN and (best is None or round(gain - best[0], 12) > 0):
                best = (gain, question, mask)
    return (None, None) if best is None else (best[1], best[2])


def _questions(attribute: Attribute, values: np.ndarray) -> Iterator[Question]:
    present = {str(value) for value in np.unique(values)} - {UNKNOWN}
    if attribute.order and attribute.code not in ("contact", "promise", "paid"):
        bands = [value for value in attribute.order if value in present]
        for last in range(1, len(bands)):
            yield Question(attribute.code, tuple(bands[:last]), is_ordered=True)
        return
    for value in sorted(present):
        yield Question(attribute.code, (value,), is_ordered=False)


def _gini(hits: int, size: int) -> float:
    """Impurity times the size."""
    return 0.0 if not size else 2 * hits * (size - hits) / size
