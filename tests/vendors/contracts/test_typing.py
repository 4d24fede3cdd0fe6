"""What people type into a draft: read exactly or refused beside the entry, and never lost."""

from decimal import Decimal

import pytest
from django.http import QueryDict
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.vendors.terms import EVENTS, bands, row, terms
from vendors.contracts.figures import NotRead, number, share, signed_number
from vendors.contracts.reading import digest_of
from vendors.contracts.terms import Method
from vendors.contracts.typed import read, rearranged, typed_from, typed_of


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("18", "0.18"), ("18%", "0.18"), ("１８％", "0.18"), ("０．５", "0.005"), (" 7.25 % ", "0.0725"), ("0", "0"),
        ("100", "1"), ("0.0001", "0.000001"),
    ],
)  # fmt: skip
def test_a_percentage_is_read_exactly(typed, meant):
    assert share(typed) == Decimal(meant)


@pytest.mark.parametrize(
    "typed",
    ["", "%", "十八", "18%%", "-1", "1e1", "nan", "Infinity", "1_0", "0。5", "101", "0.00001", "1,8", "18 19", "٣"],
)
def test_nonsense_is_no_percentage(typed):
    with pytest.raises(NotRead, match="百分数"):
        share(typed)


def test_numbers_have_their_places_and_a_minus_only_where_money_may_be_taken_back():
    assert number("1,234.50", most=9999, places=2) == Decimal("1234.50")
    assert signed_number("−20.00", most=99, places=2) == signed_number("-20", most=99, places=2) == Decimal(-20)
    for typed in ("-1", "1.234", "10000", "一"):
        with pytest.raises(NotRead):
            number(typed, most=9999, places=2)
    with pytest.raises(NotRead, match="整数"):
        number("1.5", most=9, places=0)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.sets(st.integers(0, 1_000_000), min_size=1, max_size=4),
    st.integers(0, 600_000), st.sampled_from(Method),
)  # fmt: skip
def test_what_is_shown_is_read_back_as_it_was(floors, rate, method):
    pairs = bands(*((str(Decimal(f).scaleb(-6)), str(Decimal(rate).scaleb(-6))) for f in sorted(floors)))
    agreed = terms(row(of=pairs, method=method, stages=frozenset({1, 7}), age_to=3), row(2), cap=Decimal("5000.50"))
    again, wrong = read(typed_of(agreed, ""), version=agreed.version)
    assert wrong == {} and digest_of(again) == digest_of(agreed)


def post(**changed: str | list[str]) -> QueryDict:
    sent = QueryDict(mutable=True)
    values = {
        "effective_from": "2026-04-01", "grace_days": "3", "clawback_days": "90", "cap": "", "tax": "6",
        "rounding": "line", "least_attempts": "", "note": "",
        "row-1-stages": ["1", "2"], "row-1-products": "信用卡、 现金贷", "row-1-age_from": "", "row-1-age_to": "６",
        "row-1-method": "progressive", "row-1-bands": "０：１０\n5 : 18%",
        "row-2-products": "", "row-2-age_from": "", "row-2-age_to": "", "row-2-method": "whole", "row-2-bands": "0/12",
        "row-3-products": "", "row-3-age_from": "", "row-3-age_to": "", "row-3-method": "whole", "row-3-bands": " ",
        "step-1-floor": "60", "step-1-factor": "1", "step-2-floor": "0", "step-2-factor": "0.8",
        "event-complaint": "500.00", "event-clean_month": "0",
    } | changed  # fmt: skip
    for name, value in values.items():
        sent.setlist(name, value if isinstance(value, list) else [value])
    return sent


def test_a_page_full_of_entries_is_terms():
    found, wrong = read(typed_from(post()), version=7)
    assert wrong == {}
    assert [r.number for r in found.rows] == [1, 2], "the line in which nothing was typed is none"
    assert (
        found.rows[0].products == {"信用卡", "现金贷"} and found.rows[0].stages == {1, 2} and found.rows[0].age_to == 6
    )
    assert found.rows[0].bands == bands(("0", "0.10"), ("0.05", "0.18"))
    assert found.rows[1].bands == bands(("0", "0.12"))
    assert found.events == {"complaint": EVENTS["complaint"]}, "nought is no price"
    assert (found.cap, found.tax_rate, found.grace_days) == (None, Decimal("0.06"), 3)


@pytest.mark.parametrize(
    ("changed", "name", "said"),
    [
        ({"row-1-bands": "0 : 10\n五 : 18"}, "row-1-bands", "第 2 档"),
        ({"row-1-bands": "0 10"}, "row-1-bands", "5 : 18"),
        ({"row-1-bands": "0 : 10\n0.0 : 12"}, "row-1-bands", "写了两次"),
        ({"row-2-age_from": "9", "row-2-age_to": "3"}, "row-2-age_to", "下限 9"),
        ({"row-1-stages": ["9"]}, "row-1-stages", "M7+"),
        ({"row-1-method": "half"}, "row-1-method", "计算方式"),
        ({"row-1-products": "长" * 65}, "row-1-products", "64"),
        ({"step-2-floor": "101"}, "step-2-floor", "100"),
        ({"step-2-floor": "60.00"}, "step-2-floor", "写了两次"),
        ({"step-2-factor": "abc"}, "step-2-factor", "abc"),
        ({"event-complaint": "-5"}, "event-complaint", "-5"),
        ({"effective_from": "4月1日"}, "effective_from", "2026-04-01"),
        ({"grace_days": "61"}, "grace_days", "60"),
        ({"clawback_days": ""}, "clawback_days", "整数"),
        ({"tax": "100"}, "tax", "百分之百"),
        ({"tax": "6.125"}, "tax", "2 位"),
        ({"rounding": ""}, "rounding", "取整"),
        ({"cap": "很多"}, "cap", "很多"),
    ],
)
def test_what_cannot_be_read_is_said_beside_its_entry_and_keeps_standing(changed, name, said):
    typed = typed_from(post(**changed))
    found, wrong = read(typed, version=7)
    assert found is None and list(wrong) == [name] and said in wrong[name]


def test_lines_are_added_moved_and_removed_with_what_was_typed_in_them():
    typed = typed_from(post(**{"row-2-bands": "胡写"}))
    added = rearranged(typed, "add_row")
    assert len(added["rows"]) == 4 and added["rows"][1]["bands"] == "胡写"
    moved = rearranged(typed, "up_row-2")
    assert [r["bands"] for r in moved["rows"]][:2] == ["胡写", "０：１０\n5 : 18%"]
    assert len(rearranged(typed, "remove_row-1")["rows"]) == 2
    assert len(rearranged(rearranged(typed, "add_step"), "remove_step-1")["steps"]) == 2
    for nothing in ("up_row-1", "remove_row-9", "remove_row-x", "remove_row-", "shout"):
        assert rearranged(typed, nothing) == typed
