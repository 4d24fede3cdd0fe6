"""`benchmark kpi` measures figures on a year of its own. No test here looks at a clock."""

import datetime as dt
import io
import json

import pytest
from django.core.management import call_command

from cases.models import Case
from collection_ops.core.benchmarks import Ratio
from reports.benchmarks.kpi import result_of
from reports.benchmarks.kpi_book import business_dates
from reports.benchmarks.kpi_step import BY_HAND


@pytest.mark.slow
def test_a_small_year_is_answered_in_three_ways_and_by_the_site(transactional_db: None, migrated_scratch: None) -> None:
    output = io.StringIO()
    call_command(
        "benchmark", "kpi", "--debts", "3000", "--payments", "6000", "--contacts", "4000", "--files", "45",
        "--rounds", "1", "--json", stdout=output,
    )  # fmt: skip
    result = json.loads(output.getvalue())
    measures = result["measures"]
    assert measures["positions"] > 3000 and measures["facts_book"] > 0 and measures["facts_money"] > 0
    assert measures["rebuild_seconds"] > 0 and measures["one_day_seconds"] > 0
    for name in BY_HAND:
        assert all(measures[f"{name}_{way}_seconds"] > 0 for way in ("page", "hand", "rows"))
        assert {f"{name}_to_hand", f"{name}_faster_than_rows"} <= set(result["ratios"])
    assert {"first_page_to_empty", "day_to_rebuild"} <= set(result["ratios"])
    assert not Case.objects.exists(), "nothing of it in the site's own book"


def test_each_figure_is_held_against_the_facts_asked_by_hand() -> None:
    measures = {f"{name}_{way}_seconds": 0.004 for name in BY_HAND for way in ("page", "hand", "rows")}
    measures |= {"entered_hand_seconds": 0.001, "money_in_rows_seconds": 0.4}
    measures |= {"one_day_seconds": 0.2, "rebuild_seconds": 40.0}
    result = result_of(measures, {"empty": [0.01] * 20, "first": [0.05] * 19 + [0.2]})
    assert result.ratios["entered_to_hand"] == Ratio(4.0, 2, False)
    assert result.ratios["recovery_by_desk_to_hand"] == Ratio(1.0, 2, True)
    assert result.ratios["money_in_faster_than_rows"] == Ratio(100.0, 1, True)
    assert result.ratios["day_to_rebuild"] == Ratio(0.005, 0.01, True)
    assert result.ratios["first_page_to_empty"] == Ratio(5.0, 10, True), "the 95th of a hundred, not the worst"


def test_the_year_ends_on_its_last_weekday() -> None:
    days = business_dates(6, dt.date(2026, 11, 1))  # a Sunday
    assert days == [dt.date(2026, 10, day) for day in (23, 26, 27, 28, 29, 30)]
