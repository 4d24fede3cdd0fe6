"""The table of rules: read, checked, saved version by version."""

from typing import Any

import pytest

from agents.assignment.refusals import AssignmentRefused
from agents.assignment.rules import DEFAULT_LINES, read_lines, read_values, rules_in_force, save_rules
from agents.assignment.runs import plan_run, what_if
from agents.models import AssignmentRules
from cases.models import Case
from collection_ops.core.models import AuditEvent, User
from tests.agents.assignment.cast import DAY, NOW, crew, pool_cases
from tests.core.races import at_once

LINES = [{"name": "新疆", "regions": ["新疆"], "languages": ["维吾尔语"], "min_level": 2}, {"name": "其余"}]


def saved(actor: User, lines: Any = LINES, **given: Any) -> AssignmentRules:
    values = {"values": {}, "reason": "试行", "based_on": 0, "now": NOW}
    return save_rules(lines=lines, actor=actor, **{**values, **given})


@pytest.mark.django_db
def test_the_shipped_rules_are_in_force_until_somebody_saves_others(supervisor: User) -> None:
    assert (rules_in_force().version, rules_in_force().lines) == (0, DEFAULT_LINES)
    row = saved(supervisor, values={"band_percent": "15"})
    rules = rules_in_force()
    assert (rules.version, rules.lines[0].languages, rules.values.band_percent) == (row.pk, ("维吾尔语",), 15)
    assert AuditEvent.objects.get(action="assignment.rules_saved").reason == "试行"


@pytest.mark.django_db
def test_a_version_is_based_on_the_one_in_force_has_a_reason_and_changes_something(supervisor: User) -> None:
    row = saved(supervisor)
    with pytest.raises(AssignmentRefused, match="他人修改"):
        saved(supervisor, lines=LINES[1:])
    with pytest.raises(AssignmentRefused, match="没有改动"):
        saved(supervisor, based_on=row.pk)
    with pytest.raises(AssignmentRefused, match="原因") as refused:
        saved(supervisor, lines=LINES[1:], based_on=row.pk, reason="  ")
    assert refused.value.field == "reason"
    assert AssignmentRules.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_who_save_the_first_version_at_once_one_wins(supervisor: User, manager: User) -> None:
    results = at_once(lambda: saved(supervisor), lambda: saved(manager, lines=LINES[1:]))
    assert sorted(type(one).__name__ for one in results) == ["AssignmentRefused", "AssignmentRules"]
    assert AssignmentRules.objects.count() == 1


@pytest.mark.parametrize(
    ("line", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "长" * 41}, "name"),
        ({"name": "a", "stages": [0]}, "stages"),
        ({"name": "a", "stages": ["三"]}, "stages"),
        ({"name": "a", "amount_from": "一万"}, "amount_from"),
        ({"name": "a", "amount_from": "-1"}, "amount_from"),
        ({"name": "a", "amount_from": "NaN"}, "amount_from"),
        ({"name": "a", "amount_from": "500", "amount_to": "500"}, "amount_to"),
        ({"name": "a", "min_level": 6}, "min_level"),
        ({"name": "a", "min_level": None}, "min_level"),
    ],
)
def test_a_line_that_cannot_be_is_refused_where_it_is_wrong(line: dict[str, Any], field: str) -> None:
    with pytest.raises(AssignmentRefused) as refused:
        read_lines([{"name": "先"}, line])
    assert refused.value.field == f"lines.1.{field}"
    assert "第 2 条规则" in str(refused.value)


def test_two_lines_of_one_name_and_no_line_at_all_are_refused() -> None:
    with pytest.raises(AssignmentRefused, match="改名"):
        read_lines([{"name": "一"}, {"name": " 一 "}])
    with pytest.raises(AssignmentRefused, match="至少"):
        read_lines([])


def test_what_was_typed_is_read_as_meant_and_stored_lines_read_back_equal() -> None:
    (line,) = read_lines([{"name": " 大额 ", "stages": ["3", "2", "3"], "amount_from": "20,000", "amount_to": ""}])
    assert (line.name, line.stages, str(line.amount_from), line.amount_to) == ("大额", (2, 3), "20000", None)
    assert read_lines([line.to_json()]) == (line,)


@pytest.mark.parametrize(
    "values", [{"band_percent": 101}, {"stickiness": "x"}, {"carry_days": -1}, {"left_out_percent": None}]
)
def test_a_value_out_of_its_bounds_is_refused_by_its_name(values: dict[str, Any]) -> None:
    with pytest.raises(AssignmentRefused) as refused:
        read_values(values)
    assert refused.value.field == next(iter(values))


@pytest.mark.django_db
def test_what_if_says_what_other_rules_would_do_and_writes_nothing(supervisor: User) -> None:
    crew(2, level_set=2)
    pool_cases(4)
    said = what_if(lines=[{"name": "都要五级", "min_level": 5}], values={}, day=DAY)
    assert (said["cases"], said["moves"], said["unassigned"]) == (4, 0, {"no_level": 4})
    said = what_if(lines=[{"name": "都可以"}], values={}, day=DAY)
    assert (said["moves"], said["unassigned"]) == (4, {})
    assert not AssignmentRules.objects.exists()


@pytest.mark.django_db
def test_the_database_and_the_planner_agree_on_which_line_a_case_is_under(supervisor: User) -> None:
    crew(1)
    large = {"name": "绍兴大额", "regions": ["浙江省绍兴"], "amount_from": "1000"}
    saved(supervisor, lines=[large, {"name": "M2", "stages": [2]}])
    pool_cases(2, region="浙江省绍兴市")
    pool_cases(2, days=40)
    pool_cases(2, total="500", region="浙江省绍兴市")
    run = plan_run(cases=None, chosen={}, unit="", day=DAY, seed=1, actor=supervisor, now=NOW)
    rules, left = rules_in_force(), set(Case.objects.values_list("pk", flat=True))
    for number in range(len(rules.lines)):
        fits = set(Case.objects.filter(rules.condition(number), pk__in=left).values_list("pk", flat=True))
        assert fits == set(run.moves.filter(why__rule=rules.name_of(number)).values_list("case_id", flat=True))
        left -= fits
    assert left == set(run.moves.filter(why__rule=rules.name_of(-1)).values_list("case_id", flat=True)) != set()
