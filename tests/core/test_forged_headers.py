"""Headers that anybody can write: none of them changes who was there, under which name the site is, or how it is reached."""

import runpy
from pathlib import Path
from typing import Any

import pytest
from django.test import Client, RequestFactory
from django.urls import reverse

from collection_ops.core import middleware
from collection_ops.core.models import AuditEvent
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db

SETTINGS = Path(middleware.__file__).parents[1] / "settings.py"
FORGED = {
    "X-Forwarded-For": "203.0.113.9",
    "X-Real-Ip": "203.0.113.9",
    "Forwarded": "for=203.0.113.9;proto=https;host=evil.example",
    "Client-Ip": "203.0.113.9",
    "True-Client-Ip": "203.0.113.9",
    "X-Forwarded-Host": "evil.example",
    "X-Forwarded-Proto": "https",
    "X-Original-Url": "/admin/",
    "X-Http-Method-Override": "DELETE",
}


@pytest.fixture(autouse=True)
def lock_out_is_on(settings: Any) -> None:
    settings.AXES_ENABLED = True


def address_kept(headers: dict[str, str], password: str = "wrong") -> str:
    Client(headers=headers).post("/sign-in/", {"username": "lin.collector", "password": password})
    return str(AuditEvent.objects.filter(action__startswith="login.").latest("pk").address)


# Who was there -------------------------------------------------------------------------------------------------------


def test_without_a_proxy_of_ours_the_address_is_the_connections(collector):
    assert address_kept(FORGED) == "127.0.0.1"
    assert address_kept(FORGED, PASSWORD) == "127.0.0.1"


@pytest.mark.parametrize(
    ("forwarded", "kept"),
    [
        ("198.51.100.7", "198.51.100.7"),
        ("203.0.113.9, 198.51.100.7", "198.51.100.7"),  # what our proxy added stands last
        ("203.0.113.9,,  198.51.100.7 ,", "198.51.100.7"),
        ("2001:DB8::7", "2001:db8::7"),
        ("", "127.0.0.1"),
        ("unknown", "127.0.0.1"),
        ("198.51.100.7:4711", "127.0.0.1"),
        ("'; DROP TABLE core_auditevent; --", "127.0.0.1"),
        ("198.51.100.7\x00", "127.0.0.1"),
        ("9" * 5000, "127.0.0.1"),
    ],
)
def test_behind_one_proxy_it_is_what_that_proxy_added_and_nothing_else(collector, settings, forwarded, kept):
    settings.AXES_IPWARE_PROXY_COUNT = 1
    assert address_kept({**FORGED, "X-Forwarded-For": forwarded}) == kept


def test_behind_two_proxies_a_shorter_list_is_not_believed(collector, settings):
    settings.AXES_IPWARE_PROXY_COUNT = 2
    assert address_kept({"X-Forwarded-For": "203.0.113.9, 198.51.100.7, 10.0.0.1"}) == "198.51.100.7"
    assert address_kept({"X-Forwarded-For": "10.0.0.1"}) == "127.0.0.1"


def test_twin_whoever_believes_the_first_address_believes_the_sender(collector, settings, monkeypatch):
    settings.AXES_IPWARE_PROXY_COUNT = 1
    monkeypatch.setattr(
        middleware, "client_address", lambda request: request.headers["X-Forwarded-For"].split(",")[0].strip()
    )
    assert address_kept({"X-Forwarded-For": "203.0.113.9, 198.51.100.7"}) == "203.0.113.9"


def test_a_guesser_with_a_new_address_each_time_is_locked_out_all_the_same(collector, clerk, settings):
    for hops in (None, 1):
        settings.AXES_IPWARE_PROXY_COUNT = hops
        for n in range(5):
            address_kept({"X-Forwarded-For": f"203.0.113.{n}"})
        locked = Client(headers={"X-Forwarded-For": "203.0.113.99"})
        assert locked.post("/sign-in/", {"username": "lin.collector", "password": PASSWORD}).status_code == 429
    other = Client(headers={"X-Forwarded-For": "203.0.113.1"})
    assert other.post("/sign-in/", {"username": "shu.clerk", "password": PASSWORD}).status_code == 302


