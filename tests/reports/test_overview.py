"""The overview: a sentence, stages, movement, absences, files; every figure opens its cases."""

import datetime as dt
import io
from decimal import Decimal

import openpyxl
import pytest
from django.http import QueryDict
from django.urls import reverse

from cases.filters import CaseFilter
from cases.models import Case, Source
from reports import selectors
from reports.dashboards.supervisor import PARTS
from tests.cases.builders import add_position, desk_of, make_case, make_run, make_source


def seen_by(user):
    return Case.objects.for_user(user, "overview.view")


D1, D2 = dt.date(2026, 3, 30), dt.date(2026, 3, 31)


@pytest.fixture
def book(collector):
    """Two days: one rolls forward, one back, one stays, one leaves, one is new; one of them on the collector's desk."""
    desk = desk_of(collector)
    forward = make_case(contract_no="F-1", days=30, total="100.00", as_of=D1, desk=desk)
    back = make_case(contract_no="B-1", days=61, total="200.00", as_of=D1)
    stay = make_case(contract_no="S-1", days=40, total="300.00", as_of=D1)
    left = make_case(contract_no="L-1", days=40, total="400.00", as_of=D1)
    add_position(forward, D2, days=31, total="110.00")
    add_position(back, D2, days=31, total="150.00")
    add_position(stay, D2, days=41, total="300.00")
    make_case(contract_no="N-1", days=1, total="50.00", as_of=D2)
    Case.objects.filter(pk=left.pk).update(absent_since=D2)


def test_the_book_by_stage_and_the_absences_apart(supervisor, book):
    found = selectors.book_of(seen_by(supervisor))
    by_label = {line.label: (line.count, line.total) for line in found.stages if line.count}
    assert by_label == {"M1": (1, Decimal("50.00")), "M2": (3, Decimal("560.00"))}
    assert [line.label for line in found.stages] == ["M1", "M2", "M3", "M4", "M5", "M6", "M7+"]
    assert (found.count, found.amount) == (4, Decimal("610.00"))
    assert (found.absent_count, found.absent_amount) == (1, Decimal("400.00"))


def test_the_movement_adds_up_to_both_days(supervisor, book):
    moved = selectors.movement_of(seen_by(supervisor))
    assert (moved.new.count, moved.new.amount) == (1, Decimal("50.00"))
    assert (moved.left.count, moved.left.amount) == (1, Decimal("400.00"))
    assert (moved.forward.count, moved.forward.amount) == (1, Decimal("100.00"))
    assert (moved.back.count, moved.back.amount) == (1, Decimal("200.00"))
    assert moved.stayed.count == 1
    assert sum(cell.count for key, cell in moved.cells.items() if key[0] is not None) == 4, "all of the day before"
    assert sum(cell.count for key, cell in moved.cells.items() if key[1] is not None) == 4, "all of the last day"


def test_a_debt_that_came_back_as_a_new_case_has_rolled_and_is_neither_new_nor_gone(supervisor, book):
    before = make_case(contract_no="R-1", days=29, total="70.00", as_of=D1)
    Case.objects.filter(pk=before.pk).update(closed_on=D1, close_reason="paid")
    again = make_case(loan=before.loan, episode=2, days=31, total="80.00", as_of=D2)
    found = selectors.movement_of(seen_by(supervisor))
    assert (found.new.count, found.left.count) == (1, 1), "as before"
    assert (found.forward.count, found.forward.amount) == (2, Decimal("170.00"))
    forward = CaseFilter(QueryDict("move=forward&status=all"), Case.objects.for_user(supervisor)).filtered
    assert again in forward and before not in forward


def test_a_team_leader_sees_the_team_only(team_leader, book):
    assert selectors.book_of(seen_by(team_leader)).count == 1
    assert selectors.movement_of(seen_by(team_leader)).forward.count == 1
    assert selectors.movement_of(seen_by(team_leader)).new.count == 0


def test_a_leader_without_a_unit_sees_nothing(team_leader, book):
    team_leader.unit = ""
    assert selectors.book_of(seen_by(team_leader)).count == 0
    assert not selectors.movement_of(seen_by(team_leader)).cells


