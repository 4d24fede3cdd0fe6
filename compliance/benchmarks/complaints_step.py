"""One measured step of `benchmark complaints`, a process of its own: `python -m compliance.benchmarks.complaints_step STEP`.

What to do comes as one JSON object on standard input ({"database", "now", "folder", "file", "rows", …}), what came of it
goes out as one on standard output. Seconds are without the start of Python and Django.
"""

import datetime as dt
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from collection_ops.core.benchmark_step import answer

SOURCE, OFFICER = "benchmark", "bm.compliance"
DEBTORS = 20_000
OPEN_ONE_IN = 12
DEEP = 40
"""Pages that somebody who reads to the end turns; 2,000 complaints."""
REPEATED, LISTED = 15, 5
_TEXTS = 200

# Every figure follows from the row's number. One in twelve is open, with a deadline before or after today; the closed ones
# lie over five years.
_REGISTER = (
    """INSERT INTO cases_debtor (name, id_type, id_no, id_index, id_last4)
    SELECT '客户' || n, '', '', '', '' FROM generate_series(1, %(debtors)s) n""",
    """INSERT INTO cases_loan (source_id, contract_no, debtor_id, product, region)
    SELECT %(source)s, 'BM' || lpad(n::text, 10, '0'), n, '消费贷', '浙江省杭州市' FROM generate_series(1, %(debtors)s) n""",
    """INSERT INTO compliance_complaint (debtor_id, source, source_ref, type, category, severity, received_at, received_on,
        complainant, complainant_name, complainant_phone, narrative, demand, state, handler_id, round, due_on, complexity,
        outcome, finding, remedy, decided_at, closed_at, recorded_at)
    SELECT n %% %(debtors)s + 1, (ARRAY['12378', '12345', 'hotline', 'web', 'media'])[n %% 5 + 1], 'OLD' || n,
           (ARRAY['harassment', 'threat', 'fee', 'service'])[m %% 4 + 1], 'collection', m %% 3 + 1, d.day::timestamptz,
           d.day, 'self', '', '', (%(texts)s::text[])[n %% %(many)s + 1], '',
           CASE WHEN NOT d.open THEN 'closed' WHEN m %% 5 = 0 THEN 'received' ELSE 'handling' END,
           CASE WHEN NOT d.open OR m %% 5 <> 0 THEN %(officer)s END, 1, d.day + 15, 'normal',
           CASE WHEN d.open THEN '' ELSE (ARRAY['upheld', 'not_upheld'])[n %% 2 + 1] END, '', '',
           CASE WHEN NOT d.open THEN d.day::timestamptz + interval '9 days' END,
           CASE WHEN NOT d.open THEN d.day::timestamptz + interval '9 days' END, %(now)s
    FROM (SELECT n::bigint * 48271 %% %(complaints)s AS n FROM generate_series(1, %(complaints)s) n) k,
         LATERAL (SELECT n %% %(one_in)s = 0 AS open, n / %(one_in)s AS m) o,
         LATERAL (SELECT o.open, %(day)s::date - CASE WHEN o.open THEN n %% 30 ELSE 20 + n %% 1800 END::int AS day) d""",
    """INSERT INTO compliance_complaintsubject (complaint_id, about, user_id, org)
    SELECT id, 'agency', NULL::bigint, 'bm-agency-' || id %% 20 FROM compliance_complaint UNION ALL
    SELECT id, 'fee', NULL, '' FROM compliance_complaint WHERE type = 'fee'""",
    """INSERT INTO compliance_complaintround (complaint_id, number, started_on, due_on, complexity, extension_reason,
        escalated, outcome, closed_at, closed_on, reopen_reason)
    SELECT id, 1, received_on, due_on, complexity, '', 0, outcome, closed_at, closed_at::date, ''
    FROM compliance_complaint""",
)


