"""Gather: the statements that KPIs share. Book, money and ends come from cases/known.py; here they get their dimensions.

A statement is written once for all dimensions: the lines and their total come from one GROUP BY GROUPING SETS, so that what
overlaps (a customer with two products) is counted once in the total.
"""

# ruff: noqa: S608  statements are put together from constants of this package only

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from cases import known
from cases.known import File
from cases.models import Source
from collection_ops.core.money import CENT
from reports.kpis.asked import Answer, Dim, Key, Line, NoBook, Question, stage_name, with_empty_stages
from reports.kpis.definitions import InForce
from reports.kpis.reading import once
from reports.models import Cut

COLUMNS: Mapping[Dim, str] = {
    Dim.STAGE: "{r}.stage",
    Dim.PRODUCT: "{r}.product",
    Dim.REGION: "{r}.region",
    Dim.SOURCE: "{r}.source_id",
    Dim.DESK: "{r}.desk",
    Dim.TEAM: "{r}.team",
    Dim.AGENCY: "{r}.agency",
    Dim.COHORT: "{r}.cohort",
    Dim.AGE: "{r}.age",
}
"""The column of each dimension in a relation `r` that was made by `base`."""

ON_DESKS = frozenset({Dim.DESK, Dim.TEAM, Dim.AGENCY})


def cut_of(question: Question) -> int:
    """The smallest cut of the daily facts that has what the question tells apart."""
    if question.wanted & ON_DESKS:
        return int(Cut.DESK)
    return int(Cut.REGION if Dim.REGION in question.wanted else Cut.WHOLE)


def parameters(question: Question, **more: Any) -> dict[str, Any]:
    """Of a statement: first, as_of, base_day, known_by, source, zone, and the values of `only`."""
    asked: dict[str, Any] = {
        "first": question.first,
        "as_of": question.as_of,
        "base_day": question.first - timedelta(days=1),
        "known_by": question.known_by,
        "source": question.source,
        "zone": settings.TIME_ZONE,
        "desks": sorted(question.desks) if question.desks is not None else None,
        **more,
    }
    for dim, value in question.only.items():
        asked[f"only_{dim}"] = _value(dim, value)
    return asked


def _value(dim: Dim, value: str) -> Any:
    """What the database holds for a key of an answer; a key that is none finds nothing."""
    if dim == Dim.STAGE:
        return next((stage for stage in range(8) if stage_name(stage) == value), -1)
    if dim == Dim.SOURCE:
        return Source.objects.filter(code=value).values_list("pk", flat=True).first() or -1
    return value


_POOL = "coalesce((SELECT id FROM cases_desk WHERE kind = 'pool'), 0)"
# Asked once: a join with the desks would be made anew for every case.
HOLDER = f"""
    LEFT JOIN LATERAL (
        SELECT u.desk_id FROM cases_custody u
        WHERE u.case_id = {{case}} AND (%(known_by)s::timestamptz IS NULL OR u.started_at <= %(known_by)s)
          AND (u.ended_at IS NULL OR u.ended_at > {{day}}::timestamp AT TIME ZONE %(zone)s)
        ORDER BY (u.started_at < ({{day}} + 1)::timestamp AT TIME ZONE %(zone)s) DESC,
                 (u.started_at <= {{day}}::timestamp AT TIME ZONE %(zone)s AND u.desk_id <> {_POOL}) DESC,
                 (u.started_at < ({{day}} + 1)::timestamp AT TIME ZONE %(zone)s AND u.desk_id <> {_POOL}) DESC,
                 u.started_at, u.id LIMIT 1
    ) h ON true
    LEFT JOIN cases_desk d ON d.id = coalesce(h.desk_id, {_POOL})
"""
"""Whose case it was on `day` (a date): whoever held it as the day began; of a case that lay in the pool, the first who
got it that day; of one that nobody had yet, the first who got it at all; else the pool's. The rule by which money is
credited (cases/credit.py)."""

DESK_COLUMNS = """coalesce(d.id, 0) AS desk_id, coalesce(d.code, '') AS desk, coalesce(d.unit, '') AS team,
           CASE WHEN d.kind = 'agency' THEN d.code ELSE '' END AS agency"""


