"""Promises: every refusal beside its success, exceptions, taking back, and two at the same moment."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from cases.models import Case, Promise
from cases.services.closing import close_case
from cases.services.custody import move_cases
from cases.services.promises import PromiseRefused, cancel_promise, make_promise, promise_terms
from collection_ops.core import clock
from collection_ops.core.access import Role
from collection_ops.core.dated_settings import set_value, setting_named
from collection_ops.core.models import AuditEvent
from collection_ops.core.services.accounts import create_user
from tests.cases.builders import desk_of, make_case
from tests.core.races import at_once

pytestmark = pytest.mark.django_db
TODAY = dt.date(2026, 4, 1)
NOW = timezone.make_aware(dt.datetime(2026, 4, 1, 10, 0))


@pytest.fixture
def case(collector) -> Case:
    return make_case(contract_no="HT-P", total="2000.00", desk=desk_of(collector))


def promise(case: Case, actor: Any, amount: str = "500.00", days: int = 3, **more: Any) -> Promise:
    return make_promise(
        case=case, amount=Decimal(amount), due_on=TODAY + dt.timedelta(days=days), actor=actor, now=NOW, **more
    )


def refused(*args: Any, **kwargs: Any) -> tuple[str, str, bool]:
    with pytest.raises(PromiseRefused) as found:
        promise(*args, **kwargs)
    return found.value.code, found.value.field, found.value.may_override


@pytest.mark.parametrize(
    ("wrong", "told", "right"),
    [
        ({"amount": "2000.01"}, ("over_balance", "amount", False), {"amount": "2000.00"}),
        ({"amount": "199.99"}, ("below_least", "amount", True), {"amount": "200.00"}),
        ({"amount": "500.001"}, ("not_cents", "amount", False), {"amount": "500.01"}),
        ({"amount": "0.00"}, ("not_positive", "amount", False), {}),
        ({"amount": "-5.00"}, ("not_positive", "amount", False), {}),
        ({"days": -1}, ("past_day", "due_on", False), {"days": 0}),
        ({"days": 11}, ("too_far", "due_on", True), {"days": 10}),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else None,
)
def test_what_is_outside_the_limits_is_refused_and_just_inside_is_taken(case, collector, wrong, told, right):
    assert refused(case, collector, **wrong) == told
    assert not Promise.objects.exists()
    made = promise(case, collector, **right)
    assert (made.state, made.owed, made.stage, made.made_by) == ("open", Decimal("2000.00"), case.stage, collector)


def test_a_second_open_promise_is_refused_and_after_the_first_is_gone_it_is_taken(case, collector):
    first = promise(case, collector)
    assert refused(case, collector) == ("too_many_open", "", True)
    cancel_promise(promise=first, reason="日期听错", actor=collector, now=NOW)
    assert promise(case, collector).state == "open"


def test_three_promises_in_thirty_days_are_the_most_and_cancelled_ones_do_not_count(case, collector):
    for back in (29, 20, 10):
        Promise.objects.create(
            case=case, amount=500, enough=499, owed=2000, stage=2, state="broken", settled_on=TODAY - dt.timedelta(days=3),
            made_on=TODAY - dt.timedelta(days=back), due_on=TODAY - dt.timedelta(days=5),
            counts_until=TODAY - dt.timedelta(days=4),
        )  # fmt: skip
    assert refused(case, collector) == ("too_many_made", "", True)
    oldest = Promise.objects.order_by("made_on").first()
    Promise.objects.filter(pk=oldest.pk).update(made_on=TODAY - dt.timedelta(days=30))
    assert promise(case, collector).pk


def test_the_limits_of_a_day_are_the_settings_of_that_day(case, collector, supervisor):
    change = {"effective_from": TODAY + dt.timedelta(days=1), "reason": "收紧", "actor": supervisor, "now": NOW}
    set_value(setting_named("promise.least_share"), "50", **change)
    set_value(setting_named("promise.grace_days"), 3, **change)
    today, tomorrow = (promise_terms(case, NOW + dt.timedelta(days=ahead)) for ahead in (0, 1))
    assert (today.least, today.grace_days) == (Decimal("200.00"), 1)
    assert (tomorrow.least, tomorrow.grace_days) == (Decimal("1000.00"), 3)
    made = promise(case, collector)
    assert made.counts_until == made.due_on + dt.timedelta(days=1), "fixed when it was made"


def test_tolerance_is_the_larger_of_yuan_and_percent(case, supervisor):
    terms = promise_terms(case, NOW)
    assert terms.enough_of(Decimal("500.00")) == Decimal("499.00")
    assert terms.enough_of(Decimal("0.50")) == Decimal("0.01"), "never for nothing"
    set_value(
        setting_named("promise.tolerance_share"), "2", effective_from=TODAY, reason="试行", actor=supervisor, now=NOW
    )
    assert promise_terms(case, NOW).enough_of(Decimal("500.00")) == Decimal("490.00")


def test_a_closed_case_and_one_that_was_moved_meanwhile_take_no_promise(case, collector, supervisor):
    seen = Case.objects.get(pk=case.pk)
    other = create_user(
        username="other", display_name="另一位", password="a-password-for-tests", roles=[Role.COLLECTOR], actor=None
    )
    move_cases(cases=[case.pk], desk=desk_of(other), reason="换人", actor=supervisor, now=clock.now())
    assert refused(seen, collector)[0] == "case_moved"
    seen.refresh_from_db()
    assert promise(seen, other).pk
    close_case(case=seen, reason="recalled", closed_on=seen.as_of, actor=supervisor, now=NOW)
    assert refused(seen, other)[0] == "case_closed"


def test_an_exception_takes_the_right_for_this_case_and_a_reason(case, collector, team_leader, supervisor):
    far = {"days": 20}
    assert refused(case, collector, **far, override_by=collector, override_reason="急")[0] == "no_override_right"
    assert refused(case, collector, **far, override_by=team_leader)[0] == "no_override_reason"
    stranger = create_user(
        username="b.leader", display_name="乙组长", password="a-password-for-tests", roles=[Role.TEAM_LEADER],
        actor=None, unit="team-b",
    )  # fmt: skip
    assert refused(case, collector, **far, override_by=stranger, override_reason="急")[0] == "no_override_right"
    made = promise(case, collector, **far, override_by=team_leader, override_reason="月底发工资")
    assert (made.override_by, made.override_reason) == (team_leader, "月底发工资")
    assert AuditEvent.objects.get(action="promise.made").data["override_by"] == team_leader.pk
    cancel_promise(promise=made, reason="改期", actor=collector, now=NOW)
    usual = promise(case, collector, override_by=team_leader, override_reason="月底发工资")
    assert usual.override_by is None, "inside the limits there is no exception"
    assert (
        refused(case, collector, amount="2000.01", override_by=supervisor, override_reason="x")[0] == "over_balance"
    ), "the balance is no limit that anybody may except from"


def test_a_promise_is_taken_back_before_it_is_due_and_afterwards_by_the_team_leader(case, collector, team_leader):
    made = promise(case, collector)
    with pytest.raises(PromiseRefused, match="原因"):
        cancel_promise(promise=made, reason=" ", actor=collector, now=NOW)
    due = NOW + dt.timedelta(days=3)
    with pytest.raises(PromiseRefused) as late:
        cancel_promise(promise=made, reason="客户改口", actor=collector, now=due)
    assert late.value.code == "due_already"
    cancelled = cancel_promise(promise=made, reason="客户改口", actor=team_leader, now=due)
    assert (cancelled.state, cancelled.settled_on) == ("cancelled", made.due_on)
    with pytest.raises(PromiseRefused, match="已取消"):
        cancel_promise(promise=made, reason="再来", actor=team_leader, now=due)


# Two at once --------------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_of_two_promises_at_the_same_moment_one_is_taken(case, collector, supervisor):
    results = at_once(*[lambda who=who: promise(case, who) for who in (collector, supervisor)])
    assert sorted(type(one).__name__ for one in results) == ["Promise", "PromiseRefused"]
    assert Promise.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_twin_without_holding_the_case_both_are_taken(case, collector, supervisor, monkeypatch):
    from threading import Barrier

    from cases.services import promises

    both = Barrier(2)

    def look(case_id: int) -> Case:
        return Case.objects.select_related("loan").get(pk=case_id)

    def terms(*asked: Any) -> Any:
        found = promise_terms(*asked)
        both.wait(timeout=10)
        return found

    monkeypatch.setattr(promises, "hold_case", look)
    monkeypatch.setattr(promises, "promise_terms", terms)
    at_once(*[lambda who=who: promise(case, who) for who in (collector, supervisor)])
    assert Promise.objects.count() == 2
