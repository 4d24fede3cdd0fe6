"""Known names, phones and ID numbers go the whole way through the site; then everything that is left behind is searched.

They are looked for as they are, as \\u escapes, percent-encoded and in base64, in every table, log line, broker message,
session, address and temporary file. Where one may be is said here; anywhere else is a leak.
"""

import base64
import json
import logging
import re
import tempfile
from pathlib import Path
from typing import Any
from unittest.mock import patch
from urllib.parse import quote

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.urls import reverse

from cases.models import Case, ImportRun
from cases.services import export
from cases.services.error_workbook import ERROR_WORKBOOKS
from cases.services.sources import add_source
from collection_ops.core.logs import JsonFormatter, RedactFilter
from collection_ops.core.models import Job, User
from collection_ops.core.services import jobs
from collection_ops.core.services.form_tokens import new_token
from tests.cases.import_files import debt, upload_of
from tests.cases.imports.conftest import person

NAME, OTHER_NAME = "司徒金丝雀", "欧阳夜莺"
PHONE, OTHER_PHONE = "15466660001", "15466660002"
ID_NO, OTHER_ID = person(701), person(702)
NUMBERS = (PHONE, OTHER_PHONE, ID_NO, OTHER_ID)
NAMES = (NAME, OTHER_NAME)
# Columns in which a name may stand: the book, and the staged rows that it is written from.
NAME_COLUMNS = {
    ("cases_debtor", "name"), ("cases_importrow", "debtor_name"), ("cases_contactpoint", "holder_name"),
    ("cases_importchange", "before"), ("cases_importchange", "after"),
}  # fmt: skip


def forms(value: str) -> set[str]:
    """The ways in which a value may be written down."""
    escaped = value.encode("unicode_escape").decode()
    encoded = base64.b64encode(value.encode()).decode().rstrip("=")
    return {value, escaped, escaped.upper().replace("\\U", "\\u"), quote(value), encoded}


def found_in(text: str, values: tuple[str, ...]) -> list[str]:
    return [value for value in values if any(form in text for form in forms(value))]


class Sweep:
    """What a test leaves behind besides the tables."""

    def __init__(self) -> None:
        self.log: list[str] = []
        self.messages: list[str] = []
        self.addresses: list[str] = []


