"""Four weeks of people × days: who is away, who covers whom, and which absences nobody covers."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from agents.cover.gather import end_of
from agents.models import Cover, CoverCase, CoverState, Half, Leave, LeaveState
from cases.models import Case, Promise, PromiseState
from collection_ops.core.models import User, WorkDay
from collection_ops.core.services.calendar import business_days
from compliance.selectors_calls import callbacks_due

DAYS = 28
PEOPLE_A_PAGE = 40
MOST_GAPS = 30
SHOWN_LEAVES = (LeaveState.ASKED, LeaveState.APPROVED)
SHOWN_COVERS = (CoverState.PLANNED, CoverState.RUNNING, CoverState.ENDED)


@dataclass(frozen=True)
class Day:
    """A column. `note`: the holiday's name."""

    day: dt.date
    is_business: bool
    note: str
    is_today: bool


@dataclass(frozen=True)
class Cell:
    """One person on one day. `leave`: "", whole, morning or afternoon; `is_asked`: not approved yet; `cover`: of the
    person's cases by somebody else; `helps`: whom the person helps; `is_open`: away, and nobody covers. `title` says it."""

    day: Day
    leave: str = ""
    is_asked: bool = False
    cover: Cover | None = None
    helps: bool = False
    is_open: bool = False
    title: str = ""


@dataclass(frozen=True)
class Gap:
    """An absence of whole days that nobody covers: what lies on the desk (cases, yuan), and what falls due meanwhile."""

    leave: Leave
    first_day: dt.date
    last_day: dt.date
    cases: int
    amount: Decimal
    promises: int
    callbacks: int


@dataclass
class Row:
    """One person: cells, and the same in sentences' parts for small screens."""

    user: User
    cells: list[Cell] = field(default_factory=list)
    leaves: list[Leave] = field(default_factory=list)
    covers: list[Cover] = field(default_factory=list)
    helps: list[Cover] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)


def first_of_window(day: dt.date) -> dt.date:
    """The Monday of its week."""
    return day - dt.timedelta(days=day.weekday())


def days_of(first: dt.date, *, today: dt.date) -> list[Day]:
    """Two queries."""
    last = first + dt.timedelta(days=DAYS - 1)
    works = set(business_days(first, last))
    notes = dict(WorkDay.objects.filter(day__range=(first, last)).values_list("day", "note"))
    days = [first + dt.timedelta(days=n) for n in range(DAYS)]
    return [Day(day, day in works, notes.get(day, ""), day == today) for day in days]


def rows_of(people: Sequence[User], days: Sequence[Day], gaps: Mapping[int, list[Gap]]) -> list[Row]:
    """Two queries, however many people."""
    ids, first, last = [user.pk for user in people], days[0].day, days[-1].day
    rows = {user.pk: Row(user, gaps=gaps.get(user.pk, [])) for user in people}
    leaves = Leave.objects.filter(user__in=ids, state__in=SHOWN_LEAVES, first_day__lte=last, last_day__gte=first)
    for leave in leaves.order_by("first_day", "pk"):
        rows[leave.user_id].leaves.append(leave)
    covers = Cover.objects.filter(
        Q(owner__in=ids) | Q(helper__in=ids), state__in=SHOWN_COVERS, first_day__lte=last, last_day__gte=first
    ).annotate(count=Count("lent"))
    for cover in covers.select_related("owner", "helper").order_by("first_day", "pk"):
        if cover.owner_id in rows:
            rows[cover.owner_id].covers.append(cover)
        if cover.helper_id in rows:
            rows[cover.helper_id].helps.append(cover)
    for row in rows.values():
        row.cells = [_cell(row, day) for day in days]
    return [rows[user.pk] for user in people]


def _cell(row: Row, day: Day) -> Cell:
    leave = next((one for one in row.leaves if one.first_day <= day.day <= one.last_day), None)
    cover = next((one for one in row.covers if one.first_day <= day.day <= one.last_day), None)
    helped = [one for one in row.helps if one.first_day <= day.day <= one.last_day]
    is_open = day.is_business and any(gap.first_day <= day.day <= gap.last_day for gap in row.gaps) and cover is None
    said = [f"{day.day:%m-%d}"]
    half = half_of(leave, day.day) if leave and day.is_business else ""
    if leave and half:
        said += [str(leave.get_kind_display()), str(Half(half).label)]
        said += [str(leave.get_state_display())] if leave.state == LeaveState.ASKED else []
    if cover:
        said.append(_("由 %(who)s 代管") % {"who": cover.helper})
    said += [_("代管 %(who)s") % {"who": one.owner} for one in helped]
    if is_open and half == Half.WHOLE:
        said.append(_("无人代管"))
    return Cell(
        day, half, bool(leave and leave.state == LeaveState.ASKED), cover, bool(helped),
        is_open and half == Half.WHOLE, " · ".join(said),
    )  # fmt: skip


