"""May an agency be given cases on a day: the rules' own examples, and what none of them may break. Pure."""

import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.vendors.agencies.builders import DAY, LONG_AGO, SAYS, facts
from vendors.agencies.limits import Limits
from vendors.agencies.standing import (
    Agreed,
    Checked,
    Evaluated,
    Facts,
    Matter,
    Paper,
    Standing,
    standing,
    years_later,
)


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def rules(found: Standing) -> list[str]:
    return [one.rule for one in found.obstacles]


def matters(found: Standing) -> set[str]:
    return {str(one.matter) for one in found.obstacles}


def warned(found: Standing) -> set[str]:
    return {str(one.matter) for one in found.warnings}


def with_paper(kind: str, paper: Paper | None, **changed: object) -> Facts:
    documents = {**facts().documents, kind: paper}
    return facts(documents={name: one for name, one in documents.items() if one is not None}, **changed)


def with_check(kind: str, check: Checked | None, **changed: object) -> Facts:
    checks = {**facts().checks, kind: check}
    return facts(checks={name: one for name, one in checks.items() if one is not None}, **changed)


def test_an_agency_with_everything_in_order_may_be_given_cases():
    found = standing(facts(), DAY)
    assert (found.obstacles, found.warnings) == ((), ())
    assert found and found.may_receive


@pytest.mark.parametrize("state", ["applying", "stopped", "exiting", "exited"])
def test_only_an_active_agency_is_given_cases(state):
    found = standing(facts(state=state, is_active=False, state_label="停止委案"), DAY)
    assert rules(found) == ["CN-A-01"]
    assert "停止委案" in found.obstacles[0].sentence and not found
    assert found.besides_state == ()


def test_published_on_the_fifth_it_is_given_cases_from_the_fifth_on():
    """CN-A-01: published 03-05, assign 03-04 → BLOCK, 03-05 → ALLOW."""
    published = facts(published_on=day("2026-03-05"))
    assert matters(standing(published, day("2026-03-04"))) == {"published"}
    assert standing(published, day("2026-03-05")).may_receive


def test_an_unlisted_or_unpublished_agency_is_given_nothing():
    assert matters(standing(facts(listed_on=None), DAY)) == {"listed"}
    assert matters(standing(facts(listed_on=DAY + dt.timedelta(days=1)), DAY)) == {"listed"}
    assert matters(standing(facts(published_on=None), DAY)) == {"published"}
    assert matters(standing(facts(hotline=" "), DAY)) == {"published"}
    relaxed = Limits(publish_required=False)
    assert standing(facts(published_on=None, limits=relaxed), DAY).may_receive


def test_a_contract_that_ends_on_the_last_of_march_allows_nothing_in_april():
    """CN-A-01: contract ends 03-31: assign 04-01 → BLOCK."""
    ends = facts(
        contracts=(Agreed("HT-1", LONG_AGO, day("2026-03-31"), (LONG_AGO,)),),
        evaluations=(Evaluated("before_end", day("2026-03-20"), "continue"),),
    )
    assert standing(ends, day("2026-03-31")).may_receive
    after = standing(ends, day("2026-04-01"))
    assert rules(after) == ["CN-A-01"] and "2026-03-31" in after.obstacles[0].sentence
    renewed = replace(ends, contracts=(*ends.contracts, Agreed("HT-2", day("2026-04-01"), day("2027-03-31"), (DAY,))))
    assert standing(renewed, day("2026-04-01")).may_receive


@pytest.mark.parametrize(
    ("contracts", "said"),
    [
        ((), "没有委外合同"),
        ((Agreed("HT-1", LONG_AGO, day("2026-12-31")),), "没有已批准"),
        ((Agreed("HT-1", LONG_AGO, day("2026-12-31"), (day("2026-03-06"),)),), "没有已批准"),
        ((Agreed("HT-1", day("2026-03-06"), day("2026-12-31"), (day("2026-03-06"),)),), "才开始"),
        ((Agreed("HT-0", day("2025-01-01"), day("2025-12-31"), (day("2025-01-01"),)),), "已于 2025-12-31 到期"),
    ],
)
def test_without_agreed_terms_in_force_the_sentence_says_which_contract_is_meant(contracts, said):
    found = standing(facts(contracts=contracts, evaluations=(Evaluated("yearly", LONG_AGO, "continue"),)), DAY)
    assert [one.sentence for one in found.obstacles if said in one.sentence]
    assert matters(found) == {"contract"}


