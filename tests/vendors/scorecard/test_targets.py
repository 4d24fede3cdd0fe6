"""What was promised, judged with the month and kept with its card."""

import datetime as dt
import io
import json
from decimal import Decimal

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction

from collection_ops.core.digests import digest_of
from tests.vendors.scorecard import house
from tests.vendors.scorecard.book import LATER, a_talk, cases_of, scored, three
from tests.vendors.settlement.house import MARCH, a_case, a_version, at, give, pay
from vendors.models import Scorecard, ScorecardTarget
from vendors.scorecard import scoring
from vendors.scorecard.gather import facts_of_month
from vendors.scorecard.promises import month_shown, month_told
from vendors.scorecard.reference import seed_scheme
from vendors.scorecard.schemes import scheme_for, scheme_of

APRIL = dt.date(2026, 4, 1)
APRIL_SCORED = at(dt.date(2026, 5, 4))


def told(card: Scorecard) -> list[tuple[str, str, str | None, str | None]]:
    """Measure, outcome, value and what it is short of."""
    return [
        (one.measure, one.outcome, _text(one.value), _text(one.short))
        for one in ScorecardTarget.objects.filter(scorecard=card).order_by("number")
    ]


def _text(number: Decimal | None) -> str | None:
    return None if number is None else str(number)


def test_the_facts_of_who_promised_nothing_have_the_digest_of_before_there_were_targets() -> None:
    """The constant is from before: cards that were made then are still the same when their month is scored again."""
    facts = house.three()
    told = [scoring.pool_digest(facts), scoring._told_of(facts.agencies[0])]
    assert digest_of(told) == "991810b5b9f75be45d03b40bd15ff17edd6977c91ee8575d8d3b4431a871aa19"


@pytest.mark.django_db
def test_a_month_with_one_reached_one_missed_to_the_cent_and_one_without_cases() -> None:
    """甲 brought in 3,000 of 6,000 yuan, all placed as M2; it told of talks with two of its six customers."""
    agencies = three()
    version = a_version(
        agencies["jia"],
        targets=[("recovery", "50", [2, 3]), ("recovery", "10", [5]), ("contact", "33.34", []), ("contact", "1", [5])],
    )
    a_version(agencies["yi"], targets=[("recovery", "16.67", [])])
    for case in cases_of(agencies["jia"])[:2]:
        a_talk("jia", case)
    cards = scored()
    assert told(cards["jia"]) == [
        ("recovery", "reached", "50.00", None), ("recovery", "unjudged", None, None),
        ("contact", "missed", "33.33", "1.00"), ("contact", "unjudged", None, None),
    ]  # fmt: skip
    # 16.67 % of 6,000 are 1,000.20.
    assert told(cards["yi"]) == [("recovery", "missed", "16.66", "0.20")] and told(cards["bing"]) == []
    [first, *_others] = cards["jia"].targets.all()
    assert (first.version, str(first.part), str(first.whole), first.stages) == (version, "3000.00", "6000.00", [2, 3])
    assert [one.why for one in cards["jia"].targets.all()] == ["", "no_cases", "", "no_cases"]


@pytest.mark.django_db
def test_the_targets_of_the_second_version_count_from_its_day_on() -> None:
    agencies = three()
    first = a_version(agencies["jia"], targets=[("recovery", "50", [])])
    second = a_version(agencies["jia"], since=APRIL, targets=[("recovery", "60", []), ("case_complaints", "0", [])])
    march = scored()["jia"]
    april = scored(now=APRIL_SCORED, month=APRIL)["jia"]
    assert [(one.version, str(one.figure)) for one in march.targets.all()] == [(first, "50.00")]
    assert [(one.version, str(one.figure)) for one in april.targets.all()] == [(second, "60.00"), (second, "0.00")]
    assert told(april) == [("recovery", "missed", "0.00", "3600.00"), ("case_complaints", "reached", "0.00", None)]


