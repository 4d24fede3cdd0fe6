"""Two sides of a month are paired so that every line lands once and no cent is lost."""

import datetime as dt
from collections import Counter
from decimal import Decimal

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vendors.bills.pairing import Kind, Match, Ours, Theirs, pair
from vendors.bills.reasons import InHands, Known, Payment, explained

DAY = dt.date(2026, 3, 3)
RATES = {(7, 1, 1): Decimal("0.10"), (7, 1, 2): Decimal("0.15"), (7, 2, 1): Decimal("0.25"), (8, 1, 1): Decimal("0.30")}
D = Decimal


def theirs(
    number: int, fee: str, *, loan: int | None = 1, day: dt.date | None = DAY, amount: str = "1000.00", rate=None
):
    return Theirs(100 + number, number, f"HT-{loan}", loan, D(fee), day, D(amount) if amount else None, rate)


def ours(pk: int, fee: str, *, loan: int = 1, day: dt.date = DAY, amount: str = "1000.00", lines: int = 1) -> Ours:
    ids = tuple(range(pk, pk + lines))
    return Ours(ids, "commission", D(fee), loan, day, D(amount), ((7, 1, 1),) * lines, of_payment=True)


def said(matches: list[Match]) -> list[tuple[str, str]]:
    return [(one.kind.value, one.reason) for one in matches]


def test_the_same_day_comes_before_the_same_amount_and_the_rest_of_a_contract_is_summed():
    later = DAY + dt.timedelta(days=9)
    found = pair(
        [theirs(2, "100.00", day=later), theirs(3, "90.00"), theirs(4, "11.00", loan=2, day=None, amount="")],
        [ours(1, "90.00"), ours(2, "100.00", day=later), ours(3, "5.00", loan=2, amount="50.00"),
         ours(4, "6.00", loan=2, amount="60.00")],
        RATES,
    )  # fmt: skip
    assert said(found) == [("agrees", "agrees")] * 3
    assert [one.ours[0].line_ids for one in found] == [(2,), (1,), (3,)]
    assert len(found[2].ours) == 2, "what is left of contract 2, on both sides together"


def test_a_difference_is_named_by_amount_rate_row_version_or_rounding():
    found = pair(
        [
            theirs(2, "150.00", loan=1),
            theirs(3, "250.00", loan=2),
            theirs(4, "300.00", loan=3),
            theirs(5, "170.00", loan=4),
            theirs(6, "100.01", loan=5),
            theirs(7, "120.00", loan=6, amount="1200.00"),
            theirs(8, "99.00", loan=7, rate=D("0.15")),
        ],
        [ours(loan, "100.00", loan=loan) for loan in range(1, 8)],
        RATES,
    )
    assert said(found) == [
        ("rate", "other_band"), ("rate", "other_row"), ("rate", "other_version"), ("rate", "rate"),
        ("rounding", "rounding"), ("amount", "amount"), ("rate", "other_band"),
    ]  # fmt: skip
    assert found[0].params["their_band"] == 2 and found[0].params["ours"] == "0.10"
    assert found[3].params["theirs"] == "0.1700"
    assert found[5].params == {"theirs": "1200.00", "ours": "1000.00"}


def test_a_payment_that_we_count_in_slices_is_one_thing_to_the_agency():
    (one,) = pair([theirs(2, "180.00")], [ours(1, "180.00", lines=3)], RATES)
    assert one.kind == Kind.AGREES and one.ours[0].line_ids == (1, 2, 3)


def test_what_is_no_money_of_a_payment_stands_on_our_side_with_its_kind():
    penalty = Ours((9,), "penalty", D("-500.00"))
    (one,) = pair([], [penalty], RATES)
    assert (one.kind, one.reason, one.difference) == (Kind.OURS, "kind_penalty", D("500.00"))


def _known(payment: Payment | None = None, hands: InHands | None = None) -> Known:
    cut_off = dt.datetime(2026, 4, 3, tzinfo=dt.UTC)
    return Known(5, cut_off, {1: [payment]} if payment else {}, {1: [hands]} if hands else {})


def _reason(known: Known, claim: Theirs | None = None) -> str:
    (found,) = explained(pair([claim or theirs(2, "100.00")], [], RATES), known)
    return found.reason


