"""The description of the API is what the API does: made without a warning, and held against it by Schemathesis.

Requests are made up from the description, right ones and wrong ones, and sent to the site as a web server would (WSGI);
every answer is compared with what the description says.
"""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.management import call_command
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi import checks as against

from cases.services.holds import place_hold
from collection_ops.api.views import document
from collection_ops.core.api.idempotency import PATTERN
from collection_ops.wsgi import application
from compliance.gate import open_attempt
from tests.api.conftest import program
from tests.api.test_returned import agencies_of
from tests.compliance.conftest import monday
from tests.vendors.rectification.cast import make_agency, raised


@pytest.fixture
def _connection_stays() -> Iterator[None]:
    """A request through the server's door closes the connection behind it, and with it the transaction of the test."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


OPERATIONS = sorted((path, method) for path, item in document()["paths"].items() for method in item)
MOST_EXAMPLES = {GenerationMode.POSITIVE: 15, GenerationMode.NEGATIVE: 30}
ROWS_OF_AGENCIES = ("payment-claims/", "promises/bulk/")
CHECKS = [
    not_a_server_error,
    against.status_code_conformance,
    against.content_type_conformance,
    against.response_schema_conformance,
    against.negative_data_rejection,
]


def test_the_description_is_made_without_a_warning(tmp_path):
    out = tmp_path / "openapi.json"
    call_command("spectacular", "--validate", "--fail-on-warn", "--format", "openapi-json", "--file", str(out))
    made = json.loads(out.read_text(encoding="utf-8"))
    assert made["openapi"].startswith("3.1")
    assert made == json.loads(json.dumps(document()))


def test_every_operation_says_what_it_does_and_what_it_asks_for():
    for path, method in OPERATIONS:
        operation = document()["paths"][path][method]
        assert operation["summary"] and operation["description"].isascii(), (path, method)
        assert {"400", "401", "403", "404", "429"} <= set(operation["responses"])
        assert operation["security"][0]["token"]
        if method == "post":
            key = next(line for line in operation["parameters"] if line["name"] == "Idempotency-Key")
            assert key["required"] and key["schema"]["pattern"] == PATTERN
            assert {"409", "413", "415"} <= set(operation["responses"])
    assert document()["components"]["securitySchemes"]["token"]["scheme"] == "bearer"
    for name, component in document()["components"]["schemas"].items():
        if name.endswith("Request"):
            assert component["additionalProperties"] is False


@pytest.mark.django_db
def test_the_description_and_its_page_are_for_people_with_the_right(client_as, supervisor, collector):
    for address in ("/api/v1/schema/", "/api/v1/docs/"):
        assert client_as(supervisor).get(address).status_code == 200
        assert client_as(collector).get(address).status_code == 403
    served = client_as(supervisor).get("/api/v1/schema/")
    assert served["Content-Type"] == "application/vnd.oai.openapi+json"
    assert served.json() == json.loads(json.dumps(document()))
    page = client_as(supervisor).get("/api/v1/docs/")
    assert "swagger-ui-bundle.js" in page.content.decode()
    assert "unsafe" not in page["Content-Security-Policy"]


@pytest.mark.slow
@pytest.mark.django_db
@pytest.mark.usefixtures("_connection_stays")
@pytest.mark.parametrize("mode", MOST_EXAMPLES, ids=lambda mode: mode.value)
@pytest.mark.parametrize(("path", "method"), OPERATIONS, ids=lambda part: part)
def test_made_up_requests_are_answered_as_described(
    world, at_ten, vendor_manager, path: str, method: str, mode: GenerationMode
):
    described = schemathesis.openapi.from_dict(json.loads(json.dumps(document())))
    described.app = application
    attempt = open_attempt(case=world.own, point=None, actor=None, now=monday("10:00")).attempt
    assert attempt is not None
    hold = place_hold(debtor=world.own.loan.debtor, type="disaster", reason="洪水", actor=None, now=monday("10:00"))
    demand = raised(make_agency(approver=vendor_manager), vendor_manager, findings=["名单外存"])
    real = {
        "case_id": world.own.pk, "attempt_id": attempt.pk, "hold_id": hold.pk, "rectification_id": demand.pk,
    }  # fmt: skip
    by_agency = path.endswith(ROWS_OF_AGENCIES)
    if by_agency:
        agencies_of(world)
    dialler = program(requests_per_minute=100_000, org="agency-a" if by_agency else "")
    operation = described[path][method.upper()]
    # A row of a feed that is wrong is refused by itself, in an answer of 200.
    in_rows = "bulk" in path or by_agency
    checks = [c for c in CHECKS if c is not against.negative_data_rejection or not in_rows]

    @settings(
        max_examples=MOST_EXAMPLES[mode], deadline=None, database=None, derandomize=True,
        phases=[Phase.explicit, Phase.generate], suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(case=operation.as_strategy(generation_mode=mode))
    def answered_as_described(case: Any) -> None:
        if mode is GenerationMode.POSITIVE:
            # Ids that are there, or nothing but 404 would be seen.
            case.path_parameters.update({name: real[name] for name in case.path_parameters})
            if isinstance(case.body, dict) and "case" in case.body:
                case.body["case"] = world.own.pk
            if isinstance(case.body, dict) and "answers" in case.body:
                for one in case.body["answers"]:
                    one["finding"] = demand.findings.get().pk
            if by_agency and isinstance(case.body, dict):
                for row in case.body.get("rows", ()):
                    row["case"] = world.at_a.pk
        answer = case.call(headers={"Authorization": f"Bearer {dialler.secret}"})
        case.validate_response(answer, checks=checks)
        seen.add(answer.status_code)

    seen: set[int] = set()
    answered_as_described()
    assert seen - {401, 403, 429}, f"no request came as far as the view: {seen}"
