"""`benchmark workbench` measures what it says, on a book of its own. No test here looks at a clock."""

import io
import json
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.core.management import call_command
from django.db import connection

from agents.benchmarks import workbench
from agents.benchmarks.clients import STEPS, Held, Seen, double_serves
from agents.benchmarks.workbench import percentile, result_of
from cases.models import Case
from collection_ops.core.benchmarks import BenchmarkFailed, Ratio
from collection_ops.core.scratch import PREFIX, scratch_database


@pytest.mark.slow
def test_a_small_book_is_worked_on_and_nothing_is_left_behind(
    transactional_db: None, migrated_scratch: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []

    @contextmanager
    def noted() -> Iterator[str]:
        with scratch_database() as name:
            made.append(name)
            yield name

    monkeypatch.setattr(workbench, "scratch_database", noted)
    output = io.StringIO()
    sizes = {"cases": 600, "collectors": 4, "leaders": 1, "clients": 2, "seconds": 4}
    options = [part for name, value in sizes.items() for part in (f"--{name}", str(value))]
    call_command("benchmark", "workbench", *options, "--json", stdout=output)
    result = json.loads(output.getvalue())
    measures, ratios = result["measures"], result["ratios"]
    assert {name: measures[name] for name in sizes} == sizes
    for step in STEPS:
        assert measures[f"{step}_requests"] > 0
        assert 0 < measures[f"{step}_p50_ms"] <= measures[f"{step}_p95_ms"] <= measures[f"{step}_p99_ms"]
    assert measures["calls"] > 0
    # What must never be is never, however small and slow the machine.
    for name in ("errors", "double_serves", "limits_broken"):
        assert measures[name] == 0
        assert ratios[name] == {"value": 0, "target": 0, "holds": True}
    assert {ratios[f"{step}_p95_to_empty"]["target"] for step in STEPS if step != "empty"} == {8}
    assert (ratios["requests_per_second"]["target"], ratios["p95_ms"]["target"]) == (30, 300)
    assert not Case.objects.exists()
    assert len(made) == 1
    assert not databases() & set(made)


def databases() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT datname FROM pg_database WHERE datname LIKE %s", [PREFIX + "%"])
        return {name for (name,) in cursor.fetchall()}


def test_one_case_with_two_people_at_once_is_a_double_serve() -> None:
    first = Held(7, "甲", 10.0, 20.0)
    assert double_serves([first, Held(7, "乙", 20.0, 30.0), Held(8, "乙", 12.0, 19.0)]) == 0
    assert double_serves([first, Held(7, "甲", 15.0, 30.0)]) == 0
    assert double_serves([Held(7, "乙", 19.9, 30.0), first]) == 1
    assert double_serves([Held(7, "乙", 11.0, 12.0), first, Held(7, "丙", 13.0, 14.0)]) == 2


def seen(**seconds: list[float]) -> Seen:
    found = Seen()
    for step in STEPS:
        found.seconds[step] = seconds.get(step, [0.02] * 20)
    return found


NOTHING_BROKEN = {"over": 0, "ungated": 0, "held": 0, "calls": 20}


def test_a_slow_step_a_broken_limit_and_an_error_are_told_as_what_they_are() -> None:
    slow = seen(empty=[0.01] * 20, next=[0.01] * 18 + [0.4] * 2)
    result = result_of(slow, 2.0, NOTHING_BROKEN, {})
    assert result.ratios["next_p95_to_empty"] == Ratio(40.0, 8, holds=False)
    assert result.ratios["record_p95_to_empty"] == Ratio(2.0, 8, holds=True)
    assert result.ratios["requests_per_second"] == Ratio(60.0, 30, holds=True)
    assert result.measures["next_p50_ms"] == 10.0
    for kind in ("over", "ungated", "held"):
        broken = result_of(seen(), 2.0, {**NOTHING_BROKEN, kind: 1}, {})
        assert broken.ratios["limits_broken"] == Ratio(1, 0, holds=False)
    failed = seen()
    failed.failed = 3
    assert not result_of(failed, 2.0, NOTHING_BROKEN, {}).ratios["errors"].holds


def test_a_step_that_nobody_did_gives_no_figure() -> None:
    with pytest.raises(BenchmarkFailed, match="log"):
        result_of(seen(log=[]), 2.0, NOTHING_BROKEN, {})


def test_a_percentile_is_the_value_that_so_many_do_not_exceed() -> None:
    values = [float(number) for number in range(1, 101)]
    assert [percentile(values, percent) for percent in (50, 95, 99)] == [50.0, 95.0, 99.0]
    assert percentile([7.0], 99) == 7.0
