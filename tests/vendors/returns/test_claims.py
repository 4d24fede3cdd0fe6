"""What agencies say was paid, beside what came: a claim is no money, a payment answers one claim, and what an agency keeps
is seen."""

import datetime as dt
from decimal import Decimal

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cases.credit import money_by_desk
from cases.models import Repayment
from collection_ops.core.dated_settings import set_value
from tests.vendors.returns.house import House, applied, noon, sent
from tests.vendors.settlement.house import pay
from vendors.models import PaymentClaim
from vendors.returns.claims import match_claims
from vendors.returns.limits import MATCH_DAYS, REMIT_DAYS
from vendors.returns.selectors import NotRemitted, claims_of, month_of, not_remitted, unclaimed

pytestmark = pytest.mark.django_db
FIRST, LAST = dt.date(2026, 3, 1), dt.date(2026, 3, 31)


def march(day: int) -> dt.date:
    return dt.date(2026, 3, day)


def claimed(house: House, actor, *lines: tuple[str, str, str, str]) -> None:
    """(reference, day, amount, place) of HT-1."""
    rows = [("HT-1", reference, day, amount, place) for reference, day, amount, place in lines]
    applied(sent(house.jia, "payments", *rows, actor=actor, now=noon(march(20))), actor=actor, now=noon(march(20)))


def matched() -> dict[str, int | None]:
    return dict(PaymentClaim.objects.values_list("reference", "repayment_id"))


def test_a_claim_is_no_money_and_matches_the_payment_when_it_comes(house: House, vendor_manager):
    claimed(house, vendor_manager, ("P-1", "2026-03-05", "200.00", "本公司"), ("P-2", "2026-03-06", "300.00", "本公司"))
    assert matched() == {"P-1": None, "P-2": None}
    assert not money_by_desk(first=FIRST, last=LAST), "claims are in nobody's figures"
    came = pay(house.kept, march(6), "200.00")
    pay(house.kept, march(6), "301.00")
    assert match_claims(now=noon(march(21))) == 1
    assert matched() == {"P-1": came.pk, "P-2": None}
    assert match_claims(now=noon(march(21))) == 0, "again changes nothing"


def test_the_day_may_differ_by_what_is_set_and_not_by_more(house: House, vendor_manager):
    claimed(house, vendor_manager, ("P-1", "2026-03-05", "200.00", "出借人账户"))
    came = pay(house.kept, march(9), "200.00")
    assert match_claims(now=noon(march(20))) == 0
    set_value(MATCH_DAYS, 4, effective_from=march(21), reason="清算慢", actor=vendor_manager, now=noon(march(20)))
    assert match_claims(now=noon(march(20))) == 0
    assert match_claims(now=noon(march(21))) == 1
    assert matched() == {"P-1": came.pk}


def test_one_payment_answers_one_claim_the_nearest(house: House, vendor_manager):
    days = ["2026-03-05", "2026-03-06", "2026-03-07"]
    claimed(house, vendor_manager, *[(f"P-{n}", day, "200.00", "本公司") for n, day in enumerate(days)])
    first, second = pay(house.kept, march(7), "200.00"), pay(house.kept, march(4), "200.00")
    assert match_claims(now=noon(march(20))) == 2
    assert matched() == {"P-0": second.pk, "P-1": None, "P-2": first.pk}
    for claim, other in ((PaymentClaim.objects.get(reference="P-1"), first),):
        with pytest.raises(IntegrityError), transaction.atomic():
            PaymentClaim.objects.filter(pk=claim.pk).update(repayment=other)


def test_the_database_refuses_a_payment_of_another_contract_or_amount(house: House, vendor_manager):
    claimed(house, vendor_manager, ("P-1", "2026-03-05", "200.00", "本公司"))
    wrong = [pay(house.other, march(5), "200.00"), pay(house.kept, march(5), "200.01")]
    right = pay(house.kept, march(5), "200.00")
    for one in wrong:
        with pytest.raises(DatabaseError), transaction.atomic():
            PaymentClaim.objects.update(repayment=one)
    assert PaymentClaim.objects.update(repayment=right) == 1


def test_a_payment_taken_back_lets_the_claim_go_to_the_next(house: House, vendor_manager):
    claimed(house, vendor_manager, ("P-1", "2026-03-05", "200.00", "本公司"))
    came = pay(house.kept, march(5), "200.00")
    match_claims(now=noon(march(20)))
    assert matched() == {"P-1": came.pk}
    pay(house.kept, march(8), "200.00", takes_back=came)
    match_claims(now=noon(march(20)))
    assert matched() == {"P-1": None}
    next_one = pay(house.kept, march(7), "200.00")
    match_claims(now=noon(march(20)))
    assert matched() == {"P-1": next_one.pk}
    # An import of payments that is taken back removes its rows: the claim stands alone again.
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM cases_repayment WHERE id = %s", [next_one.pk])
    assert matched() == {"P-1": None}


