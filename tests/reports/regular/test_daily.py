"""日报: a day that an accountant can check, as it was known in the morning after."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from cases.models import Absence, Waiver
from reports.regular.kinds import KINDS
from reports.regular.periods import Period
from tests.reports.regular.cast import D1, D2, MORNING_AFTER, at, pay, small_book

pytestmark = pytest.mark.django_db


def built(day: dt.date = D2, known_by: dt.datetime = MORNING_AFTER) -> dict[str, Any]:
    paper = KINDS["daily"].build(Period(day, day), known_by).to_json()
    return {section["key"]: section for section in paper["sections"]} | {"paper": paper}


def figures(section: dict[str, Any]) -> dict[str, Any]:
    return {one["key"]: one.get("value") for one in section.get("figures", [])}


def test_the_book_the_money_and_the_rate_of_a_day():
    small_book()
    found = built()
    assert figures(found["book"]) == {"count": 3, "total": "2900.00"}
    by_stage = {row[0]: row[1:3] for row in found["book"]["tables"][0]["rows"]}
    assert by_stage["M1"] == [2, "900.00"] and by_stage["M3"] == [1, "2000.00"] and by_stage["合计"] == [3, "2900.00"]
    assert found["book"]["tables"][0]["rows"][-1][4:] == [0, "-2100.00"], "one left, one came; 5,000.00 the day before"
    money = figures(found["money"])
    assert (money["amount"], money["month"]) == ("50.00", "1050.00")
    # 600 + 400 of the 6,000 with which the month began; the new debt's 50 is in neither part.
    rates = found["recovery"]["tables"][0]["rows"]
    assert rates[-1] == ["合计", 3, "6000.00", "1000.00", "0.166667", 2]
    assert figures(found["recovery"]) == {"rate": "0.166667"}
    intake = figures(found["intake"])
    assert (intake["absences"], intake["absent_amount"], intake["oldest"]) == (1, "2600.00", "2026-03-31")


def test_what_became_known_later_changes_no_older_paper():
    cases = small_book()
    before = built()["paper"]
    pay(cases["rolls"], D2, "700.00", known=at(dt.date(2026, 4, 2)), reference="late")
    Absence.objects.update(reason="paid", explained_at=at(dt.date(2026, 4, 2)))
    assert built()["paper"] == before
    later = built(known_by=at(dt.date(2026, 4, 3)))
    assert figures(later["money"])["amount"] == "750.00" and figures(later["intake"])["absences"] == 0


def test_claimed_unmatched_and_waived_money_stands_beside_and_a_reversal_takes_back(supervisor):
    cases = small_book()
    pay(cases["rolls"], D2, "80.00", status="claimed", reference="C-1")
    pay(cases["rolls"], D2, "90.00", status="claimed", reference="C-2")
    confirmed = pay(cases["rolls"], D2, "90.00", reference="C-2")  # and is no claim any more
    pay(cases["rolls"], D2, "33.00", reference="U-1", loan=None)
    Waiver.objects.create(
        case=cases["rolls"], interest=Decimal("12.00"), reason="困难", state="used", valid_until=D2, needs_high=False,
        needs_people=1, applied_by=supervisor, first_by=_another(), first_at=at(D2), ended_at=at(D2, 15),
    )  # fmt: skip
    money = figures(built()["money"])
    assert money == {
        "amount": "173.00", "month": "1173.00", "claimed": "80.00", "unmatched": "33.00", "waived": "12.00",
    }  # fmt: skip
    assert figures(built()["recovery"])["rate"] == "0.181667", "1,090 of 6,000: without what has no contract"
    pay(cases["rolls"], D2, "90.00", reversal_of=confirmed)
    assert figures(built()["money"])["amount"] == "83.00"


def _another() -> Any:
    from collection_ops.core.services.accounts import create_user

    return create_user(username="another", display_name="另一人", password="x" * 20, roles=["manager"], actor=None)


def test_money_of_days_without_a_file_is_told_with_the_next_file():
    cases = small_book()
    pay(cases["rolls"], dt.date(2026, 3, 28), "11.00", reference="sat")
    first = built(day=D1, known_by=at(D2, 9, 30))
    assert figures(first["money"])["amount"] == "400.00", "after a gap of a month only the day"
    second = built()
    assert figures(second["money"])["amount"] == "50.00"
    assert figures(second["money"])["month"] == "1061.00"


def test_without_any_file_it_says_so_and_computes_no_rate():
    found = built()
    assert found["paper"].get("as_of") is None
    assert found["book"]["lead"][0]["msgid"] == "没有截至这一天的逾期明细。"
    assert "figures" not in found["recovery"]
