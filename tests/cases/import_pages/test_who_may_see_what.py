"""Roles on the import pages, and what they show of a person."""

from collections.abc import Callable
from typing import Any

from django.test import Client
from django.urls import reverse

from cases.models import Source
from collection_ops.core.models import AuditEvent, User
from tests.cases.import_files import debt, workbook
from tests.cases.import_pages.steps import do_jobs, send, text_of, uploaded

SignIn = Callable[[User], Client]


def test_a_supervisor_may_apply_what_the_clerk_uploaded(
    clerk_browser: Client, source: Source, supervisor: User, client_as: SignIn
) -> None:
    run = uploaded(clerk_browser, source, [debt(1)])
    browser = client_as(supervisor)
    assert "应用 1 行" in text_of(browser, "cases:import_run", run.pk)
    assert send(browser, "cases:import_discard", run.pk).status_code == 403
    assert send(browser, "cases:import_apply", run.pk).status_code == 302
    do_jobs()
    run.refresh_from_db()
    assert run.applied_by == supervisor


def test_an_auditor_reads_everything_and_changes_nothing(
    clerk_browser: Client, source: Source, auditor: User, client_as: SignIn
) -> None:
    run = uploaded(clerk_browser, source, [debt(1)])
    browser = client_as(auditor)
    page = text_of(browser, "cases:import_run", run.pk)
    assert "应用 1 行" not in page
    assert "放弃" not in page
    for route in ("cases:import_apply", "cases:import_discard", "cases:import_undo", "cases:import_answer"):
        assert send(browser, route, run.pk).status_code == 403


def test_a_collector_has_no_business_here(collector: User, client_as: SignIn, source: Source) -> None:
    assert client_as(collector).get(reverse("cases:imports")).status_code == 403


def test_pages_show_neither_numbers_nor_full_names(clerk_browser: Client, source: Source, rows_written: Any) -> None:
    person = {"客户姓名": "欧阳文静", "证件号码": "170000199001010018", "手机号码": "15412345678"}
    run = uploaded(clerk_browser, source, [debt(1, **person), debt(2, 手机号码="15498765432x")])
    pages = [
        text_of(clerk_browser, "cases:import_run", run.pk),
        text_of(clerk_browser, "cases:import_rows", run.pk, "new"),
        text_of(clerk_browser, "cases:import_problems", run.pk),
        text_of(clerk_browser, "cases:imports"),
    ]
    for page in pages:
        for secret in ("欧阳文静", "170000199001010018", "15412345678", "15498765432"):
            assert secret not in page
    assert "欧**静" in pages[1]


def test_the_original_file_is_taken_by_post_and_leaves_a_trace(
    clerk_browser: Client, source: Source, supervisor: User, client_as: SignIn
) -> None:
    run = uploaded(clerk_browser, source, [debt(1)])
    address = reverse("cases:import_file", args=[run.pk])
    assert clerk_browser.get(address).status_code == 405
    assert client_as(supervisor).post(address).status_code == 403
    response = clerk_browser.post(address)
    assert b"".join(response.streaming_content) == workbook([debt(1)])
    assert AuditEvent.objects.filter(action="import.file_taken", object_id=str(run.pk)).count() == 1
