"""The tab of a person's page."""

import pytest
from django.template.loader import render_to_string
from django.test import RequestFactory

from agents.people.tabs import tabs_for
from collection_ops.core import clock
from tests.agents.targets.book import NOW, held, pay, set_by_hand
from tests.staff import make_team, place

pytestmark = pytest.mark.django_db


def test_the_tab_shows_the_month_to_whoever_may_see_the_person(collector, team_leader, supervisor, clerk, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOW)
    place(collector, make_team("team-a"))
    pay(held(collector), 5, "250.00")
    set_by_hand({collector: "1000.00"})
    for reader in (collector, team_leader, supervisor):
        [tab] = [tab for tab in tabs_for(reader, collector) if tab.key == "targets"]
    assert [tab.key for tab in tabs_for(clerk, collector) if tab.key == "targets"] == []
    request = RequestFactory().get("/")
    request.user = supervisor
    shown = render_to_string(tab.template, {"person": collector, **tab.content(request, collector)}, request)
    assert "25.0 %" in shown
    assert "还差 750.00" in shown
