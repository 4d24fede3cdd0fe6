"""What people enter: amounts that fell due and costs; the rates that need them, and say so where they are missing."""

from decimal import Decimal

import pytest
from django.db import Error, transaction
from django.urls import reverse

from cases.models import Desk, DeskKind
from collection_ops.core.models import AuditEvent
from reports.kpis import Dim
from reports.models import InputKind, KpiInput
from reports.services.kpi_inputs import Figure, InputRefused, enter
from tests.cases.builders import desk_of, make_source
from tests.cases.imports.conftest import debt
from tests.reports.kpis.builders import ask, at, form_token, in_hand, march, pay

pytestmark = pytest.mark.django_db


def put(finance, what, yuan, *, day=31, source=None, org="", month=3):
    figure = Figure(march(1, month), what, Decimal(yuan), source, org)
    return enter(figure=figure, actor=finance, today=march(day), now=at(day))


def agency():
    return Desk.objects.create(code="hengtong", name="恒通", kind=DeskKind.AGENCY)


def test_entry_rate_is_what_became_overdue_of_what_fell_due_and_none_without_the_figure(import_day, finance):
    # Of 3 March: due on the 1st and 2nd; the third was overdue for long, and belongs to no due date of the month.
    import_day(
        march(3), [debt(1, days=2, total="600.00"), debt(2, days=1, total="400.00"), debt(3, days=90, total="900.00")]
    )
    import_day(march(6), [debt(1, days=5, total="600.00"), debt(2, days=4, total="400.00"), debt(3, days=93)])
    answer = ask("entry_rate", 1, 31)
    assert (answer.total.numerator, answer.total.value) == (Decimal("1000.00"), None)
    assert answer.total.parts == {"cases": 2, "older": Decimal("900.00"), "missing": 1}
    put(finance, InputKind.AMOUNT_DUE, "20000.00")
    answer = ask("entry_rate", 1, 31)
    assert answer.total.value == Decimal("0.05")
    # Two months, of which one is not entered: no rate, rather than one of half the denominator.
    assert ask("entry_rate", march(1), march(30, 4)).total.value is None


def test_due_on_the_last_day_and_listed_in_the_first_days_of_the_next_month_belongs_to_the_month(import_day, finance):
    import_day(march(2, 4), [debt(1, days=2, total="600.00"), debt(2, days=1, total="400.00")])
    put(finance, InputKind.AMOUNT_DUE, "6000.00")
    assert ask("entry_rate", 1, 31).total.value == Decimal("0.1")


def test_a_correction_is_a_newer_row_and_an_old_report_prints_what_it_printed(import_day, finance):
    import_day(march(3), [debt(1, days=2, total="1000.00")])
    put(finance, InputKind.AMOUNT_DUE, "20000.00", day=20)
    first = put(finance, InputKind.AMOUNT_DUE, "10000.00", day=25)
    assert ask("entry_rate", 1, 31).total.value == Decimal("0.1")
    assert ask("entry_rate", 1, 31, known_by=at(21)).total.value == Decimal("0.05")
    assert ask("entry_rate", 1, 31, known_by=at(19)).total.value is None
    with pytest.raises(Error, match="append-only"), transaction.atomic():
        KpiInput.objects.filter(pk=first.pk).update(yuan=1)


def test_sources_are_added_up_where_nobody_entered_the_whole(import_day, source, other_source, finance):
    import_day(march(3), [debt(1, days=2, total="1000.00")])
    put(finance, InputKind.AMOUNT_DUE, "4000.00", source=source)
    put(finance, InputKind.AMOUNT_DUE, "6000.00", source=other_source)
    answer = ask("entry_rate", 1, 31, Dim.SOURCE)
    assert answer.line("card").value == Decimal("0.25")
    assert answer.total.value == Decimal("0.1")


