"""The complaint desk: its order, its filters, what it counts, and who meets what."""

import datetime as dt
from typing import Any

import pytest
from django.http import QueryDict
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cases.models import Case
from collection_ops.core import clock
from collection_ops.core.approvals import waiting_for
from collection_ops.core.models import User
from compliance.complaints.desk import asked_for, desk_page, left_in_words, number_in
from compliance.complaints.desk_forms import DeskFilter
from compliance.complaints.handling import assign, close, decide
from compliance.complaints.register import Accused, join
from compliance.models import About, Complaint
from tests.cases.builders import desk_of, make_case
from tests.compliance.complaints.test_from_intake_to_closed import complained

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(collector: User) -> Case:
    return make_case(name="诸葛小明", desk=desk_of(collector))


def ago(days: int) -> dt.datetime:
    return timezone.now() - dt.timedelta(days=days)


def numbers(client: Client, **query: Any) -> list[int]:
    page = client.get(reverse("compliance:complaints"), query)
    assert page.status_code == 200
    return [line.complaint.pk for line in page.context["lines"]]


def test_the_nearest_deadline_comes_first_and_the_severest_of_a_day(
    case: Case, compliance_officer: User, client_as: Any
) -> None:
    later = complained(case, now=ago(1), severity=3)
    minor, major = (complained(case, now=ago(9), severity=severity) for severity in (1, 3))
    overdue = complained(case, now=ago(17))
    client = client_as(compliance_officer)
    assert numbers(client) == [overdue.pk, major.pk, minor.pk, later.pk]
    page = client.get(reverse("compliance:complaints")).content.decode()
    assert "超期 2 天" in page and "还剩 6 天" in page and "重大" in page
    assert "诸葛小明" in page and "骂人" not in page, "the name for whoever may read it, never the story"


def test_pages_follow_each_other_without_a_gap_in_both_directions(case: Case, compliance_officer: User) -> None:
    made = [complained(case, now=ago(number % 3), severity=1 + number % 3) for number in range(11)]
    rows = Complaint.objects.for_user(compliance_officer).open()
    forward, after = [], ""
    while True:
        page = desk_page(rows, by_deadline=True, after=after, before="", size=3)
        forward.append([one.pk for one in page.rows])
        after = page.after
        if not after:
            break
    assert [len(some) for some in forward] == [3, 3, 3, 2]
    expected = sorted(made, key=lambda one: (one.due_on, -one.severity, one.pk))
    assert [pk for some in forward for pk in some] == [one.pk for one in expected]
    back = desk_page(rows, by_deadline=True, after="", before=page.before, size=3)
    assert [one.pk for one in back.rows] == forward[2]
    for broken in ("x", "2026-99-01_1_1", "2026-01-01_9_1", f"2026-01-01_1_{2**64}"):
        assert [one.pk for one in desk_page(rows, by_deadline=True, after=broken, before="", size=3).rows] == forward[0]


def test_every_filter_finds_what_it_names(
    case: Case, collector: User, compliance_officer: User, supervisor: User, manager: User, client_as: Any
) -> None:
    threat = complained(case, Accused(About.COLLECTOR, collector), now=ago(20), source_ref="GD-7", severity=3)
    fee = complained(case, Accused(About.FEE), now=ago(13), source="12378", type="fee")
    twin = complained(case, now=ago(1), type="other")
    join(complaint=twin, to=fee, actor=compliance_officer, now=timezone.now())
    done = complained(make_case(), now=ago(3), type="service")
    assign(complaint=fee, handler=supervisor, actor=manager, now=timezone.now())
    assign(complaint=done, handler=compliance_officer, actor=manager, now=timezone.now())
    decide(
        complaint=done, outcome="not_upheld", finding="无", responsible={}, actor=compliance_officer, now=timezone.now()
    )
    close(complaint=done, answered="已答复", actor=compliance_officer, now=timezone.now())
    today = clock.business_date(timezone.now())
    for query, found in {
        "": [threat, fee],
        "state=received": [threat],
        "state=closed": [done],
        "state=joined": [twin],
        "state=all": [twin, done, fee, threat],
        "source=12378": [fee],
        "type=threat": [threat],
        "severity=3": [threat],
        f"handler={supervisor.pk}": [fee],
        "handler=none": [threat],
        "handler=me": [],
        "about=fee": [fee],
        "about=collector": [threat],
        "due=overdue": [threat],
        "due=soon": [fee],
        f"received_from={today - dt.timedelta(days=14)}": [fee],
        f"received_to={today - dt.timedelta(days=14)}": [threat],
        f"q={threat.number}": [threat],
        f"q={done.number.lower()}": [done],
        f"q={done.pk}": [done],
        "q=GD-7": [threat],
        "q=GD": [],
        "state=nonsense&type=threat": [threat],
    }.items():
        form = DeskFilter(QueryDict(query))
        form.is_valid()
        rows = asked_for(
            Complaint.objects.for_user(compliance_officer), form.cleaned_data, user=compliance_officer, today=today
        )
        assert set(rows) == set(found), query
    client = client_as(compliance_officer)
    assert numbers(client, state="all") == [twin.pk, done.pk, fee.pk, threat.pk], "the newest first"
    assert numbers(client, handler="x", received_from="x") == [threat.pk, fee.pk], "what cannot be read asks nothing"
    assert numbers(client, q="TS20260101-99999999999999999999") == []
    counts = client.get(reverse("compliance:complaints")).context["counts"]
    assert (counts.open, counts.overdue, counts.soon, counts.unassigned, counts.mine) == (2, 1, 1, 1, 0)


