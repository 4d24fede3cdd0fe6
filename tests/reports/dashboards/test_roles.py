"""The dashboards of manager, clerk and collector, and the index of the admin."""

import datetime as dt
import io
from decimal import Decimal

import openpyxl
import pytest
from django.urls import reverse

from agents.models import Level, SetKind, Target, TargetSet, Team
from cases.models import ImportRun, Repayment, Source
from reports.dashboards import intake
from reports.dashboards.figures import number
from reports.kpis import Dim, Question, catalogue, definitions, kpi
from reports.kpis.asked import Answer, Line
from tests.cases.builders import make_case
from tests.reports.dashboards.conftest import APRIL, NOW

ASKED = Question(as_of=APRIL, first=APRIL.replace(day=1))


def sheet(response) -> list[tuple]:
    assert response.status_code == 200
    return list(openpyxl.load_workbook(io.BytesIO(response.content)).active.iter_rows(values_only=True))[2:-2]


# Manager ---------------------------------------------------------------------------------------------------------------


def test_the_heat_map_says_what_the_kpi_says_and_each_cell_opens_its_rows(client_as, manager, book):
    client = client_as(manager)
    response = client.get(reverse("reports:manager"))
    table = response.context["heat"].table
    answer = kpi("recovery_rate", ASKED.narrowed(by=(Dim.PRODUCT, Dim.STAGE)))
    by_row = {row[0]: row for row in table.rows}
    for line in answer.lines:
        product, stage = line.key
        assert by_row[product][1 + ["M1", "M2", "M3", "M4", "M5", "M6", "M7+"].index(stage)] == line.value
    assert by_row["消费贷"][-1] == kpi("recovery_rate", ASKED.narrowed(only={Dim.PRODUCT: "消费贷"})).total.value
    for (row, column), url in table.urls.items():
        figure = client.get(url).context["figure"]
        assert figure.value == table.rows[row][column], url
    assert table.urls, "something to open"
    rolled = client.get(reverse("reports:manager") + "?heat=roll_forward_rate").context
    assert rolled["heat_name"] == "roll_forward_rate" and rolled["heat"].table.name == "heat-roll_forward_rate"
    assert client.get(reverse("reports:manager") + "?heat=nonsense").context["heat_name"] == "recovery_rate"


def test_own_team_and_agencies_stand_on_the_same_mix_and_few_debts_are_not_ranked(client_as, manager, book):
    client = client_as(manager)
    context = client.get(reverse("reports:manager")).context
    assert [(one.party, one.debts, one.rank) for one in context["compared"]] == [("agency-a", 1, None), ("", 3, None)]
    assert [row[0] for row in sheet(client.get(reverse("reports:manager_table", args=["agencies"])))[1:]] == [
        "甲委外", "自有团队",
    ]  # fmt: skip
    assert "少于 30 件的不排名" in client.get(reverse("reports:manager")).content.decode()


def test_trends_go_over_twelve_months_and_begin_where_there_is_something_to_tell(client_as, manager, book):
    client = client_as(manager)
    trend = client.get(reverse("reports:manager")).context["headlines"][0]["trend"]
    assert trend.data["labels"] == ["2026-02", "2026-03", "2026-04"], "of one month with a book, three to see it begin"
    make_case(days=1, total="10.00", as_of=dt.date(2025, 11, 30))
    trend = client.get(reverse("reports:manager")).context["headlines"][0]["trend"]
    assert (trend.data["labels"][0], trend.data["labels"][-1], len(trend.data["labels"])) == ("2025-12", "2026-04", 5)
    rows = sheet(client.get(reverse("reports:manager_table", args=["trend-recovery_rate"])))
    assert rows[-1][1] == pytest.approx(0.09) and rows[1][1] == 0 and rows[4][1] is None


def test_points_that_are_not_mature_are_marked_in_the_drawing_and_counted_in_the_table(
    client_as, manager, book, monkeypatch
):
    """With the KPI as it is agreed upon: lines of (cohort, age), the part `mature`."""

    def vintage(question, version):
        cells = (("2026-03", "0", "0.10", 1), ("2026-03", "1", "0.30", 0), ("2026-04", "0", "0.05", 0))
        lines = tuple(
            Line((cohort, age), Decimal(rate), Decimal(1), {"mature": Decimal(mature)})
            for cohort, age, rate, mature in cells
        )
        return Answer("vintage", 1, question, lines, Line((), Decimal(0), Decimal(1)))

    words = dict.fromkeys(definitions.Definition.TEXTS, "")
    told = definitions.Definition(
        name="vintage", label="账龄回收", unit=definitions.Unit.PERCENT, dims=tuple(Dim), **words
    )
    monkeypatch.setitem(definitions._catalogue, "vintage", (told, vintage))
    client = client_as(manager)
    chart = client.get(reverse("reports:manager")).context["vintage"]
    assert [one["name"] for one in chart.data["series"]] == ["2026-03", "2026-04"]
    assert chart.data["series"][0]["mature"] == [True, False] and chart.data["series"][1]["values"] == [0.05, None]
    rows = sheet(client.get(reverse("reports:manager_table", args=["vintage"])))
    assert [row[-1] for row in rows[1:]] == [1, 1]


