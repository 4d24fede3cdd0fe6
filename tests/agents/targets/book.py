"""A month with people, cases and money, for tests of targets."""

import datetime as dt
from decimal import Decimal

from django.utils import timezone

from agents.models import Level, SetKind, Target, TargetSet, Team
from cases.models import Case, Custody, Repayment
from collection_ops.core.access import Role
from collection_ops.core.models import User
from collection_ops.core.services.accounts import create_user
from tests.cases.builders import desk_of, make_case
from tests.staff import make_team, place, qualify

MARCH = dt.date(2026, 3, 1)
TODAY = dt.date(2026, 3, 16)
NOW = timezone.make_aware(dt.datetime(2026, 3, 16, 10))


def moment(day: int, hour: int = 0, month: int = 3) -> dt.datetime:
    return timezone.make_aware(dt.datetime(2026, month, day, hour))


def new_collector(name: str, team: Team, **columns: object) -> User:
    user = create_user(
        username=f"u{User.objects.count()}.{team.code}", display_name=name, password="a-password-for-tests",
        roles=[Role.COLLECTOR], actor=None, unit=team.code,
    )  # fmt: skip
    qualify(user)
    place(user, team, **columns)
    return user


def held(user: User, total: str = "1000.00", *, days: int = 45, since: int = 1, as_of: dt.date = MARCH) -> Case:
    """A case that the person holds from the morning of a day of March on."""
    case = make_case(desk=desk_of(user), total=total, days=days, as_of=as_of, opened_on=as_of)
    Custody.objects.filter(case=case).update(started_at=moment(since))
    return case


def pay(case: Case, day: int, amount: str, **columns: object) -> Repayment:
    return Repayment.objects.create(
        source=case.loan.source, contract_no=case.loan.contract_no, loan=case.loan, paid_on=dt.date(2026, 3, day),
        amount=Decimal(amount), **{"status": "confirmed", **columns},
    )  # fmt: skip


def set_by_hand(
    people: dict[User, str],
    *,
    metric: str = "money",
    month: dt.date = MARCH,
    kind: str = SetKind.AGREED,
    version: int = 1,
) -> TargetSet:
    """A version with these people's targets of one metric, under their teams and the company."""
    kept = TargetSet.objects.create(
        month=month, version=version, kind=kind, reason="月初核定" if kind == SetKind.AGREED else "", saved_at=NOW
    )
    by_team: dict[Team, Decimal] = {}
    rows = []
    for user, amount in people.items():
        team = make_team(user.unit)
        by_team[team] = by_team.get(team, Decimal(0)) + Decimal(amount)
        rows.append(Target(set=kept, metric=metric, level=Level.PERSON, team=team, user=user, amount=Decimal(amount)))
    rows += [
        Target(set=kept, metric=metric, level=Level.TEAM, team=team, amount=part) for team, part in by_team.items()
    ]
    rows.append(Target(set=kept, metric=metric, level=Level.COMPANY, amount=sum(by_team.values())))
    Target.objects.bulk_create(rows)
    return kept
