"""`benchmark complaints` measures the desk and a ledger on a register of its own. No test here looks at a clock."""

import io
import json

import pytest
from django.core.management import call_command

from collection_ops.core.benchmarks import Ratio
from compliance.benchmarks.complaints import result_of
from compliance.benchmarks.complaints_step import LISTS
from compliance.models import Complaint


@pytest.mark.slow
def test_a_small_register_is_listed_in_every_way_and_takes_a_ledger(
    transactional_db: None, migrated_scratch: None
) -> None:
    output = io.StringIO()
    call_command(
        "benchmark", "complaints", "--rows", "3000", "--ledger", "40", "--rounds", "1", "--json", stdout=output
    )
    result = json.loads(output.getvalue())
    assert (result["measures"]["complaints"], result["measures"]["open_complaints"]) == (3000, 250)
    assert result["measures"]["pages_deep"] == 4, "to the end of what is open"
    assert all(result["measures"][f"list_{name}_seconds"] > 0 for name in LISTS)
    assert result["ratios"]["list_queries"]["holds"]
    assert set(result["ratios"]) == {
        "desk_first_to_rows", "desk_deep_to_rows", "desk_deep_to_first", "page_deep_to_first", "slowest_list_ms",
        "desk_plan_uses_the_index", "list_queries", "ledger_to_floor", "ledger_faster_than_row_by_row",
    }  # fmt: skip
    assert not Complaint.objects.exists(), "nothing of it in the site's own register"


def test_figures_are_medians_and_the_slowest_list_is_what_counts() -> None:
    seconds = {f"list_{name}": [0.1] * 3 for name in LISTS} | {"list_mine": [0.2, 0.4, 9.0]}
    seconds |= {name: [0.004, 0.002, 0.001] for name in ("desk_first", "desk_deep", "rows_first", "rows_deep")}
    seconds |= {"page_first": [0.1], "page_deep": [0.1], "ours": [6.0], "floor": [0.3], "row_by_row": [9.0]}
    result = result_of(seconds, {"plan_uses_the_index": 1, "page_queries": 10})
    assert result.measures["desk_first_seconds"] == 0.002
    assert result.ratios["slowest_list_ms"] == Ratio(400.0, 300, False)
    assert result.ratios["ledger_to_floor"] == Ratio(20.0, 30, True)
    assert result.ratios["ledger_faster_than_row_by_row"] == Ratio(1.5, 1, True)
