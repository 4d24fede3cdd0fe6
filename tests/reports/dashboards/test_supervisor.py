"""The supervisor's dashboard: what it says is what the command and the workbook say, for who may see it."""

import io
import json
from decimal import Decimal
from html import unescape
from urllib.parse import parse_qs, urlparse

import openpyxl
import pytest
from django.core.management import call_command
from django.urls import reverse

from agents.models import Level, SetKind, Target, TargetSet
from collection_ops.core.models import AuditEvent
from tests.reports.dashboards.conftest import APRIL, NOW

PAGE = "reports:overview"


def part(name: str) -> str:
    return reverse("reports:overview_part", args=[name])


def sheet(response) -> list[tuple]:
    assert response.status_code == 200
    return list(openpyxl.load_workbook(io.BytesIO(response.content)).active.iter_rows(values_only=True))


def said_by_the_command(name: str, *options: str) -> dict:
    out = io.StringIO()
    call_command("kpi", name, "--as-of", APRIL.isoformat(), "--json", *options, stdout=out)
    return json.loads(out.getvalue())


def figures_of(response) -> dict:
    context = response.context
    return {one.name: one for one in (*(head["figure"] for head in context["headlines"]), *context["figures"])}


def test_page_command_and_workbook_say_the_same(client_as, supervisor, book):
    client = client_as(supervisor)
    response = client.get(reverse(PAGE))
    page = response.content.decode()
    figures = figures_of(response)
    rows = {row[0]: row for row in sheet(client.get(reverse("reports:overview_table", args=["figures"])))}
    for name in ("recovery_rate", "roll_forward_rate", "money_in", "entered"):
        command, figure = said_by_the_command(name)["total"], figures[name]
        assert figure.line.to_json(()) == command, name
        assert figure.shown in page
        exported = rows[figure.label]
        assert exported[1] == figure.shown
        assert Decimal(str(exported[2])) == Decimal(command["numerator"])
    assert figures["recovery_rate"].shown == "9.00%", "900 of 10,000"
    assert (figures["money_in"].shown, figures["entered"].shown) == ("955.00", "500.00")


def test_recovery_comes_first_and_the_complaint_rate_follows_it_where_there_is_one(client_as, supervisor, book):
    from reports.kpis import catalogue

    heads = [one["figure"].name for one in client_as(supervisor).get(reverse(PAGE)).context["headlines"]]
    assert heads == [name for name in ("recovery_rate", "complaint_rate") if name in catalogue()]


def test_a_figure_says_what_it_means_on_hover_on_focus_and_opened(client_as, supervisor, book):
    page = client_as(supervisor).get(reverse(PAGE)).content.decode()
    assert 'aria-describedby="tip-recovery_rate"' in page and 'role="tooltip" id="tip-recovery_rate"' in page
    assert page.count("期间内已确认的还款减去冲正，按还款日期计") >= 2, "in the tip and in what opens"
    assert "口径第 1 版，截至 2026-04-10" in page


def test_the_month_is_compared_with_the_one_before_up_to_the_same_day(client_as, supervisor, book):
    figure = figures_of(client_as(supervisor).get(reverse(PAGE)))["entered"]
    assert [day.isoformat() for day in figure.before_days] == ["2026-03-01", "2026-03-10"]
    figure = figures_of(client_as(supervisor).get(reverse(PAGE) + "?from=2026-04-01&to=2026-04-05"))["entered"]
    assert [day.isoformat() for day in figure.before_days] == ["2026-03-01", "2026-03-05"]
    figure = figures_of(client_as(supervisor).get(reverse(PAGE) + "?from=2026-04-03&to=2026-04-05"))["entered"]
    assert [day.isoformat() for day in figure.before_days] == ["2026-03-31", "2026-04-02"]


def test_the_target_of_the_month_stands_beside_its_figure(client_as, supervisor, team_leader, book):
    version = TargetSet.objects.create(
        month=APRIL.replace(day=1), version=1, kind=SetKind.AGREED, reason="核定", saved_by=supervisor, saved_at=NOW
    )
    for metric, amount in (("money", "900.00"), ("recovery", "12.50")):
        Target.objects.create(set=version, metric=metric, level=Level.COMPANY, amount=Decimal(amount))
    figures = figures_of(client_as(supervisor).get(reverse(PAGE)))
    assert (figures["money_in"].target, figures["money_in"].meets_target) == (Decimal("900.00"), True)
    assert figures["recovery_rate"].target_shown == "12.50%"
    of_half_a_month = figures_of(client_as(supervisor).get(reverse(PAGE) + "?from=2026-03-15&to=2026-04-10"))
    assert of_half_a_month["money_in"].target is None
    assert figures_of(client_as(team_leader).get(reverse(PAGE)))["recovery_rate"].target is None, "the company's"


def test_a_team_leader_reads_the_team_only_and_no_figure_of_the_house(client_as, team_leader, book):
    response = client_as(team_leader).get(reverse(PAGE))
    figures = figures_of(response)
    assert figures["recovery_rate"].shown == "30.00%", "300 of the 1,000 on the team's desk"
    assert "money_in" not in figures, "money is not told apart by desks"
    assert "900.00 / 10,000.00" not in response.content.decode()
    assert response.context["book"].count == 1