def test_a_source_whose_file_did_not_come_is_compared_on_its_own_days(supervisor, book):
    late = make_source("late", "迟到的系统")
    case = make_case(contract_no="LATE-1", days=5, as_of=dt.date(2026, 3, 27), source=late)
    add_position(case, D1, days=8, total="1.00")
    moved = selectors.movement_of(seen_by(supervisor))
    assert moved.left.count == 1, "only the one of the other source"
    assert {(source.code, later) for source, _, later in moved.days} == {("card", D2), ("late", D1)}


def test_a_second_run_of_an_undone_day_is_not_counted_twice(supervisor, book):
    make_run(Source.objects.get(code="card"), dt.date(2026, 4, 1), state="undone")
    assert selectors.movement_of(seen_by(supervisor)).days[0][2] == D2


def test_every_figure_of_the_page_opens_a_list_of_as_many_cases(client_as, supervisor, book):
    response = client_as(supervisor).get(reverse("reports:overview"))
    everything = Case.objects.for_user(supervisor)

    def listed(url: str) -> int:
        return CaseFilter(QueryDict(url.partition("?")[2]), everything).filtered.count()

    context = response.context
    for row in context["stage_rows"]:
        assert listed(row["url"]) == row["line"].count
    moved = client_as(supervisor).get(reverse("reports:overview_part", args=["movement"])).context
    for move in moved["moves"]:
        assert listed(move["url"]) == move["cell"].count, move["label"]
    for row in moved["matrix"]:
        for item in row["cells"]:
            if item["cell"] is not None:
                assert listed(item["url"]) == item["cell"].count, (row["label"], item["url"])
    assert listed(context["book_url"]) == context["book"].count
    assert listed(context["absent_url"]) == context["book"].absent_count


def test_the_page_of_one_source_holds_that_source_only(client_as, supervisor, book):
    make_case(source=make_source("other", "别的系统"))
    client = client_as(supervisor)
    assert client.get(reverse("reports:overview")).context["book"].count == 5
    assert client.get(reverse("reports:overview") + "?source=other").context["book"].count == 1
    for odd in ("nonsense", "%00", "x" * 3000):
        assert client.get(f"{reverse('reports:overview')}?source={odd}").context["book"].count == 5


def test_an_empty_book_says_what_to_do(client_as, supervisor):
    page = client_as(supervisor).get(reverse("reports:overview")).content.decode()
    assert "empty-state" in page and "data-chart" not in page


def test_markup_in_names_of_files_and_sources_is_text_also_in_the_chart_data(client_as, supervisor):
    source = make_source("evil", "</script><img src=x onerror=alert(1)>")
    run = make_run(source)
    run.file_name = "<svg onload=alert(1)>.xlsx"
    run.save()
    make_case(source=source)
    page = client_as(supervisor).get(reverse("reports:overview")).content.decode()
    assert "<img src=x" not in page and "<svg onload" not in page


def test_the_stage_table_is_taken_as_a_workbook(client_as, supervisor, book):
    response = client_as(supervisor).get(reverse("reports:overview_table", args=["stages"]))
    rows = list(openpyxl.load_workbook(io.BytesIO(response.content)).active.iter_rows(values_only=True))
    m2 = next(row for row in rows if row[0] == "M2")
    assert m2[1:3] == (3, 560)
    assert next(row for row in rows if row[0] == "合计")[1:3] == (4, 610)


def test_the_page_and_its_parts_need_the_capability(client_as, supervisor, collector, book):
    for name, part in PARTS.items():
        address = reverse("reports:overview_part", args=[name])
        assert client_as(collector).get(address).status_code == 403
        answer = client_as(supervisor).get(address)
        assert answer.status_code == 200 and str(part.label) in answer.content.decode()
    assert client_as(collector).get(reverse("reports:overview")).status_code == 403
    assert client_as(supervisor).get(reverse("reports:overview_part", args=["nonsense"])).status_code == 404


def test_the_parts_are_asked_for_with_the_filters_of_the_page(client_as, supervisor, book):
    page = client_as(supervisor).get(reverse("reports:overview") + "?source=card").content.decode()
    for name in PARTS:
        assert f'hx-get="{reverse("reports:overview_part", args=[name])}?source=card"' in page
    make_case(source=make_source("other", "别的系统"), as_of=D2)
    client, movement = client_as(supervisor), reverse("reports:overview_part", args=["movement"])
    assert [one.code for one, _earlier, _later in client.get(movement).context["movement"].days] == ["card"]
    assert client.get(f"{movement}?source=other").context["movement"].days == []
