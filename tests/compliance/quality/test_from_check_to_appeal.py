"""A talk is checked: by whom, with what result, what follows, who sees it, a second opinion, an appeal."""

import datetime as dt
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.db.utils import DatabaseError

from collection_ops.core.access import Role
from collection_ops.core.dated_settings import set_value
from collection_ops.core.models import Notification, User
from collection_ops.core.services.accounts import create_user
from compliance.models import OpinionKind, QualityCheck, ScoreForm, StaffTask
from compliance.quality.appeals import acknowledge, decide_appeal, make_appeal
from compliance.quality.checking import SECOND_SHARE, Given, save_opinion
from compliance.quality.following import quotes_of
from compliance.quality.forms_of import form_in_force, save_form
from compliance.quality.refusals import QualityRefused
from compliance.quality.results import by_person, calibration, done_between, whole
from compliance.quality.second import settle
from compliance.quality.waiting import appeals_to_decide, to_acknowledge, to_check, to_check_again, to_settle
from tests.compliance.quality.builders import NEXT_WEEK, checker, drawn, given, one_check, week_of_talks

pytestmark = pytest.mark.django_db
FIRST, SECOND = OpinionKind.FIRST, OpinionKind.SECOND
TODAY = NEXT_WEEK.date()


@pytest.fixture
def check(collector: User) -> QualityCheck:
    return one_check(collector)


def share(percent: int) -> None:
    set_value(SECOND_SHARE, percent, effective_from=dt.date(2026, 1, 1), reason="试", actor=None, now=NEXT_WEEK)


def first(check: QualityCheck, actor: User, what: Given | None = None, *, submit: bool = True) -> QualityCheck:
    save_opinion(check=check, kind=FIRST, given=what or given(), submit=submit, actor=actor, now=NEXT_WEEK)
    check.refresh_from_db()
    return check


def second(check: QualityCheck, actor: User, what: Given) -> QualityCheck:
    save_opinion(check=check, kind=SECOND, given=what, submit=True, actor=actor, now=NEXT_WEEK)
    check.refresh_from_db()
    return check


def told(user: User) -> list[str]:
    return list(
        Notification.objects.filter(user=user, kind__startswith="quality").order_by("pk").values_list("kind", flat=True)
    )


def test_a_good_talk_passes_and_the_person_sees_it_only_then(
    check: QualityCheck,
    collector: User,
    team_leader: User,
    supervisor: User,
    compliance_officer: User,
    vendor_manager: User,
) -> None:
    share(0)
    other_leader = create_user(
        username="l2", display_name="另一组长", password="x", roles=[Role.TEAM_LEADER], actor=None, unit="team-b"
    )

    def seen_by(*people: User) -> list[bool]:
        return [QualityCheck.objects.for_user(one).filter(pk=check.pk).exists() for one in people]

    everybody = (compliance_officer, supervisor, team_leader, collector, other_leader, vendor_manager)
    assert seen_by(*everybody) == [True, False, False, False, False, False]
    first(check, compliance_officer, given(1), submit=False)
    assert check.state == "checking"
    assert seen_by(*everybody) == [True, False, False, False, False, False]
    first(check, compliance_officer, given(asked_reason=1, empathy=None))
    assert (check.state, check.passed, check.second) == ("done", True, "none")
    assert check.score == Decimal("95.70")  # 93 points apply, 4 of them lost
    assert seen_by(*everybody) == [True, True, True, True, False, False]
    assert told(collector) == ["quality.passed"]
    assert not StaffTask.objects.exists()

    assert list(to_acknowledge(collector)) == [check]
    with pytest.raises(QualityRefused, match="只有本人"):
        acknowledge(check=check, actor=team_leader, now=NEXT_WEEK)
    acknowledge(check=check, actor=collector, now=NEXT_WEEK)
    assert not to_acknowledge(collector)


def test_nobody_checks_their_own_talk_or_what_another_has_begun(check: QualityCheck, compliance_officer: User) -> None:
    other, collecting = checker("b"), checker("c")
    with pytest.raises(QualityRefused, match="没有质检的权限"):
        first(check, check.user)
    QualityCheck.objects.filter(pk=check.pk).update(user=collecting)
    check.refresh_from_db()
    assert not to_check(collecting)
    assert not QualityCheck.objects.for_user(collecting).exists()
    with pytest.raises(QualityRefused, match="自己的通话"):
        first(check, collecting)
    with pytest.raises(IntegrityError), transaction.atomic():
        QualityCheck.objects.filter(pk=check.pk).update(checker=collecting)
    first(check, compliance_officer, submit=False)
    assert list(to_check(compliance_officer)) == [check]
    assert not to_check(other)
    with pytest.raises(QualityRefused, match="何合规 检查"):
        first(check, other)
    first(check, compliance_officer)
    with pytest.raises(QualityRefused, match="已提交过"):
        first(check, compliance_officer)
    with pytest.raises(DatabaseError), transaction.atomic():
        check.opinions.update(score=1)


