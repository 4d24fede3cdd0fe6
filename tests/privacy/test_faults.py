"""A fault while personal values are at hand: the log says where it was and nobody's number.

The twins put back what other sites have: Django's mail of faults, a log with the error's text, a job that keeps it.
"""

import io
import logging
from typing import Any
from unittest.mock import patch

import pytest
from django.core import mail
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils.log import AdminEmailHandler

from collection_ops.core.logs import JsonFormatter, RedactFilter
from collection_ops.core.models import Job, Notification
from collection_ops.core.services import jobs
from tests.cases.builders import desk_of, make_case
from tests.privacy.test_canaries import NUMBERS, found_in

NAME, PHONE, ID_NO = "司徒金丝雀", NUMBERS[0], NUMBERS[2]
CANARIES = (NAME, PHONE, ID_NO)


def fault(*args: Any, **kwargs: Any) -> Any:
    """Values in locals, in the error, in the error it came of, and in notes on it."""
    debtor = {"name": NAME, "phone": PHONE, "id_no": ID_NO}
    try:
        raise LookupError(debtor["name"], PHONE)
    except LookupError as first:
        error = ValidationError({ID_NO: [NAME]})
        error.add_note(f"{debtor}")
        raise error from first


@pytest.fixture
def log() -> Any:
    """What goes out by every handler that the site has, written as the site writes it."""
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    handler.setFormatter(JsonFormatter())
    handler.addFilter(RedactFilter())
    root = logging.getLogger()
    root.addHandler(handler)
    yield out
    root.removeHandler(handler)


def break_page(client: Client) -> str:
    """A form with such values in its fields, on a page that fails."""
    with patch("cases.views.search.find_person", fault):
        answer = client.post(reverse("cases:search"), {"q": PHONE, "name": NAME}, headers={"X-Note": ID_NO})
    assert answer.status_code == 500
    return str(answer.content.decode())


def break_job(actor: Any) -> Job:
    with patch.dict(jobs._handlers, {"test.fails": fault}):
        job = jobs.enqueue(kind="test.fails", params={}, actor=actor, title="坏任务")
        jobs.run(job.pk)
    job.refresh_from_db()
    assert job.state == "failed"
    return job


def row_of(job: Job) -> str:
    return str([getattr(job, field.attname) for field in Job._meta.fields]) + str(
        list(Notification.objects.values_list("params", "url"))
    )


@pytest.mark.django_db
def test_a_page_that_fails_tells_the_place_and_no_value(supervisor, log, settings):
    settings.ADMINS = [("值班", "duty@example.com")]
    client = Client(raise_request_exception=False)
    client.force_login(supervisor, backend="django.contrib.auth.backends.ModelBackend")
    page = break_page(client)
    assert found_in(page, CANARIES) == []
    assert found_in(log.getvalue(), CANARIES) == []
    assert "ValidationError" in log.getvalue() and "test_faults.py" in log.getvalue(), "the place is told"
    assert mail.outbox == [], "nothing is mailed, whoever is named as administrator"


@pytest.mark.django_db
def test_a_job_that_fails_tells_the_kind_of_fault_and_no_value(supervisor, log):
    job = break_job(supervisor)
    assert "ValidationError" in job.error
    assert found_in(row_of(job), CANARIES) == []
    assert found_in(log.getvalue(), CANARIES) == []
    assert "test_faults.py" in log.getvalue()


@pytest.mark.django_db
def test_a_database_that_quotes_the_value_is_not_quoted(supervisor, log):
    def refused(run: Any) -> None:
        phone = PHONE
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT %s::integer", [f"{NAME} {phone} {ID_NO}"])

    with patch.dict(jobs._handlers, {"test.fails": refused}):
        job = jobs.enqueue(kind="test.fails", params={}, actor=supervisor, title="坏任务")
        jobs.run(job.pk)
    job.refresh_from_db()
    assert "DataError" in job.error
    assert found_in(row_of(job), CANARIES) == [] == found_in(log.getvalue(), CANARIES)


@pytest.mark.django_db
def test_twin_the_mail_of_faults_that_django_brings_along_holds_form_and_error(supervisor, settings):
    settings.ADMINS = [("值班", "duty@example.com")]
    client = Client(raise_request_exception=False)
    client.force_login(supervisor, backend="django.contrib.auth.backends.ModelBackend")
    logger, handler = logging.getLogger("django"), AdminEmailHandler()
    handler.setLevel(logging.ERROR)
    logger.addHandler(handler)
    try:
        break_page(client)
    finally:
        logger.removeHandler(handler)
    assert set(found_in("".join(str(message.body) for message in mail.outbox), CANARIES)) >= {NAME, PHONE}


@pytest.mark.django_db
def test_twin_a_log_with_the_errors_text_holds_names_and_notes(supervisor, log):
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    logging.getLogger().addHandler(handler)
    try:
        break_job(supervisor)
    finally:
        logging.getLogger().removeHandler(handler)
    assert set(found_in(out.getvalue(), CANARIES)) == set(CANARIES)
    assert found_in(log.getvalue(), CANARIES) == []


def test_the_sites_own_handlers_are_the_only_ones(settings):
    """One console, with the filter; Django's own loggers hand everything on to it."""
    configured = settings.LOGGING
    assert set(configured["handlers"]) == {"console"}
    assert configured["handlers"]["console"]["filters"] == ["redact"] and not settings.DEBUG
    for name in ("django", "django.request", "django.security", "celery", "cases", "collection_ops"):
        logger = logging.getLogger(name)
        kept = [handler for handler in logger.handlers if not isinstance(handler, logging.NullHandler)]
        assert logger.propagate and kept == [], name


@pytest.mark.django_db
def test_a_name_in_a_record_is_in_the_locals_of_a_page_that_fails_and_stays_there(collector, log):
    case = make_case(name=NAME, phones=(PHONE,), id_no=ID_NO, desk=desk_of(collector))
    client = Client(raise_request_exception=False)
    client.force_login(collector, backend="django.contrib.auth.backends.ModelBackend")
    with patch("cases.views.record.render", fault):
        answer = client.get(reverse("cases:record", args=[case.pk]))
    assert answer.status_code == 500
    assert found_in(answer.content.decode() + log.getvalue(), CANARIES) == []
