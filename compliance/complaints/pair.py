"""Root-cause pairs (openings.md 21): the complaint that was upheld beside the nearest similar case without one.

    gather → nearest (pure) → profiles

Similar: the same stage and product on the same day, about as much owed for about as long, contacted in the month before.
What differs then is how they were treated, and that is what the page lays side by side.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from math import log

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Abs, ExtractHour, TruncWeek
from django.utils import timezone
from django.utils.translation import gettext as _

from cases.models import Case, Position, Promise
from cases.models.promise import PromiseState
from compliance.models import (
    Breach,
    BreachState,
    Complaint,
    ContactAttempt,
    GateDecision,
)
from compliance.models.attempt import Channel, Outcome

MONTH = timedelta(days=30)
QUIET = timedelta(days=90)
MOST_CANDIDATES = 200
MOST_DAYS_APART, MOST_TIMES = 30, 2
"""Beyond these a case is not similar: days past due apart, and how many times the amount."""


@dataclass(frozen=True)
class Sketch:
    """A case as it was on the day: what makes it similar to another. `contacts`: of the month before."""

    case: int
    stage: int
    product: str
    amount: Decimal
    days: int
    contacts: int = 0
    actors: frozenset[int] = frozenset()


def distance(one: Sketch, other: Sketch) -> float | None:
    """How far apart two cases are; 0 for the same, None where they cannot be compared. Twice the amount weighs as much as
    thirty days more or twenty contacts more: with many contacts apart the pair would only say that one was called more, and
    that is the finding, so it weighs least. Somebody else's case is as good as one of the same collector; the same one is
    preferred by a hair, since then the person is not what differs."""
    if one.stage != other.stage or one.product != other.product or one.amount <= 0 or other.amount <= 0:
        return None
    times = abs(log(float(one.amount) / float(other.amount))) / log(MOST_TIMES)
    days = abs(one.days - other.days) / MOST_DAYS_APART
    contacts = abs(one.contacts - other.contacts) / 20
    same = 0.0 if one.actors & other.actors else 0.01
    if times > 1 or days > 1:
        return None
    return round(times + days + contacts + same, 6)


def nearest(one: Sketch, candidates: Iterable[Sketch]) -> tuple[Sketch, float] | None:
    """The closest one that was contacted at all; of several alike the oldest case."""
    found = [
        (apart, other.case, other)
        for other in candidates
        if other.case != one.case and other.contacts and (apart := distance(one, other)) is not None
    ]
    if not found:
        return None
    apart, _case, other = min(found, key=lambda row: row[:2])
    return other, apart


@dataclass
class Profile:
    """How a person was treated in the month before."""

    weeks: Counter[str] = field(default_factory=Counter)
    hours: Counter[str] = field(default_factory=Counter)
    channels: Counter[str] = field(default_factory=Counter)
    results: Counter[str] = field(default_factory=Counter)
    people: int = 0
    refusals: int = 0
    breaches: int = 0
    promises: Counter[str] = field(default_factory=Counter)

    @property
    def contacts(self) -> int:
        return sum(self.channels.values())


@dataclass(frozen=True)
class Pair:
    """`missing`: why there is no pair. `other`: the case beside it."""

    day: date
    missing: str = ""
    sketch: Sketch | None = None
    twin: Sketch | None = None
    apart: float = 0.0
    case: Case | None = None
    other: Case | None = None
    mine: Profile = field(default_factory=Profile)
    theirs: Profile = field(default_factory=Profile)


def pair_of(complaint: Complaint) -> Pair:
    """Eleven queries, whatever the size of the book. Expects a complaint with its case."""
    day = complaint.event_on or complaint.received_on
    case = complaint.case
    if case is None:
        return Pair(day, _("这件投诉没有关联案件"))
    position = Position.objects.filter(case=case, as_of__lte=day).order_by("-as_of", "-run_id").first()
    if position is None:
        return Pair(day, _("没有 %(day)s 之前的案件数据，无法对照") % {"day": day.isoformat()}, case=case)
    rows = _candidates(complaint, case, position, day)
    contacts = _contacts([case.loan.debtor_id, *(row.case.loan.debtor_id for row in rows)], day)
    mine = _sketch(position, case, contacts)
    found = nearest(mine, [_sketch(row, row.case, contacts) for row in rows])
    if found is None:
        return Pair(day, _("没有足够相似、同期联系过且没有投诉的案件"), sketch=mine, case=case)
    twin, apart = found
    other = next(row.case for row in rows if row.case_id == twin.case)
    profiles = profiles_of([case, other], day)
    return Pair(
        day, "", mine, twin, apart, case, other, profiles[case.loan.debtor_id], profiles[other.loan.debtor_id]
    )  # fmt: skip


def _candidates(complaint: Complaint, case: Case, position: Position, day: date) -> list[Position]:
    """Positions of the same day that are close enough, without a complaint around it; the closest amounts first."""
    complained = Complaint.objects.filter(
        debtor=OuterRef("case__loan__debtor"), received_on__gte=day - QUIET, received_on__lte=day + QUIET
    )
    contacted = ContactAttempt.objects.filter(
        debtor=OuterRef("case__loan__debtor"), opened_at__gte=_start(day - MONTH), opened_at__lt=_start(day, 1)
    )
    found = (
        Position.objects.filter(
            as_of=position.as_of,
            stage=position.stage,
            case__loan__product=case.loan.product,
            total__gte=position.total / MOST_TIMES,
            total__lte=position.total * MOST_TIMES,
            days_past_due__gte=position.days_past_due - MOST_DAYS_APART,
            days_past_due__lte=position.days_past_due + MOST_DAYS_APART,
        )
        .exclude(case__loan__debtor=complaint.debtor_id)
        .filter(~Exists(complained), Exists(contacted))
        .annotate(off=Abs(F("total") - position.total))
        .select_related("case__loan")
        .order_by("off", "case_id", "-run_id")
    )
    newest: dict[int, Position] = {}
    for row in found[:MOST_CANDIDATES]:
        newest.setdefault(row.case_id, row)
    return list(newest.values())


def _contacts(debtors: list[int], day: date) -> dict[int, tuple[int, frozenset[int]]]:
    """Debtor → how many contacts in the month before, and by whom."""
    rows = _attempts(debtors, day).values("debtor_id", "actor_id").annotate(count=Count("pk"))
    counts: dict[int, int] = defaultdict(int)
    actors: dict[int, set[int]] = defaultdict(set)
    for row in rows:
        counts[row["debtor_id"]] += row["count"]
        if row["actor_id"] is not None:
            actors[row["debtor_id"]].add(row["actor_id"])
    return {debtor: (count, frozenset(actors[debtor])) for debtor, count in counts.items()}


def _sketch(position: Position, case: Case, contacts: dict[int, tuple[int, frozenset[int]]]) -> Sketch:
    count, actors = contacts.get(case.loan.debtor_id, (0, frozenset()))
    return Sketch(
        case=case.pk,
        stage=position.stage,
        product=case.loan.product,
        amount=position.total,
        days=position.days_past_due,
        contacts=count,
        actors=actors,
    )


def profiles_of(cases: list[Case], day: date) -> dict[int, Profile]:
    """By debtor, for the month up to `day`. Seven queries for any number of cases."""
    debtors = [case.loan.debtor_id for case in cases]
    found = {debtor: Profile() for debtor in debtors}
    attempts = _attempts(debtors, day)
    zone = timezone.get_current_timezone()
    weekly = attempts.annotate(week=TruncWeek("opened_at", tzinfo=zone)).values_list("debtor_id", "week")
    for debtor, week, count in weekly.annotate(count=Count("pk")).order_by("week"):
        found[debtor].weeks[timezone.localtime(week).date().isoformat()] += count
    hourly = attempts.annotate(hour=ExtractHour("opened_at", tzinfo=zone)).values_list("debtor_id", "hour")
    for debtor, hour, count in hourly.annotate(count=Count("pk")).order_by("hour"):
        found[debtor].hours[_band(hour)] += count
    said = (
        attempts.values_list("debtor_id", "channel", "result").annotate(count=Count("pk")).order_by("channel", "result")
    )
    for debtor, channel, result, count in said:
        found[debtor].channels[str(Channel(channel).label)] += count
        if result:
            found[debtor].results[str(Outcome(result).label)] += count
    people = attempts.values_list("debtor_id").annotate(count=Count("actor", distinct=True))
    for debtor, count in people:
        found[debtor].people = count
    window = Q(decided_at__gte=_start(day - MONTH), decided_at__lt=_start(day, 1))
    refused = GateDecision.objects.filter(window, debtor__in=debtors, verdict="block").values_list("debtor_id")
    for debtor, count in refused.annotate(count=Count("pk")):
        found[debtor].refusals = count
    breached = Breach.objects.filter(attempt__in=attempts, state=BreachState.OPEN).values_list("attempt__debtor_id")
    for debtor, count in breached.annotate(count=Count("pk")):
        found[debtor].breaches = count
    promised = Promise.objects.filter(
        case__loan__debtor__in=debtors, made_on__gte=day - MONTH, made_on__lte=day
    ).values_list("case__loan__debtor_id", "state")
    for debtor, state, count in promised.annotate(count=Count("pk")).order_by("state"):
        found[debtor].promises[str(PromiseState(state).label)] += count
    return found


def _attempts(debtors: list[int], day: date) -> "QuerySet[ContactAttempt]":
    """Outward contacts of the month up to `day` that took place or are going on."""
    window = Q(opened_at__gte=_start(day - MONTH), opened_at__lt=_start(day, 1))
    return ContactAttempt.objects.filter(window, debtor__in=debtors, direction="out").exclude(state="cancelled")


def _start(day: date, later: int = 0) -> datetime:
    return timezone.make_aware(datetime.combine(day + timedelta(days=later), time.min))


def _band(hour: int) -> str:
    """Three hours each, as a clock has them: 08–11."""
    first = hour // 3 * 3
    return f"{first:02d}–{first + 3:02d}"


@dataclass(frozen=True)
class Row:
    label: str
    mine: int
    theirs: int

    @property
    def differs(self) -> bool:
        """By more than a half of the greater one, and by more than one: worth looking at."""
        return abs(self.mine - self.theirs) > 1 and 2 * abs(self.mine - self.theirs) > max(self.mine, self.theirs)


def side_by_side(pair: Pair) -> list[tuple[str, list[Row]]]:
    """Pure. What the page lays side by side, group by group."""
    mine, theirs = pair.mine, pair.theirs
    whole = [
        Row(_("联系次数"), mine.contacts, theirs.contacts),
        Row(_("联系人员数"), mine.people, theirs.people),
        Row(_("系统拦截的联系"), mine.refusals, theirs.refusals),
        Row(_("违规联系"), mine.breaches, theirs.breaches),
    ]
    parts = [
        (_("每周联系"), mine.weeks, theirs.weeks),
        (_("时段"), mine.hours, theirs.hours),
        (_("渠道"), mine.channels, theirs.channels),
        (_("结果"), mine.results, theirs.results),
        (_("承诺还款"), mine.promises, theirs.promises),
    ]
    groups = [(_("合计"), whole)]
    for label, left, right in parts:
        keys = sorted(set(left) | set(right))
        if keys:
            groups.append((label, [Row(key, left[key], right[key]) for key in keys]))
    return groups
