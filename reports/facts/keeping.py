"""Which facts are not true any more, and making them anew.

Gather what changed (`DirtyDay`, written by triggers in the transaction of the change) → decide which days and months of
which source that touches → make them, in one transaction that takes the marks away. Marks of transactions that are still
running are not seen yet and stay for the next time. One at a time: an advisory lock.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from cases.models import ImportRun, Repayment, RunKind, RunState
from collection_ops.core.clock import month_after
from reports.facts.making import make_book, make_contacts, make_day_roll, make_money, make_month_roll, make_reached
from reports.kpis.reading import once
from reports.models import BookFact, ContactFact, DirtyDay, MoneyFact, ReachedFact, RollFact

FACTS = (BookFact, MoneyFact, RollFact, ContactFact, ReachedFact)
LOCK = "reports.facts"
OLDEST = date(1970, 1, 2)
What = DirtyDay.What

FileDays = Mapping[int, Sequence[date]]
"""Business dates of each source's applied files, in order."""


def month_of(day: date) -> date:
    return day.replace(day=1)


@dataclass
class Work:
    """What to make anew, by source (ids)."""

    books: dict[int, set[date]] = field(default_factory=lambda: defaultdict(set))
    day_rolls: dict[int, set[date]] = field(default_factory=lambda: defaultdict(set))
    month_rolls: dict[int, set[date]] = field(default_factory=lambda: defaultdict(set))
    money_months: dict[int, set[date]] = field(default_factory=lambda: defaultdict(set))
    money_days: dict[int, set[date]] = field(default_factory=lambda: defaultdict(set))
    contact_days: set[date] = field(default_factory=set)
    contacts_since: date | None = None
    """Where a case stood on a day is told by the files before it: from a changed book on, all days of contacts."""

    def book_changed(self, source: int, day: date, files: Sequence[date]) -> None:
        """A book gives the rolls that end and begin with it, and opens the months that find no newer one."""
        self.books[source].add(day)
        self.contacts_since = min(day, self.contacts_since or day)
        self.day_rolls[source].add(day)
        after = bisect_left(files, day + timedelta(days=1))
        if after < len(files):
            self.day_rolls[source].add(files[after])
        month = month_of(day)
        self.month_rolls[source].add(month)
        # It is, or was, the newest of its month; and of the next one where no file came.
        following = month_after(month)
        for _month in range(2):
            if any(day < other < following for other in files):
                break
            self.month_rolls[source].add(following)
            self.money_months[source].add(following)
            following = month_after(following)

    def case_ended(self, source: int, day: date, files: Sequence[date]) -> None:
        self.month_rolls[source].add(month_of(day))
        after = bisect_left(files, day)
        if after < len(files):
            self.day_rolls[source].add(files[after])


def decide(marks: Iterable[tuple[str, int | None, date | None]], files: FileDays) -> Work:
    """Pure: marks (what, source, day) into work. A change of custody without a source touches the books that end the day
    before and on the day; what lies on other days was settled before."""
    work = Work()
    for what, source, day in marks:
        if day is None:
            continue
        if what == What.CUSTODY:
            for one, days in files.items():
                for near in (day - timedelta(days=1), day):
                    at = bisect_left(days, near)
                    if at < len(days) and days[at] == near:
                        work.book_changed(one, near, days)
        elif what == What.CONTACT:
            work.contact_days.add(day)
        elif source is None:
            continue
        elif what in (What.BOOK, What.LOAN):
            work.book_changed(source, day, files.get(source, ()))
        elif what == What.ENDS:
            work.case_ended(source, day, files.get(source, ()))
        elif what == What.MONEY:
            work.money_days[source].add(day)
    return work


def refresh() -> dict[str, int]:
    """Make anew what changed since the last time. Returns how many marks were taken and days made."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [LOCK])
        marks = list(DirtyDay.objects.order_by("pk").values_list("pk", "what", "source", "day", "loan"))
        if not marks:
            return {"marks": 0, "days": 0}
        loans = {loan for _pk, what, _source, _day, loan in marks if what == What.LOAN}
        wanted = {(what, source, day) for _pk, what, source, day, _loan in marks if what != What.LOAN}
        wanted |= {(What.LOAN, source, day) for source, day in _days_of_loans(loans)}
        files = file_days()
        made = make(decide(wanted, files), files=files)
        DirtyDay.objects.filter(pk__in=[pk for pk, *_rest in marks]).delete()
    return {"marks": len(marks), "days": made}


def rebuild(*, say: Callable[[str], None] = lambda _line: None) -> dict[str, int]:
    """All facts from all rows, in one transaction; a month of a source at a time."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [LOCK])
        DirtyDay.objects.all().delete()
        for model in FACTS:
            model.objects.all().delete()
        work, files = Work(), file_days()
        for source, days in files.items():
            for day in days:
                work.book_changed(source, day, days)
        for source, day in Repayment.objects.order_by().values_list("source", "paid_on").distinct():
            work.money_months[source].add(month_of(day))
        made = make(work, files=files, say=say)
    return {
        "days": made,
        "book": BookFact.objects.count(),
        "money": MoneyFact.objects.count(),
        "roll": RollFact.objects.count(),
    }


