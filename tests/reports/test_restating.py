"""A late fact changes a published figure: the report stays, and beside it stand old, new and the rows."""

import datetime as dt
from decimal import Decimal

import pytest
from django.urls import reverse

from cases.known import believed_until
from collection_ops.core.models import AuditEvent, Notification
from reports.models import ReportRun, Restatement
from reports.regular.making import make_report
from reports.restating.comparing import compare
from reports.restating.late import late_facts
from reports.restating.noticing import notice
from tests.reports.regular.cast import D2, MORNING_AFTER, at, pay, small_book

pytestmark = pytest.mark.django_db
APRIL_2, APRIL_3, APRIL_4 = (at(dt.date(2026, 4, day), 5) for day in (2, 3, 4))


@pytest.fixture
def published(supervisor):
    """The daily report of 31 March, out the morning after: 50.00 that day, 1,050.00 in the month."""
    cases = small_book()
    run = make_report(kind="daily", first=D2, last=D2, known_by=MORNING_AFTER, actor=None, now=MORNING_AFTER).run
    return run, cases


def changed(restated: Restatement) -> dict[str, tuple[str | None, str | None]]:
    return {" · ".join(one["path"]): (one["old"], one["new"]) for one in restated.figures}


def test_money_that_came_after_the_report_is_told_with_old_new_and_the_payment(
    published, client_as, supervisor, manager
):
    run, cases = published
    content = run.content
    assert notice(now=APRIL_2) == [], "nothing has been learned"
    late = pay(cases["rolls"], D2, "700.00", known=at(dt.date(2026, 4, 2), 8), reference="late")
    (restated,) = notice(now=APRIL_3)
    figures = changed(restated)
    assert any(pair == ("50.00", "750.00") for pair in figures.values()), figures
    assert any(pair == ("1050.00", "1750.00") for pair in figures.values())
    assert [(fact["kind"], fact["ref"], fact["amount"]) for fact in restated.facts] == [("payment", late.pk, "700.00")]
    run.refresh_from_db()
    assert run.content == content and run.is_whole, "what was printed stays"
    told = Notification.objects.filter(kind="report.restated")
    assert set(told.values_list("user__username", flat=True)) == {supervisor.username, manager.username}
    assert AuditEvent.objects.filter(action="report.restated").count() == 1
    page = client_as(manager).get(reverse("reports:paper", args=[run.pk])).content.decode()
    assert "750.00" in page and "后来才入账的还款" in page
    assert notice(now=APRIL_4) == [], "the same news is not told twice"
    assert told.count() == 2


def test_what_is_taken_back_takes_the_restatement_back(published):
    _run, cases = published
    late = pay(cases["rolls"], D2, "700.00", known=at(dt.date(2026, 4, 2), 8), reference="late")
    assert len(notice(now=APRIL_3)) == 1
    believed_until(at(dt.date(2026, 4, 3), 12))
    late.delete()
    (back,) = notice(now=APRIL_4)
    assert back.figures == [], "the figures are again those that were printed"
    assert Notification.objects.filter(kind="report.restated").values("url").distinct().count() <= 1
    assert ReportRun.objects.count() == 1


def test_late_facts_are_only_those_of_the_days_and_after_the_moment(published):
    _run, cases = published
    pay(cases["rolls"], dt.date(2026, 4, 1), "1.00", known=at(dt.date(2026, 4, 2), 8), reference="of-april")
    assert not late_facts(first=D2.replace(day=1), last=D2, since=MORNING_AFTER)
    pay(cases["rolls"], D2, "2.00", known=at(dt.date(2026, 4, 2), 8), reference="of-march")
    found = late_facts(first=D2.replace(day=1), last=D2, since=MORNING_AFTER)
    assert (found.counts, found.facts[0].amount) == ({"payment": 1}, Decimal("2.00"))


def test_only_numbers_are_compared_cell_by_cell():
    def paper(total: str, word: str, *rows: list[object]) -> dict[str, object]:
        columns = [{"label": "阶段", "kind": "word"}, {"label": "金额", "kind": "money"}]
        figure = {"key": "total", "label": "合计", "kind": "money", "value": total}
        return {
            "sections": [
                {
                    "title": "账簿",
                    "lead": [word],
                    "figures": [figure],
                    "tables": [{"columns": columns, "rows": list(rows)}],
                }
            ]
        }

    attribute = {"msgid": "%(a)s %(b)s", "values": {"b": ["word", "x"], "a": ["word", "y"]}}
    turned = {"values": {"a": ["word", "y"], "b": ["word", "x"]}, "msgid": "%(a)s %(b)s"}
    assert compare(paper("1.00", "a", [attribute, "1.00"]), paper("1.00", "a", [turned, "1.00"])) == [], "one name"
    (total,) = compare(paper("1.00", "a", [None, "1.00"]), paper("1.00", "a", [None, "2.00"]))
    assert total.path == ("账簿", "", "合计", "金额")
    found = compare(paper("1.00", "a", ["M1", "1.00"]), paper("3.00", "b", ["M1", "1.00"], ["M2", "2.00"]))
    assert [(one.path, one.old, one.new) for one in found] == [
        (("账簿", "合计"), "1.00", "3.00"),
        (("账簿", "", "M2", "金额"), None, "2.00"),
    ]
