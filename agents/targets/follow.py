"""How far targets are reached: the tree of a month for one metric, and all metrics of one person."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from agents.models import Level, Target, TargetSet
from agents.people.attendance import attendance
from agents.targets.gather import expected_in_hand, last_of
from agents.targets.measures import OF_MONEY, RECENT, Money, by_day, measure, money_around
from agents.targets.metrics import BY_CODE, METRICS, NOTHING, Metric, Pair, together
from agents.targets.sets import key_of
from agents.targets.spread import Calendar, Presence, Progress, best_pace, calendar_of, progress

ZERO = Decimal(0)


@dataclass(frozen=True)
class Node:
    """A row of the tree. `beside`: the counter-metric's figure; `first`: the target as first agreed, if another one is in
    force by now."""

    key: str
    label: str
    target: Target
    progress: Progress
    beside: Decimal | None
    beside_target: Decimal | None
    first: Decimal | None = None
    parts: list["Node"] = field(default_factory=list)


@dataclass(frozen=True)
class Presences:
    """Who is there when, from 60 days before `day` through the month; `left(…)` counts from `day` on."""

    by_user: Mapping[int, Presence]
    month: date
    day: date

    def in_month(self, user: int) -> Presence:
        return {day: there for day, there in self.by_user.get(user, {}).items() if day >= self.month}

    def left(self, users: Collection[int]) -> Decimal:
        """Days left on which anybody of them is there: of one person the half ones as halves."""
        days: dict[date, Decimal] = {}
        for user in users:
            for day, there in self.in_month(user).items():
                if day >= self.day:
                    days[day] = max(days.get(day, ZERO), there)
        return sum(days.values(), ZERO)

    def worked(self, user: int) -> list[date]:
        return [day for day, there in self.by_user.get(user, {}).items() if there and day < self.day]


def presences(users: Collection[int], *, month: date, day: date) -> Presences:
    first = min(day - RECENT, month)
    found: dict[int, dict[date, Decimal]] = {}
    for (user, on), there in attendance(users, first, last_of(month)).items():
        found.setdefault(user, {})[on] = there
    return Presences(found, month, day)


def tree_of(
    version: TargetSet, metric: Metric, *, day: date, only_team: int | None = None, first: TargetSet | None = None
) -> Node | None:
    """The company's node with its teams and people as of `day`; with `only_team` that team's. None without targets for the
    metric. The number of queries is the same for any number of people."""
    counter = BY_CODE[metric.counter]
    found = version.targets.filter(metric__in=[metric.code, counter.code]).select_related("team", "user")
    rows = list(found.order_by("team__name", "team_id", "user__display_name", "user_id"))
    mine = [row for row in rows if row.metric == metric.code and (not only_team or row.team_id == only_team)]
    beside_targets = {key_of(row): row.amount for row in rows if row.metric == counter.code}
    people = [row.user_id for row in mine if row.user_id]
    last = min(day, last_of(version.month))
    money = money_around(version.month, day=day, last=last, users=people)
    figures = {
        code: measure(code, first=version.month, last=last, users=people, money=money)
        for code in (metric.code, counter.code)
    }
    there = presences(people, month=version.month, day=day)
    recent = by_day(metric.code, day=day, users=people, money=money)
    at_hand = expected_in_hand(people, day) if metric.code in OF_MONEY else None
    firsts = _firsts(first, version, metric)

    def node(row: Target, users: list[int], parts: list[Node]) -> Node:
        paces = [
            best_pace(recent.get(user, {}), there.worked(user)) for user in users
        ] if recent is not None else []  # fmt: skip
        known = [pace for pace in paces if pace is not None]
        reached = progress(
            metric,
            target=row.amount,
            pair=together(figures[metric.code].get(user, NOTHING) for user in users),
            days_left=there.left(users),
            pace=sum(known, ZERO) if known else None,
            at_hand=None if at_hand is None else sum((at_hand.get(user, ZERO) for user in users), ZERO),
        )
        beside = counter.value(together(figures[counter.code].get(user, NOTHING) for user in users))
        key = key_of(row)
        label = str(row.user.display_name if row.user else row.team.name if row.team else "")
        return Node(key, label, row, reached, beside, beside_targets.get(key), firsts.get(key), parts)

    teams = []
    for row in mine:
        if row.level == Level.TEAM:
            members = [one for one in mine if one.level == Level.PERSON and one.team_id == row.team_id]
            leaves = [node(one, [one.user_id or 0], []) for one in members]
            teams.append(node(row, [one.user_id or 0 for one in members], leaves))
    if only_team:
        return teams[0] if teams else None
    whole = next((row for row in mine if row.level == Level.COMPANY), None)
    return None if whole is None else node(whole, people, teams)


def _firsts(first: TargetSet | None, version: TargetSet, metric: Metric) -> dict[str, Decimal]:
    """Amounts as first agreed where they differ now."""
    if first is None or first.pk == version.pk:
        return {}
    return {key_of(row): row.amount for row in first.targets.filter(metric=metric.code)}


@dataclass(frozen=True)
class Standing:
    """One metric of one person, with its days and weeks and the counter-metric's figure."""

    progress: Progress
    calendar: Calendar
    counter: Metric
    beside: Decimal | None
    note: str
    first: Decimal | None

    @property
    def metric(self) -> Metric:
        return self.progress.metric


def standings(
    version: TargetSet,
    user: int,
    *,
    day: date,
    codes: Collection[str] | None = None,
    first: TargetSet | None = None,
    with_pace: bool = True,
) -> list[Standing]:
    """A person's targets of the version in the order of the metrics (of `codes` only, if given) as of `day`. Without the
    pace of the last 60 days nothing is said of whether a target can still be reached; it costs two thirds of the time."""
    rows = {row.metric: row for row in version.targets.filter(user=user)}
    wanted = [metric for metric in METRICS if metric.code in rows and (codes is None or metric.code in codes)]
    if not wanted:
        return []
    firsts = {}
    if first is not None and first.pk != version.pk:
        firsts = dict(first.targets.filter(user=user).values_list("metric", "amount"))
    last = min(day, last_of(version.month))
    if with_pace:
        money = money_around(version.month, day=day, last=last, users=[user])
    else:
        money = Money(first=version.month, last=last, users=[user])
    figures: dict[str, Pair] = {}
    for code in {metric.code for metric in wanted} | {metric.counter for metric in wanted}:
        found_by_user = measure(code, first=version.month, last=last, users=[user], money=money)
        figures[code] = found_by_user.get(user, NOTHING)
    there = presences([user], month=version.month, day=day)
    at_hand = None
    if with_pace and OF_MONEY & {metric.code for metric in wanted}:
        at_hand = expected_in_hand([user], day).get(user, ZERO)
    found = []
    for metric in wanted:
        recent = by_day(metric.code, day=day, users=[user], money=money) if with_pace else None
        reached = progress(
            metric,
            target=rows[metric.code].amount,
            pair=figures[metric.code],
            days_left=there.left([user]),
            pace=None if recent is None else best_pace(recent.get(user, {}), there.worked(user)),
            at_hand=at_hand if metric.code in OF_MONEY else None,
        )
        calendar = calendar_of(metric, target=reached.target, gap=reached.gap, presence=there.in_month(user), today=day)
        counter = BY_CODE[metric.counter]
        found.append(
            Standing(
                reached,
                calendar,
                counter,
                counter.value(figures[counter.code]),
                rows[metric.code].note,
                firsts.get(metric.code),
            )
        )
    return found
