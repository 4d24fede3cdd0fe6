"""Holds: whoever hears of a reason places one, somebody else takes it away, and what must end ends."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from cases.hold_rules import MAX_RENEWALS, lacks_proof, rule_of
from cases.models import Case, Hold, HoldType
from cases.services.holds import HoldRefused, after_day, last_day_of, lift_hold, place_hold, prove_hold, renew_hold
from collection_ops.core.dated_settings import set_value
from collection_ops.core.models import AuditEvent, Notification, User
from tests.cases.builders import desk_of, make_case

pytestmark = pytest.mark.django_db
NINE = timezone.make_aware(dt.datetime(2026, 3, 2, 9, 0))
DAY = dt.date(2026, 3, 2)


def days(count: int) -> dt.timedelta:
    return dt.timedelta(days=count)


@pytest.fixture
def case(collector: User) -> Case:
    return make_case(desk=desk_of(collector))


def place(case: Case, actor: User | None, type: HoldType = HoldType.ILLNESS, **given: Any) -> Hold:
    moment = given.pop("now", NINE)
    return place_hold(debtor=case.loan.debtor, type=type, reason="来电告知", actor=actor, now=moment, **given)


@pytest.mark.parametrize("type", list(HoldType), ids=str)
def test_a_collector_may_place_every_type_and_lift_none(case, collector, type):
    dispute = {"loan": case.loan, "amount": Decimal(1)} if type == HoldType.DISPUTE else {}
    hold = place(case, collector, type, **dispute)
    with pytest.raises(HoldRefused, match=r"主管|合规"):
        lift_hold(hold=hold, reason="好了", actor=collector, now=NINE + days(1))
    hold.refresh_from_db()
    assert hold.is_in_force(NINE + days(1))


@pytest.mark.parametrize("type", [HoldType.SELF_HARM, HoldType.NO_CONTACT_ORDER, HoldType.COMPLAINT], ids=str)
def test_what_protects_a_person_is_lifted_by_the_compliance_officer_alone(
    case, collector, supervisor, compliance_officer, type
):
    hold = place(case, collector, type)
    with pytest.raises(HoldRefused, match="只能由合规解除"):
        lift_hold(hold=hold, reason="已核实", actor=supervisor, now=NINE + days(1))
    lifted = lift_hold(hold=hold, reason="已核实", actor=compliance_officer, now=NINE + days(1))
    assert (lifted.ends_at, lifted.lifted_by) == (NINE + days(1), compliance_officer)


def test_a_death_one_placed_oneself_is_lifted_by_another_and_an_illness_by_oneself(
    case, supervisor, compliance_officer
):
    death, illness = place(case, supervisor, HoldType.DECEASED), place(case, supervisor, HoldType.ILLNESS)
    with pytest.raises(HoldRefused, match="须由另一人解除"):
        lift_hold(hold=death, reason="误传", actor=supervisor, now=NINE + days(1))
    lift_hold(hold=death, reason="误传", actor=compliance_officer, now=NINE + days(1))
    lift_hold(hold=illness, reason="已康复", actor=supervisor, now=NINE + days(1))
    assert not Hold.objects.in_force(NINE + days(2)).exists()


def test_a_hold_is_lifted_once(case, collector, supervisor, compliance_officer):
    hold = place(case, collector)
    lift_hold(hold=hold, reason="已康复", actor=supervisor, now=NINE + days(1))
    with pytest.raises(HoldRefused, match="已经结束"):
        lift_hold(hold=hold, reason="已康复", actor=compliance_officer, now=NINE + days(2))
    hold.refresh_from_db()
    assert (hold.ends_at, hold.lifted_by) == (NINE + days(1), supervisor)
    assert AuditEvent.objects.filter(action="hold.lifted").count() == 1


def test_a_pause_ends_by_itself_and_lasts_no_longer_than_allowed(case, collector):
    hold = place(case, collector)
    assert last_day_of(hold) == DAY + days(29)
    place(case, collector, HoldType.DISASTER, ends_at=after_day(DAY + days(30)))
    with pytest.raises(HoldRefused, match="最多暂停 30 天"):
        place(case, collector, HoldType.VULNERABLE, ends_at=after_day(DAY + days(31)))
    assert place(case, collector, HoldType.DECEASED).ends_at is None


def test_a_pause_is_renewed_as_often_as_the_setting_says_and_each_time_with_a_reason(case, collector, supervisor):
    hold = place(case, collector)
    set_value(MAX_RENEWALS, 2, effective_from=DAY, reason="内部规定", actor=supervisor, now=NINE)
    last = last_day_of(hold)
    for time in (1, 2):
        hold = renew_hold(hold=hold, last_day=last + days(30 * time), reason="仍在住院", actor=supervisor, now=NINE)
    assert last_day_of(hold) == last + days(60)
    assert hold.renewals.count() == 2
    with pytest.raises(HoldRefused, match="已延长 2 次"):
        renew_hold(hold=hold, last_day=last + days(90), reason="仍在住院", actor=supervisor, now=NINE)


def test_what_cannot_be_a_renewal_changes_nothing(case, collector, supervisor):
    hold = place(case, collector)
    last = last_day_of(hold)
    for sentence, given in {
        "原因": {"last_day": last + days(5), "reason": " ", "actor": supervisor},
        "晚于": {"last_day": last, "reason": "住院", "actor": supervisor},
        "最多暂停": {"last_day": last + days(32), "reason": "住院", "actor": supervisor},
        "主管或合规": {"last_day": last + days(5), "reason": "住院", "actor": collector},
    }.items():
        with pytest.raises(HoldRefused, match=sentence):
            renew_hold(hold=hold, now=NINE, **given)
    with pytest.raises(HoldRefused, match="已经结束"):
        renew_hold(hold=hold, last_day=last + days(5), reason="住院", actor=supervisor, now=NINE + days(40))
    death = place(case, collector, HoldType.DECEASED)
    with pytest.raises(HoldRefused, match="可以延长"):
        renew_hold(hold=death, last_day=last, reason="住院", actor=supervisor, now=NINE)
    hold.refresh_from_db()
    assert (last_day_of(hold), hold.renewals.count()) == (last, 0)


def test_a_death_without_a_paper_is_proven_later_and_once(case, collector, supervisor):
    hold = place(case, collector, HoldType.DECEASED)
    assert not hold.proven
    proven = prove_hold(hold=hold, proof="死亡证明 12", actor=supervisor, now=NINE + days(1))
    assert (proven.proven, proven.proof) == (True, "死亡证明 12")
    with pytest.raises(HoldRefused, match="已有凭证"):
        prove_hold(hold=hold, proof="另一份", actor=supervisor, now=NINE + days(1))
    assert lacks_proof(place(case, collector)) and not lacks_proof(place(case, collector, HoldType.STOP_CONTACT))


def test_talk_of_self_harm_is_reported_at_once_to_who_may_lift_it(case, collector, compliance_officer, supervisor):
    place(case, collector)
    assert not Notification.objects.exists()
    hold = place(case, collector, HoldType.SELF_HARM)
    message = Notification.objects.get()
    assert (message.user, message.kind, message.url) == (compliance_officer, "hold.self_harm", f"/holds/{hold.pk}/")


@pytest.mark.parametrize("type", [HoldType.DECEASED, HoldType.INCAPACITATED, HoldType.BANKRUPTCY])
def test_what_is_to_be_done_instead_of_collecting_is_somebodys_task_at_once(case, collector, supervisor, type):
    """Rules CN-S-03 and CN-S-04: the estate, the guardian, the claim at the court."""
    hold = place(case, collector, type)
    message = Notification.objects.get()
    assert (message.user, message.kind, message.url) == (supervisor, f"hold.{type}", f"/holds/{hold.pk}/")


def test_who_has_no_right_places_nothing_and_the_system_may(case, finance):
    with pytest.raises(HoldRefused, match="没有登记停催的权限"):
        place(case, finance)
    assert place(case, None).placed_by is None


def test_the_table_itself_refuses_a_second_of_a_type_and_a_dispute_about_nothing(case, collector):
    hold = place(case, collector)
    columns = {"debtor": hold.debtor, "since": NINE + days(3), "reason": "x", "placed_at": NINE}
    for wrong in ({"type": "illness"}, {"type": "dispute"}, {"type": "complaint", "amount": 3}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Hold.objects.create(**columns, **wrong)
    Hold.objects.create(**{**columns, "since": hold.ends_at}, type="illness")


def test_every_type_has_its_rule():
    assert {type for type in HoldType if rule_of(type).pauses} == {"illness", "disaster", "vulnerable"}
