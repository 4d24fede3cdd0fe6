"""How hard the cases may be that somebody gets."""

from datetime import date

import pytest
from django.utils import timezone

from agents.people.levels import from_experience, levels_on
from collection_ops.core.models import User
from compliance.models import TrainingCertificate
from tests.staff import place

pytestmark = pytest.mark.django_db

DAY = date(2026, 11, 2)


def certify(user: User, level: int, passed_on: date = date(2026, 6, 1)) -> None:
    TrainingCertificate.objects.create(
        user=user, course="进阶", level=level, passed_on=passed_on, recorded_at=timezone.now()
    )


@pytest.mark.parametrize(
    ("joined", "level"),
    [
        (date(2026, 10, 30), 1),
        (date(2026, 8, 3), 1),
        (date(2026, 8, 2), 2),
        (date(2026, 5, 2), 3),
        (date(2025, 11, 2), 4),
        (date(2024, 11, 2), 5),
        (date(2027, 1, 1), 1),
    ],
)
def test_experience_is_counted_in_whole_months(joined: date, level: int) -> None:
    assert from_experience(joined, DAY) == level


def test_the_newest_certificate_is_a_ceiling_on_experience(collector: User) -> None:
    place(collector, joined_on=date(2020, 1, 1))
    assert levels_on([collector.pk], DAY) == {collector.pk: 5}
    certify(collector, 3)
    assert levels_on([collector.pk], DAY) == {collector.pk: 3}


def test_the_leaders_word_goes_before_what_is_computed(collector: User) -> None:
    place(collector, joined_on=date(2026, 10, 1), level_set=4)
    assert levels_on([collector.pk], DAY) == {collector.pk: 4}


def test_without_a_valid_certificate_or_a_file_there_is_no_level(collector: User, outsider: User) -> None:
    place(collector, level_set=5)
    TrainingCertificate.objects.filter(user=collector).exclude(passed_on=date(2024, 1, 1)).delete()
    assert levels_on([collector.pk, outsider.pk], DAY) == {collector.pk: 0, outsider.pk: 0}


def test_levels_of_many_are_two_queries(collector: User, team_leader: User, django_assert_num_queries: object) -> None:
    place(collector)
    levels_on([collector.pk], DAY)
    with django_assert_num_queries(2):  # type: ignore[operator]
        levels_on([collector.pk, team_leader.pk], DAY)
