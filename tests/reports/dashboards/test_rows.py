"""The rows behind a figure add up to it, stay in the reader's scope, and are taken with a reason."""

import datetime as dt
import io
from decimal import Decimal

import openpyxl
import pytest
from django.urls import reverse

from cases.models import Desk, Promise, Repayment
from cases.services.custody import move_cases
from collection_ops.core.models import AuditEvent
from reports.dashboards.rows import reading, registry
from reports.kpis import Question, catalogue, kpi
from tests.cases.builders import desk_of, make_case
from tests.reports.dashboards.conftest import APRIL, MARCH, NOW, pay

ASKED = Question(as_of=APRIL, first=APRIL.replace(day=1))


def url(name: str, query: str = "") -> str:
    return f"{reverse('reports:rows', args=[name])}?{query}"


def part_of(answer, part: str):
    """What the figure says of a part, in rows or in yuan."""
    total = answer.total
    if part == "numerator":
        return total.numerator
    if part == "denominator":
        return total.denominator
    for key in (part, f"debts_{part}", f"amount_to_{part}"):
        if key in total.parts:
            return total.parts[key]
    return None


@pytest.mark.parametrize("desks", ["all", "agency"])
def test_every_set_of_rows_adds_up_to_its_figure(supervisor, book, desks):
    checked = 0
    for name, definition in catalogue().items():
        asked = ASKED
        if desks == "agency":
            if "desk" not in definition.dims:
                continue
            asked = ASKED.narrowed(desks=frozenset(Desk.objects.filter(kind="agency").values_list("pk", flat=True)))
        if not registry.has_rows(name):
            continue
        answer = kpi(name, asked)
        for part, rows in registry.parts_of(name).items():
            said = part_of(answer, part)
            if said is None:
                continue
            total = reading.total_of(rows, asked)
            assert (Decimal(total.number) if rows.is_count else total.amount) == said, (name, part)
            page = reading.page_of(rows, asked, supervisor)
            assert len(page.rows) == total.number
            assert sum((row.amount for row in page.rows), Decimal(0)) == total.amount
            checked += 1
    assert checked >= (15 if desks == "all" else 10)


def test_the_page_of_recovery_lists_the_payments_that_count(client_as, supervisor, book):
    response = client_as(supervisor).get(url("recovery_rate"))
    page = response.content.decode()
    assert [row.amount for row in response.context["page"].rows] == [Decimal(x) for x in ("400.00", "300.00", "200.00")]
    assert response.context["sum"].amount == response.context["figure"].line.numerator == Decimal("900.00")
    assert "王*" in page and "王五" not in page and "张三丰" not in page, "masked, whoever reads"
    assert reverse("cases:record", args=[book["agency"].pk]) in page
    opening = client_as(supervisor).get(url("recovery_rate", "part=denominator"))
    assert (opening.context["sum"].number, opening.context["sum"].amount) == (4, Decimal("10000.00"))


def test_filters_of_the_dashboard_hold_on_the_rows(client_as, supervisor, book):
    response = client_as(supervisor).get(url("recovery_rate", "product=消费贷"))
    assert response.context["sum"].amount == response.context["figure"].line.numerator == Decimal("600.00")
    response = client_as(supervisor).get(url("money_in", "product=消费贷"))
    assert response.status_code == 200 and "不能按所选条件细分" in response.content.decode()


def test_rows_are_paged_by_key_and_each_is_met_once_there_and_back(client_as, supervisor, book, monkeypatch):
    for number in range(25):
        pay(book["pool"], "10.00" if number % 2 else f"{number + 1}.00", 4)
    monkeypatch.setattr(reading, "PAGE_SIZE", 7)
    client, seen, address, pages = client_as(supervisor), [], url("recovery_rate"), []
    while address:
        response = client.get(address)
        pages.append([row.row_id for row in response.context["page"].rows])
        seen += pages[-1]
        following = response.context["next_url"]
        last, address = response, f"{url('recovery_rate')[:-1]}{following}" if following else ""
    assert len(seen) == len(set(seen)) == 28
    back = client.get(f"{url('recovery_rate')[:-1]}{last.context['previous_url']}")
    assert [row.row_id for row in back.context["page"].rows] == pages[-2]
    for odd in ("after=x", "after=1_2_3", "before=%00", f"after={'9' * 99}_1"):
        assert [row.row_id for row in client.get(url("recovery_rate", odd)).context["page"].rows] == pages[0]


def test_a_leader_gets_the_rows_of_the_team_and_a_collector_the_own(client_as, team_leader, collector, book):
    for person in (team_leader, collector):
        response = client_as(person).get(url("recovery_rate"))
        assert [row.amount for row in response.context["page"].rows] == [Decimal("300.00")]
        assert response.context["sum"].amount == response.context["figure"].line.numerator


