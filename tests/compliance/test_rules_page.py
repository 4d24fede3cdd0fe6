"""The rules of contact, as everybody may read them who has to keep them."""

import dataclasses
import re
from html import unescape
from typing import get_args

import pytest
from django.urls import reverse
from django.utils.translation import override

from compliance import kind_texts, rule_texts
from compliance.rules import facts
from compliance.rules.kinds import known_kinds
from compliance.rules.packs import Mark, pack_names, shipped
from compliance.rules.verdict import Strength
from compliance.selectors_rules import rule_shown

CHINESE = re.compile(r"[\u3000-\u9fff\uff00-\uffef]")
RULES = [rule for name in pack_names() for rule in shipped(name).rules]


def main_of(answer, *, status: int = 200) -> str:
    """The page without its frame, as text a reader sees."""
    assert answer.status_code == status
    return unescape(re.search(r"<main.*</main>", answer.content.decode(), re.S)[0])


@pytest.fixture
def reading(client_as, collector):
    """Opens a rules page as the collector, in Chinese or English."""
    client = client_as(collector)

    def read(route="compliance:rules", *args, language="zh-hans", **query) -> str:
        client.cookies["language"] = language
        return main_of(client.get(reverse(route, args=args), query))

    return read


def listed(page: str) -> set[str]:
    return set(re.findall(r'<tr id="([A-Z0-9-]+)"', page))


def test_the_list_shows_every_rule_of_both_packs_with_its_statement_and_source(reading):
    page = reading()
    assert listed(page) == {rule.id for rule in RULES} and len(RULES) > 40
    for rule in RULES:
        assert rule.statement["zh"] in page and rule.source in page, rule.id
    assert "已启用" in page and "未启用" in page


def test_an_english_reader_gets_no_chinese_but_what_a_pack_gives_in_chinese_only(reading):
    for page in (reading(language="en"), *(reading("compliance:rule", rule.id, language="en") for rule in RULES)):
        rest = re.sub(r'<span lang="zh-Hans">.*?</span>', "", page, flags=re.S)
        assert not CHINESE.search(rest), rest[CHINESE.search(rest).start() - 60 :][:100]
    page = reading(language="en")
    assert not [rule.id for rule in RULES if rule.statement["zh"] in page or rule.statement["en"] not in page]


def test_a_filter_narrows_the_list(reading):
    assert listed(reading(verdict="report")) == {"CN-F-04A", "CN-V-03", "US-M-02"}
    assert listed(reading(mark="RECALLED")) == {"CN-S-04", "CN-I-04"}
    assert listed(reading(text="us-f-02")) == {"US-F-02"}
    assert listed(reading(text="1161")) == {rule.id for rule in RULES if "1161" in rule.source}
    assert listed(reading(text="短信 每日")) == {"CN-F-05"}, "all words have to occur"
    assert listed(reading(text="短信", verdict="block")) < listed(reading(verdict="block"))


def test_a_filter_that_nothing_fits_says_so_and_an_unknown_one_is_named(reading):
    nothing = reading(text="没有这样的规则")
    assert not listed(nothing) and "没有符合条件的规则" in nothing and "清除筛选" in nothing
    assert listed(reading(verdict="explode")) == {rule.id for rule in RULES}


def test_parameters_are_read_in_words(reading):
    page = reading()
    row = {rule: re.search(rf'<tr id="{rule}".*?</tr>', page, re.S)[0] for rule in ("CN-T-01", "CN-F-01", "CN-F-05B")}
    assert "22:00" in row["CN-T-01"] and "全部渠道" not in row["CN-T-01"], "the short line leaves out what is off"
    assert re.search(r"全部渠道\s*<span[^>]*>（默认）", reading("compliance:rule", "CN-T-01"))
    assert "有效通话" in row["CN-F-01"] and "3 次" in row["CN-F-01"] and "2025-02-28 起" in row["CN-F-01"]
    assert "不限" in row["CN-F-05B"] and "自然周" in row["CN-F-05B"]
    assert "周期天数" not in row["CN-F-05B"], "a week has no number of days to choose"


def test_a_rule_has_a_page_with_its_examples(reading):
    page = reading("compliance:rule", "CN-T-01")
    rule = shipped("CN-DEFAULT").rule("CN-T-01")
    assert rule.statement["zh"] in page and rule.source in page and "已核转述" in page
    assert all(example.name in page for example in rule.examples)
    assert "2026-03-03 08:00" in page and "短信 · 催收" in page and "电话 · 对方主动联系" in page
    assert f'href="{reverse("compliance:rules")}#CN-T-01"' in page


def test_an_example_tells_the_hour_of_the_debtors_own_place(reading):
    page = reading("compliance:rule", "US-T-01")
    assert "2026-04-06 07:59" in page and "2026-04-06 08:00" in page and "America/New_York" in page


def test_an_example_about_another_setting_says_which(reading):
    assert "参数改为：间隔 7 天" in reading("compliance:rule", "CN-F-06")


@pytest.mark.django_db
def test_a_rule_that_nobody_wrote_is_not_found(client_as, collector):
    client = client_as(collector)
    assert client.get(reverse("compliance:rule", args=["CN-T-01"])).status_code == 200
    assert client.get(reverse("compliance:rule", args=["CN-T-99"])).status_code == 404


@pytest.mark.django_db
def test_a_collector_may_read_the_rules_and_a_clerk_may_not(client_as, collector, clerk):
    for address in (reverse("compliance:rules"), reverse("compliance:rule", args=["CN-T-01"])):
        assert client_as(collector).get(address).status_code == 200
        assert client_as(clerk).get(address).status_code == 403


def test_every_parameter_of_every_kind_has_a_label_in_both_languages():
    kinds = known_kinds()
    assert {kind.name for kind in kinds} == set(kind_texts.KINDS)
    for kind in kinds:
        text = kind_texts.KINDS[kind.name]
        assert set(text.parameters) == {field.name for field in dataclasses.fields(kind.params)}, kind.name
        labels = [text.label, *(parameter.label for parameter in text.parameters.values())]
        assert all(rule_texts.CHINESE.search(str(label)) for label in labels), kind.name
        with override("en"):
            assert not [str(label) for label in labels if rule_texts.CHINESE.search(str(label))], kind.name


def test_every_code_of_the_engine_has_a_word():
    for codes, words in (
        (Mark, rule_texts.MARKS),
        (Strength, rule_texts.VERDICTS),
        (facts.Channel, rule_texts.CHANNELS),
        (facts.Purpose, rule_texts.PURPOSES),
        (facts.Role, rule_texts.ROLES),
        (facts.Result, rule_texts.RESULTS),
    ):
        assert set(get_args(codes)) == set(words)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_no_code_of_a_pack_is_left_without_a_word(rule):
    said = " ".join(each.value for each in rule_shown(rule, day=rule.effective_from).parameters)
    assert not re.search(r"[a-z]", said), said


def test_a_rule_says_when_it_is_not_yet_or_no_longer_in_force():
    import datetime as dt

    rule = dataclasses.replace(RULES[0], effective_from=dt.date(2026, 1, 1), effective_to=dt.date(2026, 6, 30))
    standing = [rule_shown(rule, day=day).standing for day in map(dt.date.fromisoformat, (
        "2025-12-31", "2026-01-01", "2026-06-30", "2026-07-01",
    ))]  # fmt: skip
    assert standing == ["coming", "", "", "ended"]
