"""What stands behind the figures of a card: the rows add up to them, and nobody sees more than their own scope."""

import datetime as dt
from decimal import Decimal

import pytest
from django.urls import reverse

from compliance.breaching.register import report_breach
from compliance.models import (
    BreachSeverity,
    ContactAttempt,
    QualityCheck,
    ReportedContact,
    SampleBatch,
    SamplingPlan,
)
from compliance.quality.reference import seed_quality
from tests.budgets.test_book_queries import own_queries
from tests.compliance.complaints.builders import a_complaint
from tests.vendors.scorecard_pages.made import MARCH, shipped
from tests.vendors.scorecard_pages.steps import in_english, page
from tests.vendors.settlement.house import a_case, an_agency, at, give, march, pay, recall
from vendors.models import Agency, Scorecard
from vendors.scorecard.drills import case_page
from vendors.scorecard.scoring import score_month

pytestmark = pytest.mark.django_db
KNOWN = at(dt.date(2026, 4, 2))


def scored(agency: Agency) -> Scorecard:
    shipped()
    score_month(month=MARCH, actor=None, now=KNOWN)
    return Scorecard.objects.select_related("agency__desk").get(agency=agency)


@pytest.fixture
def jia(db: None) -> Agency:
    return an_agency("jia", "甲机构")


def test_the_cases_of_a_card_add_up_to_its_money(client, jia, vendor_manager, manager):
    yi = an_agency("yi", "乙机构")
    mine = [a_case(contract_no=f"HT-{n:03d}", days=30 + n) for n in range(60)]
    theirs = [a_case(contract_no=f"QT-{n:03d}", days=30 + n) for n in range(60)]
    give(jia, *mine)
    give(yi, *theirs)
    for n, case in enumerate([*mine[:20], *theirs[:30]]):
        pay(case, dt.date(2026, 3, 1 + n % 28), f"{100 + n}.50")
    recall(jia, mine[0], dt.date(2026, 3, 15))
    card = scored(jia)
    first = case_page(card, manager)
    second = case_page(card, manager, after=first.after)
    rows = [*first.cases, *second.cases]
    assert len(first.cases) == 50 and not second.after and len({one.placement for one in rows}) == 60 == card.cases
    assert sum(one.observed for one in rows) == card.observed == Decimal("2200.00")
    assert [one.observed for one in rows] == sorted((one.observed for one in rows), reverse=True)
    # Each is rounded for itself, so that the sum may be off by half a cent a case.
    assert abs(sum(one.expected for one in rows) - card.expected) <= Decimal("0.30")
    assert len(case_page(card, manager, paid_only=True).cases) == 20
    said = page(client, vendor_manager, "scorecard_cases", card.pk, paid="1")
    # The vendor manager sees the record of what lies with an agency, not of what is back in the pool.
    assert reverse("cases:record", args=[mine[1].pk]) in said and "HT-001" in said
    assert reverse("cases:record", args=[mine[0].pk]) not in said and "HT-000" not in said and "***-000" in said
    assert "2026-03-15" in said
    assert "Cases in hand and their money" in in_english(client, vendor_manager, "scorecard_cases", card.pk)


def test_money_that_is_told_later_does_not_change_what_stands_behind_an_old_card(jia, manager):
    case = a_case()
    give(jia, case)
    pay(case, dt.date(2026, 3, 5), "10.00")
    card = scored(jia)
    pay(case, dt.date(2026, 3, 6), "5.00", told=at(dt.date(2026, 4, 20)))
    assert [one.observed for one in case_page(card, manager).cases] == [Decimal("10.00")] == [card.observed]


def test_complaints_are_those_of_the_rate_and_hidden_ones_are_counted(client, jia, manager, finance):
    case = a_case()
    give(jia, case)
    counted = [
        a_complaint(debtor=case.loan.debtor, about="jia", received_at=march(day), upheld=upheld)
        for day, upheld in ((3, True), (9, False), (20, None))
    ]
    a_complaint(debtor=case.loan.debtor, about="jia", received_at=at(dt.date(2026, 2, 27)))
    a_complaint(debtor=case.loan.debtor, about="yi", received_at=march(5))
    card = scored(jia)
    a_complaint(
        debtor=case.loan.debtor, about="jia", received_at=at(dt.date(2026, 4, 20)), event_on=dt.date(2026, 3, 21)
    )
    item = card.items.get(criterion="complaints")
    said = page(client, manager, "scorecard_complaints", card.pk)
    shown = [one for one in counted if reverse("compliance:complaint", args=[one.pk]) in said]
    assert len(shown) == 3 == item.numerator
    hidden = page(client, finance, "scorecard_complaints", card.pk)
    assert "当月共 3 件投诉，其中 3 件您无权查看" in hidden and counted[0].number not in hidden


def test_breaches_are_those_that_the_card_counts_and_only_the_right_people_open_them(
    client, jia, compliance_officer, vendor_manager
):
    give(jia, a_case())
    for day, severity in ((4, BreachSeverity.CRITICAL), (9, 1)):
        report_breach(kind="B01.2", severity=severity, what="在电话里辱骂客户", org="jia", actor=None, now=march(day))
    card = scored(jia)
    assert (card.critical, card.vetoed, card.grade) == (1, True, "D")
    said = page(client, compliance_officer, "scorecard_breaches", card.pk)
    assert "当月共 2 起违规，其中红线违规 1 起" in said and said.count("WG202603") == 2
    hidden = page(client, vendor_manager, "scorecard_breaches", card.pk)
    assert "2 起您无权查看" in hidden and "WG202603" not in hidden