def test_money_kept_by_the_agency_is_late_after_its_days_until_it_comes(house: House, vendor_manager):
    claimed(
        house, vendor_manager,
        ("P-1", "2026-03-05", "200.00", "机构"), ("P-2", "2026-03-10", "300.00", "机构"),
        ("P-3", "2026-03-05", "400.00", "本公司"),
    )  # fmt: skip
    # Three days are allowed; what another place took is never the agency's to pass on.
    assert not_remitted(house.jia, march(20)) == NotRemitted(2, Decimal("500.00"), march(5))
    assert not_remitted(house.yi, march(20)) == NotRemitted()
    assert not_remitted(house.jia, march(19)) == NotRemitted(), "nobody had told of it then"
    pay(house.kept, march(25), "200.00")
    match_claims(now=noon(march(26)))
    assert not_remitted(house.jia, march(26)) == NotRemitted(1, Decimal("300.00"), march(10))
    assert not_remitted(house.jia, march(24)).count == 2, "as it was known then"
    set_value(REMIT_DAYS, 20, effective_from=march(26), reason="新约定", actor=vendor_manager, now=noon(march(25)))
    assert not_remitted(house.jia, march(26)) == NotRemitted()


def test_a_month_of_the_agency_adds_up(house: House, vendor_manager):
    claimed(
        house, vendor_manager,
        ("P-1", "2026-03-05", "200.00", "本公司"), ("P-2", "2026-03-06", "300.00", "机构"),
        ("P-3", "2026-03-07", "400.00", "出借人账户"), ("P-4", "2026-03-08", "50.00", "出借人账户"),
    )  # fmt: skip
    pay(house.kept, march(5), "200.00")
    pay(house.kept, march(7), "400.00")
    unasked = pay(house.kept, march(9), "77.00")
    pay(house.other, march(9), "88.00")  # 乙's
    gone = pay(house.kept, march(10), "99.00")
    pay(house.kept, march(11), "99.00", takes_back=gone)
    match_claims(now=noon(march(20)))
    jia, yi = month_of([house.jia, house.yi], FIRST, LAST, today=march(20))
    assert {place: (c.count, c.amount, c.matched, c.not_found_amount) for place, c in jia.places.items()} == {
        "us": (1, Decimal("200.00"), 1, Decimal("0.00")),
        "agency": (1, Decimal("300.00"), 0, Decimal("300.00")),
        "lender": (2, Decimal("450.00"), 1, Decimal("50.00")),
    }
    assert (jia.claimed.count, jia.claimed.not_found, jia.claimed.not_found_amount) == (4, 2, Decimal("350.00"))
    assert (jia.unclaimed, jia.unclaimed_amount) == (1, Decimal("77.00"))
    assert [one.repayment_id for one in unclaimed(house.jia, FIRST, LAST)] == [unasked.pk]
    assert (yi.claimed.count, yi.unclaimed_amount, yi.late) == (0, Decimal("88.00"), NotRemitted())
    shown = {
        show: claims_of(house.jia, FIRST, LAST, show=show, place="", today=march(20)).count()
        for show in ("all", "matched", "not_found", "late")
    }
    assert shown == {"all": 4, "matched": 2, "not_found": 2, "late": 1}


@settings(
    max_examples=25, deadline=None, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)  # every example is rolled back
@given(claims=st.lists(st.integers(0, 8), max_size=6), payments=st.lists(st.integers(0, 8), max_size=6))
def test_as_many_are_matched_as_can_be_without_a_near_one_left(house, vendor_manager, claims, payments):
    """Afterwards no claim and payment that fit stand alone side by side, and nothing is matched twice."""
    with transaction.atomic():
        PaymentClaim.objects.bulk_create(
            PaymentClaim(
                agency=house.jia, loan=house.kept.loan, case=house.kept, paid_on=march(1 + day), amount="10.00",
                place="us", reference=f"R{n}", claimed_at=noon(),
            )
            for n, day in enumerate(claims)
        )  # fmt: skip
        for day in payments:
            pay(house.kept, march(1 + day), "10.00")
        match_claims(now=noon(march(20)))
        alone = list(PaymentClaim.objects.filter(repayment__isnull=True).values_list("paid_on", flat=True))
        taken = set(PaymentClaim.objects.filter(repayment__isnull=False).values_list("repayment_id", flat=True))
        free = list(Repayment.objects.exclude(pk__in=taken).values_list("paid_on", flat=True))
        assert not [(a, b) for a in alone for b in free if abs((a - b).days) <= 3]
        assert len(claims) - len(alone) == len(taken)
        transaction.set_rollback(True)
