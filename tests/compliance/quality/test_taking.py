"""A talk is in one pair of hands: two people at once, a draft left lying, one given back, an appeal made twice."""

import datetime as dt
import threading

import pytest

from collection_ops.core.models import AuditEvent, User
from compliance.models import QualityAppeal, QualityCheck, QualityOpinion
from compliance.quality import checking
from compliance.quality.appeals import make_appeal
from compliance.quality.checking import kind_for, save_opinion
from compliance.quality.refusals import QualityRefused
from compliance.quality.taking import give_back, left_lying, take, take_next
from tests.compliance.quality.builders import NEXT_WEEK, checker, drawn, given, one_check, week_of_talks
from tests.compliance.quality.test_from_check_to_appeal import share
from tests.core.races import at_once

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


@pytest.fixture
def check(collector: User) -> QualityCheck:
    share(0)
    return one_check(collector)


def submit(check: QualityCheck, actor: User, now: dt.datetime = NEXT_WEEK) -> QualityOpinion:
    return save_opinion(check=check, kind="first", given=given(), submit=True, actor=actor, now=now)


def test_whoever_has_begun_has_it_until_they_give_it_back(check: QualityCheck, compliance_officer: User) -> None:
    other = checker("b")
    for _click in range(2):
        take(check=check, actor=compliance_officer, now=NEXT_WEEK)
    assert QualityOpinion.objects.count() == 1
    for act in (lambda: take(check=check, actor=other, now=NEXT_WEEK), lambda: submit(check, other)):
        with pytest.raises(QualityRefused, match="何合规 检查"):
            act()
    with pytest.raises(QualityRefused, match="没有正在进行"):
        give_back(check=check, actor=other, now=NEXT_WEEK)
    give_back(check=check, actor=compliance_officer, now=NEXT_WEEK)
    check.refresh_from_db()
    assert (check.state, check.checker) == ("waiting", None)
    submit(check, other)
    with pytest.raises(QualityRefused, match="没有正在进行"):
        give_back(check=check, actor=other, now=NEXT_WEEK)
    with pytest.raises(QualityRefused, match="已提交过"):
        take(check=check, actor=other, now=NEXT_WEEK)


def test_what_was_left_lying_is_taken_over_and_one_of_the_last_days_is_not(
    check: QualityCheck, collector: User, compliance_officer: User
) -> None:
    other = checker("b")
    take(check=check, actor=compliance_officer, now=NEXT_WEEK)
    with pytest.raises(QualityRefused, match="何合规 检查"):
        take(check=check, actor=other, now=NEXT_WEEK + 3 * DAY)
    late = NEXT_WEEK + 4 * DAY
    assert list(left_lying(other, late)) == [check]
    assert not left_lying(compliance_officer, late).exists()
    with pytest.raises(QualityRefused, match="没有质检的权限"):
        take(check=check, actor=collector, now=late)
    assert QualityOpinion.objects.get().checker == compliance_officer
    take(check=check, actor=other, now=late)
    assert QualityOpinion.objects.get().checker == other
    assert AuditEvent.objects.filter(action="quality.taken_over").exists()
    with pytest.raises(QualityRefused, match="检查"):
        submit(check, compliance_officer, late)


def test_what_somebody_who_left_has_begun_is_taken_over_at_once(check: QualityCheck, compliance_officer: User) -> None:
    take(check=check, actor=compliance_officer, now=NEXT_WEEK)
    User.objects.filter(pk=compliance_officer.pk).update(is_active=False)
    other = checker("b")
    assert list(left_lying(other, NEXT_WEEK)) == [check]
    take(check=check, actor=other, now=NEXT_WEEK)
    check.refresh_from_db()
    assert check.checker == other


def test_a_blind_second_opinion_is_taken_too(check: QualityCheck, compliance_officer: User) -> None:
    share(100)
    submit(check, compliance_officer)
    other, third = checker("b"), checker("c")
    take(check=check, actor=other, now=NEXT_WEEK)
    fresh = QualityCheck.objects.get(pk=check.pk)
    assert (kind_for(fresh, other), kind_for(fresh, third)) == ("second", None)
    with pytest.raises(QualityRefused):
        take(check=check, actor=compliance_officer, now=NEXT_WEEK + 9 * DAY)
    assert QualityOpinion.objects.filter(checker=other).exists(), "who gave the first cannot drop the second"
    take(check=check, actor=third, now=NEXT_WEEK + 9 * DAY)
    assert set(QualityOpinion.objects.values_list("checker", flat=True)) == {compliance_officer.pk, third.pk}


@pytest.mark.django_db(transaction=True)
def test_two_who_press_next_at_once_get_two_talks(collector: User, compliance_officer: User) -> None:
    week_of_talks(collector, 45)
    drawn()
    other = checker("b")
    found = at_once(
        lambda: take_next(actor=compliance_officer, now=NEXT_WEEK), lambda: take_next(actor=other, now=NEXT_WEEK)
    )
    assert all(isinstance(one, QualityCheck) for one in found), found
    assert len({one.pk for one in found}) == 2


@pytest.mark.django_db(transaction=True)
def test_two_who_score_one_talk_at_once_are_one_result_and_one_refusal(
    collector: User, compliance_officer: User
) -> None:
    share(0)
    check, other = one_check(collector), checker("b")
    results = at_once(lambda: submit(check, compliance_officer), lambda: submit(check, other))
    assert {type(one) for one in results} == {QualityOpinion, QualityRefused}, results
    assert QualityOpinion.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_twin_without_the_lock_both_believe_that_it_is_theirs(
    collector: User, compliance_officer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    share(0)
    check, other = one_check(collector), checker("b")
    both = threading.Barrier(2)

    def unlocked(one: QualityCheck) -> QualityCheck:
        found = QualityCheck.objects.prefetch_related("opinions__form").get(pk=one.pk)
        both.wait(timeout=10)
        return found

    monkeypatch.setattr(checking, "lock_check", unlocked)
    results = at_once(lambda: submit(check, compliance_officer), lambda: submit(check, other))
    assert not any(isinstance(one, QualityRefused) for one in results), "only the table keeps them apart"


@pytest.mark.django_db(transaction=True)
def test_the_person_and_their_leader_appeal_at_once_and_one_is_told(
    collector: User, team_leader: User, compliance_officer: User
) -> None:
    share(0)
    check = one_check(collector)
    submit(check, compliance_officer)
    results = at_once(
        lambda: make_appeal(check=check, reason="不服", actor=collector, now=NEXT_WEEK),
        lambda: make_appeal(check=check, reason="替组员", actor=team_leader, now=NEXT_WEEK),
    )
    assert {type(one) for one in results} == {QualityAppeal, QualityRefused}, results
