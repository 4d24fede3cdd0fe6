"""What a payment pays: costs, interest, penalty, principal, and what is beyond the debt."""

import datetime as dt
import random
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cases.allocation import ORDERS, Money, Owed, Parts, allocate, allocated, parts_of_contract, parts_received, split
from cases.models import Case, ImportRun, Position, Repayment
from tests.cases.builders import add_position, make_case, make_run

AFTER_INTEREST = "after_interest"
DAY = dt.date(2026, 3, 1)
OWED = Owed(DAY, Decimal(1400), principal=Decimal(1000), interest=Decimal(300), fees=Decimal(100))


def yuan(text: Any) -> Decimal:
    return Decimal(str(text))


def parts(fees: Any = 0, interest: Any = 0, penalty: Any = 0, principal: Any = 0, beyond: Any = 0) -> Parts:
    return Parts(yuan(fees), yuan(interest), yuan(penalty), yuan(principal), yuan(beyond))


# The rule (reference/regulations CN-Y-01) ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("amount", "expected"),
    [
        ("250", parts(100, 150)),
        ("100", parts(100)),
        ("400.01", parts(100, 300, principal="0.01")),
        ("1400", parts(100, 300, principal=1000)),
        ("1500", parts(100, 300, principal=1000, beyond=100)),
    ],
)
def test_costs_then_interest_then_principal(amount, expected):
    assert split(owed=OWED, taken=Decimal(0), amount=yuan(amount), penalty_place=AFTER_INTEREST) == expected


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        ("before_interest", parts(10, 0, 20, 0)),
        ("after_interest", parts(10, 20, 0, 0)),
        ("after_principal", parts(10, 20, 0, 0)),
    ],
)
def test_the_contract_says_where_the_penalty_stands(place, expected):
    owed = Owed(DAY, yuan(100), principal=yuan(30), interest=yuan(30), penalty=yuan(30), fees=yuan(10))
    assert split(owed=owed, taken=yuan(0), amount=yuan(30), penalty_place=place) == expected
    last = split(owed=owed, taken=yuan(70), amount=yuan(30), penalty_place=place)
    assert last == (parts(penalty=30) if place == "after_principal" else parts(principal=30))


def test_a_debt_that_the_file_does_not_split_is_principal_and_an_overpaid_part_takes_nothing():
    whole = Owed(DAY, yuan(500))
    assert split(owed=whole, taken=yuan(0), amount=yuan(600), penalty_place=AFTER_INTEREST) == parts(
        principal=500, beyond=100
    )
    overpaid = Owed(DAY, yuan(-90), principal=yuan(-100), fees=yuan(10))
    assert split(owed=overpaid, taken=yuan(0), amount=yuan(5), penalty_place=AFTER_INTEREST) == parts(beyond=5)


def test_money_of_which_no_file_spoke_is_beyond():
    assert split(owed=None, taken=yuan(0), amount=yuan(5), penalty_place=AFTER_INTEREST) == parts(beyond=5)


# The sets -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def case(db: None) -> Case:
    """Fees 10, interest 20, penalty 5, principal 65 on 1 March."""
    case = make_case(total="100", as_of=DAY)
    Position.objects.filter(case=case).update(principal=65, interest=20, penalty=5, fees=10)
    return case


def pay(case: Case, day: int, amount: Any, *, of: Repayment | None = None, **more: Any) -> Repayment:
    return Repayment.objects.create(
        source=case.loan.source, contract_no=case.loan.contract_no, loan=case.loan, paid_on=dt.date(2026, 3, day),
        amount=yuan(amount), **{"status": "confirmed", "reversal_of": of, **more},
    )  # fmt: skip


def found(case: Case, **asked: Any) -> list[Parts]:
    """By id."""
    rows = allocated(first=dt.date.min, last=dt.date.max, loans=[case.loan_id], **asked)
    return [one.parts for one in sorted(rows, key=lambda one: one.repayment_id)]


def test_money_since_a_file_goes_on_where_the_earlier_stopped_and_a_new_file_begins_anew(case):
    pay(case, 2, 25)
    pay(case, 3, 15)
    pay(case, 5, 30)  # counted in the file of its own day, met by the one before
    add_position(case, dt.date(2026, 3, 5), days=9, total="40")
    pay(case, 6, 50)
    assert found(case) == [
        parts(10, 15),
        parts(0, 5, 5, 5),
        parts(principal=30),
        parts(principal=40, beyond=10),
    ]


def test_claimed_money_is_not_split_and_money_before_the_first_file_is_beyond(case):
    pay(case, 2, 10, status="claimed")
    pay(case, 1, 7)
    assert found(case) == [parts(beyond=7)]


def test_two_payments_of_one_day_go_by_serial_number_whichever_arrived_first(case):
    later = pay(case, 2, 20, reference="B")
    sooner = pay(case, 2, 10, reference="A")
    both = parts_of_contract(case.loan_id)
    assert (both[sooner.pk].parts, both[later.pk].parts) == (parts(10), parts(0, 20))
    assert both[later.pk].ground == DAY


