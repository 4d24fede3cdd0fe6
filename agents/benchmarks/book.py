"""A large book by set-based SQL, in the database that the process is connected to: people, desks, cases, numbers, a log of
past contacts, and the sessions of those who work on it. `python -m agents.benchmarks.book` reads what to do as JSON on
standard input ({"database", "cases", "collectors", "leaders", "now"}) and writes {username: session key} to standard output.

Every figure follows from the row's number, so that two books of one size are equal; what a person has of their own follows
from the hundreds, since the desk follows from the ones.
"""

import datetime as dt
import sys
from typing import Any

from collection_ops.core.benchmark_step import answer

NUMBERS = 500
"""Encrypted telephone numbers, used again and again: what is measured reads masks only."""
HISTORY_DAYS = 60

_LOG = """INSERT INTO compliance_contactattempt (debtor_id, case_id, point_id, loans, channel, direction, purpose, actor_id,
    actor_kind, org, state, opened_at, started_at, ended_at, result, note, misdirected, closed_at)
    SELECT l.debtor_id, c.id, p.id, ARRAY[l.id], 'call', 'out', 'demand', {actor}, 'human', '{org}', 'closed', t.at, t.at,
           t.at + interval '1 minutes', {result}, '', false, t.at + interval '4 minutes'
    FROM cases_case c
    JOIN cases_loan l ON l.id = c.loan_id
    JOIN cases_contactpoint p ON p.debtor_id = l.debtor_id AND p.relation = ''
    CROSS JOIN generate_series(1, {most}) k
    CROSS JOIN LATERAL (SELECT %(midnight)s::timestamptz + {moment} AS at) t
    WHERE l.id <= %(debtors)s AND {which}"""
_PHONES = """INSERT INTO cases_contactpoint (debtor_id, kind, value, value_index, masked, relation, holder_name, status,
                                             origin)
    SELECT id, 'phone', (%(values)s::text[])[id %% %(numbers)s + 1], md5('{relation}' || id),
           '138****' || lpad((id %% 10000)::text, 4, '0'), '{relation}', '{holder}',
           CASE WHEN id / 100 %% 50 = 0 THEN 'dead' ELSE 'unverified' END, 'import'
    FROM cases_debtor WHERE id / 100 %% {one_in} = 0"""
_FIGURES = "days_past_due, due_date, principal, interest, penalty, fees, total"

_BOOK = (
    # One in seven has two debts. Ids begin where the sequence stands, at 1.
    """INSERT INTO cases_debtor (name, id_type, id_no, id_index, id_last4)
    SELECT substr('赵钱孙李周吴郑王冯陈褚卫', n %% 12 + 1, 1) || substr('国文志海云春', n %% 6 + 1, 1)
           || substr('伟芳娜敏静丽强磊军洋勇艳杰娟涛明', n %% 16 + 1, 1), '', '', '', ''
    FROM generate_series(1, %(debtors)s) n""",
    """INSERT INTO cases_loan (source_id, contract_no, debtor_id, product, region)
    SELECT %(source)s, 'BM' || lpad(n::text, 10, '0'), (n - 1) %% %(debtors)s + 1, '消费贷', '浙江省杭州市'
    FROM generate_series(1, %(cases)s) n""",
    # In no order, as a book is that has grown for years.
    f"""INSERT INTO cases_case (loan_id, episode, opened_on, as_of, last_run_id, desk_id, close_reason, close_note,
                           {_FIGURES})
    SELECT l.id, 1, d.day - 20, d.day, %(run)s, %(first_desk)s + (l.debtor_id %% %(collectors)s), '', '', f.days,
           d.day - f.days, f.total - f.part, f.part, 0, 0, f.total
    FROM cases_loan l,
         (SELECT %(day)s::date AS day) d,
         LATERAL (SELECT (l.id * 7919 %% 210)::int + 1 AS days, (200 + l.id * 104729 %% 40000)::numeric AS total,
                         (l.id %% 200)::numeric AS part) f
    ORDER BY l.id * 48271 %% 200003""",  # noqa: S608
    """INSERT INTO cases_custody (case_id, desk_id, started_at, reason)
    SELECT id, desk_id, %(now)s - interval '20 days', 'import' FROM cases_case""",
    f"""INSERT INTO cases_position (case_id, as_of, run_id, row, {_FIGURES})
    SELECT id, as_of, last_run_id, id, {_FIGURES} FROM cases_case""",  # noqa: S608
    _PHONES.format(relation="", holder="", one_in=1),
    _PHONES.format(relation="姑姑", holder="李四", one_in=3),
    # Up to six past calls to a person at all hours; one person in seven was never called.
    _LOG.format(
        actor="%(first_user)s + (l.debtor_id %% %(collectors)s)",
        org="own",
        result="(ARRAY['no_answer', 'no_answer', 'right_party', 'busy', 'connected'])[(l.id + k) %% 5 + 1]",
        most=6,
        moment="make_interval(days => -1 - ((l.id * 31 + k * 17) %% %(history)s)::int,"
        " hours => 8 + ((l.id + k * 5) %% 13)::int, mins => (l.id %% 55)::int)",
        which="k <= l.debtor_id %% 7",
    ),
    # Today: some have used up the day's calls, some have one left. The gate has to know.
    _LOG.format(
        actor="NULL",
        org="agency",
        result="'right_party'",
        most=3,
        moment="make_interval(hours => 8, mins => (k * 15)::int)",
        which="(l.debtor_id / 100 %% 25 = 3 OR (l.debtor_id / 100 %% 25 = 4 AND k <= 2))",
    ),
    # The last contact of some asked to be called back about now; a promise of some is due, of some was broken.
    """INSERT INTO compliance_contactdetail (attempt_id, reached, willingness, arrears_reason, economic_situation, temper,
        dispute, complaint_wish, self_harm, callback_at, said_org, said_own_org, said_staff_no, recording_notice,
        identity_factors, call_ref, recording_ref, recording_hash, no_recording, recording_finding)
    SELECT DISTINCT ON (debtor_id) id, 'debtor', 'willing', 'forgot', 'stable', 'calm', false, false, false,
           %(now)s + make_interval(mins => (debtor_id / 100 %% 600)::int - 300), true, true, true, true,
           '{}', '', '', '', false, ''
    FROM compliance_contactattempt WHERE debtor_id / 100 %% 30 = 5 ORDER BY debtor_id, opened_at DESC""",
    """INSERT INTO cases_promise (case_id, amount, enough, made_on, due_on, counts_until, channel, owed, stage,
        override_reason, state, paid, settled_on, cancel_reason)
    SELECT c.id, 200, 190, d.day - 9, p.due, p.due + 1, 'app', c.total, c.stage, '', p.state, 0,
           CASE WHEN p.state = 'broken' THEN p.due + 2 END, ''
    FROM cases_case c, (SELECT %(day)s::date AS day) d,
         LATERAL (SELECT CASE WHEN c.id %% 2 = 0 THEN 'open' ELSE 'broken' END AS state,
                         d.day - CASE WHEN c.id %% 2 = 0 THEN 0 ELSE 4 END AS due) p
    WHERE c.id %% 20 IN (1, 2)""",
    """INSERT INTO cases_hold (debtor_id, type, since, proven, proof, reason, accused_channel, lift_reason)
    SELECT id, 'illness', %(now)s - interval '3 days', true, '病历', '住院', '', ''
    FROM cases_debtor WHERE id / 100 %% 200 = 7""",
)


