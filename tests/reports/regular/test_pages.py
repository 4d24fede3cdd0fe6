"""The list and the paper: who reads, who makes, what is shown, and that nothing is computed again."""

import datetime as dt
import io
from typing import Any

import openpyxl
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cases.models import Case
from collection_ops.core import clock
from collection_ops.core.models import AuditEvent, Job, User
from reports.models import ReportRun
from reports.regular.making import make_report
from tests.core.conftest import bell  # noqa: F401  (the test is the worker)
from tests.reports.regular.cast import D1, D2, MARCH, MORNING_AFTER, at, pay, small_book

pytestmark = pytest.mark.django_db


def made(
    kind: str = "daily", first: dt.date = D2, last: dt.date = D2, known_by: dt.datetime = MORNING_AFTER
) -> ReportRun:
    return make_report(kind=kind, first=first, last=last, known_by=known_by, actor=None, now=clock.database_now()).run


def posted(client: Client, route: str, args: list[Any] | None = None, **values: Any) -> Any:
    return client.post(reverse(route, args=args or []), {"form_token": "t" * 40, **values})


def test_an_empty_list_says_when_the_first_one_comes(client_as: Any, manager: User) -> None:
    page = client_as(manager).get(reverse("reports:papers")).content.decode()
    assert "还没有这种报表" in page and "次日上午自动生成日报" in page


def test_the_list_has_the_newest_period_first_and_marks_what_was_replaced(client_as: Any, manager: User) -> None:
    cases = small_book()
    made(first=D1, last=D1)
    old = made()
    pay(cases["rolls"], D2, "700.00", known=at(dt.date(2026, 4, 2)), reference="late")
    new = made(known_by=at(dt.date(2026, 4, 3)))
    rows = client_as(manager).get(reverse("reports:papers"), {"kind": "daily", "month": "2026-03"}).context["rows"]
    assert [row["run"].pk for row in rows][:2] == [new.pk, old.pk]
    assert [row["run"].is_replaced for row in rows] == [False, True, False]
    assert "当日回款 750.00 元" in rows[0]["lead"] and "当日回款 50.00 元" in rows[1]["lead"]
    weekly = client_as(manager).get(reverse("reports:papers"), {"kind": "weekly"})
    assert "还没有这种报表" in weekly.content.decode()
    odd = client_as(manager).get(reverse("reports:papers"), {"kind": "\x00'", "month": "0000-99"})
    assert odd.status_code == 200 and len(odd.context["rows"]) == 3


def test_a_paper_opens_from_what_was_kept_and_reads_no_facts(client_as: Any, manager: User) -> None:
    small_book()
    run = made()
    Case.objects.update(total=1)
    with CaptureQueriesContext(connection) as queries:
        page = client_as(manager).get(reverse("reports:paper", args=[run.pk])).content.decode()
    assert "2,900.00" in page and "16.7%" in page and run.digest in page
    facts = [query["sql"] for query in queries if "cases_position" in query["sql"] or "cases_repayment" in query["sql"]]
    assert facts == []


def test_figures_stand_beside_those_of_the_period_before(client_as: Any, manager: User) -> None:
    small_book()
    before, run = made(first=D1, last=D1), made()
    page = client_as(manager).get(reverse("reports:paper", args=[run.pk]))
    total = next(one for one in page.context["paper"]["sections"][0]["figures"] if one["label"] == "逾期总额")
    assert (total["value"], total["change"]) == ("2,900.00", "-2,100.00")
    assert page.context["before"].pk == before.pk and page.context["after"] is None
    assert reverse("reports:paper", args=[before.pk]) in page.content.decode()
    again = client_as(manager).get(reverse("reports:paper", args=[before.pk]))
    assert again.context["after"].pk == run.pk


def test_it_is_read_in_english_too(client_as: Any, manager: User) -> None:
    small_book()
    run = made("monthly", *MARCH)
    client = client_as(manager)
    client.cookies["language"] = "en"
    page = client.get(reverse("reports:paper", args=[run.pk])).content.decode()
    assert "Monthly report" in page and "CNY 2,900.00 owed" in page and "Gap to target" in page
    for section in client.get(reverse("reports:paper", args=[run.pk])).context["paper"]["sections"]:
        said = " ".join([section["title"], *section["lead"], *section["notes"]])
        assert not any("一" <= character <= "鿿" for character in said), said


