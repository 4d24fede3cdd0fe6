"""The month of agencies as people read it."""

import datetime as dt
import io
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from collection_ops.core.models import AuditEvent, Job
from collection_ops.core.services import jobs
from tests.budgets.test_book_queries import own_queries
from tests.vendors.rectification.cast import answered as answer_of
from tests.vendors.rectification.cast import raised
from tests.vendors.scorecard_pages.made import FEBRUARY, MARCH, USUAL, a_card, cannot_tell, shipped
from tests.vendors.scorecard_pages.steps import in_english, page, send
from tests.vendors.settlement.house import a_case, an_agency, give, pay
from vendors.models import Contract, Scorecard
from vendors.rectification import handling

pytestmark = pytest.mark.django_db


def rows_of(said: str) -> list[str]:
    """The rows of the first table of a page."""
    return said.split("<tbody>")[1].split("</tbody>")[0].split("</tr>")[:-1]


def test_agencies_stand_by_score_and_who_cannot_be_told_apart_has_no_rank(client, vendor_manager):
    jia, yi, bing = an_agency("jia", "甲机构"), an_agency("yi", "乙机构"), an_agency("bing", "丙机构")
    a_card(jia, month=FEBRUARY, score=Decimal("70.00"))
    a_card(jia)
    a_card(yi, score=Decimal("91.00"), grade="A", verdict="better", ratio=Decimal("1.3000"))
    cannot_tell(bing, score=Decimal("99.00"), grade="A")
    said = page(client, vendor_manager, "scorecards", month="2026-03")
    first, second, third = rows_of(said)
    assert "乙机构" in first and 'data-label="名次">1<' in first and "好于预期" in first and "130.0%" in first
    assert "甲机构" in second and 'data-label="名次">2<' in second and "↑ +4.50" in second
    assert "81.0% – 120.0%" in second and "40.00% → 42.00%" in second
    # 99 points of three cases come last, and have no rank.
    assert "丙机构" in third and "无法区分" in third and "案件太少" in third and "不排名" in third
    assert 'class="stage-fill-1"' in first and "M1 <span" in first
    assert '"cases": 3' in said and '"tone": "unclear"' in said, "the funnel shows the small one, too"
    assert "第 2 次修订" not in said


def test_equal_scores_share_a_rank_and_the_newest_revision_counts(client, manager):
    jia, yi = an_agency("jia", "甲机构"), an_agency("yi", "乙机构")
    a_card(jia, score=Decimal("90.00"))
    a_card(jia, revision=2, score=Decimal("74.50"))
    a_card(yi)
    said = page(client, manager, "scorecards", month="2026-03")
    assert [row.count('data-label="名次">1<') for row in rows_of(said)] == [1, 1]
    assert "第 2 次修订" in said and "90.00" not in said


def test_the_month_that_is_shown_is_the_newest_that_was_judged(client, auditor):
    a_card(month=FEBRUARY)
    assert '评分卡 <span class="figures">2026-02</span>' in page(client, auditor, "scorecards")
    for typed in ("三月", "0001-01", "9999-12"):
        wrong = page(client, auditor, "scorecards", month=typed)
        assert "请填写月份，例如 2026-03" in wrong and "2026-02" in wrong


def test_days_of_the_contract_that_are_left_and_one_that_is_over(client, vendor_manager, monkeypatch):
    monkeypatch.setattr("vendors.scorecard.views.clock.business_date", lambda _now: dt.date(2026, 4, 10))
    jia, yi, bing = an_agency("jia", "甲机构"), an_agency("yi", "乙机构"), an_agency("bing", "丙机构")
    for agency, ends in ((jia, dt.date(2026, 4, 30)), (yi, dt.date(2026, 4, 9))):
        Contract.objects.create(agency=agency, number=agency.name, starts_on=MARCH, ends_on=ends)
    for agency in (jia, yi, bing):
        a_card(agency)
    found = {
        name: row for row in rows_of(page(client, vendor_manager, "scorecards")) for name in "甲乙丙" if name in row
    }
    assert "20 天" in found["甲"] and "合同已到期" in found["乙"] and 'data-label="合同剩余">–' in found["丙"]


def test_what_an_agency_has_still_to_put_right_stands_beside_its_score(
    client, vendor_manager, compliance_officer, finance
):
    jia, yi = an_agency("jia", "甲机构"), an_agency("yi", "乙机构")
    a_card(jia)
    a_card(yi)
    for ground in ("hand_data", "hand_effect"):
        row = raised(jia, vendor_manager, ground=ground)
    link = f'data-label="未完成整改"><a href="{reverse("vendors:rectifications")}?agency={jia.pk}">2</a>'
    first, second = sorted(rows_of(page(client, vendor_manager, "scorecards")), key=lambda said: "乙机构" in said)
    assert link in first and 'data-label="未完成整改">0' in second
    answer_of(row, vendor_manager)
    handling.accept(row=row, words="到位", actor=compliance_officer, now=timezone.now())
    assert link.replace(">2<", ">1<") in page(client, vendor_manager, "scorecards")
    # Finance sees scorecards and no rectifications: a number, and nothing to open.
    (counted, _none) = sorted(rows_of(page(client, finance, "scorecards")), key=lambda said: "乙机构" in said)
    assert 'data-label="未完成整改">1' in counted


