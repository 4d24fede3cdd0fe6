"""One measured step of `benchmark scorecard`, a process of its own: `python -m vendors.benchmarks.scorecard_step STEP`.

What to do comes as one JSON object on standard input ({"database", …}), what came of it goes out as one on standard output.
"""

import datetime as dt
import resource
import statistics
import time
from decimal import Decimal
from typing import Any

from collection_ops.core.benchmark_step import Step, answer

MARCH, LAST = dt.date(2026, 3, 1), dt.date(2026, 3, 31)
FILES = [dt.date(2026, 2, 28), LAST]
TABLES = ("cases_debtor", "cases_loan", "cases_case", "cases_custody", "cases_position", "cases_repayment",
          "vendors_placement")  # fmt: skip
# Case n, in a fixed mixture: stage 2 to 5, four products, 500 to 60,000 yuan, placed on a day of five months; one in
# eight was with the next agency before, one in twelve went back within March. A quarter pays in March.
_KIND = """
    CREATE TEMP TABLE kind AS
    SELECT n, 2 + (h / 7 %% 4)::int AS stage, 'P' || h / 31 %% 4 AS product, 500 + h %% 59500 AS amount,
           DATE '2025-10-20' + (h / 131 %% 150)::int AS placed_on, (h / 977 %% %(agencies)s)::int AS seat,
           h / 1009 %% 8 = 0 AS again, CASE WHEN h / 2003 %% 12 = 0 THEN DATE '2026-03-20' + (h %% 9)::int END AS recalled_on
    FROM (SELECT n, (hashint8(n)::bigint & 2147483647) AS h FROM generate_series(1, %(cases)s::bigint) n) k
"""
_BOOK = (
    _KIND,
    """INSERT INTO cases_importrun (source_id, kind, as_of, standing, state, file_name, stored_name, file_size, sha256,
           content_hash, origin, accept_good_rows, understanding, questions, answers, row_counts, problem_counts,
           control_totals, differences, stages_before, stages_after, guard_findings, book_hash_before, book_hash_after,
           refusal, uploaded_at, applied_at, submit_note, approval_note, undone_rows)
    SELECT %(source)s, 'overdue', day, 'newest', 'applied', 'book', 'none', 0, md5(day::text) || md5(day::text), '',
           'command', false, '{}', '[]', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '[]', '', '', '{}',
           (day + 1)::timestamp + interval '8 hours', (day + 1)::timestamp + interval '8 hours', '', '', 0
    FROM unnest(%(files)s::date[]) day ORDER BY day""",
    """INSERT INTO cases_debtor (id, name, id_type, id_no, id_index, id_last4)
    SELECT n, '', '', '', '', '' FROM kind""",
    """INSERT INTO cases_loan (id, source_id, contract_no, debtor_id, product, region)
    SELECT n, %(source)s, 'BM' || lpad(n::text, 10, '0'), n, product, '' FROM kind""",
    """INSERT INTO cases_case (id, loan_id, episode, opened_on, as_of, days_past_due, due_date, principal, interest, penalty,
                               fees, total, desk_id, close_reason, close_note)
    SELECT n, n, 1, placed_on - 30, placed_on, 30 * stage - 15, placed_on - 30 * stage + 15, amount, 0, 0, 0, amount,
           %(first_desk)s + seat, '', ''
    FROM kind""",
    """INSERT INTO cases_custody (case_id, desk_id, started_at, ended_at, reason)
    SELECT n, %(pool)s, placed_on::timestamp - interval '20 days', placed_on::timestamp, 'import' FROM kind
    UNION ALL
    SELECT n, %(first_desk)s + seat, placed_on::timestamp, recalled_on::timestamp, 'placement' FROM kind
    UNION ALL
    SELECT n, %(pool)s, recalled_on::timestamp, NULL, 'recall' FROM kind WHERE recalled_on IS NOT NULL""",
    """INSERT INTO cases_position (case_id, as_of, run_id, row, recorded_at, days_past_due, due_date, principal, interest,
                                   penalty, fees, total)
    SELECT n, f.as_of, f.id, n, f.applied_at, CASE WHEN f.as_of < %(march)s THEN 30 * stage - 15 ELSE 30 * stage + 15 END,
           f.as_of - 30 * stage, amount, 0, 0, 0, amount
    FROM cases_importrun f CROSS JOIN kind ORDER BY f.as_of, n""",
    """INSERT INTO vendors_placement (batch_id, agency_id, case_id, loan_id, stage, product, amount, stratum, placed_on,
                                      recalled_on, recall_reason)
    SELECT %(batch)s, %(first_agency)s + (seat + 1) %% %(agencies)s, n, n, stage, product, amount, '', placed_on - 200,
           placed_on - 100, '' FROM kind WHERE again
    UNION ALL
    SELECT %(batch)s, %(first_agency)s + seat, n, n, stage, product, amount, '', placed_on, recalled_on, '' FROM kind""",
    """INSERT INTO cases_repayment (source_id, contract_no, loan_id, paid_on, recorded_at, amount, status, reference,
                                    channel)
    SELECT %(source)s, 'BM' || lpad(n::text, 10, '0'), n, p.day, (p.day + 1)::timestamp + interval '9 hours',
           round((amount * (5 + n * 7919 %% 60))::numeric / 100, 2), 'confirmed', '', ''
    FROM kind CROSS JOIN LATERAL (SELECT %(march)s::date + (n %% 31)::int AS day) p WHERE n %% 4 = 0 ORDER BY p.day, n""",
)


