"""Changing rules on their pages, and reading why the gate answered as it did."""

import datetime as dt
import re
from html import unescape

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from collection_ops.core.approvals import waiting_for
from collection_ops.core.models import User
from collection_ops.core.services.form_tokens import new_token
from compliance.models import GateDecision, RuleChange
from compliance.rulebook import rules_in_force
from compliance.services.rulebook import propose_change
from tests.compliance.conftest import Person, monday
from tests.compliance.test_gate import call, talk
from tests.compliance.test_rulebook import propose
from tests.compliance.test_rules_page import CHINESE, main_of

pytestmark = pytest.mark.django_db

LIMIT = {"p_most": "3", "p_days": "1", "p_effective_is": "right_party", "p_consent_days": "0", "verdict": "block"}


def filled(**changes: object) -> dict[str, object]:
    return {
        **LIMIT, "effective_from": timezone.localdate().isoformat(), "reason": "投诉增多", "form_token": new_token(),
        **changes,
    }  # fmt: skip


def send(client: Client, route: str, *args: object, **values: object):
    return client.post(reverse(route, args=args), {"form_token": new_token(), **values})


def in_force_now(rule: str = "CN-F-01"):
    now = timezone.now()
    return next(one for one in rules_in_force() if one.id == rule and one.at_work(now))


def test_the_officer_tightens_on_the_page_and_everybody_reads_it(client_as, compliance_officer, collector) -> None:
    client = client_as(compliance_officer)
    answer = client.post(reverse("compliance:rule_change", args=["CN-F-01"]), filled(p_most="2"), follow=True)
    page = main_of(answer)
    assert "2 次" in page and "（出厂：3 次）" in page and "投诉增多" in page and "何合规" in page
    assert in_force_now().params.most == 2
    reader = client_as(collector)
    listing = main_of(reader.get(reverse("compliance:rules")))
    row = re.search(r'<tr id="CN-F-01".*?</tr>', listing, re.S)[0]
    assert "2 次" in row and "已修改" in row
    assert "修改这条规则" not in main_of(reader.get(reverse("compliance:rule", args=["CN-F-01"])))


def test_what_loosens_waits_for_another_person_and_is_on_their_list(
    client_as, compliance_officer: User, manager: User
) -> None:
    client = client_as(compliance_officer)
    page = main_of(client.post(reverse("compliance:rule_change", args=["CN-F-01"]), filled(p_most="5"), follow=True))
    assert "等待另一人批准" in page
    change = RuleChange.objects.get()
    assert (change.state, in_force_now().params.most) == ("proposed", 3)
    assert [waiting.count for waiting in waiting_for(manager) if waiting.url == reverse("compliance:rules")] == [1]
    assert not [w for w in waiting_for(compliance_officer) if w.url == reverse("compliance:rules")]
    send(client, "compliance:change_decide", change.pk, approve="yes")
    assert in_force_now().params.most == 3, "one's own proposal"
    other = client_as(manager)
    assert 'value="yes"' in main_of(other.get(reverse("compliance:rules")))
    send(other, "compliance:change_decide", change.pk, approve="yes")
    assert in_force_now().params.most == 5


def test_a_proposal_is_turned_down_with_a_reason_or_withdrawn(client_as, compliance_officer, manager) -> None:
    change = propose_change(
        pack="CN-DEFAULT", rule="CN-F-01", params={"most": 5}, effective_from=timezone.localdate(), reason="试行",
        actor=compliance_officer, now=timezone.now(),
    )  # fmt: skip
    other = client_as(manager)
    send(other, "compliance:change_decide", change.pk, approve="no")
    change.refresh_from_db()
    assert change.state == "proposed", "without a reason"
    send(other, "compliance:change_decide", change.pk, approve="no", reason="不合适")
    change.refresh_from_db()
    assert (change.state, change.decision_reason) == ("rejected", "不合适")
    client = client_as(compliance_officer)
    client.post(reverse("compliance:rule_change", args=["CN-F-01"]), filled(p_most="5"))
    waiting = RuleChange.objects.get(state="proposed")
    send(client, "compliance:change_withdraw", waiting.pk)
    waiting.refresh_from_db()
    assert waiting.state == "withdrawn"


@pytest.mark.parametrize(
    ("values", "sentence", "status"),
    [
        ({"p_most": "3"}, "没有变化", 409),
        ({"p_most": "-1"}, "大于", 400),
        ({"p_most": "viele"}, "整数", 400),
        ({"p_most": "2", "reason": ""}, "必填", 400),
        ({"p_most": "2", "effective_from": "2020-01-01"}, "早于今天", 409),
    ],
)
def test_what_was_typed_is_kept_when_something_is_wrong(
    client_as, compliance_officer, values, sentence, status
) -> None:
    client = client_as(compliance_officer)
    answer = client.post(reverse("compliance:rule_change", args=["CN-F-01"]), filled(**values))
    page = main_of(answer, status=status)
    assert sentence in page and f'value="{values["p_most"]}"' in page
    assert not RuleChange.objects.exists()


def test_a_change_is_tried_before_it_is_made(
    client_as, compliance_officer: User, person: Person, collector: User
) -> None:
    today = dt.datetime.combine(timezone.localdate(), dt.time(9), tzinfo=timezone.get_current_timezone())
    GateDecision.objects.create(
        debtor=person.card.loan.debtor, case=person.card, actor=collector, channel="call", purpose="demand",
        decided_at=timezone.now(), verdict="allow",
        facts={
            "now": (today + dt.timedelta(hours=3)).isoformat(),
            "history": [
                {"at": (today + dt.timedelta(hours=n)).isoformat(), "result": "right_party"} for n in (1, 2)
            ],
        },
    )  # fmt: skip
    client = client_as(compliance_officer)
    stricter = main_of(client.post(reverse("compliance:rule_trial", args=["CN-F-01"]), filled(p_most="2")))
    assert "1 次会更严，0 次会更松" in stricter and 'value="2"' in stricter
    same = main_of(client.post(reverse("compliance:rule_trial", args=["CN-F-01"]), filled(p_most="9")))
    assert "没有一次会不同" in same
    assert not RuleChange.objects.exists()


