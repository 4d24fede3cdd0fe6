"""A department of two, and moments of a week in March 2026 without a holiday."""

import datetime as dt

from collection_ops.core.models import User
from collection_ops.core.services.accounts import create_user
from compliance.complaints.register import Accused, Said, Whose, receive
from compliance.models import Complaint, Department, DepartmentMember, Referral
from compliance.routing.referring import ask

MONDAY = dt.datetime(2026, 3, 2, 10, 0, tzinfo=dt.timezone(dt.timedelta(hours=8)))


def days(count: int, hour: int = 10) -> dt.datetime:
    return MONDAY.replace(hour=hour) + dt.timedelta(days=count)


def person(username: str, *roles: str) -> User:
    return create_user(username=username, display_name=username, password="x" * 20, roles=list(roles), actor=None)


def department(*members: User, lead: User | None = None, code: str = "finance", name: str = "财务") -> Department:
    found, _made = Department.objects.get_or_create(code=code, defaults={"name": name})
    for member in members:
        DepartmentMember.objects.create(department=found, user=member, is_lead=member == lead)
    return found


def complaint_about(case: object, *accused: Accused, now: dt.datetime = MONDAY) -> Complaint:
    return receive(
        said=Said(source="hotline", type="fee", narrative="乱收费，催收员态度恶劣", received_at=now),
        whose=Whose(debtor=case.loan.debtor, case=case, loans=[case.loan]),  # type: ignore[attr-defined]
        accused=accused,
        actor=None,
        now=now,
    )


def asked(to: Department, by: User, **about: object) -> Referral:
    given: dict[str, object] = {"question": "请核对 2 月的违约金", "now": MONDAY, **about}
    return ask(department=to, actor=by, **given)  # type: ignore[arg-type]
