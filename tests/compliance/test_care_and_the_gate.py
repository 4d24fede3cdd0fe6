"""What people find out about a person, and what the gate makes of it: disputes, refusals, dead numbers, odd sources."""

import datetime as dt
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from cases.models import ContactPoint, HoldType
from cases.services.contact_points import ContactPointRefused, add_point, mark_dead, mark_refused, mark_valid
from cases.services.holds import HoldRefused, after_day, lift_hold, place_hold
from collection_ops.core.models import User
from compliance.facts import gather
from compliance.gate import open_attempt
from compliance.models import Breach, ContactAttempt
from compliance.services.log import close_attempt
from tests.cases.builders import desk_of, make_case
from tests.compliance.conftest import Person, add_phone, monday
from tests.compliance.test_gate import blocking, call, talk

pytestmark = pytest.mark.django_db


def missed_three_days(person: Person, collector: User) -> None:
    for day in (2, 3, 4):
        talk(person, collector, "10:00", day=day, result="no_answer")


def test_only_the_disputed_part_is_not_demanded_and_only_of_its_contract(
    person: Person, collector: User, supervisor: User
) -> None:
    debtor = person.card.loan.debtor
    hold = place_hold(
        debtor=debtor, type=HoldType.DISPUTE, reason="年费有异议", actor=collector, now=monday("09:00"),
        loan=person.card.loan, amount=Decimal("34.56"),
    )  # fmt: skip
    allowed = call(person, collector, "10:00")
    assert allowed.allowed
    assert allowed.decision.facts["action"]["amount"] == "1200.00"
    assert allowed.attempt is not None
    close_attempt(attempt=allowed.attempt, result="busy", actor=collector, now=monday("10:01"))
    facts = gather(debtor_id=debtor.pk, now=monday("10:00")).facts
    assert sorted(loan.disputed for loan in facts.loans) == [Decimal("0.00"), Decimal("34.56")]

    lift_hold(hold=hold, reason="核实无误", actor=supervisor, now=monday("11:00"))
    place_hold(
        debtor=debtor, type=HoldType.DISPUTE, reason="整笔不是本人借款", actor=collector, now=monday("11:10"),
        loan=person.card.loan, amount=Decimal("1234.56"),
    )  # fmt: skip
    assert blocking(call(person, collector, "12:00")) == ["CN-S-05"]
    assert call(person, collector, "12:00", case=person.loan).allowed


def test_each_contract_has_one_dispute_about_no_more_than_is_owed(person: Person, collector: User) -> None:
    given = {"debtor": person.card.loan.debtor, "type": HoldType.DISPUTE, "reason": "有异议", "actor": collector}
    for loan in (person.card.loan, person.loan.loan):
        place_hold(**given, now=monday("09:00"), loan=loan, amount=Decimal("10.00"))
    wrong = {
        "同类": (person.card.loan, "10.00"),
        "不能超过欠款 1,234.56 元": (person.card.loan, "1234.57"),
        "有异议的金额": (person.card.loan, "0"),
        "有异议的合同": (make_case().loan, "1.00"),
    }
    for sentence, (loan, amount) in wrong.items():
        with pytest.raises(HoldRefused, match=sentence):
            place_hold(**given, now=monday("09:10"), loan=loan, amount=Decimal(amount))


def test_a_police_order_holds_through_its_last_day(person: Person, collector: User) -> None:
    place_hold(
        debtor=person.card.loan.debtor, type=HoldType.NO_CONTACT_ORDER, reason="公安告知书", proof="告知书 8",
        actor=collector, now=monday("09:00"), ends_at=after_day(dt.date(2026, 3, 10)),
    )  # fmt: skip
    refused = call(person, collector, "20:00", day=10)
    assert blocking(refused) == ["CN-B-05"]
    assert refused.decision.next_allowed_at == monday("08:00", day=11)
    assert call(person, collector, "08:00", day=11).allowed


