"""Reads of promises and waivers: what the tab of a record shows, what waits for approval, what would be a better promise."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db import connection
from django.db.models import Prefetch, QuerySet

from cases.models import Case, Custody, Promise, PromiseMoney, PromiseState, Repayment, Waiver
from cases.models.waiver import WAITING_STATES
from cases.services.promise_limits import Terms
from cases.services.waivers import DECIDE, DECIDE_HIGH, settling_money
from cases.stage import Stage
from collection_ops.core.access import Scope, has, scope
from collection_ops.core.models import User
from collection_ops.core.money import round_money

MOST_SHOWN = 100
LADDER_DAYS = 180
LADDER_LEAST = 5
"""So many kept promises make a habit; fewer suggest nothing."""
TAKEN_WITHIN = timedelta(hours=24)


def promises_of(case: Case) -> list[Promise]:
    """Newest first, each with the repayments that count for it (`counted`); two queries."""
    money = PromiseMoney.objects.select_related("repayment").order_by("repayment__paid_on", "repayment_id")
    found = Promise.objects.filter(case=case).select_related("made_by", "override_by", "cancelled_by")
    return list(
        found.prefetch_related(Prefetch("money", queryset=money, to_attr="counted")).order_by("-pk")[:MOST_SHOWN]
    )


def waivers_of(case: Case) -> list[Waiver]:
    found = Waiver.objects.filter(case=case)
    return list(found.select_related("applied_by", "first_by", "second_by", "ended_by").order_by("-pk")[:MOST_SHOWN])


@dataclass(frozen=True)
class Suggestion:
    """A promise that people in the same stage really kept: the middle one of `count`, smaller and sooner than the one that
    was just broken."""

    amount: Decimal
    due_on: date
    count: int
    stage: str


def ladder(*, case: Case, promises: list[Promise], terms: Terms) -> Suggestion | None:
    """After a broken promise: a smaller or sooner one within the limits, from what was kept in the same stage in the last
    half year. Nothing when the last promise was not broken, or too few were kept to say."""
    last = next((one for one in promises if one.state != PromiseState.CANCELLED), None)
    if last is None or last.state not in (PromiseState.BROKEN, PromiseState.PART_KEPT):
        return None
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT count(*), percentile_disc(0.5) WITHIN GROUP (ORDER BY amount / owed),
                   percentile_disc(0.5) WITHIN GROUP (ORDER BY due_on - made_on)
            FROM cases_promise WHERE state = 'kept' AND stage = %s AND made_on >= %s AND owed > 0
            """,
            [case.stage, terms.first_day - timedelta(days=LADDER_DAYS)],
        )
        count, share, days = cursor.fetchone()
    if count < LADDER_LEAST:
        return None
    amount = max(min(round_money(share * terms.most), last.amount), terms.least)
    ahead = min(days, (last.due_on - last.made_on).days, (terms.last_day - terms.first_day).days)
    if amount > last.amount or (amount == last.amount and ahead >= (last.due_on - last.made_on).days):
        return None
    return Suggestion(amount, terms.first_day + timedelta(days=ahead), count, str(Stage(case.stage).label))


def waivers_for(user: User, capability: str = "waivers.view") -> QuerySet[Waiver]:
    """Waivers of the cases in the person's scope."""
    found = Waiver.objects.select_related("case__loan__debtor", "case__loan__source", "case__desk", "applied_by")
    if scope(user, capability) == Scope.ALL:
        return found
    return found.filter(case__in=Case.objects.for_user(user, capability))


def waivers_to_decide(user: User) -> QuerySet[Waiver]:
    """Those that wait for this very person: not their own, not theirs already, and within their authority."""
    if not has(user, DECIDE):
        return Waiver.objects.none()
    found = waivers_for(user, DECIDE).filter(state__in=WAITING_STATES).exclude(applied_by=user).exclude(first_by=user)
    return found if has(user, DECIDE_HIGH) else found.filter(needs_high=False)


def settling_choices(waiver: Waiver) -> list[Repayment]:
    return list(settling_money(waiver)[:MOST_SHOWN])


def was_held_lately(user: User, case_id: int, capability: str, now: datetime) -> bool:
    """Whether the case was in the person's scope a short while ago and was moved since: they know of it, so they may be
    told that it is gone. Of other cases nothing is said."""
    granted = scope(user, capability)
    lately = Custody.objects.filter(case=case_id, ended_at__gt=now - TAKEN_WITHIN)
    if granted == Scope.OWN:
        return lately.filter(desk__owner=user).exists()
    if granted == Scope.TEAM and user.unit:
        return lately.filter(desk__unit=user.unit).exists()
    return False
