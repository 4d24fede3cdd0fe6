"""Which desk held the case for a payment: pool, collector and agency alike, with days of grace after a move."""

import datetime as dt
from decimal import Decimal

import pytest
from django.utils import timezone

from cases.credit import GRACE_AGENCY, GRACE_COLLECTOR, credited_to_desks, money_by_desk
from cases.models import Case, CloseReason, Custody, Desk, DeskKind, Repayment
from cases.services.closing import close_case
from cases.services.custody import move_cases
from collection_ops.core.dated_settings import Setting, SettingRefused, set_value
from collection_ops.core.models import User
from tests.cases.builders import desk_of, make_case, pool_desk

MARCH = {"first": dt.date(2026, 3, 1), "last": dt.date(2026, 3, 31)}


def moment(day: int, hour: int = 12) -> dt.datetime:
    return timezone.make_aware(dt.datetime(2026, 3, day, hour))


def pay(case: Case, day: int, amount: str = "10.00", *, reversal_of: Repayment | None = None) -> Repayment:
    return Repayment.objects.create(
        source=case.loan.source, contract_no=case.loan.contract_no, loan=case.loan, paid_on=dt.date(2026, 3, day),
        amount=Decimal(amount), status="confirmed", reversal_of=reversal_of,
    )  # fmt: skip


def move(case: Case, desk: Desk, day: int, hour: int = 12, *, reason: str = "reassigned") -> None:
    move_cases(cases=[case.pk], desk=desk, reason=reason, actor=None, now=moment(day, hour))


def put(setting: Setting, days: int, *, since: int = 1) -> None:
    now = timezone.now()
    set_value(setting, days, effective_from=dt.date(2026, 3, since), reason="合同约定", actor=None, now=now)


def credited() -> list[tuple[int, str | None, str]]:
    """Day paid, code of the desk, why."""
    codes = dict(Desk.objects.values_list("pk", "code"))
    return [(one.paid_on.day, codes.get(one.desk_id), one.because) for one in credited_to_desks(**MARCH)]  # type: ignore[arg-type]


@pytest.fixture
def agency(db: None) -> Desk:
    return Desk.objects.create(code="agency-a", name="机构甲", kind=DeskKind.AGENCY)


@pytest.fixture
def mine(collector: User) -> Desk:
    Desk.objects.filter(owner=collector).update(code="mine")
    desk = desk_of(collector)
    Desk.objects.filter(pk=desk.pk).update(code="mine")
    return desk


@pytest.fixture
def case(mine: Desk) -> Case:
    """In the pool from 1 March, with the collector from the 5th, noon."""
    case = make_case(opened_on=dt.date(2026, 3, 1))
    Custody.objects.filter(case=case).update(started_at=moment(1))
    move(case, mine, 5, reason="assigned")
    return case


def test_a_move_at_noon_leaves_the_day_with_the_desk_of_the_morning(case, agency):
    pay(case, 4)
    pay(case, 5)
    move(case, agency, 8, reason="placed")
    pay(case, 8)
    pay(case, 9)
    assert credited() == [
        (4, "pool", "morning"),
        (5, "mine", "first_of_day"),
        (8, "mine", "morning"),
        (9, "agency-a", "morning"),
    ]


def test_the_lines_add_up_to_the_money_that_came_whoever_had_it(case, agency):
    pay(case, 4, "1.00")
    pay(case, 9, "2.00")
    Case.objects.filter(pk=case.pk).update(opened_on=dt.date(2026, 3, 4))
    early = pay(case, 2, "4.00")
    close_case(case=case, reason=CloseReason.PAID, closed_on=dt.date(2026, 3, 10), actor=None, now=moment(10))
    pay(case, 20, "8.00")
    pay(case, 21, "4.00", reversal_of=early)
    assert [(day, desk, why) for day, desk, why in credited() if desk is None] == [
        (2, None, "before_case"),
        (20, None, "after_end"),
        (21, None, "before_case"),
    ]
    found = money_by_desk(**MARCH)  # type: ignore[arg-type]
    assert sum(found.values()) == Decimal("11.00")
    assert found[None] == Decimal("8.00")