def prepare(asked: dict[str, Any]) -> dict[str, Any]:
    """All tables, the book, the register, an officer, and the workbook of the ledger."""
    from django.core.management import call_command
    from django.db import connection

    from cases.models import Desk, Source
    from collection_ops.core.access import Role
    from collection_ops.core.crypto import encrypt_all
    from collection_ops.core.models import RoleGrant, User

    call_command("migrate", interactive=False, verbosity=0)
    call_command("seed_reference", stdout=sys.stderr)
    officer = User.objects.create(username=OFFICER, display_name="合规")
    RoleGrant.objects.create(user=officer, role=Role.COMPLIANCE)
    Desk.objects.bulk_create(Desk(code=f"bm-agency-{n}", name=f"机构{n}", kind="agency") for n in range(20))
    now = dt.datetime.fromisoformat(asked["now"])
    values = {
        "source": Source.objects.create(code=SOURCE, name=SOURCE).pk,
        "debtors": DEBTORS,
        "complaints": asked["complaints"],
        "one_in": OPEN_ONE_IN,
        "officer": officer.pk,
        "day": now.date(),
        "now": now,
        "texts": encrypt_all([_narrative(n) for n in range(_TEXTS)]),
        "many": _TEXTS,
    }
    with connection.cursor() as cursor:
        for statement in _REGISTER:
            cursor.execute(statement, values)
        cursor.execute("VACUUM ANALYZE")
        cursor.execute("SELECT count(*) FROM compliance_complaint WHERE state <> 'closed'")
        is_open = cursor.fetchone()[0]
    _write_ledger(Path(asked["file"]), rows=asked["rows"], today=now.date())
    return {"open_complaints": is_open}


def _narrative(number: int) -> str:
    sentence = f"第{number}次反映：催收员每天致电十余次，并联系家人和单位，要求停止。"
    return "\n".join([sentence * 4] * (number % 12 + 1))


def _write_ledger(path: Path, *, rows: int, today: dt.date) -> None:
    """Two in three closed, one in twenty of nobody known; as plain as that other package needs it."""
    import xlsxwriter

    from compliance.benchmarks.contestants import HEADINGS

    with xlsxwriter.Workbook(str(path), {"constant_memory": True, "default_date_format": "yyyy-mm-dd"}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, HEADINGS)
        for number in range(1, rows + 1):
            received = today - dt.timedelta(days=30 + number % 300)
            closed = number % 3 != 0
            contract = f"BM{number:010d}" if number % 20 else ""
            cells = [
                *(f"GD{number:08d}", ("12378", "12345", "客服热线", "黑猫投诉")[number % 4], received, f"客户{number}"),
                *(f"154{number:08d}", contract, _narrative(number), "停止骚扰"),
                *(("频繁致电、骚扰", "威胁", "征信异议", "其他")[number % 4], f"机构{number % 20}"),
                *(("属实", "不属实")[number % 2] if closed else "", "已致歉" if closed else ""),
                received + dt.timedelta(days=number % 20) if closed else None,
                "",
            ]
            sheet.write_row(number, 0, cells)


# What people filter the desk by; each is a page, its query the desk's own. The last two are one complaint each.
LISTS = {
    "open": {},
    "received": {"state": "received"},
    "closed": {"state": "closed"},
    "all": {"state": "all"},
    "overdue": {"due": "overdue"},
    "soon": {"due": "soon"},
    "type": {"type": "fee"},
    "type_of_all": {"type": "fee", "state": "all"},
    "source_of_all": {"source": "media", "state": "all"},
    "severity": {"severity": "3"},
    "agency": {"about": "agency"},
    "matter_of_all": {"about": "fee", "state": "all"},
    "mine": {"handler": "me"},
    "unassigned": {"handler": "none"},
    "month_of_all": {"state": "all", "received_from": -400, "received_to": -370},
    "number": {"q": ""},
    "reference": {"q": f"OLD{OPEN_ONE_IN}"},
}


def desk(asked: dict[str, Any]) -> dict[str, Any]:
    """The desk as it is served: its own query for the first page and for one far down, against the same rows read by their
    keys, and each list as the browser gets it."""
    from django.utils import timezone

    from collection_ops.core.models import User
    from compliance.complaints.desk import asked_for, desk_page
    from compliance.models import Complaint

    officer = User.objects.get(username=OFFICER)
    today = timezone.localdate(dt.datetime.fromisoformat(asked["now"]))
    wanted = asked_for(Complaint.objects.for_user(officer), {}, user=officer, today=today)

    def page(after: str = "") -> Any:
        return desk_page(wanted, by_deadline=True, after=after, before="")

    edge, turned = "", 0
    while turned < DEEP and (following := page(edge).after):
        edge, turned = following, turned + 1
    first, deep = _listed(page), _listed(lambda: page(edge))
    return {
        "pages_deep": turned,
        "desk_first": first["seconds"],
        "desk_deep": deep["seconds"],
        "rows_first": _median(lambda: _by_key(first["rows"])),
        "rows_deep": _median(lambda: _by_key(deep["rows"])),
        "plan_uses_the_index": int(first["by_index"] and deep["by_index"]),
        **_pages(officer, edge, today),
    }


