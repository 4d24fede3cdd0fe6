"""What a clerk does on the import pages, and what the worker does after."""

from typing import Any

from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from cases.models import ImportRun, RunState, Source
from collection_ops.core.models import Job
from collection_ops.core.services import jobs
from collection_ops.core.services.form_tokens import new_token
from tests.cases.import_files import upload_of


def send(browser: Client, route: str, *arguments: Any, token: str = "", **data: Any) -> HttpResponse:
    return browser.post(reverse(route, args=arguments), {"form_token": token or new_token(), **data})


def do_jobs() -> None:
    """What the worker does, once."""
    for job in Job.objects.filter(state="queued").order_by("pk"):
        jobs.run(job.pk)


def uploaded(browser: Client, source: Source, rows: list[dict[str, Any]], **options: Any) -> ImportRun:
    """A file brought through the page and read by the worker."""
    response = send(browser, "cases:import_upload", source=source.pk, file=upload_of(rows, **options))
    assert response.status_code == 302, response.content.decode()
    do_jobs()
    return ImportRun.objects.latest("pk")


def applied(browser: Client, source: Source, rows: list[dict[str, Any]], **options: Any) -> ImportRun:
    run = uploaded(browser, source, rows, **options)
    send(browser, "cases:import_apply", run.pk)
    do_jobs()
    run.refresh_from_db()
    assert run.state == RunState.APPLIED
    return run


def text_of(browser: Client, route: str, *arguments: Any, **query: str) -> str:
    response = browser.get(reverse(route, args=arguments), query)
    assert response.status_code == 200
    return response.content.decode()
