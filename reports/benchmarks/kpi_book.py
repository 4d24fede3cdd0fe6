"""A year of a large lender by set-based SQL: cases that come and go, a file every business day, money, contacts.

Every figure follows from the row's number, so that two books of one size are equal. Triggers of the tables are off while it
is built: what they keep up is made by `rebuild` afterwards, which is measured.
"""

import datetime as dt
from typing import Any

from django.conf import settings

FILES = 250
"""Business dates: the weekdays of about a year, up to `last`."""
DESKS, AGENCIES, PRODUCTS, REGIONS, TEAMS = 180, 20, 5, 31, 18
FILES_A_CASE = 6
"""So many files list a case, on average."""
SPANS = {"repayments": 32, "contacts": 15}
"""Business days after a case came within which it pays, and is called."""
TABLES = ("cases_debtor", "cases_loan", "cases_case", "cases_custody", "cases_position", "cases_repayment",
          "cases_importrun", "compliance_contactattempt")  # fmt: skip

_FIGURES = "days_past_due, due_date, principal, interest, penalty, fees, total"


def _events(number: str, *, step: int) -> str:
    """`number` (a parameter) events n of cases: case_id, and `at`, the file on whose day it is, up to `<number>_span` files
    after the case came. What would lie beyond the last file is of a case that came so many files earlier, so that the last
    day is one like any other, and not one with all that a clamp would put on it."""
    first, span = "(case_id - 1) * %(files)s / %(cases)s", f"%({number}_span)s"
    return f"""(
        SELECT n, case_id, least({first} + 1 + later, %(files)s - 1) AS at FROM (
            SELECT n, later, CASE WHEN {first} + 1 + later < %(files)s THEN case_id
                                  ELSE greatest(case_id - ({span} + 1) * %(cases)s / %(files)s, 1) END AS case_id
            FROM (SELECT n, (n * %(cases)s / %({number})s) %% %(cases)s + 1 AS case_id, n * {step} %% {span} AS later
                  FROM generate_series(0, %({number})s::bigint - 1) n) drawn
        ) moved
    )"""  # noqa: S608


