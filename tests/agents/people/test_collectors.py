"""Files of collectors: what they can do, and who may say so."""

from datetime import date, time, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from agents.models import Collector, Shift
from agents.people.collectors import Abilities, CollectorRefused, digest_of, save_collector, save_shift
from collection_ops.core.models import AuditEvent, User
from tests.core.races import at_once
from tests.staff import place

pytestmark = pytest.mark.django_db

JOINED = date(2025, 3, 1)


def save(user: User, actor: User | None, based_on: str | None = None, **given: Any) -> Collector:
    return save_collector(
        user=user, abilities=Abilities(JOINED, **given), based_on=based_on, actor=actor, now=timezone.now()
    )


def test_a_file_is_made_and_changed_and_the_trail_says_what(collector: User, team_leader: User) -> None:
    file = save(collector, team_leader, "new", stages=(3, 1, 1), languages=(" 粤语 ", "粤语", ""))
    assert (file.stages, file.languages) == ([1, 3], ["粤语"])
    save(collector, team_leader, digest_of(file), stages=(1, 3), languages=("粤语",), level_set=4, level_reason="老手")
    event = AuditEvent.objects.filter(action="collector.saved").order_by("-pk")[0]
    assert event.data["changed"] == {"level_set": [None, 4], "level_reason": ["", "老手"]}
    again = save(collector, team_leader, stages=(1, 3), languages=("粤语",), level_set=4, level_reason="老手")
    assert AuditEvent.objects.filter(action="collector.saved").count() == 2, "nothing changed, nothing said"
    assert again.level_set == 4


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"level_set": 4}, "level_reason"),
        ({"level_set": 6, "level_reason": "x"}, "level_set"),
        ({"stages": (0,)}, "stages"),
        ({"stages": (8,)}, "stages"),
        ({"soft_count": 10, "hard_count": 9}, "hard_count"),
        ({"soft_amount": Decimal(10), "hard_amount": Decimal(9)}, "hard_amount"),
        ({"left_on": JOINED - timedelta(days=1)}, "left_on"),
    ],
)
def test_what_cannot_be_is_refused_at_its_entry(
    collector: User, team_leader: User, given: dict[str, Any], field: str
) -> None:
    with pytest.raises(CollectorRefused) as refused:
        save(collector, team_leader, **given)
    assert refused.value.field == field
    assert not Collector.objects.exists()


def test_nobody_keeps_their_own_file_and_only_collectors_have_one(collector: User, outsider: User) -> None:
    with pytest.raises(CollectorRefused, match="须由他人"):
        save(collector, collector)
    with pytest.raises(CollectorRefused, match="没有催收员角色"):
        save(outsider, collector)


def test_a_staff_number_is_one_persons(collector: User, team_leader: User, supervisor: User) -> None:
    from collection_ops.core.access import Role
    from collection_ops.core.services.accounts import grant_role

    grant_role(user=team_leader, role=Role.COLLECTOR, actor=None)
    save(collector, supervisor, staff_no="A7")
    with pytest.raises(CollectorRefused, match="工号"):
        save(team_leader, supervisor, staff_no="A7")


@pytest.mark.django_db(transaction=True)
def test_two_who_save_one_file_at_once_one_is_told_to_look_again(
    collector: User, team_leader: User, supervisor: User
) -> None:
    seen = digest_of(place(collector))
    found = at_once(
        lambda: save(collector, team_leader, seen, soft_count=50),
        lambda: save(collector, supervisor, seen, soft_count=60),
    )
    assert sorted(type(one).__name__ for one in found) == ["Collector", "CollectorRefused"]


@pytest.mark.django_db(transaction=True)
def test_twin_without_what_was_looked_at_one_of_two_changes_is_lost(
    collector: User, team_leader: User, supervisor: User
) -> None:
    place(collector)
    found = at_once(
        lambda: save(collector, team_leader, None, soft_count=50),
        lambda: save(collector, supervisor, None, soft_count=60),
    )
    assert [type(one).__name__ for one in found] == ["Collector", "Collector"]


def test_a_shift_has_hours_and_a_name_of_its_own(supervisor: User) -> None:
    common = {"weekdays": [7, 6], "is_active": True, "actor": supervisor, "now": timezone.now()}
    shift = save_shift(shift=None, name="周末班", starts=time(9), ends=time(18), **common)  # type: ignore[arg-type]
    assert shift.weekdays == [6, 7]
    save_shift(shift=shift, name="周末班", starts=time(10), ends=time(18), **common)  # type: ignore[arg-type]
    assert Shift.objects.get().starts == time(10)
    with pytest.raises(CollectorRefused, match="同名"):
        save_shift(shift=None, name="周末班", starts=time(9), ends=time(18), **common)  # type: ignore[arg-type]
    with pytest.raises(CollectorRefused, match="晚于"):
        save_shift(shift=None, name="夜班", starts=time(18), ends=time(9), **common)  # type: ignore[arg-type]
