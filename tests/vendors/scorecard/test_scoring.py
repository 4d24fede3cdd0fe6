"""A month of agencies scored from the database: the worked month, revisions, what counts and what does not."""

import datetime as dt
import io
import json
import threading
from decimal import Decimal
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from cases.credit import GRACE_AGENCY
from cases.models import Case
from collection_ops.core.access import Role
from collection_ops.core.dated_settings import set_value
from collection_ops.core.invariants import check_all
from collection_ops.core.models import AuditEvent, Job, JobState
from collection_ops.core.services import jobs
from compliance.models import Incident
from tests.cases.builders import add_position
from tests.compliance.complaints.builders import a_complaint, officer
from tests.core.races import at_once
from tests.vendors.agencies.builders import working_agency
from tests.vendors.scorecard.book import LATER, a_breach, a_talk, cases_of, made, scored, three
from tests.vendors.settlement.house import MARCH, SETTLED_MARCH, a_case, an_agency, at, give, march, pay, person, recall
from vendors.models import Scorecard, ScorecardItem, ScorecardStratum
from vendors.scorecard import scoring
from vendors.scorecard.criteria import Scheme, shipped_scheme
from vendors.scorecard.facts import MonthFacts
from vendors.scorecard.gather import facts_of_month
from vendors.scorecard.jobs import enqueue
from vendors.scorecard.reference import seed_scheme
from vendors.scorecard.scoring import ScoreRefused, months_due, score_due, score_month

pytestmark = pytest.mark.django_db


def item(card: Scorecard, criterion: str) -> ScorecardItem:
    return card.items.get(criterion=criterion)


# The worked month --------------------------------------------------------------------------------------------------


def test_a_month_of_three_agencies_from_the_book() -> None:
    """4,500 yuan of 516,000 yuan-days: 186,000 of them are 1,622.09, 144,000 are 1,255.82 (with the cent that is left)."""
    three()
    cards = scored()
    assert {code: (str(one.observed), str(one.expected), str(one.ratio)) for code, one in cards.items()} == {
        "jia": ("3000.00", "1622.09", "1.8495"),
        "yi": ("1000.00", "1622.09", "0.6165"),
        "bing": ("500.00", "1255.82", "0.3981"),
    }
    bing = cards["bing"]
    assert (bing.cases, str(bing.placed), str(bing.exposed)) == (6, "6000.00", "4645.16")  # 144,000 ÷ 31
    assert sum(one.share_now for one in cards.values()) == sum(one.share_proposed for one in cards.values()) == 100
    assert (str(bing.share_now), bing.revision, bing.scheme.number) == ("25.00", 1, 1)  # 4 of 16 cases in hand
    [stratum] = bing.strata.all()
    assert (stratum.stage, stratum.age_band, stratum.balance_band, stratum.earlier) == (2, 1, 1, 0)
    assert (stratum.merged, stratum.pool_cases, str(stratum.rate)) == (0, 18, "0.270349")  # 4,500 × 31 ÷ 516,000
    for card in cards.values():
        items = list(card.items.all())
        assert sum(one.points for one in items) == card.score and sum(one.points + one.lost for one in items) == 100
        assert item(card, "recovery").numerator == card.observed


def test_what_is_shown_as_compliance_is_what_a_settlement_goes_by() -> None:
    agencies = three()
    a_breach("jia", severity=1)
    a_breach("jia", severity=3)
    a_complaint(debtor=cases_of(agencies["jia"])[0].loan.debtor, about="jia", upheld=True, received_at=march(3))
    card = scored()["jia"]
    assert card.compliance_score == 100 - 5 - 20 - 10
    breaches = item(card, "breaches")
    assert breaches.value == 25 and breaches.points < breaches.weight / 5, "0.6 − 0.6 × 15 ÷ 20 of its points"


def test_a_critical_breach_of_the_month_makes_it_a_d() -> None:
    three()
    a_breach("jia", severity=3)
    a_breach("yi", severity=2)
    cards = scored()
    assert (cards["jia"].grade, cards["jia"].vetoed, cards["jia"].critical) == ("D", True, 1)
    assert not cards["yi"].vetoed and not any(change["grade_step"] for change in item(cards["jia"], "roll").changes)
    with pytest.raises(IntegrityError, match="scorecard_veto_is_d"), transaction.atomic():
        another(cards["jia"], grade="A")


