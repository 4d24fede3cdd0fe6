"""`benchmark settlement`: what a month of all agencies costs, from whose money it is to the last frozen line.

The floor is one statement, written by hand, that asks for the same money and sums the same fees by agency and row: it knows
no lines, no hashes and nothing of earlier months. Settling may cost five times as much, in less than a gigabyte.
"""

from typing import Any

from collection_ops.core.benchmarks import Asked, BenchmarkFailed, Ratio, Result, benchmark, run_module
from collection_ops.core.scratch import ScratchRefused, scratch_database

OPTIONS = {"settled": 1_000_000, "agencies": 20}
TO_FLOOR, MEGABYTES = 5, 1_000


@benchmark("settlement", "A month of all agencies settled, against one statement written by hand", options=OPTIONS)
def measure_settlement(asked: Asked) -> Result:
    sizes = {"repayments": asked.options["settled"], "agencies": asked.options["agencies"]}
    measures: dict[str, float | int] = dict(sizes)
    try:
        with scratch_database() as database:
            asked.say(f"building {sizes['repayments']:,} repayments of {sizes['agencies']:,} agencies")
            measures |= _step("prepare", database=database, **sizes)
            asked.say("the sums by hand")
            by_hand = _step("by_hand", database=database, rounds=asked.rounds or 3)
            asked.say("the statements")
            settled = _step("settle", database=database)
    except ScratchRefused as refused:
        raise BenchmarkFailed(str(refused)) from refused
    if by_hand.pop("commission") != settled.pop("commission"):
        raise BenchmarkFailed("the statements and the sums by hand differ")
    return result_of(measures | by_hand | settled)


def result_of(measures: dict[str, float | int]) -> Result:
    """Figures of a run with what they are held against."""
    found = {name: round(value, 4) if isinstance(value, float) else value for name, value in measures.items()}
    return Result(
        "settlement",
        found,
        {
            "settled_to_hand": Ratio.at_most(measures["settled_seconds"] / measures["hand_seconds"], TO_FLOOR),
            "peak_megabytes": Ratio.below(measures["peak_megabytes"], MEGABYTES),
        },
    )


def _step(name: str, **asked: Any) -> dict[str, Any]:
    """A step as a process of its own, connected to another database than ours."""
    return run_module("vendors.benchmarks.settlement_step", name, **asked)