def test_an_opinion_is_complete_when_it_is_submitted_and_a_draft_need_not_be(
    check: QualityCheck, compliance_officer: User
) -> None:
    def refused(what: Given, words: str, field: str) -> None:
        with pytest.raises(QualityRefused, match=words) as caught:
            first(check, compliance_officer, what)
        assert caught.value.field == field

    first(check, compliance_officer, Given(answers={"polite": 2}, quotes={"threat": ""}), submit=False)
    refused(Given(answers={"said_lender": 2}), "还有 13 项未评", "said_staff_no")
    refused(given(quotes={"threat": " "}), "摘录原话", "critical_threat")
    refused(given(polite=None), "没有这个选项", "polite")  # always applies
    refused(given(polite=3), "没有这个选项", "polite")
    refused(given(nothing=2), "没有这个选项", "nothing")
    assert check.opinions.get().submitted_at is None


def test_a_critical_error_fails_whatever_else_was_good_and_brings_one_coaching(
    check: QualityCheck, collector: User, compliance_officer: User
) -> None:
    first(check, compliance_officer, given(quotes={"threat": "03:12 “你等着”"}))
    assert (check.score, check.passed, check.critical) == (0, False, ["threat"])
    assert quotes_of(check.opinions.get()) == {"threat": "03:12 “你等着”"}
    task = StaffTask.objects.get()
    assert (task.user, task.kind, task.check_number) == (collector, "coaching", check.pk)
    assert task.due_on == TODAY + dt.timedelta(days=7)
    assert told(collector) == ["quality.failed"]
    with pytest.raises(IntegrityError), transaction.atomic():
        QualityCheck.objects.filter(pk=check.pk).update(score=90, passed=True)


def test_a_new_form_is_for_checks_that_begin_later(collector: User, compliance_officer: User) -> None:
    week_of_talks(collector, 2)
    begun, later = drawn().checks.order_by("pk")
    first(begun, compliance_officer, submit=False)
    old = form_in_force()
    body = {**old.body, "pass_mark": 90}
    with pytest.raises(QualityRefused, match="没有改动"):
        save_form(body=old.body, reason="x", based_on=1, actor=compliance_officer, now=NEXT_WEEK)
    save_form(body=body, reason="提高合格线", based_on=1, actor=compliance_officer, now=NEXT_WEEK)
    with pytest.raises(QualityRefused, match="已被他人修改"):
        save_form(body={**body, "pass_mark": 70}, reason="x", based_on=1, actor=compliance_officer, now=NEXT_WEEK)
    what = given(polite=0, approved_words=1)  # 85
    assert first(begun, compliance_officer, what).passed
    assert not first(later, compliance_officer, what).passed
    assert [one.form.version for one in (begun.opinions.get(), later.opinions.get())] == [1, 2]
    with pytest.raises(DatabaseError), transaction.atomic():
        ScoreForm.objects.filter(pk=old.pk).update(body=body)


def test_a_second_opinion_that_agrees_changes_nothing(check: QualityCheck, compliance_officer: User) -> None:
    share(100)
    other = checker("b")
    first(check, compliance_officer)
    assert check.second == "wanted"
    assert (list(to_check_again(other)), list(to_check_again(compliance_officer))) == ([check], [])
    with pytest.raises(QualityRefused, match="已提交过"):
        second(check, compliance_officer, given())
    second(check, other, given(approved_words=1))  # 95: five points apart
    assert (check.second, check.score) == ("agreed", 100)
    found = calibration(TODAY, TODAY)
    assert (found.result.pairs, found.result.exact, found.result.kappa) == (1, 1, None)
    assert found.items["approved_words"].exact == 0
    (two,) = found.people
    assert (two.one, two.other, two.gap) == (compliance_officer.pk, other.pk, Decimal("5.00")), "the second is stricter"
    assert (two.result.pairs, two.result.exact) == (1, 1)
    assert found.whole_items.exact == pytest.approx(13 / 14)