def _listed(page: Callable[[], Any]) -> dict[str, Any]:
    """The rows of a page, the time of its query, and whether that is read off the desk's index without sorting."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as asked:
        rows = [one.pk for one in page().rows]
    sql = asked.captured_queries[0]["sql"]
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {sql}")
        plan = "\n".join(line for (line,) in cursor.fetchall())

    def query() -> None:
        with connection.cursor() as cursor:
            cursor.execute(sql)
            cursor.fetchall()

    return {"rows": rows, "seconds": _median(query), "by_index": "complaint_desk_idx" in plan and "Sort" not in plan}


def _by_key(rows: list[int]) -> None:
    """The least that any list costs: the rows themselves, when it is known which."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM compliance_complaint WHERE id = ANY(%s)", [rows])
        cursor.fetchall()


def _pages(officer: Any, edge: str, today: dt.date) -> dict[str, Any]:
    """Each list as the browser gets it and the page that is reached by turning: seconds by name, queries of the worst."""
    from django.db import connection
    from django.test import Client
    from django.urls import reverse
    from django.utils.http import urlencode

    from compliance.models import Complaint

    client = Client(headers={"host": "localhost"})
    client.force_login(officer)
    url = reverse("compliance:complaints")
    asked: list[str] = []

    def count(execute: Any, sql: str, *rest: Any) -> Any:
        asked.append(sql)
        return execute(sql, *rest)

    def read(query: dict[str, Any]) -> bytes:
        response = client.get(f"{url}?{urlencode(query)}")
        assert response.status_code == 200, response.status_code
        return response.content

    def told(chosen: Any) -> dict[str, Any]:
        days = {name: today + dt.timedelta(days=value) for name, value in chosen.items() if isinstance(value, int)}
        return {**chosen, **days}

    lists = {name: told(chosen) for name, chosen in LISTS.items()}
    lists["number"] = {"q": str(Complaint.objects.earliest("pk").pk)}
    read({})  # what is looked up once and kept
    most = 0
    for query in [*lists.values(), {"after": edge}]:
        asked.clear()
        with connection.execute_wrapper(count):
            read(query)
        most = max(most, len(asked))
    return {
        "page_queries": most,
        "page_first": _median(lambda: read({})),
        "page_deep": _median(lambda: read({"after": edge})),
        **{f"list_{name}": _median(lambda query=query: read(query), LISTED) for name, query in lists.items()},  # type: ignore[misc]
    }


def _median(work: Callable[[], Any], times: int = REPEATED) -> float:
    work()
    seconds = []
    for _number in range(times):
        begun = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - begun)
    return statistics.median(seconds)


def ours(asked: dict[str, Any]) -> dict[str, Any]:
    """The importer as the command line runs it: read, understand, check, encrypt, compare, register."""
    from cases.imports.run import import_file
    from cases.models import RunKind, RunState, Source
    from collection_ops.core import clock
    from compliance.models import Complaint

    source = Source.objects.get(code=SOURCE)
    begun = time.perf_counter()
    now = clock.now()
    run = import_file(
        path=Path(asked["file"]), source=source, as_of=clock.business_date(now), actor=None, now=now,
        kind=RunKind.COMPLAINTS, apply=True,
    )  # fmt: skip
    seconds = time.perf_counter() - begun
    if run.state != RunState.APPLIED:
        return {"failure": f"the run stopped at {run.state}: {run.refusal or run.questions}"}
    return {"seconds": seconds, "rows": Complaint.objects.filter(run=run).count()}


def floor(asked: dict[str, Any]) -> dict[str, Any]:
    """The least that any importer must do with the same reader: every cell into one bare table."""
    from compliance.benchmarks.contestants import copy_into_bare_table

    return copy_into_bare_table(Path(asked["file"]))


def row_by_row(asked: dict[str, Any]) -> dict[str, Any]:
    """django-import-export as it comes."""
    from compliance.benchmarks.contestants import run_import_export

    return run_import_export(Path(asked["file"]))


STEPS = {"prepare": prepare, "desk": desk, "ours": ours, "floor": floor, "row_by_row": row_by_row}


if __name__ == "__main__":
    answer(STEPS)
