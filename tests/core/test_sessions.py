"""How long a session lives, and what may never be kept."""

from datetime import timedelta

import pytest
from django.utils.dateparse import parse_datetime

from collection_ops.core.middleware import SessionLimitsMiddleware

pytestmark = pytest.mark.django_db


def let_pass(client, *, minutes):
    """As if nobody had come for so long: what the session remembers is older now."""
    session = client.session
    for name in (SessionLimitsMiddleware.SEEN, SessionLimitsMiddleware.BEGAN):
        session[name] = (parse_datetime(session[name]) - timedelta(minutes=minutes)).isoformat()
    session.save()


def test_an_idle_session_ends_and_says_why(collector, client_as, settings):
    settings.SESSION_IDLE_MINUTES = 15
    client = client_as(collector)
    assert client.get("/tasks/").status_code == 200
    let_pass(client, minutes=14)
    assert client.get("/tasks/").status_code == 200
    let_pass(client, minutes=16)
    assert client.get("/tasks/").status_code == 302
    assert "您有一段时间没有操作" in client.get("/sign-in/").content.decode()


def test_a_page_that_polls_keeps_no_session_alive(collector, client_as, settings):
    settings.SESSION_IDLE_MINUTES = 15
    client = client_as(collector)
    client.get("/tasks/")
    let_pass(client, minutes=10)
    client.get("/tasks/", headers={"HX-Request": "true"})
    let_pass(client, minutes=6)
    assert client.get("/tasks/").status_code == 302


def test_even_a_busy_session_ends_after_its_longest_time(collector, client_as, settings):
    settings.SESSION_IDLE_MINUTES, settings.SESSION_ABSOLUTE_HOURS = 120, 2
    client = client_as(collector)
    assert client.get("/tasks/").status_code == 200
    for minutes in (60, 59):
        let_pass(client, minutes=minutes)
        assert client.get("/tasks/").status_code == 200
    let_pass(client, minutes=2)
    assert client.get("/tasks/").status_code == 302
    assert "最长时限" in client.get("/sign-in/").content.decode()


def test_a_fragment_asked_for_after_the_end_sends_the_whole_page_to_the_sign_in(client):
    answer = client.get("/tasks/", headers={"HX-Request": "true", "HX-Current-URL": "http://testserver/tasks/"})
    assert answer.status_code == 204
    assert answer["HX-Redirect"] == "/sign-in/?next=%2Ftasks%2F"


def test_pages_of_signed_in_people_are_never_cached(collector, client_as):
    assert client_as(collector).get("/tasks/")["Cache-Control"] == "no-store, private"


def test_every_answer_names_its_request_and_keeps_the_content_policy(client):
    answer = client.get("/sign-in/")
    assert len(answer["X-Request-ID"]) == 12
    policy = answer["Content-Security-Policy"]
    assert "unsafe" not in policy and "frame-ancestors 'none'" in policy
