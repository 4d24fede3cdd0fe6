"""Addresses and parameters that no page offers: an answer in words, never a fault, and nothing told that is not shown."""

import re

import pytest
from django.test import Client
from django.urls import NoReverseMatch, reverse

from collection_ops.core.access import Role, has, matrix
from tests.access import samples
from tests.access.walk import Route, all_routes

NAMES = (
    *("page", "page_size", "after", "before", "sort", "ordering", "order_by", "q", "text", "person", "status", "state"),
    *("source", "stage", "product", "region", "desk", "role", "action", "object_type", "object_id", "outcome", "as_of"),
    *("first", "last", "days_min", "days_max", "total_min", "total_max", "of", "then", "run", "difference", "kind"),
    *("owner__password__startswith", "loan__debtor__id_no__startswith", "_connector", "_negated", "contract_no"),
)
VALUES = ("1e9", "-1", "\x00", "9" * 400, "' OR 1=1 --", "_9223372036854775808")
RAW = "?q=%ff%fe&source=%c0%80&sort=total&sort=phone"
MANY = "?" + "&".join(f"a{n}=1" for n in range(1500))
TOO_LARGE = (10**30, 2**63, 0)


def pages(cast: samples.Cast) -> list[tuple[Route, Role, str]]:
    """Every page of ours with somebody who may open it."""
    found = []
    for route in all_routes():
        if route.name.startswith("admin:") or route.name in ("core:logout", "readyz", "healthz"):
            continue
        if route.capability == "@token":
            continue  # not for browsers: tests/api/test_bad_input.py
        build = samples.ROUTES.get(route.name)
        kwargs = build(cast) if build else {n: samples.ARGUMENTS[n] for n in route.arguments if n in samples.ARGUMENTS}
        line = route.capability
        role = next((r for r in Role if line in matrix()["capabilities"] and has(cast[r], line)), Role.SUPERVISOR)
        try:
            found.append((route, role, reverse(route.name, kwargs=kwargs or None)))
        except NoReverseMatch:
            continue
    return found


@pytest.fixture
def browsers(cast: samples.Cast) -> dict[str, Client]:
    found = {}
    for role in Role.values:
        found[role] = Client(raise_request_exception=False)
        found[role].force_login(cast[role], backend="django.contrib.auth.backends.ModelBackend")
    return found


@pytest.mark.slow
@pytest.mark.django_db
def test_parameters_that_no_page_offers_are_answered_without_a_fault(cast, browsers):
    wrong = []
    for number, (route, role, address) in enumerate(pages(cast)):
        # Three mixtures, so that no parameter hides behind the refusal of another one.
        mixed = [{name: VALUES[(n + 2 * k) % len(VALUES)] for n, name in enumerate(NAMES)} for k in range(3)]
        answers = [("0", browsers[role].get(address, mixed[0]))]
        if answers[0][1].status_code == 405:
            continue
        answers += [(str(k), browsers[role].get(address, query)) for k, query in enumerate(mixed) if k]
        answers.append(("bytes", browsers[role].get(address + RAW)))
        if number < 5:  # counted before any page is asked
            answers.append(("many", browsers[role].get(address + MANY)))
        wrong += [(route.name, which, answer.status_code) for which, answer in answers if answer.status_code >= 500]
    assert not wrong


@pytest.mark.slow
@pytest.mark.django_db
def test_numbers_beyond_any_row_are_not_found(cast, browsers):
    wrong = []
    for route, role, address in pages(cast):
        if not route.arguments or not re.search(r"/\d+/", address):
            continue
        for number in TOO_LARGE:
            odd = re.sub(r"/\d+/", f"/{number}/", address)
            for method in (browsers[role].get, browsers[role].post):
                answer = method(odd, {"form_token": "x" * 43})
                if answer.status_code not in (404, 405) and not (
                    answer.status_code == 400 and method.__name__ == "post"
                ):
                    wrong.append((route.name, number, method.__name__, answer.status_code))
    assert not wrong


@pytest.mark.django_db
def test_a_case_of_others_and_no_case_at_all_are_told_alike(cast, browsers):
    """The collector of another desk: neither an answer nor its length says whether the case exists."""
    case = samples._case(cast)
    case.desk = None
    case.closed_on = case.as_of
    type(case).objects.filter(pk=case.pk).update(desk=None)
    mine, nothing = (browsers["collector"].get(reverse("cases:record", args=[pk])) for pk in (case.pk, case.pk + 1000))
    assert (mine.status_code, nothing.status_code) == (404, 404)
    strip = re.compile(rb"[0-9a-f]{12}|nonce-[^'\"]+|[A-Za-z0-9]{64}")
    assert len(strip.sub(b"", mine.content)) == len(strip.sub(b"", nothing.content))
    for answer in (mine, nothing):
        assert not [secret for secret in (*samples.SECRETS, *samples.NAMES) if secret in answer.content.decode()]
