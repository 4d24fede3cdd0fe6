"""Rows into facts. Each function deletes and writes the facts of days or months of one source, in the caller's transaction,
from the relations that the KPIs read (reports/kpis/relations.py)."""

# ruff: noqa: S608  statements are put together from constants of this package only

from collections.abc import Collection
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.db import connection

from agents.targets.gather import last_of
from cases import known
from compliance.complaints.rates import REACHED_IN
from reports.kpis.asked import Dim, Question
from reports.kpis.contact import CALLS, CALLS_OUT
from reports.kpis.gate import TOLD, decisions, told_by_day
from reports.kpis.log import acted, by_case_and_day, contacts
from reports.kpis.relations import (
    DEBT_MEASURES,
    ENTERED_AGAIN,
    MONEY_MEASURES,
    PARTS,
    moved,
    payments,
)
from reports.kpis.rows import NoBook, base_of, closing_files, joined_by_hash, parameters, sent_files, with_desks
from reports.models import CONTACT_MEASURES, Cut, Step

CUT_COLUMNS = "cut, source, stage, product, region, desk"
CUT_VALUES = f"""CASE WHEN GROUPING(x.desk_id) = 0 THEN {Cut.DESK} WHEN GROUPING(x.region) = 0 THEN {Cut.REGION}
               ELSE {Cut.WHOLE} END, x.source_id, x.stage, x.product, coalesce(x.region, ''), coalesce(x.desk_id, 0)"""


def _question(source: int, first: date, as_of: date) -> Question:
    """One that needs every dimension of a fact."""
    return Question(first=first, as_of=as_of, source=source, by=(Dim.DESK, Dim.REGION))


def _sets(*more: str) -> str:
    """The cuts."""
    shared = ", ".join(("x.source_id", "x.stage", "x.product", *more))
    return f"GROUP BY GROUPING SETS (({shared}, x.desk_id), ({shared}, x.region), ({shared}))"


def _run(sql: str, asked: dict[str, Any]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql, asked)
        return int(cursor.rowcount)


def make_book(*, source: int, days: Collection[date]) -> int:
    """The books of these business dates of `source` (an id). Returns rows written."""
    if not days:
        return 0
    question = _question(source, min(days), max(days))
    asked = parameters(question, days=list(days))
    _run("DELETE FROM reports_bookfact WHERE source = %(source)s AND day = ANY(%(days)s)", asked)
    wanted = set(days)
    chosen = [one for one in sent_files(question) if one.as_of in wanted]
    book = with_desks(known.positions(chosen, past=False), question)
    sums = ", ".join(f"sum(x.{name})" for name in ("debts", "not_positive", "total", "positive", *PARTS))
    return _run(
        f"""
        WITH x AS (
            SELECT b.*, {DEBT_MEASURES}, (b.opened_on = b.as_of)::int AS entered,
                   CASE WHEN b.opened_on = b.as_of THEN {ENTERED_AGAIN} ELSE 0 END AS entered_again,
                   CASE WHEN b.opened_on = b.as_of THEN greatest(b.total, 0) ELSE 0 END AS entered_owed
            FROM ({book}) b
        )
        INSERT INTO reports_bookfact ({CUT_COLUMNS}, day, debts, not_positive, total, positive, {", ".join(PARTS)},
                                      entered, entered_again, entered_owed)
        SELECT {CUT_VALUES}, x.as_of, {sums}, sum(x.entered), sum(x.entered_again), sum(x.entered_owed)
        FROM x {_sets("x.as_of")}
        """,
        asked,
    )


def make_money(*, source: int, month: date, days: Collection[date] | None = None) -> int:
    """Money paid in `month` (its first day), or on these days of it, by where its debts stood in the opening book."""
    question = _question(source, month, last_of(month))
    asked = parameters(question, month=month, days=None if days is None else list(days))
    chosen = "(%(days)s::date[] IS NULL OR {day} = ANY(%(days)s))"
    _run(
        f"DELETE FROM reports_moneyfact WHERE source = %(source)s AND month = %(month)s AND {chosen.format(day='day')}",
        asked,
    )
    paid = f"SELECT * FROM ({known.money('first', 'as_of', past=False)}) r WHERE {chosen.format(day='r.paid_on')}"
    opening = base_of(question, loans="SELECT loan_id FROM money WHERE loan_id IS NOT NULL")
    placed = payments(
        "money",
        more=""", coalesce(b.stage, -1) AS stage, coalesce(b.product, '') AS product,
           coalesce(b.region, '') AS region, coalesce(b.desk_id, 0) AS desk_id""",
        joined="LEFT JOIN opening b ON b.loan_id = m.loan_id",
    )
    sums = ", ".join(f"sum(x.{name})" for name in MONEY_MEASURES)
    return _run(
        f"""
        WITH money AS MATERIALIZED ({paid}), opening AS MATERIALIZED ({opening}), x AS ({placed})
        INSERT INTO reports_moneyfact ({CUT_COLUMNS}, month, day, {", ".join(MONEY_MEASURES)})
        SELECT {CUT_VALUES}, %(month)s, x.paid_on, {sums} FROM x {_sets("x.paid_on")}
        """,
        asked,
    )


