"""`benchmark scorecard`: what the scorecards of a month of all agencies cost, from whose money it is to the last row.

The floor is one statement, written by hand, that asks for the same money and sums what is observed and what is expected of
each agency by the same kinds of cases: it knows no limits, no points, no stages at the end of the month, no hashes and no
rows to keep. Scoring may cost three times as much.
"""

from typing import Any

from collection_ops.core.benchmarks import Asked, BenchmarkFailed, Ratio, Result, benchmark, run_module
from collection_ops.core.scratch import ScratchRefused, scratch_database

OPTIONS = {"scored": 2_000_000, "judged": 20}
TO_FLOOR, MEGABYTES = 3, 500


@benchmark("scorecard", "A month of all agencies scored, against one statement written by hand", options=OPTIONS)
def measure_scorecard(asked: Asked) -> Result:
    sizes = {"cases": asked.options["scored"], "agencies": asked.options["judged"]}
    measures: dict[str, float | int] = dict(sizes)
    try:
        with scratch_database() as database:
            asked.say(f"building {sizes['cases']:,} placed cases of {sizes['agencies']:,} agencies")
            measures |= _step("prepare", database=database, **sizes)
            asked.say("the sums by hand")
            by_hand = _step("by_hand", database=database, rounds=asked.rounds or 3)
            asked.say("the scorecards")
            scored = _step("score", database=database)
    except ScratchRefused as refused:
        raise BenchmarkFailed(str(refused)) from refused
    if by_hand.pop("observed") != scored.pop("observed"):
        raise BenchmarkFailed("the scorecards and the sums by hand differ")
    return result_of(measures | by_hand | scored)


def result_of(measures: dict[str, float | int]) -> Result:
    """Figures of a run with what they are held against."""
    found = {name: round(value, 4) if isinstance(value, float) else value for name, value in measures.items()}
    return Result(
        "scorecard",
        found,
        {
            "scored_to_hand": Ratio.at_most(measures["scored_seconds"] / measures["hand_seconds"], TO_FLOOR),
            "peak_megabytes": Ratio.below(measures["peak_megabytes"], MEGABYTES),
        },
    )


def _step(name: str, **asked: Any) -> dict[str, Any]:
    """A step as a process of its own, connected to another database than ours."""
    return run_module("vendors.benchmarks.scorecard_step", name, **asked)
