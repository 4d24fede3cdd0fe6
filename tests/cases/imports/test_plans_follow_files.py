"""Files that bring money, take it back or find its contract move the plans in the same step; nothing else has to run."""

import datetime as dt
from decimal import Decimal

import pytest

from cases.imports import run as runs
from cases.imports.refusals import RunRefused
from cases.models import Case, PlanKind, RepaymentPlan
from cases.plans.schedule import Terms
from cases.services.matching import match_repayment, release_repayment
from cases.services.plans import decide_plan, propose_plan

from .conftest import DAY_1, DAY_2, DAY_3, at, debt
from .test_repayments_import import import_payments, paid

__all__ = ["import_payments"]

pytestmark = pytest.mark.django_db


@pytest.fixture
def plan(import_day, collector, supervisor) -> RepaymentPlan:
    """A thousand yuan in two halves."""
    import_day(DAY_1, [debt(1)])
    case = Case.objects.select_related("loan").get()
    terms = Terms(PlanKind.INSTALMENTS, Decimal("1000.00"), first_on=DAY_3, count=2)
    proposed = propose_plan(
        case=case, terms=terms, actor=collector, now=at(DAY_1, 10), proof_kind="document", proof_ref="XY-1"
    )
    return decide_plan(plan=proposed, approve=True, actor=supervisor, now=at(DAY_1, 11))


def paid_of(plan: RepaymentPlan) -> tuple[str, list[str]]:
    plan.refresh_from_db()
    return plan.state, [str(one.paid) for one in plan.instalments.order_by("number")]


def test_a_file_pays_its_undo_takes_back_and_a_reversal_in_a_file_too(plan, import_payments):
    run = import_payments(paid(1, "600.00", "P1"))
    assert paid_of(plan) == ("active", ["500.00", "100.00"])
    runs.undo_run(run=run, actor=None, now=at(DAY_3, 10))
    assert paid_of(plan) == ("active", ["0.00", "0.00"])
    import_payments(paid(1, "1000.00", "P2"))
    assert paid_of(plan)[0] == "completed"
    import_payments(paid(1, "-1000.00", "R2", 原流水号="P2"))
    assert paid_of(plan) == ("active", ["0.00", "0.00"])


def test_money_that_a_person_matches_or_releases_counts_or_does_not(plan, import_payments, clerk):
    import_payments(paid("写错了", "500.00", "P1"))
    assert paid_of(plan)[1] == ["0.00", "0.00"]
    from cases.models import Repayment

    payment = Repayment.objects.get()
    match_repayment(repayment=payment, contract_no="HT00001", actor=clerk, now=at(DAY_3))
    assert paid_of(plan)[1] == ["500.00", "0.00"]
    payment.refresh_from_db()
    release_repayment(repayment=payment, actor=clerk, now=at(DAY_3))
    assert paid_of(plan)[1] == ["0.00", "0.00"]


def test_an_overdue_file_is_not_taken_back_from_under_a_plan(plan):
    run = plan.case.last_run
    with pytest.raises(RunRefused) as refused:
        runs.undo_run(run=run, actor=None, now=at(DAY_2))
    assert [b["code"] for b in refused.value.params["blockers"]] == ["undo_planned"]
    assert dt.date(2026, 3, 2) == plan.balance_as_of