def prepare(asked: dict[str, Any]) -> dict[str, Any]:
    """Agencies with their cases, two files and a month of money."""
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connection

    begun = time.monotonic()
    call_command("migrate", interactive=False, verbosity=0)
    call_command("seed_reference", verbosity=0)
    values = _agencies(asked["agencies"]) | {
        "cases": asked["cases"], "agencies": asked["agencies"], "march": MARCH, "files": FILES,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('TimeZone', %s, false)", [settings.TIME_ZONE])
        for day in FILES:
            cursor.execute("SELECT cases_ensure_position_partition(%s)", [day])
        for table in TABLES:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        for statement in _BOOK:
            cursor.execute(statement, values)
        for table in TABLES:
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
        cursor.execute("VACUUM ANALYZE")
    return {"built_seconds": time.monotonic() - begun}


def _agencies(number: int) -> dict[str, Any]:
    from django.utils import timezone

    from cases.models import Desk, DeskKind, Source
    from collection_ops.core.models import User
    from vendors.models import Agency, PlacementBatch

    boss, now = User.objects.create(username="bm.boss", display_name="主管"), timezone.now()
    pool = Desk.objects.get_or_create(kind=DeskKind.POOL, defaults={"code": "pool", "name": "案件池"})[0]
    desks = Desk.objects.bulk_create(Desk(code=f"bm-{n}", name=f"机构 {n}", kind="agency") for n in range(number))
    agencies = Agency.objects.bulk_create(Agency(desk=desk, name=desk.name, state="active") for desk in desks)
    batch = PlacementBatch.objects.create(
        number="BM", as_of=MARCH, seed=1, state="applied", approved_by=boss, approved_at=now, applied_at=now
    )
    return {
        "pool": pool.pk, "first_desk": desks[0].pk, "first_agency": agencies[0].pk, "batch": batch.pk,
        "source": Source.objects.create(code="benchmark", name="基准").pk,
    }  # fmt: skip


def by_hand(asked: dict[str, Any]) -> dict[str, Any]:
    """The least it can cost: the money, the days in hand, the pool's rate of each kind, what is expected by it."""
    from django.db import connection

    from cases.credit import MONEY_OF_DESKS
    from cases.credit import asked as money_asked

    sql = f"""
        WITH money AS MATERIALIZED (
            SELECT a.id AS agency_id, c.loan_id, sum(c.amount) AS amount
            FROM ({MONEY_OF_DESKS}) c JOIN vendors_agency a ON a.desk_id = c.desk_id GROUP BY 1, 2
        ), kinds AS (
            SELECT p.agency_id, p.stage, p.product, p.earlier,
                   extract(year FROM %(first)s::date) * 12 + extract(month FROM %(first)s::date)
                   - extract(year FROM p.placed_on) * 12 - extract(month FROM p.placed_on) AS months,
                   width_bucket(p.amount, ARRAY[0, 1000, 5000, 20000, 50000]::numeric[]) AS balance,
                   sum(p.amount * (least(coalesce(p.recalled_on, %(last)s), %(last)s)
                                   - greatest(p.placed_on, %(first)s) + 1)) AS exposed,
                   coalesce(sum(m.amount), 0) AS observed
            FROM (SELECT *, row_number() OVER (PARTITION BY loan_id ORDER BY placed_on, id) AS earlier
                  FROM vendors_placement WHERE placed_on <= %(last)s) p
            LEFT JOIN money m ON m.loan_id = p.loan_id AND m.agency_id = p.agency_id
            WHERE p.recalled_on IS NULL OR p.recalled_on >= %(first)s
            GROUP BY 1, 2, 3, 4, 5, 6
        ), pool AS (
            SELECT stage, product, earlier, months, balance, sum(observed) / sum(exposed) AS rate
            FROM kinds GROUP BY 1, 2, 3, 4, 5
        )
        SELECT k.agency_id, sum(k.observed), sum(k.exposed * p.rate)
        FROM kinds k JOIN pool p USING (stage, product, earlier, months, balance) GROUP BY 1
    """  # noqa: S608
    given, seconds, rows = money_asked(first=MARCH, last=LAST, known_by=_now()), [], []
    for _round in range(asked["rounds"]):
        begun = time.perf_counter()
        with connection.cursor() as cursor:
            cursor.execute(sql, given)
            rows = cursor.fetchall()
        seconds.append(time.perf_counter() - begun)
    return {"hand_seconds": statistics.median(seconds), "observed": str(sum(row[1] for row in rows))}


def score(_asked: dict[str, Any]) -> dict[str, Any]:
    """All agencies, the way the site does it."""
    from vendors.models import ScorecardStratum
    from vendors.scorecard.scoring import ScoreRefused, score_month

    begun = time.perf_counter()
    try:
        made = score_month(month=MARCH, actor=None, now=_now())
    except ScoreRefused as refused:
        return {"failure": str(refused)}
    return {
        "scored_seconds": time.perf_counter() - begun,
        "peak_megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "cards": len(made),
        "strata": ScorecardStratum.objects.count(),
        "observed": str(sum((one.scorecard.observed for one in made), Decimal("0.00"))),
    }


def _now() -> dt.datetime:
    return dt.datetime(2026, 4, 5, tzinfo=dt.UTC)


STEPS: dict[str, Step] = {"prepare": prepare, "by_hand": by_hand, "score": score}


if __name__ == "__main__":
    answer(STEPS)
