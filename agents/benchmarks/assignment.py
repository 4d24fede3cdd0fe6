"""`benchmark assignment`: a pool of 100,000 cases dealt out to 200 desks, against a floor and against saving row by row.

Every step is a process of its own on a copy of one book, and the contestants of a round take turns, so that what else the
machine does meets all of them. Figures are medians of the rounds.
"""

import statistics
from collections import defaultdict
from typing import Any

from django.utils import timezone

from collection_ops.core.benchmarks import Asked, BenchmarkFailed, Ratio, Result, benchmark, run_module
from collection_ops.core.scratch import ScratchRefused, scratch_database

OPTIONS = {"pool": 100_000, "desks": 200, "sample": 2_000}
ROUNDS = 3
TO_FLOOR, FASTER_THAN_ROWS = 3, 20


@benchmark(
    "assignment", "A pool dealt out to the desks: plan with reasons and preview, apply with custody", options=OPTIONS
)
def measure_assignment(asked: Asked) -> Result:
    sizes = {name: asked.options[name] for name in OPTIONS}
    rounds = asked.rounds or ROUNDS
    now = timezone.localtime().replace(microsecond=0).isoformat()
    seconds: defaultdict[str, list[float]] = defaultdict(list)
    spread = 0.0
    try:
        with scratch_database() as template:
            asked.say(f"building a pool of {sizes['pool']:,} cases for {sizes['desks']} desks")
            _step("prepare", database=template, now=now, cases=sizes["pool"], desks=sizes["desks"])
            for number in range(rounds):
                asked.say(f"round {number + 1} of {rounds}")
                ours = _on_a_copy(template, "ours", now=now)
                floor = _on_a_copy(template, "floor", now=now)
                rows = _on_a_copy(template, "row_by_row", now=now, sample=sizes["sample"])
                for name, answer in (("ours", ours), ("floor", floor)):
                    if answer["rows"] != sizes["pool"]:
                        raise BenchmarkFailed(
                            f"{name} moved {answer['rows']} of {sizes['pool']}: its time says nothing"
                        )
                seconds["plan"].append(ours["plan_seconds"])
                seconds["apply"].append(ours["apply_seconds"])
                seconds["total"].append(ours["plan_seconds"] + ours["apply_seconds"])
                seconds["floor"].append(floor["seconds"])
                seconds["rows"].append(rows["seconds"] * sizes["pool"] / rows["rows"])
                spread = max(spread, ours["spread"])
    except ScratchRefused as refused:
        raise BenchmarkFailed(str(refused)) from refused
    return result_of(seconds, {**sizes, "rounds": rounds, "most_expected_to_mean": round(spread, 3)})


def result_of(seconds: dict[str, list[float]], sizes: dict[str, float | int]) -> Result:
    """Medians, and what they say."""
    middle = {name: statistics.median(values) for name, values in seconds.items()}
    measures: dict[str, float | int] = dict(sizes)
    measures |= {f"{name}_seconds": round(value, 3) for name, value in middle.items()}
    return Result(
        "assignment",
        measures,
        {
            "total_to_floor": Ratio.at_most(middle["total"] / middle["floor"], TO_FLOOR),
            "faster_than_row_by_row": Ratio.at_least(middle["rows"] / middle["total"], FASTER_THAN_ROWS),
        },
    )


def _on_a_copy(template: str, step: str, **asked: Any) -> dict[str, Any]:
    with scratch_database(like=template) as database:
        return _step(step, database=database, **asked)


def _step(name: str, **asked: Any) -> dict[str, Any]:
    """A step of assignment_step as a process of its own, connected to another database than ours."""
    return run_module("agents.benchmarks.assignment_step", name, **asked)
