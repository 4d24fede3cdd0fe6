"""What becomes of a row, asked with plain objects; and the words and moments that people write."""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vendors.returns.decide import FINE, KNOWN, REFUSED, Facts, Held, Row, decide, digest_of, told_through
from vendors.returns.reading import packed, unpacked
from vendors.returns.words import channel_of, moment_of, pay_channel_of, place_of, result_of, seconds_of

CHINA = ZoneInfo("Asia/Shanghai")
NOW = dt.datetime(2026, 3, 10, 12, tzinfo=CHINA)
TODAY = NOW.date()


def held(first: int, last: int | None, *, loan: int = 1, case: int = 11) -> Held:
    """Days of March."""
    begun = dt.datetime(2026, 3, first, 10, tzinfo=CHINA)
    ended = None if last is None else dt.datetime(2026, 3, last, 15, tzinfo=CHINA)
    return Held(loan, case, 101, begun, ended, begun.date(), ended.date() if ended else None)


def paid(day: int, amount: str = "10.00", *, key: int = 1, reference: str = "", contract: str = "A") -> Row:
    said = {"paid_on": dt.date(2026, 3, day), "amount": Decimal(amount), "place": "us"}
    return Row(key, contract, reference, said)


def called(day: int, *, key: int = 1, contract: str = "A") -> Row:
    at = dt.datetime(2026, 3, day, 11, tzinfo=CHINA)
    return Row(key, contract, f"T{key}", {"started_at": at, "ended_at": None, "channel": "call", "result": "busy"})


def verdicts(kind: str, rows: list[Row], facts: Facts) -> list[str]:
    return [one.verdict for one in decide(kind, rows, facts, now=NOW, today=TODAY)]


def test_a_payment_lies_in_the_days_with_the_agency_both_ends_included():
    facts = Facts(held={"A": [held(2, 5)]})
    rows = [paid(day, f"{day}.00", key=day) for day in (1, 2, 5, 6)]
    assert verdicts("payments", rows, facts) == [REFUSED, FINE, FINE, REFUSED]


def test_a_contact_lies_with_the_latest_period_that_had_begun_and_is_never_too_late():
    facts = Facts(held={"A": [held(2, 4, case=11), held(6, 8, case=12)]})
    rows = [called(day, key=day) for day in (1, 3, 5, 7, 9)]
    told = decide("contacts", rows, facts, now=NOW, today=TODAY)
    assert [(one.verdict, one.case_id) for one in told] == [(FINE, 11), (FINE, 11), (FINE, 11), (FINE, 12), (FINE, 12)]
    assert verdicts("contacts", [called(3, contract="B")], facts) == [REFUSED]


def test_a_promise_needs_the_case_now_and_the_books_consent():
    said = {"amount": Decimal("10.00"), "due_on": dt.date(2026, 3, 12)}
    rows = [Row(1, "A", "", said), Row(2, "B", "", said), Row(3, "C", "", said)]
    facts = Facts(
        held={"A": [held(2, None)], "B": [held(2, 9)], "C": [held(2, None, case=13)]}, objections={3: "超过上限"}
    )
    told = decide("promises", rows, facts, now=NOW, today=TODAY)
    assert [(one.verdict, one.reason.code if one.reason else "") for one in told] == [
        (FINE, ""), (REFUSED, "returned_not_held"), (REFUSED, "returned_promise"),
    ]  # fmt: skip


def test_a_number_that_two_of_the_agencys_contracts_have_is_not_guessed_at():
    facts = Facts(held={"A": [held(2, None), held(3, None, loan=2, case=22)]})
    (one,) = decide("payments", [paid(5)], facts, now=NOW, today=TODAY)
    assert (one.verdict, one.case_id, one.digest) == (REFUSED, None, "")


def test_a_reference_stands_for_what_it_stood_for():
    digest = digest_of("payments", 1, paid(5).said)
    facts = Facts(held={"A": [held(2, None)]}, known={"P-1": digest})
    same, other = paid(5, reference="P-1"), paid(6, reference="P-1")
    assert verdicts("payments", [same], facts) == [KNOWN]
    assert verdicts("payments", [other], facts) == [REFUSED]