def test_cost_to_collect_sets_the_own_team_with_overheads_beside_each_agency(collector, finance):
    mine, theirs = in_hand(desk_of(collector)), in_hand(agency())
    pay(mine, 10, "10000.00")
    pay(theirs, 10, "5000.00")
    for what, yuan in (("staff", "600.00"), ("seat", "100.00"), ("phone", "50.00"), ("legal", "0.00")):
        put(finance, what, yuan, org="own")
    put(finance, "agency_fee", "1000.00", org="hengtong")
    answer = ask("cost_to_collect", 1, 31, Dim.AGENCY)
    # Without overheads the own team beats any agency: no rate until they are there.
    assert (answer.line("").value, answer.line("").parts["missing"]) == (None, 1)
    assert answer.line("hengtong").value == Decimal("0.2")
    assert answer.total.value is None
    put(finance, "overhead", "250.00", org="own")
    answer = ask("cost_to_collect", 1, 31, Dim.AGENCY)
    assert answer.line("").value == Decimal("0.1")
    assert answer.total.value == Decimal("0.133333")
    assert ask("cost_to_collect", 1, 31, only={Dim.AGENCY: "hengtong"}).total.value == Decimal("0.2")


def test_money_per_head_divides_by_the_days_on_which_people_were_there(collector):
    pay(in_hand(desk_of(collector)), 3, "900.00")
    answer = ask("money_per_head", 2, 8, Dim.DESK)
    assert answer.total.denominator == 5  # Monday to Friday
    assert answer.line(desk_of(collector).code).value == Decimal("180.00")


def test_period_recovery_is_lowered_by_a_large_intake_and_its_definition_says_so(import_day):
    from reports.kpis import definition_of

    import_day(march(2), [debt(1, total="1000.00")])
    import_day(march(3), [debt(1, total="1000.00"), debt(2, total="3000.00")])
    case = _case(1)
    pay(case, 4, "500.00")
    assert ask("period_recovery", 3, 4).total.value == Decimal("0.166667")
    assert ask("recovery_rate", 3, 4).total.value == Decimal("0.5")
    # Nothing came in: nothing to divide by, not a hundred per cent.
    assert ask("period_recovery", 4, 4).total.value is None
    assert "不能用来比较业绩" in definition_of("period_recovery").texts()["exclusions"]


def _case(number):
    from tests.cases.imports.conftest import case_of

    return case_of(number)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"what": "staff"}, "org"),
        ({"what": "agency_fee", "org": "own"}, "org"),
        ({"what": "staff", "org": "nobody"}, "org"),
        ({"what": "amount_due", "org": "own"}, "org"),
        ({"what": "staff", "org": "own", "source": True}, "source"),
        ({"what": "amount_due", "month": 4}, "month"),
    ],
)
def test_a_figure_of_nobody_or_of_a_month_to_come_is_refused(finance, wrong, field):
    if wrong.get("source"):
        wrong = {**wrong, "source": make_source()}
    with pytest.raises(InputRefused) as refused:
        put(finance, yuan="1.00", **wrong)
    assert refused.value.field == field
    assert not KpiInput.objects.exists()


def test_finance_enters_a_figure_on_the_page_and_an_auditor_only_reads(client_as, finance, auditor, collector):
    url = reverse("reports:kpi_inputs")
    assert client_as(collector).get(url).status_code == 403
    client = client_as(finance)
    typed = {"month": "2026-03", "what": "staff", "org": "own", "yuan": "1200.50", "note": "工资表"}
    assert client_as(auditor).post(reverse("reports:kpi_input_add"), typed).status_code == 403
    token = form_token(client.get(url).content.decode())
    refused = client.post(reverse("reports:kpi_input_add"), {**typed, "org": "", **token})
    assert refused.status_code == 409 and "请选择自有团队或一家机构" in refused.content.decode()
    token = form_token(refused.content.decode())
    assert client.post(reverse("reports:kpi_input_add"), {**typed, **token}).status_code == 302
    assert AuditEvent.objects.get(action="kpi.entered").data["yuan"] == "1200.50"
    page = client_as(auditor).get(url).content.decode()
    assert "1,200.50" in page and "录入一项" not in page
