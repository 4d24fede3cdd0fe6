"""Words that must not be said, or only when they are true."""

from decimal import Decimal

import pytest

from compliance.rules.packs import pack_names, shipped
from compliance.rules.texts import Wording
from compliance.rules.wording import check_wording, has_opt_out, lexicon, lexicon_names


def codes(text: str, **known) -> list[str]:
    return [problem.code for problem in check_wording(text, **known)]


def test_a_false_authority_a_threat_and_an_insult_are_told_apart() -> None:
    assert codes("公安机关将上门拘留") == ["B01.1", "B01.2"]
    assert codes("你就是老赖") == ["B01.2"]
    assert codes("请您尽快联系我司，电话 400-800-1234") == []


def test_a_court_is_named_only_with_its_number_or_at_that_stage() -> None:
    assert codes("法院已立案") == ["B04.filed"]
    assert codes("法院已立案", case_no="（2026）京0105民初123号") == []
    assert codes("我司已起诉", legal_stage="none") == ["B04.filed"]
    assert codes("我司已起诉", legal_stage="filed") == []
    assert codes("已进入强制执行", legal_stage="filed") == ["B04.enforcing"]
    assert codes("案号（2026）京0105民初124号", case_no="（2026）京0105民初123号") == ["B04.number"]


@pytest.mark.parametrize(
    ("text", "wrong"),
    [("您应还1,200.00元", True), ("您应还1,199.99元", False), ("您应还￥1199.99", False), ("共 0.12万元", True)],
)
def test_an_amount_is_the_ledgers_to_the_cent(text: str, wrong: bool) -> None:
    assert codes(text, ledger_amounts=[Decimal("1199.99")]) == (["B04.amount"] if wrong else [])
    assert codes(text) == [], "without a ledger amounts are not looked at"
    assert codes(text, ledger_amounts=()) == ["B04.amount"], "a template holds none at all"


def test_a_contact_is_asked_to_pass_on_a_message_and_told_nothing() -> None:
    assert codes("【恒信贷款】请转告张某联系我司 400-800-1234", audience="contact") == []
    assert codes("张某欠款3,200元", audience="contact") == ["P03.debt", "P03.amount"]
    assert codes("张某有一笔逾期", audience="contact") == ["P03.debt"]


def test_a_note_tells_what_was_said_and_is_only_flagged() -> None:
    assert codes("客户说他在法院工作", audience="note") == []
    (flagged,) = check_wording("告诉他老赖没有好下场", audience="note")
    assert (flagged.code, flagged.verdict) == ("B01.2", "warn")
    assert check_wording("你是老赖")[0].verdict == "block"
    assert codes("客户说别人骂他老赖", audience="note") == [], "what the customer said is no offence of ours"
    assert codes("在门口张贴了通知", audience="note") == ["V05"]
    assert codes("没有张贴", audience="note") == []


def test_nobody_is_sent_to_borrow() -> None:
    assert codes("可先在其他平台借款归还") == ["B03"]
    assert codes("请勿在其他平台借款归还") == []


def test_a_suit_is_no_threat_once_the_debt_is_time_barred() -> None:
    assert codes("逾期不还将起诉", legal_stage="prepared") == []
    assert codes("逾期不还将起诉", legal_stage="prepared", time_barred=True) == ["L09"]
    assert codes("We will sue you", lexicons=("US",), time_barred=True) == ["US26B"]
    assert codes("We will sue you", lexicons=("US",)) == []


def test_an_agency_signs_with_its_own_name_and_says_for_whom() -> None:
    signed = {"agency": "松风公司", "principal": "恒信小贷"}
    assert codes("【恒信小贷】请联系我司", **signed) == ["I02"]
    assert codes("受恒信小贷委托，松风公司请您联系", **signed) == []
    assert codes("【松风公司】请联系我司", **signed) == ["I02"], "it has to say for whom"


def test_a_way_out_is_recognised_in_both_languages() -> None:
    assert has_opt_out("回T退订") and has_opt_out("Reply STOP to opt out")
    assert not has_opt_out("请联系我司")


def test_every_category_belongs_to_a_rule_of_a_pack_and_every_rule_finds_its_categories() -> None:
    rules = {rule.id: rule for name in pack_names() for rule in shipped(name).rules}
    for name in lexicon_names():
        for category in lexicon(name).categories:
            params = rules[category.rule].params
            assert isinstance(params, Wording), category.rule
            assert category.code.startswith(params.categories) and params.lexicon == name, category.code
    for rule in rules.values():
        if isinstance(rule.params, Wording):
            known = [one.code for one in lexicon(rule.params.lexicon).categories]
            assert all(any(code.startswith(wanted) for code in known) for wanted in rule.params.categories), rule.id
