"""A target of the contract that is missed two months running has to be put right, once."""

import datetime as dt
from decimal import Decimal

import pytest
from django.utils import timezone

from collection_ops.core.clock import month_before
from tests.vendors.rectification.cast import today
from tests.vendors.scorecard_pages.made import a_card
from tests.vendors.settlement.house import a_version, an_agency
from vendors.models import Agency, Rectification, Scorecard, ScorecardTarget
from vendors.rectification.raising import raise_due
from vendors.rectification.rules import Span
from vendors.rectification.targets import missed_twice, problems_of

pytestmark = pytest.mark.django_db
MISSED = {"outcome": "missed", "part": 300, "whole": 10_000, "value": 3, "gap": -2, "short": Decimal("200.00")}
REACHED = {"outcome": "reached", "part": 500, "whole": 10_000, "value": 5, "gap": 0}
UNJUDGED = {"outcome": "unjudged", "why": "no_cases"}


def last_month() -> dt.date:
    return month_before(today().replace(day=1))


def judged(agency: Agency, month: dt.date, *found: dict, stages: tuple[int, ...] = (), revision: int = 1) -> Scorecard:
    card = a_card(agency, month=month, revision=revision)
    version = agency.contracts.get().versions.get()
    for number, one in enumerate(found, start=1):
        measure = "recovery" if number == 1 else "contact"
        ScorecardTarget.objects.create(
            scorecard=card, version=version, number=number, measure=measure, figure=5, stages=list(stages), **one
        )
    return card


def promising(code: str) -> Agency:
    agency = an_agency(code)
    a_version(agency)
    return agency


def night() -> int:
    return raise_due(now=timezone.now())


def test_missed_twice_raises_one_that_says_which_target_and_by_how_much() -> None:
    agency, month = promising("ag-a"), last_month()
    judged(agency, month_before(month), MISSED, REACHED)
    assert night() == 0, "once is not twice"
    judged(agency, month, MISSED, MISSED)
    assert [night(), night()] == [1, 0]
    row = Rectification.objects.get()
    [finding] = row.findings.all()
    assert (row.rule, row.period, finding.refs) == ("missed_targets", month, {"scorecards": [f"{month:%Y-%m}"]})
    assert finding.what == (
        "约定目标连续两月未达成：回款率(%)，全部阶段，约定不低于 5%；"
        f"{month_before(month):%Y-%m} 为 3%，{month:%Y-%m} 为 3%，差 200.00 元"
    )
    judged(agency, month, MISSED, MISSED, revision=2)
    assert night() == 0, "whatever later revisions say"


@pytest.mark.parametrize("before", [REACHED, UNJUDGED, None])
def test_a_month_that_was_reached_or_not_judged_or_has_no_card_is_no_missed_one(before: dict | None) -> None:
    agency, month = promising("ag-a"), last_month()
    if before is not None:
        judged(agency, month_before(month), before)
    judged(agency, month, MISSED)
    assert night() == 0


def test_other_stages_are_another_target_and_the_newest_revision_counts() -> None:
    stage, revised, month = promising("ag-a"), promising("ag-b"), last_month()
    judged(stage, month_before(month), MISSED, stages=(1, 2))
    judged(stage, month, MISSED, stages=(3,))
    judged(revised, month_before(month), MISSED)
    judged(revised, month_before(month), REACHED, revision=2)
    judged(revised, month, MISSED)
    assert night() == 0


def test_it_takes_two_queries_however_many_agencies(django_assert_num_queries) -> None:
    month = last_month()
    agencies = [promising(code) for code in ("ag-a", "ag-b", "ag-c")]
    for agency in agencies:
        judged(agency, month_before(month), MISSED)
        judged(agency, month, MISSED)
    with django_assert_num_queries(2):
        found = missed_twice(agencies, Span(month, today(), today(), timezone.now()))
    assert len(found) == 3
    with django_assert_num_queries(2):
        assert len(problems_of(found)) == 3