def test_a_refusal_is_final_for_every_debtor_whose_third_person_has_the_number_and_not_for_whom_it_is_own(
    person: Person, collector: User
) -> None:
    missed_three_days(person, collector)
    asked = call(person, collector, "11:00", day=4, point=person.aunt, purpose="relay")
    assert asked.attempt is not None
    mark_refused(point=person.aunt, actor=collector, now=monday("11:03", day=4), reason="接听人要求不再联系")
    close_attempt(attempt=asked.attempt, result="third_party", actor=collector, now=monday("11:04", day=4))
    # The talk in which they refused came before the refusal.
    assert not Breach.objects.filter(rule="CN-P-04").exists()

    other = make_case(desk=desk_of(collector))
    add_phone(other, "13900005555")
    friend = add_phone(other, "13900002222", relation="朋友", holder_name="李四")
    second = add_phone(other, "13900007777", relation="朋友", holder_name="李四")
    for point in (friend, second):
        answer = open_attempt(case=other, point=point, actor=collector, now=monday("11:10", day=5), purpose="relay")
        assert "CN-P-04" in blocking(answer)
    herself = make_case(desk=desk_of(collector))
    own = add_phone(herself, "13900002222")
    assert open_attempt(case=herself, point=own, actor=collector, now=monday("11:20", day=5)).allowed


def test_a_refusal_is_never_taken_back_neither_by_the_service_nor_by_a_hand_in_the_table(
    person: Person, collector: User, supervisor: User
) -> None:
    mark_refused(point=person.aunt, actor=collector, now=monday("11:00"))
    for mark in (mark_valid, mark_dead):
        with pytest.raises(ContactPointRefused, match="不能撤回"):
            mark(point=person.aunt, actor=supervisor, now=monday("12:00"), reason="再问一次")
    with pytest.raises(IntegrityError, match="final"), transaction.atomic():
        ContactPoint.objects.filter(pk=person.aunt.pk).update(status="valid")
    with pytest.raises(ContactPointRefused, match="机主已明确拒绝"):
        add_point(
            debtor=make_case().loan.debtor, kind="phone", value="139 0000 2222", origin="debtor_call",
            relation="同事", actor=supervisor, now=monday("12:00"),
        )  # fmt: skip
    mark_refused(point=person.aunt, actor=supervisor, now=monday("13:00"))
    person.aunt.refresh_from_db()
    assert (person.aunt.status, person.aunt.refused_at) == ("refused", monday("11:00"))


def test_the_debtors_own_number_is_not_refused_but_the_person_held(person: Person, collector: User) -> None:
    with pytest.raises(ContactPointRefused, match="登记停催"):
        mark_refused(point=person.mobile, actor=collector, now=monday("11:00"))
    assert call(person, collector, "11:10").allowed


def test_when_all_own_numbers_are_dead_a_third_person_may_be_asked_whatever_the_address(
    person: Person, collector: User, supervisor: User
) -> None:
    add_point(
        debtor=person.card.loan.debtor, kind="address", value="浙江省杭州市西湖区 1 号", origin="contract",
        actor=supervisor, now=monday("09:00"),
    )  # fmt: skip
    assert blocking(call(person, collector, "10:00", point=person.aunt, purpose="relay")) == ["CN-P-02"]
    mark_dead(point=person.mobile, actor=supervisor, now=monday("10:10"), reason="本月核对为空号")
    assert call(person, collector, "10:20", point=person.aunt, purpose="relay").allowed


def test_a_number_of_unknown_origin_is_not_dialled_and_one_learned_on_a_call_is(
    person: Person, collector: User
) -> None:
    scraped = add_phone(person.card, "13900004444")
    ContactPoint.objects.filter(pk=scraped.pk).update(origin="address_book")
    assert blocking(call(person, collector, "10:00", point=scraped)) == ["CN-P-08"]
    learned = add_point(
        debtor=person.card.loan.debtor, kind="phone", value="＋86 139-0000-6666", origin="debtor_call",
        actor=collector, now=monday("10:05"),
    )  # fmt: skip
    assert (learned.masked, learned.value, learned.status) == ("139****6666", "13900006666", "unverified")
    assert call(person, collector, "10:10", point=learned).allowed
    assert ContactAttempt.objects.get().point == learned
