"""Waivers: who approves what, nobody their own, two at once, used or lapsed."""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from threading import Barrier
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from cases.imports import run as runs
from cases.models import Case, Repayment, Waiver
from cases.services import waivers
from cases.services.closing import close_case
from cases.services.waiver_limits import Limits, Need, Parts, need_of
from cases.services.waivers import (
    WaiverRefused,
    apply_for_waiver,
    decide_waiver,
    lapse_waiver,
    lapse_waivers,
    use_waiver,
    withdraw_waiver,
)
from collection_ops.core.access import Role
from collection_ops.core.models import AuditEvent, User
from collection_ops.core.services.accounts import create_user
from tests.cases.builders import desk_of, make_case, make_run
from tests.core.races import at_once

pytestmark = pytest.mark.django_db
NOW = timezone.make_aware(dt.datetime(2026, 4, 1, 10, 0))
TODAY, UNTIL = dt.date(2026, 4, 1), dt.date(2026, 4, 20)


@pytest.fixture
def case(collector: User) -> Case:
    """Owes 10,000.00 principal, 800.00 interest, 300.00 penalty, 200.00 fees."""
    case = make_case(contract_no="HT-W", total="11300.00", desk=desk_of(collector))
    case.principal, case.interest, case.penalty, case.fees = map(Decimal, ("10000", "800", "300", "200"))
    case.save()
    return case


@pytest.fixture
def second_manager(db: None) -> User:
    return create_user(
        username="er.manager", display_name="二经理", password="a-password-for-tests", roles=[Role.MANAGER], actor=None
    )


def parts(**yuan: str) -> Parts:
    return Parts(**{name: Decimal(amount) for name, amount in yuan.items()})


def ask(case: Case, actor: User, *, until: dt.date = UNTIL, reason: str = "失业，已提供证明", **yuan: str) -> Waiver:
    return apply_for_waiver(case=case, parts=parts(**yuan), reason=reason, valid_until=until, actor=actor, now=NOW)


def approve(waiver: Waiver, actor: User, now: dt.datetime = NOW) -> Waiver:
    return decide_waiver(waiver=waiver, approve=True, actor=actor, now=now)


def code_of(act: Callable[[], Any]) -> str:
    with pytest.raises(WaiverRefused) as refused:
        act()
    return refused.value.code


LIMITS = Limits(
    supervisor_most=Decimal("1000"), supervisor_interest=False, one_person_most=Decimal("5000"), most_days_valid=30
)


@pytest.mark.parametrize(
    ("yuan", "need"),
    [
        ({"penalty": "300.00", "fees": "700.00"}, Need(high=False, people=1)),
        ({"penalty": "300.00", "fees": "700.01"}, Need(high=True, people=1)),
        ({"interest": "0.01"}, Need(high=True, people=1)),
        ({"interest": "5000.00"}, Need(high=True, people=1)),
        ({"interest": "5000.01"}, Need(high=True, people=2)),
        ({"principal": "1.00"}, Need(high=True, people=2)),
    ],
)
def test_the_ladder_of_authority(yuan, need):
    """CN-Y-07: a supervisor waives principal 1.00 → blocked."""
    assert need_of(parts(**yuan), LIMITS) == need


def test_fees_are_let_off_by_a_supervisor_and_nothing_of_it_is_money(case, collector, supervisor):
    waiver = ask(case, collector, penalty="300.00", fees="200.00")
    assert (waiver.state, waiver.needs_high, waiver.needs_people) == ("submitted", False, 1)
    approved = approve(waiver, supervisor)
    assert (approved.state, approved.first_by, approved.total) == ("approved", supervisor, Decimal("500.00"))
    assert not Repayment.objects.exists()
    case.refresh_from_db()
    assert case.total == Decimal("11300.00"), "what is owed is what the file says"


