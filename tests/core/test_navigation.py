import pytest
from django.urls import reverse

from collection_ops.core import navigation
from collection_ops.core.access import matrix
from collection_ops.navigation import ENTRIES, HOME_PAGES

pytestmark = pytest.mark.django_db


def shown(user, path="/"):
    return [link.entry.route for group in navigation.navigation_for(user, path) for link in group.links]


def test_everybody_sees_only_what_they_may_open_and_what_exists(admin_user, auditor, outsider, client_as):
    assert "core:users" in shown(admin_user) and "core:audit" not in shown(admin_user)
    assert "core:audit" in shown(auditor) and "core:users" not in shown(auditor)
    # A department's member who answers referrals, or the owner of an area, may have no role at all.
    assert shown(outsider) == ["core:tasks", "compliance:referrals", "compliance:suggestions"]
    for person in (admin_user, auditor):
        client = client_as(person)
        for route in shown(person):
            assert client.get(reverse(route)).status_code == 200, route


def test_every_entry_asks_for_the_same_capability_as_its_route():
    routes = matrix()["routes"]
    for entry in ENTRIES:
        line = routes.get(entry.route) or (routes["admin:*"] if entry.route.startswith("admin:") else None)
        if line is not None:
            assert (entry.capability or "@login") == line, entry.route


def test_every_role_has_a_place_to_begin():
    from collection_ops.core.access import Role

    assert set(HOME_PAGES) == set(Role)


def test_the_current_page_is_the_longest_address_that_fits(admin_user):
    current = [
        link.entry.route
        for group in navigation.navigation_for(admin_user, "/users/7/")
        for link in group.links
        if link.is_current
    ]
    assert current == ["core:users"]


def test_home_leads_to_the_work_and_the_outsider_is_told_whom_to_ask(admin_user, outsider, client_as):
    assert client_as(admin_user).get("/")["Location"] == reverse("core:users")
    answer = client_as(outsider).get("/")
    assert answer.status_code == 200
    assert "您的账号还没有角色" in answer.content.decode() and "关管理" in answer.content.decode()