_BOOK = (
    """INSERT INTO cases_importrun (source_id, kind, as_of, standing, state, file_name, stored_name, file_size, sha256,
           content_hash, origin, accept_good_rows, understanding, questions, answers, row_counts, problem_counts,
           control_totals, differences, stages_before, stages_after, guard_findings, book_hash_before, book_hash_after,
           refusal, uploaded_at, applied_at, submit_note, approval_note, undone_rows)
    SELECT %(source)s, 'overdue', day, 'newest', 'applied', 'book', 'none', 0, md5(day::text) || md5(day::text), '',
           'command', false, '{}', '[]', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '[]', '', '', '{}',
           (day + 1)::timestamp + interval '8 hours', (day + 1)::timestamp + interval '8 hours', '', '', 0
    FROM unnest(%(days)s::date[]) day ORDER BY day""",
    """CREATE TEMP TABLE file AS
    SELECT row_number() OVER (ORDER BY as_of) - 1 AS n, id AS run_id, as_of FROM cases_importrun""",
    "ANALYZE file",
    """INSERT INTO cases_debtor (name, id_type, id_no, id_index, id_last4)
    SELECT '客户' || n, '', '', '', '' FROM generate_series(1, %(debtors)s) n""",
    """INSERT INTO cases_loan (source_id, contract_no, debtor_id, product, region)
    SELECT %(source)s, 'BM' || lpad(n::text, 10, '0'), (n - 1) %% %(debtors)s + 1, '产品' || n %% %(products)s,
           '地区' || n / 7 %% %(regions)s
    FROM generate_series(1, %(cases)s) n""",
    # In the order in which they were opened; the loan of case n is n.
    """CREATE TEMP TABLE life AS
    SELECT n AS case_id, (n - 1) * %(files)s / %(cases)s AS first,
           least((n - 1) * %(files)s / %(cases)s + (n * 7919 %% (2 * %(files_a_case)s - 1)), %(files)s - 1) AS last,
           (n * 104729 %% 150)::int + 1 AS days, (200 + n * 48271 %% 40000)::numeric(14, 2) AS total,
           %(first_desk)s + n * 31 %% %(desks)s AS desk_id
    FROM generate_series(1, %(cases)s::bigint) n""",
    "ANALYZE life",
    f"""INSERT INTO cases_case (id, loan_id, episode, opened_on, as_of, last_run_id, desk_id, close_reason, close_note,
           closed_on, closed_at, {_FIGURES})
    SELECT l.case_id, l.case_id, 1, f.as_of, t.as_of, t.run_id,
           CASE WHEN l.last = %(files)s - 1 THEN l.desk_id END,
           CASE WHEN l.last = %(files)s - 1 THEN '' WHEN l.case_id %% 4 = 0 THEN 'recalled' ELSE 'paid' END, '',
           CASE WHEN l.last < %(files)s - 1 THEN t.as_of + 1 END,
           CASE WHEN l.last < %(files)s - 1 THEN (t.as_of + 1)::timestamp + interval '20 hours' END,
           l.days + (t.as_of - f.as_of), f.as_of - l.days, l.total, 0, 0, 0, l.total
    FROM life l JOIN file f ON f.n = l.first JOIN file t ON t.n = l.last ORDER BY l.case_id""",  # noqa: S608
    # One in ten was moved to the next desk a week after it came.
    """INSERT INTO cases_custody (case_id, desk_id, started_at, ended_at, reason)
    SELECT c.id, CASE WHEN m.moved AND p.part = 1 THEN %(first_desk)s + (l.desk_id + 1) %% %(desks)s ELSE l.desk_id END,
           (c.opened_on + 1)::timestamp + interval '9 hours' + CASE WHEN p.part = 1 THEN interval '7 days' ELSE '0' END,
           CASE WHEN m.moved AND p.part = 0 THEN (c.opened_on + 8)::timestamp + interval '9 hours'
                WHEN c.closed_on IS NOT NULL THEN greatest(c.closed_at, (c.opened_on + 9)::timestamp) END, 'import'
    FROM cases_case c JOIN life l ON l.case_id = c.id
    CROSS JOIN LATERAL (SELECT c.id %% 10 = 0 AS moved) m
    CROSS JOIN LATERAL generate_series(0, CASE WHEN m.moved THEN 1 ELSE 0 END) AS p (part)""",
    f"""INSERT INTO cases_position (case_id, as_of, run_id, row, recorded_at, {_FIGURES})
    SELECT l.case_id, f.as_of, f.run_id, l.case_id, (f.as_of + 1)::timestamp + interval '8 hours',
           l.days + (f.as_of - o.as_of), o.as_of - l.days, l.total - 10, 10, 0, 0, l.total
    FROM file f
    JOIN life l ON f.n BETWEEN l.first AND l.last JOIN file o ON o.n = l.first
    ORDER BY f.as_of, l.case_id""",  # noqa: S608
    f"""INSERT INTO cases_repayment (source_id, contract_no, loan_id, paid_on, recorded_at, amount, status, reference,
                                    channel)
    SELECT %(source)s, 'BM' || lpad(c.id::text, 10, '0'), c.id, p.as_of, (p.as_of + 1)::timestamp + interval '9 hours',
           20 + k.n * 7919 %% 900, CASE WHEN k.n %% 40 = 0 THEN 'claimed' ELSE 'confirmed' END, '', ''
    FROM {_events("repayments", step=31)} k JOIN cases_case c ON c.id = k.case_id JOIN file p ON p.n = k.at
    ORDER BY p.as_of, k.n""",  # noqa: S608
    f"""INSERT INTO compliance_contactattempt (debtor_id, case_id, loans, channel, direction, purpose, actor_id, actor_kind,
           org, state, opened_at, started_at, ended_at, result, note, misdirected, closed_at, late_minutes)
    SELECT l.debtor_id, c.id, ARRAY[l.id], 'call', 'out', 'demand',
           CASE WHEN a.agency THEN NULL ELSE %(first_user)s + a.seat END, 'human',
           CASE WHEN a.agency THEN 'bm-ag-' || a.seat - %(collectors)s ELSE 'own' END, 'closed', t.at, t.at,
           t.at + interval '1 minute' * (k.n %% 4), (ARRAY['no_answer', 'no_answer', 'right_party', 'busy', 'connected',
           'third_party', 'voicemail'])[k.n %% 7 + 1], '', false, t.at + interval '9 minutes', k.n %% 50 / 49
    FROM {_events("contacts", step=17)} k
    JOIN cases_case c ON c.id = k.case_id JOIN cases_loan l ON l.id = c.loan_id JOIN life f ON f.case_id = c.id
    JOIN file p ON p.n = k.at
    CROSS JOIN LATERAL (SELECT f.desk_id - %(first_desk)s AS seat, f.desk_id - %(first_desk)s >= %(collectors)s AS agency) a
    CROSS JOIN LATERAL (SELECT p.as_of::timestamp + interval '1 minute' * (540 + k.n * 13 %% 600) AS at) t
    ORDER BY t.at""",  # noqa: S608
)