@pytest.mark.django_db
def test_what_was_judged_stands_whatever_comes_to_be_known_and_is_judged_anew_in_a_revision() -> None:
    agencies = three()
    a_version(agencies["yi"], targets=[("recovery", "16.67", [])])
    first = scored()["yi"]
    assert scored()["yi"] == first, "nothing is another"
    pay(cases_of(agencies["yi"])[1], dt.date(2026, 3, 30), "0.20", told=at(dt.date(2026, 4, 15)))
    assert told(first) == [("recovery", "missed", "16.66", "0.20")]
    second = scored(now=LATER)["yi"]
    assert (second.revision, told(second)) == (2, [("recovery", "reached", "16.67", None)])
    assert told(first) == [("recovery", "missed", "16.66", "0.20")]
    with pytest.raises(IntegrityError, match="never changed"), transaction.atomic():
        ScorecardTarget.objects.filter(scorecard=first).update(outcome="reached", short=None)
    with pytest.raises(IntegrityError, match="never changed"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM vendors_scorecardtarget")
    with pytest.raises(IntegrityError, match="judged_or_why"), transaction.atomic():
        ScorecardTarget.objects.create(
            scorecard=first, version=first.targets.get().version, number=2, measure="contact", figure=1, outcome="missed",
            value=0, gap=-1,
        )  # fmt: skip


@pytest.mark.django_db
def test_targets_that_are_agreed_later_make_another_revision_and_until_then_it_is_said() -> None:
    agencies = three()
    jia = agencies["jia"].pk
    assert month_shown(month_told(jia, MARCH, LATER)) is None, "nothing was promised"
    first = scored()["jia"]
    a_version(agencies["jia"], targets=[("recovery", "50", []), ("contact", "30", [])])
    shown = month_shown(month_told(jia, MARCH, LATER))
    assert shown is not None and shown["rows"] == [] and "重新评分后才能判断" in shown["said"]
    second = scored(now=LATER)["jia"]
    assert (second.revision, second.score) == (first.revision + 1, first.score), "targets give no points"
    shown = month_shown(month_told(jia, MARCH, LATER))
    assert shown is not None and shown["said"] == "约定目标 2 项，达成 1 项，未达成 0 项，无从判断 1 项"
    assert [str(one["why"]) for one in shown["rows"]] == ["", "没有联系记录"]
    assert scored(now=LATER)["yi"].revision == 1, "of whoever promised nothing nothing changed"


@pytest.mark.django_db
def test_a_month_without_a_card_is_not_missed(django_assert_max_num_queries) -> None:
    agencies = three()
    a_version(agencies["jia"], targets=[("recovery", "90", []), ("contact", "30", [2])])
    with django_assert_max_num_queries(4):
        found = month_told(agencies["jia"].pk, MARCH, LATER)
    shown = month_shown(found)
    assert shown is not None
    assert (shown["said"], shown["rows"]) == ("约定目标 2 项；当月还没有评分卡，不能判断是否达成。", [])
    json.dumps(found)


@pytest.mark.django_db
def test_talks_are_told_apart_by_stage_and_add_up() -> None:
    agencies = three()
    early = a_case("1000.00", days=10)
    give(agencies["jia"], early)
    for case in (early, *cases_of(agencies["jia"])[:3]):
        a_talk("jia", case)
        a_talk("jia", case, day=9)
    seed_scheme()
    row = scheme_for(MARCH, LATER)
    assert row is not None
    jia = facts_of_month(MARCH, LATER, scheme_of(row)).agencies[0]
    assert (jia.reached, {stage: n for stage, n in jia.reached_of.items() if n}) == (4, {1: 1, 2: 3})
    assert jia.for_targets().stages[1].reached == 1 and jia.for_targets().stages[2].cases == 6


@pytest.mark.django_db
def test_the_command_tells_of_targets_too() -> None:
    agencies = three()
    a_version(agencies["jia"], targets=[("recovery", "50.01", [2])])
    out = io.StringIO()
    call_command("score_agencies", "--month=2026-03", "--json", stdout=out)
    cards = {one["agency"]: one for one in json.loads(out.getvalue())["cards"]}
    [found] = cards["jia"]["targets"]
    assert found == {
        "number": 1, "measure": "recovery", "stages": [2], "outcome": "missed", "why": "", "figure": "50.01",
        "part": "3000.00", "whole": "6000.00", "value": "50.00", "gap": "-0.01", "short": "0.60",
    }  # fmt: skip
    assert cards["yi"]["targets"] == []
