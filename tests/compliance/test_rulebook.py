"""Changing the rules: one person tightens, two loosen, nothing is changed back in time, every process sees it at once."""

import datetime as dt
from dataclasses import replace

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from collection_ops.core.models import AuditEvent, User
from compliance import rulebook
from compliance.gate import decide_again
from compliance.models import Breach, GateDecision, RuleChange
from compliance.rulebook import rules_in_force
from compliance.rules.engine import decide
from compliance.rules.facts import Action, Event, Facts
from compliance.rules.packs import Rule, shipped
from compliance.services.log import cancel_attempt, mark_misdirected
from compliance.services.rulebook import (
    ChangeRefused,
    decide_change,
    propose_change,
    switch_pack,
    withdraw_change,
)
from compliance.what_if import try_change
from tests.compliance.conftest import CHINA, Person, monday
from tests.compliance.test_gate import blocking, call, talk

pytestmark = pytest.mark.django_db

MONDAY, TUESDAY = dt.date(2026, 3, 2), dt.date(2026, 3, 3)


def propose(
    actor: User, rule: str = "CN-F-01", *, day: dt.date = MONDAY, clock: str = "08:30", **options
) -> RuleChange:
    options = {"params": {"most": 2}, "reason": "投诉增多", "pack": "CN-DEFAULT", **options}
    return propose_change(rule=rule, effective_from=day, actor=actor, now=monday(clock), **options)


def rule_at(moment: dt.datetime, rule: str = "CN-F-01") -> Rule:
    return next(one for one in rules_in_force() if one.id == rule and one.at_work(moment))


def test_the_compliance_officer_tightens_at_once_and_the_gate_obeys(
    person: Person, collector: User, compliance_officer: User
) -> None:
    change = propose(compliance_officer)
    assert (change.state, change.loosens) == ("active", False)
    for clock in ("09:00", "11:00"):
        talk(person, collector, clock)
    refused = call(person, collector, "13:00")
    assert blocking(refused) == ["CN-F-01"]
    assert refused.verdict.reasons[0].limit == 2
    assert AuditEvent.objects.filter(action="rule.changed", actor=compliance_officer).count() == 1


def test_nobody_but_compliance_changes_a_rule_and_nobody_but_two_loosen_it(
    compliance_officer: User, supervisor: User, collector: User, manager: User, auditor: User
) -> None:
    for other in (supervisor, collector, manager, auditor):
        with pytest.raises(PermissionDenied):
            propose(other)
    waiting = propose(compliance_officer, params={"most": 4})
    assert (waiting.state, waiting.loosens) == ("proposed", True)
    assert rule_at(monday("12:00")).params.most == 3
    with pytest.raises(ChangeRefused, match="另一人"):
        decide_change(change=waiting, approve=True, actor=compliance_officer, now=monday("09:00"))
    for other in (supervisor, collector, auditor):
        with pytest.raises(PermissionDenied):
            decide_change(change=waiting, approve=True, actor=other, now=monday("09:00"))
    decide_change(change=waiting, approve=True, actor=manager, now=monday("09:00"))
    assert rule_at(monday("12:00")).params.most == 4
    assert rule_at(monday("08:59")).params.most == 3, "not before it was approved"


def test_the_database_refuses_a_loosening_by_one_person_and_a_change_of_what_is_decided(
    compliance_officer: User, manager: User
) -> None:
    waiting = propose(compliance_officer, params={"most": 4})
    row = RuleChange.objects.filter(pk=waiting.pk)
    for columns in (
        {"state": "active", "begins_at": monday("09:00")},
        {
            "state": "active", "begins_at": monday("09:00"), "decided_by": compliance_officer,
            "decided_at": monday("09:00"),
        },
        {"state": "active", "decided_by": manager, "decided_at": monday("09:00")},
    ):  # fmt: skip
        with pytest.raises(IntegrityError), transaction.atomic():
            row.update(**columns)
    row.update(state="active", begins_at=monday("09:00"), decided_by=manager, decided_at=monday("09:00"))
    for act in (lambda: row.update(params={"most": 9}), row.delete):
        with pytest.raises(DatabaseError, match="stays as it is"), transaction.atomic():
            act()


def test_going_back_to_what_is_shipped_takes_one_person_and_beyond_it_two(compliance_officer: User) -> None:
    propose(compliance_officer, params={"most": 1})
    assert not propose(compliance_officer, params={"most": 3}, clock="08:31").loosens
    assert propose(compliance_officer, params={"most": 4}, clock="08:32").loosens


