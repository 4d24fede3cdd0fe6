"""Who comes in, with what, and how often."""

import datetime as dt

import pytest
from django.core.management import call_command
from django.utils import timezone

from collection_ops.core.models import ApiToken, AuditEvent
from collection_ops.core.services import api_tokens
from collection_ops.core.services.api_tokens import TokenRefused, issue_token, revoke_token
from tests.api.conftest import Program, errors, program

pytestmark = pytest.mark.django_db


def test_without_a_token_nobody_comes_in(client, world):
    answer = client.get("/api/v1/cases/")
    assert (answer.status_code, errors(answer)) == (401, [("token_missing", "")])
    assert answer["WWW-Authenticate"] == "Bearer"
    for header in ("Bearer", "Bearer x", "Basic eA==", "Bearer co_0123456789_" + "a" * 43, "Bearer co_" + "9" * 5000):
        assert client.get("/api/v1/cases/", headers={"Authorization": header}).status_code == 401


def test_a_session_opens_no_route_of_the_api(client_as, supervisor, world):
    assert client_as(supervisor).get("/api/v1/cases/").status_code == 401


def test_a_revoked_token_is_out_at_the_next_request(world, admin_user):
    dialler = program()
    assert dialler.get("cases/").status_code == 200
    revoke_token(token=dialler.token, actor=admin_user, now=timezone.now(), reason="合作结束")
    answer = dialler.get("cases/")
    assert (answer.status_code, errors(answer)) == (401, [("token_revoked", "")])
    assert AuditEvent.objects.get(action="token.revoked").reason == "合作结束"


def test_one_that_has_expired_is_out_and_only_its_holder_learns_that(world):
    dialler = program()
    ApiToken.objects.update(expires_at=timezone.now() - dt.timedelta(seconds=1))
    assert errors(dialler.get("cases/")) == [("token_expired", "")]
    stranger = Program(dialler.token, dialler.secret[:-1] + ("A" if dialler.secret[-1] != "A" else "B"))
    assert errors(stranger.get("cases/")) == [("token_invalid", "")]


def test_it_comes_from_where_it_may_only(world):
    assert program(addresses=["127.0.0.0/8"]).get("cases/").status_code == 200
    answer = program(addresses=["10.1.2.3"]).get("cases/")
    assert (answer.status_code, errors(answer)) == (403, [("address_not_allowed", "")])


def test_a_scope_that_is_missing_is_named(world):
    reader = program(scopes=("holds.read",))
    answer = reader.get("cases/")
    assert (answer.status_code, errors(answer)) == (403, [("scope_missing", "")])
    assert "cases.read" in answer.json()["errors"][0]["message"]
    assert reader.get("holds/").status_code == 200
    assert reader.post("holds/", {"case": world.own.pk, "type": "illness", "reason": "住院"}).status_code == 403


def test_the_secret_is_kept_nowhere_and_found_by_its_prefix():
    token, secret = issue_token(integration="x", scopes=["cases.read"], actor=None, now=timezone.now())
    kept = ApiToken.objects.filter(pk=token.pk).values()[0]
    assert secret.split("_", 2)[2] not in str(kept) and token.prefix in secret
    assert secret.split("_", 2)[2] not in str(list(AuditEvent.objects.values()))


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"scopes": ["everything"]}, "scopes"),
        ({"scopes": []}, "scopes"),
        ({"integration": " "}, "integration"),
        ({"org": "机构甲"}, "org"),
        ({"addresses": ["here"]}, "addresses"),
        ({"lifetime": dt.timedelta(days=9999)}, "days"),
        ({"requests_per_minute": 0}, "requests_per_minute"),
    ],
)
def test_what_is_wrong_with_a_token_is_said_with_its_field(wrong, field):
    with pytest.raises(TokenRefused) as refused:
        issue_token(**{"integration": "x", "scopes": ["cases.read"], "actor": None, "now": timezone.now(), **wrong})
    assert refused.value.field == field
    assert not ApiToken.objects.exists()


# How often ----------------------------------------------------------------------------------------------------------


def test_beyond_its_requests_a_minute_it_is_told_when_to_come_again(world, monkeypatch):
    monkeypatch.setattr(api_tokens, "_COUNT", api_tokens._COUNT.replace("'minute'", "'hour'"))  # no turn of the minute
    dialler, other = program(requests_per_minute=2), program(requests_per_minute=2)
    answers = [dialler.get("cases/") for _n in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert errors(answers[2]) == [("rate_limited", "")] and 1 <= int(answers[2]["Retry-After"]) <= 60
    assert other.get("cases/").status_code == 200, "one integration does not use up another's"
    assert dialler.post("attempts/", {"case": world.own.pk}).status_code == 429


def test_refused_requests_count_too(world, monkeypatch):
    monkeypatch.setattr(api_tokens, "_COUNT", api_tokens._COUNT.replace("'minute'", "'hour'"))
    reader = program(scopes=("holds.read",), requests_per_minute=1)
    assert [reader.get("cases/").status_code for _n in range(2)] == [403, 429]


def test_the_next_minute_begins_with_nothing(world):
    dialler = program(requests_per_minute=1)
    assert dialler.get("cases/").status_code == 200
    dialler.token.use.refresh_from_db()
    type(dialler.token.use).objects.update(minute=timezone.now() - dt.timedelta(minutes=2))
    assert dialler.get("cases/").status_code == 200


# On the command line ------------------------------------------------------------------------------------------------


def test_a_token_is_issued_on_the_command_line(world, capsys):
    call_command("issue_api_token", "dialler", "--scope", "cases.read", "--org", "agency-a", "--days", "30")
    secret = capsys.readouterr().out.strip().splitlines()[-1]
    token = ApiToken.objects.get()
    assert (token.integration, token.org, token.scopes) == ("dialler", "agency-a", ["cases.read"])
    listed = Program(token, secret).get("cases/").json()["results"]
    assert [case["id"] for case in listed] == [world.at_a.pk]