def another(card: Scorecard, **changed: object) -> Scorecard:
    """A revision that nobody made by the rules."""
    said = {field.attname: getattr(card, field.attname) for field in Scorecard._meta.concrete_fields}
    return Scorecard.objects.create(**{**said, "id": None, "revision": 9, **changed})


def test_cards_that_do_not_add_up_are_found_at_night() -> None:
    def found() -> list[object]:
        [line] = [one for one in check_all(now=LATER) if one["code"] == "I46"]
        return [row["pk"] for row in line["rows"]]

    three()
    cards = scored()
    assert found() == []
    wrong = another(cards["jia"])
    assert found() == [wrong.pk], "no criterion and no kind of case speaks for its figures"


# What counts -------------------------------------------------------------------------------------------------------


def test_money_in_days_of_grace_is_the_agencys_that_let_the_case_go() -> None:
    agencies = three()
    set_value(GRACE_AGENCY, 5, effective_from=dt.date(2026, 1, 1), reason="合同", actor=None, now=march(1))
    gone = a_case("1000.00")
    give(agencies["jia"], gone)
    recall(agencies["jia"], gone, dt.date(2026, 2, 27))
    pay(gone, dt.date(2026, 3, 2), "200.00")
    pay(gone, dt.date(2026, 3, 20), "300.00")
    card = scored()["jia"]
    assert (card.observed, card.cases) == (Decimal("3200.00"), 6), (
        "the one counts, the other came too late; no case in hand"
    )
    assert sum(one.expected for one in Scorecard.objects.all()) == sum(one.observed for one in Scorecard.objects.all())


def test_whoever_brings_the_money_in_early_is_not_asked_for_less() -> None:
    """Paid in full and over on the 6th, or recalled on the 6th: the one counts all month, the other six days."""
    agencies = three()
    paid, back = cases_of(agencies["jia"])[:2]
    for case in (paid, back):
        add_position(case, dt.date(2026, 2, 28), days=45, total="1000.00")
        recall(agencies["jia"], case, dt.date(2026, 3, 6))
    agencies["jia"].placements.filter(case=paid).update(recall_reason="paid")
    other = cases_of(agencies["yi"])[0]
    add_position(other, dt.date(2026, 2, 28), days=45, total="1000.00")
    add_position(other, dt.date(2026, 3, 31), days=76, total="1000.00")
    card = scored(now=dt.datetime.now(dt.UTC) + dt.timedelta(days=1))["jia"]
    assert card.exposed == Decimal("5193.55")  # 5 × 1,000 and 6 ÷ 31 of 1,000
    assert item(card, "roll").denominator == Decimal("500.00"), (
        "half of what rolled: it is one of two that were followed"
    )


def test_a_contract_that_was_with_another_agency_before_is_another_kind_of_case() -> None:
    agencies = three()
    case = cases_of(agencies["bing"])[5]  # back since the 10th
    give(agencies["yi"], case, on=dt.date(2026, 3, 15))
    kinds = {(one.earlier, one.age_band): one.cases for one in scored()["yi"].strata.all()}
    assert kinds == {(0, 1): 6, (1, 0): 1}


def test_what_fell_into_a_later_stage_is_held_against_what_the_pool_lost() -> None:
    agencies = three()
    for code, rolls in (("jia", 1), ("yi", 3), ("bing", 0)):
        for number, case in enumerate(cases_of(agencies[code])[:4]):
            add_position(case, dt.date(2026, 2, 28), days=45, total="1000.00")
            add_position(case, dt.date(2026, 3, 31), days=76 if number < rolls else 50, total="1000.00")
    cards = scored(now=dt.datetime.now(dt.UTC) + dt.timedelta(days=1))  # positions are learned when they are written
    found = {code: (item(card, "roll").numerator, item(card, "roll").denominator) for code, card in cards.items()}
    # 4 of 12 followed cases rolled: of four each 1,333.33 yuan; the cent that is left goes to the first.
    assert found == {
        "jia": (Decimal(1_000), Decimal("1333.34")),
        "yi": (Decimal(3_000), Decimal("1333.33")),
        "bing": (Decimal(0), Decimal("1333.33")),
    }


def test_without_files_of_the_month_nobody_knows_what_rolled() -> None:
    three()
    assert {item(card, "roll").why for card in scored().values()} == {"no_positions"}