AFTER_THE_FILE = "(b.as_of + 1)"
"""A file says how a day ended; whose work its debts are, the next day tells."""


def with_desks(relation: str, question: Question, *, day: str = AFTER_THE_FILE) -> str:
    """`relation` (with case_id and as_of) with the desk of `day`, where a dimension or the reader's scope asks for it;
    limited to what the question asks for."""
    asks_desks = bool(question.wanted & ON_DESKS)
    columns = f", {DESK_COLUMNS}" if asks_desks else ""
    holder = HOLDER.format(case="b.case_id", day=day) if asks_desks else ""
    return f"SELECT * FROM (SELECT b.* {columns} FROM ({relation}) b {holder}) x WHERE {conditions(question, 'x')}"


def conditions(question: Question, relation: str) -> str:
    """What `only` and the reader's scope leave of a relation that has the columns."""
    found = [f"{COLUMNS[dim].format(r=relation)} = %(only_{dim})s" for dim in question.only]
    if question.desks is not None:
        found.append(f"{relation}.desk_id = ANY(%(desks)s)")
    return " AND ".join(found) or "true"


def base(question: Question) -> str:
    """The book at the close of the day before the period: one row a debt."""
    return with_desks(known.positions(opening_files(question), past=question.past), question)


def base_of(question: Question, *, loans: str) -> str:
    """`base`, of the debts that the statement `loans` finds; empty where no file is old enough."""
    files = _files(question, last=question.first - timedelta(days=1))
    return with_desks(known.positions(files, past=question.past, loans=loans), question)


def _files(question: Question, *, first: date | None = None, last: date, only_newest: bool = True) -> tuple[File, ...]:
    asked = (question.source, question.known_by, first, last, only_newest)
    return once(
        ("files", *asked),
        lambda: known.files_of(
            first=first, last=last, source=question.source, known_by=question.known_by, only_newest=only_newest
        ),
    )


def opening_files(question: Question) -> tuple[File, ...]:
    """The newest of each source before the period. Raises NoBook where there are none."""
    day = question.first - timedelta(days=1)
    found = _files(question, last=day)
    if not found:
        raise NoBook(f"no file of {day.isoformat()} or the {known.STALE_DAYS} days before")
    return found


def closing_files(question: Question) -> tuple[File, ...]:
    """The newest of each source within the period."""
    return _files(question, first=question.first, last=question.as_of)


def newest_files(question: Question) -> tuple[File, ...]:
    """The newest of each source of or before the last day. Raises NoBook where there are none."""
    found = _files(question, last=question.as_of)
    if not found:
        raise NoBook(f"no file of {question.as_of.isoformat()} or the {known.STALE_DAYS} days before")
    return found


def sent_files(question: Question) -> tuple[File, ...]:
    """Those of every date within the period."""
    return files_between(question, question.first, question.as_of)


def files_between(question: Question, first: date, last: date) -> tuple[File, ...]:
    """Those of every date from `first` through `last`."""
    return _files(question, first=first, last=last, only_newest=False)


def days_of(*several: tuple[File, ...]) -> dict[str, tuple[str, ...]]:
    """Business dates by code of the source, for the answer."""
    found: dict[str, list[str]] = {}
    for files in several:
        for one in files:
            found.setdefault(one.code, []).append(one.as_of.isoformat())
    return {code: tuple(dict.fromkeys(days)) for code, days in sorted(found.items())}


def paid(question: Question) -> str:
    """Confirmed money of the period by debt: loan_id, amount."""
    rows = known.money("first", "as_of", past=question.past)
    return f"""SELECT m.loan_id, sum(m.amount) AS amount FROM ({rows}) m
               WHERE m.status = 'confirmed' AND m.loan_id IS NOT NULL GROUP BY 1"""


@contextmanager
def joined_by_hash() -> Iterator[None]:
    """How many debts the newest of many files list is what the planner cannot guess: it guesses one and compares every debt
    of one day with every debt of another (measured: 26 s for 8,000 of them, else 0.1 s). Within, it joins by hash.
    """
    set_both = "set_config('enable_nestloop', %s, true), set_config('jit', %s, true)"
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SELECT current_setting('enable_nestloop'), current_setting('jit'), {set_both}", ["off", "off"])
        before = cursor.fetchone()[:2]
        yield
        # Without this they would hold until the end of a transaction that was begun outside.
        cursor.execute(f"SELECT {set_both}", before)