def test_a_case_that_went_to_others_still_counts_but_tells_nothing(client_as, team_leader, supervisor, book):
    pool = Desk.objects.get(kind="pool")
    move_cases(cases=[book["own"].pk], desk=pool, reason="收回", actor=supervisor, now=NOW)
    response = client_as(team_leader).get(url("recovery_rate"))
    page = response.content.decode()
    assert response.context["sum"].amount == response.context["figure"].line.numerator == Decimal("300.00")
    assert "现不在您的权限内" in page and "OWN" not in page and "张" not in page.partition("<tbody>")[2]


def test_a_figure_that_is_none_or_has_no_such_part_is_not_found(client_as, supervisor, outsider, clerk, book):
    client = client_as(supervisor)
    for address in (url("nonsense"), url("recovery_rate", "part=nonsense"), url("recovery_rate", "part=%00")):
        assert client.get(address).status_code == 404
    assert client_as(clerk).get(url("recovery_rate")).status_code == 403
    assert client_as(outsider).get(url("recovery_rate")).status_code == 403


def test_promises_due_are_counted_on_the_page_and_listed_behind_it(client_as, supervisor, team_leader, book):
    for key, due, amount in (
        ("own", APRIL, "120.00"),
        ("pool", APRIL, "80.00"),
        ("pool", dt.date(2026, 4, 9), "50.00"),
    ):
        Promise.objects.create(
            case=book[key], amount=Decimal(amount), enough=Decimal(amount), made_on=dt.date(2026, 4, 2), due_on=due,
            counts_until=dt.date(2026, 4, 11), owed=1, stage=1, made_at=NOW,
        )  # fmt: skip
    for person, today, late in ((supervisor, (2, "200.00"), (1, "50.00")), (team_leader, (1, "120.00"), (0, "0"))):
        client = client_as(person)
        tiles = client.get(reverse("reports:overview_part", args=["today"])).context["promises"]
        assert [(one["sum"].number, one["sum"].amount) for one in tiles] == [
            (today[0], Decimal(today[1])), (late[0], Decimal(late[1])),
        ]  # fmt: skip
        for tile in tiles:
            assert client.get(tile["url"]).context["sum"] == tile["sum"]


def test_money_without_a_contract_is_listed_without_a_name(client_as, supervisor, book):
    Repayment.objects.create(
        source=book["own"].loan.source, contract_no="谁的", paid_on=APRIL, amount=Decimal("33.00"), status="confirmed"
    )
    response = client_as(supervisor).get(url("unmatched_money"))
    assert response.context["sum"].amount == Decimal("33.00") and "合同待匹配" in response.content.decode()
    assert client_as(supervisor).get(url("money_in")).context["sum"].amount == Decimal("988.00")


def test_rows_are_exported_masked_with_a_reason_that_the_trail_keeps(client_as, supervisor, collector, book):
    client = client_as(supervisor)
    there = reverse("reports:rows_export", args=["recovery_rate"]) + "?part=numerator"
    response = client.post(there, {"reason": "核对四月回款"})
    rows = list(openpyxl.load_workbook(io.BytesIO(response.content)).active.iter_rows(values_only=True))[3:-2]
    assert sum(row[5] for row in rows) == 900 and {row[1] for row in rows} == {"王*", "张*丰"}
    event = AuditEvent.objects.get(action="figures.exported")
    assert (event.reason, event.data["rows"], event.data["figure"]) == ("核对四月回款", 3, "recovery_rate")

    assert client.post(there, {"reason": " "}).status_code == 302
    assert AuditEvent.objects.filter(action="figures.exported").count() == 1, "no reason, no file"
    assert client_as(collector).post(there, {"reason": "自用"}).status_code == 403


def test_more_rows_than_an_export_takes_are_refused_with_the_number(client_as, supervisor, book, monkeypatch):
    from reports.views import rows

    monkeypatch.setattr(rows, "MOST_EXPORTED", 2)
    client = client_as(supervisor)
    there = reverse("reports:rows_export", args=["recovery_rate"])
    response = client.post(there, {"reason": "核对"}, follow=True)
    assert "共 3 行" in response.content.decode()
    assert not AuditEvent.objects.filter(action="figures.exported").exists()


def test_the_stages_of_the_opening_are_those_of_the_figure(supervisor, book, collector):
    make_case(days=10, total="10.00", as_of=MARCH, desk=desk_of(collector))
    asked = ASKED.narrowed(only={"stage": "M1"})
    rows = registry.parts_of("recovery_rate")["denominator"]
    assert reading.total_of(rows, asked).amount == kpi("recovery_rate", asked).total.denominator == Decimal("3010.00")
