"""What waits for whom, and the tabs of a person's page."""

import pytest
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.urls import reverse

from agents.people.tabs import tabs_for
from collection_ops.core.approvals import waiting_for
from tests.access.parts.reviews import make_appraisal, make_reward, make_week
from tests.staff import place

pytestmark = pytest.mark.django_db


def waits(user) -> dict[str, int]:
    labels = ("待确认的周复盘", "待处理的考核", "待审批的奖惩")
    return {one.label: one.count for one in waiting_for(user) if one.label in labels}


def test_what_waits_is_told_to_whoever_can_do_it(
    collector, team_leader, supervisor, compliance_officer, manager, auditor
):
    make_week(collector, team_leader)
    row, reward = make_appraisal(collector, team_leader), make_reward(collector, supervisor, manager)
    assert waits(collector) == {"待确认的周复盘": 1, "待处理的考核": 1}
    assert waits(team_leader) == {} == waits(supervisor) == waits(auditor)  # she proposed it herself
    assert waits(compliance_officer) == {"待审批的奖惩": 1} == waits(manager)
    type(row).objects.update(state="self", self_view="好")
    type(reward).objects.update(state="first", first_by=manager, first_at=reward.proposed_at)
    assert waits(team_leader) == {"待处理的考核": 1} == waits(manager)
    assert waits(collector) == {"待确认的周复盘": 1}


def test_the_tabs_of_a_person_show_weeks_months_and_rewards_to_whom_they_are_open(
    collector, team_leader, supervisor, compliance_officer, manager
):
    place(collector)
    make_week(collector, team_leader)
    make_appraisal(collector, team_leader, state="agreed")
    make_reward(collector, supervisor, manager, state="voided", voided_by="upheld")
    request = RequestFactory().get("/")
    request.user = team_leader
    tabs = {tab.key: tab for tab in tabs_for(team_leader, collector)}
    shown = {
        key: render_to_string(tabs[key].template, {"person": collector, **tabs[key].content(request, collector)})
        for key in ("reviews", "rewards")
    }
    assert "80.00 · B" in shown["reviews"] and reverse("reviews:rewards").rstrip("/") in shown["rewards"]
    assert "不符合“没有成立的投诉”" in shown["rewards"] and "<s>150.00</s>" in shown["rewards"]
    assert {"rewards"} == {tab.key for tab in tabs_for(compliance_officer, collector)} & {"reviews", "rewards"}