def test_talks_files_and_complaints_of_the_month() -> None:
    agencies = three()
    ours = cases_of(agencies["jia"])
    for case in ours[:3]:
        a_talk("jia", case)
    a_talk("jia", ours[3], result="no_answer", day=7)
    a_talk("jia", ours[0], day=8, told=march(11))
    a_complaint(debtor=ours[0].loan.debtor, about="jia", received_at=march(9))
    card = scored()["jia"]
    contact, punctual, complaints = (item(card, name) for name in ("contact", "punctuality", "complaints"))
    assert (contact.numerator, contact.denominator, contact.value) == (3, 6, 50)
    assert (punctual.numerator, punctual.denominator) == (1, 3), "one of three days was told late"
    assert (complaints.numerator, complaints.denominator) == (1, 50), "three contacted are too few for a rate"
    silent = scored()["yi"]
    assert {one.criterion for one in silent.items.exclude(why="")} >= {
        "contact",
        "punctuality",
        "complaints",
        "quality",
    }


def test_missing_papers_and_leaks_are_shortcomings_of_security() -> None:
    seed_scheme()
    editor, judge = person("wm", Role.VENDOR_MANAGER), person("cp", Role.COMPLIANCE)
    whole = working_agency(editor, judge)
    bare = an_agency("bare", "无件公司")
    for agency in (whole, bare):
        give(agency, a_case(), a_case())
    Incident.objects.create(
        type="data_leak", known_at=march(8), what="样例", orgs=f"{whole.name}、本机构", owner=officer(),
        due_at=march(10), leak_due_at=march(9), recorded_by=officer(), recorded_at=march(8),
    )  # fmt: skip
    cards = scored()
    assert item(cards[whole.desk.code], "security").value == 1, "the leak"
    assert item(cards["bare"], "security").value == 2, "neither agreement nor assessment"
    assert cards["bare"].share_proposed < cards["bare"].share_now, "may be given no cases"


# Revisions ---------------------------------------------------------------------------------------------------------


def test_the_same_facts_give_the_same_cards_and_other_facts_another_revision() -> None:
    agencies = three()
    first = made()
    assert [one.is_new for one in first] == [True] * 3
    again = made(now=at(dt.date(2026, 4, 9)))
    assert [(one.is_new, one.scorecard.pk) for one in again] == [(False, one.scorecard.pk) for one in first]
    assert AuditEvent.objects.filter(action="scorecard.made").count() == 3
    pay(cases_of(agencies["yi"])[2], dt.date(2026, 3, 30), "700.00", told=at(dt.date(2026, 4, 15)))
    assert not any(one.is_new for one in made(now=at(dt.date(2026, 4, 9)))), "it is not known on the 9th"
    later = made(now=LATER)
    assert [(one.is_new, one.scorecard.revision) for one in later] == [(True, 2)] * 3, "all share the pool"
    before, after = first[1].scorecard, later[1].scorecard
    assert (before.observed, after.observed) == (1_000, 1_700)
    assert Scorecard.objects.get(pk=before.pk).digest == before.digest != after.digest
    assert not any(one.is_new for one in made(now=at(dt.date(2026, 4, 9)))), "what is known by the newest stays"


def test_what_is_not_of_the_month_changes_no_card() -> None:
    agencies = three()
    first = scored()
    pay(cases_of(agencies["jia"])[4], dt.date(2026, 4, 2), "900.00")
    recall(agencies["jia"], cases_of(agencies["jia"])[5], dt.date(2026, 4, 5))
    a_breach("jia", severity=3, on=dt.date(2026, 4, 6))
    assert {code: one.pk for code, one in scored(now=LATER).items()} == {code: one.pk for code, one in first.items()}


def test_a_card_is_changed_by_nobody() -> None:
    three()
    card = scored()["jia"]
    for rows in (Scorecard.objects.filter(pk=card.pk), card.items.all(), card.strata.all()):
        with pytest.raises(IntegrityError, match="never changed"), transaction.atomic():
            rows.update(**({"score": 1} if rows.model is Scorecard else {"expected": 1}))
        with pytest.raises(IntegrityError, match="never changed"), transaction.atomic():
            rows._raw_delete(rows.db)


@pytest.mark.django_db(transaction=True)
def test_two_at_once_make_one_revision() -> None:
    three()
    found = at_once(*[made] * 3)
    assert sorted(one.is_new for cards in found for one in cards) == [False] * 6 + [True] * 3
    assert list(Scorecard.objects.values_list("revision", flat=True)) == [1] * 3
    assert ScorecardStratum.objects.count() == 3