def test_what_was_not_judged_is_said_in_place_of_a_number(client, finance):
    items = USUAL | {"complaints": {"value": None, "why": "few_contacts", "weight": "0", "lost": "0"}}
    a_card(items=items)
    (row,) = rows_of(page(client, finance, "scorecards"))
    complaints = row.split('data-label="投诉(件 / 每万客户)"')[1].split("</td>")[0]
    assert "未评" in complaints and "30" not in complaints


def test_a_month_without_scorecards_says_what_to_do(client, vendor_manager, finance, monkeypatch):
    assert "这个月没有委案" in page(client, vendor_manager, "scorecards", month="2026-03")
    give(an_agency(), a_case())
    said = page(client, vendor_manager, "scorecards", month="2026-03")
    assert "这个月还没有评分" in said and "开始为 2026-03 评分" in said
    # Finance reads; whoever may start it is the vendor manager.
    assert "开始为 2026-03 评分" not in page(client, finance, "scorecards", month="2026-03")
    assert "这个月还没有结束" in page(client, vendor_manager, "scorecards", month="2199-01")
    assert "has not been scored" in in_english(client, vendor_manager, "scorecards", month="2026-03")


def test_a_month_is_scored_by_a_job_that_leads_back_to_the_page(client, vendor_manager, finance):
    shipped()
    agency, case = an_agency("jia", "甲机构"), a_case()
    give(agency, case)
    pay(case, dt.date(2026, 3, 5), "1000.00")
    early = send(client, vendor_manager, "scorecards_make", month="2199-01")
    assert early.status_code == 409 and "还没有结束" in early.content.decode()
    assert send(client, vendor_manager, "scorecards_make", month="").status_code == 400
    assert send(client, finance, "scorecards_make", month="2026-03").status_code == 403
    assert not Job.objects.filter(kind="vendors.score").exists()
    assert send(client, vendor_manager, "scorecards_make", month="2026-03").status_code == 302
    job = Job.objects.get(kind="vendors.score")
    jobs.run(job.pk)
    job.refresh_from_db()
    assert job.state == "done", job.error
    card = Scorecard.objects.get()
    assert (card.observed, card.cases) == (Decimal("1000.00"), 1)
    assert "甲机构" in page(client, vendor_manager, "scorecards", month="2026-03")


def test_who_may_read_and_who_may_not(client, supervisor, compliance_officer, collector, outsider):
    a_card()
    for reader in (supervisor, compliance_officer):
        assert "机构jia" in page(client, reader, "scorecards")
    for stranger in (collector, outsider):
        client.force_login(stranger)
        assert client.get(reverse("vendors:scorecards")).status_code == 403


def test_the_workbook_has_a_sheet_for_each_question(client, manager):
    a_card(an_agency("jia", "甲机构"))
    cannot_tell(an_agency("yi", "=1+1"))
    client.force_login(manager)
    response = client.get(reverse("vendors:scorecards_file"), {"month": "2026-03"})
    book = load_workbook(io.BytesIO(response.content))
    assert book.sheetnames == ["概览", "失分", "约定目标", "分层", "改进"]
    cells = {sheet.title: [[cell.value for cell in row] for row in sheet.iter_rows(min_row=4)] for sheet in book}
    jia, yi = (next(row for row in cells["概览"] if row[1] == name) for name in ("甲机构", "=1+1"))
    assert (jia[0], jia[5], jia[7], jia[12], jia[13]) == (1, 93000, 0.93, 74.5, "B")
    assert yi[0] is None and yi[10:12] == ["无法区分", "案件太少"]
    lost = [(row[1], row[8], row[9]) for row in cells["失分"] if row[0] == "甲机构" and row[8]]
    assert lost == [
        ("回款(实际÷预期)", 12, 88), ("投诉(每万名已联系客户)", 9, 79), ("迁徙(实际÷预期)", 2.5, 76.5),
        ("迟交文件(日)", 2, 74.5),
    ]  # fmt: skip
    assert sum(row[0] == "甲机构" for row in cells["分层"]) == 2
    assert any("少 2 件投诉" in str(row[4]) for row in cells["改进"])
    assert AuditEvent.objects.filter(action="scorecard.exported", actor=manager).count() == 1
    assert client.get(reverse("vendors:scorecards_file"), {"month": "2026-01"}).status_code == 409


def test_the_funnel_can_be_taken_as_numbers(client, manager):
    a_card(an_agency("jia", "甲机构"))
    client.force_login(manager)
    response = client.get(reverse("vendors:scorecards_funnel"), {"month": "2026-03"})
    (sheet,) = load_workbook(io.BytesIO(response.content)).worksheets
    assert [cell.value for cell in sheet[4]][:9] == ["甲机构", 200, 93000, 100000, 0.93, 0.81, 1.2, 0.7, 1.35]


def test_the_page_asks_as_often_for_many_agencies_as_for_few(client_as, vendor_manager):
    client, url = client_as(vendor_manager), reverse("vendors:scorecards") + "?month=2026-03"
    for code in ("a", "b"):
        a_card(an_agency(code))
    few = own_queries(client, url)
    for number in range(20):
        a_card(an_agency(f"more-{number}"), strata=5)
    many = own_queries(client, url)
    assert len(many) <= min(len(few), 8), "\n".join(many)


def test_a_house_that_has_no_scheme_yet_is_told_how_to_get_one(client, finance):
    client.force_login(finance)
    answer = client.get(reverse("vendors:schemes"))
    assert answer.status_code == 200 and "初始方案随安装写入" in answer.content.decode()
