"""What a quality check and the wording check find is a matter of the register, once, and stays to be seen when it falls."""

import datetime as dt

import pytest

from collection_ops.core.models import Notification, User
from compliance.breaching import handling
from compliance.models import BreachCase, ContactAttempt, HitState, QualityCheck, WordingHit
from compliance.quality.appeals import decide_appeal, make_appeal
from compliance.quality.checking import Given, save_opinion
from compliance.quality.forms_of import form_in_force, save_form
from compliance.quality.refusals import QualityRefused
from compliance.quality.second import settle
from compliance.services.recordings import keep_transcript
from compliance.wordcheck.judging import JudgingRefused, call_harmless, confirm, take_back
from compliance.wordcheck.scanning import read_new
from tests.compliance.quality.builders import NEXT_WEEK, checker, drawn, given, one_check, week_of_talks
from tests.compliance.quality.test_from_check_to_appeal import share
from tests.core.races import at_once

pytestmark = pytest.mark.django_db
LATER = NEXT_WEEK + dt.timedelta(days=1)
THREAT = {"threat": "03:12 “你等着”"}
BOTH = THREAT | {"forbidden_time": "23:10"}


@pytest.fixture
def check(collector: User) -> QualityCheck:
    share(0)
    return one_check(collector)


def scored(check: QualityCheck, actor: User, what: Given, kind: str = "first") -> None:
    save_opinion(check=check, kind=kind, given=what, submit=True, actor=actor, now=NEXT_WEEK)
    check.refresh_from_db()


def steps(row: BreachCase) -> list[str]:
    return list(row.steps.order_by("pk").values_list("kind", flat=True))


def hits_of(attempt: ContactAttempt, text: str) -> list[WordingHit]:
    keep_transcript(attempt=attempt, text=text, engine="t", now=NEXT_WEEK)
    read_new(now=NEXT_WEEK)
    return list(attempt.wording_hits.order_by("start"))


def test_a_critical_error_is_in_the_register_and_an_ordinary_fail_is_not(
    collector: User, compliance_officer: User
) -> None:
    share(0)
    week_of_talks(collector, 2)
    poor, grave = drawn().checks.order_by("pk")
    scored(poor, compliance_officer, given(0))
    assert not BreachCase.objects.exists()
    save_opinion(
        check=grave, kind="first", given=given(quotes=BOTH), submit=False, actor=compliance_officer, now=NEXT_WEEK
    )
    assert not BreachCase.objects.exists(), "a draft finds nothing yet"
    scored(grave, compliance_officer, given(quotes=BOTH))
    threat, hours = BreachCase.objects.order_by("kind")
    assert (threat.kind, threat.severity, threat.source, threat.user) == ("B01.2", 3, "quality", collector)
    assert (hours.kind, hours.severity, hours.check_number) == ("CN-T-01", 2, grave.pk)
    assert "你等着" in threat.what
    assert "你等着" not in hours.what
    assert threat.attempt == grave.attempt
    assert steps(threat) == ["opened"]


def test_an_appeal_that_is_won_withdraws_it_and_one_that_is_lost_does_not(
    check: QualityCheck, collector: User, supervisor: User, compliance_officer: User
) -> None:
    scored(check, compliance_officer, given(quotes=BOTH))
    threat, hours = BreachCase.objects.order_by("kind")
    handling.take(row=threat, owner=supervisor, actor=compliance_officer, now=NEXT_WEEK)
    make_appeal(check=check, reason="语气重，但没有威胁", actor=collector, now=NEXT_WEEK)
    check.refresh_from_db()
    other = checker("b")
    with pytest.raises(QualityRefused, match="更低的评分"):
        decide_appeal(check=check, given=given(quotes={"disclosure": "04:00"}), note="另有", actor=other, now=LATER)
    assert steps(threat) == ["opened", "assigned"]
    decide_appeal(check=check, given=given(quotes={"forbidden_time": "23:10"}), note="没有威胁", actor=other, now=LATER)
    check.refresh_from_db()
    assert (check.score, check.critical, check.appeal.outcome) == (0, ["forbidden_time"], "changed")
    threat.refresh_from_db()
    hours.refresh_from_db()
    assert (threat.state, hours.state) == ("withdrawn", "open")
    assert steps(threat) == ["opened", "assigned", "found_not", "withdrawn"]
    assert threat.steps.get(kind="found_not").words == "申诉复核改判：没有威胁"
    told = Notification.objects.filter(kind="breach.withdrawn").values_list("user", flat=True)
    assert set(told) == {supervisor.pk, collector.pk}


