"""The pages of people: who sees whom, what is refused with what was typed kept, and what an upgrade makes."""

from collections.abc import Callable
from importlib import import_module

import pytest
from django.apps import apps
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from agents.models import Collector, Leave, Membership, Team
from agents.people.leave import Away, ask_leave
from collection_ops.core.access import Role
from collection_ops.core.models import User
from collection_ops.core.services.accounts import create_user
from collection_ops.core.services.form_tokens import new_token
from compliance.models import TrainingCertificate
from tests.cases.builders import desk_of, make_case
from tests.staff import make_team, place

pytestmark = pytest.mark.django_db

ClientAs = Callable[[User], Client]


def send(client: Client, route: str, *args: int, **values: object) -> object:
    return client.post(reverse(f"people:{route}", args=args), {"form_token": new_token(), **values})


def page(client: Client, route: str, *args: int, query: str = "") -> str:
    return client.get(reverse(f"people:{route}", args=args) + query).content.decode()


@pytest.fixture
def stranger(db: None) -> User:
    return create_user(
        username="far.collector",
        display_name="远方催收",
        password="x",
        roles=[Role.COLLECTOR],
        actor=None,
        unit="team-b",
    )


def test_a_leader_sees_the_own_team_a_supervisor_all_and_a_collector_their_own_page(
    client_as: ClientAs, collector: User, team_leader: User, supervisor: User, stranger: User
) -> None:
    place(collector)
    place(stranger)
    assert "远方催收" not in page(client_as(team_leader), "list")
    assert "林催收" in page(client_as(team_leader), "list")
    assert "远方催收" in page(client_as(supervisor), "list")
    own = reverse("people:person", args=[collector.pk])
    assert client_as(collector).get(reverse("people:list"))["Location"] == own
    assert client_as(collector).get(own).status_code == 200
    for user in (collector, team_leader):
        assert client_as(user).get(reverse("people:person", args=[stranger.pk])).status_code == 404


def test_the_list_is_searched_and_filtered_by_what_is_computed(
    client_as: ClientAs, collector: User, supervisor: User, stranger: User
) -> None:
    place(collector, staff_no="A77", level_set=3)
    place(stranger)
    make_case(desk=desk_of(collector), total="1234.50")
    client = client_as(supervisor)
    for query, seen in (
        ("?q=a77", "林催收"),
        ("?certificate=none", "远方催收"),
        ("?certificate=papers", "远方催收"),
        ("?certificate=valid&level=3", "林催收"),
        ("?level=0&team=team-b", "远方催收"),
    ):
        found = page(client, "list", query=query)
        assert {name for name in ("林催收", "远方催收") if name in found} == {seen}, query
    assert "1,234.50" in page(client, "list")
    assert "没有符合条件" in page(client, "list", query="?q=nobody")
    assert client.get(reverse("people:list") + "?q=%00x").status_code == 200
    assert client.get(reverse("people:list") + "?page=99999999&level=x").status_code == 200


def test_a_refused_file_comes_back_with_what_was_typed(client_as: ClientAs, collector: User, team_leader: User) -> None:
    place(collector)
    client = client_as(team_leader)
    given = {"joined_on": "2025-03-01", "soft_count": "300", "hard_count": "310", "level_set": "4", "based_on": "old"}
    answer = send(client, "edit", collector.pk, **given, level_reason="带过 M3")
    assert answer.status_code == 409  # type: ignore[attr-defined]
    text = answer.content.decode()  # type: ignore[attr-defined]
    assert "已被他人修改" in text
    assert "带过 M3" in text and 'value="300"' in text
    answer = send(client, "edit", collector.pk, **{**given, "soft_count": "x"})
    assert answer.status_code == 400  # type: ignore[attr-defined]
    assert Collector.objects.get().soft_count == 200


