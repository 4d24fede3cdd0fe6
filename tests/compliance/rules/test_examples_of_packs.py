"""Every example that a pack brings for its rules: what the source calls for is what the rule alone answers."""

import datetime as dt

import pytest

from compliance.rules.engine import decide
from compliance.rules.facts import facts_from, facts_kept, to_json
from compliance.rules.packs import Example, Rule, changed, pack_names, shipped

RULES = [rule for name in pack_names() for rule in shipped(name).rules]
EXAMPLES = [pytest.param(rule, each, id=f"{rule.id} {each.name}") for rule in RULES for each in rule.examples]


@pytest.mark.parametrize(("rule", "example"), EXAMPLES)
def test_the_rule_answers_as_its_source_wants(rule: Rule, example: Example) -> None:
    verdict = decide(facts_from(example.facts), [changed(rule, example.params, example.verdict)])
    strength = verdict.reasons[0].verdict if verdict.reasons else "allow"
    assert strength == example.expect
    assert verdict.verdict == (strength if strength in ("warn", "block") else "allow")
    wanted = dt.datetime.fromisoformat(example.next_allowed_at) if example.next_allowed_at else None
    assert verdict.next_allowed_at == wanted


@pytest.mark.parametrize("rule", [pytest.param(rule, id=rule.id) for rule in RULES])
def test_every_rule_shows_when_it_speaks_and_when_not(rule: Rule) -> None:
    answers = {example.expect for example in rule.examples}
    assert answers, "a rule without an example is not tested"
    spoken = answers - {"allow"}
    assert spoken or rule.params == changed(rule, {"most": None}).params, "no example of the rule speaking"


@pytest.mark.parametrize(("rule", "example"), EXAMPLES)
def test_what_is_kept_of_facts_is_read_again_as_the_same(rule: Rule, example: Example) -> None:
    facts = facts_from(example.facts)
    assert facts_from(to_json(facts)) == facts_kept(to_json(facts)) == facts


@pytest.mark.parametrize(
    ("rule", "name"),
    [("CN-B-02", "收款码是催收员个人的"), ("CN-S-06A", "自伤风险"), ("CN-B-05", "禁令至 6 月 30 日，当天")],
)
def test_some_refusals_are_reported_as_well(rule: str, name: str) -> None:
    known = shipped("CN-DEFAULT").rule(rule)
    example = next(one for one in known.examples if one.name == name)
    verdict = decide(facts_from(example.facts), [known])
    assert (verdict.verdict, verdict.reports) == ("block", (rule,))