Found = tuple[dict[Key, dict[str, Decimal]], dict[str, Decimal]]
"""Figures by key, and those of the total."""


def grouped(
    question: Question,
    *,
    ctes: Mapping[str, str],
    select: Mapping[str, str],
    source: str,
    relation: str,
    hashed: bool = False,
    **more: Any,
) -> Found:
    """Runs `WITH ctes SELECT dimensions, select FROM source` once for the lines and their total. `relation` is the alias
    in `source` that has the dimensions. Sums of nothing are noughts. `hashed`: of many files (`joined_by_hash`)."""
    by = question.by
    columns = [COLUMNS[dim].format(r=relation) for dim in by]
    keys = "".join(f"{column}, " for column in columns)
    sets = f"GROUP BY GROUPING SETS (({', '.join(columns)}), ())" if by else ""
    is_total = f"GROUPING({columns[0]})" if by else "1"
    with_ = ", ".join(f"{name} AS ({sql})" for name, sql in ctes.items())
    figures = ", ".join(f"coalesce({sql}, 0) AS {name}" for name, sql in select.items())
    with joined_by_hash() if hashed else nullcontext(), connection.cursor() as cursor:
        cursor.execute(
            f"WITH {with_} SELECT {keys}{is_total}, {figures} FROM {source} {sets}", parameters(question, **more)
        )
        rows = cursor.fetchall()
    named = key_names(question)
    lines: dict[Key, dict[str, Decimal]] = {}
    total: dict[str, Decimal] = dict.fromkeys(select, Decimal(0))
    for row in rows:
        figures_found = dict(zip(select, map(_figure, row[len(by) + 1 :]), strict=True))
        if row[len(by)]:
            total = figures_found
        else:
            lines[named(row[: len(by)])] = figures_found
    return lines, total


def _figure(value: Any) -> Decimal:
    """Whole numbers stay whole; an amount has two places, also where it is a sum of nothing."""
    if isinstance(value, Decimal) and value and value.as_tuple().exponent == 0:
        return value  # the database adds counts up to a number without places, amounts to one with two
    if isinstance(value, Decimal) and value.is_finite() and value == value.quantize(CENT):
        return value.quantize(CENT)
    return Decimal(value)


def key_names(question: Question) -> Callable[[Sequence[Any]], Key]:
    """Turns the values of a row into the key of a line."""
    codes = dict(Source.objects.values_list("pk", "code")) if Dim.SOURCE in question.by else {}

    def named(values: Sequence[Any]) -> Key:
        found = []
        for dim, value in zip(question.by, values, strict=True):
            if dim == Dim.STAGE:
                found.append(stage_name(value))
            elif dim == Dim.SOURCE:
                found.append(codes.get(value, ""))
            else:
                found.append(value or "")
        return tuple(found)

    return named


Build = Callable[[Key, Mapping[str, Decimal]], Line]


NOBODY: Key = ("\0",)
"""The key of no line."""


def answer(
    version: InForce,
    question: Question,
    found: Found,
    line: Build,
    *,
    files: Mapping[str, tuple[str, ...]] | None = None,
) -> Answer:
    """Decide: figures into lines, with the empty stages, in order."""
    lines, total = found
    nothing = line(NOBODY, dict.fromkeys(total, Decimal(0)))
    whole = with_empty_stages((line(key, figures) for key, figures in lines.items()), question.by, nothing)
    return Answer(
        version.definition.name,
        version.number,
        question,
        tuple(sorted(whole, key=lambda one: one.key)),
        line((), total),
        files or {},
    )


def rate(above: str, below: str, *parts: str) -> Build:
    """Lines whose numerator and denominator are the figures of these names; the parts stand beside them."""

    def line(key: Key, figures: Mapping[str, Decimal]) -> Line:
        return Line(key, figures[above], figures[below], {name: figures[name] for name in parts})

    return line


def amount(name: str, *parts: str) -> Build:
    """Lines that are an amount or a number."""

    def line(key: Key, figures: Mapping[str, Decimal]) -> Line:
        return Line(key, figures[name], None, {part: figures[part] for part in parts})

    return line
