"""One measured step of `benchmark assignment` in a process of its own: `python -m agents.benchmarks.assignment_step STEP`.

What to do comes as one JSON object on standard input ({"database", "now", …}), what came of it goes out as one on standard
output. Seconds count from the first query to the commit, without the start of Python and Django.
"""

import datetime as dt
import sys
import time
from typing import Any

from collection_ops.core.benchmark_step import answer

TEAMS = 10
_FIGURES = "days_past_due, due_date, principal, interest, penalty, fees, total"
_POOL = (
    # One person in seven has two debts; three products, thirty regions, all stages.
    """INSERT INTO cases_debtor (name, id_type, id_no, id_index, id_last4)
    SELECT '客户' || n, '', '', '', '' FROM generate_series(1, %(debtors)s) n""",
    """INSERT INTO cases_loan (source_id, contract_no, debtor_id, product, region)
    SELECT %(source)s, 'BM' || lpad(n::text, 10, '0'), (n - 1) %% %(debtors)s + 1,
           (ARRAY['消费贷', '信用卡', '现金贷'])[n %% 3 + 1], '省份' || n %% 30 || '某市'
    FROM generate_series(1, %(cases)s) n""",
    f"""INSERT INTO cases_case (loan_id, episode, opened_on, as_of, last_run_id, desk_id, close_reason, close_note,
    {_FIGURES}) SELECT l.id, 1, d.day - 20, d.day, %(run)s, %(pool)s, '', '', f.days, d.day - f.days, f.total, 0, 0, 0,
    f.total FROM cases_loan l,
         (SELECT %(day)s::date AS day) d,
         LATERAL (SELECT (l.id * 7919 %% 210)::int + 1 AS days, (200 + l.id * 104729 %% 40000)::numeric AS total) f
    ORDER BY l.id * 48271 %% 200003""",  # noqa: S608
    """INSERT INTO cases_custody (case_id, desk_id, started_at, reason)
    SELECT id, desk_id, %(now)s - interval '20 days', 'opened' FROM cases_case""",
    # What the file of a month ago said: the rates of expected money come from it.
    f"""INSERT INTO cases_position (case_id, as_of, run_id, row, {_FIGURES})
    SELECT id, %(month_ago)s, %(old_run)s, id, {_FIGURES} FROM cases_case""",  # noqa: S608
    """INSERT INTO cases_promise (case_id, amount, enough, made_on, due_on, counts_until, channel, owed, stage, made_by_id,
        override_reason, state, paid, cancel_reason)
    SELECT c.id, 200, 190, d.day - 2, d.day + 2, d.day + 3, 'app', c.total, c.stage, %(first_user)s + c.id / 20 %% %(desks)s,
           '', 'open', 0, ''
    FROM cases_case c, (SELECT %(day)s::date AS day) d WHERE c.id %% 20 = 1""",
)


