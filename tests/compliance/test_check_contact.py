"""`check_contact`: facts from a file, a verdict out, no database."""

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command


def asked(tmp_path: Path, facts: object, *options: str) -> tuple[int, str]:
    """Exit code and output of the command."""
    file = tmp_path / "facts.json"
    file.write_text(facts if isinstance(facts, str) else json.dumps(facts), encoding="utf-8")
    output = io.StringIO()
    try:
        call_command("check_contact", "--facts", str(file), *options, stdout=output)
    except SystemExit as ended:
        return int(ended.code or 0), output.getvalue()
    return 0, output.getvalue()


NIGHT = {"now": "2026-03-02T22:00"}


def test_the_verdict_is_an_object_with_every_reason_and_the_next_moment(tmp_path: Path) -> None:
    code, output = asked(tmp_path, NIGHT, "--json")
    verdict = json.loads(output)
    assert code == 2
    assert verdict["verdict"] == "block"
    assert verdict["next_allowed_at"] == "2026-03-03T08:00:00+08:00"
    (reason,) = verdict["reasons"]
    assert (reason["rule"], reason["pack"], reason["limit"]) == ("CN-T-01", "CN-DEFAULT", "08:00-22:00")
    code, output = asked(tmp_path, {"now": "2026-03-02T10:00"}, "--json")
    assert (code, json.loads(output)["verdict"]) == (0, "allow")


def test_the_strictest_of_the_packs_that_are_named_wins(tmp_path: Path) -> None:
    evening = {"now": "2026-03-02T21:30"}
    assert asked(tmp_path, evening)[0] == 0
    assert asked(tmp_path, evening, "--pack", "CN-DEFAULT")[0] == 0
    code, output = asked(tmp_path, evening, "--pack", "CN-DEFAULT", "--pack", "US-REGF", "--json")
    assert code == 2
    assert [reason["rule"] for reason in json.loads(output)["reasons"]] == ["US-T-01", "US-T-02"]


def test_without_json_it_is_told_in_words(tmp_path: Path) -> None:
    _code, output = asked(tmp_path, NIGHT)
    assert "CN-T-01" in output
    assert "2026-03-03 08:00" in output


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ("{", "no JSON"),
        ({}, "'now' is a required property"),
        ({"now": "gestern"}, "now: 'gestern' does not match"),
        ({"now": "2026-02-30T10:00"}, "day is out of range"),
        ({"now": "2026-03-02T10:00", "history": [{"at": "2026-03-02T09:00", "result": "maybe"}]}, "history.0.result"),
        ({"now": "2026-03-02T10:00", "timezones": ["Mars/Olympus"]}, "Mars"),
        ({"now": "2026-03-02T10:00", "loans": [{"id": "1", "balance": "1.234"}]}, "loans.0.balance"),
    ],
)
def test_facts_that_cannot_be_read_are_named_by_their_place(tmp_path: Path, facts: object, said: str) -> None:
    with pytest.raises(CommandError, match=said):
        asked(tmp_path, facts)


def test_an_unknown_pack_and_a_missing_file_are_said(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="CN-DEFAULT, US-REGF"):
        asked(tmp_path, NIGHT, "--pack", "MARS")
    with pytest.raises(CommandError, match="cannot read"):
        call_command("check_contact", "--facts", str(tmp_path / "none.json"))


def test_it_answers_where_there_is_no_database(tmp_path: Path) -> None:
    file = tmp_path / "facts.json"
    file.write_text(
        json.dumps({**NIGHT, "action": {"channel": "sms", "message": {"text": "你是老赖"}}}), encoding="utf-8"
    )
    nowhere = {"DATABASE_URL": "postgres://nobody@127.0.0.1:1/none", "REDIS_URL": "redis://127.0.0.1:1/0"}
    asked = subprocess.run(
        [sys.executable, "manage.py", "check_contact", "--facts", str(file), "--pack", "CN-DEFAULT", "--json"],
        cwd=Path(__file__).resolve().parents[2], env={**os.environ, **nowhere}, capture_output=True, text=True,
        timeout=120, check=False,
    )  # fmt: skip
    assert asked.returncode == 2, asked.stderr
    rules = [reason["rule"] for reason in json.loads(asked.stdout)["reasons"] if reason["verdict"] == "block"]
    assert rules == ["CN-T-01", "CN-B-01", "CN-M-01"]
