"""The demo's handing out: each morning of the last week what lies in the pool is dealt out by the engine and agreed on by
a second person; what came on the last two days still lies there, in a preview that waits."""

from datetime import date, time
from random import Random

from agents.assignment.runs import AssignmentRefused, apply_run, approve_run, plan_run
from agents.models import Collector
from cases.demo.play import Staff, staff_day
from collection_ops.core.access import users_with
from compliance.demo_parts import at

DAYS = 5
PLANNED_AT, APPROVED_AT, APPLIED_AT = time(9, 45), time(9, 55), time(10, 0)


@staff_day
def deal_out(*, day: date, days_left: int, staff: Staff, random: Random) -> None:
    """Nobody has a file, nobody gets a case."""
    approver = users_with("assignment.approve").exclude(pk=staff.supervisor.pk).order_by("pk").first()
    if days_left > DAYS or days_left == 2 or approver is None or not Collector.objects.exists():
        return
    try:
        run = plan_run(
            cases=None, chosen={}, unit="", day=day, seed=None, actor=staff.supervisor, now=at(day, PLANNED_AT)
        )
    except AssignmentRefused:
        return  # an empty pool
    if run.move_count and days_left > 1:
        approve_run(run=run, actor=approver, now=at(day, APPROVED_AT))
        apply_run(run=run, actor=approver, now=at(day, APPLIED_AT))
