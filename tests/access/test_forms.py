"""Every form: sent twice it has one effect, it leaves its row on the trail, and it takes nothing that it does not ask for.

Driven by the routes themselves: one that takes a POST and is not in `forms.py` fails here.
"""

import re
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from cases.imports.states import TRANSITIONS
from cases.models import ImportRun
from collection_ops.core.access import Role, has, matrix
from collection_ops.core.models import AuditEvent, FormToken, Job, SavedView, User
from collection_ops.core.services.form_tokens import new_token
from tests.access import samples
from tests.access.forms import FORMS, WITHOUT_EFFECT
from tests.access.walk import all_routes, count_rows, tables_with
from tests.cases.builders import make_source

# What a form might be talked into setting, had it a field of that name.
SMUGGLED = {
    "id": "999999999", "pk": "999999999", "state": "applied", "is_superuser": "on", "is_staff": "on",
    "is_active": "", "password": "known-to-me-1", "approved_by": "1", "applied_by": "1", "attempts": "99",
    "total": "0.01", "amount": "0.01", "created_at": "2000-01-01", "recorded_at": "2000-01-01", "desk": "1",
    "accept_good_rows": "on", "kind": "core.verify_audit", "sha256": "0" * 64, "base_version": "0",
}  # fmt: skip


TOKENS = FormToken._meta.db_table


def rows() -> dict[str, int]:
    """Rows of every table but the sessions."""
    return count_rows(frozenset({"django_session"}))


def grown(before: dict[str, int], after: dict[str, int]) -> dict[str, int]:
    return {table: after[table] - count for table, count in before.items() if after[table] != count}


def browser(person: User, **options: Any) -> Client:
    client = Client(**options)
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def filled(cast: samples.Cast, request: pytest.FixtureRequest) -> tuple[str, User, dict[str, Any]]:
    """Address, sender and values of the form that the test is about."""
    form = FORMS[request.param]
    arguments, values = form.build(cast)
    return reverse(request.param, kwargs=arguments or None), cast[form.role], values


def fresh(values: dict[str, Any]) -> dict[str, Any]:
    """A file that was sent is at its end."""
    for value in values.values():
        if hasattr(value, "seek"):
            value.seek(0)
    return values


@pytest.mark.django_db
def test_every_route_that_takes_a_post_has_its_form(cast):
    browsers = {role: browser(cast[role]) for role in Role.values}
    missing = []
    for route in all_routes():
        if route.name.startswith("admin:") or route.name in FORMS or route.name in WITHOUT_EFFECT:
            continue
        if route.capability == "@token":
            continue  # no forms: test_routes_by_token.py
        build = samples.ROUTES.get(route.name)
        kwargs = build(cast) if build else {n: samples.ARGUMENTS[n] for n in route.arguments if n in samples.ARGUMENTS}
        may = [
            role
            for role in Role.values
            if route.capability in matrix()["capabilities"] and has(cast[role], route.capability)
        ]
        answer = browsers[(may or ["supervisor"])[0]].post(reverse(route.name, kwargs=kwargs or None))
        if answer.status_code != 405 and route.name not in ("healthz", "readyz"):
            missing.append((route.name, answer.status_code))
    assert not missing, f"add these forms to tests/access/forms.py: {missing}"
    dead = sorted((set(FORMS) | set(WITHOUT_EFFECT)) - {route.name for route in all_routes()})
    assert not dead, f"tests/access/forms.py names routes that do not exist: {dead}"


def sent_twice_it_has_one_effect_on_the_trail(name: str, address: str, person: User, values: dict[str, Any]) -> None:
    """And other content with the same token is refused."""
    client, token = browser(person), new_token()
    last = AuditEvent.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    before = rows()
    first = client.post(address, {**values, "form_token": token})
    assert first.status_code == 302, first.content.decode()[:500]
    once = rows()
    assert set(grown(before, once)) - {TOKENS}, "the form had no effect to double"
    written = AuditEvent.objects.filter(pk__gt=last)
    if FORMS[name].audited:
        # Where the suite runs at night, a call that is told is a breach as well, which the house writes down by itself.
        own = [event for event in written if event.actor_id is not None or event.action != "breach.opened"]
        assert own and {event.actor_id for event in own} == {person.pk}
    said = " ".join(f"{event.data} {event.reason}" for event in written)
    assert not [secret for secret in samples.SECRETS if secret in said]
    second = client.post(address, {**fresh(values), "form_token": token})
    assert (second.status_code, second["Location"]) == (302, first["Location"])
    assert grown(once, rows()) == {}
    assert client.post(address, {**fresh(values), "form_token": token, "more": "1"}).status_code == 409
    assert grown(once, rows()) == {}


