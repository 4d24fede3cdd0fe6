"""An import that is undone under a preview takes its rows along; under a run in force it is stopped."""

from pathlib import Path

import pytest

from agents.assignment.runs import apply_run, approve_run, plan_run, replay
from cases.imports import run as runs
from cases.models import Case, ImportRun
from cases.services.sources import add_source
from collection_ops.core import clock
from collection_ops.core.models import User
from tests.agents.assignment.cast import crew
from tests.cases.imports.conftest import DAY_1, DAY_2, at, debt, write_csv

pytestmark = pytest.mark.django_db


def imported(folder: Path, day: int) -> ImportRun:
    source = add_source(code="card", name="信用卡系统", actor=None) if day == 1 else ImportRun.objects.get().source
    rows = [debt(n) for n in range(1, 6)] if day == 1 else [debt(n, days=46) for n in range(1, 9)]
    as_of = DAY_1 if day == 1 else DAY_2
    path = write_csv(folder / f"{day}.csv", rows)
    return runs.import_file(path=path, source=source, as_of=as_of, actor=None, now=at(as_of), apply=True)


def test_a_preview_loses_the_cases_of_an_import_that_is_undone(tmp_path: Path, supervisor: User, manager: User) -> None:
    crew(2)
    imported(tmp_path, 1)
    second = imported(tmp_path, 2)
    now = clock.now()
    run = plan_run(cases=None, chosen={}, unit="", day=clock.business_date(now), seed=1, actor=supervisor, now=now)
    assert run.moves.count() == 8
    runs.undo_run(run=second, actor=None, now=clock.now())
    assert (Case.objects.count(), run.moves.count()) == (5, 5)
    assert (replay(run).equal, replay(run).gone) == (True, 3)
    approve_run(run=run, actor=manager, now=now)
    assert apply_run(run=run, actor=manager, now=now).totals["applied"]["moved"] == 5


def test_an_import_is_not_taken_back_from_under_a_run_in_force(tmp_path: Path, supervisor: User, manager: User) -> None:
    crew(2)
    first, now = imported(tmp_path, 1), clock.now()
    run = plan_run(cases=None, chosen={}, unit="", day=clock.business_date(now), seed=1, actor=supervisor, now=now)
    approve_run(run=run, actor=manager, now=now)
    apply_run(run=run, actor=manager, now=now)
    with pytest.raises(runs.RunRefused):
        runs.undo_run(run=first, actor=None, now=clock.now())
    assert run.moves.count() == 5
