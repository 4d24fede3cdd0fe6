"""March of three collectors and two agencies, as an accountant would check the complaint rate.

Twenty customers were reached. Thirteen complaints came: one of them twice, one about February, one only in April, one
withdrawn, one opened again, one about a fee, one about two people of whom one was to blame.
"""

import datetime as dt
import json
from decimal import Decimal
from io import StringIO
from zoneinfo import ZoneInfo

import pytest
from django.core.management import call_command

from cases.models import Case
from collection_ops.core.access import Role
from collection_ops.core.dated_settings import set_value
from collection_ops.core.models import User
from collection_ops.core.services.accounts import create_user
from compliance.complaints.handling import reopen
from compliance.complaints.rates import LEAST_CONTACTED, Counts, Line, by_month, rates
from compliance.complaints.register import join
from compliance.models import About, Complaint, ComplaintSubject, ContactAttempt
from tests.cases.builders import make_case
from tests.compliance.complaints.builders import a_complaint, officer, settle

pytestmark = pytest.mark.django_db
FIRST, LAST = dt.date(2026, 3, 1), dt.date(2026, 3, 31)


def at(day: int, hour: int = 10, *, month: int = 3) -> dt.datetime:
    return dt.datetime(2026, month, day, hour, tzinfo=ZoneInfo("Asia/Shanghai"))


def hired(name: str, unit: str) -> User:
    return create_user(username=name, display_name=name, password="x", roles=[Role.COLLECTOR], actor=None, unit=unit)


@pytest.fixture
def people() -> tuple[User, User, User]:
    return hired("lin", "team-a"), hired("ma", "team-a"), hired("chen", "team-b")


def call(case: Case, who: User | str, day: int, result: str = "right_party", **columns: object) -> ContactAttempt:
    user = who if isinstance(who, User) else None
    when = columns.pop("when", at(day))
    return ContactAttempt(
        **{
            "debtor_id": case.loan.debtor_id, "case": case, "channel": "call", "actor": user, "state": "closed",
            "org": "own" if user else who, "result": result, "opened_at": when, "started_at": when, "closed_at": when,
            **columns,
        }
    )  # fmt: skip


@pytest.fixture
def march(people: tuple[User, User, User]) -> list[Complaint]:
    lin, ma, chen = people
    set_value(LEAST_CONTACTED, 4, effective_from=dt.date(2026, 1, 1), reason="小样本", actor=officer(), now=at(1))
    book = [make_case(name=f"客户{number}") for number in range(20)]
    ContactAttempt.objects.bulk_create(
        [
            *(call(case, lin, 3) for case in book[:10]),
            call(book[0], lin, 4, "third_party"),  # the same customer again
            *(call(case, ma, 5, "connected") for case in book[5:13]),
            *(call(case, chen, 6, "met", channel="visit") for case in book[:2]),
            *(call(case, "agency-a", 7) for case in book),
            *(call(case, "agency-b", 8) for case in book[:5]),
            # Nobody was reached, or not by us, or not in March.
            *(call(case, chen, 9, result) for case, result in zip(book[2:], ("no_answer", "voicemail"), strict=False)),
            call(book[4], chen, 9, "delivered", channel="sms"),
            call(book[5], chen, 9, direction="in"),
            call(book[6], chen, 9, misdirected=True),
            call(book[7], chen, 9, when=at(1, 0, month=4)),
            call(book[0], lin, 20, when=at(20, month=2)),
        ]
    )
    debtors = [case.loan.debtor for case in book]

    first = a_complaint(debtor=debtors[0], about=lin, received_at=at(5), event_on=dt.date(2026, 3, 3))
    second = a_complaint(debtor=debtors[1], about=lin, type="harassment", received_at=at(10))
    twin = a_complaint(debtor=debtors[0], about=lin, source="12378", source_ref="K-77", received_at=at(7))
    february = a_complaint(
        debtor=debtors[2], about=ma, type="hours", received_at=at(2), event_on=dt.date(2026, 2, 28), upheld=False,
        decided_at=at(10),
    )  # fmt: skip
    withdrawn = a_complaint(
        debtor=debtors[3], about=ma, type="third_party", received_at=at(15), outcome="withdrawn", decided_at=at(16)
    )
    both = a_complaint(debtor=debtors[4], about=[ma, lin], type="disclosure", received_at=at(18))
    late = a_complaint(debtor=debtors[5], about="agency-a", received_at=at(9), upheld=True, decided_at=at(26))
    again = a_complaint(
        debtor=debtors[6], about="agency-a", type="harassment", received_at=at(11), upheld=True, decided_at=at(18)
    )
    overdue = a_complaint(debtor=debtors[7], about="agency-b", type="service", received_at=at(6))
    fee = a_complaint(debtor=debtors[8], type="fee", received_at=at(20))
    ComplaintSubject.objects.create(complaint=fee, about=About.FEE)
    service = a_complaint(debtor=debtors[9], about=chen, type="service", received_at=at(25))
    april = a_complaint(
        debtor=None, about=[chen, "agency-b"], received_at=at(30), upheld=True, decided_at=at(2, month=4)
    )
    told_late = a_complaint(
        debtor=debtors[10], about="agency-a", type="harassment", received_at=at(3, month=4), event_on=LAST
    )

    join(complaint=twin, to=first, actor=officer(), now=at(11))
    settle(first, "upheld", at=at(12))
    settle(second, "not_upheld", at=at(20))
    settle(both, "partly", at=at(20), responsible=[ma])
    reopen(complaint=again, reason="投诉人不接受", actor=officer(), now=at(20))
    return [
        first, second, twin, february, withdrawn, both, late, again, overdue, fee, service, april, told_late
    ]  # fmt: skip