def test_a_supervisor_cannot_let_off_interest_or_principal_and_managers_can(
    case, collector, supervisor, manager, second_manager
):
    interest = ask(case, collector, interest="100.00")
    assert code_of(lambda: approve(interest, supervisor)) == "level"
    assert approve(interest, manager).state == "approved"
    lapse_waiver(waiver=interest, reason="方案违约", actor=None, now=NOW)

    principal = ask(case, collector, principal="1.00")
    assert code_of(lambda: approve(principal, supervisor)) == "level"
    half = approve(principal, manager)
    assert half.state == "half"
    assert code_of(lambda: approve(principal, manager)) == "twice"
    assert code_of(lambda: use_waiver(waiver=principal, actor=manager, now=NOW)) == "not_approved"
    whole = approve(principal, second_manager)
    assert (whole.state, whole.first_by, whole.second_by) == ("approved", manager, second_manager)
    told = AuditEvent.objects.filter(object_type="cases.waiver", object_id=str(principal.pk)).order_by("pk")
    assert [event.action for event in told] == ["waiver.applied", "waiver.half_approved", "waiver.approved"]


def test_nobody_decides_their_own_and_the_database_refuses_it_too(case, supervisor, manager):
    waiver = ask(case, supervisor, fees="10.00")
    assert code_of(lambda: approve(waiver, supervisor)) == "own"
    for columns in (
        {"state": "approved", "first_by": supervisor, "first_at": NOW},
        {"state": "approved"},
        {"principal": 5},
        {"fees": -1},
        {"fees": 0},
        {"state": "rejected"},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            Waiver.objects.filter(pk=waiver.pk).update(**columns)
    assert approve(waiver, manager).state == "approved"


def test_more_than_is_owed_of_a_part_is_refused_when_asked_and_when_approved(case, collector, supervisor):
    assert code_of(lambda: ask(case, collector, fees="200.01")) == "over_part"
    assert code_of(lambda: ask(case, collector)) == "nothing"
    assert code_of(lambda: ask(case, collector, fees="1.005")) == "not_cents"
    waiver = ask(case, collector, fees="200.00")
    Case.objects.filter(pk=case.pk).update(fees=Decimal("150.00"))
    assert code_of(lambda: approve(waiver, supervisor)) == "over_part"
    Case.objects.filter(pk=case.pk).update(fees=Decimal("200.00"))
    assert approve(waiver, supervisor).state == "approved"


def test_days_reasons_and_one_at_a_time(case, collector, supervisor):
    assert code_of(lambda: ask(case, collector, fees="1.00", until=TODAY - dt.timedelta(days=1))) == "past_day"
    assert code_of(lambda: ask(case, collector, fees="1.00", until=TODAY + dt.timedelta(days=31))) == "too_long"
    assert code_of(lambda: ask(case, collector, fees="1.00", reason=" ")) == "no_reason"
    waiver = ask(case, collector, fees="1.00", until=TODAY + dt.timedelta(days=30))
    assert code_of(lambda: ask(case, collector, fees="2.00")) == "one_open"
    assert code_of(lambda: decide_waiver(waiver=waiver, approve=False, actor=supervisor, now=NOW)) == "no_reason"
    rejected = decide_waiver(waiver=waiver, approve=False, actor=supervisor, now=NOW, reason="证明不足")
    assert (rejected.state, rejected.end_reason) == ("rejected", "证明不足")
    again = ask(case, collector, fees="2.00")
    assert code_of(lambda: withdraw_waiver(waiver=again, actor=supervisor, now=NOW)) == "not_own"
    assert withdraw_waiver(waiver=again, actor=collector, now=NOW).state == "withdrawn"
    close_case(case=case, reason="recalled", closed_on=case.as_of, actor=supervisor, now=NOW)
    assert code_of(lambda: ask(case, collector, fees="1.00")) == "case_closed"


def pay(case: Case, paid_on: dt.date = TODAY, **columns: Any) -> Repayment:
    return Repayment.objects.create(
        source=case.loan.source, contract_no=case.loan.contract_no, loan=case.loan, paid_on=paid_on, amount=11100,
        **{"status": "confirmed", **columns},
    )  # fmt: skip


def test_it_is_used_with_money_of_the_contract_that_came_after_the_approval(case, collector, supervisor):
    waiver = approve(ask(case, collector, fees="200.00"), supervisor)
    before = pay(case, TODAY - dt.timedelta(days=1))
    claimed, foreign = pay(case, status="claimed"), pay(make_case())
    for wrong in (before, claimed, foreign):
        assert code_of(lambda wrong=wrong: use_waiver(waiver=waiver, actor=supervisor, now=NOW, repayment=wrong)) == (
            "not_this_money"
        )
    money = pay(case)
    used = use_waiver(waiver=waiver, actor=supervisor, now=NOW, repayment=money)
    assert (used.state, used.used_repayment) == ("used", money)
    assert code_of(lambda: use_waiver(waiver=waiver, actor=supervisor, now=NOW, repayment=money)) == "not_approved"


def test_an_import_whose_money_settled_a_waiver_is_not_undone(case, collector, supervisor, clerk):
    waiver = approve(ask(case, collector, fees="200.00"), supervisor)
    run = make_run(case.loan.source, TODAY, uploaded_by=clerk)
    type(run).objects.filter(pk=run.pk).update(kind="repayments")
    run.refresh_from_db()
    use_waiver(waiver=waiver, actor=supervisor, now=NOW, repayment=pay(case, run=run))
    with pytest.raises(runs.RunRefused, match="undo_blocked") as refused:
        runs.undo_run(run=run, actor=clerk, now=NOW)
    assert refused.value.params["blockers"][0]["code"] == "undo_repayment_waived"


def test_what_was_not_used_by_its_last_day_lapses_that_night(case, collector, supervisor):
    approved = approve(ask(case, collector, fees="200.00"), supervisor)
    late = NOW + dt.timedelta(days=20)
    assert lapse_waivers(day=UNTIL, now=late) == 0
    assert code_of(lambda: use_waiver(waiver=approved, actor=supervisor, now=late, repayment=None)) == "lapsed"
    assert lapse_waivers(day=UNTIL + dt.timedelta(days=1), now=late) == 1
    approved.refresh_from_db()
    assert approved.state == "lapsed"
    # One that still waits lapses with its case.
    waiting = ask(case, collector, fees="1.00")
    close_case(case=case, reason="recalled", closed_on=case.as_of, actor=supervisor, now=NOW)
    assert lapse_waivers(day=TODAY, now=NOW) == 1
    waiting.refresh_from_db()
    assert waiting.state == "lapsed"


# Two at once --------------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_of_one_who_approves_and_one_who_rejects_at_once_the_second_is_told(case, collector, supervisor, manager):
    waiver = ask(case, collector, fees="10.00")
    results = at_once(
        lambda: approve(waiver, supervisor),
        lambda: decide_waiver(waiver=waiver, approve=False, actor=manager, now=NOW, reason="证明不足"),
    )
    refused = [one for one in results if isinstance(one, WaiverRefused)]
    assert [one.code for one in refused] == ["not_waiting"]
    waiver.refresh_from_db()
    assert waiver.state in ("approved", "rejected")


@pytest.mark.django_db(transaction=True)
def test_one_person_twice_at_once_is_one_approval_and_two_people_are_two(case, collector, manager, second_manager):
    waiver = ask(case, collector, principal="100.00")
    results = at_once(lambda: approve(waiver, manager), lambda: approve(waiver, manager))
    assert sorted(getattr(one, "code", "done") for one in results) == ["done", "twice"]
    waiver.refresh_from_db()
    assert (waiver.state, waiver.second_by) == ("half", None)
    assert approve(waiver, second_manager).state == "approved"


@pytest.mark.django_db(transaction=True)
def test_two_managers_at_once_are_the_two_that_it_takes(case, collector, manager, second_manager):
    waiver = ask(case, collector, principal="100.00")
    results = at_once(lambda: approve(waiver, manager), lambda: approve(waiver, second_manager))
    assert sorted(one.state for one in results) == ["approved", "half"]
    waiver.refresh_from_db()
    assert {waiver.first_by, waiver.second_by} == {manager, second_manager}


@pytest.mark.django_db(transaction=True)
def test_twin_without_holding_the_waiver_one_of_their_words_is_lost(
    case, collector, manager, second_manager, monkeypatch
):
    both = Barrier(2)

    def look(waiver_id: int) -> Waiver:
        found = Waiver.objects.select_related("case__loan").get(pk=waiver_id)
        both.wait(timeout=10)
        return found

    waiver = ask(case, collector, principal="100.00")
    monkeypatch.setattr(waivers, "hold_waiver", look)
    results = at_once(lambda: approve(waiver, manager), lambda: approve(waiver, second_manager))
    assert [one.state for one in results] == ["half", "half"]
    waiver.refresh_from_db()
    assert (waiver.state, waiver.second_by) == ("half", None)
