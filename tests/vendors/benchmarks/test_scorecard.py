"""`benchmark scorecard` scores a month of its own. No test here looks at a clock."""

import io
import json

import pytest
from django.core.management import call_command

from collection_ops.core.benchmarks import Ratio
from vendors.benchmarks.scorecard import SCORECARD
from vendors.models import Scorecard


@pytest.mark.slow
def test_a_small_month_comes_to_what_the_sums_by_hand_say(transactional_db: None, migrated_scratch: None) -> None:
    output = io.StringIO()
    call_command("benchmark", "scorecard", "--scored", "900", "--judged", "3", "--rounds", "1", "--json", stdout=output)
    result = json.loads(output.getvalue())
    assert result["measures"]["cards"] == 3, "what they observed is what the sums say, or it would have failed"
    assert {"scored_to_hand", "peak_megabytes"} == set(result["ratios"])
    assert not Scorecard.objects.exists(), "nothing of it in the site's own book"


def test_scoring_is_held_against_the_sums_and_against_memory() -> None:
    result = SCORECARD.result_of({"hand_seconds": 2.0, "scored_seconds": 7.0, "peak_megabytes": 200.0})
    assert result.ratios["scored_to_hand"] == Ratio(3.5, 3, False)
    assert result.ratios["peak_megabytes"] == Ratio(200.0, 500, True)
