"""`benchmark assignment` measures what it says, on a book of its own. No test here looks at a clock."""

import io
import json

import pytest
from django.core.management import call_command

from agents.benchmarks.assignment import result_of
from cases.models import Case
from collection_ops.core.benchmarks import Ratio


@pytest.mark.slow
def test_a_small_pool_is_dealt_out_by_all_three_and_nothing_is_left_behind(
    transactional_db: None, migrated_scratch: None
) -> None:
    output = io.StringIO()
    sizes = {"pool": 400, "desks": 8, "sample": 20}
    options = [part for name, value in sizes.items() for part in (f"--{name}", str(value))]
    call_command("benchmark", "assignment", *options, "--rounds", "1", "--json", stdout=output)
    result = json.loads(output.getvalue())
    assert {name: result["measures"][name] for name in sizes} == sizes
    assert all(result["measures"][f"{name}_seconds"] > 0 for name in ("plan", "apply", "total", "floor", "rows"))
    targets = {name: ratio["target"] for name, ratio in result["ratios"].items()}
    assert targets == {"total_to_floor": 3, "faster_than_row_by_row": 20}
    assert not Case.objects.exists()


def test_figures_are_medians_and_held_against_the_floor_and_against_rows() -> None:
    seconds = {"plan": [1.0, 2.0, 9.0], "apply": [2.0] * 3, "total": [3.0, 4.0, 11.0]}
    seconds |= {"floor": [2.0] * 3, "rows": [70.0] * 3}
    result = result_of(seconds, {"rounds": 3})
    assert result.measures["total_seconds"] == 4.0
    assert result.ratios["total_to_floor"] == Ratio(2.0, 3, True)
    assert result.ratios["faster_than_row_by_row"] == Ratio(17.5, 20, False)