@pytest.mark.django_db(transaction=True)
def test_twin_without_the_lock_the_second_runs_into_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the constraint keeps the months apart then, and somebody sees an error."""
    three()
    both_gathered = threading.Barrier(2)

    def gathered(month: dt.date, known_by: dt.datetime, scheme: Scheme) -> MonthFacts:
        facts = facts_of_month(month, known_by, scheme)
        both_gathered.wait(timeout=10)
        return facts

    monkeypatch.setattr(QuerySet, "select_for_update", lambda self, **kwargs: self.all())
    monkeypatch.setattr(scoring, "facts_of_month", gathered)
    found = at_once(made, made)
    assert sorted(type(one) is IntegrityError for one in found) == [False, True]


# Refusals and doors ------------------------------------------------------------------------------------------------


def test_a_month_that_cannot_be_scored_says_why() -> None:
    with pytest.raises(ScoreRefused, match="还没有结束"):
        score_month(month=MARCH, actor=None, now=march(31))
    with pytest.raises(ScoreRefused, match="评分方案"):
        made()
    seed_scheme()
    with pytest.raises(ScoreRefused, match="没有在手委案"):
        made()
    three()
    assert made()


def test_an_agency_of_which_nothing_is_known_has_no_card(monkeypatch: pytest.MonkeyPatch) -> None:
    three()
    a_talk("jia", Case.objects.filter(placements__agency__desk__code="jia").order_by("pk")[0])
    only = tuple(one for one in shipped_scheme().items if one.criterion in ("quality", "contact"))
    monkeypatch.setattr(scoring, "scheme_of", lambda row: Scheme(1, only))
    assert list(scored()) == ["jia"], "the others told of no contact, and nobody checked any"


def test_the_queries_do_not_grow_with_the_agencies(django_assert_max_num_queries: Any) -> None:
    three()
    with django_assert_max_num_queries(80) as few:
        made()
    for number in range(4):
        give(an_agency(f"more-{number}"), a_case("1000.00"))
    with django_assert_max_num_queries(120) as many:
        made(now=LATER)
    # Each new card is written with its items, strata and a line of the trail; nothing is asked for each.
    asked = [len([one for one in ran.captured_queries if one["sql"].startswith("SELECT")]) for ran in (few, many)]
    assert asked[0] == asked[1]


def test_the_command_tells_the_cards_and_refuses_with_a_code() -> None:
    three()
    out = io.StringIO()
    call_command("score_agencies", "--month", "2026-03", "--agency", "jia", "--json", stdout=out)
    [told] = json.loads(out.getvalue())["cards"]
    assert (told["agency"], told["observed"], told["expected"], told["new"]) == ("jia", "3000.00", "1622.09", True)
    assert {one["criterion"] for one in told["items"]} >= {"recovery", "complaints", "security"}
    assert Scorecard.objects.count() == 3, "all are scored, one is shown"
    text = io.StringIO()
    call_command("score_agencies", "--month", "2026-03", stdout=text)
    assert len(text.getvalue().splitlines()) == 3
    with pytest.raises(SystemExit) as refused:
        call_command("score_agencies", "--month", "2025-01", "--json", stdout=io.StringIO())
    assert refused.value.code == 2
    with pytest.raises(CommandError, match="no agency"):
        call_command("score_agencies", "--month", "2026-03", "--agency", "nobody")


def test_a_job_is_done_by_the_rights_of_its_starter() -> None:
    three()
    allowed, not_allowed = person("wm", Role.VENDOR_MANAGER), person("col", Role.COLLECTOR)
    for starter, state, cards in ((not_allowed, JobState.FAILED, 0), (allowed, JobState.DONE, 3)):
        job = enqueue(month=MARCH, actor=starter)
        jobs.run(job.pk)
        assert (Job.objects.get(pk=job.pk).state, Scorecard.objects.count()) == (state, cards)


def test_what_was_missed_is_made_up_for_and_once() -> None:
    three()
    assert months_due(dt.date(2026, 4, 1)) == []
    assert months_due(dt.date(2026, 4, 2)) == [MARCH]
    assert score_due(now=SETTLED_MARCH) == [MARCH]
    assert score_due(now=SETTLED_MARCH) == []
    assert months_due(dt.date(2026, 7, 8)) == [dt.date(2026, 4, 1), dt.date(2026, 5, 1), dt.date(2026, 6, 1)]
