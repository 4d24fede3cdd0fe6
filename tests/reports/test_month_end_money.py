"""Three real month-ends with their repayments: recovery, cure, roll and waiting money are those of the reference."""

import datetime as dt
import itertools
import json
from decimal import Decimal

import pytest
from django.utils import timezone

from cases.imports.run import import_file
from reports.kpis import Dim, kpi
from tests.cases.builders import make_source
from tests.reports.figures import question

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


def at(day: dt.date, hour: int) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(hour, 12), tzinfo=timezone.get_current_timezone())


@pytest.fixture
def month_end(shared_data, clerk):
    """Payments of the month, then its book, three times. Returns the reference and the moment before each book came."""
    folder = shared_data / "month_end"
    answers = json.loads((folder / "reference_answers.json").read_text(encoding="utf-8"), parse_float=Decimal)
    source = make_source()
    days = [dt.date.fromisoformat(one["date"]) for one in answers["snapshots"]]
    for day in days:
        for kind, file, hour in (
            ("repayments", f"还款明细_{day:%Y%m}.xlsx", 8),
            ("overdue", f"逾期客户明细_{day:%Y%m%d}.xlsx", 10),
        ):
            run = import_file(
                path=folder / file, source=source, as_of=day, kind=kind, actor=clerk, now=at(day, hour), apply=True
            )
            assert run.state == "applied", run.refusal
    return answers, days


def test_recovery_cure_and_roll_are_those_of_the_reference(month_end):
    answers, _days = month_end
    for transition in answers["transitions"]:
        first, second = (dt.date.fromisoformat(transition[end]) for end in ("from", "to"))
        asked = question(first, second, Dim.STAGE)
        recovery, left, roll = (kpi(name, asked) for name in ("recovery_rate", "left_rate", "roll_forward_rate"))
        for stage, expected in transition["recovery"].items():
            line = recovery.total if stage == "ALL" else recovery.line(stage)
            assert line.parts["debts"] == expected["contracts"]
            assert line.denominator == expected["base_amount_positive"]
            assert line.numerator == expected["paid_next_month"], (first, stage)
            assert line.value == rounded(expected["recovery_rate_amount"])
            if stage == "ALL":
                continue
            assert line.parts["owed_all"] == expected["base_amount_all"]
            assert line.parts["payers"] == expected["payers"]
            # What the reference calls cured is what left the book: absent is not paid, and is told apart here.
            assert left.line(stage).numerator == expected["cured_contracts"]
            assert left.line(stage).value == rounded(expected["cure_rate_count"])
            by_count = roll.line(stage).parts
            if expected["contracts"]:
                rate = by_count["debts_forward"] / by_count["debts"]
                assert rate.quantize(Decimal("0.000001")) == expected["roll_forward_rate_count"]
            else:
                assert expected["roll_forward_rate_count"] is None and by_count["debts"] == 0


def rounded(rate: Decimal | None) -> Decimal | None:
    return None if rate is None else rate.quantize(Decimal("0.000001"))


def test_money_without_a_contract_is_that_of_the_reference_as_it_was_known_before_the_months_book(month_end):
    answers, days = month_end
    for payments, day in zip(answers["payments"], days, strict=True):
        month = question(day.replace(day=1) - dt.timedelta(days=1), day, known_by=at(day, 9))
        answer = kpi("unmatched_money", month)
        assert answer.total.parts["payments"] == payments["rows"]
        assert answer.total.parts["money"] == payments["sum"]
        assert answer.total.numerator == payments["unmatched_sum"]
        assert answer.total.parts["waiting_payments"] == payments["unmatched_rows"]


def test_each_months_figures_are_printed_again_when_the_next_months_are_known(month_end):
    answers, days = month_end
    for first, second in itertools.pairwise(days):
        asked = question(first, second, Dim.STAGE, known_by=at(second, 11))
        assert kpi("recovery_rate", asked).total.numerator == next(
            one["recovery"]["ALL"]["paid_next_month"] for one in answers["transitions"] if one["to"] == f"{second}"
        )
