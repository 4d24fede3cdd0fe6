"""Figures of facts that are judged in Python, one by one, into lines and their total."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from reports.kpis.asked import Key, Question
from reports.kpis.rows import key_names

Counted = Mapping[str, Decimal | int]


def tallied(
    question: Question, facts: Iterable[tuple[Sequence[Any], Counted]], names: Sequence[str]
) -> tuple[dict[Key, dict[str, Decimal]], dict[str, Decimal]]:
    """As `rows.grouped` answers: `facts` are the values of the question's `by`, in its order, and what to add up."""
    named = key_names(question)
    total = dict.fromkeys(names, Decimal(0))
    lines: dict[Key, dict[str, Decimal]] = defaultdict(lambda: dict.fromkeys(names, Decimal(0)))
    for values, counted in facts:
        line = lines[named(values)]
        for name, number in counted.items():
            line[name] += number
            total[name] += number
    return (dict(lines) if question.by else {}), total
