"""Ports: the next free one, or a sentence when a certain one was asked for."""

import socket

import pytest

from collection_ops.launcher import ports
from collection_ops.launcher.messages import Stop


@pytest.fixture
def taken():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def test_a_taken_port_that_was_asked_for_is_refused_with_a_sentence(taken):
    with pytest.raises(Stop) as stop:
        ports.reserve("127.0.0.1", taken)

    assert str(taken) in stop.value.chinese and "--port" in stop.value.english


def test_without_a_wish_the_next_free_one_is_taken(taken, monkeypatch):
    monkeypatch.setattr(ports, "PREFERRED", taken)

    assert ports.reserve("127.0.0.1", None).port > taken


def test_two_starts_at_once_do_not_get_the_same_port(monkeypatch):
    monkeypatch.setattr(ports, "PREFERRED", ports.any_free())

    first = ports.reserve("127.0.0.1", None)
    second = ports.reserve("127.0.0.1", None)
    first.close()
    third = ports.reserve("127.0.0.1", first.port)

    assert first.port != second.port
    assert third.port == first.port