@pytest.fixture
def sweep(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Keeps log lines as the site writes them, messages to the broker, and where temporary files go."""
    kept = Sweep()
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))

    class Keeper(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            kept.log.append(self.format(record))

    keeper = Keeper(level=logging.DEBUG)
    keeper.setFormatter(JsonFormatter())
    keeper.addFilter(RedactFilter())
    root = logging.getLogger()
    level = root.level
    root.addHandler(keeper)
    root.setLevel(logging.INFO)
    with patch("collection_ops.core.tasks.run_job.apply_async", lambda **message: kept.messages.append(repr(message))):
        yield kept
    root.removeHandler(keeper)
    root.setLevel(level)


class Browser(Client):
    """Keeps every address that a page leads to."""

    def __init__(self, person: User, sweep: Sweep) -> None:
        super().__init__(raise_request_exception=False)
        self.kept = sweep
        self.force_login(person, backend="django.contrib.auth.backends.ModelBackend")

    def request(self, **request: Any) -> Any:
        answer = super().request(**request)
        self.kept.addresses.append(answer.get("Location", ""))
        if not answer.streaming:
            page = answer.content.decode("utf-8", "replace")
            self.kept.addresses += re.findall(r'(?:href|src|action|hx-[a-z]+)="([^"]*)"', page)
            self.kept.addresses += re.findall(r"<title>(.*?)</title>", page, re.S)
        return answer

    def send(self, route: str, *arguments: Any, **values: Any) -> Any:
        return self.post(reverse(route, args=arguments), {"form_token": new_token(), **values})


def do_jobs() -> Job:
    for job in Job.objects.filter(state="queued").order_by("pk"):
        jobs.run(job.pk)
    return Job.objects.latest("pk")


def live(clerk: Browser, supervisor: Browser) -> None:
    """A day with these people: brought, wrong, corrected, applied, looked up, opened, taken out, gone wrong."""
    source = add_source(code="card", name="信用卡系统", actor=None, max_rejected_percent=60)
    lines = [
        debt(1, 客户姓名=NAME, 证件号码=ID_NO, 手机号码=PHONE),
        debt(2, 客户姓名=OTHER_NAME, 证件号码=OTHER_ID, 手机号码=OTHER_PHONE, 逾期总额="待核实", 本金余额="", 利息=""),
        debt(3, 客户姓名=OTHER_NAME, 证件号码=OTHER_ID[:-1] + "?", 手机号码=OTHER_PHONE + "0"),
        debt(4, 客户姓名=NAME, 合同编号=PHONE + "号", 逾期天数=PHONE),
    ]
    clerk.send("cases:import_upload", source=source.pk, file=upload_of(lines, renamed={"应还日期": "还款日期"}))
    do_jobs()
    run = ImportRun.objects.get()
    for page in ("cases:import_run", "cases:import_problems"):
        clerk.get(reverse(page, args=[run.pk]))
    clerk.send("cases:import_answer", run.pk, **{"question-0": "due_date"})
    do_jobs()
    clerk.send("cases:import_errors", run.pk)
    job = do_jobs()
    assert b"".join(clerk.send("cases:import_errors_file", run.pk, job.pk)), "the workbook of wrong rows"
    clerk.send("cases:import_apply", run.pk, accept_good_rows="on")
    do_jobs()
    case = Case.objects.get(loan__debtor__name=NAME, loan__contract_no="T000001")

    for route, arguments in (("cases:list", ()), ("cases:record", (case.pk,)), ("cases:import_run", (run.pk,))):
        assert supervisor.get(reverse(route, args=arguments)).status_code == 200
    for wanted in (NAME, PHONE, ID_NO):
        supervisor.send("cases:search", q=wanted)
    point = case.loan.debtor.contact_points.get()
    supervisor.send("cases:reveal", case.pk, point.pk, reason="contact", note="")
    supervisor.send("cases:reveal_id", case.pk, reason="contact", note="")
    supervisor.send("cases:export", file_format="csv", reason="核对月末余额", query="status=all")
    do_jobs()
    go_wrong(supervisor, case)


def go_wrong(supervisor: Browser, case: Case) -> None:
    """A page and a job that fail with such values in their hands, and a database that quotes them."""
    debtor = case.loan.debtor
    with patch("cases.selectors.find_case", side_effect=ValueError(f"{debtor.name} {debtor.id_no} {PHONE}")):
        assert supervisor.get(reverse("cases:record", args=[case.pk])).status_code == 500

    def fail(run: Any) -> None:
        secret = (NAME, PHONE, ID_NO)
        with connection.cursor() as cursor:
            cursor.execute("SELECT %s::integer", [" ".join(secret)])

    with patch.dict(jobs._handlers, {"test.fails": fail}):
        jobs.enqueue(kind="test.fails", params={}, actor=None, title="坏任务")
        do_jobs()


def tables() -> list[tuple[str, str]]:
    with connection.cursor() as cursor:
        cursor.execute("""
            SELECT c.table_name, c.column_name FROM information_schema.columns c
            JOIN information_schema.tables t USING (table_schema, table_name)
            WHERE c.table_schema = 'public' AND t.table_type = 'BASE TABLE'
              AND c.data_type NOT IN ('bigint', 'integer', 'smallint', 'boolean', 'numeric', 'date',
                                      'timestamp with time zone', 'time without time zone')
            ORDER BY 1, 2
        """)
        return cursor.fetchall()


def in_the_tables(values: tuple[str, ...], allowed: set[tuple[str, str]]) -> list[tuple[str, str, str]]:
    found = []
    with connection.cursor() as cursor:
        for table, column in tables():
            cursor.execute(f'SELECT DISTINCT "{column}"::text FROM "{table}" WHERE "{column}" IS NOT NULL')
            text = "\n".join(row[0] for row in cursor.fetchall())
            if (table, column) not in allowed:
                found += [(table, column, value) for value in found_in(text, values)]
    return found


@pytest.mark.django_db(transaction=True)
def test_after_a_whole_day_they_are_where_they_belong_and_nowhere_else(
    clerk: User, supervisor: User, sweep: Sweep, tmp_path: Path, settings: Any
) -> None:
    live(Browser(clerk, sweep), Browser(supervisor, sweep))

    # The numbers are encrypted wherever the database has them; the contract number is the sender's own text.
    contract = {(table, "contract_no") for table in ("cases_loan", "cases_importrow")}
    assert in_the_tables(NUMBERS, contract) == []
    assert in_the_tables(NAMES, NAME_COLUMNS) == []
    # The search is not blind: it finds the names where they may be.
    assert {(table, column) for table, column, _name in in_the_tables(NAMES, set())} >= {("cases_debtor", "name")}

    everything = (*NUMBERS, *NAMES)
    assert [
        json.dumps(s.get_decoded()) for s in Session.objects.all() if found_in(str(s.get_decoded()), everything)
    ] == []
    assert len(sweep.log) >= 2 and [line for line in sweep.log if found_in(line, everything)] == []
    assert len(sweep.messages) >= 5 and [m for m in sweep.messages if found_in(m, everything)] == []
    assert len(sweep.addresses) > 100 and [a for a in sweep.addresses if found_in(a, everything)] == []

    # Files: the upload as it came and the clerk's own workbook of it; no export that was asked for with masks.
    assert [path.name for path in (tmp_path / "tmp").rglob("*") if path.is_file()] == []
    media = Path(settings.MEDIA_ROOT)
    exports = [path.read_text(encoding="utf-8-sig") for path in (media / export.FOLDER).iterdir()]
    assert len(exports) == 1 and not found_in(exports[0], everything)
    assert {path.name for path in media.iterdir()} == {"imports", export.FOLDER, ERROR_WORKBOOKS}
    assert {oct(path.stat().st_mode & 0o777) for path in media.rglob("*") if path.is_file()} == {"0o600"}


@pytest.mark.django_db(transaction=True)
def test_twin_what_carries_a_name_in_its_job_is_found_in_table_message_and_log(sweep: Sweep) -> None:
    with patch.dict(jobs._handlers, {"test.tells": lambda run: None}):
        jobs.enqueue(kind="test.tells", params={"who": NAME}, actor=None, title=PHONE)
    logging.getLogger("cases").warning("looked up %s", NAME)
    sweep.messages.append(json.dumps({"args": [NAME]}))
    assert {column for _table, column, _value in in_the_tables((NAME, PHONE), NAME_COLUMNS)} == {"params", "title"}
    assert [line for line in sweep.log if found_in(line, NAMES)]
    assert found_in(sweep.messages[-1], NAMES), "also behind \\u escapes"
