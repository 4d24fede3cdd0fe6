"""Three real month-ends through the importer: the overview, the list and the KPI say what the reference says."""

import datetime as dt
import json
from decimal import Decimal

import pytest
from django.utils import timezone

from cases.filters import CaseFilter
from cases.imports.run import import_file
from cases.models import Case
from reports import selectors
from tests.cases.builders import make_source
from tests.reports.figures import LEFT, matrix

DAYS = (dt.date(2025, 4, 30), dt.date(2025, 5, 31), dt.date(2025, 6, 30))


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_the_overview_shows_the_reference_figures_after_each_month(shared_data, clerk, supervisor):
    folder = shared_data / "month_end"
    reference = {
        line["date"]: line for line in json.loads((folder / "reference_answers.json").read_text())["snapshots"]
    }
    source, before = make_source(), None
    for day in DAYS:
        run = import_file(
            path=folder / f"逾期客户明细_{day:%Y%m%d}.xlsx",
            source=source,
            as_of=day,
            actor=clerk,
            now=dt.datetime.combine(day, dt.time(8, 12), tzinfo=timezone.get_current_timezone()),
            apply=True,
        )
        assert run.state == "applied", run.refusal
        expected = reference[day.isoformat()]
        book = selectors.book_of(Case.objects.all())
        assert (book.count, book.amount) == (expected["rows"], Decimal(str(expected["total"])))
        for line in book.stages:
            stage = expected["by_stage"][line.label]
            assert (line.count, line.total, line.principal, line.interest, line.penalty) == (
                stage["count"],
                *(Decimal(str(stage[part])) for part in ("total", "principal", "interest", "penalty")),
            ), (day, line.label)
        moved = selectors.movement_of(Case.objects.all())
        if before is None:
            assert not moved.days
        else:
            assert moved.new.count == expected["new_vs_previous"]
            assert moved.left.count == expected["left_since_previous"]
            counts, amounts = matrix(before, day)
            for (start, end), cell in moved.cells.items():
                if start is not None:
                    column = LEFT if end is None else selectors.Stage(end).label
                    row = selectors.Stage(start).label
                    assert (cell.count, cell.amount) == (counts[row][column], amounts[row][column])
            everything = Case.objects.for_user(supervisor)
            for move, cell in (
                ("new", moved.new),
                ("left", moved.left),
                ("forward", moved.forward),
                ("back", moved.back),
            ):
                assert CaseFilter({"status": "all", "move": move}, everything).filtered.count() == cell.count
        before = day