def test_a_penalty_within_three_years_bars_an_agency_whatever_a_later_check_found():
    """CN-A-02: penalty 2025 → BLOCK; none → continue."""
    barred = facts(record_on=day("2025-06-01"))
    assert rules(standing(barred, DAY)) == ["CN-A-02"]
    assert "2025-06-01" in standing(barred, DAY).obstacles[0].sentence
    old = facts(record_on=day("2023-03-05"))
    assert not standing(old, day("2026-03-05")), "three years are over when their last day is"
    assert standing(old, day("2026-03-06")).may_receive
    assert standing(facts(), DAY).may_receive


def test_a_lookback_of_five_years_reaches_further():
    old = facts(record_on=day("2022-01-01"))
    assert standing(old, DAY).may_receive
    assert not standing(replace(old, limits=Limits(lookback_years=5)), DAY)


def test_a_record_of_the_29th_of_february_is_over_after_the_first_of_march():
    assert years_later(day("2024-02-29"), 3) == day("2027-03-01")
    assert years_later(day("2024-02-29"), 4) == day("2028-02-29")


@pytest.mark.parametrize("kind", ["unlawful_record", "licence", "security"])
def test_a_required_check_has_to_be_there_and_passed(kind):
    for check in (None, Checked(False, LONG_AGO)):
        assert rules(standing(with_check(kind, check), DAY)) == ["CN-A-02"]


@pytest.mark.parametrize("kind", ["finances", "site", "staff"])
def test_other_checks_are_asked_for_and_bar_only_when_they_failed(kind):
    missing = standing(with_check(kind, None), DAY)
    assert missing.may_receive and warned(missing) == {"check"}
    assert rules(standing(with_check(kind, Checked(False, LONG_AGO)), DAY)) == ["CN-A-02"]


def test_the_licence_has_to_be_valid_on_the_day():
    assert matters(standing(with_paper("licence", None), DAY)) == {"licence"}
    valid = with_paper("licence", Paper(LONG_AGO, day("2026-03-05")))
    found = standing(valid, day("2026-03-05"))
    assert found.may_receive and warned(found) == {"paper"}
    assert matters(standing(valid, day("2026-03-06"))) == {"licence"}


def test_an_agreement_that_says_nothing_about_retention_is_none():
    """CN-A-05: field `retention` empty → BLOCK activation."""
    for empty in ("", "  ", None):
        found = standing(with_paper("data_agreement", Paper(LONG_AGO, says={**SAYS, "retention": empty})), DAY)
        assert rules(found) == ["CN-A-05"] and found.obstacles[0].sentence.endswith("retention")
    without = {name: text for name, text in SAYS.items() if name != "retention"}
    assert rules(standing(with_paper("data_agreement", Paper(LONG_AGO, says=without)), DAY)) == ["CN-A-05"]
    assert rules(standing(with_paper("data_agreement", None), DAY)) == ["CN-A-05"]
    assert rules(standing(with_paper("data_agreement", Paper(LONG_AGO, LONG_AGO, SAYS)), DAY)) == ["CN-A-05"]


def test_without_an_impact_assessment_nothing_is_placed():
    """CN-A-08: no PIA → BLOCK; PIA dated the same day → ALLOW."""
    assert rules(standing(with_paper("impact_assessment", None), DAY)) == ["CN-A-08"]
    assert standing(with_paper("impact_assessment", Paper(DAY)), DAY).may_receive


def for_years(*evaluations: Evaluated) -> Facts:
    contract = Agreed("HT-1", day("2024-01-01"), day("2027-12-31"), (day("2024-01-01"),))
    return facts(contracts=(contract,), evaluations=evaluations)


def test_an_evaluation_is_good_for_365_days():
    """CN-A-03: last eval 2025-03-01, 2026-03-01 → ALLOW, 2026-03-02 → BLOCK; WARN at 11 months."""
    evaluated = for_years(
        Evaluated("onsite", day("2025-12-01"), "continue"), Evaluated("yearly", day("2025-03-01"), "continue")
    )
    assert warned(standing(evaluated, day("2026-01-29"))) == set()
    assert warned(standing(evaluated, day("2026-01-30"))) == {"evaluation"}
    last_day = standing(evaluated, day("2026-03-01"))
    assert last_day.may_receive and warned(last_day) == {"evaluation"}
    assert rules(standing(evaluated, day("2026-03-02"))) == ["CN-A-03"]


def test_in_its_first_year_an_agency_needs_no_evaluation_yet():
    new = facts(contracts=(Agreed("HT-1", day("2025-03-05"), day("2026-12-31"), (day("2025-03-05"),)),))
    assert standing(new, day("2026-03-05")).may_receive
    assert rules(standing(new, day("2026-03-06"))) == ["CN-A-03"]


