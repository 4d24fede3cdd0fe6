"""Targets as people read them: on the card, in the workbook, in the statement and in the meeting's material."""

import datetime as dt
import io

import pytest
from django.urls import reverse
from openpyxl import load_workbook

from cases.models import Repayment
from collection_ops.core.access import Role
from tests.vendors.scorecard.book import LATER, cases_of, scored, three
from tests.vendors.scorecard_pages.made import FEBRUARY
from tests.vendors.scorecard_pages.steps import in_english, page
from tests.vendors.settlement.house import MARCH, a_version, at, march_of, pay, person
from vendors.meetings import keeping
from vendors.models import Agency, MonthlyMeeting, Settlement

pytestmark = pytest.mark.django_db
TARGETS = [("recovery", "50", [2, 3]), ("recovery", "10", [5]), ("case_complaints", "0", []), ("recovery", "99.5", [4])]
APRIL_5 = at(dt.date(2026, 4, 5))


@pytest.fixture
def agencies() -> dict[str, Agency]:
    """甲 brings in half of its money, 乙 1,000 of 6,000 yuan; 丙 promised nothing."""
    found = three()
    a_version(found["jia"], targets=TARGETS)
    a_version(found["yi"], targets=[("recovery", "16.67", [])])
    a_version(found["bing"])
    return found


def test_the_card_and_its_workbook_tell_what_was_promised_and_what_came(client, vendor_manager, agencies):
    card = scored()["yi"]
    said = page(client, vendor_manager, "scorecard", card.pk)
    section = said.split('id="targets-title"')[1].split("</section>")[0]
    for told in (
        "约定目标 1 项，达成 0 项，未达成 1 项", "不低于 16.67%", ">16.66%<", "1,000.00 / 6,000.00", "−0.01 个百分点",
        "未达成", "差 0.20 元",
    ):  # fmt: skip
        assert told in section, told
    english = in_english(client, vendor_manager, "scorecard", card.pk).split('id="targets-title"')[1]
    for told in ("Agreed targets: 1", "at least 16.67%", "Missed", "0.20 yuan short", "Recovery rate (%)"):
        assert told in english.split("</section>")[0], told
    assert 'id="targets-title"' not in page(client, vendor_manager, "scorecard", scored()["bing"].pk)

    client.force_login(vendor_manager)
    book = load_workbook(io.BytesIO(client.get(reverse("vendors:scorecards_file") + "?month=2026-03").content))
    rows = [[cell.value for cell in row] for row in book["约定目标"].iter_rows()]
    assert [row[:5] for row in rows if row[0] in ("机构jia", "机构yi")] == [
        ["机构jia", 1, "回款率(%)", "M2、M3", "不低于 50%"], ["机构jia", 2, "回款率(%)", "M5", "不低于 10%"],
        ["机构jia", 3, "千件投诉率(每千件案件)", "全部阶段", "不高于 0"], ["机构jia", 4, "回款率(%)", "M4", "不低于 99.5%"],
        ["机构yi", 1, "回款率(%)", "全部阶段", "不低于 16.67%"],
    ]  # fmt: skip
    assert any("差 0.20 元" in row for row in rows)


def test_the_statement_tells_of_them_and_of_the_card_they_are_from(client, finance, vendor_manager, agencies):
    march_of(agencies["jia"])
    statement = Settlement.objects.get()
    said = page(client, finance, "settlement", statement.pk)
    assert "约定目标 4 项；当月还没有评分卡，不能判断是否达成。" in said and "未达成" not in said
    card = scored()["jia"]
    said = page(client, finance, "settlement", statement.pk).split('id="targets-title"')[1].split("</section>")[0]
    assert "约定目标 4 项，达成 2 项，未达成 0 项，无从判断 2 项" in said and "当月没有在手案件" in said
    assert f'href="{reverse("vendors:scorecard", args=[card.pk])}#targets-title">评分卡第 1 次修订' in said
    assert "Agreed targets: 4, reached 2" in in_english(client, finance, "settlement", statement.pk)
    march_of(agencies["bing"])
    other = Settlement.objects.exclude(pk=statement.pk).get()
    assert 'id="targets-title"' not in page(client, finance, "settlement", other.pk), "it promised nothing"


def test_the_material_of_the_meeting_keeps_what_was_judged_when_it_was_made(client, manager, agencies):
    early = keeping.make(agency=agencies["yi"], period=MARCH, actor=None, now=at(dt.date(2026, 4, 1)))
    scored()
    late = keeping.make(agency=agencies["jia"], period=MARCH, actor=None, now=APRIL_5)
    without = keeping.make(agency=agencies["bing"], period=MARCH, actor=None, now=APRIL_5)
    [paid] = Repayment.objects.filter(loan=cases_of(agencies["jia"])[0].loan)
    pay(cases_of(agencies["jia"])[0], paid.paid_on, "1000.00", told=at(dt.date(2026, 4, 15)), takes_back=paid)
    assert scored(now=LATER)["jia"].targets.first().outcome == "missed"
    said = page(client, manager, "meeting", late.pk).split('id="targets-title"')[1].split("</section>")[0]
    assert "约定目标 4 项，达成 2 项" in said and "差 1,000.00 元" not in said
    assert "当月还没有评分卡" in page(client, manager, "meeting", early.pk)
    assert 'id="targets-title"' not in page(client, manager, "meeting", without.pk)
    pack = {key: value for key, value in late.pack.items() if key != "targets"}
    old = MonthlyMeeting.objects.create(
        agency=late.agency, period=FEBRUARY, pack=pack, digest="0" * 64, known_by=APRIL_5, made_at=APRIL_5
    )
    assert 'id="targets-title"' not in page(client, manager, "meeting", old.pk), "from before there were targets"


def test_whoever_may_not_see_scorecards_has_no_link_to_one(client, agencies):
    """Nobody who reads statements is without them today; the link asks all the same."""
    march_of(agencies["jia"])
    scored()
    for role in Role:
        user = person(f"a.{role}", role)
        client.force_login(user)
        answer = client.get(reverse("vendors:settlement", args=[Settlement.objects.get().pk]))
        seen = client.get(reverse("vendors:scorecard", args=[1_000_000])).status_code != 403
        if answer.status_code == 200:
            assert ("评分卡第 1 次修订" in answer.content.decode()) == seen, role