def by_key(lines: list[Line]) -> dict[str, tuple[int, int, str | None]]:
    """Complaints, contacted customers, rate."""
    return {
        line.key: (line.counts.complaints, line.counts.contacted, None if line.rate is None else str(line.rate))
        for line in lines
    }


def test_a_month_of_complaints_is_counted_as_an_accountant_would(
    march: list[Complaint], people: tuple[User, User, User]
) -> None:
    lin, ma, chen = people
    (house,) = rates(FIRST, LAST)
    # Thirteen came; without the twin and the one about February.
    assert house.counts == Counts(
        complaints=11, withdrawn=1, open=5, decided=5, upheld=3, due=7, in_time=5, contacted=20
    )
    assert (house.rate, house.upheld_rate, house.in_time_rate) == (
        Decimal("5500.00"), Decimal("60.00"), Decimal("71.43"),
    )  # fmt: skip

    persons = rates(FIRST, LAST, by="user")
    assert by_key(persons) == {
        str(lin.pk): (3, 10, "3000.00"),
        str(ma.pk): (2, 8, "2500.00"),
        str(chen.pk): (2, 2, None),  # two customers are not enough to say
    }
    found = {line.key: line for line in persons}
    assert [(found[str(one.pk)].counts.upheld, found[str(one.pk)].counts.decided) for one in (lin, ma)] == [
        (1, 3),  # of the one about both she was not to blame
        (1, 2),
    ]
    assert [line.key for line in persons] == [str(lin.pk), str(ma.pk), str(chen.pk)], "the highest rate first"

    assert by_key(rates(FIRST, LAST, by="org")) == {
        "own": (6, 13, "4615.38"), "agency-b": (2, 5, "4000.00"), "agency-a": (3, 20, "1500.00"),
    }  # fmt: skip
    assert by_key(rates(FIRST, LAST, by="unit")) == {"team-a": (4, 13, "3076.92"), "team-b": (2, 2, None)}

    categories = rates(FIRST, LAST, by="category")
    assert by_key(categories) == {
        "collection": (7, 20, "3500.00"), "service": (2, 20, "1000.00"),
        "information": (1, 20, "500.00"), "pricing": (1, 20, "500.00"),
    }  # fmt: skip
    for parts in (categories, rates(FIRST, LAST, by="type"), rates(FIRST, LAST, by="source")):
        for name in ("complaints", "withdrawn", "open", "decided", "upheld", "due", "in_time"):
            assert sum(getattr(line.counts, name) for line in parts) == getattr(house.counts, name), name


def test_the_same_month_asked_in_other_ways(march: list[Complaint], people: tuple[User, User, User]) -> None:
    """One test for all, since the month takes a second to live through."""
    lin, ma, _chen = people
    # What was known at a moment stays what it was.
    (known,) = rates(FIRST, LAST, known_by=at(1, 0, month=4))
    assert (known.counts.complaints, known.counts.due, known.counts.in_time) == (10, 7, 5)
    # In the night before the 11th the twin was a complaint of its own, and only February's was decided, in time.
    (early,) = rates(FIRST, LAST, known_by=at(11, 0), today=dt.date(2026, 3, 11))
    assert (early.counts.complaints, early.counts.decided, early.counts.upheld) == (5, 1, 0)
    assert (early.counts.due, early.counts.in_time) == (1, 1)

    # Some people, or agencies only.
    assert by_key(rates(FIRST, LAST, by="user", users=[ma.pk])) == {str(ma.pk): (2, 8, "2500.00")}
    assert by_key(rates(FIRST, LAST, users=[lin.pk, ma.pk])) == {"": (4, 13, "3076.92")}
    assert by_key(rates(FIRST, LAST, by="org", agencies=True)).keys() == {"agency-a", "agency-b"}
    assert by_key(rates(FIRST, LAST, agencies=True)) == {"": (5, 20, "2500.00")}

    # Months side by side, each with customers of its own.
    months = by_month(FIRST, months=3)
    assert [(f"{month:%m}", line.counts.complaints, line.counts.contacted, line.rate) for month, line in months] == [
        ("01", 0, 0, None),
        ("02", 1, 1, None),
        ("03", 11, 20, Decimal("5500.00")),
    ]

    # The command.
    said = StringIO()
    call_command("complaint_rates", "--first=2026-03-01", "--last=2026-03-31", "--by=org", "--json", stdout=said)
    lines = {line["key"]: line for line in json.loads(said.getvalue())["lines"]}
    assert (lines["agency-b"]["rate"], lines["agency-b"]["complaints"]) == ("4000.00", 2)