def test_listing_an_agency_anew_does_not_put_the_evaluation_off():
    old = replace(for_years(), listed_on=DAY, published_on=DAY)
    assert rules(standing(old, DAY)) == ["CN-A-03"]


def test_an_inspection_on_the_spot_is_no_evaluation_and_is_asked_for_beside_it():
    only_onsite = for_years(Evaluated("onsite", day("2026-02-01"), "continue"))
    assert rules(standing(only_onsite, DAY)) == ["CN-A-03"]
    only_yearly = standing(for_years(Evaluated("yearly", day("2026-02-01"), "continue")), DAY)
    assert only_yearly.may_receive and "现场检查" in only_yearly.warnings[0].sentence


def test_the_newest_result_decides_whether_work_goes_on():
    ended = Evaluated("yearly", day("2026-02-01"), "terminate")
    again = Evaluated("yearly", day("2026-02-20"), "continue")
    assert rules(standing(facts(evaluations=(ended,)), DAY)) == ["CN-A-03"]
    assert standing(facts(evaluations=(ended, again)), DAY).may_receive
    limited = standing(facts(evaluations=(Evaluated("yearly", day("2026-02-20"), "limit"),)), DAY)
    assert limited.may_receive and warned(limited) == {"evaluation"}


def test_in_the_last_thirty_days_of_a_contract_an_evaluation_before_its_end_is_asked_for():
    ends = facts(contracts=(Agreed("HT-1", LONG_AGO, day("2026-03-31"), (LONG_AGO,)),))
    assert standing(ends, day("2026-02-28")).warnings == ()
    for asked in ("2026-03-01", "2026-03-31"):
        found = standing(ends, day(asked))
        assert found.may_receive and warned(found) == {"evaluation"}
    done = replace(ends, evaluations=(Evaluated("before_end", day("2026-03-02"), "continue"),))
    assert standing(done, day("2026-03-31")).warnings == ()
    of_the_last_contract = replace(ends, evaluations=(Evaluated("before_end", day("2025-12-20"), "continue"),))
    assert warned(standing(of_the_last_contract, day("2026-03-31"))) == {"evaluation"}


def test_people_without_a_certificate_are_a_warning():
    found = standing(facts(people_without_certificate=2), DAY)
    assert found.may_receive and warned(found) == {"people"} and "2 名" in found.warnings[0].sentence


def test_every_obstacle_says_what_to_do():
    nothing = Facts(state="applying", is_active=False, listed_on=None, published_on=None, hotline="")
    found = standing(nothing, DAY)
    assert matters(found) == {
        *("state", "listed", "published", "contract", "record", "check", "licence", "agreement", "assessment"),
    }
    for one in (*found.obstacles, *found.warnings):
        assert one.rule and one.sentence and one.what_to_do and one.label


DAYS = st.dates(min_value=day("2025-06-01"), max_value=day("2027-06-01"))
PAPERS = st.builds(Paper, DAYS, st.none() | DAYS, st.just(SAYS))
SOME_FACTS = st.builds(
    facts,
    is_active=st.booleans(),
    listed_on=st.none() | DAYS,
    published_on=st.none() | DAYS,
    record_on=st.none() | DAYS,
    contracts=st.lists(
        st.builds(Agreed, st.just("HT"), DAYS, DAYS, st.lists(DAYS, max_size=2).map(tuple)), max_size=2
    ).map(tuple),
    documents=st.fixed_dictionaries(
        {}, optional={"licence": PAPERS, "data_agreement": PAPERS, "impact_assessment": PAPERS}
    ),
    people_without_certificate=st.integers(0, 3),
)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(SOME_FACTS, DAYS)
def test_an_agency_out_of_work_or_with_a_fresh_record_is_never_given_cases(known, on):
    found = standing(known, on)
    assert found.may_receive == (not found.obstacles)
    if not known.is_active or known.listed_on is None or known.listed_on > on:
        assert not found
    if known.record_on is not None and known.record_on <= on <= known.record_on + dt.timedelta(days=1000):
        assert Matter.RECORD in {one.matter for one in found.obstacles}
    if found:
        assert any(one.starts_on <= on <= one.ends_on for one in known.contracts)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(SOME_FACTS, DAYS)
def test_showing_one_paper_more_never_makes_it_worse(known, on):
    before = standing(known, on)
    better = replace(known, documents={**known.documents, "licence": Paper(on)})
    after = standing(better, on)
    assert {one.sentence for one in after.obstacles} <= {one.sentence for one in before.obstacles}
