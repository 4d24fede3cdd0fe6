"""`assign_cases` and `replay_assignment`: what they print, and how they end."""

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from agents.models import AssignmentRun
from cases.models import Case
from collection_ops.core.models import User
from tests.agents.assignment.cast import DAY, crew, pool_cases
from tests.cases.builders import make_case, pool_desk

pytestmark = pytest.mark.django_db


def run(*words: str) -> tuple[int, Any]:
    """Exit code, and the JSON that was printed."""
    output = StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command(*words, "--json", stdout=output)
    return int(ended.value.code or 0), json.loads(output.getvalue())


def test_a_dry_run_says_what_would_happen_and_writes_nothing() -> None:
    crew(2)
    pool_cases(6)
    code, said = run("assign_cases", "--dry-run", "--day", DAY.isoformat(), "--seed", "5")
    assert (code, said["run"], said["moves"], said["cases"]) == (0, None, 6, 6)
    assert not AssignmentRun.objects.exists()
    code, planned = run("assign_cases", "--day", DAY.isoformat(), "--seed", "5")
    assert (code, planned["state"], planned["plan_hash"]) == (0, "planned", said["plan_hash"])
    assert Case.objects.filter(desk=pool_desk()).count() == 6


def test_cases_that_stay_end_it_with_three_and_are_counted_by_why() -> None:
    crew(1, level_set=1)
    make_case(days=75)
    code, said = run("assign_cases", "--day", DAY.isoformat())
    assert (code, said["totals"]["unassigned"]) == (3, {"no_level": 1})


def test_an_empty_pool_is_refused_with_two() -> None:
    crew(1)
    code, said = run("assign_cases")
    assert (code, "没有未结案件" in said["refused"]) == (2, True)


def test_it_is_put_in_force_for_two_people_and_not_for_one(supervisor: User, manager: User) -> None:
    crew(2)
    pool_cases(4)
    asked = ("assign_cases", "--apply", "--actor", supervisor.username, "--approver")
    code, said = run(*asked, supervisor.username)
    assert (code, "另一人" in said["refused"]) == (2, True)
    code, said = run(*asked, manager.username)
    assert (code, said["state"], said["totals"]["applied"]["moved"]) == (0, "applied", 4)
    with pytest.raises(CommandError, match="approver"):
        call_command("assign_cases", "--apply")
    with pytest.raises(CommandError, match="no team"):
        call_command("assign_cases", "--unit", "nowhere")


def test_only_desks_of_the_team_are_looked_at() -> None:
    crew(1)
    crew(1, unit="team-b")
    pool_cases(3)
    _code, said = run("assign_cases", "--unit", "team-b")
    assert {desk["unit"] for desk in said["totals"]["desks"]} == {"team-b"}


def test_a_run_replays_to_the_same_plan_and_a_changed_line_is_found(supervisor: User) -> None:
    people = crew(2)
    pool_cases(6)
    _code, planned = run("assign_cases")
    code, said = run("replay_assignment", str(planned["run"]))
    assert (code, said["equal"], said["replayed"]["plan_hash"]) == (0, True, planned["plan_hash"])
    # Whatever the people and the book do later.
    people[0].collector.delete()
    Case.objects.update(days_past_due=200)
    assert run("replay_assignment", str(planned["run"]))[0] == 0
    move = AssignmentRun.objects.get().moves.order_by("pk")[0]
    other = AssignmentRun.objects.get().moves.exclude(to_desk=move.to_desk_id).values_list("to_desk_id", flat=True)[0]
    AssignmentRun.objects.get().moves.filter(pk=move.pk).update(to_desk=other)
    code, said = run("replay_assignment", str(planned["run"]))
    assert (code, said["equal"]) == (3, False)
    assert said["replayed"]["differences"] == [{"case": move.case_id, "stored": other, "replayed": move.to_desk_id}]
    assert run("replay_assignment", "999999")[0] == 2


def test_damaged_inputs_are_refused() -> None:
    crew(1)
    pool_cases(2)
    _code, planned = run("assign_cases")
    kept = AssignmentRun.objects.get().inputs
    kept.frozen = b"broken"
    kept.save()
    code, said = run("replay_assignment", str(planned["run"]))
    assert (code, "已损坏" in said["refused"]) == (2, True)