def make_month_roll(*, source: int, month: date) -> int:
    """From the opening book of `month` (its first day) to its newest file."""
    return _make_roll(_question(source, month, last_of(month)), Step.MONTH, month, "month = %(month)s")


def make_day_roll(*, source: int, day: date, before: date | None) -> int:
    """From the file of `before` to that of `day`, the next; None: there is no file before, or none of `day` any more."""
    question = _question(source, (before or day) + timedelta(days=1), day)
    which = "to_day = %(as_of)s"
    if before is None:
        asked = parameters(question, step=Step.DAY)
        return _run(f"DELETE FROM reports_rollfact WHERE source = %(source)s AND step = %(step)s AND {which}", asked)
    return _make_roll(question, Step.DAY, day.replace(day=1), which)


def _make_roll(question: Question, step: Step, month: date, which: str) -> int:
    asked = parameters(question, step=step, month=month)
    _run(f"DELETE FROM reports_rollfact WHERE source = %(source)s AND step = %(step)s AND {which}", asked)
    if not closing_files(question):
        return 0  # nothing can have moved: the opening book is not read for that
    try:
        relation = moved(question)
    except NoBook:
        return 0
    return _run(
        f"""
        {relation.with_}
        INSERT INTO reports_rollfact ({CUT_COLUMNS}, step, month, from_day, to_day, destination, debts, owed)
        SELECT {CUT_VALUES}, %(step)s, %(month)s, x.as_of, x.to_day, x.destination, sum(x.debts), sum(x.owed)
        FROM {relation.name} x {_sets("x.as_of", "x.to_day", "x.destination")}
        """,
        asked,
    )


def make_contacts(*, days: Collection[date]) -> int:
    """Calls, notes and answers of the gate of these local days, of all sources. Returns rows written."""
    if not days:
        return 0
    question = Question(first=min(days), as_of=max(days), by=(Dim.STAGE, Dim.PRODUCT, Dim.REGION))
    parts = (
        (by_case_and_day(contacts(question, only=CALLS_OUT), CALLS), tuple(CALLS)),
        (told_by_day(question), TOLD),
        (decisions(question), ("asked", "refused")),
    )
    done = " UNION ALL ".join(
        f"""SELECT p.case_id, p.day, p.actor_id, p.org,
                   {", ".join(f"p.{one}" if one in has else f"0 AS {one}" for one in CONTACT_MEASURES)}
            FROM ({sql}) p WHERE p.day = ANY(%(contact_days)s::date[])"""
        for sql, has in parts
    )
    ctes, more = acted(question, done)
    more.pop("hashed", None)
    asked = parameters(question, contact_days=list(days), **more)
    _run("DELETE FROM reports_contactfact WHERE day = ANY(%(contact_days)s::date[])", asked)
    with_ = ", ".join(f"{name} AS ({sql})" for name, sql in ctes.items())
    sums = ", ".join(f"sum(x.{one})" for one in CONTACT_MEASURES)
    shared = "x.source_id, x.stage, x.product, x.day"
    with joined_by_hash():
        return _run(
            f"""
            WITH {with_}
            INSERT INTO reports_contactfact (cut, source, day, stage, product, region, actor, org,
                                             {", ".join(CONTACT_MEASURES)})
            SELECT CASE WHEN GROUPING(x.actor_id) = 0 THEN {Cut.DESK} WHEN GROUPING(x.region) = 0 THEN {Cut.REGION}
                        ELSE {Cut.WHOLE} END, x.source_id, x.day, x.stage, x.product, coalesce(x.region, ''), x.actor_id,
                   coalesce(x.org, ''), {sums}
            FROM acted x GROUP BY GROUPING SETS (({shared}, x.actor_id, x.org), ({shared}, x.region), ({shared}))
            """,
            asked,
        )


def make_reached(*, month: date) -> int:
    """Customers reached in `month` (its first day), by the day on which each was reached first."""
    asked = {"month": month, "first": month, "last": last_of(month), "zone": settings.TIME_ZONE}
    _run("DELETE FROM reports_reachedfact WHERE month = %(month)s", asked)
    return _run(
        f"""
        INSERT INTO reports_reachedfact (month, first_day, people)
        SELECT %(month)s, f.day, count(*) FROM (
            SELECT a.debtor_id, min(a.started_at AT TIME ZONE %(zone)s)::date AS day {REACHED_IN} GROUP BY 1
        ) f GROUP BY 2
        """,
        asked,
    )
