"""Every route × everybody: the access table is what the site does, and nothing else."""

from http.cookies import SimpleCookie
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import NoReverseMatch, reverse

from collection_ops.core.access import Role, has, matrix
from collection_ops.core.models import User
from tests.access import samples
from tests.access.walk import Route, all_routes, count_rows, line_of

ACTORS = ["anonymous", "disabled", "outsider", *Role.values]
# Rows that a mere look may write: its own log line, the session, the shown form.
WRITTEN_BY_LOOKING = frozenset({"core_auditevent", "django_session", "core_job", "core_notification"})


def test_every_route_has_a_line_and_every_line_a_route():
    routes = all_routes()
    nameless = sorted(r.pattern for r in routes if not r.name.rsplit(":", 1)[-1] and not r.name.startswith("admin:"))
    assert not nameless, f"routes without a name: {nameless}"
    without = sorted(r.name for r in routes if line_of(r.name) is None)
    assert not without, f"add these routes to access_matrix.json: {without}"
    names = {r.name for r in routes}
    dead = sorted(line for line in matrix()["routes"] if "*" not in line and line not in names)
    assert not dead, f"access_matrix.json names routes that do not exist: {dead}"


def test_every_line_names_a_capability_that_exists():
    known = set(matrix()["capabilities"]) | {"@login", "@public", "@token"}
    wrong = {route: line for route, line in matrix()["routes"].items() if line not in known}
    assert not wrong


@pytest.mark.parametrize("route", [r for r in all_routes() if not r.name.startswith("admin:")], ids=lambda r: r.name)
def test_the_view_asks_for_what_the_table_says(route: Route):
    assert route.capability == line_of(route.name), (
        f"{route.name}: decorate the view with @requires, @signed_in_only or @public as access_matrix.json says"
    )


@pytest.fixture
def addresses(cast: samples.Cast) -> list[tuple[Route, str]]:
    """Every route with an address of a real object; a route without a sample fails."""
    found, missing = [], []
    for route in all_routes():
        build = samples.ROUTES.get(route.name)
        kwargs = build(cast) if build else {n: samples.ARGUMENTS[n] for n in route.arguments if n in samples.ARGUMENTS}
        try:
            if not route.name.rsplit(":", 1)[-1]:
                continue  # the admin's catch-all has no name
            found.append((route, reverse(route.name, kwargs=kwargs or None)))
        except NoReverseMatch:
            missing.append((route.name, route.arguments))
    assert not missing, f"add samples for these routes to tests/access/samples.py: {missing}"
    return found


def _client(person: User | None) -> Client:
    client = Client(raise_request_exception=False)
    if person is not None:
        client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return client


def _verdict(route: Route, method: str, response: Any, actor: str, person: User | None) -> str:
    """Empty when the answer is what the table says, else a sentence."""
    line = line_of(route.name)
    signed_in = actor not in ("anonymous", "disabled")
    to_sign_in = response.status_code == 302 and "/sign-in/" in response["Location"]
    said = f"{method} {route.name} as {actor}: {response.status_code}, the table says {line}"
    if response.status_code >= 500 and not (route.name == "readyz" and response.status_code == 503):
        return said
    if line == "@public":
        return said if response.status_code == 403 else ""
    if line == "@token":
        # A person's session opens nothing of the API: test_routes_by_token.py walks it with tokens.
        return "" if response.status_code == 401 else said
    if response.status_code == 405:
        return ""  # says nothing about anything
    if not signed_in:
        return "" if to_sign_in or response.status_code in (401, 403, 404) else said
    may = line == "@login" or (line is not None and has(person, line))
    if may:
        # The admin's pages ask further rights of their own model.
        return said if to_sign_in or (response.status_code == 403 and not route.name.startswith("admin:")) else ""
    return "" if response.status_code == 403 else said


@pytest.mark.parametrize("actor", ACTORS)
def test_nobody_gets_where_the_table_does_not_let_them(actor, cast, addresses):
    person = cast.get(actor)
    wrong = []
    rows = count_rows(WRITTEN_BY_LOOKING)
    client = _client(person)
    signed_in = dict(client.cookies)
    for method in ("GET", "POST"):
        for route, address in addresses:
            if method == "POST" and route.name.startswith("admin:") and not has(person, "admin.enter"):
                continue  # the site's own door is before all of its pages, whatever the method: GET has tried it
            point = transaction.savepoint()
            response = client.get(address) if method == "GET" else client.post(address)
            wrong.append(_verdict(route, method, response, actor, person))
            body = b"".join(response) if response.streaming else response.content
            text = body.decode("utf-8", errors="replace")
            wrong += [f"{method} {route.name} as {actor} shows {s!r}" for s in samples.SECRETS if s in text]
            if actor in ("anonymous", "disabled", "outsider") or not has(person, "names.see"):
                wrong += [f"{method} {route.name} as {actor} shows the name {n!r}" for n in samples.NAMES if n in text]
            if method == "POST":  # signed in again where it signed out
                transaction.savepoint_rollback(point)
                client.cookies = SimpleCookie({name: crumb.value for name, crumb in signed_in.items()})
            else:
                transaction.savepoint_commit(point)
        if method == "GET":
            assert count_rows(WRITTEN_BY_LOOKING) == rows, f"a GET as {actor} wrote something"
    wrong = [sentence for sentence in wrong if sentence]
    assert not wrong, "\n".join(wrong)


def test_somebody_disabled_in_the_middle_of_a_session_is_out_at_the_next_request(cast):
    client = _client(cast["supervisor"])
    assert client.get(reverse("core:home")).status_code in (200, 302)
    User.objects.filter(pk=cast["supervisor"].pk).update(is_active=False)
    answer = client.get(reverse("core:home"))
    assert answer.status_code == 302 and "/sign-in/" in answer["Location"]


def test_a_role_taken_away_in_the_middle_of_a_session_is_gone_at_the_next_request(cast):
    from collection_ops.core.services.accounts import revoke_role

    client = _client(cast["admin"])
    assert client.get("/admin/").status_code == 200
    revoke_role(user=cast["admin"], role=Role.ADMIN, actor=None)
    assert client.get("/admin/").status_code == 403
