"""Each morning: whom, of what, and once a step."""

import datetime as dt

import pytest

from collection_ops.core.models import Notification, User
from collection_ops.core.services.accounts import disable
from compliance.models import DepartmentMember, Referral
from compliance.routing import answering
from compliance.routing.reminding import OVERDUE, SOON, People, remind_referrals, step_due, whom
from tests.cases.builders import make_case
from tests.compliance.routing.cast import MONDAY, asked, days, department

pytestmark = pytest.mark.django_db
FRIDAY = dt.date(2026, 3, 6)


@pytest.mark.parametrize(
    ("state", "today", "reminded", "step"),
    [
        ("open", dt.date(2026, 3, 4), 0, 0),
        ("taken", dt.date(2026, 3, 5), 0, SOON),
        ("open", FRIDAY, 0, SOON),
        ("open", FRIDAY, SOON, 0),
        ("open", dt.date(2026, 3, 7), SOON, OVERDUE),
        ("open", dt.date(2026, 3, 9), OVERDUE, 0),
        ("returned", dt.date(2026, 3, 9), 0, SOON),
        ("answered", dt.date(2026, 3, 9), 0, SOON),
        ("withdrawn", dt.date(2026, 3, 9), 0, 0),
    ],
)
def test_which_step_is_due(state: str, today: dt.date, reminded: int, step: int) -> None:
    now = dt.datetime.combine(today, dt.time(8), tzinfo=dt.UTC)
    found = step_due(
        state=state, due_on=FRIDAY, answered_at=now - dt.timedelta(days=3), reminded=reminded, now=now, today=today,
        tomorrow=today + dt.timedelta(days=1),
    )  # fmt: skip
    assert found == step


def test_whom_a_step_is_told() -> None:
    people = People(owner=None, members=[1, 2], lead=1, askers=[7], keepers=[9])
    assert whom(state="open", step=SOON, people=people) == [1, 2]
    assert whom(state="open", step=OVERDUE, people=people) == [1, 2, 7]
    owned = People(owner=2, members=[1, 2], lead=1, askers=[7], keepers=[9])
    assert whom(state="taken", step=OVERDUE, people=owned) == [2, 1, 7]
    assert whom(state="open", step=SOON, people=People(None, [], None, [7], [9])) == [9]
    assert whom(state="answered", step=SOON, people=people) == [7]


def kinds(user: User) -> list[str]:
    rows = Notification.objects.filter(user=user).exclude(kind__in=["referral.asked", "referral.answered"])
    return list(rows.order_by("pk").values_list("kind", flat=True))


def test_the_owner_before_the_lead_and_the_asker_after_the_last_day_and_each_once(
    supervisor: User, finance: User, outsider: User
) -> None:
    asked(department(finance, outsider, lead=finance), supervisor, case=make_case(), owner=outsider)
    assert remind_referrals(now=days(1)) == 0
    assert [remind_referrals(now=days(2)) for _again in range(2)] == [1, 0]
    assert (kinds(outsider), kinds(finance)) == (["referral.due"], [])
    assert [remind_referrals(now=days(4)) for _again in range(2)] == [1, 0]
    assert kinds(outsider) == ["referral.due", "referral.overdue"]
    assert kinds(finance) == kinds(supervisor) == ["referral.overdue"]
    assert Referral.objects.get().steps.filter(kind="reminded", actor=None).count() == 2


def test_before_a_weekend_what_is_due_on_monday_is_told_on_friday(supervisor: User, finance: User) -> None:
    asked(department(finance), supervisor, case=make_case(), due_on=dt.date(2026, 3, 9))
    assert remind_referrals(now=days(4)) == 1


def test_an_owner_who_has_left_does_not_keep_it(
    supervisor: User, finance: User, outsider: User, admin_user: User
) -> None:
    to = department(finance, outsider)
    one = asked(to, supervisor, case=make_case())
    answering.take(referral=one, actor=outsider, now=days(1))
    disable(user=outsider, actor=admin_user, reason="离职", now=days(1))
    remind_referrals(now=days(2))
    one.refresh_from_db()
    assert (one.state, one.owner, kinds(finance)) == ("open", None, ["referral.due"])
    DepartmentMember.objects.filter(user=finance).delete()
    Referral.objects.update(reminded=0)
    assert remind_referrals(now=days(2)) == 1


def test_a_department_that_lost_everybody_is_told_of_to_who_keeps_the_departments(
    supervisor: User, finance: User, compliance_officer: User
) -> None:
    asked(department(finance), supervisor, case=make_case())
    DepartmentMember.objects.all().delete()
    remind_referrals(now=days(2))
    assert kinds(compliance_officer) == ["referral.due"] and kinds(finance) == []


def test_an_answer_that_nobody_looks_at_comes_back_to_the_asker(supervisor: User, finance: User) -> None:
    one = asked(department(finance), supervisor, case=make_case())
    answering.answer(referral=one, words="好", actor=finance, now=days(1))
    assert [remind_referrals(now=days(n)) for n in (2, 4, 5)] == [0, 1, 0]
    assert kinds(supervisor) == ["referral.look_answered"]


def test_many_cost_as_many_queries_as_few(
    supervisor: User, finance: User, django_assert_max_num_queries: object
) -> None:
    to = department(finance)
    for _number in range(12):
        asked(to, supervisor, case=make_case(), now=MONDAY)
    with django_assert_max_num_queries(14):  # type: ignore[operator]
        assert remind_referrals(now=days(2)) == 12
