"""A March worked by hand: money, complaints, breaches and late notes put there as other parts of the house would."""

import datetime as dt
from decimal import Decimal

from django.utils import timezone

from agents.models import RewardRules
from agents.reviews.reward_rules import save_rules
from cases.models import Case, Custody, Repayment
from collection_ops.core.access import Role
from collection_ops.core.models import User
from collection_ops.core.services.accounts import create_user
from compliance.models import Breach, Complaint, ContactAttempt
from tests.cases.builders import desk_of, make_case
from tests.compliance.complaints.builders import a_complaint
from tests.staff import place, qualify

MARCH = dt.date(2026, 3, 1)
APRIL = timezone.make_aware(dt.datetime(2026, 4, 2, 10))

RULES = [
    {
        "code": "money", "name": "回款提成", "kind": "reward", "metric": "money", "threshold": "5000",
        "formula": "tiers", "tiers": "5000:1, 20000:2", "no_upheld": "on", "most_breaches": "0", "cert_days": "0",
    },
    {
        "code": "breach", "name": "违规联系", "kind": "penalty", "metric": "breaches", "threshold": "1",
        "formula": "fixed", "amount": "100",
    },
    {
        "code": "late-notes", "name": "迟记催记", "kind": "penalty", "metric": "late_notes", "threshold": "3",
        "formula": "points", "points": "2", "point_value": "5",
    },
]  # fmt: skip


def at(day: int, hour: int = 10, minute: int = 0) -> dt.datetime:
    return timezone.make_aware(dt.datetime(2026, 3, day, hour, minute))


def hired(username: str, name: str) -> User:
    user = create_user(
        username=username, display_name=name, password="a-password-for-tests", roles=[Role.COLLECTOR], actor=None,
        unit="team-a",
    )  # fmt: skip
    place(qualify(user))
    return user


def case_of(user: User, *, total: str = "50000.00", days: int = 40) -> Case:
    """In these hands from 1 March on."""
    case = make_case(desk=desk_of(user), days=days, total=total, as_of=MARCH, opened_on=MARCH)
    Custody.objects.filter(case=case).update(started_at=at(1, 0))
    return case


def pay(case: Case, day: int, amount: str) -> Repayment:
    return Repayment.objects.create(
        source=case.loan.source, contract_no=case.loan.contract_no, loan=case.loan, paid_on=dt.date(2026, 3, day),
        amount=Decimal(amount), status="confirmed",
    )  # fmt: skip


def call(
    case: Case, user: User, when: dt.datetime, *, late: int = 0, result: str = "no_answer", **columns: object
) -> ContactAttempt:
    return ContactAttempt.objects.create(
        debtor=case.loan.debtor, case=case, channel="call", actor=user, state="closed", result=result, opened_at=when,
        started_at=when, closed_at=when, late_minutes=late, **columns,
    )  # fmt: skip


def breach(attempt: ContactAttempt, rule: str = "CN-F-01") -> Breach:
    return Breach.objects.create(attempt=attempt, pack="CN-DEFAULT", rule=rule)


def complain(case: Case, about: User, when: dt.datetime, *, upheld: bool = True) -> Complaint:
    """Decided and closed on the same day."""
    return a_complaint(debtor=case.loan.debtor, about=about, upheld=upheld, received_at=when)


def rules(manager: User) -> RewardRules:
    return save_rules(typed=RULES, reason="三月起", based_on=0, actor=manager, now=at(1))
