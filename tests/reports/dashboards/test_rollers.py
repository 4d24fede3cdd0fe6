"""What rolls when, and what stops it: decided on plain values, then read from the book."""

import datetime as dt
from decimal import Decimal

import pytest
from django.urls import reverse

from cases.models import Case
from cases.services.holds import place_hold
from reports.dashboards import rollers
from reports.dashboards.rollers import Debt, days_left, roll_of
from tests.cases.builders import make_case, make_source
from tests.reports.dashboards.conftest import APRIL, NOW, pay

TODAY = dt.date(2026, 4, 10)


def debt(days: int, **columns) -> Debt:
    return Debt(days=days, **{"as_of": TODAY, "total": Decimal("100.00"), **columns})


@pytest.mark.parametrize(
    ("days", "left"), [(-2, 2), (0, 0), (1, 29), (29, 1), (30, 0), (31, 29), (60, 0), (179, 1), (180, 0), (181, None)]
)
def test_days_left_in_a_stage(days, left):
    assert days_left(days) == left


def test_a_debt_on_the_last_day_of_its_stage_rolls_tomorrow():
    roll = roll_of(debt(30), today=TODAY)
    assert (roll.on, roll.stage.label, roll.into.label) == (dt.date(2026, 4, 11), "M1", "M2")
    assert (roll.at_risk, roll.smallest) == (Decimal("100.00"), Decimal("100.00"))
    assert roll_of(debt(180), today=TODAY).into.label == "M7+"
    assert roll_of(debt(181), today=TODAY) is None, "no heavier stage follows"


def test_days_are_counted_on_from_the_date_of_the_file():
    old = debt(28, as_of=TODAY - dt.timedelta(days=2))
    assert roll_of(old, today=TODAY).on == TODAY + dt.timedelta(days=1)


def test_money_since_the_file_makes_it_less_and_the_whole_of_it_stops_the_roll():
    assert roll_of(debt(30, paid=Decimal("40.00")), today=TODAY).smallest == Decimal("60.00")
    assert roll_of(debt(30, paid=Decimal("100.00")), today=TODAY) is None
    assert roll_of(debt(30, paid=Decimal("-5.00")), today=TODAY).smallest == Decimal("105.00"), "taken back"


def test_who_is_held_or_on_a_plan_is_not_to_be_called():
    assert not roll_of(debt(30), today=TODAY).do_not_call
    assert roll_of(debt(30, is_held=True), today=TODAY).do_not_call
    assert roll_of(debt(30, has_plan=True), today=TODAY).do_not_call


def test_the_database_gathers_what_would_be_decided(supervisor):
    source = make_source()
    for days in (*range(-3, 12), *range(24, 35), *range(54, 65), *range(174, 190)):
        make_case(days=days, as_of=APRIL, source=source, total="10.00")
    everything = Case.objects.all()
    for horizon in rollers.HORIZONS:
        gathered = set(rollers.rolling(everything, horizon=horizon, today=TODAY, now=NOW).values_list("pk", flat=True))
        decided = set()
        for case in everything:
            roll = roll_of(Debt(case.days_past_due, case.as_of, case.total), today=TODAY)
            if roll is not None and roll.on <= TODAY + dt.timedelta(days=horizon):
                decided.add(case.pk)
        assert gathered == decided, horizon


def rolling_case(contract: str, total: str, days: int = 30, **more) -> Case:
    return make_case(contract_no=contract, total=total, days=days, as_of=APRIL - dt.timedelta(days=0), **more)


def test_the_page_lists_the_dearest_first_and_says_what_it_assumes(client_as, supervisor, clerk):
    half = rolling_case("HALF", "100.00")
    Case.objects.filter(pk=half.pk).update(as_of=APRIL - dt.timedelta(days=1), days_past_due=29)
    half.refresh_from_db()
    pay(half, "50.00", 10)
    rolling_case("LARGE", "900.00")
    rolling_case("SMALL", "20.00", days=60)
    held = rolling_case("HELD", "10.00")
    rolling_case("LATER", "999.00", days=27)
    place_hold(
        debtor=held.loan.debtor,
        type="illness",
        reason="住院",
        proof="病历",
        actor=supervisor,
        now=NOW - dt.timedelta(hours=1),
    )
    client = client_as(supervisor)
    response = client.get(reverse("reports:rollers"))
    page = response.content.decode()
    lines = response.context["lines"]
    assert [line.case.loan.contract_no for line in lines] == ["HALF", "LARGE", "SMALL", "HELD"], "2 yuan kept for each"
    assert lines[0].roll.smallest == Decimal("50.00") and lines[-1].is_held
    assert "停催，不要联系" in page and "假设：文件只给合同的合计" in page
    ahead = {one.horizon: one for one in response.context["ahead"]}
    assert (ahead[1].number, ahead[1].amount, ahead[1].to_stop) == (4, Decimal("1030.00"), Decimal("980.00"))
    assert ahead[7].number == 5
    assert [line.case.loan.contract_no for line in client.get(reverse("reports:rollers") + "?days=7").context["lines"]][
        1
    ] == "LATER"
    assert client_as(clerk).get(reverse("reports:rollers")).status_code == 403


def test_the_list_is_paged_by_key(client_as, supervisor, monkeypatch):
    for number in range(7):
        rolling_case(f"R{number}", "30.00" if number % 2 else f"{number + 1}0.00")
    monkeypatch.setattr(rollers.page, "__kwdefaults__", {"after": "", "size": 3})
    client, seen, address = client_as(supervisor), [], reverse("reports:rollers")
    while address:
        response = client.get(address)
        seen += [line.case.pk for line in response.context["lines"]]
        following = response.context["next_url"]
        address = f"{reverse('reports:rollers')}{following}" if following else ""
    assert len(seen) == len(set(seen)) == 7
    for odd in ("x", "1_2", "1_1_99999999999999999999", "%00"):
        assert client.get(reverse("reports:rollers") + f"?after={odd}").status_code == 200


def test_a_leader_sees_what_rolls_on_the_desks_of_the_team(client_as, team_leader, book):
    response = client_as(team_leader).get(reverse("reports:rollers"))
    assert [line.case.loan.contract_no for line in response.context["lines"]] == ["OWN"]
