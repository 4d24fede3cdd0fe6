"""What the overview reads: the book by stage, what moved since the business date before, what waits to be explained.

Cases come from the caller: those that the reader may see, narrowed by the filters of the page.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Count, Max, Min, Q, Sum

from cases.models import ImportRun, RunKind, RunState, Source
from cases.movement import PAIRED, THE_CASE, WITH_DAYS, last_days, paired_params
from cases.positions import NEWEST_FIRST
from cases.querysets import CaseQuerySet
from cases.stage import OVERDUE_STAGES, Stage

ZERO = Decimal("0.00")


@dataclass(frozen=True)
class StageLine:
    """Open cases of one stage that are in the latest file of their source; money by part, in CNY."""

    stage: Stage
    count: int = 0
    total: Decimal = ZERO
    principal: Decimal = ZERO
    interest: Decimal = ZERO
    penalty: Decimal = ZERO
    fees: Decimal = ZERO

    @property
    def label(self) -> str:
        return str(self.stage.label)


@dataclass(frozen=True)
class Book:
    """The book as it stands: a line a stage (M1 to M7+ always, «未逾期» when it occurs), absences apart."""

    stages: list[StageLine]
    absent_count: int
    absent_amount: Decimal
    oldest_absence: date | None

    @property
    def count(self) -> int:
        return sum(line.count for line in self.stages)

    @property
    def amount(self) -> Decimal:
        return sum((line.total for line in self.stages), ZERO)

    def sum_of(self, part: str) -> Decimal:
        return sum((getattr(line, part) for line in self.stages), ZERO)

    @property
    def principal(self) -> Decimal:
        return self.sum_of("principal")

    @property
    def interest(self) -> Decimal:
        return self.sum_of("interest")

    @property
    def penalty(self) -> Decimal:
        return self.sum_of("penalty")


def book_of(cases: CaseQuerySet, *, stage: int | None = None) -> Book:
    """The open ones of `cases` (the reader's, narrowed), of one stage or of all, in one query."""
    if stage is not None:
        cases = cases.filter(stage=stage)
    rows = list(
        cases.open()
        .order_by()
        .values("stage", is_present=Q(absent_since__isnull=True))
        .annotate(
            n=Count("pk"),
            s_total=Sum("total"),
            s_principal=Sum("principal"),
            s_interest=Sum("interest"),
            s_penalty=Sum("penalty"),
            s_fees=Sum("fees"),
            oldest=Min("absent_since"),
        )
    )
    found = {row["stage"]: row for row in rows if row["is_present"]}
    absent = [row for row in rows if not row["is_present"]]
    stages = [Stage.M0, *OVERDUE_STAGES] if Stage.M0 in found else list(OVERDUE_STAGES)
    if stage is not None:
        stages = [Stage(stage)]
    lines = []
    for one in stages:
        row = found.get(int(one))
        if row is None:
            lines.append(StageLine(one))
        else:
            lines.append(
                StageLine(
                    one,
                    row["n"],
                    row["s_total"],
                    row["s_principal"],
                    row["s_interest"],
                    row["s_penalty"],
                    row["s_fees"],
                )
            )
    return Book(
        stages=lines,
        absent_count=sum(row["n"] for row in absent),
        absent_amount=sum((row["s_total"] for row in absent), ZERO),
        oldest_absence=min((row["oldest"] for row in absent), default=None),
    )


@dataclass(frozen=True)
class Cell:
    """Cases that were in one stage and are in another; `amount` is the total where they came from (of new ones, where
    they are)."""

    count: int = 0
    amount: Decimal = ZERO

    def __add__(self, other: "Cell") -> "Cell":
        return Cell(self.count + other.count, self.amount + other.amount)


@dataclass
class Movement:
    """Between the last two applied business dates of each source, added up.

    `cells` is keyed by (stage before, stage after); None before is new, None after has left. `days` says which dates were
    compared; sources with one date only are in `unmoved`.
    """

    days: list[tuple[Source, date, date]] = field(default_factory=list)
    unmoved: list[Source] = field(default_factory=list)
    cells: dict[tuple[int | None, int | None], Cell] = field(default_factory=dict)

    def add(self, key: tuple[int | None, int | None], cell: Cell) -> None:
        self.cells[key] = self.cells.get(key, Cell()) + cell

    def _sum(self, wanted: Iterable[tuple[int | None, int | None]]) -> Cell:
        return sum((self.cells[key] for key in wanted), Cell())

    @property
    def new(self) -> Cell:
        return self._sum(key for key in self.cells if key[0] is None)

    @property
    def left(self) -> Cell:
        return self._sum(key for key in self.cells if key[1] is None)

    @property
    def forward(self) -> Cell:
        return self._sum(k for k in self.cells if k[0] is not None and k[1] is not None and k[1] > k[0])

    @property
    def back(self) -> Cell:
        return self._sum(k for k in self.cells if k[0] is not None and k[1] is not None and k[1] < k[0])

    @property
    def stayed(self) -> Cell:
        return self._sum(k for k in self.cells if k[0] is not None and k[0] == k[1])

    @property
    def stages(self) -> list[Stage]:
        """Stages that occur, in order; M1 to M7+ always."""
        seen = {stage for key in self.cells for stage in key if stage is not None}
        return [stage for stage in Stage if stage in OVERDUE_STAGES or stage in seen]


def movement_of(cases: CaseQuerySet, *, source: Source | None = None) -> Movement:
    """Roll matrix of the last two business dates, from the positions of `cases`: one query a source."""
    scope_sql, scope_params = _scope_clause(cases)
    sources = [source] if source is not None else list(Source.objects.filter(is_active=True).order_by("name"))
    days_of = {days.source_id: days for days in last_days(one.pk for one in sources)}
    found = Movement()
    for one in sources:
        days = days_of.get(one.pk)
        if days is None or days.earlier is None:
            found.unmoved.append(one)
            continue
        found.days.append((one, days.earlier.as_of, days.later.as_of))
        with connection.cursor() as cursor:
            cursor.execute(
                f"""
                {WITH_DAYS}
                SELECT p.was_stage, p.now_stage, count(*),
                       coalesce(sum(CASE WHEN p.was_case IS NULL THEN p.now_total ELSE p.was_total END), 0)
                FROM {PAIRED} {scope_sql} GROUP BY 1, 2
                """,  # noqa: S608
                [*paired_params(days), *scope_params],
            )
            for before, after, count, amount in cursor.fetchall():
                found.add((before, after), Cell(int(count), amount))
    return found


def _scope_clause(cases: CaseQuerySet) -> tuple[str, tuple[Any, ...]]:
    """ " WHERE case IN (…)" for less than everything."""
    if not cases.query.where and not cases.query.is_empty():
        return "", ()
    if cases.query.is_empty():
        return "WHERE false", ()
    sql, params = cases.order_by().values("pk").query.sql_with_params()
    return f"WHERE {THE_CASE} IN ({sql})", tuple(params)


@dataclass(frozen=True)
class SourceLine:
    """One source: its newest applied file, and how many files wait for somebody."""

    source: Source
    run: ImportRun | None
    waiting: int
    days_old: int | None


def source_lines(*, today: date) -> list[SourceLine]:
    """Files and freshness of every active source, in two queries."""
    sources = list(
        Source.objects.filter(is_active=True)
        .order_by("name")
        .annotate(
            waiting=Count("runs", filter=Q(runs__state__in=[RunState.ASKING, RunState.PREVIEW, RunState.SUBMITTED])),
            newest=Max("runs__as_of", filter=Q(runs__state=RunState.APPLIED, runs__kind=RunKind.OVERDUE)),
        )
    )
    runs = {
        run.source_id: run
        for run in ImportRun.objects.filter(state=RunState.APPLIED, kind=RunKind.OVERDUE, source__in=sources)
        .order_by(*NEWEST_FIRST)
        .distinct("source_id")
        .defer("understanding", "questions", "answers")
    }
    return [
        SourceLine(
            source=one,
            run=runs.get(one.pk),
            waiting=one.waiting,
            days_old=(today - one.newest).days if one.newest else None,
        )
        for one in sources
    ]
