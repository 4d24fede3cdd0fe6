"""One debtor with two contracts, a number of their own and an aunt's."""

import datetime as dt
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import pytest

from cases.models import Case, ContactPoint, Loan
from collection_ops.core.crypto import blind_index
from collection_ops.core.masking import mask_phone
from collection_ops.core.models import User
from compliance.reference import seed_codes
from tests.cases.builders import desk_of, make_case

CHINA = ZoneInfo("Asia/Shanghai")


def monday(clock: str, *, day: int = 2) -> dt.datetime:
    """A moment of Monday, 2 March 2026, or another `day` of that month."""
    return dt.datetime.combine(dt.date(2026, 3, day), dt.time.fromisoformat(clock), tzinfo=CHINA)


@dataclass(frozen=True)
class Person:
    card: Case
    loan: Case
    mobile: ContactPoint
    aunt: ContactPoint


def add_phone(case: Case, number: str, **columns: str) -> ContactPoint:
    return ContactPoint.objects.create(
        debtor=case.loan.debtor,
        kind="phone",
        value=number,
        value_index=blind_index("phone", number),
        masked=mask_phone(number),
        origin="import",
        **columns,
    )


@pytest.fixture
def person(collector: User) -> Person:
    seed_codes()
    card, loan = (make_case(desk=desk_of(collector)) for _n in range(2))
    Loan.objects.filter(pk=loan.loan_id).update(debtor=card.loan.debtor)
    loan = Case.objects.select_related("loan").get(pk=loan.pk)
    return Person(
        card,
        loan,
        add_phone(card, "13900001111"),
        add_phone(card, "13900002222", relation="姑姑", holder_name="李四"),
    )
