"""After every fault: what must always be true still is."""

from cases.models import ImportRun, Position
from collection_ops.core import clock
from collection_ops.core.invariants import check_all


def assert_everything_holds() -> None:
    """All registered invariants, and that no run is half in the book."""
    broken = [(found["code"], found["rows"]) for found in check_all(now=clock.now()) if found["count"]]
    assert broken == []


def assert_in_the_book_once(run: ImportRun, rows: int) -> None:
    """Every row of the run has its position, and no row two."""
    positions = Position.objects.filter(run=run)
    assert positions.count() == rows
    assert positions.values("row").distinct().count() == rows
    assert positions.values("case").distinct().count() == rows
