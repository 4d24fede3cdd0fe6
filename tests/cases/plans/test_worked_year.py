"""A year of one plan that an accountant can check."""

import datetime as dt

import pytest

from cases import tasks
from cases.invariants import plans_repeat_their_money
from cases.models import Absence, Position, Repayment, RepaymentPlan
from cases.money_changed import tell_money_changed
from cases.services.absences import explain, take_back_explanation
from cases.timeline import timeline
from collection_ops.core import clock
from collection_ops.core.models import Job, Notification
from collection_ops.core.services import jobs
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

    told = [entry.title for entry in timeline(case, collector, size=200)[0] if entry.kind == "plan"]
    assert sorted(told) == sorted(["提出还款方案", "批准还款方案", "还款方案违约", "还款方案恢复履行", "还款方案完成"])
    for kind in ("plan.broken", "plan.reopened", "plan.completed"):
        assert Notification.objects.filter(user=collector, kind=kind).count() == 1

    # The last payment is taken back: the plan runs again until its grace is over, and then it is broken.
    last = Repayment.objects.filter(paid_on=dt.date(2026, 12, 31)).get()
    take_back(last, "2027-01-02")
    assert standing_of(plan) == ("active", "", [*["0.00"] * 11, "750.00"])
    assert night("2027-01-03") == 0
    assert night("2027-01-04") == 1
    assert standing_of(plan)[:2] == ("broken", "2027-01-04")


def test_money_that_comes_to_light_late_shows_that_the_plan_was_never_broken(case, collector, team_leader):
    """Two dates on every fact: the day that counts is the day of payment."""
    plan = agree(case, collector, team_leader)
    assert night("2026-02-03") == 0
    assert night("2026-02-04") == 1
    assert standing_of(plan)[:2] == ("broken", "2026-02-04")
    pay(case, "750.00", "2026-02-04")
    assert standing_of(plan)[:2] == ("broken", "2026-02-04"), "a day too late is too late"
    pay(case, "750.00", "2026-02-03", known_on="2026-02-06")
    assert standing_of(plan)[:2] == ("active", "")


def test_money_between_the_balance_and_the_approval_counts_and_older_money_does_not(case, collector, team_leader):
    pay(case, "400.00", "2026-01-15", known_on="2026-01-16")  # the file of the 15th knows of it
    pay(case, "300.00", "2026-01-16")
    plan = agree(case, collector, team_leader)
    assert standing_of(plan)[2][0] == "450.00"


def test_a_plan_ends_with_its_case_and_goes_on_when_the_case_is_opened_again(case, collector, team_leader, supervisor):
    plan = agree(case, collector, team_leader)
    pay(case, "750.00", "2026-01-31")
    Position.objects.update(recorded_at=at("2026-01-15"))
    absence = Absence.objects.create(case=case, as_of=dt.date(2026, 2, 10), run=case.last_run, reason="")
    explain(absence=absence, reason="recalled", actor=supervisor, now=at("2026-02-11"))
    assert standing_of(plan)[:2] == ("ended", "2026-02-10")
    assert plans_repeat_their_money() == []
    take_back_explanation(absence=absence, actor=supervisor, now=at("2026-02-12"))
    assert standing_of(plan)[:2] == ("active", "")


def test_the_invariant_finds_a_state_or_an_amount_that_the_money_does_not_say(case, collector, team_leader):
    plan = agree(case, collector, team_leader)
    pay(case, "750.00", "2026-01-31")
    assert plans_repeat_their_money() == []
    plan.instalments.filter(number=1).update(paid=0)
    assert plans_repeat_their_money() == [{"plan": plan.pk, "state": "active", "should_be": "active"}]
    night("2026-02-01")
    assert plans_repeat_their_money() == []
    RepaymentPlan.objects.update(state="completed", ended_on=dt.date(2026, 2, 1))
    assert plans_repeat_their_money() == [{"plan": plan.pk, "state": "completed", "should_be": "active"}]


def test_the_nightly_job_follows_the_plans_once_a_day(case, collector, team_leader, monkeypatch):
    plan = agree(case, collector, team_leader)
    monkeypatch.setattr(clock, "database_now", lambda: at("2026-02-04", "00:20"))
    for _hour in range(2):
        tasks.follow_plans()
    job = Job.objects.get(kind="cases.follow_plans")
    jobs.run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.result["params"]) == ("done", {"changed": 1})
    assert standing_of(plan)[0] == "broken"
