"""A month that was graded too low has to be put right, once."""

import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from collection_ops.core.dated_settings import set_value
from collection_ops.core.models import User
from tests.vendors.rectification.cast import answered, make_agency, proposed, today
from tests.vendors.scorecard_pages.made import USUAL, a_card
from vendors.models import Agency, Rectification, Termination
from vendors.rectification import handling, limits
from vendors.rectification.dossier import digest as file_digest
from vendors.rectification.raising import raise_due
from vendors.rectification.rules import Span
from vendors.rectification.scorecards import low_grades, problems_of
from vendors.tasks import follow_rectifications

pytestmark = pytest.mark.django_db
BAD = USUAL | {
    "recovery": {"value": "0.4100", "expected": "1", "numerator": "41000", "denominator": "100000", "lost": "40"},
    "quality": {"value": None, "why": "no_data", "weight": "0", "lost": "0"},
}


def last_month() -> dt.date:
    return (today().replace(day=1) - dt.timedelta(days=1)).replace(day=1)


def night() -> int:
    return raise_due(now=timezone.now())


def test_a_d_raises_one_that_names_what_cost_most_and_leads_to_the_card(client_as, vendor_manager: User) -> None:
    bad, fair = make_agency("ag-a", "甲机构"), make_agency("ag-b", "乙机构")
    card = a_card(bad, month=last_month(), grade="D", items=BAD)
    a_card(fair, month=last_month(), grade="C")
    follow_rectifications()
    row = Rectification.objects.get()
    month = f"{last_month():%Y-%m}"
    assert (row.agency, row.rule, row.period) == (bad, "low_grade", last_month()), "a C raises none"
    first, *further = row.findings.order_by("number")
    assert (first.what, first.refs) == (f"{month} 评分卡(第 1 次修订)得分 46.50，评级 D", {"scorecards": [month]})
    assert [one.what for one in further] == [
        "回款(实际÷预期)：41.0%，失 40.00 分(满分 40.00)",
        "投诉(每万名已联系客户)：30，失 9.00 分(满分 15.00)",
        "迁徙(实际÷预期)：100.0%，失 2.50 分(满分 10.00)",
    ]
    said = _page(client_as(vendor_manager), row)
    assert f'href="{reverse("vendors:scorecard", args=[card.pk])}">{month}</a>' in said and "评分卡评级过低" in said


def test_a_month_is_asked_for_once_whatever_later_revisions_say(
    client_as, vendor_manager: User, supervisor: User
) -> None:
    agency = make_agency("ag-a")
    a_card(agency, month=last_month(), grade="D", items=BAD)
    assert [night(), night()] == [1, 0]
    row = Rectification.objects.get()
    handling.accept(row=answered(row, vendor_manager), words="到位", actor=supervisor, now=timezone.now())
    later = a_card(agency, month=last_month(), grade="D", items=BAD, revision=2)
    assert night() == 0
    assert reverse("vendors:scorecard", args=[later.pk]) in _page(client_as(vendor_manager), row)


def test_the_newest_revision_counts(vendor_manager: User) -> None:
    better, worse = make_agency("ag-a"), make_agency("ag-b")
    for agency, grades in ((better, "DB"), (worse, "BD")):
        for revision, grade in enumerate(grades, start=1):
            a_card(agency, month=last_month(), grade=grade, revision=revision)
    assert night() == 1
    assert Rectification.objects.get().agency == worse


def test_from_a_day_on_a_c_may_raise_one_too(manager: User) -> None:
    agency = make_agency("ag-a")
    a_card(agency, month=last_month(), grade="C")
    tomorrow = today() + dt.timedelta(days=1)
    set_value(limits.GRADE_C, True, effective_from=tomorrow, reason="从严", actor=manager, now=timezone.now())
    assert night() == 0
    set_value(limits.GRADE_C, True, effective_from=today(), reason="从严", actor=manager, now=timezone.now())
    assert night() == 1
    assert Rectification.objects.get().agency == agency


def test_a_veto_is_said_as_one_and_an_older_month_is_left_alone(vendor_manager: User) -> None:
    agency = make_agency("ag-a")
    older = (last_month() - dt.timedelta(days=1)).replace(day=1)
    a_card(agency, month=older, grade="D", items=BAD)
    assert night() == 0
    a_card(agency, month=last_month(), grade="D", critical=2, vetoed=True)
    assert night() == 1
    assert "因 2 件红线违规一票否决" in Rectification.objects.get().findings.get(number=1).what


def test_cards_are_looked_at_all_at_once(vendor_manager: User, django_assert_num_queries) -> None:
    for n in range(5):
        a_card(make_agency(f"ag-{n}"), month=last_month(), grade="D", items=BAD)
    agencies = list(Agency.objects.all())
    span = Span(last_month(), today(), today(), timezone.now())
    with django_assert_num_queries(4):
        assert len(problems_of(low_grades(agencies, span))) == 5


def test_the_newest_twelve_stand_in_the_file_for_ending_the_cooperation(client_as, vendor_manager: User) -> None:
    agency, month = make_agency("ag-a"), last_month()
    for _n in range(13):
        a_card(agency, month=month, grade="C", verdict="worse")
        month = (month - dt.timedelta(days=1)).replace(day=1)
    a_card(agency, month=last_month(), revision=2, grade="D", items=BAD, digest="e" * 64)
    one, client = proposed(agency, vendor_manager), client_as(vendor_manager)
    told = one.file["scorecards"]
    newest = {"score": "46.50", "grade": "D", "verdict": "as_expected", "digest": "e" * 64}
    assert len(told) == 12 and told[0] == {"month": f"{last_month():%Y-%m}", **newest}
    assert file_digest(one.file) == one.digest
    address = reverse("vendors:termination", args=[one.pk])
    said = client.get(address).content.decode()
    for shown in ("46.50", "差于预期", "e" * 12):
        assert shown in said, shown
    assert "Worse than expected" in client.get(address, headers={"Accept-Language": "en"}).content.decode()
    # A file that was frozen before there were scorecards.
    before = {name: value for name, value in one.file.items() if name != "scorecards"}
    older = Termination.objects.create(
        number="ZZ-OLD", agency=make_agency("ag-b"), rectification=one.rectification, reason="屡次逾期", file=before,
        digest=file_digest(before), plan=one.plan, proposed_by=vendor_manager, proposed_at=one.proposed_at,
    )  # fmt: skip
    old = client.get(reverse("vendors:termination", args=[older.pk]))
    assert old.status_code == 200 and "差于预期" not in old.content.decode()


def _page(client: Client, row: Rectification) -> str:
    answer = client.get(reverse("vendors:rectification", args=[row.pk]))
    assert answer.status_code == 200
    return answer.content.decode()