def build(asked: dict[str, Any]) -> dict[str, str]:
    """All tables, the book and the people. The sessions by username."""
    from django.core.management import call_command
    from django.db import connection

    from cases.models import Desk, ImportRun, Source
    from collection_ops.core.crypto import encrypt_all

    call_command("migrate", interactive=False, verbosity=0)
    call_command("seed_reference", stdout=sys.stderr)
    now = dt.datetime.fromisoformat(asked["now"])
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    day, cases, collectors = now.date(), asked["cases"], asked["collectors"]
    people = _people(collectors, asked["leaders"])
    desks = Desk.objects.bulk_create(
        Desk(code=f"bm-{n}", name=f"席位 {n}", kind="collector", owner=person, unit=person.unit)
        for n, person in enumerate(people[:collectors])
    )
    source = Source.objects.create(code="benchmark", name="基准")
    run = ImportRun.objects.create(
        source=source, as_of=day, state="applied", file_name="book", stored_name="none", sha256="0" * 64,
        uploaded_at=now, applied_at=now,
    )  # fmt: skip
    values = {
        "cases": cases,
        "debtors": max(cases * 6 // 7, 1),
        "collectors": collectors,
        "source": source.pk,
        "run": run.pk,
        "first_desk": desks[0].pk,
        "first_user": people[0].pk,
        "day": day,
        "now": now,
        "midnight": midnight,
        "values": encrypt_all([f"138{n:08d}" for n in range(NUMBERS)]),
        "numbers": NUMBERS,
        "history": HISTORY_DAYS,
    }
    with connection.cursor() as cursor:
        cursor.execute("SELECT cases_ensure_position_partition(%s)", [day])
        for statement in _BOOK:
            cursor.execute(statement, values)
        cursor.execute("VACUUM ANALYZE")
    return {person.username: session_of(person) for person in people}


def _people(collectors: int, leaders: int) -> list[Any]:
    """Collectors in as many teams as there are leaders, then the leaders. Nobody signs in: the sessions are made here."""
    from collection_ops.core.access import Role
    from collection_ops.core.models import RoleGrant, User

    teams = max(leaders, 1)
    people = User.objects.bulk_create(
        [
            *(User(username=f"bm.{n}", display_name=f"催收员 {n}", unit=f"bm-{n % teams}") for n in range(collectors)),
            *(User(username=f"bm.leader.{n}", display_name=f"组长 {n}", unit=f"bm-{n}") for n in range(leaders)),
        ]
    )
    RoleGrant.objects.bulk_create(
        RoleGrant(user=person, role=Role.COLLECTOR if n < collectors else Role.TEAM_LEADER)
        for n, person in enumerate(people)
    )
    _qualify(people)
    return people


def _qualify(people: list[Any]) -> None:
    """The gate asks for a certificate and papers."""
    from django.utils import timezone

    from compliance.models import PaperKind, StaffPaper, TrainingCertificate

    now = timezone.now()
    today = now.date() - dt.timedelta(days=30)
    TrainingCertificate.objects.bulk_create(
        TrainingCertificate(user=person, course="benchmark", passed_on=today, recorded_at=now) for person in people
    )
    StaffPaper.objects.bulk_create(
        StaffPaper(user=person, kind=kind, received_on=today, recorded_at=now)
        for person in people
        for kind in PaperKind.values
    )


def session_of(person: Any) -> str:
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY

    from collection_ops.core.session_engine import SessionStore

    session = SessionStore()
    session[SESSION_KEY] = str(person.pk)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = person.get_session_auth_hash()
    session.create()
    return str(session.session_key)


if __name__ == "__main__":
    answer({"": build})