def test_a_verdict_is_a_parameter_too(compliance_officer: User) -> None:
    assert not propose(compliance_officer, "CN-F-03", params={}, verdict="block").loosens
    assert propose(compliance_officer, "CN-F-01", params={}, verdict="warn").loosens


def test_a_loosened_rule_may_be_tightened_by_one_person(compliance_officer: User, manager: User) -> None:
    loosened = propose(compliance_officer, params={"most": 6})
    decide_change(change=loosened, approve=True, actor=manager, now=monday("09:00"))
    assert not propose(compliance_officer, params={"most": 4}, clock="10:00").loosens
    assert propose(compliance_officer, params={"most": 5}, clock="10:01").loosens


def test_what_makes_no_sense_is_refused_with_a_sentence(compliance_officer: User) -> None:
    for options, sentence in (
        ({"params": {"most": 3}}, "没有变化"),
        ({"params": {"most": "viele"}}, "不能采用"),
        ({"params": {"most": -1}}, "不能为负"),
        ({"params": {"per": "loan"}}, "属于规则本身"),
        ({"params": {"colour": "red"}}, "不能采用"),
        ({"params": {}, "verdict": "explode"}, "不能采用"),
        ({"reason": "  "}, "原因"),
        ({"day": dt.date(2026, 3, 1)}, "早于今天"),
        ({"rule": "CN-X-99"}, "没有这条规则"),
        ({"pack": "XX"}, "没有这个规则包"),
        ({"rule": "CN-T-01", "params": {"start": "08:00"}}, "不能相同"),
    ):
        with pytest.raises(ChangeRefused, match=sentence):
            propose(compliance_officer, **{"rule": "CN-F-01", **options})
    assert not RuleChange.objects.exists()


def test_one_proposal_waits_at_a_time_and_its_author_may_take_it_back(compliance_officer: User, manager: User) -> None:
    waiting = propose(compliance_officer, params={"most": 4})
    with pytest.raises(ChangeRefused, match="等待批准"):
        propose(compliance_officer, params={"most": 5})
    with pytest.raises(ChangeRefused, match="自己"):
        withdraw_change(change=waiting, actor=manager, now=monday("09:00"))
    withdraw_change(change=waiting, actor=compliance_officer, now=monday("09:00"))
    with pytest.raises(ChangeRefused, match="已撤回"):
        decide_change(change=waiting, approve=True, actor=manager, now=monday("09:01"))
    again = propose(compliance_officer, params={"most": 5})
    with pytest.raises(ChangeRefused, match="理由"):
        decide_change(change=again, approve=False, actor=manager, now=monday("09:02"))
    decide_change(change=again, approve=False, actor=manager, now=monday("09:03"), reason="不同意")
    assert rule_at(monday("12:00")).params.most == 3


def test_a_change_for_tomorrow_leaves_today_alone_and_is_told_as_the_next_moment(
    person: Person, collector: User, compliance_officer: User
) -> None:
    propose(compliance_officer, day=TUESDAY, params={"most": 0}, rule="CN-V-02")
    assert call(person, collector, "10:00", channel="visit", staff=2).allowed
    propose(compliance_officer, "CN-T-01", day=TUESDAY, params={"end": "09:00"})
    assert call(person, None, "22:30").decision.next_allowed_at == monday("09:00", day=3)


def test_a_pack_is_switched_on_by_one_person_and_off_by_two(
    person: Person, collector: User, compliance_officer: User, manager: User
) -> None:
    talk(person, collector, "09:00")
    switch_pack(
        pack="US-REGF", on=True, effective_from=TUESDAY, reason="代理美国债权", actor=compliance_officer,
        now=monday("10:00"),
    )  # fmt: skip
    talk(person, collector, "10:30")
    assert blocking(call(person, collector, "10:00", day=3)) == ["US-F-02"]
    with pytest.raises(ChangeRefused, match="已经启用"):
        switch_pack(
            pack="US-REGF", on=True, effective_from=TUESDAY, reason="再启用", actor=compliance_officer,
            now=monday("11:00"),
        )  # fmt: skip
    off = switch_pack(
        pack="US-REGF", on=False, effective_from=TUESDAY, reason="不再代理", actor=compliance_officer,
        now=monday("11:00", day=3),
    )  # fmt: skip
    assert off.state == "proposed"
    assert not call(person, collector, "11:30", day=3).allowed
    decide_change(change=off, approve=True, actor=manager, now=monday("12:00", day=3))
    assert call(person, collector, "12:30", day=3).allowed


