"""`benchmark import`: the daily file from workbook to book, against the floor and against django-import-export.

Every step is a process of its own, every round an empty book of its own in a temporary database, and the contestants of a
round take turns, so that what else the machine does meets all of them. Figures are medians of the rounds.
"""

import shutil
import statistics
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from cases.benchmarks.overdue_file import FIRST_DAY, SECOND_DAY, TURNOVER, write_overdue_file
from cases.benchmarks.process import Outcome, run_step
from collection_ops.core.benchmarks import Asked, BenchmarkFailed, Ratio, Result, benchmark
from collection_ops.core.scratch import ScratchRefused, scratch_database

COMPARED_ROWS = 10_000
"""django-import-export takes minutes for more."""
LARGE = 100_000
"""Beyond this, a run is compared with one of this size, and not with django-import-export."""
FLOOR_TARGET = 4
FASTER_ON_DAY_1, FASTER_ON_DAY_2 = 6, 25
MEMORY_MB, MEMORY_MB_LARGE = 700, 2500
PACE_TARGET = 0.7
ROUNDS = 3
OTHER = "other_"
"""Prefix of what ours took for the file of the other size: the one for django-import-export, or the pace to be kept."""


@dataclass(frozen=True)
class Files:
    """The generated workbooks of both days with so many rows."""

    rows: int
    first: Path
    second: Path


class Figures:
    """Outcomes by measure, one of each round."""

    def __init__(self) -> None:
        self._outcomes: defaultdict[str, list[Outcome]] = defaultdict(list)

    def add(self, name: str, outcome: Outcome, *, rows: int) -> None:
        """Takes it down if it did the whole work: all rows there, else BenchmarkFailed."""
        if outcome.rows != rows:
            raise BenchmarkFailed(f"{name} wrote {outcome.rows} rows of {rows}: its time would say nothing")
        self._outcomes[name].append(outcome)

    def seconds(self, name: str) -> float:
        return statistics.median(outcome.seconds for outcome in self._outcomes[name])

    def peak_mb(self, prefix: str) -> float:
        return max(o.peak_mb for name, outcomes in self._outcomes.items() if name.startswith(prefix) for o in outcomes)

    def measures(self) -> dict[str, float | int]:
        named: dict[str, float | int] = {}
        for name, outcomes in self._outcomes.items():
            named[f"{name}_seconds"] = round(self.seconds(name), 3)
            named[f"{name}_rows"] = outcomes[0].rows
            named[f"{name}_peak_mb"] = round(max(o.peak_mb for o in outcomes), 1)
        return named


@benchmark("import", "One overdue file into an empty book, and the next day's file with what changed")
def measure_import(asked: Asked) -> Result:
    large = asked.rows > LARGE
    rounds = asked.rounds or (1 if large else ROUNDS)
    figures = Figures()
    try:
        with _folder() as folder, scratch_database() as template:
            files = _write(folder, asked.rows, asked)
            other = files if asked.rows <= COMPARED_ROWS else _write(folder, LARGE if large else COMPARED_ROWS, asked)
            run_step("prepare", database=template, folder=folder)
            for number in range(rounds):
                asked.say(f"round {number + 1} of {rounds}")
                _round(figures, files, template=template, folder=folder, floor=True)
                if other is not files:
                    _round(figures, other, template=template, folder=folder, prefix=OTHER)
                if not large:
                    _import_export_round(figures, other, template=template, folder=folder)
    except ScratchRefused as refused:
        raise BenchmarkFailed(str(refused)) from refused
    measures = {"rows": asked.rows, "rounds": rounds, "other_rows": other.rows, **figures.measures()}
    return Result("import", measures, ratios_of(figures, rows=asked.rows, other_rows=other.rows))


def ratios_of(figures: Figures, *, rows: int, other_rows: int) -> dict[str, Ratio]:
    """What the figures say of a file of `rows`: to its floor, and to the runs of `other_rows`."""
    large = rows > LARGE
    others = OTHER if other_rows != rows else ""
    ratios = {
        f"day{day}_to_floor": Ratio.at_most(
            figures.seconds(f"ours_day{day}") / figures.seconds(f"floor_day{day}"), FLOOR_TARGET
        )
        for day in (1, 2)
    }
    if large:
        for day in (1, 2):
            pace = rows / figures.seconds(f"ours_day{day}")
            before = other_rows / figures.seconds(f"{others}ours_day{day}")
            ratios[f"day{day}_rows_per_second"] = Ratio.at_least(pace / before, PACE_TARGET)
    else:
        for day, target in ((1, FASTER_ON_DAY_1), (2, FASTER_ON_DAY_2)):
            faster = figures.seconds(f"import_export_day{day}") / figures.seconds(f"{others}ours_day{day}")
            ratios[f"import_export_day{day}"] = Ratio.at_least(faster, target)
    ratios["peak_memory_mb"] = Ratio.below(figures.peak_mb("ours_"), MEMORY_MB_LARGE if large else MEMORY_MB)
    return ratios


def _round(
    figures: Figures, files: Files, *, template: str, folder: Path, prefix: str = "", floor: bool = False
) -> None:
    """Both days into an empty book; with `floor`, the floor after each."""
    with scratch_database(like=template) as book:
        for day, path, as_of in ((1, files.first, FIRST_DAY), (2, files.second, SECOND_DAY)):
            outcome = run_step("ours", database=book, folder=folder, file=str(path), day=as_of.isoformat())
            figures.add(f"{prefix}ours_day{day}", outcome, rows=files.rows)
            _check_differences(outcome, rows=files.rows, day=day)
            if floor:
                outcome = run_step("floor", database=book, folder=folder, file=str(path))
                figures.add(f"floor_day{day}", outcome, rows=files.rows)


def _check_differences(outcome: Outcome, *, rows: int, day: int) -> None:
    """The second day has to be seen as what it is, or nothing was compared."""
    moved = rows // TURNOVER
    wanted = {"new": rows, "absent": 0} if day == 1 else {"new": moved, "absent": moved, "continuing": rows - moved}
    found = outcome.answer["differences"]
    if {kind: found.get(kind) for kind in wanted} != wanted:
        raise BenchmarkFailed(f"day {day} was understood as {found}, not as {wanted}")


def _import_export_round(figures: Figures, files: Files, *, template: str, folder: Path) -> None:
    """Bulk mode as it comes, with differences as ours, is what we are held to; the lean one is measured beside it."""
    for name, lean in (("import_export", False), ("import_export_lean", True)):
        with scratch_database(like=template) as book:
            for day, path in ((1, files.first), (2, files.second)):
                asked = {"file": str(path), "first": day == 1, "lean": lean}
                outcome = run_step("import_export", database=book, folder=folder, **asked)
                figures.add(f"{name}_day{day}", outcome, rows=files.rows)


def _write(folder: Path, rows: int, asked: Asked) -> Files:
    files = Files(rows, folder / f"{rows}-1.xlsx", folder / f"{rows}-2.xlsx")
    if not files.first.exists():
        asked.say(f"writing two workbooks of {rows:,} rows")
        write_overdue_file(files.first, rows=rows, day=FIRST_DAY)
        write_overdue_file(files.second, rows=rows, day=SECOND_DAY)
    return files


@contextmanager
def _folder() -> Iterator[Path]:
    """For workbooks and uploads: generated people, and gone afterwards."""
    Path(settings.STATE_DIR).mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="benchmark-", dir=settings.STATE_DIR))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
