"""Plans follow the money: gather what was agreed and what was paid → `standing` → write what is new, and tell.

Run every night (a day has passed) and in the transaction of every change to a case's money or end (`money_changed`). Safe
to repeat: what stands in the table already is not written again.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.expressions import RawSQL

from cases.models import Case, PlanInstalment, PlanState, Repayment, RepaymentPlan
from cases.money_changed import on_money_changed
from cases.plans.schedule import Instalment
from cases.plans.standing import Money, Standing, standing
from cases.plans.telling import tell
from collection_ops.core.services import audit

# What a step to this state is called in the trail, and how it is told.
_ACTIONS: dict[str, tuple[str, str]] = {
    PlanState.BROKEN: ("plan.broken", "danger"),
    PlanState.COMPLETED: ("plan.completed", "success"),
    PlanState.ENDED: ("plan.case_ended", "info"),
    PlanState.ACTIVE: ("plan.reopened", "warning"),
}


@dataclass(frozen=True)
class Followed:
    """One plan with its instalments, and how it stands by the facts."""

    plan: RepaymentPlan
    instalments: list[PlanInstalment]
    now_is: Standing

    @property
    def has_state(self) -> bool:
        """Whether the table has its state already."""
        return (self.plan.state, self.plan.ended_on) == (self.now_is.state, self.now_is.ended_on)

    @property
    def is_as_told(self) -> bool:
        """Whether all that the table says is so."""
        return self.has_state and tuple(one.paid for one in self.instalments) == self.now_is.paid


def followed(cases: Collection[int] | None = None) -> QuerySet[RepaymentPlan]:
    """Plans whose state is computed: agreed, not ended by a person, and the last word on their case. One that another was
    proposed or agreed after stays as it was then."""
    later = RepaymentPlan.objects.filter(case=OuterRef("case"), version__gt=OuterRef("version")).exclude(
        state__in=[PlanState.REJECTED, PlanState.WITHDRAWN]
    )
    agreed = [PlanState.ACTIVE, PlanState.COMPLETED, PlanState.BROKEN, PlanState.ENDED]
    plans = RepaymentPlan.objects.filter(state__in=agreed, ended_by=None).exclude(Exists(later))
    if cases is None:
        return plans
    # One parameter, however many cases a file tells of.
    return plans.filter(case__in=RawSQL("SELECT unnest(%s::bigint[])", [list(cases)]))


def follow_plans(*, day: date, now: datetime, cases: Collection[int] | None = None) -> int:
    """Have the plans of `cases` (ids) follow their money; returns how many changed their state. Without `cases`: all that
    the passing of a day may change."""
    plans = followed(cases)
    if cases is None:
        # Of a case that was opened again the plan goes on; what is completed or broken only money changes.
        plans = plans.filter(Q(state=PlanState.ACTIVE) | Q(state=PlanState.ENDED, case__closed_on=None))
    with transaction.atomic():
        # Cases first, as everybody who decides on a plan does. Before the money is read: who brings money meanwhile waits
        # here, and reads again.
        about = plans.values("case")
        list(Case.objects.select_for_update(of=("self",)).filter(pk__in=about).order_by("pk").values_list("pk"))
        held = list(plans.select_for_update(of=("self",)).order_by("pk").values_list("pk", flat=True))
        found = gather(held, day=day) if held else []
        _write_paid(found)
        RepaymentPlan.objects.filter(pk__in=held).update(followed_on=day)
        changed = [one for one in found if not one.has_state]
        _write_states(changed, now)
    return len(changed)


@on_money_changed
def follow_money(*, cases: set[int], day: date, now: datetime) -> None:
    follow_plans(day=day, now=now, cases=cases)


def gather(plans: Collection[int], *, day: date | None = None) -> list[Followed]:
    """Three queries, whatever the number of plans. Without a `day`: each as of the day it was followed on."""
    found = list(
        RepaymentPlan.objects.filter(pk__in=list(plans))
        .select_related("case__desk__owner", "proposed_by")
        .order_by("pk")
    )
    instalments: dict[int, list[PlanInstalment]] = defaultdict(list)
    for one in PlanInstalment.objects.filter(plan__in=list(plans)).order_by("plan", "number"):
        instalments[one.plan_id].append(one)
    money = _money_of({plan.case.loan_id for plan in found})
    return [
        Followed(
            plan,
            instalments[plan.pk],
            standing(
                [Instalment(one.number, one.due_on, one.amount) for one in instalments[plan.pk]],
                [one for one in money[plan.case.loan_id] if one.paid_on > plan.balance_as_of],
                day=day or plan.followed_on or plan.starts_on,
                grace_days=plan.grace_days,
                closed_on=plan.case.closed_on,
            ),
        )
        for plan in found
    ]


def _money_of(loans: Iterable[int]) -> dict[int, list[Money]]:
    """Confirmed money by contract; what was reversed never came."""
    rows = Repayment.objects.filter(
        loan__in=list(loans), status=Repayment.Status.CONFIRMED, reversal_of=None, reversal=None
    )
    found: dict[int, list[Money]] = defaultdict(list)
    for loan, paid_on, amount in rows.order_by("paid_on", "pk").values_list("loan", "paid_on", "amount"):
        found[loan].append(Money(paid_on, amount))
    return found


def _write_paid(found: Iterable[Followed]) -> None:
    """How much of each instalment is paid, where that is new: one statement."""
    new: list[tuple[int, Decimal]] = [
        (row.pk, paid)
        for one in found
        for row, paid in zip(one.instalments, one.now_is.paid, strict=True)
        if row.paid != paid
    ]
    if new:
        with connection.cursor() as cursor:
            cursor.execute(
                """
                UPDATE cases_planinstalment i SET paid = n.paid
                FROM unnest(%s::bigint[], %s::numeric[]) AS n (id, paid) WHERE i.id = n.id
                """,
                [[pk for pk, _paid in new], [paid for _pk, paid in new]],
            )


def _write_states(changed: list[Followed], now: datetime) -> None:
    """New states with their audit rows, and a word to whoever holds the case and whoever proposed the plan."""
    by_state: dict[tuple[str, date | None], list[int]] = defaultdict(list)
    events: dict[str, list[tuple[Any, dict[str, Any]]]] = defaultdict(list)
    for one in changed:
        by_state[str(one.now_is.state), one.now_is.ended_on].append(one.plan.pk)
        action, _level = _ACTIONS[one.now_is.state]
        events[action].append((one.plan, _figures(one)))
    for (state, ended_on), plans in by_state.items():
        RepaymentPlan.objects.filter(pk__in=plans).update(state=state, ended_on=ended_on)
    for action, objects in events.items():
        audit.record_each(action=action, actor=None, objects=objects)
    for one in changed:
        action, level = _ACTIONS[one.now_is.state]
        tell(one.plan, action, level, day=str(one.now_is.ended_on or ""))


def _figures(one: Followed) -> dict[str, Any]:
    paid = sum(one.now_is.paid, Decimal(0))
    return {
        "case": one.plan.case_id,
        "was": one.plan.state,
        "day": one.now_is.ended_on.isoformat() if one.now_is.ended_on else "",
        "paid": str(paid),
        "left": str(one.plan.total - paid),
    }