def prepare(asked: dict[str, Any]) -> dict[str, Any]:
    """All tables, so many collectors in ten teams with levels 1 to 5, and all cases in the pool."""
    from django.core.management import call_command
    from django.db import connection

    from cases.models import ImportRun, Source
    from cases.services.desks import pool_desk

    call_command("migrate", interactive=False, verbosity=0)
    call_command("seed_reference", stdout=sys.stderr)
    now, cases = dt.datetime.fromisoformat(asked["now"]), asked["cases"]
    day, source = now.date(), Source.objects.create(code="benchmark", name="基准")
    month_ago = day - dt.timedelta(days=31)
    runs = [
        ImportRun.objects.create(
            source=source, as_of=as_of, state="applied", file_name="pool", stored_name="none", sha256=f"{n}" * 64,
            uploaded_at=now, applied_at=now,
        )
        for n, as_of in enumerate((month_ago, day))
    ]  # fmt: skip
    values = {
        "cases": cases, "debtors": max(cases * 6 // 7, 1), "source": source.pk, "run": runs[1].pk, "old_run": runs[0].pk,
        "pool": pool_desk().pk, "first_user": _people(asked["desks"], cases, day), "desks": asked["desks"], "day": day,
        "month_ago": month_ago, "now": now,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("SELECT cases_ensure_position_partition(%s)", [month_ago])
        for statement in _POOL:
            cursor.execute(statement, values)
        cursor.execute("VACUUM ANALYZE")
    return {}


def _people(count: int, cases: int, day: dt.date) -> int:
    """Id of the first of them; the others follow without a gap."""
    from agents.benchmarks.book import _qualify
    from agents.models import Collector, Membership, Shift, Team
    from cases.models import Desk
    from collection_ops.core.access import Role
    from collection_ops.core.models import RoleGrant, User

    shift = Shift.objects.create(name="每天", starts="09:00", ends="18:00", weekdays=[1, 2, 3, 4, 5, 6, 7])
    teams = Team.objects.bulk_create(Team(code=f"bm-{n}", name=f"小组 {n}") for n in range(TEAMS))
    people = User.objects.bulk_create(
        User(username=f"bm.{n}", display_name=f"催收员 {n}", unit=f"bm-{n % TEAMS}") for n in range(count)
    )
    RoleGrant.objects.bulk_create(RoleGrant(user=person, role=Role.COLLECTOR) for person in people)
    _qualify(people)
    since, each = day - dt.timedelta(days=900), cases // count
    Membership.objects.bulk_create(
        Membership(user=person, team=teams[n % TEAMS], since=since) for n, person in enumerate(people)
    )
    Collector.objects.bulk_create(
        Collector(
            user=person, joined_on=since, shift=shift, level_set=2 + n % 4, level_reason="基准",
            soft_count=each * 2, hard_count=each * 3, stages=[1, 2] if n % 4 == 0 else [],
        )
        for n, person in enumerate(people)
    )  # fmt: skip
    Desk.objects.bulk_create(
        Desk(code=f"bm-{n}", name=f"席位 {n}", kind="collector", owner=person, unit=person.unit)
        for n, person in enumerate(people)
    )
    return int(people[0].pk)


def ours(asked: dict[str, Any]) -> dict[str, Any]:
    """The engine by its doors: plan with its preview and its frozen inputs, approve, apply; replayed afterwards."""
    from agents.assignment import invariants
    from agents.assignment.runs import apply_run, approve_run, plan_run, replay
    from cases.models import Case, DeskKind
    from collection_ops.core.models import User

    now = dt.datetime.fromisoformat(asked["now"])
    planner, approver = User.objects.order_by("pk")[:2]
    begun = time.perf_counter()
    run = plan_run(cases=None, chosen={}, unit="", day=now.date(), seed=1, actor=planner, now=now)
    planned = time.perf_counter() - begun
    approve_run(run=run, actor=approver, now=now)
    begun = time.perf_counter()
    run = apply_run(run=run, actor=approver, now=now)
    applied = time.perf_counter() - begun
    moved = Case.objects.filter(desk__kind=DeskKind.COLLECTOR).count()
    broken = (
        invariants.runs_are_what_custody_says() + invariants.nothing_is_applied_twice() + invariants.ledger_adds_up()
    )
    if moved != run.totals["applied"]["moved"] or broken or not replay(run).equal:
        return {"failure": f"{moved} moved of {run.totals['applied']}, invariants {broken}"}
    return {"plan_seconds": planned, "apply_seconds": applied, "rows": moved, "spread": _spread(run.totals["desks"])}


def _spread(desks: list[dict[str, Any]]) -> float:
    """The most expected money of a desk over the mean, of desks that take every stage."""
    money = [float(desk["expected_after"]) for desk in desks if desk["count_after"]]
    return max(money) / (sum(money) / len(money))


def floor(asked: dict[str, Any]) -> dict[str, Any]:
    """The least that dealing out takes: one greedy pass over amounts in numpy, and one UPDATE … FROM that moves the
    cases, with the custody that the book demands of every move. No rules, no reasons, no preview, no audit, nothing to
    replay."""
    import io

    import numpy as np
    from django.db import connection, transaction

    begun = time.perf_counter()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT id FROM cases_desk WHERE kind = 'collector' ORDER BY id")
        desks = np.array([row[0] for row in cursor.fetchall()])
        read = io.StringIO()
        cursor.copy_expert(
            "COPY (SELECT c.id, (c.total * 100)::bigint FROM cases_case c JOIN cases_desk d ON d.id = c.desk_id"
            " WHERE d.kind = 'pool' AND c.closed_on IS NULL) TO STDOUT",
            read,
        )
        table = np.fromstring(read.getvalue(), dtype=np.int64, sep=" ").reshape(-1, 2)
        load = np.zeros(len(desks), dtype=np.int64)
        given = np.empty(len(table), dtype=np.int64)
        for n in np.argsort(-table[:, 1], kind="stable").tolist():
            least = load.argmin()
            given[n] = desks[least]
            load[least] += table[n, 1]
        cursor.execute("CREATE TEMP TABLE going (case_id bigint, desk_id bigint) ON COMMIT DROP")
        rows = "".join(f"{case}\t{desk}\n" for case, desk in zip(table[:, 0].tolist(), given.tolist(), strict=True))
        cursor.copy_expert("COPY going FROM STDIN", io.StringIO(rows), size=1 << 20)
        cursor.execute("ANALYZE going")
        cursor.execute(
            """WITH closed AS (
                UPDATE cases_custody k SET ended_at = %(now)s FROM going g
                WHERE k.case_id = g.case_id AND k.ended_at IS NULL
            ) UPDATE cases_case c SET desk_id = g.desk_id FROM going g WHERE c.id = g.case_id""",
            asked,
        )
        moved = cursor.rowcount
        cursor.execute(
            """INSERT INTO cases_custody (case_id, desk_id, started_at, reason)
               SELECT case_id, desk_id, %(now)s, 'assigned' FROM going""",
            asked,
        )
    return {"seconds": time.perf_counter() - begun, "rows": moved}


def row_by_row(asked: dict[str, Any]) -> dict[str, Any]:
    """What saving model objects takes, of a sample: custody closed and opened, the case, the line of the run. All in one
    transaction and without any deciding, which is the best that can be said for it."""
    from django.db import transaction

    from agents.models import AssignmentMove, AssignmentRun
    from cases.models import Case, Custody, Desk

    now = dt.datetime.fromisoformat(asked["now"])
    desks = list(Desk.objects.filter(kind="collector").order_by("pk"))
    sample = list(Case.objects.select_related("loan").filter(desk__kind="pool").order_by("pk")[: asked["sample"]])
    begun = time.perf_counter()
    with transaction.atomic():
        run = AssignmentRun.objects.create(day=now.date(), seed=1, inputs_hash="", plan_hash="", planned_at=now)
        for n, case in enumerate(sample):
            desk = desks[n % len(desks)]
            AssignmentMove.objects.create(
                run=run, case=case, debtor_id=case.loan.debtor_id, from_desk_id=case.desk_id or 0, to_desk=desk,
                total=case.total, expected=0, level=1, why={"parts": [["lightest", 0]], "over": []},
            )  # fmt: skip
            held = Custody.objects.get(case=case, ended_at__isnull=True)
            held.ended_at = now
            held.save()
            Custody.objects.create(case=case, desk=desk, started_at=now, reason="assigned")
            case.desk = desk
            case.save(update_fields=["desk"])
    return {"seconds": time.perf_counter() - begun, "rows": len(sample)}


STEPS = {"prepare": prepare, "ours": ours, "floor": floor, "row_by_row": row_by_row}


if __name__ == "__main__":
    answer(STEPS)
