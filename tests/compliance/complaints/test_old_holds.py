"""Complaints that were only holds, from the time before the register: told as complaints, once."""

import datetime as dt
from importlib import import_module

import pytest
from django.apps import apps

from cases.models import Hold
from collection_ops.core import invariants
from collection_ops.core.models import User
from compliance.complaints.handling import assign, close, decide
from compliance.complaints.register import Accused
from compliance.models import About, Complaint
from tests.cases.builders import make_case
from tests.compliance.complaints.test_from_intake_to_closed import MONDAY, complained, days, holds

pytestmark = pytest.mark.django_db
register = import_module("compliance.migrations.0022_complaints_of_holds").register


def test_each_hold_for_a_complaint_becomes_one_as_it_was_counted_then(
    collector: User, supervisor: User, compliance_officer: User, manager: User
) -> None:
    case = make_case()
    common = {"debtor": case.loan.debtor, "type": "complaint", "placed_by": collector, "placed_at": MONDAY}
    lifted = {"ends_at": days(20), "lifted_by": compliance_officer, "lift_reason": "已致歉"}
    running = Hold.objects.create(
        **common, since=days(25), reason="说话难听", accused=collector, accused_channel="call", proven=False
    )
    true = Hold.objects.create(**common, since=MONDAY, reason="辱骂", accused=collector, proof="录音", **lifted)
    false = Hold.objects.create(
        **common, since=MONDAY, reason="机构骚扰", accused_org="agency-1", proven=False, **lifted
    )
    ran_out = Hold.objects.create(
        **{**common, "placed_by": None}, since=MONDAY, reason="未说明", proven=False, ends_at=days(3)
    )
    # What stopped for a complaint of the register stays its own, a second person's hold as well; an illness is none.
    complained(make_case(), Accused(About.COLLECTOR, collector), Accused(About.COLLECTOR, supervisor), now=days(26))
    Hold.objects.create(debtor=case.loan.debtor, type="illness", since=MONDAY, reason="住院")

    now = days(30)
    assert register(apps, now=now) == 4
    assert register(apps, now=now) == 0, "once"
    of = {one.hold_id: one for one in Complaint.objects.all() if one.hold_id}
    told = of[true.pk]
    assert (told.source, told.type, told.narrative, told.received_at) == ("collector", "other", "辱骂", MONDAY)
    assert (told.state, told.outcome, told.closed_at, told.handler) == (
        "closed", "upheld", days(20), compliance_officer,
    )  # fmt: skip
    assert (told.subjects.get().user, told.subjects.get().responsible) == (collector, True)
    assert (told.rounds.get().due_on, told.rounds.get().in_time) == (dt.date(2026, 3, 17), False)
    assert [step.kind for step in told.steps.order_by("pk")] == ["received", "decided", "closed"]
    assert (of[false.pk].outcome, of[false.pk].subjects.get().org) == ("not_upheld", "agency-1")
    assert of[false.pk].subjects.get().responsible is False
    assert (of[ran_out.pk].handler, of[ran_out.pk].rounds.get().in_time) == (compliance_officer, True)

    assert {"I35", "I35b"} & broken() == set()
    # What goes on is handled like any other, and closing it lifts the old hold.
    open_one = of[running.pk]
    assert (open_one.state, open_one.subjects.get().responsible) == ("received", None)
    assert holds(case, now) == {(collector.pk, "")}
    assign(complaint=open_one, handler=supervisor, actor=manager, now=now)
    decide(
        complaint=open_one, outcome="not_upheld", finding="查无此事", responsible={}, actor=compliance_officer, now=now
    )
    close(complaint=open_one, answered="已答复", actor=compliance_officer, now=days(31))
    assert holds(case, days(31)) == set()


def broken() -> set[str]:
    return {row["code"] for row in invariants.check_all(now=days(30)) if row["count"]}


def test_a_clock_that_stopped_and_a_hold_of_somebody_else_are_found(collector: User) -> None:
    one, other = complained(make_case()), complained(make_case())
    assert {"I35", "I35b"} & broken() == set()
    one.rounds.update(due_on=days(40).date())
    assert "I35" in broken()
    Complaint.objects.filter(pk=one.pk).update(hold=other.hold)
    assert "I35b" in broken()


def test_one_that_ended_and_that_only_its_accused_could_have_handled_stays_a_hold(collector: User) -> None:
    case = make_case()
    Hold.objects.create(
        debtor=case.loan.debtor, type="complaint", since=MONDAY, ends_at=days(2), reason="辱骂", accused=collector,
        placed_by=collector, placed_at=MONDAY,
    )  # fmt: skip
    assert register(apps, now=days(3)) == 0
