"""`benchmark settlement` settles a month of its own. No test here looks at a clock."""

import io
import json

import pytest
from django.core.management import call_command

from collection_ops.core.benchmarks import Ratio
from vendors.benchmarks.settlement import SETTLEMENT
from vendors.models import Settlement


@pytest.mark.slow
def test_a_small_month_comes_to_what_the_sums_by_hand_say(transactional_db: None, migrated_scratch: None) -> None:
    output = io.StringIO()
    call_command(
        "benchmark", "settlement", "--settled", "600", "--agencies", "3", "--rounds", "1", "--json", stdout=output
    )
    result = json.loads(output.getvalue())
    assert result["measures"]["lines"] == 600, "the commissions are those of the sums, or it would have failed"
    assert {"settled_to_hand", "peak_megabytes"} == set(result["ratios"])
    assert not Settlement.objects.exists(), "nothing of it in the site's own book"


def test_settling_is_held_against_the_sums_and_against_memory() -> None:
    result = SETTLEMENT.result_of({"hand_seconds": 2.0, "settled_seconds": 11.0, "peak_megabytes": 400.0})
    assert result.ratios["settled_to_hand"] == Ratio(5.5, 5, False)
    assert result.ratios["peak_megabytes"] == Ratio(400.0, 1_000, True)