def test_cases_to_learn_from_are_told_to_those_who_may_open_them(
    client_as: Any, manager: User, auditor: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    cases = small_book()
    run = made("monthly", *MARCH)
    stories = [one for section in run.content["sections"] for one in section.get("stories", [])]
    assert {one["case"] for one in stories} >= {cases["pays"].pk}
    assert "张三丰" not in str(run.content) and cases["pays"].loan.contract_no not in str(run.content)
    page = client_as(manager).get(reverse("reports:paper", args=[run.pk])).content.decode()
    assert "张*丰" in page and reverse("cases:record", args=[cases["pays"].pk]) in page and "还款 600.00 元" in page
    from cases.querysets import CaseQuerySet

    monkeypatch.setattr(CaseQuerySet, "for_user", lambda self, user, capability="cases.view": self.none())
    page = client_as(auditor).get(reverse("reports:paper", args=[run.pk])).content.decode()
    assert "张*丰" not in page and f"#{cases['pays'].pk}" in page and "案件不在您的权限范围内" in page
    assert "还款 600.00 元</span>" not in page, "what was done is not told either"


@pytest.mark.parametrize(
    "role", ["collector", "team_leader", "clerk", "vendor_manager", "finance", "admin_user", "outsider"]
)
def test_who_does_not_answer_for_the_whole_house_reads_none(client_as: Any, request: Any, role: str) -> None:
    small_book()
    run = made()
    client = client_as(request.getfixturevalue(role))
    for address in (
        reverse("reports:papers"),
        reverse("reports:paper", args=[run.pk]),
        reverse("reports:paper_file", args=[run.pk]),
    ):
        assert client.get(address).status_code == 403


def test_an_auditor_reads_and_makes_none(client_as: Any, auditor: User, manager: User) -> None:
    small_book()
    run = made()
    page = client_as(auditor).get(reverse("reports:paper", args=[run.pk]))
    assert page.status_code == 200 and "重算核对" not in page.content.decode()
    assert posted(client_as(auditor), "reports:paper_again", [run.pk], how="now").status_code == 403
    assert posted(client_as(auditor), "reports:papers_fill", kind="daily", first=D1, last=D2).status_code == 403
    assert not Job.objects.exists()
    assert posted(client_as(manager), "reports:paper_again", [run.pk], how="now").status_code == 302
    assert Job.objects.count() == 1


@pytest.mark.usefixtures("bell")
def test_a_manager_fills_a_range_and_is_told_what_is_wrong_with_it(client_as: Any, manager: User) -> None:
    small_book()
    client = client_as(manager)
    assert posted(client, "reports:papers_fill", kind="daily", first="2026-03-01", last="2026-03-31").status_code == 302
    assert Job.objects.filter(kind="reports.make_report", created_by=manager).count() == 2
    for values, why in (
        ({"kind": "daily", "first": "2026-03-31", "last": "2026-03-01"}, "不能早于"),
        ({"kind": "weekly", "first": "2026-03-02", "last": "2026-03-15"}, "没有一个完整的期间"),
        ({"kind": "hourly", "first": "2026-03-02", "last": "2026-03-15"}, "hourly"),
        ({"kind": "daily", "first": "2026-02-30", "last": ""}, "日期"),
    ):
        page = client.post(reverse("reports:papers_fill"), {"form_token": f"{why:x<40}"[:40], **values})
        assert page.status_code == 400 and why in page.content.decode(), values
    assert Job.objects.count() == 2


@pytest.mark.usefixtures("bell")
def test_to_see_that_it_comes_out_the_same_the_same_moment_is_asked_again(client_as: Any, manager: User) -> None:
    from collection_ops.core.services import jobs

    cases = small_book()
    run = made()
    posted(client_as(manager), "reports:paper_again", [run.pk], how="same")
    job = Job.objects.get()
    jobs.run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.result) == ("done", {"run": run.pk, "new": False})
    pay(cases["rolls"], D2, "700.00", reference="forged")
    client_as(manager).post(reverse("reports:paper_again", args=[run.pk]), {"form_token": "u" * 40, "how": "same"})
    job = Job.objects.latest("pk")
    jobs.run(job.pk)
    job.refresh_from_db()
    assert job.state == "failed" and "与留存的报表不一致：回款额、回收率" in job.error


def test_the_workbook_has_a_cover_native_charts_and_texts_that_are_no_formulas(client_as: Any, manager: User) -> None:
    cases = small_book()
    type(cases["pays"].loan.source).objects.update(name='=HYPERLINK("http://x")')
    run = made("monthly", *MARCH)
    answer = client_as(manager).get(reverse("reports:paper_file", args=[run.pk]))
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    cover = {str(row[0].value): str(row[1].value) for row in book["封面"].iter_rows(max_col=2)}
    assert cover["摘要值"] == run.digest and cover["已知截至"] == "2026-04-01 09:30:00"
    assert cover["回款率"].startswith("v1  分子：期间内已确认的还款减去冲正")
    sheet = book["欠款额"]
    assert sheet.freeze_panes == "B3" and len(sheet._charts) == 1
    values = {row[0].value: row[2].value for row in sheet.iter_rows(min_row=5)}
    assert values["合计"] == 2900
    cells = [cell for one in book for row in one.iter_rows() for cell in row]
    assert {cell.data_type for cell in cells if str(cell.value).startswith("=HYPERLINK")} == {"s"}
    assert not [cell for cell in cells if cell.data_type == "f"]
    assert AuditEvent.objects.filter(action="report.exported").count() == 1
    again = client_as(manager).get(reverse("reports:paper_file", args=[run.pk]))
    assert openpyxl.load_workbook(io.BytesIO(again.content)).sheetnames == book.sheetnames


def test_a_content_that_was_changed_in_the_database_is_shouted(client_as: Any, manager: User) -> None:
    small_book()
    run = made()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE reports_reportrun DISABLE TRIGGER reports_reportrun_kept")
        cursor.execute("UPDATE reports_reportrun SET digest = repeat('0', 64)")
        cursor.execute("ALTER TABLE reports_reportrun ENABLE ALWAYS TRIGGER reports_reportrun_kept")
    page = client_as(manager).get(reverse("reports:paper", args=[run.pk])).content.decode()
    assert "被改动过" in page