def test_what_a_person_has_settled_stays_and_says_that_it_is_not_found_any_more(
    check: QualityCheck, collector: User, supervisor: User, compliance_officer: User
) -> None:
    scored(check, compliance_officer, given(quotes=THREAT))
    row = BreachCase.objects.get()
    handling.take(row=row, owner=supervisor, actor=compliance_officer, now=NEXT_WEEK)
    handling.remedy(row=row, words="已辅导", actor=supervisor, now=NEXT_WEEK)
    handling.close(row=row, words="到位", actor=compliance_officer, now=NEXT_WEEK)
    make_appeal(check=check, reason="没有威胁", actor=collector, now=NEXT_WEEK)
    decide_appeal(check=check, given=given(), note="属实", actor=checker("b"), now=LATER)
    row.refresh_from_db()
    assert (row.state, steps(row)[-1]) == ("closed", "found_not")


def test_two_opinions_of_the_same_score_are_settled_to_the_errors_of_one(
    check: QualityCheck, compliance_officer: User
) -> None:
    share(100)
    other, third = checker("b"), checker("c")
    scored(check, compliance_officer, given(quotes=THREAT))
    scored(check, other, given(quotes={"disclosure": "01:00 告诉同事"}), "second")
    assert check.second == "differs"
    settle(check=check, holds="second", note="回听", actor=third, now=LATER)
    states = dict(BreachCase.objects.values_list("kind", "state"))
    assert states == {"B01.2": "withdrawn", "B01.4": "open"}


def test_a_confirmed_hit_is_a_matter_once_however_many_words_and_a_false_alarm_is_none(
    check: QualityCheck, collector: User, compliance_officer: User
) -> None:
    threat, again, harmless = hits_of(check.attempt, "你这个老赖。再说一次老赖。路过老赖饭店")
    call_harmless(hit=harmless, reason="店名", actor=compliance_officer, now=NEXT_WEEK)
    assert not BreachCase.objects.exists()
    confirm(hit=threat, reason="录音属实", actor=compliance_officer, now=NEXT_WEEK)
    confirm(hit=again, reason="录音属实", actor=compliance_officer, now=NEXT_WEEK)
    scored(check, compliance_officer, given(quotes=THREAT))
    row = BreachCase.objects.get()
    assert (row.source, row.kind, row.user, row.attempt) == ("wording", "B01.2", collector, check.attempt)
    assert "通话转写中的“老赖”" in row.what
    assert steps(row) == ["opened", "found", "found"]

    take_back(hit=threat, reason="听错", actor=compliance_officer, now=LATER)
    take_back(hit=again, reason="听错", actor=compliance_officer, now=LATER)
    row.refresh_from_db()
    assert row.state == "open", "the check still holds it"
    make_appeal(check=check, reason="没有威胁", actor=collector, now=NEXT_WEEK)
    decide_appeal(check=check, given=given(), note="属实", actor=checker("b"), now=LATER)
    row.refresh_from_db()
    assert row.state == "withdrawn"
    confirm(hit=threat, reason="换设备听清了", actor=compliance_officer, now=LATER)
    row.refresh_from_db()
    assert (row.state, row.due_on) == ("open", LATER.date() + dt.timedelta(days=3))
    assert steps(row)[-2:] == ["found", "back"]
    assert BreachCase.objects.count() == 1