def test_what_only_the_agency_has_is_explained_by_the_most_telling_fact():
    here = InHands(1, dt.date(2026, 2, 1), None)
    gone = InHands(1, dt.date(2026, 2, 1), dt.date(2026, 2, 25))
    early, late = dt.datetime(2026, 3, 3, tzinfo=dt.UTC), dt.datetime(2026, 4, 9, tzinfo=dt.UTC)

    def paid(**more) -> Payment:
        return Payment(1, DAY, D("1000.00"), more.pop("confirmed", True), more.pop("known_at", early), **more)

    assert _reason(_known(), theirs(2, "100.00", loan=None)) == "no_contract"
    assert _reason(_known()) == "not_placed"
    assert _reason(_known(hands=here)) == "no_payment"
    assert _reason(_known(paid(confirmed=False), here)) == "not_confirmed"
    assert _reason(_known(paid(reversed_on=DAY), here)) == "reversed"
    settled = {"settled_in": dt.date(2026, 2, 1), "settled_name": "乙"}
    assert _reason(_known(paid(settled_with=5, **settled), here)) == "settled"
    assert _reason(_known(paid(settled_with=6, **settled), here)) == "settled_other"
    assert _reason(_known(paid(holder_kind="pool"), gone)) == "after_recall"
    assert _reason(_known(paid(holder_kind="agency", holder="乙"), here)) == "other_agency"
    assert _reason(_known(paid(holder_kind="collector", holder="张"), None)) == "collector"
    assert _reason(_known(paid(holder_kind="pool"), InHands(1, dt.date(2026, 3, 9), None))) == "before_placed"
    assert _reason(_known(paid(is_ours=True, known_at=late), here)) == "later"
    assert _reason(_known(paid(is_ours=True), here)) == "unexplained"


def test_a_row_that_stands_twice_is_said_to_be_a_repetition_of_the_first():
    matches = explained(pair([theirs(2, "100.00"), theirs(3, "100.00")], [ours(1, "100.00")], RATES), _known())
    assert said(matches) == [("agrees", "agrees"), ("theirs", "duplicate")]
    assert matches[1].params == {"row": 2}


money = st.integers(-5_000, 500_000).map(lambda cents: D(cents).scaleb(-2))
loans = st.integers(1, 4)
days = st.integers(1, 3).map(lambda day: dt.date(2026, 3, day))
few_amounts = st.sampled_from([D("10.00"), D("20.00"), D("30.00")])
claims = st.lists(
    st.tuples(st.none() | loans, st.none() | days, st.none() | few_amounts, money, st.none() | st.just(D("0.15"))),
    max_size=12,
)
charged = st.lists(st.tuples(loans, days, few_amounts, money, st.integers(1, 3), st.booleans()), max_size=12)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(claims, charged)
def test_every_line_of_both_sides_is_in_one_match_and_the_differences_add_up(bill, statement):
    left = [
        Theirs(n, n, "HT", loan, fee, day, amount, rate) for n, (loan, day, amount, fee, rate) in enumerate(bill, 2)
    ]
    right = [
        Ours(tuple(range(10 * n, 10 * n + lines)), "commission" if paid else "penalty", fee, loan if paid else None, day,
             amount, ((7, 1, 1),) if paid else (), of_payment=paid)
        for n, (loan, day, amount, fee, lines, paid) in enumerate(statement, 1)
    ]  # fmt: skip
    matches = explained(pair(left, right, RATES), _known())
    assert Counter(one.line_id for match in matches for one in match.theirs) == Counter(one.line_id for one in left)
    lines = Counter(line for match in matches for one in match.ours for line in one.line_ids)
    assert lines == Counter(line for one in right for line in one.line_ids)
    totals = sum((one.fee for one in left), D(0)) - sum((one.fee for one in right), D(0))
    assert sum((match.difference for match in matches), D(0)) == totals
    for match in matches:
        assert match.reason
        assert (match.kind == Kind.AGREES) <= (match.difference == 0)
        assert (match.kind == Kind.THEIRS) == (not match.ours) and (match.kind == Kind.OURS) == (not match.theirs)
