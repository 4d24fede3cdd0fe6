"""Every route of the API × every scope of a token: what "token_routes" says is what the API does, and nothing else."""

import datetime as dt
import json
import secrets
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from collection_ops.core.access import matrix, token_scopes
from collection_ops.core.api.idempotency import HEADER
from collection_ops.core.models import IdempotencyKey
from collection_ops.core.services.api_tokens import issue_token
from tests.access import samples
from tests.access.parts import settlements
from tests.access.test_forms import grown, rows
from tests.access.walk import Route, all_routes
from vendors.models import RectificationFinding

ROUTES = [route for route in all_routes() if route.capability == "@token"]
POSTS = [route for route in ROUTES if "POST" in dict(route.scopes)]

# A body that has an effect, for each route that takes a POST: add one with the route.
BODIES: dict[str, Any] = {
    "api:attempts": lambda case: {"case": case.pk, "channel": "letter"},
    "api:attempt_close": lambda case: {"result": "no_answer"},
    "api:attempt_cancel": lambda case: {},
    "api:contacts_bulk": lambda case: {
        "rows": [
            {"reference": "r1", "case": case.pk, "channel": "call", "result": "busy",
             "started_at": "2026-03-02T09:00:00+08:00"}
        ]
    },
    "api:holds": lambda case: {"case": case.pk, "type": "disaster", "reason": "洪水"},
    "api:hold_lift": lambda case: {"reason": "出院"},
    "api:complaints": lambda case: {
        "case": case.pk, "type": "harassment", "narrative": "一天内多次来电", "received_at": "2026-03-02T09:00:00+08:00",
        "about": ["process"],
    },
    "api:rectification_answer": lambda case: {
        "answers": [{"finding": one.pk, "text": "已整改"} for one in RectificationFinding.objects.all()]
    },
    "api:promises": lambda case: {
        "case": case.pk, "amount": "500.00", "due_on": (timezone.localdate() + dt.timedelta(days=2)).isoformat()
    },
    "api:promises_bulk": lambda case: {
        "rows": [
            {"reference": "c1", "case": _placed(), "amount": "5000.00",
             "due_on": (timezone.localdate() + dt.timedelta(days=2)).isoformat()}
        ]
    },
    "api:payment_claims": lambda case: {
        "rows": [{"reference": "p1", "case": _placed(), "paid_on": "2026-03-05", "amount": "100.00", "place": "agency"}]
    },
}  # fmt: skip
# Only an agency's own program is heard there.
ORGS = dict.fromkeys(("api:promises_bulk", "api:payment_claims"), "sample-agency")

pytestmark = pytest.mark.django_db


def _placed() -> int:
    return settlements._agency().placements.get().case_id


def address_of(route: Route, cast: samples.Cast) -> str:
    build = samples.ROUTES.get(route.name)
    return reverse(route.name, kwargs=build(cast) if build else None)


def ask(method: str, address: str, secret: str, body: Any = None, key: str = "") -> Any:
    headers = {"Authorization": f"Bearer {secret}", HEADER: key or secrets.token_urlsafe(24)}
    client = Client(raise_request_exception=False)
    if method == "GET":
        return client.get(address, headers=headers)
    return client.post(address, json.dumps(body), content_type="application/json", headers=headers)


def secret_with(*scopes: str, org: str = "") -> str:
    return issue_token(integration="walk", scopes=scopes, actor=None, now=timezone.now(), org=org)[1]


def test_the_views_ask_for_what_the_table_says_method_by_method():
    asked = {f"{method} {route.name}": scope for route in ROUTES for method, scope in route.scopes}
    assert asked == matrix()["token_routes"]
    assert set(asked.values()) == set(token_scopes()), "a scope that no route asks for, or one without a line"
    assert {r.name for r in all_routes() if r.name.startswith("api:")} - {r.name for r in ROUTES} == {
        "api:schema", "api:docs"
    }  # fmt: skip


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
def test_a_route_opens_with_its_scope_and_with_no_other(route, cast):
    address, case, org = address_of(route, cast), samples._case(cast), ORGS.get(route.name, "")
    for method, scope in route.scopes:
        body = BODIES[route.name](case) if method == "POST" else None
        others = secret_with(*(set(token_scopes()) - {scope}), org=org)
        before = rows()
        assert ask(method, address, others, body).status_code == 403
        assert set(grown(before, rows())) <= {"core_apitokenuse"}
        answer = ask(method, address, secret_with(scope, org=org), body)
        assert answer.status_code in (200, 201), answer.content
        text = answer.content.decode()
        assert not [secret for secret in (*samples.SECRETS, *samples.NAMES) if secret in text]


def test_every_route_that_takes_a_post_has_its_body_and_is_sent_once():
    from django.urls import resolve

    assert {route.name for route in POSTS} == set(BODIES)
    for route in POSTS:
        view: Any = resolve("/" + route.pattern.replace("<int:", "").replace(">", "").replace("hold_id", "1").replace(
            "attempt_id", "1").replace("rectification_id", "1").lstrip("/")).func  # fmt: skip
        assert view.cls.post.is_once_per_key, f"{route.name}: decorate post with @once_per_key"


@pytest.mark.parametrize("route", POSTS, ids=lambda route: route.name)
def test_sent_twice_it_has_one_effect_and_one_answer(route, cast):
    address, body = address_of(route, cast), BODIES[route.name](samples._case(cast))
    org = ORGS.get(route.name, "")
    secret, key = secret_with(*token_scopes(), org=org), secrets.token_urlsafe(24)
    before = rows()
    first = ask("POST", address, secret, body, key)
    assert first.status_code in (200, 201), first.content
    once = rows()
    assert set(grown(before, once)) - {IdempotencyKey._meta.db_table, "core_apitokenuse"}
    second = ask("POST", address, secret, body, key)
    assert (second.status_code, second.content) == (first.status_code, first.content)
    assert grown(once, rows()) == {}
    assert ask("POST", address, secret, {**body, "note": "x"}, key).status_code == 409
    assert grown(once, rows()) == {}
    assert ask("POST", address, secret, body, "").status_code != 500
    no_key = Client().post(
        address, json.dumps(body), content_type="application/json", headers={"Authorization": f"Bearer {secret}"}
    )
    assert no_key.status_code == 400


@pytest.mark.parametrize("route", [r for r in ROUTES if "GET" in dict(r.scopes)], ids=lambda route: route.name)
def test_a_look_writes_nothing(route, cast):
    address, secret = address_of(route, cast), secret_with(*token_scopes())
    ask("GET", address, secret)
    before = rows()
    assert ask("GET", address, secret).status_code == 200
    assert grown(before, rows()) == {}