def test_only_a_judgement_is_taken_back_with_a_reason_and_not_ones_own_words(
    check: QualityCheck, collector: User, compliance_officer: User
) -> None:
    (hit,) = hits_of(check.attempt, "你这个老赖")
    with pytest.raises(JudgingRefused, match="还没有判定"):
        take_back(hit=hit, reason="x", actor=compliance_officer, now=LATER)
    confirm(hit=hit, reason="属实", actor=compliance_officer, now=NEXT_WEEK)
    with pytest.raises(JudgingRefused, match="撤回的原因"):
        take_back(hit=hit, reason=" ", actor=compliance_officer, now=LATER)
    with pytest.raises(JudgingRefused, match="由他人判定"):
        take_back(hit=hit, reason="没说", actor=collector, now=LATER)
    take_back(hit=hit, reason="是引用客户原话", actor=compliance_officer, now=LATER)
    hit.refresh_from_db()
    assert (hit.state, hit.decided_by) == (HitState.NEW, None)
    call_harmless(hit=hit, reason="引用客户原话", actor=compliance_officer, now=LATER)
    row = BreachCase.objects.get()
    assert row.state == "withdrawn"
    assert row.steps.get(kind="found_not").words == "是引用客户原话"


def test_one_that_was_found_to_be_no_breach_does_not_answer_for_a_finding_of_another_sort(
    check: QualityCheck, compliance_officer: User
) -> None:
    hit, more = hits_of(check.attempt, "你这个老赖。又是老赖")
    confirm(hit=hit, reason="属实", actor=compliance_officer, now=NEXT_WEEK)
    first = BreachCase.objects.get()
    handling.dismiss(row=first, words="引用客户原话", actor=compliance_officer, now=NEXT_WEEK)
    confirm(hit=more, reason="属实", actor=compliance_officer, now=NEXT_WEEK)
    assert BreachCase.objects.count() == 1
    scored(check, compliance_officer, given(quotes=THREAT))
    assert set(BreachCase.objects.values_list("source", "state")) == {("wording", "dismissed"), ("quality", "open")}


def test_an_agencys_talk_and_an_error_that_the_house_added_name_who_and_what(
    check: QualityCheck, compliance_officer: User
) -> None:
    body = form_in_force().body
    added = {"code": "error_2_1", "label": "加价收费", "breach": "B01.3"}
    plain = {"code": "error_2_2", "label": "其他红线"}
    with pytest.raises(QualityRefused, match="没有“B99”"):
        save_form(
            body={**body, "critical": [{**added, "breach": "B99"}]}, reason="x", based_on=1,
            actor=compliance_officer, now=NEXT_WEEK,
        )  # fmt: skip
    save_form(
        body={**body, "critical": [*body["critical"], added, plain]}, reason="新增", based_on=1,
        actor=compliance_officer, now=NEXT_WEEK,
    )  # fmt: skip
    QualityCheck.objects.filter(pk=check.pk).update(user=None, org="agency-a")
    check.refresh_from_db()
    scored(check, compliance_officer, given(quotes={"error_2_1": "05:00", "error_2_2": "06:00"}))
    assert list(BreachCase.objects.order_by("kind").values_list("kind", "user", "org")) == [
        ("B01.3", None, "agency-a"), ("B01.6", None, "agency-a"),
    ]  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_two_hits_of_one_contact_are_confirmed_at_once_and_are_one_matter(
    collector: User, compliance_officer: User
) -> None:
    check = one_check(collector)
    one, other = hits_of(check.attempt, "你这个老赖。又是老赖")
    second = checker("b")
    results = at_once(
        lambda: confirm(hit=one, reason="属实", actor=compliance_officer, now=NEXT_WEEK),
        lambda: confirm(hit=other, reason="属实", actor=second, now=NEXT_WEEK),
    )
    assert all(isinstance(each, WordingHit) for each in results), results
    row = BreachCase.objects.get()
    assert steps(row) == ["opened", "found"]
