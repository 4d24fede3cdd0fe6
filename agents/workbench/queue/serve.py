"""The next case: the first of the queue that may be called now, locked for the person who asked."""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from django.utils import timezone

from agents.workbench.best_hour import SLOTS, BestHour, History, best_hour, is_before_payday, slot_of
from agents.workbench.call_history import histories_of
from agents.workbench.limits import DeskLimits
from agents.workbench.queue import lock
from agents.workbench.queue.gather import Ranked, rank
from agents.workbench.queue.score import Scored, ordered
from agents.workbench.queue.weights import Group, Weights
from cases.querysets import CaseQuerySet
from collection_ops.core import clock
from collection_ops.core.models import User
from collection_ops.core.services.calendar import is_business_day
from compliance.models import ContactAttempt
from compliance.selectors_desk import callable_times, look_at_call

LOOKS = 24
"""So many cases from the top are looked at by the gate before the answer is «none now»."""


@dataclass(frozen=True)
class Queue:
    """A desk's queue for one person at one moment, in the order of serving. `slots`: when the gate allows calls today, and
    `is_open` whether it does now, by the hours of the day alone; `histories`: by debtor id, of those in the lines."""

    ranked: Ranked
    lines: list[Scored]
    slots: list[int]
    is_open: bool
    is_workday: bool
    histories: Mapping[int, History]

    @property
    def left(self) -> int:
        """Cases with something to be done today that nobody has contacted yet."""
        due = [group for group in self.ranked.counts if group != Group.REST]
        return sum(self.ranked.counts[group] - self.ranked.done[group] for group in due)

    @property
    def done(self) -> int:
        """Cases whose person was contacted today."""
        return sum(self.ranked.done.values())


@dataclass(frozen=True)
class Served:
    """The case to work on (None: there is none now), and the moment from which on there is one, as far as was looked."""

    case_id: int | None
    opens_at: dt.datetime | None = None


def queue_of(
    cases: CaseQuerySet,
    weights: Weights,
    *,
    user: User,
    now: dt.datetime,
    group: Group | None = None,
    with_refused: bool = True,
    also: Sequence[int] = (),
) -> Queue:
    """The queue of the desk that `cases` are of, the best hour counted in. Three queries, whatever the desk and the log.
    `also`: debtors whose history is wanted besides; `with_refused` as in gather.rank."""
    ranked = rank(cases, weights, user=user, now=now, group=group, with_refused=with_refused)
    today = clock.business_date(now)
    *by_slot, is_open = callable_times(today, [*SLOTS, timezone.localtime(now).time()])
    slots = [slot for slot, is_callable in enumerate(by_slot) if is_callable]
    is_workday = is_business_day(today)
    histories = histories_of([*(row.debtor_id for row in ranked.rows), *also], now=now)
    best_now = _best_now(histories, now=now, slots=slots, is_workday=is_workday)
    paid_soon = {debtor_id for debtor_id, history in histories.items() if is_before_payday(history, today)}
    lines = ordered(ranked.rows, weights, today=today, best_now=best_now, before_payday=paid_soon)
    return Queue(ranked, lines, slots, is_open, is_workday, histories)


def serve_next(
    cases: CaseQuerySet,
    weights: Weights,
    limits: DeskLimits,
    *,
    user: User,
    now: dt.datetime,
    group: Group | None = None,
) -> Served:
    """The case that `user` has open as long as it was not contacted; else the first of the queue that the gate allows now
    and that nobody else takes meanwhile, with its lock. What the gate refuses on the way is put aside until it allows it."""
    held = lock.open_case(user, now=now)
    if held is not None and not contacted_since(held.case_id, user, since=held.taken_at) and _in(cases, held.case_id):
        lock.take(case_id=held.case_id, user=user, now=now, lasts=limits.lock)
        return Served(held.case_id)
    queue = queue_of(cases, weights, user=user, now=now, group=group, with_refused=False)
    if not queue.is_open:
        return Served(None, _opening(now, queue.slots))
    refused: list[dt.datetime] = []
    for line in queue.lines[:LOOKS]:
        row = line.row
        look = look_at_call(debtor_id=row.debtor_id, loan_id=row.loan_id, actor=user, now=now)
        if look.allowed:
            if lock.take(case_id=row.case_id, user=user, now=now, lasts=limits.lock):
                return Served(row.case_id)
            continue  # somebody was quicker
        aside = now + limits.passed
        if look.next_allowed_at is not None:
            refused.append(look.next_allowed_at)
            aside = min(aside, look.next_allowed_at)
        lock.pass_over(case_id=row.case_id, user=user, until=aside, allowed_at=look.next_allowed_at)
    if held is not None:
        lock.release(case_id=held.case_id, user=user)
    return Served(None, min(refused, default=lock.first_allowed(user, now=now)))


def contacted_since(case_id: int, user: User, *, since: dt.datetime) -> bool:
    """Whether the person has contacted somebody about the case since then."""
    told = ContactAttempt.objects.filter(case_id=case_id, actor=user, opened_at__gte=since)
    return told.exclude(state="cancelled").exists()


def _in(cases: CaseQuerySet, case_id: int) -> bool:
    return bool(cases.filter(pk=case_id).exists())


def _opening(now: dt.datetime, slots: Sequence[int]) -> dt.datetime | None:
    """When calls are allowed again, by the hours of the day alone."""
    local = timezone.localtime(now)
    later = [SLOTS[slot] for slot in slots if SLOTS[slot] > local.time()]
    if later:
        return local.replace(hour=later[0].hour, minute=later[0].minute, second=0, microsecond=0)
    tomorrow = local.date() + dt.timedelta(days=1)
    open_then = [time for time, is_open in zip(SLOTS, callable_times(tomorrow, SLOTS), strict=True) if is_open]
    return dt.datetime.combine(tomorrow, open_then[0], tzinfo=local.tzinfo) if open_then else None


def _best_now(
    histories: Mapping[int, History], *, now: dt.datetime, slots: Collection[int], is_workday: bool
) -> dict[int, str]:
    """Debtor id → the words of the best hour, of those for whom it is now."""
    local = timezone.localtime(now)
    current = slot_of(local.time())
    found = {}
    for debtor_id, history in histories.items():
        best = best_of(history, local.date(), slots=slots, is_workday=is_workday)
        if best is not None and best.slot == current:
            found[debtor_id] = best.text
    return found


def best_of(history: History, day: dt.date, *, slots: Collection[int], is_workday: bool) -> BestHour | None:
    """The best hour of the day; None on a day off for somebody who was never called: experience knows none then."""
    if not (is_workday or history.calls):
        return None
    return best_hour(history, day, allowed=slots, is_workday=is_workday)