def test_without_grace_money_after_a_recall_is_not_the_agencys_and_with_it_it_is(case, agency):
    move(case, agency, 8, reason="placed")
    move(case, pool_desk(), 12, reason="recalled")
    for day in (12, 13, 15, 16):
        pay(case, day)
    assert [desk for _, desk, _ in credited()] == ["agency-a", "pool", "pool", "pool"]
    put(GRACE_AGENCY, 3)
    assert credited() == [
        (12, "agency-a", "morning"),
        (13, "agency-a", "grace"),
        (15, "agency-a", "grace"),
        (16, "pool", "morning"),
    ]


def test_the_value_of_the_day_of_the_move_decides(case, agency):
    put(GRACE_AGENCY, 5)
    put(GRACE_AGENCY, 0, since=12)
    move(case, agency, 8, reason="placed")
    move(case, pool_desk(), 11, reason="recalled")
    pay(case, 14)  # recalled while five days were promised
    move(case, agency, 15, reason="placed")
    move(case, pool_desk(), 18, reason="recalled")
    pay(case, 19)  # recalled after the promise had ended
    assert credited() == [(14, "agency-a", "grace"), (19, "pool", "morning")]


def test_grace_of_collectors_and_of_agencies_are_told_apart(case, agency):
    put(GRACE_AGENCY, 10)
    move(case, agency, 8, reason="placed")
    pay(case, 9)  # the collector let go, and collectors have no grace
    put(GRACE_COLLECTOR, 2)
    assert credited() == [(9, "mine", "grace")]


def test_of_two_that_let_go_the_first_has_the_money_while_its_days_run(case, agency, team_leader):
    put(GRACE_AGENCY, 6)
    put(GRACE_COLLECTOR, 6)
    move(case, agency, 8, reason="placed")
    move(case, desk_of(team_leader), 10)
    pay(case, 13)
    pay(case, 15)
    assert [desk for _, desk, _ in credited()] == ["mine", "agency-a"]


def test_a_case_that_came_back_is_simply_held_again(case, team_leader):
    put(GRACE_COLLECTOR, 20)
    move(case, desk_of(team_leader), 8)
    move(case, desk_of(case.custodies.get(reason="assigned").desk.owner), 9)
    pay(case, 11)
    assert credited() == [(11, "mine", "morning")]


def test_a_loan_of_the_case_and_an_undone_assignment_give_no_grace(case, team_leader):
    put(GRACE_COLLECTOR, 20)
    move(case, desk_of(team_leader), 8, reason="cover")
    pay(case, 9)
    assert [why for _, _, why in credited()] == ["morning"]
    move(case, pool_desk(), 10, reason="assignment_undone")
    pay(case, 11)
    assert credited()[-1] == (11, "pool", "morning")


def test_a_case_that_ended_leaves_its_last_desk_the_days_of_grace_only(case):
    put(GRACE_COLLECTOR, 3)
    close_case(case=case, reason=CloseReason.PAID, closed_on=dt.date(2026, 3, 10), actor=None, now=moment(10))
    pay(case, 12)
    pay(case, 14)
    assert credited() == [(12, "mine", "grace"), (14, None, "after_end")]


def test_a_reversal_is_taken_back_from_whoever_had_the_payment(case, agency):
    put(GRACE_COLLECTOR, 2)
    move(case, agency, 8, reason="placed")
    payment = pay(case, 10)
    pay(case, 25, reversal_of=payment)
    assert [(day, desk) for day, desk, _ in credited()] == [(10, "mine"), (25, "mine")]
    assert money_by_desk(**MARCH)[desk_of(case.custodies.get(reason="assigned").desk.owner).pk] == 0  # type: ignore[arg-type]


def test_as_it_was_known_then(case, agency):
    move(case, agency, 8, reason="placed")
    pay(case, 9)
    before = timezone.now()
    put(GRACE_COLLECTOR, 5)
    pay(case, 9, "7.00")
    known = list(credited_to_desks(**MARCH, known_by=before))  # type: ignore[arg-type]
    assert [(one.desk_id, one.amount) for one in known] == [(agency.pk, Decimal("10.00"))]
    assert [one.desk_id for one in credited_to_desks(**MARCH, desks=[agency.pk])] == []  # type: ignore[arg-type]


def test_grace_has_its_limits(db):
    for days in (-1, 61):
        with pytest.raises(SettingRefused):
            put(GRACE_AGENCY, days)
