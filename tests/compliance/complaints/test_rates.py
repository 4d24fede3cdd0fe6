"""What a complaint rate says, and what the page shows of it to whom."""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from html import unescape
from io import BytesIO

import openpyxl
import pytest
from django.test import Client
from django.urls import reverse

from cases.models import Case, Desk, DeskKind
from collection_ops.core import clock
from collection_ops.core.models import AuditEvent, User
from compliance.complaints.rate_shown import counted_in
from compliance.complaints.rates import Counts, Line, lines_of, rates
from compliance.models import About, Complaint, ContactAttempt
from tests.cases.builders import desk_of, make_case
from tests.compliance.complaints.builders import a_complaint, settle

PAGE, EXPORT = "compliance:complaint_rates", "compliance:complaint_rates_export"


def test_few_customers_give_no_rate_and_nobody_none_at_all() -> None:
    assert Line("1", Counts(complaints=1, contacted=49), least=50).rate is None
    assert Line("1", Counts(complaints=1, contacted=50), least=50).rate == Decimal("200.00")
    assert Line("1", Counts(complaints=1, contacted=30_001), least=50).rate == Decimal("0.33")
    assert Line("1", Counts(complaints=1), least=0).rate is None
    nothing = Line("1", Counts(contacted=60), least=50)
    assert (nothing.rate, nothing.upheld_rate, nothing.in_time_rate) == (0, None, None)


def test_types_divide_by_the_whole_house_and_people_by_their_own() -> None:
    found = {"a": Counts(complaints=2), "b": Counts(complaints=1, due=1)}
    by_type = lines_of(found, {"": 100}, by="type", least=1)
    assert [(line.key, line.rate) for line in by_type] == [("a", 200), ("b", 100)]
    by_user = lines_of(found, {"a": 100, "c": 10}, by="user", least=1)
    assert [(line.key, line.rate) for line in by_user] == [("a", 200), ("b", None), ("c", 0)]
    assert lines_of({}, {}, by="user", least=1) == []
    assert [line.counts for line in lines_of({}, {}, by="house", least=1)] == [Counts()]


@pytest.fixture
def today() -> dt.date:
    return clock.business_date(clock.now())


@pytest.fixture
def said(collector: User, today: dt.date) -> list[Complaint]:
    """Two about the collector, of them one upheld and one with nobody known; one about an agency; one about a fee."""
    Desk.objects.create(code="agency-a", name="松风资产", kind=DeskKind.AGENCY)
    cases = [make_case(desk=desk_of(collector)) for _number in range(3)]
    talk(cases, collector)
    debtor = cases[0].loan.debtor
    upheld = a_complaint(debtor=debtor, about=collector, upheld=True)
    unknown = a_complaint(debtor=None, about=collector, type="service")
    agency = a_complaint(debtor=debtor, about="agency-a", type="hours")
    fee = a_complaint(debtor=debtor, type="fee")
    fee.subjects.create(about=About.FEE)
    return [upheld, unknown, agency, fee]


def talk(cases: list[Case], user: User | None, org: str = "own") -> None:
    now = clock.now()
    ContactAttempt.objects.bulk_create(
        ContactAttempt(
            debtor_id=case.loan.debtor_id, case=case, channel="call", actor=user, org=org, state="closed",
            result="right_party", opened_at=now, started_at=now, closed_at=now,
        )
        for case in cases
    )  # fmt: skip


def shown(client: Client, **query: str) -> str:
    first = clock.business_date(clock.now()) - dt.timedelta(days=3)
    response = client.get(reverse(PAGE), {"first": first.isoformat(), **query})
    assert response.status_code == 200
    return unescape(response.content.decode())


@pytest.mark.django_db
def test_a_figure_opens_exactly_the_complaints_that_it_counts(
    said: list[Complaint], manager: User, collector: User, today: dt.date
) -> None:
    first = today - dt.timedelta(days=3)
    joined = a_complaint(debtor=said[0].debtor, about=collector)
    Complaint.objects.filter(pk=joined.pk).update(state="joined", joined_to=said[0].pk)
    a_complaint(debtor=said[0].debtor, about=collector, event_on=first - dt.timedelta(days=1))
    keys = 0
    for by in ("user", "unit", "org", "type", "category", "source"):
        for agencies in (False, True):
            for line in rates(first, today, by, agencies=agencies):
                rows = counted_in(first, today, by=by, key=line.key, agencies=agencies, reader=manager)
                assert rows.count() == line.counts.complaints, (by, line.key, agencies)
                keys += 1
    assert keys > 12


