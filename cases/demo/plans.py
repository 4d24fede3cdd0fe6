"""The demo's repayment plans: some are kept, one is broken, and one waits for the reader's decision."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from random import Random

from django.utils import timezone

from cases.demo.play import Staff, staff_day
from cases.models import Case, PlanKind, PlanState, RepaymentPlan
from cases.plans.follow import follow_plans
from cases.plans.schedule import Terms
from cases.services.plans import decide_plan, propose_plan
from cases.services.repayments import Payment, record_repayments
from collection_ops.core.models import User

AGREED, BREAKS, LAST = 9, 7, 1
"""Days before the end on which plans are agreed, on which one is agreed that nobody pays, and on which one is proposed."""
LEAST, MOST = Decimal(1_000), Decimal(45_000)
"""Within a supervisor's authority."""
NOTES = ("每月 15 日发工资，可按月还", "临时失业，下月到岗", "生意回款慢，分期压力小一些")


@staff_day
def agree_on_plans(*, day: date, days_left: int, staff: Staff, random: Random) -> None:
    follow_plans(day=day, now=_at(day, time(0, 20)))
    if not staff.collectors:
        return
    collector = staff.collectors[0]
    if days_left == AGREED:
        for case, count in zip(_chosen(collector, random, 3), (3, 6, 12), strict=False):
            first_on = day + timedelta(days=12)
            terms = Terms(PlanKind.INSTALMENTS, case.total, first_on, count)
            _agree(case, terms, staff, day, random)
    elif days_left == BREAKS:
        for case in _chosen(collector, random, 1):
            _agree(case, Terms(PlanKind.LUMP_SUM, case.total, day), staff, day, random)
    elif days_left == LAST:
        _pay_first_instalment(day, staff)
        for case in _chosen(collector, random, 1):
            terms = Terms(PlanKind.MINIMUM, case.total, day + timedelta(days=14), None, Decimal(20), Decimal(200))
            _propose(case, terms, collector, day, random)


def _propose(case: Case, terms: Terms, collector: User, day: date, random: Random) -> RepaymentPlan:
    return propose_plan(
        case=case,
        terms=terms,
        actor=collector,
        now=_at(day, time(11, 0)),
        proof_kind="recording",
        proof_ref=f"LY-{day:%Y%m%d}-{random.randint(1, 999):03d}（演示录音）",
        note=random.choice(NOTES),
    )


def _agree(case: Case, terms: Terms, staff: Staff, day: date, random: Random) -> None:
    plan = _propose(case, terms, staff.collectors[0], day, random)
    decide_plan(plan=plan, approve=True, actor=staff.supervisor, now=_at(day, time(15, 0)), note="同意")


def _pay_first_instalment(day: date, staff: Staff) -> None:
    """Of the oldest plan that runs, a little more than was due."""
    plan = RepaymentPlan.objects.filter(state=PlanState.ACTIVE).select_related("case__loan__source").first()
    if plan is None:
        return
    payment = Payment(
        contract_no=plan.case.loan.contract_no,
        paid_on=day,
        amount=plan.instalments.order_by("number")[0].amount + 50,
        reference=f"HKF{plan.pk:08d}",
        channel="银行转账",
    )
    record_repayments(payments=[payment], source=plan.case.loan.source, actor=staff.clerk, now=_at(day, time(17, 0)))


def _chosen(collector: User, random: Random, count: int) -> list[Case]:
    cases = Case.objects.present().filter(desk__owner=collector, total__gte=LEAST, total__lte=MOST, plans=None)
    found = list(cases.select_related("loan__source").order_by("loan__contract_no"))
    return random.sample(found, min(count, len(found)))


def _at(day: date, moment: time) -> datetime:
    return timezone.make_aware(datetime.combine(day, moment))
