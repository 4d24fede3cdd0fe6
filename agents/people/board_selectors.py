"""What the team board knows of each person now: a fixed number of queries, whatever the number of people and cases."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, fields
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from agents.people.board_limits import BoardLimits, board_limits
from agents.people.board_load import callbacks_overdue, loads, money_of, money_on
from agents.people.day_activity import (
    Contact,
    Gap,
    Refusal,
    gaps_of,
    idle_minutes,
    longest,
    signs_of,
)
from agents.people.presence import Presence, day_begins, presences
from cases.models import Promise, PromiseState
from collection_ops.core.models import User
from collection_ops.core.money import ZERO
from compliance.models import ContactAttempt, GateDecision
from compliance.selectors_calls import overdue_notes


@dataclass(kw_only=True)
class Figures:
    """What may be added up over people; rates are taken of the sums. Amounts in yuan. `attempts`, `connected`, `effective`:
    see day_activity. `promised`, `promised_amount`: made today and not taken back; `due…`: open ones that fall due today on
    the cases in hand; `kept`: decided today. `not_told`: contacts beyond the two hours that wait for their note now;
    `told_late`: today's that were told too late. `wishes`: contacts of today in which somebody wished to complain."""

    cases: int = 0
    amount: Decimal = ZERO
    expected: Decimal = ZERO
    soft_count: int = 0
    hard_count: int = 0
    attempts: int = 0
    connected: int = 0
    effective: int = 0
    incoming: int = 0
    waiting: int = 0
    promised: int = 0
    promised_amount: Decimal = ZERO
    due: int = 0
    due_amount: Decimal = ZERO
    kept: int = 0
    kept_amount: Decimal = ZERO
    refused: int = 0
    not_told: int = 0
    told_late: int = 0
    callbacks: int = 0
    money_today: Decimal = ZERO
    money_month: Decimal = ZERO
    wishes: int = 0

    @property
    def connect_rate(self) -> Decimal | None:
        """Percent of the attempts that were picked up."""
        return _percent(self.connected, self.attempts)

    @property
    def effective_rate(self) -> Decimal | None:
        """Percent of those picked up that reached the person who owes."""
        return _percent(self.effective, self.connected)


def _percent(part: int, whole: int) -> Decimal | None:
    return round(Decimal(part) * 100 / whole, 1) if whole else None


def total_of(rows: Iterable[Figures]) -> Figures:
    """The sums of all figures."""
    listed = list(rows)
    sums = Figures()
    for each in fields(Figures):
        setattr(sums, each.name, sum((getattr(row, each.name) for row in listed), getattr(sums, each.name)))
    return sums


@dataclass(kw_only=True)
class PersonRow(Figures):
    """One person's line. `stages`: cases by stage, lowest first. `rules`: (rule, statement, how often) of the refusals, most
    often first. `idle`: working minutes without a sign, None when not at work. `gaps`: the day's longest."""

    person: User
    desk_code: str
    team: str
    presence: Presence
    has_file: bool
    stages: list[tuple[int, int]] = field(default_factory=list)
    rules: list[tuple[str, dict[str, str], int]] = field(default_factory=list)
    idle: int | None = None
    is_idle: bool = False
    gaps: list[Gap] = field(default_factory=list)


def board_rows(people: "QuerySet[User]", *, teams: dict[str, str], day: date, now: datetime) -> list[PersonRow]:
    """One row a person of `people`, as of `now`; `teams`: names by code."""
    rows, limits = _empty_rows(people, teams=teams, day=day, now=now)
    if rows:
        _add_load(rows, day)
        _add_activity(rows, limits, day=day, now=now)
        _add_promises(rows, day)
        _add_waiting(rows, list(rows), now)
        for user_id, (today, month) in money_of(rows, day=day).items():
            rows[user_id].money_today, rows[user_id].money_month = today, month
    return list(rows.values())


def day_rows(people: "QuerySet[User]", *, teams: dict[str, str], day: date, now: datetime) -> list[PersonRow]:
    """`board_rows` with what was done on the day alone: contacts, refusals, promises, money; what people have in hand, what
    waits and the month are left at nought. For a summary, which does not show them: a third of the time."""
    rows, limits = _empty_rows(people, teams=teams, day=day, now=now)
    if rows:
        _add_activity(rows, limits, day=day, now=now, with_gaps=False)
        _add_promises(rows, day)
        for user_id, amount in money_on(day).items():
            if user_id in rows:
                rows[user_id].money_today = amount
    return list(rows.values())


def _empty_rows(
    people: "QuerySet[User]", *, teams: dict[str, str], day: date, now: datetime
) -> tuple[dict[int, PersonRow], BoardLimits]:
    listed = list(people.select_related("collector__shift", "desk").order_by("unit", "display_name", "pk").distinct())
    limits = board_limits(day)
    there = presences(listed, day=day, now=now, limits=limits)
    rows = {
        person.pk: PersonRow(
            person=person,
            desk_code=person.desk.code if hasattr(person, "desk") else "",
            team=teams.get(person.unit, person.unit),
            presence=there[person.pk],
            has_file=hasattr(person, "collector"),
            soft_count=person.collector.soft_count if hasattr(person, "collector") else 0,
            hard_count=person.collector.hard_count if hasattr(person, "collector") else 0,
        )
        for person in listed
    }
    return rows, limits


