"""Why did it move: the page, its workbook and the command say one thing."""

import datetime as dt
import io
import json
from decimal import Decimal

import openpyxl
import pytest
from django.core.management import call_command
from django.urls import reverse

from cases.models import Case, Repayment
from tests.cases.builders import add_position, make_case
from tests.reports.dashboards.conftest import APRIL, MARCH, pay
from tests.staff import make_team, place

pytestmark = pytest.mark.django_db
FEBRUARY = dt.date(2026, 2, 27)


@pytest.fixture
def two_months(book: dict[str, Case]) -> dict[str, Case]:
    """March began with one debt of M1 that paid a half; April is the book's own."""
    early = make_case(contract_no="EARLY", days=12, total="1000.00", as_of=FEBRUARY)
    add_position(early, MARCH, days=44, total="500.00")
    early.refresh_from_db()
    Repayment.objects.create(
        source=early.loan.source, contract_no="EARLY", loan=early.loan, paid_on=dt.date(2026, 3, 5),
        amount=Decimal("500.00"), status="confirmed",
    )  # fmt: skip
    return {**book, "early": early}


def address(name: str, **query: str) -> str:
    return reverse("reports:why", args=[name], query=query)


def test_page_workbook_and_command_take_the_change_apart_alike(client_as, manager, two_months):
    pay(two_months["pool"], "100.00", 3)
    client = client_as(manager)
    page = client.get(address("recovery_rate"))
    change = page.context["change"]
    # 500 of 1,000; then 900 and 100 of 10,500.
    assert (change.before, change.after) == (Decimal("0.500000"), Decimal("0.095238"))
    assert sum(part.total for part in change.parts) == change.difference
    said = io.StringIO()
    call_command(
        "kpi", "recovery_rate", "--from", "2026-04-01", "--as-of", f"{APRIL}", "--why", "--json",
        "--against-from", "2026-03-01", "--against-as-of", "2026-03-10", stdout=said,
    )  # fmt: skip
    command = json.loads(said.getvalue())
    assert command["difference"] == str(change.difference)
    assert [part["rate"] for part in command["parts"]] == [str(part.rate) for part in change.parts]
    answer = client.get(reverse("reports:why_table", args=["recovery_rate"]))
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active
    totals = [row for row in sheet.iter_rows(values_only=True) if row[0] == "合计"]
    assert Decimal(str(totals[0][-1])) == change.difference


def test_a_figure_that_changed_leads_here_and_an_amount_or_an_unknown_one_does_not(client_as, manager, two_months):
    client = client_as(manager)
    overview = client.get(reverse("reports:overview")).content.decode()
    assert address("recovery_rate").partition("?")[0] in overview
    assert reverse("reports:why", args=["money_in"]) not in overview
    for name in ("money_in", "complaint_rate", "nonsense"):
        assert client.get(address(name)).status_code == 404


def test_nothing_to_compare_with_is_a_sentence(client_as, manager, book):
    page = client_as(manager).get(address("recovery_rate"))
    assert page.status_code == 200
    assert "这两个期间没法比较" in page.content.decode()
    assert client_as(manager).get(reverse("reports:why_table", args=["recovery_rate"])).status_code == 404


def test_a_leader_sees_the_own_teams_change_only(client_as, team_leader, collector, two_months):
    place(team_leader, make_team("team-a", "一组"))
    page = client_as(team_leader).get(address("recovery_rate", by="team"))
    change = page.context["change"]
    assert change is None or {part.key for part in change.parts} <= {("team-a",)}


@pytest.mark.parametrize("by", ["stage", "product", "region", "team", "agency", "source", "stage-product", "x" * 99])
def test_every_way_of_grouping_adds_up(client_as, manager, two_months, by):
    change = client_as(manager).get(address("recovery_rate", by=by)).context["change"]
    assert sum((part.total for part in change.parts), Decimal(0)) == change.difference


def test_it_is_read_in_english(client_as, manager, two_months):
    client = client_as(manager)
    client.cookies["language"] = "en"
    page = client.get(address("recovery_rate")).content.decode()
    assert "Why did it move" in page and "Own change" in page
