"""The pages of targets: who sees what, what a refusal keeps."""

from decimal import Decimal

import pytest
from django.urls import reverse

from agents.models import SetKind, TargetSet
from agents.targets.sets import agreed, newest
from collection_ops.core import clock
from collection_ops.core.services.form_tokens import new_token
from tests.agents.targets.book import MARCH, NOW, held, new_collector, pay, set_by_hand
from tests.staff import make_team, place

pytestmark = pytest.mark.django_db
TREE = "/targets/?month=2026-03"


@pytest.fixture(autouse=True)
def _today(monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def teams(collector):
    """The collector of team-a with 100.00 of 1,000.00 reached, somebody of team-b beside."""
    place(collector, make_team("team-a", "一组"))
    other = new_collector("旁人", make_team("team-b", "二组"))
    pay(held(collector, "5000.00"), 5, "100.00")
    pay(held(other, "5000.00"), 5, "300.00")
    set_by_hand({collector: "1000.00", other: "2000.00"})
    return collector, other


def send(client, route, **values):
    return client.post(reverse(route), {"form_token": new_token(), **values})


def test_the_supervisor_sees_company_teams_and_people(client_as, supervisor, teams):
    page = client_as(supervisor).get(TREE).content.decode()
    assert [text in page for text in ("公司", "一组", "二组", "林催收", "旁人", "3,000.00", "400.00")] == [True] * 7
    assert "13.3 %" in page  # 400 of 3,000


def test_a_leader_sees_the_own_team_and_nothing_of_another(client_as, team_leader, teams):
    client = client_as(team_leader)
    page = client.get(TREE).content.decode()
    assert "林催收" in page
    assert not [text for text in ("旁人", "二组", "3,000.00", "2,000.00") if text in page]
    assert client.get(reverse("targets:person", args=[teams[0].pk])).status_code == 200
    assert client.get(reverse("targets:person", args=[teams[1].pk])).status_code == 404


def test_a_leader_of_no_team_sees_no_targets(client_as, team_leader, teams):
    team_leader.unit = ""
    team_leader.save()
    page = client_as(team_leader).get(TREE).content.decode()
    assert not [text for text in ("林催收", "旁人", "3,000.00") if text in page]
    assert send(client_as(team_leader), "targets:agree", month="2026-03", metric="money").status_code == 404


def test_a_collector_gets_to_the_own_page_and_no_further(client_as, teams):
    mine, other = teams
    client = client_as(mine)
    assert client.get(TREE)["Location"] == reverse("targets:person", args=[mine.pk])
    page = client.get(reverse("targets:person", args=[mine.pk])).content.decode()
    # 900.00 missing over the 12 business days from Monday 16 to Tuesday 31 March.
    assert "还差 900.00" in page
    assert "剩余每日需 75.00（12 天）" in page
    assert "不排名" in page
    assert client.get(reverse("targets:person", args=[other.pk])).status_code == 404
    assert client.get(reverse("targets:propose")).status_code == 403


def test_the_line_on_the_desk_says_what_is_missing(client_as, teams):
    response = client_as(teams[0]).get(reverse("targets:mine"))
    assert "10.0 %" in response.content.decode()
    assert "还差 900.00" in response.content.decode()
    assert "private" in response["Cache-Control"]


def test_the_plan_of_the_day_shows_agreed_targets_only(client_as, teams):
    page = client_as(teams[0]).get(reverse("workbench:plan")).content.decode()
    assert "我的目标" in page
    TargetSet.objects.update(kind=SetKind.PROPOSED)
    assert "我的目标" not in client_as(teams[0]).get(reverse("workbench:plan")).content.decode()


def test_the_supervisor_proposes_edits_and_agrees(client_as, supervisor, teams):
    client = client_as(supervisor)
    before = newest(MARCH)
    response = send(client, "targets:propose", month="2026-03", money="4,000.00", based_on=str(before.pk))
    assert response.status_code == 302
    proposal = newest(MARCH)
    assert (proposal.kind, agreed(MARCH)) == (SetKind.PROPOSED, before)
    page = client.get(response["Location"]).content.decode()
    assert 'name="company"' in page
    wrong = {
        "month": "2026-03",
        "metric": "money",
        "based_on": str(proposal.pk),
        "reason": "多给",
        "company": "4000.01",
    }
    refused = send(client, "targets:agree", **wrong)
    assert refused.status_code == 409
    assert all(text in refused.content.decode() for text in ('value="4000.01"', 'value="多给"', "−0.01"))
    assert send(client, "targets:agree", **{**wrong, "company": "4000.00"}).status_code == 302
    assert agreed(MARCH).targets.get(level="company").amount == Decimal("4000.00")
    assert "首次 3,000.00" in client.get(TREE).content.decode()


def test_a_leader_may_not_propose_and_edits_only_people(client_as, team_leader, teams):
    client = client_as(team_leader)
    assert client.get(reverse("targets:propose"))["Location"] == reverse("targets:tree")
    assert send(client, "targets:propose", month="2026-03", money="1", based_on="0").status_code == 302
    assert newest(MARCH).version == 1
    page = client.get(TREE + "&edit=1").content.decode()
    assert f'name="person-{teams[0].pk}"' in page
    assert 'name="team-' not in page


@pytest.mark.parametrize(
    "asked", ["month=2026-13", "month=x&metric=nothing", "month=9999-01", "version=abc", "month=1999-01", "metric=%00"]
)
def test_an_odd_address_shows_this_month(client_as, supervisor, teams, asked):
    assert client_as(supervisor).get(f"/targets/?{asked}").status_code == 200


def test_a_version_that_does_not_exist_is_not_found(client_as, supervisor, teams):
    assert client_as(supervisor).get(TREE + "&version=9").status_code == 404


def test_an_odd_form_is_refused_with_a_sentence(client_as, supervisor, teams):
    client = client_as(supervisor)
    assert send(client, "targets:agree", month="2026-03", metric="nothing").status_code == 404
    assert send(client, "targets:agree", month="2026-03", metric="money", based_on="x", reason="r").status_code == 409
    assert send(client, "targets:agree", month="2027-03", metric="money", based_on="0", reason="r").status_code == 409
    empty = send(client, "targets:propose", month="2026-03", based_on=str(newest(MARCH).pk))
    assert "至少填写一项" in empty.content.decode()
    assert send(client, "targets:propose", month="2026-03", money="10\x00", based_on="0").status_code == 409


@pytest.mark.parametrize("month", ["2026-02", "2026-04"])
def test_a_month_without_targets_says_what_to_do(client_as, supervisor, teams, month):
    assert "本月还没有目标" in client_as(supervisor).get(f"/targets/?month={month}").content.decode()


def test_a_month_to_come_has_all_its_days_left(client_as, supervisor, collector):
    place(collector, make_team("team-a"))
    set_by_hand({collector: "2200.00"}, month=MARCH.replace(month=5))
    page = client_as(supervisor).get("/targets/?month=2026-05").content.decode()
    assert "2,200.00" in page
    assert client_as(collector).get(f"/targets/person/{collector.pk}/?month=2026-05").status_code == 200
