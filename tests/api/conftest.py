"""Two agencies, the lender, and their programs."""

import datetime as dt
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from cases.models import Case, ContactPoint, Custody, Desk, DeskKind
from collection_ops.core import clock
from collection_ops.core.access import token_scopes
from collection_ops.core.models import ApiToken, User
from collection_ops.core.services.api_tokens import issue_token
from tests.cases.builders import desk_of, make_case
from tests.compliance.conftest import add_phone, monday


@dataclass
class Program:
    """Speaks to the API with its token."""

    token: ApiToken
    secret: str
    http: Client = field(default_factory=lambda: Client(raise_request_exception=False))

    def get(self, address: str, query: dict[str, Any] | None = None, **headers: str) -> Any:
        return self.http.get(f"/api/v1/{address}", query or {}, headers={**self._auth, **headers})

    def post(self, address: str, body: Any = None, *, key: str = "", raw: bytes | None = None, **headers: str) -> Any:
        content = raw if raw is not None else json.dumps(body or {}).encode()
        headers = {**self._auth, "Idempotency-Key": key or secrets.token_urlsafe(24), **headers}
        kind = headers.pop("content_type", "application/json")
        return self.http.post(f"/api/v1/{address}", content, content_type=kind, headers=headers)

    @property
    def _auth(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.secret}"}


def program(name: str = "dialler", *, org: str = "", scopes: tuple[str, ...] = (), **options: Any) -> Program:
    token, secret = issue_token(
        integration=name, scopes=scopes or tuple(token_scopes()), actor=None, now=timezone.now(), org=org, **options
    )
    return Program(token, secret)


def agency_desk(code: str) -> Desk:
    return Desk.objects.get_or_create(code=code, defaults={"name": code, "kind": DeskKind.AGENCY})[0]


@dataclass(frozen=True)
class World:
    """A case at agency A, one at agency B, one of the lender's collector; each with the debtor's number."""

    at_a: Case
    at_b: Case
    own: Case

    def point(self, case: Case) -> ContactPoint:
        return case.loan.debtor.contact_points.get()


@pytest.fixture
def at_ten(monkeypatch: pytest.MonkeyPatch) -> Callable[[dt.datetime], None]:
    """A Monday at ten in the morning, when calls are allowed; and a way to go on from there."""

    def go(moment: dt.datetime) -> None:
        monkeypatch.setattr(clock, "now", lambda: moment)

    go(monday("10:00"))
    return go


@pytest.fixture
def world(collector: User) -> World:
    made = []
    for n, desk in enumerate((agency_desk("agency-a"), agency_desk("agency-b"), desk_of(collector))):
        case = make_case(
            desk=desk, contract_no=f"API-{n}", name="金丝雀", id_no=f"11010119900307{n:04d}", total="2345.60"
        )
        add_phone(case, f"1548888000{n}")
        made.append(case)
    Custody.objects.filter(case__in=made).update(started_at=monday("09:30"))
    return World(*made)


def errors(answer: Any) -> list[tuple[str, str]]:
    """(code, field) of each; the shape is checked on the way."""
    assert answer["Content-Type"].startswith("application/json"), answer.content[:300]
    body = answer.json()
    assert set(body) == {"errors"} and body["errors"]
    for line in body["errors"]:
        assert set(line) == {"code", "message", "field"} and line["code"] and line["message"]
    return [(line["code"], line["field"]) for line in body["errors"]]