def make(work: Work, *, files: FileDays, say: Callable[[str], None] = lambda _line: None) -> int:
    """Carry out. Returns the number of days and months that were made."""
    made = 0
    for source, days in sorted(work.books.items()):
        for month, some in _by_month(days).items():
            make_book(source=source, days=some)
            say(f"book {source} {month:%Y-%m}: {len(some)} days")
            made += len(some)
    for source, days in sorted(work.day_rolls.items()):
        known_days = files.get(source, ())
        for day in sorted(days):
            at = bisect_left(known_days, day)
            there = at < len(known_days) and known_days[at] == day
            make_day_roll(source=source, day=day, before=known_days[at - 1] if there and at else None)
            made += 1
    for source, months in sorted(work.month_rolls.items()):
        for month in sorted(months):
            make_month_roll(source=source, month=month)
            made += 1
    for source, months in sorted(work.money_months.items()):
        for month in sorted(months):
            make_money(source=source, month=month)
            say(f"money {source} {month:%Y-%m}")
            made += 1
    for source, days in sorted(work.money_days.items()):
        for month, some in _by_month(days).items():
            if month not in work.money_months.get(source, ()):
                make_money(source=source, month=month, days=some)
                made += len(some)
    for month, some in _by_month(work.contact_days | _contact_days(work.contacts_since)).items():
        make_contacts(days=some)
        make_reached(month=month)
        say(f"contacts {month:%Y-%m}: {len(some)} days")
        made += len(some)
    return made


def _contact_days(since: date | None) -> set[date]:
    """Local days with contacts or answers of the gate from `since` on. The planner finds them by the newest rows."""
    if since is None:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT (opened_at AT TIME ZONE %(zone)s)::date FROM compliance_contactattempt WHERE opened_at >= %(since)s
            UNION
            SELECT (started_at AT TIME ZONE %(zone)s)::date FROM compliance_contactattempt
            WHERE opened_at >= %(since)s AND started_at IS NOT NULL
            UNION
            SELECT (decided_at AT TIME ZONE %(zone)s)::date FROM compliance_gatedecision WHERE decided_at >= %(since)s
            """,
            {"zone": settings.TIME_ZONE, "since": timezone.make_aware(datetime.combine(max(since, OLDEST), time.min))},
        )
        return {day for (day,) in cursor.fetchall() if day >= since}


def _by_month(days: Iterable[date]) -> dict[date, list[date]]:
    found: dict[date, list[date]] = defaultdict(list)
    for day in sorted(days):
        found[month_of(day)].append(day)
    return found


def file_days() -> dict[int, list[date]]:
    """One query."""
    rows = (
        ImportRun.objects.filter(kind=RunKind.OVERDUE, state=RunState.APPLIED)
        .order_by("source_id", "as_of")
        .values_list("source_id", "as_of")
        .distinct()
    )
    found: dict[int, list[date]] = defaultdict(list)
    for source, day in rows:
        found[source].append(day)
    return dict(found)


def _days_of_loans(loans: set[int | None]) -> list[tuple[int, date]]:
    """Source and business dates of the positions of these loans: their product or region is another one now."""
    if not loans:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT DISTINCT l.source_id, p.as_of FROM cases_loan l
               JOIN cases_case c ON c.loan_id = l.id JOIN cases_position p ON p.case_id = c.id WHERE l.id = ANY(%s)""",
            [sorted(loan for loan in loans if loan is not None)],
        )
        return cursor.fetchall()


def is_dirty(*, whats: Sequence[str], source: int | None, first: date, last: date) -> bool:
    """Whether facts of a day from `first` through `last` are not true any more; a mark without a day is of every day, one
    without a source of all. One query, or none where another figure of the same reading has asked."""
    return any(
        what in whats and (source is None or of is None or of == source) and (day is None or first <= day <= last)
        for what, of, day in once(("marks",), _marks)
    )


def _marks() -> list[tuple[str, int | None, date | None]]:
    return list(DirtyDay.objects.order_by().values_list("what", "source", "day").distinct())