def it_sets_nothing_that_it_does_not_ask_for(name: str, address: str, person: User, values: dict[str, Any]) -> None:
    smuggled = {field: value for field, value in SMUGGLED.items() if field not in values}
    victim = User.objects.get(username="walk.finance").pk
    for field in ("user", "owner", "created_by", "uploaded_by", "actor"):
        smuggled[field] = str(victim)
    before_runs = dict(ImportRun.objects.values_list("pk", "state"))
    passwords = dict(User.objects.values_list("pk", "password"))
    browser(person).post(address, {**smuggled, **values, "form_token": new_token()})
    assert not User.objects.filter(is_superuser=True).exists()
    assert {pk: p for pk, p in User.objects.values_list("pk", "password") if pk in passwords} == passwords
    assert tables_with(999999999) == []
    for model in (Job, SavedView, ImportRun):
        column = {Job: "created_by", SavedView: "user", ImportRun: "uploaded_by"}[model]
        assert not model.objects.filter(**{column: victim}).exists()
    if "import_approve" not in name:
        assert not ImportRun.objects.filter(approved_by__isnull=False).exists()
    assert not Job.objects.filter(attempts__gt=0).exists()
    for pk, state in ImportRun.objects.values_list("pk", "state"):
        was = before_runs.get(pk, "uploaded")
        assert state == was or state in TRANSITIONS[was]
        assert state != "applied" or was == "applied"


def sent_from_another_site_it_is_refused(name: str, address: str, person: User, values: dict[str, Any]) -> None:
    before = rows()
    client = browser(person, enforce_csrf_checks=True)
    assert client.post(address, {**values, "form_token": new_token()}).status_code == 403
    client.get("/tasks/")  # now the browser has the cookie
    token = client.cookies["csrftoken"].value if "csrftoken" in client.cookies else "x" * 32
    foreign = client.post(
        address,
        {**fresh(values), "form_token": new_token(), "csrfmiddlewaretoken": token},
        headers={"Origin": "https://elsewhere.example"},
    )
    assert foreign.status_code == 403
    for method in (client.get, client.head, client.options, client.put, client.delete, client.patch, client.trace):
        method(f"{address}?form_token={new_token()}", headers={"X-HTTP-Method-Override": "POST"})
    assert grown(before, rows()) == {}


@pytest.mark.django_db
@pytest.mark.parametrize("filled", FORMS, indirect=True, ids=str)
def test_a_form_has_one_effect_takes_nothing_more_and_refuses_other_sites(filled, request):
    """What is filled in is built once; each story begins with it anew."""
    address, person, values = filled
    name = request.node.callspec.params["filled"]
    for story in (
        sent_twice_it_has_one_effect_on_the_trail,
        it_sets_nothing_that_it_does_not_ask_for,
        sent_from_another_site_it_is_refused,
    ):
        with transaction.atomic():
            story(name, address, person, fresh(values))
            transaction.set_rollback(True)


@pytest.mark.django_db
@pytest.mark.parametrize("filled", [n for n, f in FORMS.items() if f.doubles], indirect=True, ids=str)
def test_twin_with_a_token_each_the_effect_is_doubled(filled):
    address, person, values = filled
    client = browser(person)
    client.post(address, {**values, "form_token": new_token()})
    once = rows()
    client.post(address, {**fresh(values), "form_token": new_token()})
    assert set(grown(once, rows())) - {TOKENS}


@pytest.mark.django_db
def test_the_shown_form_is_the_one_that_is_guarded(cast):
    """The token on the page is the guard's: without one on the page nobody could send it."""
    make_source()
    page = browser(cast["clerk"]).get(reverse("cases:imports")).content.decode()
    assert re.search(r'name="form_token" value="[^"]{43}"', page)
