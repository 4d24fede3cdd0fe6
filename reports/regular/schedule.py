"""Which reports are due: of the periods that are over, those that nobody has made.

Daily: each business date of the last two weeks with an applied overdue file. Weekly: last week, monthly: last month, where
there was any such file in it; the monthly one from the first business day of the month on. A day on which the machine was
off, or a file that came a day late, is caught up with the next round. The morning's files bring the money of the days
before, so the reports wait for them, but not longer than until WAIT_UNTIL.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.utils import timezone

from cases.models import ImportRun, RunKind, RunState
from collection_ops.core import clock
from collection_ops.core.models import Job, User
from collection_ops.core.services import jobs
from collection_ops.core.services.calendar import business_days, is_business_day
from reports.models import ReportKind, ReportRun
from reports.regular.kinds import KINDS
from reports.regular.periods import Period, last_complete, within

CAUGHT_UP = timedelta(days=14)
WAIT_UNTIL = time(11)
JOB = "reports.make_report"
QUEUE = "reports"


@dataclass(frozen=True, order=True)
class Due:
    kind: str
    period: Period


def due(*, now: datetime) -> list[Due]:
    """What is to be made now, oldest first; nothing while a file is on its way into the book, or expected. Eight queries."""
    today = clock.business_date(now)
    if is_applying() or is_intake_expected(now):
        return []
    candidates = {ReportKind.DAILY: within(KINDS["daily"].rhythm, today - CAUGHT_UP, today - timedelta(days=1))}
    for code in (ReportKind.WEEKLY, ReportKind.MONTHLY):
        if code in KINDS:
            candidates[code] = [last_complete(KINDS[code].rhythm, today)]
    if not business_days(today.replace(day=1), today):
        candidates.pop(ReportKind.MONTHLY, None)
    oldest = min(period.first for periods in candidates.values() for period in periods)
    told = days_with_files(oldest, today)
    made = set(ReportRun.objects.filter(first__gte=oldest).values_list("kind", "first", "last"))
    return [
        Due(code, period)
        for code, periods in candidates.items()
        for period in periods
        if (code, period.first, period.last) not in made and any(period.first <= day <= period.last for day in told)
    ]


def is_applying() -> bool:
    """Whether facts are being written that bear a moment of before and are not there yet."""
    return ImportRun.objects.filter(state=RunState.APPLYING).exists()


def is_intake_expected(now: datetime) -> bool:
    """Whether a source that sent a file for one of the last days has sent none for today, a business day, and it is still
    early. Up to two queries."""
    today, local = clock.business_date(now), timezone.localtime(now)
    if local.time() >= WAIT_UNTIL or not is_business_day(today):
        return False
    applied = ImportRun.objects.filter(kind=RunKind.OVERDUE, state=RunState.APPLIED)
    lately = applied.filter(as_of__range=(today - timedelta(days=7), today - timedelta(days=1)))
    senders = set(lately.values_list("source", flat=True))
    return bool(senders - set(applied.filter(as_of=today).values_list("source", flat=True)))


def days_with_files(first: date, last: date) -> list[date]:
    """Business dates of which some source's overdue file is in the book."""
    applied = ImportRun.objects.filter(kind=RunKind.OVERDUE, state=RunState.APPLIED, as_of__range=(first, last))
    return sorted(set(applied.values_list("as_of", flat=True)))


def make_due(*, now: datetime) -> list[Job]:
    """A job for each report that is due, once a day however many schedulers ring: the key keeps the others out."""
    today = clock.business_date(now)
    return [
        enqueue(kind=one.kind, period=one.period, known_by=now, actor=None, mail=True,
                key=f"report:{one.kind}:{one.period.first}:{one.period.last}:{today}")
        for one in due(now=now)
    ]  # fmt: skip


def back_fill(*, kind: str, first: date, last: date, known_by: datetime, actor: User | None) -> list[Job]:
    """A job for each period of the kind that lies in the range and, of days, has a file. Nobody is sent a mail."""
    return [
        enqueue(kind=kind, period=period, known_by=known_by, actor=actor, mail=False)
        for period in periods_to_fill(kind, first, last)
    ]


def periods_to_fill(kind: str, first: date, last: date) -> list[Period]:
    """Periods of the range in which some file was applied."""
    told = days_with_files(first, last)
    found = within(KINDS[kind].rhythm, first, last)
    return [one for one in found if any(one.first <= day <= one.last for day in told)]


def enqueue(
    *, kind: str, period: Period, known_by: datetime, actor: User | None, mail: bool, key: str | None = None
) -> Job:
    return jobs.enqueue(
        kind=JOB,
        params={
            "kind": kind,
            "first": period.first.isoformat(),
            "last": period.last.isoformat(),
            "known_by": known_by.isoformat(timespec="seconds"),
            "mail": mail,
        },
        actor=actor,
        title=f"{KINDS[kind].code.label} {period.first}" + (f" – {period.last}" if period.last != period.first else ""),
        key=key,
        queue=QUEUE,
    )
