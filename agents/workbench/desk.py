"""What the desk shows: the queue with its reasons on one side, the case that is open on the other."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import gettext as _

from agents.workbench.best_hour import SLOTS, BestHour, History
from agents.workbench.desk_choice import DeskChoice
from agents.workbench.queue.gather import rank
from agents.workbench.queue.score import Scored, scored
from agents.workbench.queue.serve import Queue, best_of
from agents.workbench.queue.weights import GROUPS, Group, Weights
from cases.models import Case, ContactPoint
from cases.names import shown_names
from cases.selectors import newest_day
from collection_ops.core import clock
from collection_ops.core.models import User

SHOWN = 12
"""Lines of the queue on the page."""


@dataclass(frozen=True)
class QueueLine:
    """A line of the queue as the page shows it."""

    scored: Scored
    case: Case
    name: str

    @property
    def allowed_at(self) -> dt.datetime | None:
        return self.scored.row.allowed_at


def queue_lines(queue: Queue, user: User, *, shown: int = SHOWN) -> list[QueueLine]:
    """The first lines with names as this person may read them; one query."""
    first = queue.lines[:shown]
    found = Case.objects.filter(pk__in=[line.row.case_id for line in first]).select_related("loan__debtor")
    cases = found.only("stage", "total", "loan__debtor__name").in_bulk()
    names = shown_names(user, cases.values())
    return [
        QueueLine(line, cases[line.row.case_id], names[line.row.case_id]) for line in first if line.row.case_id in cases
    ]


def group_counts(queue: Queue) -> list[tuple[Group, int, int]]:
    """Each group with its cases, and how many of them were contacted today."""
    ranked = queue.ranked
    return [(group, ranked.counts.get(group, 0), ranked.done.get(group, 0)) for group in GROUPS]


def why(choice: DeskChoice, case: Case, queue: Queue, weights: Weights, *, now: dt.datetime) -> Scored | None:
    """The points of one case: from the queue, or asked for it alone if it is not among the first. None: not of this desk."""
    found = next((line for line in queue.lines if line.row.case_id == case.pk), None)
    if found is not None:
        return found
    alone = rank(
        Case.objects.for_user(choice.user, "contacts.make").filter(pk=case.pk),
        weights,
        user=choice.user,
        now=now,
        size=1,
    )
    return scored(alone.rows[0], weights, today=clock.business_date(now)) if alone.rows else None


@dataclass(frozen=True)
class CallHours:
    """`best`: the person's best hour of today; `until`: when calls end today by the hours of the day (None: ended, or none
    today)."""

    best: BestHour | None
    until: dt.time | None


def call_hours(case: Case, queue: Queue, *, now: dt.datetime) -> CallHours:
    """The best hour of the person whose case is open, inside what the gate allows."""
    history = queue.histories.get(case.loan.debtor_id, History())
    local = timezone.localtime(now)
    best = best_of(history, local.date(), slots=queue.slots, is_workday=queue.is_workday)
    return CallHours(best, _end_of(queue.slots, local.time()))


def _end_of(slots: Sequence[int], time: dt.time) -> dt.time | None:
    """The end of the stretch of allowed slots that `time` lies in."""
    inside = [slot for slot in slots if SLOTS[slot] <= time]
    if not inside:
        return None
    slot = inside[-1]
    while slot + 1 in slots:
        slot += 1
    end = SLOTS[slot + 1] if slot + 1 < len(SLOTS) else dt.time(23, 59)
    return end if end > time else None


@dataclass(frozen=True)
class Missing:
    """`warnings`: what has to be known before the call; `others`: what else the file does not say of the person."""

    warnings: list[str]
    others: list[str]


def missing_of(case: Case) -> Missing:
    """What the file does not say of this person, and whether the amount is older than the source's newest file. Two
    queries."""
    known = set(
        ContactPoint.objects.filter(debtor_id=case.loan.debtor_id, relation="")
        .exclude(status__in=(ContactPoint.Status.DEAD, ContactPoint.Status.REFUSED))
        .values_list("kind", flat=True)
    )
    warnings = []
    newest = newest_day(case.loan.source_id)
    if newest is not None and newest > case.as_of:
        days = {"day": case.as_of.isoformat(), "newest": newest.isoformat()}
        warnings.append(_("金额截至 %(day)s，来源已到 %(newest)s，拨打前请核实") % days)
    if ContactPoint.Kind.PHONE not in known:
        warnings.append(_("没有本人可用的号码"))
    others = {ContactPoint.Kind.ADDRESS: _("地址"), ContactPoint.Kind.EMPLOYER: _("工作单位")}
    return Missing(warnings, [text for kind, text in others.items() if kind not in known])