def test_two_that_differ_are_settled_and_nobody_prefers_their_own(
    check: QualityCheck, collector: User, compliance_officer: User
) -> None:
    share(100)
    other, third = checker("b"), checker("c")
    first(check, compliance_officer)
    second(check, other, given(1))
    assert (check.second, check.score, check.passed) == ("differs", 100, True)
    assert told(compliance_officer)[-1] == "quality.differs"
    with pytest.raises(QualityRefused, match="协调结果出来后"):
        make_appeal(check=check, reason="不服", actor=collector, now=NEXT_WEEK)
    for actor, holds, note, words in (
        (other, "second", "我对", "自己的评分"), (compliance_officer, "first", "我对", "自己的评分"),
        (third, "second", " ", "经过与理由"), (third, "appeal", "x", "请选择"), (collector, "second", "x", "不能协调"),
    ):  # fmt: skip
        with pytest.raises(QualityRefused, match=words):
            settle(check=check, holds=holds, note=note, actor=actor, now=NEXT_WEEK)
    acknowledge(check=check, actor=collector, now=NEXT_WEEK)
    assert list(to_settle(third)) == [check]
    settle(check=check, holds="second", note="一起回听，口径以复评为准", actor=compliance_officer, now=NEXT_WEEK)
    check.refresh_from_db()
    assert (check.second, check.score, check.passed) == ("settled", 50, False)
    assert (check.first_score, check.first_passed, check.was_changed) == (100, True, True)
    assert check.acknowledged_at is None  # there is something new to see
    assert told(collector)[-1] == "quality.changed"
    assert StaffTask.objects.get().check_number == check.pk
    with pytest.raises(QualityRefused, match="没有待协调"):
        settle(check=check, holds="first", note="x", actor=third, now=NEXT_WEEK)


def test_an_appeal_is_decided_by_somebody_who_made_neither_opinion_and_both_results_are_kept(
    check: QualityCheck, collector: User, compliance_officer: User
) -> None:
    share(100)
    other = checker("b")
    first(check, compliance_officer, given(1))
    make_appeal(check=check, reason="录音前半段已核实身份", actor=collector, now=NEXT_WEEK)
    check.refresh_from_db()
    assert check.second == "none"  # the appeal looks at it anew
    assert (list(appeals_to_decide(compliance_officer)), list(appeals_to_decide(other))) == ([], [check])
    assert told(other)[-1] == "quality.appealed"
    with pytest.raises(QualityRefused, match="没有参与过评分"):
        decide_appeal(check=check, given=given(), note="维持", actor=compliance_officer, now=NEXT_WEEK)
    with pytest.raises(QualityRefused, match="复核的理由"):
        decide_appeal(check=check, given=given(), note=" ", actor=other, now=NEXT_WEEK)
    with pytest.raises(QualityRefused, match="更低的评分"):
        decide_appeal(check=check, given=given(0), note="更差", actor=other, now=NEXT_WEEK)
    task = StaffTask.objects.get()
    assert task.done_at is None
    decide_appeal(check=check, given=given(), note="回听属实", actor=other, now=NEXT_WEEK)
    check.refresh_from_db()
    assert (check.score, check.passed, check.first_score, check.first_passed) == (100, True, 50, False)
    assert (check.appeal.outcome, told(collector)[-1]) == ("changed", "quality.appeal_changed")
    task.refresh_from_db()
    assert (task.cancelled_at, task.done_at) == (NEXT_WEEK, None)  # nothing to coach any more
    with pytest.raises(QualityRefused, match="已申诉过"):
        make_appeal(check=check, reason="再申诉", actor=collector, now=NEXT_WEEK)


def test_an_appeal_that_finds_the_same_keeps_the_result_and_one_too_late_is_not_taken(
    check: QualityCheck, collector: User, compliance_officer: User
) -> None:
    share(0)
    first(check, compliance_officer, given(1))
    late = NEXT_WEEK + dt.timedelta(days=8)
    with pytest.raises(QualityRefused, match="2026-03-16 已过"):
        make_appeal(check=check, reason="不服", actor=collector, now=late)
    with pytest.raises(QualityRefused, match="申诉的理由"):
        make_appeal(check=check, reason="", actor=collector, now=NEXT_WEEK)
    make_appeal(check=check, reason="不服", actor=collector, now=late - dt.timedelta(days=1))
    decide_appeal(check=check, given=given(1), note="回听后维持", actor=checker("b"), now=late)
    check.refresh_from_db()
    assert (check.appeal.outcome, check.score, told(collector)[-1]) == ("kept", 50, "quality.appeal_kept")
    assert StaffTask.objects.get().done_at is None


def test_the_month_counts_results_by_person_as_they_stand(
    collector: User, team_leader: User, compliance_officer: User
) -> None:
    share(0)
    week_of_talks(collector, 2)
    week_of_talks(team_leader, 1)
    checks = list(drawn().checks.order_by("pk"))
    for check, what in zip(checks, (given(), given(quotes={"threat": "原话"}), given(1)), strict=True):
        first(check, compliance_officer, what)
    by = {one.user: one for one in by_person(done_between(TODAY.replace(day=1), TODAY))}
    mine = by[collector.pk]
    assert (mine.checks, mine.mean, mine.failed, mine.critical, mine.fail_share) == (2, Decimal("50.00"), 1, 1, 0.5)
    total = whole(list(by.values()))
    assert (total.checks, total.mean, total.failed) == (3, Decimal("50.00"), 2)
    assert by_person(done_between(TODAY + dt.timedelta(days=1), TODAY + dt.timedelta(days=30))) == []
