"""A small book of two months: it closes in March, and April has a newer file, money, and what moved."""

import datetime as dt
from decimal import Decimal

import pytest
from django.utils import timezone

from cases.models import Case, Custody, Desk, DeskKind, Repayment
from collection_ops.core import clock
from collection_ops.core.models import User
from tests.cases.builders import add_position, desk_of, make_case
from tests.staff import make_team, place

MARCH, APRIL = dt.date(2026, 3, 31), dt.date(2026, 4, 10)
NOW = timezone.make_aware(dt.datetime(2026, 4, 10, 10, 30))


@pytest.fixture(autouse=True)
def _tenth_of_april(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def pay(case: Case, amount: str, day: int, *, status: str = "confirmed") -> Repayment:
    return Repayment.objects.create(
        source=case.loan.source, contract_no=case.loan.contract_no, loan=case.loan, paid_on=dt.date(2026, 4, day),
        amount=Decimal(amount), status=status,
    )  # fmt: skip


def agency_desk(code: str = "agency-a", name: str = "甲委外") -> Desk:
    return Desk.objects.get_or_create(code=code, defaults={"name": name, "kind": DeskKind.AGENCY})[0]


@pytest.fixture
def book(collector: User) -> dict[str, Case]:
    """Opening 1,000 + 2,000 + 3,000 + 4,000; 900 of 10,000 confirmed; one rolls, one is gone; one enters in April."""
    place(collector, make_team("team-a", "一组"))
    found = {
        "own": make_case(
            contract_no="OWN", name="张三丰", days=20, total="1000.00", as_of=MARCH, desk=desk_of(collector)
        ),
        "pool": make_case(contract_no="POOL", name="李四光", days=25, total="2000.00", as_of=MARCH),
        "agency": make_case(
            contract_no="AGENCY",
            name="王五",
            days=40,
            total="3000.00",
            as_of=MARCH,
            desk=agency_desk(),
            product="消费贷",
        ),
        "gone": make_case(contract_no="GONE", name="赵六", days=100, total="4000.00", as_of=MARCH),
    }
    add_position(found["own"], APRIL, days=30, total="700.00")
    add_position(found["pool"], APRIL, days=35, total="2000.00")
    add_position(found["agency"], APRIL, days=50, total="2600.00")
    Case.objects.filter(pk=found["gone"].pk).update(absent_since=APRIL)
    found["new"] = make_case(contract_no="NEW", name="孙七", days=3, total="500.00", as_of=APRIL)
    Custody.objects.update(started_at=timezone.make_aware(dt.datetime(2026, 3, 1)))
    pay(found["own"], "300.00", 2)
    pay(found["agency"], "400.00", 3)
    pay(found["agency"], "200.00", 9)
    pay(found["agency"], "77.00", 9, status="claimed")
    pay(found["new"], "55.00", 10)
    return found