def half_of(leave: Leave, day: dt.date) -> str:
    """Which part of a day of the leave is taken: whole, morning or afternoon."""
    if day == leave.first_day:
        return str(leave.first_half)
    return str(leave.last_half) if day == leave.last_day else str(Half.WHOLE)


# Absences that nobody covers ---------------------------------------------------------------------------------------------


def gaps_of(people: "QuerySet[User]", *, first: dt.date, last: dt.date) -> list[Gap]:
    """Approved absences of whole business days from `first` through `last` whose cases nobody works, soonest first. Someone
    who is there half of the day works their own. Seven queries, however many people."""
    leaves = list(
        Leave.objects.filter(user__in=people, state=LeaveState.APPROVED, first_day__lte=last, last_day__gte=first)
        .select_related("user")
        .order_by("first_day", "pk")
    )
    if not leaves:
        return []
    ids = {leave.user_id for leave in leaves}
    covered = _covered(ids, first, last)
    works = business_days(first, last)
    open_days = [(leave, _open_days(leave, works, covered[leave.user_id])) for leave in leaves]
    open_days = [(leave, days) for leave, days in open_days if days]
    loads = _loads({leave.user_id for leave, _days in open_days})
    promises, calls = _due(set(loads), last)
    found = []
    for leave, days in open_days:
        if leave.user_id in loads:
            begins, ends = days[0], days[-1]
            count, amount = loads[leave.user_id]
            due = [sum(begins <= day <= ends for day in of[leave.user_id]) for of in (promises, calls)]
            found.append(Gap(leave, begins, ends, count, amount, *due))
    return found


def _covered(owners: Collection[int], first: dt.date, last: dt.date) -> defaultdict[int, list[tuple[dt.date, dt.date]]]:
    covers = Cover.objects.filter(
        owner__in=owners, state__in=[CoverState.PLANNED, CoverState.RUNNING], first_day__lte=last, last_day__gte=first
    )
    found: defaultdict[int, list[tuple[dt.date, dt.date]]] = defaultdict(list)
    for owner, begins, ends in covers.values_list("owner_id", "first_day", "last_day"):
        found[owner].append((begins, ends))
    return found


def _open_days(leave: Leave, works: Sequence[dt.date], covered: Sequence[tuple[dt.date, dt.date]]) -> list[dt.date]:
    """Business days of the leave that are wholly free and not covered."""
    return [
        day
        for day in works
        if leave.first_day <= day <= leave.last_day
        and half_of(leave, day) == Half.WHOLE
        and not any(begins <= day <= ends for begins, ends in covered)
    ]


def _loads(owners: Collection[int]) -> dict[int, tuple[int, Decimal]]:
    """Owner → open cases of their own on the desk, and what these owe."""
    borrowed = CoverCase.objects.filter(case=OuterRef("pk"), until__isnull=True)
    own = Case.objects.open().filter(desk__owner__in=owners).exclude(Exists(borrowed))
    rows = own.values("desk__owner").annotate(count=Count("pk"), owed=Sum("total")).order_by()
    return {row["desk__owner"]: (row["count"], row["owed"]) for row in rows}


def _due(
    owners: Collection[int], last: dt.date
) -> tuple[defaultdict[int, list[dt.date]], defaultdict[int, list[dt.date]]]:
    """Owner → days on which promises fall due, and on which call-backs are agreed."""
    promises: defaultdict[int, list[dt.date]] = defaultdict(list)
    calls: defaultdict[int, list[dt.date]] = defaultdict(list)
    cases = Case.objects.open().filter(desk__owner__in=owners)
    due = Promise.objects.filter(case__in=cases, state=PromiseState.OPEN, due_on__lte=last)
    for owner, day in due.values_list("case__desk__owner", "due_on"):
        promises[owner].append(day)
    agreed = callbacks_due(cases=cases, until=end_of(last)).values_list("attempt__case__desk__owner", "callback_at")
    for owner, moment in agreed:
        calls[owner].append(timezone.localdate(moment))
    return promises, calls