def test_a_manager_without_a_book_is_told_what_to_do_and_others_do_not_get_in(
    client_as, manager, supervisor, collector
):
    response = client_as(manager).get(reverse("reports:manager"))
    assert "empty-state" in response.content.decode()
    for person in (supervisor, collector):
        assert client_as(person).get(reverse("reports:manager")).status_code == 403
    assert client_as(manager).get(reverse("reports:manager_table", args=["vintage"])).status_code in (200, 404)


# Clerk -----------------------------------------------------------------------------------------------------------------


def test_the_clerk_sees_which_source_is_late_what_waits_and_which_problems_come(client_as, clerk, book):
    source = Source.objects.get(code="card")
    Source.objects.filter(pk=source.pk).update(expected_by=dt.time(9))
    ImportRun.objects.filter(as_of=APRIL).update(
        as_of=APRIL - dt.timedelta(days=1),
        problem_counts={"error": 2, "warning": 1, "error_rows": 2, "by_code": {"phone_unusable": 3, "row_total": 1}},
        row_counts={"read": 120},
    )
    Repayment.objects.create(
        source=source, contract_no="谁的", paid_on=APRIL, amount=Decimal("12.00"), status="confirmed"
    )
    client = client_as(clerk)
    response = client.get(reverse("reports:intake"))
    context, page = response.context, response.content.decode()
    assert context["late"] == [source.name] and "过了应到时间还没有收到今天的文件" in page
    assert context["waiting_money"] == {"number": 1, "amount": Decimal("12.00")}
    assert context["sources_table"].rows[0][3:7] == ["迟到", 120, 2, 3]
    assert [(row[1], row[2]) for row in context["codes"].rows] == [("phone_unusable", 3)], "what is said is no problem"
    assert context["problems"].table.rows[-1][1] == 3
    exported = sheet(client.get(reverse("reports:intake_table", args=["problems"])))
    assert exported[-1][1] == 3
    assert client.get(reverse("reports:intake") + "?source=nonsense").status_code == 200


def test_every_kind_of_problem_has_words_without_what_is_particular_to_a_row():
    from cases.imports.words.problems import MESSAGES

    for code in MESSAGES:
        assert "%" not in intake.words_of(code).replace("100%", ""), code
    assert intake.words_of("nonsense") == "nonsense"


# Collector -------------------------------------------------------------------------------------------------------------


def test_a_collector_reads_the_own_numbers_and_no_others(client_as, collector, supervisor, book):
    client = client_as(collector)
    response = client.get(reverse("reports:mine"))
    figures = {one.name: one for one in response.context["figures"]}
    assert figures["recovery_rate"].parts == "300.00 / 1,000.00"
    assert response.context["complaints"] == 0 and "只显示件数" in response.content.decode()
    assert response.context["today_row"].money_month == Decimal("300.00")
    rows = sheet(client.get(reverse("reports:mine_table", args=["figures"])))
    assert [row[2] for row in rows if row[0] == figures["recovery_rate"].label] == [300]
    assert client.get(reverse("reports:mine") + "?desk=agency-a").context["asked"].errors
    assert client_as(supervisor).get(reverse("reports:mine")).status_code == 403


def test_own_targets_stand_there_with_what_is_needed_a_day_but_complaints_as_a_number_only(
    client_as, collector, supervisor, book
):
    version = TargetSet.objects.create(
        month=APRIL.replace(day=1), version=1, kind=SetKind.AGREED, reason="核定", saved_by=supervisor, saved_at=NOW
    )
    team = Team.objects.get(code="team-a")
    for metric, amount in (("money", "1000.00"), ("complaints", "2.00")):
        Target.objects.create(
            set=version, metric=metric, level=Level.PERSON, team=team, user=collector, amount=Decimal(amount)
        )
    client = client_as(collector)
    standings = client.get(reverse("reports:mine")).context["standings"]
    assert [(one.metric.code, one.progress.value) for one in standings] == [("money", Decimal("300.00"))]
    assert standings[0].progress.needed
    assert sheet(client.get(reverse("reports:mine_table", args=["targets"])))[1][1:4] == (300, 1000, 0.3)


def test_who_has_no_desk_is_told_so(client_as, collector):
    assert "您还没有席位" in client_as(collector).get(reverse("reports:mine")).content.decode()


# Admin -----------------------------------------------------------------------------------------------------------------


def test_the_index_of_the_admin_shows_the_rates_of_the_house(client_as, admin_user, book):
    page = client_as(admin_user).get(reverse("admin:index")).content.decode()
    assert "9.00%" in page and "2026-04-01 – 2026-04-10" in page
    shown = [name for name in ("recovery_rate", "complaint_rate") if name in catalogue()]
    assert page.count("<dt>") == len(shown)


def test_the_index_of_the_admin_stands_without_a_book(client_as, admin_user):
    assert client_as(admin_user).get(reverse("admin:index")).status_code == 200


def test_a_nought_is_written_as_the_other_side_of_its_rate_is():
    assert number(Decimal("0.00"), like=Decimal(12)) == "0"
    assert number(Decimal("0.00"), like=Decimal("12.50")) == "0.00"
    assert number(Decimal(1234), like=Decimal("0.00")) == "1,234"
