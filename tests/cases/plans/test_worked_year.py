"""A year of one plan that an accountant can check."""

import datetime as dt

import pytest

from cases.invariants import plans_repeat_their_money
from cases.models import Repayment
from cases.money_changed import tell_money_changed
from cases.timeline import timeline
from collection_ops.core.models import Notification
from tests.cases.plans.conftest import agree, at, night, pay, standing_of

pytestmark = pytest.mark.django_db

YEAR = [
    "2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30", "2026-05-31", "2026-06-30",
    "2026-07-31", "2026-08-31", "2026-09-30", "2026-10-31", "2026-11-30", "2026-12-31",
]  # fmt: skip


def take_back(payment: Repayment, day: str) -> Repayment:
    """A reversal as a file books it."""
    reversal = Repayment.objects.create(
        source=payment.source, contract_no=payment.contract_no, loan=payment.loan, paid_on=dt.date.fromisoformat(day),
        amount=payment.amount, status="confirmed", reversal_of=payment, reference=f"R{payment.pk}", recorded_at=at(day),
    )  # fmt: skip
    tell_money_changed(payment.loan.cases.values_list("pk", flat=True), now=at(day))
    return reversal


def test_a_year_with_a_part_payment_too_much_and_a_reversal(case, collector, team_leader):
    plan = agree(case, collector, team_leader)
    rows = list(plan.instalments.order_by("number").values_list("due_on", "amount"))
    assert [day.isoformat() for day, _amount in rows] == YEAR
    assert {str(amount) for _day, amount in rows} == {"750.00"}
    left = ["750.00"] * 12

    # January on its day; February in two parts, of which the second comes on the last day of grace.
    pay(case, "750.00", "2026-01-31")
    left[0] = "0.00"
    assert standing_of(plan) == ("active", "", left)
    pay(case, "500.00", "2026-02-27")
    left[1] = "250.00"
    assert [night(day) for day in ("2026-03-01", "2026-03-02", "2026-03-03")] == [0, 0, 0]
    assert standing_of(plan) == ("active", "", left)
    pay(case, "250.00", "2026-03-03")
    left[1] = "0.00"
    assert night("2026-03-04") == 0

    # Claimed money is nobody's money yet. 1,000 too much in March: April is paid, and 250 of May.
    pay(case, "9000.00", "2026-03-10", status=Repayment.Status.CLAIMED)
    assert standing_of(plan) == ("active", "", left)
    much = pay(case, "1750.00", "2026-03-30")
    left[2:5] = ["0.00", "0.00", "500.00"]
    assert night("2026-05-04") == 0
    assert standing_of(plan) == ("active", "", left)

    # In May the bank takes the 1,750 back: March was never paid, so the plan is broken since the end of its grace.
    reversal = take_back(much, "2026-05-05")
    assert standing_of(plan) == ("broken", "2026-04-04", ["0.00", "0.00", *["750.00"] * 10])
    assert plans_repeat_their_money() == []

    # The bank's mistake: the reversal itself is undone, and the plan goes on as if nothing had been.
    reversal.delete()
    tell_money_changed([case.pk], now=at("2026-05-06"))
    assert standing_of(plan) == ("active", "", left)

    pay(case, "500.00", "2026-05-31")
    for day in YEAR[5:]:
        pay(case, "750.00", day)
        assert night(day) == 0
    # 750 + 500 + 250 + 1,750 + 500 + 7 x 750 = 9,000
    assert standing_of(plan) == ("completed", "2026-12-31", ["0.00"] * 12)
    assert plans_repeat_their_money() == []

    told = [*reversed([entry.title for entry in timeline(case, collector, size=200)[0] if entry.kind == "plan"])]
    assert told == ["提出还款方案", "批准还款方案", *["还款方案违约", "还款方案恢复履行", "还款方案完成"]] or sorted(
        told
    ) == sorted(["提出还款方案", "批准还款方案", "还款方案违约", "还款方案恢复履行", "还款方案完成"])
    assert Notification.objects.filter(user=collector, kind="plan.completed").count() == 1


def test_a_reversal_of_the_last_payment_opens_the_plan_again_until_its_grace_is_over(case, collector, team_leader):
    plan = agree(case, collector, team_leader, terms=None)
    pay(case, "8250.00", "2026-11-30", known_on="2026-11-30")
    assert standing_of(plan)[:2] == ("broken", "2026-02-04"), "nothing came for ten months"