def test_filters_in_the_address_narrow_every_figure_and_become_chips(client_as, supervisor, book):
    client = client_as(supervisor)
    response = client.get(reverse(PAGE) + "?product=消费贷&month=2026-04")
    assert figures_of(response)["recovery_rate"].parts == "600.00 / 3,000.00"
    assert response.context["book"].count == 1
    chips = response.context["asked"].chips
    assert [(chip.label, chip.text) for chip in chips][1] == ("产品", "消费贷")
    assert "product" not in parse_qs(urlparse(chips[1].remove).query)
    narrowed = figures_of(client.get(reverse(PAGE) + "?agency=agency-a"))
    assert narrowed["recovery_rate"].parts == "600.00 / 3,000.00"
    assert narrowed["money_in"].line is None and "不能按所选条件细分" in narrowed["money_in"].why_said
    assert figures_of(client.get(reverse(PAGE) + "?stage=M1"))["recovery_rate"].parts == "300.00 / 3,000.00"


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("month=2026-13", "月份要写成"),
        ("month=2027-01", "这个月还没有文件"),
        ("from=x", "起止日期要写成"),
        ("from=2026-04-09&to=2026-04-01", "开始日期晚于结束日期"),
        ("from=2001-01-01&to=2026-04-01", "期间最长三年"),
        ("from=0001-01-01", "期间最长三年"),
        ("stage=M9", "没有逾期阶段"),
        ("team=nobody", "没有小组"),
        ("desk=%00'--", "没有席位"),
        ("product=%3Cscript%3E", "没有产品"),
        ("source=" + "x" * 3000, "没有数据来源"),
    ],
)
def test_a_filter_that_makes_no_sense_is_said_and_left_out(client_as, supervisor, book, query, sentence):
    response = client_as(supervisor).get(f"{reverse(PAGE)}?{query}")
    assert response.status_code == 200
    page = response.content.decode()
    assert sentence in page and "<script>" not in page.partition("没有产品")[2][:60]
    assert figures_of(response)["recovery_rate"].shown == "9.00%"


def test_what_is_narrowed_to_a_team_opens_as_many_cases(client_as, supervisor, book):
    from django.http import QueryDict

    from cases.filters import CaseFilter
    from cases.models import Case

    client = client_as(supervisor)
    for query in ("team=team-a", "agency=agency-a", "product=消费贷", "stage=M2", "desk=pool"):
        context = client.get(f"{reverse(PAGE)}?{query}").context
        addresses = [(row["url"], row["line"].count) for row in context["stage_rows"]]
        moves = client.get(f"{part('movement')}?{query}").context["moves"]
        addresses += [(move["url"], move["cell"].count) for move in moves] if "stage" not in query else []
        for address, number in addresses:
            filters = CaseFilter(QueryDict(address.partition("?")[2]), Case.objects.for_user(supervisor))
            assert filters.filtered.count() == number, address


def test_a_leader_cannot_narrow_to_the_desk_of_others(client_as, team_leader, book):
    response = client_as(team_leader).get(reverse(PAGE) + "?desk=agency-a")
    assert "没有席位" in response.content.decode()
    assert figures_of(response)["recovery_rate"].parts == "300.00 / 1,000.00"


def test_each_chart_has_a_table_with_its_numbers_and_an_export_of_the_same(client_as, supervisor, book):
    client = client_as(supervisor)
    response = client.get(reverse(PAGE))
    trend = response.context["headlines"][0]["trend"]
    assert f'id="{trend.data_id}"' in response.content.decode() and 'role="img"' in response.content.decode()
    drawn = trend.data["series"][0]["values"][-1]
    exported = sheet(client.get(reverse("reports:overview_table", args=[trend.name])))
    exported = exported[3:-2]  # without the title, the heading and the line of who took it
    assert [row[0] for row in exported] == trend.data["labels"]
    assert exported[-1][1] == pytest.approx(drawn) == pytest.approx(0.09)
    event = AuditEvent.objects.filter(action="overview.exported").latest("pk")
    assert event.data["table"] == "trend-recovery_rate" and event.actor == supervisor


@pytest.mark.parametrize("name", ["stages", "matrix", "rollers", "activity", "figures"])
def test_every_table_can_be_taken_and_an_unknown_one_is_not_found(client_as, supervisor, book, name):
    client = client_as(supervisor)
    assert len(sheet(client.get(reverse("reports:overview_table", args=[name])))) > 3
    assert client.get(reverse("reports:overview_table", args=["nonsense"])).status_code == 404


def test_what_waits_today_is_counted_and_opens_its_page(client_as, supervisor, book):
    client = client_as(supervisor)
    response = client.get(reverse(PAGE))
    page = response.content.decode()
    assert response.context["book"].absent_count == 1 and "未出现在最近的文件中，待解释" in page
    today = client.get(part("today"))
    assert today.context["notes_overdue"]["number"] == 0 and "缺席待解释" in today.content.decode()
    assert [row.person.display_name for row in client.get(part("activity")).context["activity"]] == ["林催收"]
    ahead = client.get(part("ahead")).context["ahead"]
    assert [one.number for one in ahead] == [1, 1, 1], "30 days on the day itself: rolls tomorrow"


def test_the_page_reads_in_english(client_as, supervisor, book):
    client = client_as(supervisor)
    client.cookies["language"] = "en"
    page = unescape(client.get(reverse(PAGE)).content.decode())
    for word in ("Tomorrow's rollers", "Period and filters", "The team today", "Export figures", "Reading…"):
        assert word in page, word
    for name, word in (("ahead", "All rollers"), ("activity", "The team today"), ("movement", "From \\ to")):
        assert word in client.get(part(name)).content.decode(), name


def test_an_empty_book_says_what_to_do(client_as, supervisor):
    response = client_as(supervisor).get(reverse(PAGE))
    assert "empty-state" in response.content.decode() and "headlines" not in response.context
