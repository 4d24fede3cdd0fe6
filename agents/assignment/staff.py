"""Stand-in until agents/people has them: presence, levels, and who may contact debtors."""

from collections.abc import Collection
from datetime import date, timedelta
from decimal import Decimal

from agents.models import Collector, Leave, LeaveState
from compliance.models import TrainingCertificate

VALID = timedelta(days=366)


def attendance(users: Collection[int], first: date, last: date) -> dict[tuple[int, date], Decimal]:
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    found = {(user, day): Decimal(1) for user in users for day in days}
    for leave in Leave.objects.filter(
        user__in=users, state=LeaveState.APPROVED, first_day__lte=last, last_day__gte=first
    ):
        for day in days:
            if leave.first_day <= day <= leave.last_day:
                half = (day == leave.first_day and leave.first_half != "whole") or (
                    day == leave.last_day and leave.last_half != "whole"
                )
                found[leave.user_id, day] = Decimal("0.5") if half else Decimal(0)
    return found


def _newest(users: Collection[int], day: date) -> dict[int, TrainingCertificate]:
    held = TrainingCertificate.objects.filter(
        user__in=users, passed_on__lte=day, passed_on__gt=day - VALID, revoked_at__isnull=True
    )
    return {one.user_id: one for one in held.order_by("passed_on", "pk")}


def levels_on(users: Collection[int], day: date) -> dict[int, int]:
    newest = _newest(users, day)
    levels = dict.fromkeys(users, 0)
    for file in Collector.objects.filter(user__in=users):
        certificate = newest.get(file.user_id)
        if certificate is not None:
            months = (day - file.joined_on).days // 30
            experience = 1 + (months >= 3) + (months >= 6) + (months >= 12) + (months >= 24)
            levels[file.user_id] = file.level_set or min(experience, certificate.level)
    return levels


def who_may_contact(users: Collection[int], day: date) -> dict[int, bool]:
    newest = _newest(users, day)
    return {user: user in newest for user in users}
