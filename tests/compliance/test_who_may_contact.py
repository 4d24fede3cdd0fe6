"""Whose own file stands against a contact: the same answer as the gate gives."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from collection_ops.core import clock
from collection_ops.core.models import User
from compliance.gate import open_attempt
from compliance.models import RuleChange, StaffPaper, TrainingCertificate
from compliance.selectors_staff import on_file, who_may_contact
from tests.cases.builders import make_case

pytestmark = pytest.mark.django_db

DAY = date(2026, 11, 2)


def only_passed_on(user: User, day: date, level: int = 5) -> None:
    TrainingCertificate.objects.filter(user=user).delete()
    TrainingCertificate.objects.create(
        user=user, course="上岗培训", passed_on=day, level=level, recorded_at=timezone.now()
    )


def test_a_certificate_holds_for_the_rules_days_and_not_one_more(collector: User) -> None:
    only_passed_on(collector, date(2025, 11, 2))
    assert who_may_contact([collector.pk], date(2026, 11, 2)) == {collector.pk: True}
    assert who_may_contact([collector.pk], date(2026, 11, 3)) == {collector.pk: False}
    assert on_file([collector.pk], DAY)[collector.pk].valid_until == DAY


def test_who_is_without_a_paper_is_told_which(collector: User, outsider: User) -> None:
    StaffPaper.objects.filter(user=collector, kind="nda").update(withdrawn_on=DAY)
    found = on_file([collector.pk, outsider.pk], DAY)
    assert found[collector.pk].missing == ("nda",)
    assert not found[collector.pk].may_contact
    assert found[collector.pk].is_trained
    assert set(found[outsider.pk].missing) == {"no_crime_cert", "credit_cert", "nda"}
    assert who_may_contact([collector.pk], DAY - timedelta(days=1)) == {collector.pk: True}


def test_what_is_revoked_or_not_yet_passed_counts_for_nothing(collector: User) -> None:
    only_passed_on(collector, DAY + timedelta(days=1))
    assert who_may_contact([collector.pk], DAY) == {collector.pk: False}
    only_passed_on(collector, DAY)
    assert who_may_contact([collector.pk], DAY) == {collector.pk: True}
    TrainingCertificate.objects.update(revoked_at=timezone.now(), revoke_reason="冒名")
    assert who_may_contact([collector.pk], DAY) == {collector.pk: False}


def test_the_rules_that_people_have_tightened_are_the_ones_asked(collector: User, supervisor: User) -> None:
    now = timezone.now()
    today = clock.business_date(now)
    only_passed_on(collector, today - timedelta(days=100))
    assert who_may_contact([collector.pk], today) == {collector.pk: True}
    RuleChange.objects.create(
        pack="CN-DEFAULT", rule="CN-H-01", params={"days": 90}, state="active", loosens=False,
        effective_from=today, reason="试点",
        proposed_by=supervisor, proposed_at=now - timedelta(minutes=1), begins_at=now - timedelta(minutes=1),
    )  # fmt: skip
    assert who_may_contact([collector.pk], today) == {collector.pk: False}


@pytest.mark.parametrize("spoilt", ["nothing", "training", "papers"])
def test_the_gate_and_the_question_give_one_answer(collector: User, spoilt: str) -> None:
    now = timezone.now()
    if spoilt == "training":
        only_passed_on(collector, clock.business_date(now) - timedelta(days=366))
    if spoilt == "papers":
        StaffPaper.objects.filter(user=collector).delete()
    case = make_case()
    answer = open_attempt(case=case, point=None, actor=collector, now=now)
    about_staff = [reason for reason in answer.verdict.reasons if reason.rule.startswith("CN-H-")]
    asked = who_may_contact([collector.pk], clock.business_date(now))[collector.pk]
    assert asked is (not about_staff) is (spoilt == "nothing")


def test_any_number_of_people_is_one_query(
    collector: User, team_leader: User, django_assert_num_queries: object
) -> None:
    who_may_contact([collector.pk], DAY)
    with django_assert_num_queries(1):  # type: ignore[operator]
        who_may_contact([collector.pk, team_leader.pk], DAY)
    assert who_may_contact([], DAY) == {}