def test_a_pack_is_switched_on_the_page(client_as, compliance_officer) -> None:
    client = client_as(compliance_officer)
    day = timezone.localdate().isoformat()
    refused = send(client, "compliance:pack_switch", "US-REGF", on="yes", reason="", effective_from=day)
    assert refused.status_code == 400
    send(client, "compliance:pack_switch", "US-REGF", on="yes", reason="代理美国债权", effective_from=day)
    page = main_of(client.get(reverse("compliance:rules")))
    assert "提议停用" in page and "启用规则包" in page
    again = send(client, "compliance:pack_switch", "US-REGF", on="yes", reason="再来", effective_from=day)
    assert "已经启用" in main_of(again, status=409)
    send(client, "compliance:pack_switch", "CN-DEFAULT", on="no", reason="试运行", effective_from=day)
    assert RuleChange.objects.get(pack="CN-DEFAULT").state == "proposed"


def test_every_rule_has_a_form_that_changes_nothing_as_it_comes(client_as, compliance_officer) -> None:
    """What the form shows is what is in force: sent back untouched it is no change, whatever the kind."""
    from compliance.forms_rules import RuleChangeForm
    from compliance.rules.packs import pack_names, shipped

    for rule in (rule for name in pack_names() for rule in shipped(name).rules):
        shown = RuleChangeForm(rule=rule, today=timezone.localdate())
        values = {name: shown.get_initial_for_field(field, name) for name, field in shown.fields.items()}
        form = RuleChangeForm({**values, "reason": "没有变化"}, rule=rule, today=timezone.localdate())
        assert form.is_valid(), (rule.id, form.errors)
        assert (form.changed_params(), form.changed_verdict) == ({}, ""), rule.id


def test_a_decision_tells_the_question_the_facts_and_three_judgements(
    client_as, person: Person, collector: User, compliance_officer: User
) -> None:
    for clock in ("09:00", "11:00"):
        talk(person, collector, clock)
    propose(compliance_officer, clock="12:00")
    decision = call(person, collector, "13:00").decision
    page = main_of(client_as(compliance_officer).get(reverse("compliance:decision", args=[decision.pk])))
    assert "139****1111" in page and "13900001111" not in page
    assert page.count('data-verdict="禁止"') == 3
    assert "CN-F-01" in page and "按当日规则重判" in page and "2026-03-02 13:00" in page
    assert "三次判断的结论不同" not in page


def test_a_rule_changed_since_makes_the_judgements_differ(
    client_as, person: Person, collector: User, compliance_officer: User
) -> None:
    for clock in ("09:00", "11:00"):
        talk(person, collector, clock)
    decision = call(person, collector, "13:00").decision
    propose(compliance_officer, clock="14:00")
    page = main_of(client_as(compliance_officer).get(reverse("compliance:decision", args=[decision.pk])))
    assert page.count('data-verdict="允许"') == 2 and page.count('data-verdict="禁止"') == 1
    assert "三次判断的结论不同" in page


def test_a_decision_is_read_by_those_whose_case_it_is_and_from_the_timeline(
    client_as, person: Person, collector: User, clerk: User, outsider: User, compliance_officer: User
) -> None:
    decision = call(person, collector, "22:30").decision
    address = reverse("compliance:decision", args=[decision.pk])
    assert client_as(collector).get(address).status_code == 200
    assert client_as(clerk).get(address).status_code == 403
    person.card.desk.owner = compliance_officer
    person.card.desk.save(update_fields=["owner"])
    assert client_as(collector).get(address).status_code == 404
    record = client_as(compliance_officer).get(reverse("cases:timeline", args=[person.card.pk]))
    assert address in record.content.decode()


def test_the_pages_are_in_english_too(client_as, person: Person, collector: User, compliance_officer: User) -> None:
    decision = call(person, collector, "22:30").decision
    propose(compliance_officer, reason="complaints", clock="22:40")
    client = client_as(compliance_officer)
    client.cookies["language"] = "en"
    for address in (
        reverse("compliance:decision", args=[decision.pk]),
        reverse("compliance:rule", args=["CN-F-01"]),
        reverse("compliance:rules"),
    ):
        page = re.sub(r'<span lang="zh-Hans">.*?</span>', "", main_of(client.get(address)), flags=re.S)
        page = page.replace("何合规", "").replace("林催收", "")
        page = page.replace(unescape(person.card.loan.debtor.name), "").replace(person.card.loan.source.name, "")
        assert not CHINESE.search(page), page[CHINESE.search(page).start() - 80 :][:160]


def test_the_page_of_a_decision_asks_the_same_of_the_database_however_long_the_log(
    client_as, person: Person, collector: User, compliance_officer: User, django_assert_max_num_queries
) -> None:
    for minute in range(12):
        talk(person, collector, f"09:{minute * 4:02d}", result="no_answer")
    decision = call(person, collector, "12:00").decision
    client = client_as(compliance_officer)
    with django_assert_max_num_queries(14):
        client.get(reverse("compliance:decision", args=[decision.pk]))
    assert monday("12:00") == decision.decided_at