def build(*, debts: int, payments: int, contacts: int, files: int, last: dt.date) -> dict[str, Any]:
    """All tables and the book; returns what the steps need: session of a supervisor, ids."""
    from django.core.management import call_command
    from django.db import connection

    from agents.benchmarks.book import session_of
    from cases.models import Desk, Source
    from collection_ops.core.access import Role
    from collection_ops.core.models import RoleGrant, User

    call_command("migrate", interactive=False, verbosity=0)
    call_command("seed_reference", verbosity=0)
    people = User.objects.bulk_create(
        User(username=f"bm.{n}", display_name=f"催收员 {n}", unit=f"bm-{n % TEAMS}") for n in range(DESKS)
    )
    boss = User.objects.create(username="bm.supervisor", display_name="主管")
    RoleGrant.objects.create(user=boss, role=Role.SUPERVISOR)
    RoleGrant.objects.bulk_create(RoleGrant(user=one, role=Role.COLLECTOR) for one in people)
    desks = Desk.objects.bulk_create(
        [
            *(
                Desk(code=f"bm-{n}", name=f"席位 {n}", kind="collector", owner=one, unit=one.unit)
                for n, one in enumerate(people)
            ),
            *(Desk(code=f"bm-ag-{n}", name=f"机构 {n}", kind="agency") for n in range(AGENCIES)),
        ]
    )
    source = Source.objects.create(code="benchmark", name="基准")
    days = business_dates(files, last)
    values: dict[str, Any] = {
        "cases": debts, "debtors": max(debts * 6 // 7, 1), "repayments": payments, "contacts": contacts, "files": files,
        "source": source.pk, "days": days, "first_desk": desks[0].pk, "first_user": people[0].pk,
        "desks": DESKS + AGENCIES, "collectors": DESKS, "products": PRODUCTS, "regions": REGIONS,
        "files_a_case": FILES_A_CASE,
        **{f"{name}_span": max(min(span, files // 2 - 1), 1) for name, span in SPANS.items()},
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('TimeZone', %s, false)", [settings.TIME_ZONE])
        for day in sorted({one.replace(day=1) for one in days}):
            cursor.execute("SELECT cases_ensure_position_partition(%s)", [day])
        for table in TABLES:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        for statement in _BOOK:
            cursor.execute(statement, values)
        for table in TABLES:
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
        cursor.execute("VACUUM ANALYZE")
        cursor.execute("SELECT count(*) FROM cases_position")
        positions = cursor.fetchone()[0]
    return {"session": session_of(boss), "source": source.pk, "positions": positions}


def business_dates(number: int, last: dt.date) -> list[dt.date]:
    """The weekdays up to `last`, oldest first."""
    found: list[dt.date] = []
    day = last
    while len(found) < number:
        if day.weekday() < 5:
            found.append(day)
        day -= dt.timedelta(days=1)
    return found[::-1]