def test_the_shipped_pack_may_be_switched_off_only_by_two(compliance_officer: User, manager: User) -> None:
    off = switch_pack(
        pack="CN-DEFAULT", on=False, effective_from=MONDAY, reason="试运行", actor=compliance_officer,
        now=monday("10:00"),
    )  # fmt: skip
    assert off.loosens
    assert rules_in_force()
    decide_change(change=off, approve=True, actor=manager, now=monday("12:00"))
    assert not [rule for rule in rules_in_force() if rule.at_work(monday("12:00"))]
    assert [rule for rule in rules_in_force() if rule.at_work(monday("11:59"))]


def test_an_old_decision_is_judged_by_the_rules_of_its_moment(
    person: Person, collector: User, compliance_officer: User
) -> None:
    for clock in ("09:00", "11:00"):
        talk(person, collector, clock)
    allowed = call(person, collector, "13:00")
    cancel_attempt(attempt=allowed.attempt, actor=collector, now=monday("13:01"))
    propose(compliance_officer, clock="14:00")
    later = call(person, collector, "15:00")
    assert not later.allowed
    for decision, verdict in ((allowed.decision, "allow"), (later.decision, "block")):
        again = decide_again(GateDecision.objects.get(pk=decision.pk))
        assert again.verdict == decision.verdict == verdict


def test_breaches_are_counted_by_the_rules_of_the_contacts_day(
    person: Person, collector: User, compliance_officer: User
) -> None:
    first = [talk(person, collector, clock) for clock in ("09:00", "11:00", "13:00")]
    propose(compliance_officer, clock="14:00")
    mark_misdirected(attempt=first[0], actor=collector, now=monday("18:00"))
    mark_misdirected(attempt=first[0], actor=collector, now=monday("18:01"), misdirected=False)
    assert not Breach.objects.exists(), "three talks were three at one o'clock"


def test_the_gate_asks_no_more_of_the_database_for_a_rule_that_was_changed(
    person: Person, collector: User, compliance_officer: User
) -> None:
    def asked() -> list[str]:
        with CaptureQueriesContext(connection) as queries:
            attempt = call(person, collector, "10:00").attempt
        assert attempt is not None
        cancel_attempt(attempt=attempt, actor=collector, now=monday("10:00"))
        return [query["sql"] for query in queries if query["sql"].lstrip().startswith("SELECT")]

    propose(compliance_officer)
    assert sum("compliance_rulechange" in sql for sql in asked()) == 2, "the changes are read once"
    assert len(asked()) == 3


def test_a_process_that_knew_the_old_rules_sees_the_change_with_its_next_question(compliance_officer: User) -> None:
    before = dict(rulebook._books)
    assert rule_at(monday("12:00")).params.most == 3
    propose(compliance_officer)
    assert rule_at(monday("12:00")).params.most == 2
    rulebook._books.clear()
    rulebook._books.update(before)  # as another process has it
    assert rule_at(monday("12:00")).params.most == 2


def test_what_a_change_would_have_made_of_the_last_answers(
    person: Person, collector: User, compliance_officer: User
) -> None:
    for clock in ("09:00", "11:00"):
        talk(person, collector, clock)
    asked = call(person, collector, "13:00").decision
    wanted = rulebook.Change("CN-DEFAULT", monday("18:00"), "CN-F-01", {"most": 2})
    trial = try_change(wanted, now=monday("18:00"))
    assert (trial.judged, trial.stricter, trial.milder) == (3, 1, 0)
    assert [decision for decision, _after in trial.examples] == [asked]
    assert try_change(replace(wanted, params={"most": 9}), now=monday("18:00")).changed == 0
    assert try_change(wanted, now=monday("18:00") + dt.timedelta(days=31)).judged == 0
    assert try_change(wanted, now=monday("18:00"), most=1).is_cut


def test_a_rule_that_ends_frees_at_its_end(compliance_officer: User, manager: User) -> None:
    loosened = propose(compliance_officer, params={"most": None}, day=TUESDAY)
    decide_change(change=loosened, approve=True, actor=manager, now=monday("09:00"))
    now = monday("21:00")
    done = tuple(Event(now - dt.timedelta(hours=n), result="right_party") for n in (1, 2, 3))
    facts = Facts(now, Action(), history=done)
    only = [rule for rule in rules_in_force() if rule.id == "CN-F-01"]
    assert decide(facts, only).next_allowed_at == dt.datetime(2026, 3, 3, tzinfo=CHINA)
    assert len(only) == 2
    assert shipped("CN-DEFAULT").rule("CN-F-01").params.most == 3
