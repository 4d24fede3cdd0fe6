"""How the pages of a run show one kind of file, where it is not a book of the day."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cases.models import ImportRun, RunKind
from cases.selectors_repayments import paid_days


@dataclass(frozen=True)
class Pages:
    """Templates of the sentence with the tiles, of what stands below them, and of the rows behind a tile. `figures` gives
    what the second one needs. `applied` is a template too: where to go from a file that is in the book."""

    headline: str
    detail: str
    rows: str
    figures: Callable[[ImportRun], dict[str, Any]]
    applied: str = ""


_pages: dict[RunKind, Pages] = {}


def register_pages(kind: RunKind, pages: Pages) -> None:
    _pages[kind] = pages


def pages_of(run: ImportRun) -> Pages | None:
    """None for a book of the day."""
    return _pages.get(RunKind(run.kind)) if run.kind else None


register_pages(
    RunKind.REPAYMENTS,
    Pages(
        headline="cases/imports/_repayment_headline.html",
        detail="cases/imports/_repayment_days.html",
        rows="cases/imports/repayment_rows.html",
        figures=lambda run: {"days": paid_days(run)},
    ),
)
