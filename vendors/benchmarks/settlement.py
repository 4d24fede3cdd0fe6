"""`benchmark settlement`: what a month of all agencies costs, from whose money it is to the last frozen line.

The floor is one statement, written by hand, that asks for the same money and sums the same fees by agency and row: it knows
no lines, no hashes and nothing of earlier months. Settling may cost five times as much, in less than a gigabyte.
"""

from collection_ops.core.benchmarks import Asked, Result, benchmark
from vendors.benchmarks.month import Month

SETTLEMENT = Month(
    name="settlement",
    rows=("settled", "repayments"),
    agencies="agencies",
    step="settle",
    done="settled",
    compared="commission",
    to_floor=5,
    megabytes=1_000,
)
OPTIONS = {"settled": 1_000_000, "agencies": 20}


@benchmark("settlement", "A month of all agencies settled, against one statement written by hand", options=OPTIONS)
def measure_settlement(asked: Asked) -> Result:
    return SETTLEMENT.measure(asked)
