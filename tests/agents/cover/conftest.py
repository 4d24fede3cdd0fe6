"""A team in the second week of March 2026: one who goes away, two who could help, their leader, and some cases."""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal

import pytest
from django.utils import timezone

from agents.cover.arranging import Wish, arrange_cover
from agents.models import Cover
from cases.models import Case, Custody
from collection_ops.core.access import Role
from collection_ops.core.models import User
from collection_ops.core.services.accounts import create_user
from tests.cases.builders import desk_of, make_case, pool_desk
from tests.conftest import PASSWORD
from tests.staff import make_team, place, qualify


def march(day: int) -> dt.date:
    """9 March 2026 is a Monday."""
    return dt.date(2026, 3, day)


def at(day: int, hour: int = 9, minute: int = 0) -> dt.datetime:
    return timezone.make_aware(dt.datetime(2026, 3, day, hour, minute))


def collector_named(username: str, name: str, unit: str = "team-a") -> User:
    user = create_user(
        username=username, display_name=name, password=PASSWORD, roles=[Role.COLLECTOR], actor=None, unit=unit
    )
    place(qualify(user))
    return user


@pytest.fixture
def owner(collector: User, team_leader: User) -> User:
    make_team(leader=team_leader)
    place(collector)
    pool_desk()
    return collector


@pytest.fixture
def helper(owner: User) -> User:
    return collector_named("bang.helper", "帮代管")


@pytest.fixture
def second(owner: User) -> User:
    return collector_named("er.helper", "尔代管")


@pytest.fixture
def case_of() -> Callable[..., Case]:
    """On somebody's desk since 2 March."""

    def build(user: User, total: str = "1000.00", **columns: object) -> Case:
        case = make_case(
            desk=desk_of(user), total=total, as_of=march(2), opened_on=march(2), days=columns.pop("days", 40), **columns
        )
        Custody.objects.filter(case=case).update(started_at=at(2, 8))
        return case

    return build


@pytest.fixture
def arranged(owner: User, team_leader: User) -> Callable[..., list[Cover]]:
    """`arranged(helper)`: 10 to 12 March, looked at on Monday the 9th."""

    def arrange(*helpers: User, first: int = 10, last: int = 12, now: dt.datetime | None = None, **wish) -> list[Cover]:
        wish.setdefault("share", Decimal("50"))
        wish.setdefault("owner", owner)
        return arrange_cover(
            wish=Wish(helpers=helpers, first_day=march(first), last_day=march(last), **wish),
            actor=team_leader,
            now=now or at(9),
        )

    return arrange
