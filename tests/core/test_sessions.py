"""How long a session lives, and what may never be kept."""

from datetime import timedelta

import pytest
import time_machine

from collection_ops.core import clock

pytestmark = pytest.mark.django_db


def test_an_idle_session_ends_and_says_why(collector, client_as, settings):
    settings.SESSION_IDLE_MINUTES = 15
    client = client_as(collector)
    begin = clock.now()
    with time_machine.travel(begin, tick=False):
        assert client.get("/tasks/").status_code == 200
    with time_machine.travel(begin + timedelta(minutes=14), tick=False):
        assert client.get("/tasks/").status_code == 200
    with time_machine.travel(begin + timedelta(minutes=30), tick=False):
        assert client.get("/tasks/").status_code == 302
        assert "您有一段时间没有操作" in client.get("/sign-in/").content.decode()


def test_a_page_that_polls_keeps_no_session_alive(collector, client_as, settings):
    settings.SESSION_IDLE_MINUTES = 15
    client = client_as(collector)
    begin = clock.now()
    with time_machine.travel(begin, tick=False):
        client.get("/tasks/")
    with time_machine.travel(begin + timedelta(minutes=10), tick=False):
        client.get("/tasks/", headers={"HX-Request": "true"})
    with time_machine.travel(begin + timedelta(minutes=16), tick=False):
        assert client.get("/tasks/").status_code == 302


def test_even_a_busy_session_ends_after_its_longest_time(collector, client_as, settings):
    settings.SESSION_IDLE_MINUTES, settings.SESSION_ABSOLUTE_HOURS = 120, 2
    client = client_as(collector)
    begin = clock.now()
    for minutes in (0, 60, 119):
        with time_machine.travel(begin + timedelta(minutes=minutes), tick=False):
            assert client.get("/tasks/").status_code == 200
    with time_machine.travel(begin + timedelta(minutes=121), tick=False):
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
