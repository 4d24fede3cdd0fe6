"""Who is in which team, and what follows them there."""

import datetime as dt

import pytest
from django.utils import timezone

from agents.models import Membership, Team
from agents.people.teams import (
    TeamRefused,
    close_team,
    open_team,
    place_in_team,
    rename_team,
    reopen_team,
    set_leader,
)
from agents.scope import people_for
from cases.models import Desk
from collection_ops.core.access import Role
from collection_ops.core.models import AuditEvent, User
from collection_ops.core.services.accounts import create_user
from tests.core.races import at_once
from tests.staff import make_team

pytestmark = pytest.mark.django_db

TODAY = timezone.localdate()


def now() -> dt.datetime:
    return timezone.now()


def put(user: User, team: Team, since: dt.date = TODAY, **more: object) -> Membership:
    return place_in_team(user=user, team=team, since=since, actor=None, now=now(), **more)  # type: ignore[arg-type]


def test_who_is_placed_gets_a_desk_and_is_seen_by_the_leader_of_that_team_only(
    collector: User, team_leader: User, supervisor: User
) -> None:
    a, b = make_team("team-a", leader=team_leader), make_team("team-b")
    put(collector, a, TODAY - dt.timedelta(days=30))
    assert list(people_for(team_leader, "people.view")) == [collector]
    put(collector, b)
    collector.refresh_from_db()
    assert (collector.unit, Desk.objects.get(owner=collector).unit) == ("team-b", "team-b")
    assert list(people_for(team_leader, "people.view")) == []
    assert list(Membership.objects.order_by("since").values_list("team__code", "until")) == [
        ("team-a", TODAY),
        ("team-b", None),
    ]
    assert AuditEvent.objects.filter(action="team.placed").count() == 2


def test_a_placement_that_cannot_be_says_why_and_changes_nothing(collector: User, outsider: User) -> None:
    a, b = make_team("team-a"), make_team("team-b")
    put(collector, a, TODAY - dt.timedelta(days=10))
    for user, team, since, field in (
        (collector, a, TODAY, "team"),
        (collector, b, TODAY + dt.timedelta(days=1), "since"),
        (collector, b, TODAY - dt.timedelta(days=11), "since"),
        (outsider, b, TODAY, "team"),
    ):
        with pytest.raises(TeamRefused) as refused:
            put(user, team, since)
        assert refused.value.field == field
    Team.objects.filter(pk=b.pk).update(is_active=False)
    with pytest.raises(TeamRefused, match="停用"):
        put(collector, b)
    assert Membership.objects.get().team == a


def test_a_new_leader_sees_the_team_and_the_old_one_does_not(
    collector: User, team_leader: User, supervisor: User
) -> None:
    team = open_team(code="team-a", name="催收一组", leader=team_leader, actor=supervisor, now=now())
    other = create_user(username="li.leader", display_name="李组长", password="x", roles=[Role.TEAM_LEADER], actor=None)
    put(collector, team)
    set_leader(team=team, leader=other, actor=supervisor, now=now())
    team_leader.refresh_from_db()
    other.refresh_from_db()
    assert (team_leader.unit, other.unit) == ("", "team-a")
    assert list(people_for(team_leader, "people.view")) == []
    assert list(people_for(other, "people.view")) == [collector]


def test_nobody_leads_two_teams_or_without_the_role(collector: User, team_leader: User, supervisor: User) -> None:
    open_team(code="team-a", name="一组", leader=team_leader, actor=supervisor, now=now())
    with pytest.raises(TeamRefused, match="已是“一组”的组长"):
        open_team(code="team-b", name="二组", leader=team_leader, actor=supervisor, now=now())
    with pytest.raises(TeamRefused, match="没有组长角色"):
        set_leader(team=make_team("team-a"), leader=collector, actor=supervisor, now=now())
    with pytest.raises(TeamRefused, match="已有小组"):
        open_team(code="TEAM-A", name="又一组", leader=None, actor=supervisor, now=now())
    with pytest.raises(TeamRefused, match="小写字母"):
        open_team(code="一组", name="一组", leader=None, actor=supervisor, now=now())


def test_a_team_with_people_in_it_is_not_closed_and_an_empty_one_can_come_back(
    collector: User, team_leader: User, supervisor: User
) -> None:
    team = open_team(code="team-a", name="一组", leader=team_leader, actor=supervisor, now=now())
    put(collector, team)
    with pytest.raises(TeamRefused, match="还有 1 人"):
        close_team(team=team, actor=supervisor, now=now())
    put(collector, make_team("team-b"))
    assert not close_team(team=team, actor=supervisor, now=now()).is_active
    team_leader.refresh_from_db()
    assert team_leader.unit == "", "a closed team is seen by nobody"
    assert reopen_team(team=team, actor=supervisor, now=now()).is_active
    assert rename_team(team=team, name="新一组", actor=supervisor, now=now()).name == "新一组"


@pytest.mark.django_db(transaction=True)
def test_two_who_place_one_person_in_two_teams_at_once_one_wins_and_the_other_is_told_where(collector: User) -> None:
    a, b, c = make_team("team-a"), make_team("team-b"), make_team("team-c")
    seen = put(collector, a, TODAY - dt.timedelta(days=5)).pk
    found = at_once(lambda: put(collector, b, based_on=seen), lambda: put(collector, c, based_on=seen))
    assert sorted(type(one).__name__ for one in found) == ["Membership", "TeamRefused"]
    in_force = Membership.objects.select_related("team").get(user=collector, until=None)
    refused = next(one for one in found if isinstance(one, TeamRefused))
    assert in_force.team.name in str(refused)
    collector.refresh_from_db()
    assert collector.unit == in_force.team.code == Desk.objects.get(owner=collector).unit


@pytest.mark.django_db(transaction=True)
def test_twin_without_what_was_looked_at_the_second_moves_the_person_on_unseen(collector: User) -> None:
    a, b, c = make_team("team-a"), make_team("team-b"), make_team("team-c")
    put(collector, a, TODAY - dt.timedelta(days=5))
    found = at_once(lambda: put(collector, b), lambda: put(collector, c))
    assert [type(one).__name__ for one in found] == ["Membership", "Membership"]