@pytest.mark.django_db
def test_the_page_names_people_agencies_and_types_and_opens_what_it_counted(
    client_as: Callable[[User], Client], manager: User, said: list[Complaint], collector: User
) -> None:
    client = client_as(manager)
    people = shown(client)
    assert "林催收" in people and "样本不足" in people
    assert "债务催收方式和手段" in people and "定价收费" in people
    opened = shown(client, key=str(collector.pk))
    assert said[0].number in opened and said[1].number in opened and said[2].number not in opened
    agencies = shown(client, by="org")
    assert "松风资产" in agencies and "自有团队" in agencies
    assert "息费" not in agencies and "费用有异议" in shown(client, by="type")
    assert "客服热线" in shown(client, by="source")


@pytest.mark.django_db
def test_a_vendor_manager_sees_agencies_and_nothing_of_the_own_people(
    client_as: Callable[[User], Client], vendor_manager: User, said: list[Complaint], collector: User
) -> None:
    client = client_as(vendor_manager)
    for by in ("", "user", "unit", "org"):
        page = shown(client, by=by, key=str(collector.pk))
        assert "松风资产" in page
        assert "林催收" not in page and "自有团队" not in page and said[0].number not in page
    assert said[2].number in shown(client, by="org", key="agency-a")
    assert "定价收费" not in shown(client), "what is about fees is the house's"
    sheet = openpyxl.load_workbook(BytesIO(client.get(reverse(EXPORT), {"by": "user"}).content)).active
    assert sheet is not None
    assert "林催收" not in {str(cell) for row in sheet.iter_rows(values_only=True) for cell in row}


@pytest.mark.django_db
def test_nobody_reads_how_often_they_are_complained_about(
    client_as: Callable[[User], Client], supervisor: User, said: list[Complaint], collector: User
) -> None:
    about_me = a_complaint(debtor=said[0].debtor, about=[supervisor, collector])
    client = client_as(supervisor)
    page = shown(client, key=str(supervisor.pk))
    assert about_me.number not in page and f"key={collector.pk}#counted" in page
    assert f"key={supervisor.pk}#counted" not in page
    assert about_me.number not in shown(client, key=str(collector.pk))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("query", "says"),
    [
        ({"first": "2026-03-31", "last": "2026-03-01"}, "不能早于"),
        ({"first": "2020-01-01", "last": "2026-03-01"}, "最多看两年"),
        ({"first": "three", "last": "2026-03-01"}, "three"),
    ],
)
def test_a_period_that_makes_no_sense_is_told_and_what_was_typed_stays(
    client_as: Callable[[User], Client], manager: User, query: dict[str, str], says: str
) -> None:
    response = client_as(manager).get(reverse(PAGE), query)
    assert response.status_code == 400
    page = response.content.decode()
    assert says in page and query["first"] in page


@pytest.mark.django_db
def test_the_return_leaves_as_a_file_with_shares_as_numbers_and_a_trace(
    client_as: Callable[[User], Client], auditor: User, said: list[Complaint]
) -> None:
    client = client_as(auditor)
    settle(said[1], "not_upheld", at=clock.now())
    response = client.get(reverse(EXPORT), {"by": "category"})
    sheet = openpyxl.load_workbook(BytesIO(response.content)).active
    assert sheet is not None
    rows = {row[0]: row for row in sheet.iter_rows(values_only=True)}
    assert rows["债务催收方式和手段"][1:9] == (2, 0, 1, 3, None, 1, 1, 1)
    assert AuditEvent.objects.filter(action="complaint_rates.exported", actor=auditor).count() == 1
    assert "定价收费" in client.get(reverse(EXPORT), {"by": "category", "format": "csv"}).content.decode("utf-8-sig")
    assert client.get(reverse(EXPORT), {"format": "pdf"}).status_code == 404
