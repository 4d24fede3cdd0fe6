"""`benchmark import` measures what it says, in a database of its own. No test here looks at a clock."""

import io
import json
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from python_calamine import CalamineWorkbook

from cases.benchmarks.imports import Figures, _check_differences, ratios_of
from cases.benchmarks.overdue_file import FIRST_DAY, HEADINGS, SECOND_DAY, write_overdue_file
from cases.benchmarks.process import Outcome
from cases.models import ImportRun, Source
from collection_ops.core.benchmarks import BenchmarkFailed, Ratio, benchmark, registered
from collection_ops.core.scratch import PREFIX, scratch_database

ROWS = 200


def rows_of(path: Path) -> list[list]:
    return CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()


def test_the_second_day_is_the_first_one_a_day_older(tmp_path):
    for day in (FIRST_DAY, SECOND_DAY):
        write_overdue_file(tmp_path / f"{day}.xlsx", rows=ROWS, day=day)
    first, second = rows_of(tmp_path / f"{FIRST_DAY}.xlsx"), rows_of(tmp_path / f"{SECOND_DAY}.xlsx")
    assert tuple(first[0]) == tuple(second[0]) == HEADINGS
    assert len(first) == len(second) == ROWS + 1
    before = {row[0]: dict(zip(HEADINGS, row, strict=True)) for row in first[1:]}
    after = {row[0]: dict(zip(HEADINGS, row, strict=True)) for row in second[1:]}
    staying = before.keys() & after.keys()
    assert (len(staying), len(before), len(after)) == (ROWS * 95 // 100, ROWS, ROWS)
    assert {after[no]["逾期天数"] - before[no]["逾期天数"] for no in staying} == {1}
    assert {after[no]["应还日期"] == before[no]["应还日期"] for no in staying} == {True}
    assert any(after[no]["逾期总额"] < before[no]["逾期总额"] for no in staying)
    assert all(after[no]["罚息"] >= before[no]["罚息"] for no in staying)


@pytest.mark.slow
def test_the_command_compares_equal_work_and_leaves_nothing_behind(transactional_db, migrated_scratch):
    Source.objects.create(code="benchmark", name="真的")  # the real book has one of that name, and keeps it
    before = databases(), folders()  # of others on the same server, in the same place
    output = io.StringIO()
    call_command("benchmark", "import", "--rows", str(ROWS), "--rounds", "1", "--json", stdout=output)
    result = json.loads(output.getvalue())
    assert list(result) == ["name", "measures", "ratios"]
    assert result["name"] == "import"
    measures = result["measures"]
    for contestant in ("ours", "floor", "import_export"):
        for day in ("day1", "day2"):
            assert measures[f"{contestant}_{day}_rows"] == ROWS
            assert measures[f"{contestant}_{day}_seconds"] > 0
    wanted = {
        "day1_to_floor": 4,
        "day2_to_floor": 4,
        "import_export_day1": 6,
        "import_export_day2": 25,
        "peak_memory_mb": 700,
    }
    assert {name: ratio["target"] for name, ratio in result["ratios"].items()} == wanted
    assert all(set(ratio) == {"value", "target", "holds"} for ratio in result["ratios"].values())
    # Seconds are told to the millisecond, and so few rows are few of them.
    floor = measures["floor_day1_seconds"]
    ratio = result["ratios"]["day1_to_floor"]["value"]
    assert measures["ours_day1_seconds"] / (floor + 0.001) < ratio < measures["ours_day1_seconds"] / (floor - 0.001)
    assert not ImportRun.objects.exists()
    assert Source.objects.get().name == "真的"
    assert databases() <= before[0]
    assert folders() <= before[1]


def folders() -> set[Path]:
    return set(Path(settings.STATE_DIR).glob("benchmark-*"))


def databases() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT datname FROM pg_database WHERE datname LIKE %s", [PREFIX + "%"])
        return {name for (name,) in cursor.fetchall()}


@pytest.mark.xdist_group("scratch")
def test_a_scratch_database_goes_even_when_the_work_in_it_fails(transactional_db):
    with pytest.raises(ZeroDivisionError), scratch_database() as name:
        assert name in databases()
        raise ZeroDivisionError
    assert name not in databases()


def outcome(seconds: float, *, rows: int = 10, peak_mb: float = 100, **differences: int) -> Outcome:
    return Outcome({"seconds": seconds, "rows": rows, "differences": differences}, peak_mb)


def test_work_half_done_gives_no_figure():
    figures = Figures()
    with pytest.raises(BenchmarkFailed, match="9 rows of 10"):
        figures.add("floor_day1", outcome(1, rows=9), rows=10)
    with pytest.raises(BenchmarkFailed, match="understood as"):
        _check_differences(outcome(1, new=100, absent=5, continuing=95), rows=100, day=2)
    _check_differences(outcome(1, new=5, absent=5, continuing=95), rows=100, day=2)


def test_ratios_are_of_medians_and_say_whether_they_hold():
    figures = Figures()
    for day in (1, 2):
        for ours, floor in ((9, 2), (6, 2), (100, 2)):
            figures.add(f"ours_day{day}", outcome(ours, peak_mb=699), rows=10)
            figures.add(f"floor_day{day}", outcome(floor, peak_mb=5000), rows=10)
            figures.add(f"import_export_day{day}", outcome(90), rows=10)
    ratios = ratios_of(figures, rows=10, other_rows=10)
    assert ratios["day1_to_floor"] == Ratio(4.5, 4, holds=False)
    assert ratios["import_export_day1"] == Ratio(10, 6, holds=True)
    assert ratios["import_export_day2"] == Ratio(10, 25, holds=False)
    assert ratios["peak_memory_mb"] == Ratio(699, 700, holds=True)


def test_a_million_rows_are_held_against_the_pace_of_a_hundred_thousand():
    figures = Figures()
    for day in (1, 2):
        figures.add(f"ours_day{day}", outcome(100, rows=1_000_000, peak_mb=2400), rows=1_000_000)
        figures.add(f"floor_day{day}", outcome(30, rows=1_000_000), rows=1_000_000)
        figures.add(f"other_ours_day{day}", outcome(8, rows=100_000), rows=100_000)
    ratios = ratios_of(figures, rows=1_000_000, other_rows=100_000)
    assert ratios["day1_rows_per_second"] == Ratio(0.8, 0.7, holds=True)
    assert ratios["peak_memory_mb"] == Ratio(2400, 2500, holds=True)
    assert not any(name.startswith("import_export") for name in ratios)


def test_two_benchmarks_of_one_name_are_refused():
    assert "import" in registered()
    with pytest.raises(LookupError):
        benchmark("import", "another")(lambda asked: None)