def test_each_sees_what_is_theirs_and_nobody_what_is_about_themselves(
    case: Case, collector: User, team_leader: User, vendor_manager: User, clerk: User, auditor: User, finance: User,
    client_as: Any,
) -> None:  # fmt: skip
    about_me = complained(case, Accused(About.COLLECTOR, collector), actor=collector)
    mine = complained(case, actor=collector, type="fee")
    agency = complained(make_case(), Accused(About.AGENCY, org="agency-1"), actor=clerk)
    assert numbers(client_as(collector)) == [mine.pk]
    assert set(numbers(client_as(team_leader))) == {about_me.pk, mine.pk}
    assert numbers(client_as(vendor_manager)) == [agency.pk]
    assert numbers(client_as(clerk)) == [agency.pk]
    assert set(numbers(client_as(auditor))) == {about_me.pk, mine.pk, agency.pk}
    assert client_as(finance).get(reverse("compliance:complaints")).status_code == 403
    # Counts and a search tell as much as a row.
    assert client_as(collector).get(reverse("compliance:complaints")).context["counts"].open == 1
    assert numbers(client_as(collector), q=about_me.number) == []
    # The case has left the collector's desk: what was written down is still seen, the name is not.
    Case.objects.filter(pk=case.pk).update(desk=desk_of(auditor))
    page = client_as(collector).get(reverse("compliance:complaints")).content.decode()
    assert mine.number in page and "诸葛小明" not in page


def test_what_waits_for_a_person_stands_on_their_tasks(
    case: Case, collector: User, compliance_officer: User, supervisor: User, manager: User
) -> None:
    one, two = complained(case, now=ago(14)), complained(case, now=ago(2), type="fee")
    complained(case, Accused(About.COLLECTOR, manager), type="service")

    def waits(person: User) -> dict[str, int]:
        return {found.label: found.count for found in waiting_for(person) if "投诉" in found.label}

    assert waits(compliance_officer) == {"待指定经办人的投诉": 3}
    assert waits(manager) == {"待指定经办人的投诉": 2}, "not the one about the manager"
    for each in (one, two):
        assign(complaint=each, handler=supervisor, actor=manager, now=timezone.now())
    assert waits(supervisor) == {"我办理的投诉即将到期": 1}
    assert waits(collector) == {}


@pytest.mark.parametrize(
    ("days", "words", "tone"),
    [
        (10, "还剩 10 天", "neutral"),
        (3, "还剩 3 天", "warning"),
        (0, "今天到期", "danger"),
        (-2, "超期 2 天", "danger"),
    ],
)
def test_the_time_left_is_told_in_words(days: int, words: str, tone: str) -> None:
    assert left_in_words(days) == (words, tone)


@pytest.mark.parametrize(
    ("text", "number"),
    [("TS20260302-12", 12), ("ts20260302-12", 12), (" 12 ", 12), ("TS2026-12", None), ("12a", None), ("9" * 20, None)],
)
def test_a_number_is_read_as_it_is_told(text: str, number: int | None) -> None:
    assert number_in(text) == number
