"""Whatever is sent, the answer has one shape, repeats nothing of it, and nothing is written."""

import json

import pytest
from django.test import Client

from cases.models import Hold
from collection_ops.core.api.views import ApiView
from tests.api.conftest import errors, program

pytestmark = pytest.mark.django_db

GARBAGE = [
    b"", b"{", b"nonsense", b"\xff\xfe", b'{"case": NaN}', b'{"case": 1e999}', b"[" * 100_000, b"[]", b"null", b'"x"',
    b'{"case": ' + b"9" * 10_000 + b"}",
]  # fmt: skip


@pytest.mark.parametrize("raw", GARBAGE, ids=lambda raw: repr(raw[:12]))
def test_garbage_for_json(world, raw):
    answer = program().post("holds/", raw=raw)
    assert answer.status_code == 400, answer.content
    errors(answer)
    assert not Hold.objects.exists()


def told(body: dict) -> list[tuple[str, str]]:
    answer = program().post("holds/", body)
    assert answer.status_code in (400, 404), answer.content
    return errors(answer)


def test_every_place_that_is_wrong_is_named(world):
    good = {"case": world.own.pk, "type": "illness", "reason": "住院"}
    assert told({}) == [("required", name) for name in ("case", "type", "reason")]
    for case in (10**30, 2**63):
        assert told({**good, "case": case}) == [("max_value", "case")]
    for case in (0, -1):
        assert told({**good, "case": case}) == [("min_value", "case")]
    for case in ("1", 1.0, True, None, [], {}):
        assert [field for _code, field in told({**good, "case": case})] == ["case"]
    assert told({**good, "reason": "a\x00b"}) == [("null_characters_not_allowed", "reason")]
    assert told({**good, "reason": "洪\ud800水"}) == [("surrogate_characters_not_allowed", "reason")]
    assert told({**good, "reason": "x" * 201}) == [("max_length", "reason")]
    assert told({**good, "type": "洪\ud800水"}) == [("invalid_choice", "type")]
    assert told({**good, "own\ud800er": 1})[0][0] == "unknown_field"
    assert told({**good, "is_superuser": True}) == [("unknown_field", "is_superuser")]
    assert not Hold.objects.exists()


@pytest.mark.parametrize(
    ("moment", "code"),
    [
        ("2026-03-02T09:30:00", "zone"),
        ("2026-03-02", "invalid"),
        ("2026-02-30T09:30:00Z", "invalid"),
        ("2026-03-02T09:30:00+99:99", "invalid"),
        ("9999-12-31T23:59:59-14:00", "range"),
        ("0001-01-01T00:00:00+14:00", "range"),
        (1772415000, "invalid"),
        ("now", "invalid"),
    ],
)
def test_a_moment_that_is_none(world, moment, code):
    body = {"case": world.own.pk, "type": "illness", "reason": "住院", "ends_at": moment}
    found = told(body)
    assert found[0][1] == "ends_at" and found[0][0] in (code, "overflow")


def test_one_moment_in_two_zones_is_one(world):
    body = {"case": world.own.pk, "type": "illness", "reason": "住院", "since": "2026-10-25T02:30:00+01:00"}
    made = program().post("holds/", {**body, "ends_at": "2026-10-25T02:30:00+00:00"})
    assert made.status_code == 201, "an hour apart on the night the clocks go back"
    assert (made.json()["since"], made.json()["ends_at"]) == ("2026-10-25T09:30:00+08:00", "2026-10-25T10:30:00+08:00")


QUERIES = [
    {"limit": "1e9"}, {"limit": "0"}, {"limit": "201"}, {"limit": "9" * 5000}, {"cursor": "%%%"}, {"cursor": "x" * 65},
    {"cursor": "LTE"}, {"cursor": "\x00"}, {"status": "opened"}, {"stage": "M9"}, {"updated_since": "yesterday"},
    {"updated_since": "0000-00-00"}, {"ordering": "phone"}, {"owner__password__startswith": "a"}, {"desk": "a\x00"},
]  # fmt: skip


@pytest.mark.parametrize("query", QUERIES, ids=str)
def test_a_parameter_that_is_none(world, query):
    answer = program().get("cases/", query)
    assert answer.status_code == 400
    assert {field for _code, field in errors(answer)} == set(query)


def test_numbers_beyond_any_row_are_not_found(world):
    crm = program()
    for number in (0, 2**63, 10**30):
        for answer in (
            crm.get(f"cases/{number}/"), crm.get(f"attempts/{number}/"), crm.get("holds/", {"case": number}),
            crm.post(f"attempts/{number}/cancel/"), crm.post(f"holds/{number}/lift/", {"reason": "出院"}),
        ):  # fmt: skip
            assert answer.status_code in (400, 404)
            errors(answer)


def test_the_wrong_type_method_or_wish(world):
    crm = program()
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "nonsense"):
        answer = crm.post("holds/", {"case": 1}, content_type=kind)
        assert (answer.status_code, errors(answer)) == (415, [("unsupported_media_type", "")])
    answer = crm.post("cases/", {})
    assert (answer.status_code, errors(answer)) == (405, [("method_not_allowed", "")]) and "GET" in answer["Allow"]
    for method in ("put", "patch", "delete", "options", "trace"):
        answer = getattr(crm.http, method)("/api/v1/cases/", headers={"Authorization": f"Bearer {crm.secret}"})
        assert answer.status_code == 405
    answer = crm.get("cases/", Accept="text/html")
    assert (answer.status_code, errors(answer)) == (406, [("not_acceptable", "")])
    for answer in (crm.get("nothing/"), crm.get("cases"), crm.post("holds", {"case": 1})):
        assert (answer.status_code, errors(answer)) == (404, [("not_found", "")])


def test_a_body_that_is_too_large_is_refused_before_it_is_read(world):
    answer = program().post("holds/", raw=b'{"reason": "' + b"x" * (5 * 1024 * 1024) + b'"}')
    assert (answer.status_code, errors(answer)) == (413, [("body_too_large", "")])


def test_a_fault_has_the_shape_too_and_tells_nothing(world, monkeypatch):
    def fault(*args, **kwargs):
        raise ValueError("金丝雀 15488880000")

    monkeypatch.setattr("cases.api.cases.page", fault)
    answer = program().get("cases/")
    assert (answer.status_code, errors(answer)) == (500, [("server_error", "")])
    assert "15488880000" not in answer.content.decode() and answer["X-Request-ID"]


def test_a_database_that_is_away_is_worth_another_try(world, monkeypatch):
    from django.db import OperationalError

    def away(*args, **kwargs):
        raise OperationalError("gone")

    monkeypatch.setattr("cases.api.cases.page", away)
    answer = program().get("cases/")
    assert (answer.status_code, errors(answer), answer["Retry-After"]) == (503, [("unavailable", "")], "10")


def test_a_message_is_in_the_language_that_is_asked_for_and_repeats_nothing(world):
    crm = program()
    body = {"case": world.own.pk, "type": "<b>秘密</b>", "reason": "x"}
    for language, is_english in (("en", True), ("zh-CN", False), ("", False), ("xx;q=?", False)):
        text = crm.post("holds/", body, **{"Accept-Language": language}).content.decode()
        assert "秘密" not in text and "<b>" not in text
        assert all(line["message"].isascii() == is_english for line in json.loads(text)["errors"])


def test_nothing_of_the_api_is_kept_on_the_way(world):
    assert program().get("cases/")["Cache-Control"] == "no-store"
    assert ApiView.http_method_names == ["get", "head", "post"]
    assert Client().get("/api/v1/cases/")["Cache-Control"] == "no-store"
