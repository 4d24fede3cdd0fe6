"""A case of 9,000.00 yuan on the collector's desk, and the steps of its plan."""

import datetime as dt
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from cases.models import Case, PlanKind, Repayment, RepaymentPlan
from cases.plans.follow import follow_plans
from cases.plans.schedule import Terms
from cases.services.plans import decide_plan, propose_plan
from cases.services.repayments import Payment, record_repayments
from collection_ops.core.models import User
from tests.cases.builders import desk_of, make_case

CHINA = ZoneInfo("Asia/Shanghai")
PROVEN = {"proof_kind": "recording", "proof_ref": "LY-2026-0001"}


def at(day: str, clock: str = "10:00") -> dt.datetime:
    """A moment of a day, in China."""
    return dt.datetime.combine(dt.date.fromisoformat(day), dt.time.fromisoformat(clock), tzinfo=CHINA)


@pytest.fixture
def case(collector: User) -> Case:
    return make_case(
        desk=desk_of(collector), total="9000.00", as_of=dt.date(2026, 1, 15), days=45, phones=("13900001111",)
    )


def equal(total: str, first_on: str, count: int) -> Terms:
    return Terms(PlanKind.INSTALMENTS, Decimal(total), first_on=dt.date.fromisoformat(first_on), count=count)


def propose(
    case: Case, actor: User, *, terms: Terms | None = None, day: str = "2026-01-20", **options: Any
) -> RepaymentPlan:
    terms = terms or equal(str(case.total), "2026-01-31", 12)
    return propose_plan(case=case, terms=terms, actor=actor, now=at(day), **{**PROVEN, **options})


def agree(case: Case, actor: User, approver: User, *, day: str = "2026-01-20", **options: Any) -> RepaymentPlan:
    plan = propose(case, actor, day=day, **options)
    return decide_plan(plan=plan, approve=True, actor=approver, now=at(day, "11:00"))


def pay(case: Case, amount: str, paid_on: str, *, known_on: str = "", **columns: Any) -> Repayment:
    reference = f"P{Repayment.objects.count() + 1}"
    payment = Payment(
        contract_no=case.loan.contract_no, paid_on=dt.date.fromisoformat(paid_on), amount=Decimal(amount),
        reference=reference, **columns,
    )  # fmt: skip
    record_repayments(payments=[payment], source=case.loan.source, actor=None, now=at(known_on or paid_on, "18:00"))
    return Repayment.objects.get(reference=reference)


def night(day: str) -> int:
    """The nightly round that begins the day."""
    return follow_plans(day=dt.date.fromisoformat(day), now=at(day, "00:20"))


def standing_of(plan: RepaymentPlan) -> tuple[str, str, list[str]]:
    """State, day of its end, and what is still to be paid of each instalment."""
    plan.refresh_from_db()
    return plan.state, str(plan.ended_on or ""), [str(one.left) for one in plan.instalments.order_by("number")]