def late_contact(org: str, case, day: dt.date, told: dt.date, number: int) -> None:
    attempt = ContactAttempt.objects.create(
        debtor=case.loan.debtor, case=case, org=org, channel="call", direction="out", state="closed",
        result="no_answer", opened_at=at(day), started_at=at(day), closed_at=at(told), recorded_at=at(told),
    )  # fmt: skip
    ReportedContact.objects.create(org=org, reference=f"R-{number}", digest="0" * 64, attempt=attempt)


def test_late_days_say_how_many_contacts_and_when_they_were_told(client, jia, vendor_manager):
    case = a_case()
    give(jia, case)
    day = dt.date(2026, 3, 4)
    late_contact("jia", case, day, dt.date(2026, 3, 9), 1)
    late_contact("jia", case, day, dt.date(2026, 3, 7), 2)
    late_contact("jia", case, dt.date(2026, 3, 5), dt.date(2026, 3, 6), 3)  # in time
    card = scored(jia)
    item = card.items.get(criterion="punctuality")
    said = page(client, vendor_manager, "scorecard_late", card.pk)
    assert said.count("<tr>") - 1 == 1 == item.numerator
    assert "2026-03-04" in said and "2026-03-09" in said and "2026-03-05" not in said
    assert 'data-label="迟交的联系">2<' in said and 'data-label="相隔天数">5<' in said


def a_check(org: str, case, done_on: dt.date, score: str, officer) -> QualityCheck:
    attempt = ContactAttempt.objects.create(
        debtor=case.loan.debtor, case=case, org=org, channel="call", direction="out", state="closed",
        result="right_party", opened_at=at(done_on), started_at=at(done_on), closed_at=at(done_on),
        recorded_at=at(done_on),
    )  # fmt: skip
    seed_quality()
    batch, _new = SampleBatch.objects.get_or_create(
        first=MARCH, last=MARCH, seed="s", plan=SamplingPlan.objects.order_by("pk")[0], state="issued",
        defaults={"facts": b"", "candidates": 0, "drawn": 0, "drawn_at": at(MARCH), "decided_at": at(MARCH)},
    )  # fmt: skip
    return QualityCheck.objects.create(
        batch=batch, attempt=attempt, org=org, talked_on=done_on, probability=1, state="done", checker=officer,
        score=Decimal(score), passed=True, first_score=Decimal(score), first_passed=True, done_at=at(done_on),
    )  # fmt: skip


def test_quality_checks_are_those_of_the_mean(client, jia, vendor_manager, finance, compliance_officer):
    case = a_case()
    give(jia, case)
    for day, score in (
        (dt.date(2026, 3, 4), "80.00"),
        (dt.date(2026, 3, 20), "91.00"),
        (dt.date(2026, 2, 27), "10.00"),
    ):
        a_check("jia", case, day, score, compliance_officer)
    card = scored(jia)
    item = card.items.get(criterion="quality")
    assert (item.value, item.denominator) == (Decimal("85.5000"), 2)
    said = page(client, vendor_manager, "scorecard_quality", card.pk)
    assert "80.00" in said and "91.00" in said and "10.00" not in said
    hidden = page(client, finance, "scorecard_quality", card.pk)
    assert "当月共 2 项质检，其中 2 项您无权查看" in hidden and "91.00" not in hidden


def test_nothing_behind_a_figure_is_said_in_words(client, jia, compliance_officer):
    give(jia, a_case())
    card = scored(jia)
    assert "当月没有投诉" in page(client, compliance_officer, "scorecard_complaints", card.pk)
    assert "当月没有违规" in page(client, compliance_officer, "scorecard_breaches", card.pk)
    assert "当月没有迟交的文件" in page(client, compliance_officer, "scorecard_late", card.pk)
    assert "当月没有回款" in page(client, compliance_officer, "scorecard_cases", card.pk, paid="1")
    assert "当月没有质检结果" in page(client, compliance_officer, "scorecard_quality", card.pk)
    for name in ("complaints", "breaches", "quality", "late"):
        assert " in the month" in in_english(client, compliance_officer, f"scorecard_{name}", card.pk)


def test_the_cases_of_a_card_ask_as_often_for_many_as_for_few(client_as, manager, jia):
    cases = [a_case() for _n in range(60)]
    give(jia, *cases)
    for case in cases:
        pay(case, dt.date(2026, 3, 3), "10.00")
    yi, few = an_agency("yi"), a_case()
    give(yi, few)
    shipped()
    score_month(month=MARCH, actor=None, now=KNOWN)
    client = client_as(manager)
    counts = [
        own_queries(client, reverse("vendors:scorecard_cases", args=[one.pk]))
        for one in Scorecard.objects.order_by("cases")
    ]
    assert len(counts[1]) <= min(len(counts[0]), 4), "\n".join(counts[1])


def test_complaints_and_breaches_ask_as_often_for_many_as_for_few(client_as, jia, compliance_officer):
    yi, counts = an_agency("yi"), []
    for agency, number in ((jia, 2), (yi, 30)):
        case = a_case()
        give(agency, case)
        code = agency.desk.code
        for n in range(number):
            a_complaint(debtor=case.loan.debtor, about=code, received_at=march(1 + n % 28))
            report_breach(kind="B01.2", severity=1, what=f"第 {n} 起", org=code, actor=None, now=march(1 + n % 28))
    shipped()
    score_month(month=MARCH, actor=None, now=KNOWN)
    client = client_as(compliance_officer)
    for agency in (jia, yi):
        card = Scorecard.objects.get(agency=agency)
        urls = [reverse(f"vendors:scorecard_{name}", args=[card.pk]) for name in ("complaints", "breaches")]
        counts.append([own_queries(client, url) for url in urls])
    for few, many in zip(*counts, strict=True):
        assert len(many) <= len(few) <= 12, "\n".join(many)