def _add_load(rows: dict[int, PersonRow], day: date) -> None:
    for load in loads(rows, day=day):
        row = rows[load.user_id]
        row.stages.append((load.stage, load.cases))
        row.cases += load.cases
        row.amount += load.amount
        row.expected += load.expected


def contacts_on(users: Collection[int], *, day: date, until: date | None = None) -> dict[int, list[Contact]]:
    """Contacts of the lender's own people that took place on the day, by person, in order. One query."""
    first, after = day_begins(day), day_begins((until or day) + timedelta(days=1))
    found = (
        ContactAttempt.objects.filter(
            actor__in=users, opened_at__gte=first, opened_at__lt=after, actor_kind="human", org="own"
        )
        .order_by("opened_at", "pk")
        .values_list(
            "actor_id", "pk", "case_id", "channel", "direction", "state", "result", "misdirected", "opened_at",
            "started_at", "ended_at", "closed_at", "late_minutes", Coalesce("detail__complaint_wish", False),
        )
    )  # fmt: skip
    by_person: defaultdict[int, list[Contact]] = defaultdict(list)
    values: Any
    for values in found:
        by_person[values[0]].append(Contact(*values[1:]))
    return by_person


def refusals_on(users: Collection[int], *, day: date) -> dict[int, list[Refusal]]:
    """What the gate refused on the day, by person, in order. One query, without the facts."""
    first, after = day_begins(day), day_begins(day + timedelta(days=1))
    found = (
        GateDecision.objects.filter(actor__in=users, verdict="block", decided_at__gte=first, decided_at__lt=after)
        .order_by("decided_at", "pk")
        .values_list("actor_id", "pk", "case_id", "decided_at", "reasons")
    )
    by_person: defaultdict[int, list[Refusal]] = defaultdict(list)
    for actor, pk, case_id, at, reasons in found:
        # The first of those that refuse; what only warns or has to be recorded refuses nothing.
        reason: dict[str, Any] = next((one for one in reasons if one["verdict"] == "block"), {})
        by_person[actor].append(Refusal(pk, case_id, at, reason.get("rule", ""), reason.get("statement", {})))
    return by_person


def _add_activity(
    rows: dict[int, PersonRow], limits: BoardLimits, *, day: date, now: datetime, with_gaps: bool = True
) -> None:
    contacts, refusals = contacts_on(rows, day=day), refusals_on(rows, day=day)
    for user_id, row in rows.items():
        made, refused = contacts[user_id], refusals[user_id]
        row.attempts = sum(one.is_attempt for one in made)
        row.connected = sum(one.is_connected for one in made)
        row.effective = sum(one.is_effective for one in made)
        row.incoming = sum(one.direction == "in" for one in made)
        row.waiting = sum(one.state == "open" for one in made)
        row.told_late = sum(bool(one.late_minutes) for one in made)
        row.wishes = sum(one.complaint_wish for one in made)
        row.refused = len(refused)
        row.rules = rules_of(refused)
        if not with_gaps:
            continue
        hours = row.presence.hours
        gaps = gaps_of(signs_of(made, refused), hours, now=now)
        row.idle = idle_minutes(gaps, hours, now=now)
        row.is_idle = row.idle is not None and row.idle >= limits.idle_minutes
        row.gaps = longest(gaps, at_least=limits.idle_minutes)


def rules_of(refusals: Iterable[Refusal]) -> list[tuple[str, dict[str, str], int]]:
    """By which rules, with how often; most often first."""
    listed = list(refusals)
    statements = {one.rule: one.statement for one in listed}
    times = Counter(one.rule for one in listed)
    return [(rule, statements[rule], number) for rule, number in sorted(times.items(), key=lambda x: (-x[1], x[0]))]


def _add_promises(rows: dict[int, PersonRow], day: date) -> None:
    made = Q(made_on=day, cancelled_at__isnull=True)
    kept = Q(settled_on=day, state=PromiseState.KEPT)
    of_people = (
        Promise.objects.filter(made | kept, made_by__in=list(rows))
        .values("made_by_id")
        .annotate(
            made=Count("pk", filter=made), made_sum=Sum("amount", filter=made),
            kept=Count("pk", filter=kept), kept_sum=Sum("amount", filter=kept),
        )
        .order_by("made_by_id")
    )  # fmt: skip
    for of_one in of_people:
        row = rows[of_one["made_by_id"]]
        row.promised, row.promised_amount = of_one["made"], of_one["made_sum"] or ZERO
        row.kept, row.kept_amount = of_one["kept"], of_one["kept_sum"] or ZERO
    due = (
        Promise.objects.filter(state=PromiseState.OPEN, due_on=day, case__desk__owner__in=list(rows))
        .values(owner=F("case__desk__owner_id"))
        .annotate(number=Count("pk"), total=Sum("amount"))
        .order_by("owner")
    )
    for of_desk in due:
        row = rows[of_desk["owner"]]
        row.due, row.due_amount = of_desk["number"], of_desk["total"]


def _add_waiting(rows: dict[int, PersonRow], ids: list[int], now: datetime) -> None:
    late = overdue_notes(now=now).filter(actor__in=ids).order_by("actor_id")
    for actor, number in late.values_list("actor_id").annotate(number=Count("pk")):
        rows[actor].not_told = number
    for owner, number in callbacks_overdue(ids, until=now).items():
        rows[owner].callbacks = number
