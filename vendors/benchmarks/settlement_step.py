"""One measured step of `benchmark settlement`, a process of its own: `python -m vendors.benchmarks.settlement_step STEP`.

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
PLACED = dt.date(2026, 2, 10)
PAYMENTS_A_CASE = 4
ROWS: tuple[tuple[list[int], list[tuple[str, str]]], ...] = (
    ([2], [("0", "0.10"), ("0.05", "0.15"), ("0.10", "0.20")]),
    ([], [("0", "0.08"), ("0.02", "0.12")]),
)
"""Stages and bands of each row of the contract."""

TABLES = ("cases_debtor", "cases_loan", "cases_case", "cases_custody", "cases_repayment")
_BOOK = (
    """INSERT INTO cases_debtor (id, name, id_type, id_no, id_index, id_last4)
    SELECT n, '', '', '', '', '' FROM generate_series(1, %(cases)s) n""",
    """INSERT INTO cases_loan (id, source_id, contract_no, debtor_id, product, region)
    SELECT n, %(source)s, 'BM' || lpad(n::text, 10, '0'), n, '信用卡', '' FROM generate_series(1, %(cases)s) n""",
    """INSERT INTO cases_case (id, loan_id, episode, opened_on, as_of, days_past_due, due_date, principal, interest, penalty,
                               fees, total, desk_id, close_reason, close_note)
    SELECT n, n, 1, %(placed)s::date - 30, %(placed)s, 40, %(placed)s::date - 40, 20000, 0, 0, 0, 20000,
           %(first_desk)s + n %% %(agencies)s, '', ''
    FROM generate_series(1, %(cases)s) n""",
    """INSERT INTO cases_custody (case_id, desk_id, started_at, ended_at, reason)
    SELECT n, CASE WHEN part = 0 THEN %(pool)s ELSE %(first_desk)s + n %% %(agencies)s END,
           %(placed)s::timestamp - CASE WHEN part = 0 THEN interval '20 days' ELSE interval '0' END,
           CASE WHEN part = 0 THEN %(placed)s::timestamp END, 'placement'
    FROM generate_series(1, %(cases)s) n, generate_series(0, 1) part""",
    """INSERT INTO vendors_placement (batch_id, agency_id, case_id, loan_id, stage, product, amount, stratum, placed_on,
                                      recall_reason)
    SELECT %(batch)s, %(first_agency)s + n %% %(agencies)s, n, n, 2 + n %% 3, '信用卡', 5000 + n * 7919 %% 30000, '',
           %(placed)s, ''
    FROM generate_series(1, %(cases)s) n""",
    """INSERT INTO cases_repayment (source_id, contract_no, loan_id, paid_on, recorded_at, amount, status, reference,
                                    channel)
    SELECT %(source)s, 'BM' || lpad(c::text, 10, '0'), c, p.day, (p.day + 1)::timestamp + interval '9 hours',
           (20000 + n * 7919 %% 90011)::numeric / 100, 'confirmed', '', ''
    FROM (SELECT n, n %% %(cases)s + 1 AS c FROM generate_series(0, %(repayments)s::bigint - 1) n) k
    CROSS JOIN LATERAL (SELECT %(march)s::date + (n %% 31)::int AS day) p ORDER BY p.day, n""",
)


def prepare(asked: dict[str, Any]) -> dict[str, Any]:
    """Agencies with one contract each, their cases, and a month of money."""
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connection

    begun = time.monotonic()
    call_command("migrate", interactive=False, verbosity=0)
    call_command("seed_reference", verbosity=0)
    agencies, cases = asked["agencies"], max(asked["repayments"] // PAYMENTS_A_CASE, 1)
    values = _agencies(agencies) | {
        "cases": cases, "repayments": asked["repayments"], "agencies": agencies, "placed": PLACED, "march": MARCH,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('TimeZone', %s, false)", [settings.TIME_ZONE])
        for table in TABLES:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        for statement in _BOOK:
            cursor.execute(statement, values)
        for table in TABLES:
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
        cursor.execute("VACUUM ANALYZE")
    return {"cases": cases, "built_seconds": time.monotonic() - begun}


def _agencies(number: int) -> dict[str, Any]:
    from django.utils import timezone

    from cases.models import Desk, DeskKind, Source
    from collection_ops.core.models import User
    from vendors.models import (
        Agency,
        CoefficientStep,
        Contract,
        ContractVersion,
        EventPrice,
        FeeBandRow,
        FeeTableRow,
        PlacementBatch,
    )

    boss, now = User.objects.create(username="bm.boss", display_name="主管"), timezone.now()
    pool = Desk.objects.get_or_create(kind=DeskKind.POOL, defaults={"code": "pool", "name": "案件池"})[0]
    desks = Desk.objects.bulk_create(Desk(code=f"bm-{n}", name=f"机构 {n}", kind="agency") for n in range(number))
    agencies = Agency.objects.bulk_create(Agency(desk=desk, name=desk.name, state="active") for desk in desks)
    for agency in agencies:
        contract = Contract.objects.create(
            agency=agency, number=f"BM-{agency.pk}", starts_on=dt.date(2026, 1, 1), ends_on=dt.date(2026, 12, 31)
        )
        version = ContractVersion.objects.create(contract=contract, number=1, effective_from=dt.date(2026, 1, 1))
        for at, (stages, bands) in enumerate(ROWS, start=1):
            row = FeeTableRow.objects.create(version=version, number=at, stages=stages)
            FeeBandRow.objects.bulk_create(
                FeeBandRow(row=row, floor=Decimal(floor), rate=Decimal(rate)) for floor, rate in bands
            )
        CoefficientStep.objects.create(version=version, floor=Decimal(0), factor=Decimal("0.8"))
        CoefficientStep.objects.create(version=version, floor=Decimal(80), factor=Decimal(1))
        EventPrice.objects.create(version=version, event="complaint", amount=Decimal(500))
        version.state, version.approved_by, version.approved_at = (
            "approved",
            boss,
            dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
        )
        version.save()
    batch = PlacementBatch.objects.create(
        number="BM", as_of=PLACED, seed=1, state="applied", approved_by=boss, approved_at=now, applied_at=now
    )
    return {
        "pool": pool.pk, "first_desk": desks[0].pk, "first_agency": agencies[0].pk, "batch": batch.pk,
        "source": Source.objects.create(code="benchmark", name="基准").pk,
    }  # fmt: skip


def by_hand(asked: dict[str, Any]) -> dict[str, Any]:
    """The least it can cost: the money, the base of each row, the band it reached, the sum of the rounded fees."""
    from django.db import connection

    from cases.credit import MONEY_OF_DESKS
    from cases.credit import asked as money_asked

    sql = f"""
        WITH placed AS (
            SELECT p.id, p.loan_id, p.agency_id, p.amount, r.id AS row_id FROM vendors_placement p
            CROSS JOIN LATERAL (
                SELECT r.id FROM vendors_feetablerow r JOIN vendors_contractversion v ON v.id = r.version_id
                JOIN vendors_contract c ON c.id = v.contract_id AND c.agency_id = p.agency_id
                WHERE r.stages = '{{}}' OR p.stage = ANY(r.stages) ORDER BY r.number LIMIT 1) r
        ), base AS (SELECT row_id, sum(amount) AS amount FROM placed GROUP BY 1),
        money AS (
            SELECT p.agency_id, p.row_id, c.amount FROM ({MONEY_OF_DESKS}) c
            JOIN vendors_agency a ON a.desk_id = c.desk_id
            JOIN placed p ON p.loan_id = c.loan_id AND p.agency_id = a.id
        ), reached AS (
            SELECT m.row_id, (SELECT b.rate FROM vendors_feebandrow b WHERE b.row_id = m.row_id
                              AND b.floor * x.amount <= sum(m.amount) ORDER BY b.floor DESC LIMIT 1) AS rate
            FROM money m JOIN base x ON x.row_id = m.row_id GROUP BY m.row_id, x.amount
        )
        SELECT m.agency_id, sum(round(m.amount * r.rate, 2)) FROM money m JOIN reached r ON r.row_id = m.row_id GROUP BY 1
    """  # noqa: S608
    given, seconds, rows = money_asked(first=MARCH, last=LAST, known_by=_now()), [], []
    for _round in range(asked["rounds"]):
        begun = time.perf_counter()
        with connection.cursor() as cursor:
            cursor.execute(sql, given)
            rows = cursor.fetchall()
        seconds.append(time.perf_counter() - begun)
    return {"hand_seconds": statistics.median(seconds), "commission": str(sum(row[1] for row in rows))}


def settle(_asked: dict[str, Any]) -> dict[str, Any]:
    """All agencies, the way the site does it."""
    from vendors.models import Agency, Settlement, SettlementLine
    from vendors.settlement.settle import SettleRefused, settle_all

    agencies = list(Agency.objects.order_by("pk"))
    begun = time.perf_counter()
    found = settle_all(agencies=agencies, period=MARCH, actor=None, now=_now())
    seconds = time.perf_counter() - begun
    refused = [str(one) for _agency, one in found if isinstance(one, SettleRefused)]
    if refused:
        return {"failure": refused[0]}
    return {
        "settled_seconds": seconds,
        "peak_megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "lines": SettlementLine.objects.count(),
        "commission": str(sum(Settlement.objects.values_list("commission", flat=True))),
    }


def _now() -> dt.datetime:
    return dt.datetime(2026, 4, 5, tzinfo=dt.UTC)


STEPS: dict[str, Step] = {
    "prepare": prepare,
    "by_hand": by_hand,
    "settle": settle,
}


if __name__ == "__main__":
    answer(STEPS)