def test_a_reversal_takes_back_what_the_payment_got_and_frees_it_for_others(case):
    first = pay(case, 2, 30)
    pay(case, 3, 40)
    assert found(case) == [parts(10, 20), parts(0, 0, 5, 35)]
    before = timezone.now()
    pay(case, 9, 30, of=first)
    assert found(case) == [parts(10, 20), parts(10, 20, 5, 5), parts(-10, -20)]
    assert found(case, known_by=before) == [parts(10, 20), parts(0, 0, 5, 35)]


def test_the_file_that_corrected_another_is_the_ground(case):
    corrected = make_run(case.loan.source, DAY)
    ImportRun.objects.filter(pk=corrected.pk).update(applied_at=timezone.now() - dt.timedelta(hours=1))
    pay(case, 2, 25)
    before = timezone.now()
    again = ImportRun.objects.create(
        source=case.loan.source, as_of=DAY, state="applied", file_name="更正.xlsx", stored_name="-", sha256="c" * 64,
        applied_at=timezone.now(),
    )  # fmt: skip
    add_position(case, DAY, days=9, total="20", run=again)
    assert found(case) == [parts(principal=20, beyond=5)]
    assert found(case, known_by=before) == [parts(10, 15)]


def test_the_parts_of_a_period_add_up_to_its_money(case):
    pay(case, 2, 25)
    pay(case, 20, 500)
    whole = parts_received(first=dt.date(2026, 3, 1), last=dt.date(2026, 3, 31))
    assert whole == parts(10, 20, 5, 65, 425)
    assert parts_received(first=dt.date(2026, 3, 3), last=dt.date(2026, 3, 31)) == parts(0, 5, 5, 65, 425)
    assert parts_received(first=dt.date(2026, 4, 1), last=dt.date(2026, 4, 1)) == parts()


# Any facts ----------------------------------------------------------------------------------------------------------

cents = st.integers(-2_000, 20_000).map(lambda n: Decimal(n) / 100)
paid_cents = st.integers(1, 30_000).map(lambda n: Decimal(n) / 100)
some_files = st.dictionaries(st.integers(1, 20), st.tuples(cents, cents, cents, cents, cents), max_size=3)
some_money = st.lists(st.tuples(st.integers(1, 22), paid_cents, st.sampled_from(["", "x"]), st.booleans()), max_size=7)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(files=some_files, money=some_money, place=st.sampled_from(list(ORDERS)), seed=st.integers(0, 99))
@pytest.mark.django_db
def test_the_sets_and_the_plain_rule_agree_in_every_order_of_arrival(files, money, place, seed):
    """Every payment adds up, no part is paid twice, and the order in which the same facts arrived changes nothing."""
    arrived = list(enumerate(money))
    answers = []
    for shuffled in (False, True):
        if shuffled:
            random.Random(seed).shuffle(arrived)
        with transaction.atomic():
            answers.append(_answer(files, arrived, place))
            transaction.set_rollback(True)
    assert answers[0] == answers[1]


def _answer(files: dict[int, Any], arrived: list[Any], place: str) -> list[Any]:
    """What each payment paid, by its facts; compared with the plain rule on the way."""
    case = make_case(as_of=dt.date(2026, 2, 1), total="0")
    case.loan.source.__class__.objects.filter(pk=case.loan.source_id).update(penalty_place=place)
    Position.objects.filter(case=case).delete()
    spoke = []
    for day, (principal, interest, penalty, fees, off) in files.items():
        owed = Owed(
            dt.date(2026, 3, day), principal + interest + penalty + fees + off, principal, interest, penalty, fees
        )
        add_position(case, owed.as_of, days=9, total=owed.total)
        Position.objects.filter(case=case, as_of=owed.as_of).update(
            principal=principal, interest=interest, penalty=penalty, fees=fees
        )
        spoke.append(owed)
    facts, number = [], {}
    for nth, (day, amount, channel, is_reversed) in arrived:
        row = pay(case, day, amount, channel=channel, reference=f"R{nth}")
        facts.append(Money(row.pk, row.paid_on, amount, row.reference, channel))
        number[row.pk] = row.reference
        if is_reversed:
            back = pay(case, 25, amount, of=row)
            facts.append(Money(back.pk, back.paid_on, amount, reversal_of=row.pk))
            number[back.pk] = f"-{row.reference}"
    plain = allocate(money=facts, files=spoke, penalty_place=place)
    sets = parts_of_contract(case.loan_id)
    assert {pk: one.parts for pk, one in sets.items()} == plain
    for one in sets.values():
        p = one.parts
        assert p.fees + p.interest + p.penalty + p.principal + p.beyond == one.amount
    for owed in spoke:
        of_ground = [one.parts for one in sets.values() if one.ground == owed.as_of]
        for name, width in owed.widths().items():
            assert 0 <= sum(getattr(one, name) for one in of_ground) <= width
    return sorted((number[pk], one) for pk, one in ((pk, str(one.parts)) for pk, one in sets.items()))
