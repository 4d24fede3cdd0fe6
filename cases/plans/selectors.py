"""Reads of the plan pages. Everything starts from the cases that the person may see."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import DecimalField, F, Min, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from cases.models import Case, ContactPoint, PlanInstalment, PlanState, RepaymentPlan
from cases.models.plan import LIVE
from cases.plans.deciding import waiting_for
from collection_ops.core.models import User

GUARANTORS = ("担保人", "保证人")
"""How files call the relation of a person who guarantees the debt."""

SHOWN = {
    "waiting": (PlanState.SUBMITTED,),
    "active": (PlanState.ACTIVE,),
    "broken": (PlanState.BROKEN,),
    "done": (PlanState.COMPLETED,),
    "other": (PlanState.ENDED, PlanState.REJECTED, PlanState.WITHDRAWN),
}
"""The tabs of the list."""


@dataclass(frozen=True)
class PlanLine:
    """A plan with its instalments, how much is paid and left, and the next day on which something is due."""

    plan: RepaymentPlan
    instalments: list[PlanInstalment]

    @property
    def paid(self) -> Decimal:
        return sum((one.paid for one in self.instalments), Decimal("0.00"))

    @property
    def left(self) -> Decimal:
        return self.plan.total - self.paid

    @property
    def next_due(self) -> PlanInstalment | None:
        return next((one for one in self.instalments if one.left > 0), None)

    def state_of(self, one: PlanInstalment, today: date) -> str:
        """paid, part, late, next or open."""
        if one.left == 0:
            return "paid"
        if self.plan.state in LIVE and one.due_on < today:
            return "late"
        if one.paid:
            return "part"
        return "next" if one == self.next_due else "open"


def plans_of(case: Case) -> list[PlanLine]:
    """All plans of a case, newest first; two queries."""
    plans = RepaymentPlan.objects.filter(case=case).select_related("proposed_by", "decided_by", "ended_by")
    found = list(plans.order_by("-version").prefetch_related("instalments")[:50])
    return [PlanLine(plan, list(plan.instalments.all())) for plan in found]


def plan_line(plan: RepaymentPlan) -> PlanLine:
    return PlanLine(plan, list(plan.instalments.order_by("number")))


def plans_for(user: User, capability: str) -> QuerySet[RepaymentPlan]:
    """Plans about cases in the person's scope."""
    plans = RepaymentPlan.objects.filter(case__in=Case.objects.for_user(user, capability))
    return plans.select_related(
        "case__loan__debtor", "case__loan__source", "case__desk", "proposed_by", "decided_by", "ended_by"
    ).defer("case__loan__debtor__id_no")


def listed(user: User, *, shown: str) -> QuerySet[RepaymentPlan]:
    """One tab of the list, each plan with `paid` and `next_on`."""
    sums = PlanInstalment.objects.filter(plan=OuterRef("pk")).order_by().values("plan")
    money = DecimalField(max_digits=14, decimal_places=2)
    plans = plans_for(user, "plans.view").filter(state__in=SHOWN[shown])
    return plans.annotate(
        paid=Coalesce(Subquery(sums.annotate(x=Sum("paid")).values("x"), output_field=money), Decimal(0)),
        next_on=Subquery(sums.filter(paid__lt=F("amount")).annotate(x=Min("due_on")).values("x")),
    )


def mine_to_decide(user: User, plans: list[RepaymentPlan]) -> frozenset[int]:
    """Ids of those among `plans` that the person may decide on."""
    if not plans:
        return frozenset()
    return frozenset(waiting_for(user).filter(pk__in=[plan.pk for plan in plans]).values_list("pk", flat=True))


def has_guarantor(case: Case) -> bool:
    """Whether the file names somebody who guarantees the debt (rule CN-Y-08)."""
    named = Q()
    for word in GUARANTORS:
        named |= Q(relation__contains=word)
    return ContactPoint.objects.filter(named, debtor=case.loan.debtor_id).exists()
