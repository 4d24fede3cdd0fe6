"""One scorecard: from a hundred to the score, what would change it, and what was said before."""

import datetime as dt
from decimal import Decimal

import pytest
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from tests.budgets.test_book_queries import own_queries
from tests.vendors.scorecard_pages.made import FEBRUARY, USUAL, a_card, cannot_tell
from tests.vendors.scorecard_pages.steps import in_english, page
from tests.vendors.settlement.house import an_agency, at
from vendors.scorecard.criteria import Criterion
from vendors.scorecard.waterfall import waterfall


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(some.lists(some.integers(0, 1200), min_size=8, max_size=8))
def test_the_falls_go_from_a_hundred_to_the_score_without_a_gap(cents):
    lost = [(criterion, Decimal(one) / 100) for criterion, one in zip(Criterion, cents, strict=True)]
    falls = waterfall(lost)
    ends = [Decimal(100), *(one.after for one in falls)]
    assert [one.before for one in falls] == ends[:-1]
    assert ends[-1] == 100 - sum(points for _criterion, points in lost)
    assert [one.lost for one in falls] == sorted((points for _c, points in lost if points), reverse=True)


@pytest.mark.django_db
def test_a_card_says_its_score_its_causes_and_what_would_change_it(client, vendor_manager):
    card = a_card(an_agency("jia", "甲机构"))
    said = page(client, vendor_manager, "scorecard", card.pk)
    assert "74.50" in said and "即预期的 93.0%" in said and "81.0% 至 120.0% 之内" in said
    falls = said.split('id="falls-title"')[1].split("</table>")[0]
    assert falls.index("回款") < falls.index("投诉") < falls.index("迁徙") < falls.index("文件及时")
    assert "−12.00" in falls and '<rect x="88.00" y="0" width="12.00"' in falls and "质检" not in falls
    assert "少 2 件投诉（到 10）：得分 81.50（+7.00）" in said
    assert "回款的实际÷预期提高 1.2 个百分点（到 94.2%）：得分 76.10（+1.60）" in said
    assert "3 / 1,000" in said and "6.00 / 15.00" in said and "已得满分" in said
    assert reverse("vendors:scorecard_cases", args=[card.pk]) in said
    assert reverse("vendors:scorecard_complaints", args=[card.pk]) in said
    assert "2 complaints fewer (to 10): score 81.50 (+7.00)" in in_english(client, vendor_manager, "scorecard", card.pk)


@pytest.mark.django_db
def test_a_change_that_reaches_the_next_grade_says_so(client, manager):
    step = {"by": "-3", "to": "0", "score": "85.00", "grade": "A", "gain": "10.50", "grade_step": True}
    points = {"by": "15", "to": "95", "score": "80.00", "grade": "B", "gain": "5.50", "grade_step": False}
    card = a_card(changes={"complaints": [step], "quality": [points]})
    said = page(client, manager, "scorecard", card.pk)
    assert "少 3 件投诉（到 0）：得分 85.00（+10.50），评级到 A" in said
    # Fifteen points of ten checks together are one and a half of each.
    assert "质检平均分提高 1.5 分（到 95）：得分 80.00（+5.50）" in said


@pytest.mark.django_db
def test_a_veto_and_an_agency_that_cannot_be_told_apart_say_why(client, manager):
    vetoed = a_card(an_agency("jia"), grade="D", vetoed=True, critical=2)
    assert "当月有 2 起红线违规，评级为 D" in page(client, manager, "scorecard", vetoed.pk)
    small = cannot_tell(an_agency("yi"))
    said = page(client, manager, "scorecard", small.pk)
    assert "案件太少(3 件案件)，差异不能与偶然区分，不排名" in said


@pytest.mark.django_db
def test_a_criterion_that_was_not_judged_has_its_reason_and_no_points(client, manager):
    items = USUAL | {"quality": {"value": None, "why": "no_data", "weight": "0", "lost": "0"}}
    card = a_card(items=items)
    said = page(client, manager, "scorecard", card.pk)
    row = said.split('id="item-quality"')[1].split("</tr>")[0]
    assert "未评" in row and "没有数据" in row and "0.00 /" not in row


@pytest.mark.django_db
def test_an_older_revision_can_be_read_and_says_which_one_counts(client, auditor):
    agency = an_agency()
    first = a_card(agency)
    second = a_card(agency, revision=2, score=Decimal("71.00"), made_at=at(dt.date(2026, 4, 20)))
    old, new = page(client, auditor, "scorecard", first.pk), page(client, auditor, "scorecard", second.pk)
    assert "这是旧的修订" in old and reverse("vendors:scorecard", args=[second.pk]) in old and "74.50" in old
    assert "这是旧的修订" not in new and reverse("vendors:scorecard", args=[first.pk]) in new


@pytest.mark.django_db
def test_twelve_months_and_not_more_stand_on_the_card(client, manager):
    agency = an_agency()
    for month in (dt.date(2025, 3, 1), dt.date(2025, 4, 1), FEBRUARY):
        a_card(agency, month=month)
    card = a_card(agency)
    said = page(client, manager, "scorecard", card.pk)
    assert "较上月 0.00 分" in said
    history = said.split('id="history-title"')[1].split("</section>")[0]
    assert "2025-04" in history and "2026-02" in history and "2026-03" in history and "2025-03" not in history
    alone = a_card(an_agency("yi"))
    assert 'data-chart="lines"' not in page(client, manager, "scorecard", alone.pk), "one month is no line"


@pytest.mark.django_db
def test_strata_are_paged_and_say_what_was_merged(client, manager):
    card = a_card(strata=20)
    first = page(client, manager, "scorecard", card.pk)
    assert "250,000.00" in first and "249,981.00" not in first and "合并产品" in first and "当月委出" in first
    after = first.split('rel="next"')[1].split('href="?after=')[1].split("#")[0]
    second = page(client, manager, "scorecard", card.pk, after=after)
    assert "249,981.00" in second and "250,000.00" not in second
    assert "没有分层" in page(client, manager, "scorecard", a_card(an_agency("yi"), strata=0).pk)


@pytest.mark.django_db
def test_a_card_that_is_not_there_is_not_found_and_strangers_are_refused(client, manager, collector):
    card = a_card()
    client.force_login(manager)
    assert client.get(reverse("vendors:scorecard", args=[card.pk + 1])).status_code == 404
    client.force_login(collector)
    for name in ("scorecard", "scorecard_cases", "scorecard_complaints", "scorecard_breaches", "scorecard_late"):
        assert client.get(reverse(f"vendors:{name}", args=[card.pk])).status_code == 403


@pytest.mark.django_db
def test_a_card_asks_as_often_for_many_strata_as_for_few(client_as, manager):
    client, counts = client_as(manager), []
    for code, strata in (("few", 2), ("many", 200)):
        agency = an_agency(code)
        for month in (FEBRUARY, dt.date(2026, 1, 1)) if code == "many" else ():
            a_card(agency, month=month)
        card = a_card(agency, strata=strata)
        counts.append(own_queries(client, reverse("vendors:scorecard", args=[card.pk])))
    few, many = counts
    assert len(many) <= min(len(few), 5), "\n".join(many)