def test_certificates_are_recorded_by_those_who_may_and_never_ones_own(
    client_as: ClientAs, collector: User, team_leader: User, supervisor: User
) -> None:
    values = {"certificate-course": "进阶", "certificate-passed_on": "2026-02-02", "certificate-level": "3"}
    assert send(client_as(team_leader), "certificate", collector.pk, **values).status_code == 403  # type: ignore[attr-defined]
    assert send(client_as(supervisor), "certificate", collector.pk, **values).status_code == 302  # type: ignore[attr-defined]
    again = send(client_as(supervisor), "certificate", collector.pk, **values)
    assert again.status_code == 409  # type: ignore[attr-defined]
    assert "已登记过" in again.content.decode()  # type: ignore[attr-defined]
    assert send(client_as(supervisor), "certificate", supervisor.pk, **values).status_code == 409  # type: ignore[attr-defined]
    row = TrainingCertificate.objects.get(course="进阶")
    refused = send(client_as(supervisor), "certificate_revoke", row.pk, reason=" ")
    assert "撤销的原因" in refused.content.decode()  # type: ignore[attr-defined]
    send(client_as(supervisor), "certificate_revoke", row.pk, reason="登记有误")
    assert "登记有误" in page(client_as(collector), "person", collector.pk)


def test_a_page_of_somebody_who_may_not_contact_says_what_is_missing(
    client_as: ClientAs, collector: User, stranger: User, supervisor: User
) -> None:
    text = page(client_as(supervisor), "person", stranger.pk)
    assert "没有培训合格证" in text
    assert "保密协议" in text
    assert "不能联系客户" not in page(client_as(supervisor), "person", collector.pk)


def test_leave_waits_on_the_page_of_tasks_and_is_decided_once(
    client_as: ClientAs, collector: User, team_leader: User, stranger: User
) -> None:
    day = timezone.localdate()
    mine = ask_leave(user=collector, away=Away("annual", day, day), actor=collector, now=timezone.now())
    theirs = ask_leave(user=stranger, away=Away("annual", day, day), actor=stranger, now=timezone.now())
    client = client_as(team_leader)
    assert "请假审批" in client.get(reverse("core:tasks")).content.decode()
    assert send(client, "leave_decide", theirs.pk, decision="approve").status_code == 404  # type: ignore[attr-defined]
    refused = send(client, "leave_decide", mine.pk, decision="refuse", note=" ")
    assert refused.status_code == 409  # type: ignore[attr-defined]
    assert send(client, "leave_decide", mine.pk, decision="approve").status_code == 302  # type: ignore[attr-defined]
    assert "已由 祖组长 处理" in send(client, "leave_decide", mine.pk, decision="approve").content.decode()  # type: ignore[attr-defined]
    assert Leave.objects.get(pk=mine.pk).state == "approved"


def test_a_leader_finds_no_button_for_their_own_leave(client_as: ClientAs, team_leader: User) -> None:
    day = timezone.localdate()
    leave = ask_leave(user=team_leader, away=Away("annual", day, day), actor=team_leader, now=timezone.now())
    text = page(client_as(team_leader), "leaves", query="?show=all")
    assert reverse("people:leave_decide", args=[leave.pk]) not in text
    assert send(client_as(team_leader), "leave_decide", leave.pk, decision="approve").status_code == 409  # type: ignore[attr-defined]


def test_somebody_else_was_quicker_in_placing(client_as: ClientAs, collector: User, supervisor: User) -> None:
    place(collector)
    other = make_team("team-b")
    given = {"place-team": other.pk, "place-since": timezone.localdate().isoformat()}
    late = send(client_as(supervisor), "place", collector.pk, **given, based_on="0")
    assert late.status_code == 409  # type: ignore[attr-defined]
    seen = Membership.objects.get(user=collector)
    assert send(client_as(supervisor), "place", collector.pk, **given, based_on=seen.pk).status_code == 302  # type: ignore[attr-defined]


def test_an_upgrade_gives_every_collector_a_file_and_the_team_of_their_unit_once(
    collector: User, team_leader: User, stranger: User
) -> None:
    step = import_module("agents.migrations.0018_people_from_units")
    before = TrainingCertificate.objects.count()
    desk = desk_of(stranger)
    desk.unit = ""
    desk.save()
    for _again in range(2):
        step.from_units(apps, None)
    assert set(Collector.objects.values_list("user__username", flat=True)) == {"lin.collector", "far.collector"}
    assert set(Membership.objects.values_list("user__username", "team__code", "until")) == {
        ("lin.collector", "team-a", None),
        ("far.collector", "team-b", None),
    }
    assert {team.code: team.leader for team in Team.objects.all()} == {"team-a": team_leader, "team-b": None}
    desk.refresh_from_db()
    assert desk.unit == "team-b"
    assert TrainingCertificate.objects.count() == before, "nobody's certificate is made up"
