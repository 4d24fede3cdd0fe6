"""What is known before a cover: the cases that would be lent, what falls due among them, and who could take them."""

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Sum
from django.utils import timezone

from agents.cover.deal import Piece, Room
from agents.expected import rates_on
from agents.models import OPEN_COVERS, Cover, CoverCase, CoverScope
from agents.people.attendance import attendance
from cases.models import Case, PlanInstalment, PlanState, Promise, PromiseState, RepaymentPlan
from cases.models.plan import LIVE
from collection_ops.core.models import User
from collection_ops.core.services.calendar import business_days
from compliance.models import ContactDetail
from compliance.selectors_calls import callbacks_due
from compliance.selectors_staff import who_may_contact

IN_HAND = Q(desk__cases__closed_on__isnull=True, desk__cases__absent_since__isnull=True)


def end_of(day: dt.date) -> dt.datetime:
    """The first moment after `day`, in the lender's time."""
    return dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), tzinfo=timezone.get_default_timezone())


def lendable(owner: User, *, scope: str, stages: Sequence[int], last_day: dt.date) -> "QuerySet[Case]":
    """Open cases on the owner's desk that a cover of this scope lends. What the owner was lent by somebody else is not
    theirs to lend."""
    lent = CoverCase.objects.filter(case=OuterRef("pk"), until__isnull=True)
    cases = Case.objects.open().filter(desk__owner=owner).exclude(Exists(lent))
    if scope == CoverScope.STAGES:
        return cases.filter(stage__in=list(stages))
    if scope == CoverScope.DUE:
        due = callbacks_due(cases=cases, until=end_of(last_day)).values_list("attempt__case_id", flat=True)
        return cases.filter(
            Exists(Promise.objects.filter(case=OuterRef("pk"), state=PromiseState.OPEN))
            | Exists(RepaymentPlan.objects.filter(case=OuterRef("pk"), state__in=LIVE))
            | Q(pk__in=list(due))
        )
    return cases


def pieces(cases: "QuerySet[Case]", *, day: dt.date) -> list[Piece]:
    """The cases with what they will probably bring. Two queries."""
    rates = rates_on(day)
    found = cases.order_by("pk").values_list("pk", "loan__debtor_id", "stage", "total")
    return [
        Piece(case_id, debtor_id, stage, total, rates.expected(stage, total))
        for case_id, debtor_id, stage, total in found
    ]


@dataclass(frozen=True)
class Due:
    """What has to be followed up among some cases within some days, each in the order of its moment."""

    promises: list[Promise]
    instalments: list[PlanInstalment]
    callbacks: list[ContactDetail]

    @property
    def promised(self) -> Decimal:
        """Yuan still to come of the promises."""
        return sum((promise.amount - promise.paid for promise in self.promises), Decimal("0.00"))

    @property
    def count(self) -> int:
        return len(self.promises) + len(self.instalments) + len(self.callbacks)


def due_of(cases: "QuerySet[Case]", *, last_day: dt.date, first_day: dt.date | None = None) -> Due:
    """Open promises and instalments of live plans that fall due through `last_day`, and call-backs agreed until then; from
    `first_day` on, if given, else what is late as well. Three queries."""
    promises = Promise.objects.filter(case__in=cases, state=PromiseState.OPEN, due_on__lte=last_day)
    instalments = PlanInstalment.objects.filter(
        plan__case__in=cases, plan__state=PlanState.ACTIVE, due_on__lte=last_day, paid__lt=F("amount")
    )
    calls = callbacks_due(cases=cases, until=end_of(last_day))
    if first_day is not None:
        promises, instalments = promises.filter(due_on__gte=first_day), instalments.filter(due_on__gte=first_day)
        calls = calls.filter(callback_at__gte=end_of(first_day - dt.timedelta(days=1)))
    return Due(
        list(promises.select_related("case__loan").order_by("due_on", "pk")),
        list(instalments.select_related("plan__case__loan").order_by("due_on", "pk")),
        list(calls.select_related("attempt__case__loan")),
    )


@dataclass(frozen=True)
class Candidate:
    """Somebody who might cover, with what lies on the desk now. `trouble`: the code of why they cannot (refusals.py), and
    `away_on` the first business day on which they are not there."""

    user: User
    desk_id: int
    count: int
    amount: Decimal
    hard_count: int | None
    hard_amount: Decimal | None
    trouble: str = ""
    away_on: dt.date | None = None

    @property
    def room(self) -> Room:
        left = None if self.hard_count is None else max(self.hard_count - self.count, 0)
        amount = None if self.hard_amount is None else max(self.hard_amount - self.amount, Decimal(0))
        return Room(self.user.pk, left, amount)


def candidates(people: "QuerySet[User]", *, first_day: dt.date, last_day: dt.date) -> list[Candidate]:
    """The people with their load and what keeps them from covering in these days; those who can first, the emptiest first.
    Some ten queries, however many people."""
    rows = list(
        people.filter(desk__isnull=False)
        .select_related("desk", "collector")
        .annotate(
            in_hand=Count("desk__cases", filter=IN_HAND),
            owed=Sum("desk__cases__total", filter=IN_HAND),
        )
        .order_by("pk")
    )
    ids = [user.pk for user in rows]
    certified = _certified(ids, first_day, last_day)
    away = _away(ids, first_day, last_day)
    found = []
    for user in rows:
        file = getattr(user, "collector", None)
        candidate = Candidate(
            user,
            user.desk.pk,
            user.in_hand,
            user.owed or Decimal("0.00"),
            file.hard_count if file else None,
            file.hard_amount if file else None,
            _trouble(user, user.pk in certified, away.get(user.pk)),
            away.get(user.pk),
        )
        found.append(candidate)
    return sorted(found, key=lambda one: (bool(one.trouble), one.count, one.user.pk))


def _trouble(user: User, is_certified: bool, away_on: dt.date | None) -> str:
    if not user.is_active or not user.desk.is_active:
        return "desk"
    if not is_certified:
        return "certificate"
    return "away" if away_on else ""


def _certified(users: Collection[int], first_day: dt.date, last_day: dt.date) -> set[int]:
    """Those whom the gate lets contact people on the first day as on the last."""
    at_first = {user for user, may in who_may_contact(users, first_day).items() if may}
    if first_day == last_day:
        return at_first
    return at_first & {user for user, may in who_may_contact(users, last_day).items() if may}


def _away(users: Collection[int], first_day: dt.date, last_day: dt.date) -> dict[int, dt.date]:
    """The first business day on which each is wholly absent, or covered by somebody else."""
    days = business_days(first_day, last_day)
    present = attendance(users, first_day, last_day)
    found = {
        user: day for user in users for day in reversed(days) if present.get((user, day), Decimal(0)) == Decimal(0)
    }
    covered = Cover.objects.filter(
        owner__in=users, state__in=OPEN_COVERS, first_day__lte=last_day, last_day__gte=first_day
    )
    for owner, begins in covered.values_list("owner_id", "first_day"):
        found[owner] = min(found.get(owner, last_day), max(begins, first_day))
    return found