rows_of = st.lists(
    st.builds(
        paid,
        st.integers(1, 12),
        st.sampled_from(["1.00", "2.00"]),
        reference=st.sampled_from(["", "P-1", "P-2"]),
        contract=st.sampled_from(["A", "B"]),
    ),
    max_size=8,
)


@given(rows_of)
def test_of_one_reference_at_most_one_row_is_fine_and_never_beside_another_content(rows: list[Row]):
    facts = Facts(held={"A": [held(2, 8)]})
    told = decide("payments", rows, facts, now=NOW, today=TODAY)
    fine = [one for one in told if one.verdict == FINE]
    assert len({one.reference for one in fine}) == len(fine)
    for one in fine:
        others = {other.digest for other in told if other.reference == one.reference and other.digest}
        assert others == {one.digest}
    # What came in is known afterwards, and asked again nothing more is fine.
    known = {one.reference: one.digest for one in fine}
    later = decide("payments", rows, Facts(held=facts.held, known=known), now=NOW, today=TODAY)
    assert not [one for one in later if one.verdict == FINE]


@given(st.integers(0, 10), st.lists(st.tuples(st.integers(0, 10), st.integers(0, 10)), max_size=6))
def test_what_is_told_has_no_gap(start: int, spans: list[tuple[int, int]]):
    """Hour by hour: everything from the start up to the answer is in some span, and the hour after it in none."""
    at = [NOW + dt.timedelta(hours=hour) for hour in range(22)]
    found = told_through(at[start], [(at[begun], at[begun + lasts]) for begun, lasts in spans])
    told = {hour for begun, lasts in spans for hour in range(begun, begun + lasts)}
    until = at.index(found)
    assert until >= start and set(range(start, until)) <= told and until not in told


@pytest.mark.parametrize(
    ("text", "day", "clock"),
    [
        ("2026-03-02 09:30", None, "09:30:00"),
        ("2026/3/2 9:30:05", None, "09:30:05"),
        ("2026年3月2日 9时5分", None, "09:05:00"),
        ("2026-03-02T09:30:00", None, "09:30:00"),
        ("20260302093005", None, "09:30:05"),
        ("09:30", dt.date(2026, 3, 2), "09:30:00"),
        ("46083.39583333", None, "09:30:00"),
        ("2026-03-02", None, None),
        ("09:30", None, None),
        ("2026-02-30 09:30", None, None),
        ("2026-03-02 25:00", None, None),
        ("三月二日", None, None),
        ("", dt.date(2026, 3, 2), None),
    ],
)
def test_moments_as_people_write_them(text: str, day: dt.date | None, clock: str | None):
    found = moment_of(text, day, CHINA)
    assert (found.isoformat() if found else None) == (f"2026-03-02T{clock}+08:00" if clock else None)


@pytest.mark.parametrize(
    ("read", "text", "code"),
    [
        (result_of, "本人接听", "right_party"),
        (result_of, " 无人 接听 ", "no_answer"),
        (result_of, "RIGHT_PARTY", "right_party"),
        (result_of, "接通，身份未核实", "connected"),
        (result_of, "还行", None),
        (channel_of, "电话", "call"),
        (channel_of, "外访", "visit"),
        (channel_of, "鸽子", None),
        (place_of, "机构", "agency"),
        (place_of, "本公司", "us"),
        (place_of, "资方账户", "lender"),
        (place_of, "对公账户", None),
        (pay_channel_of, "转账", "transfer"),
        (pay_channel_of, "红包", "other"),
        (seconds_of, "75", 75),
        (seconds_of, "1分15秒", 75),
        (seconds_of, "00:01:15", 75),
        (seconds_of, "很久", None),
    ],
)
def test_words_as_people_write_them(read: Callable[[str], Any], text: str, code: object):
    assert read(text) == code


def test_what_a_row_says_survives_being_put_away():
    said = {
        "started_at": NOW, "ended_at": None, "seconds": 75, "channel": "call", "result": "busy", "direction": "out",
        "phone": ["13900001111"], "note": "称周五还款\n第二行",
    }  # fmt: skip
    assert unpacked(packed(said), "contacts") == said
    money = {"amount": Decimal("10.00"), "paid_on": TODAY, "place": "us"}
    assert unpacked(packed(money), "payments") == money