# Under which name ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1@evil.example", "127.0.0.1.evil.example", "a b", "", "[::"])
def test_a_name_that_is_not_ours_is_refused_and_not_repeated(host, client_as, supervisor):
    for client in (Client(), client_as(supervisor)):
        for path in ("/sign-in/", "/cases/", "/healthz", "/nowhere/"):
            answer = client.get(path, headers={"Host": host})
            assert answer.status_code == 400, path
            assert "evil" not in answer.content.decode() and "Location" not in answer


def test_the_forwarded_name_is_nobodys(client_as, supervisor):
    for name in ("127.0.0.1", "localhost:8000"):
        answer = Client(headers={**FORGED, "Host": name}).get("/cases/")
        assert answer.status_code == 302 and answer["Location"].startswith("/sign-in/")
    page = client_as(supervisor).get(reverse("cases:list"), headers={"Host": "127.0.0.1", **FORGED}).content.decode()
    assert "evil.example" not in page


# How it is reached ---------------------------------------------------------------------------------------------------


def settings_with(monkeypatch: pytest.MonkeyPatch, **environment: str) -> dict[str, Any]:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return runpy.run_path(str(SETTINGS))


def test_forwarded_proto_counts_only_behind_a_proxy_of_ours(monkeypatch, settings):
    alone = settings_with(monkeypatch, COLLECTION_OPS_MODE="production", TRUSTED_PROXIES="0")
    behind = settings_with(monkeypatch, COLLECTION_OPS_MODE="production", TRUSTED_PROXIES="1")
    assert (alone["SECURE_PROXY_SSL_HEADER"], alone["AXES_IPWARE_PROXY_COUNT"]) == (None, None)
    assert (behind["SECURE_PROXY_SSL_HEADER"], behind["AXES_IPWARE_PROXY_COUNT"]) == (
        ("HTTP_X_FORWARDED_PROTO", "https"),
        1,
    )
    assert not alone.get("USE_X_FORWARDED_HOST") and not behind.get("USE_X_FORWARDED_HOST")

    settings.SECURE_SSL_REDIRECT = True
    for found, secure in ((alone, False), (behind, True)):
        settings.SECURE_PROXY_SSL_HEADER = found["SECURE_PROXY_SSL_HEADER"]
        assert RequestFactory(headers={"X-Forwarded-Proto": "https"}).get("/").is_secure() is secure
        answer = Client(headers={"X-Forwarded-Proto": "https"}).get("/sign-in/")
        assert answer.status_code == (200 if secure else 301)
    assert Client(headers={"X-Forwarded-Proto": "http"}).get("/sign-in/").status_code == 301


# Line breaks ---------------------------------------------------------------------------------------------------------

BROKEN = "/tasks/\r\nSet-Cookie: stolen=1\r\nX-Evil: 1"


def test_what_is_sent_back_in_a_header_brings_no_header_of_its_own(client_as, collector):
    signed_in = client_as(collector)
    answers = [
        signed_in.post("/language/", {"language": "en", "next": BROKEN}),
        signed_in.post("/language/", {"language": "en\r\nSet-Cookie: stolen=1", "next": "/"}),
        Client().post(
            "/sign-in/?" + "next=%2Ftasks%2F%0D%0ASet-Cookie%3A%20stolen%3D1",
            {"username": "lin.collector", "password": PASSWORD, "next": BROKEN},
        ),
        Client().get("/tasks/%0d%0aSet-Cookie:%20stolen=1/"),
        Client().get("/tasks/?a=%0d%0aSet-Cookie:%20stolen=1"),
        Client().get(
            "/tasks/", headers={"HX-Request": "true", "HX-Current-URL": "http://x/tasks/\r\nSet-Cookie: stolen=1"}
        ),
    ]
    for answer in answers:
        assert answer.status_code < 500
        assert "stolen" not in answer.cookies and "X-Evil" not in answer
        assert not [value for _name, value in answer.items() if "\n" in value or "\r" in value]
