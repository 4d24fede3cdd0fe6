"""Figures of the book for tests, through the catalogue: the matrix and the distribution as plain tables."""

import datetime as dt
from decimal import Decimal
from typing import Any

from cases.models import Source
from reports.kpis import Dim, Question, kpi
from reports.kpis.relations import ENDS

LEFT = "left"


def question(first_book: dt.date, as_of: dt.date, *by: Dim, source: Source | None = None, **more: Any) -> Question:
    """From the close of `first_book` through `as_of`."""
    known: dict[str, Any] = {"by": by, "source": source.pk if source else None, **more}
    return Question(first=first_book + dt.timedelta(days=1), as_of=as_of, **known)


def matrix(
    first_book: dt.date, as_of: dt.date, **more: Any
) -> tuple[dict[str, dict[str, int]], dict[str, dict[str, Decimal]]]:
    """Counts and opening amounts by stage and destination; «left» is all that the closing file does not list."""
    answer = kpi("roll_matrix", question(first_book, as_of, Dim.STAGE, **more))
    counts: dict[str, dict[str, int]] = {}
    amounts: dict[str, dict[str, Decimal]] = {}
    for line in answer.lines:
        (stage,) = line.key
        counts[stage], amounts[stage] = {}, {}
        for name, figure in line.parts.items():
            if name.startswith("count_to_"):
                counts[stage][name.removeprefix("count_to_")] = int(figure)
            elif name.startswith("amount_to_"):
                amounts[stage][name.removeprefix("amount_to_")] = figure
        counts[stage][LEFT] = sum(counts[stage].pop(end) for end in ENDS)
        amounts[stage][LEFT] = sum((amounts[stage].pop(end) for end in ENDS), Decimal(0))
    return counts, amounts


def distribution(day: dt.date, **more: Any) -> dict[str, dict[str, Any]]:
    """What the newest files of or before `day` say, by stage: count, total and the parts."""
    answer = kpi("stage_distribution", question(day, day, Dim.STAGE, **more))
    return {line.key[0]: {"total": line.numerator, **line.parts} for line in answer.lines}
