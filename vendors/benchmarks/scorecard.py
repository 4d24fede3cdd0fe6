"""`benchmark scorecard`: what the scorecards of a month of all agencies cost, from whose money it is to the last row.

The floor is one statement, written by hand, that asks for the same money and sums what is observed and what is expected of
each agency by the same kinds of cases: it knows no limits, no points, no stages at the end of the month, no hashes and no
rows to keep. Scoring may cost three times as much.
"""

from collection_ops.core.benchmarks import Asked, Result, benchmark
from vendors.benchmarks.month import Month

SCORECARD = Month(
    name="scorecard",
    rows=("scored", "cases"),
    agencies="judged",
    step="score",
    done="scored",
    compared="observed",
    to_floor=3,
    megabytes=500,
)
OPTIONS = {"scored": 2_000_000, "judged": 20}


@benchmark("scorecard", "A month of all agencies scored, against one statement written by hand", options=OPTIONS)
def measure_scorecard(asked: Asked) -> Result:
    return SCORECARD.measure(asked)
