"""Reads the rows behind a figure: how many, what they come to, one page of them by key, or all for an export."""

# ruff: noqa: S608  statements are put together from constants only

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.backends.utils import CursorWrapper

from cases.models import Case
from collection_ops.core.masking import mask_name
from collection_ops.core.models import User
from reports.dashboards.rows.registry import RowSet, Statement
from reports.kpis import Question
from reports.kpis.rows import joined_by_hash, parameters

PAGE_SIZE = 50


@dataclass(frozen=True)
class Sum:
    number: int
    amount: Decimal


@dataclass(frozen=True)
class Row:
    """`case`: the newest case of the contract that the reader may open now; None where there is none."""

    row_id: int
    loan_id: int | None
    day: date
    amount: Decimal
    stage: int | None
    case: Case | None = None
    name: str = ""

    @property
    def cursor(self) -> str:
        return f"{self.amount}_{self.row_id}"


@dataclass(frozen=True)
class Page:
    rows: list[Row]
    after: str = ""
    before: str = ""


@contextmanager
def _asked(built: Statement, question: Question, select: str, **more: Any) -> Iterator[CursorWrapper]:
    """`select` from the relation `behind`, executed; fetch within."""
    own = dict(built.more)
    named = ", ".join(f"{name} AS ({sql})" for name, sql in (*built.parts.items(), ("behind", built.select)))
    with joined_by_hash() if own.pop("hashed", False) else nullcontext(), connection.cursor() as cursor:
        cursor.execute(f"WITH {named} {select}", parameters(question, **own, **more))
        yield cursor


def total_of(rows: RowSet, question: Question, *, built: Statement | None = None) -> Sum:
    """Of all rows: one statement, added up by the database. `built`: the statement, where it was built already."""
    with _asked(
        built or rows.build(question), question, "SELECT count(*), coalesce(sum(amount), 0) FROM behind"
    ) as cursor:
        number, amount = cursor.fetchone()
    return Sum(int(number), amount)


def page_of(
    rows: RowSet, question: Question, user: User, *, after: str = "", before: str = "", built: Statement | None = None
) -> Page:
    """Largest amounts first, from behind (before) a row. A cursor that cannot be read is the first page."""
    backwards = bool(before) and not after
    edge = _edge(after or before)
    if edge is None:
        backwards = False
    compared = "" if edge is None else f"WHERE (amount, row_id) {'>' if backwards else '<'} (%(edge)s, %(edge_id)s)"
    order = "amount, row_id" if backwards else "amount DESC, row_id DESC"
    more = {"edge": edge[0], "edge_id": edge[1]} if edge else {}
    select = f"""SELECT row_id, loan_id, day, amount, stage FROM behind {compared}
                 ORDER BY {order} LIMIT {PAGE_SIZE + 1}"""
    with _asked(built or rows.build(question), question, select, **more) as cursor:
        found = [Row(*values) for values in cursor.fetchall()]
    has_more, found = len(found) > PAGE_SIZE, found[:PAGE_SIZE]
    if backwards:
        found.reverse()
    if not found:
        return Page([])
    shown = with_cases(found, user)
    has_next = True if backwards else has_more
    has_previous = has_more if backwards else edge is not None
    return Page(shown, found[-1].cursor if has_next else "", found[0].cursor if has_previous else "")


def all_of(question: Question, user: User, built: Statement, *, most: int) -> Iterator[Row]:
    """Up to `most` rows in the order of the pages, their cases a chunk at a time."""
    select = """SELECT row_id, loan_id, day, amount, stage FROM behind
                ORDER BY amount DESC, row_id DESC LIMIT %(most)s"""
    with _asked(built, question, select, most=most) as cursor:
        while chunk := cursor.fetchmany(2000):
            yield from with_cases([Row(*values) for values in chunk], user)


def with_cases(found: Sequence[Row], user: User) -> list[Row]:
    """Each with the case that the reader may open and the masked name of its person. One query."""
    loans = {row.loan_id for row in found if row.loan_id is not None}
    cases = (
        Case.objects.for_user(user)
        .filter(loan_id__in=loans)
        .select_related("loan__debtor", "loan__source", "desk")
        .defer("loan__debtor__id_no")
        .order_by("episode")
    )
    newest = {case.loan_id: case for case in cases}
    shown = []
    for row in found:
        case = newest.get(row.loan_id) if row.loan_id is not None else None
        values: dict[str, Any] = {**vars(row), "case": case, "name": mask_name(case.loan.debtor.name) if case else ""}
        shown.append(Row(**values))
    return shown


def _edge(cursor: str) -> tuple[Decimal, int] | None:
    found = re.fullmatch(r"(-?\d{1,14}(?:\.\d{1,6})?)_(\d{1,18})", cursor, re.ASCII)
    if found is None:
        return None
    return Decimal(found[1]), int(found[2])
