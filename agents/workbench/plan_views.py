"""The plan of the day: when to call whom, what is done, and which promises fall due this week."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import Sum
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from agents.workbench.desk import QueueLine, group_counts, queue_lines
from agents.workbench.desk_choice import CAPABILITY, DeskChoice, choice_of
from agents.workbench.limits import PER_HOUR
from agents.workbench.queue.plan import Block, plan_day
from agents.workbench.queue.serve import queue_of
from agents.workbench.queue.weights import weights_in_force
from cases.models import Promise, PromiseState
from cases.names import shown_names
from collection_ops.core import clock
from collection_ops.core.access import requires
from collection_ops.core.http import SignedInRequest

PROMISES_SHOWN = 50


@dataclass(frozen=True)
class ShownBlock:
    block: Block
    lines: list[QueueLine]


@requires(CAPABILITY)
@require_GET
def plan(request: SignedInRequest) -> HttpResponse:
    """Today by blocks of hours, what is done and left, and the promises of this week."""
    choice, now = choice_of(request), clock.now()
    user, today = request.user, clock.business_date(now)
    queue = queue_of(choice.cases, weights_in_force(), user=user, now=now, group=choice.group)
    blocks = plan_day(
        queue.lines, queue.histories, local=timezone.localtime(now), slots=queue.slots, per_hour=PER_HOUR.on(today)
    )
    by_case = {line.case.pk: line for line in queue_lines(queue, user, shown=len(queue.lines))}
    context = {
        "choice": choice,
        "queue": queue,
        "groups": group_counts(queue),
        "blocks": [
            ShownBlock(block, [by_case[one.row.case_id] for one in block.lines if one.row.case_id in by_case])
            for block in blocks
        ],
        "today": today,
        **_promises(choice, today),
    }
    return render(request, "agents/workbench/plan.html", context)


def _promises(choice: DeskChoice, today: dt.date) -> dict[str, object]:
    """Open promises of the desk that fall due until Sunday, or should have been kept already; soonest first."""
    sunday = today + dt.timedelta(days=7 - today.isoweekday())
    due = Promise.objects.filter(state=PromiseState.OPEN, due_on__lte=sunday, case__in=choice.cases)
    found = list(due.select_related("case__loan__debtor").order_by("due_on", "-amount", "pk")[:PROMISES_SHOWN])
    names = shown_names(choice.user, [promise.case for promise in found])
    return {
        "promises": [(promise, names[promise.case_id]) for promise in found],
        "promised": due.aggregate(total=Sum("amount"))["total"] or 0,
        "sunday": sunday,
    }
