"""Reads behind the case list and the record. Everything starts from `Case.objects.for_user(user)`."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.core.cache import cache
from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import CharField, Q, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from cases.columns import Column, status_of
from cases.keyset import Page, SortKey, keyset_page
from cases.models import (
    Case,
    ContactPoint,
    Custody,
    Desk,
    DeskKind,
    ImportRun,
    Loan,
    Position,
    Repayment,
    RunKind,
    RunState,
    Source,
)
from cases.names import shown_names
from cases.positions import NEWEST_FIRST
from cases.querysets import CaseQuerySet
from cases.stage import Stage
from collection_ops.core.access import Scope, scope
from collection_ops.core.models import User

PAGE_SIZE = 50
# Up to here a list is counted and added up at once; a longer one says «10,000+» and adds up when asked.
COUNT_CAP = 10_000
CHOICES_SECONDS = 300


@dataclass(frozen=True)
class CaseLine:
    """One case as the list shows it: the cells of the chosen columns, in their order."""

    case: Case
    name: str
    status: str
    cells: list[tuple[Column, Any]]

    @property
    def episode_label(self) -> str:
        """«第 2 次» for a loan that fell overdue again; empty for the first time."""
        return _("第 %(number)d 次") % {"number": self.case.episode} if self.case.episode > 1 else ""


@dataclass(frozen=True)
class StageShare:
    """Cases and money of one stage, and its part of the whole amount in percent: where it starts on the strip, how long."""

    stage: Stage
    count: int
    amount: Decimal
    percent: float = 0.0
    start: float = 0.0

    @property
    def label(self) -> str:
        return str(self.stage.label)


@dataclass(frozen=True)
class Totals:
    """Count and money of a filtered list. `is_capped`: there are more rows than `count`, the amounts are not known."""

    count: int
    amount: Decimal
    is_capped: bool
    stages: list[StageShare] = field(default_factory=list)


def list_rows(queryset: CaseQuerySet, *, key: SortKey, descending: bool, after: str, before: str) -> Page:
    """One page of cases with what every column needs, in two queries: the page's ids by sort, then their rows.

    Sorting ids alone keeps the sort small; the joins are made for fifty rows. ID numbers are left in the database:
    each would be decrypted only to be masked.
    """
    # Annotated, because the ordering column may live on the loan.
    page = keyset_page(
        queryset.only("pk", *_own_field(key)),
        key=key,
        descending=descending,
        size=PAGE_SIZE,
        after=after,
        before=before,
    )
    by_id = with_relations(Case.objects.filter(pk__in=[row.pk for row in page.rows])).in_bulk()
    return Page(rows=[by_id[row.pk] for row in page.rows if row.pk in by_id], after=page.after, before=page.before)


def _own_field(key: SortKey) -> tuple[str, ...]:
    return () if "__" in key.field else (key.field,)


def with_relations(queryset: CaseQuerySet) -> CaseQuerySet:
    """Loan, debtor (without the ID number), source and desk, joined."""
    return queryset.select_related("loan__debtor", "loan__source", "desk").defer("loan__debtor__id_no")


def case_lines(cases: list[Case], *, columns: tuple[Column, ...], user: User) -> list[CaseLine]:
    names = shown_names(user, cases)
    return [
        CaseLine(
            case=case,
            name=names[case.pk],
            status=status_of(case),
            cells=[(column, column.value(case, names[case.pk])) for column in columns],
        )
        for case in cases
    ]


def totals_of(queryset: CaseQuerySet, *, cap: int | None = COUNT_CAP) -> Totals:
    """Count, amount and stages in one query over at most `cap` + 1 rows; None adds up all of them."""
    rows = queryset.order_by().values("stage", "total")
    if cap is not None:
        rows = rows[: cap + 1]
    try:
        inner, params = rows.query.sql_with_params()
    except EmptyResultSet:
        return Totals(count=0, amount=Decimal("0.00"), is_capped=False)
    with connection.cursor() as cursor:
        # Django can group a sliced query only by joining it to itself.
        cursor.execute(
            f"SELECT stage, count(*), sum(total) FROM ({inner}) AS listed GROUP BY stage ORDER BY stage",  # noqa: S608
            params,
        )
        found = [(Stage(stage), int(count), amount) for stage, count, amount in cursor.fetchall()]
    count = sum(number for _stage, number, _amount in found)
    if cap is not None and count > cap:
        return Totals(count=cap, amount=Decimal("0.00"), is_capped=True)
    amount = sum((money for _stage, _number, money in found), Decimal("0.00"))
    # Negative totals (overpaid) have no width on a strip.
    ground = sum((money for _stage, _number, money in found if money > 0), Decimal("0.00")) or Decimal(1)
    shares: list[StageShare] = []
    start = 0.0
    for stage, number, money in found:
        percent = round(float(max(money, Decimal(0)) * 100 / ground), 2)
        shares.append(StageShare(stage, number, money, percent, round(start, 2)))
        start += percent
    return Totals(count=count, amount=amount, is_capped=False, stages=shares)


def source_and_desk_names(user: User) -> dict[str, dict[str, str]]:
    """{"source": {code: name}, "desk": {code: name}} that a filter may offer this person, in one query."""
    sources = Source.objects.values_list(
        Value("source", output_field=CharField()),
        "code",
        "name",
        Value("", output_field=CharField()),
        Value("", output_field=CharField()),
        Value(0),
    )
    desks = Desk.objects.values_list(
        Value("desk", output_field=CharField()), "code", "name", "unit", "kind", Coalesce("owner_id", 0)
    )
    granted = scope(user, "cases.view")
    found: dict[str, dict[str, str]] = {"source": {}, "desk": {}}
    for kind, code, name, unit, desk_kind, owner_id in sources.union(desks, all=True).order_by("name"):
        if kind == "desk" and not (
            granted in (Scope.ALL, Scope.PAID, Scope.BATCH)
            or (granted == Scope.OWN and owner_id == user.pk)
            or (granted == Scope.TEAM and user.unit and unit == user.unit)
            or (granted == Scope.PLACED and desk_kind == DeskKind.AGENCY)
        ):
            continue
        found[kind][code] = name
    return found


def products_and_regions() -> tuple[list[str], list[str]]:
    """What loans carry, for the filter's lists. Kept for five minutes: reading all loans for two drop-downs is dear, and
    a product that came this minute can still be filtered by its address."""
    found: tuple[list[str], list[str]] | None = cache.get("cases.products_and_regions")
    if found is None:
        found = (
            list(
                Loan.objects.exclude(product="").values_list("product", flat=True).distinct().order_by("product")[:200]
            ),
            list(Loan.objects.exclude(region="").values_list("region", flat=True).distinct().order_by("region")[:500]),
        )
        if found[0] or found[1]:
            cache.set("cases.products_and_regions", found, CHOICES_SECONDS)
    return found


def find_case(user: User, case_id: int, capability: str = "cases.view") -> Case | None:
    """The case if this person may see it. What is not theirs and what does not exist look the same."""
    if case_id > 2**63 - 1:
        return None
    return with_relations(Case.objects.for_user(user, capability).filter(pk=case_id)).first()


@dataclass(frozen=True)
class OtherDebts:
    """Further debts of the same person: those the reader may see, and how many there are besides."""

    visible: list[Case]
    hidden: int


def other_debts(case: Case, user: User) -> OtherDebts:
    """Other loans' cases and earlier episodes, open ones first. A case outside the reader's scope is only counted."""
    of_person = Case.objects.filter(loan__debtor_id=case.loan.debtor_id).exclude(pk=case.pk)
    visible = list(
        with_relations(Case.objects.for_user(user).filter(pk__in=of_person.values("pk"))).order_by(
            Coalesce("closed_on", Value(date.max)).desc(), "-total", "pk"
        )[:50]
    )
    return OtherDebts(visible=visible, hidden=max(of_person.count() - len(visible), 0))


def contact_points(case: Case) -> list[ContactPoint]:
    """The person's own first, then third persons. The values stay encrypted in the database; masks are shown."""
    return list(
        ContactPoint.objects.filter(debtor_id=case.loan.debtor_id)
        .defer("value")
        .order_by("relation", "kind", "status", "pk")[:200]
    )


def custodies(case: Case) -> list[Custody]:
    return list(
        Custody.objects.filter(case=case).select_related("desk", "moved_by").order_by("-started_at", "-pk")[:200]
    )


def repayments(case: Case) -> list[Repayment]:
    """Money for the loan, newest first: all episodes, because a payment belongs to the contract."""
    return list(
        Repayment.objects.filter(loan_id=case.loan_id).select_related("reversal").order_by("-paid_on", "-pk")[:200]
    )


POSITIONS_PAGE = 31


def positions_page(case: Case, *, cursor: str = "") -> tuple[list[Position], str]:
    """Positions newest first, one month a page, and the cursor of the next page ("2026-03-01_17": day and run)."""
    rows = Position.objects.filter(case=case).select_related("run").order_by("-as_of", "-run_id")
    day, _, run_id = cursor.partition("_")
    try:
        edge = date.fromisoformat(day)
        rows = rows.filter(Q(as_of__lt=edge) | Q(as_of=edge, run_id__lt=int(run_id or 0)))
    except (ValueError, OverflowError):
        pass
    found = list(rows[: POSITIONS_PAGE + 1])
    more = len(found) > POSITIONS_PAGE
    found = found[:POSITIONS_PAGE]
    return found, f"{found[-1].as_of.isoformat()}_{found[-1].run_id}" if more else ""


def position_series(case: Case, *, days: int = 400) -> list[dict[str, Any]]:
    """Total and days past due of the last `days` business days, oldest first, the newest run of a day: for the line."""
    rows = list(
        Position.objects.filter(case=case)
        .order_by("-as_of", "-recorded_at", "-run_id")
        .values_list("as_of", "total", "days_past_due", "stage")[:days]
    )
    by_day: dict[date, dict[str, Any]] = {}
    for as_of, total, days_past_due, stage in rows:
        by_day.setdefault(
            as_of,
            {"day": as_of.isoformat(), "total": str(total), "days": days_past_due, "stage": str(Stage(stage).label)},
        )
    return [by_day[day] for day in sorted(by_day)]


def newest_runs() -> list[ImportRun]:
    """The newest book of a day of every active source, freshest first, in one query: it stands on every page."""
    runs = (
        ImportRun.objects.filter(state=RunState.APPLIED, kind=RunKind.OVERDUE, source__is_active=True)
        .order_by(*NEWEST_FIRST)
        .distinct("source_id")
        .select_related("source")
        .only("as_of", "applied_at", "source__name", "source__code")
    )
    return sorted(runs, key=lambda run: (run.as_of, run.pk), reverse=True)


def newest_day(source_id: int) -> date | None:
    """The business date of the source's newest applied book."""
    runs = ImportRun.objects.filter(source_id=source_id, state=RunState.APPLIED, kind=RunKind.OVERDUE)
    day: date | None = runs.order_by("-as_of").values_list("as_of", flat=True).first()
    return day


@dataclass(frozen=True)
class Freshness:
    """What the newest applied file of a source is."""

    source: Source
    as_of: date | None
    run: ImportRun | None


def freshness(source_ids: list[int] | None = None) -> list[Freshness]:
    """The newest applied file of every active source (or of those named)."""
    sources = Source.objects.filter(is_active=True) if source_ids is None else Source.objects.filter(pk__in=source_ids)
    newest = {
        run.source_id: run
        for run in ImportRun.objects.filter(state=RunState.APPLIED, kind=RunKind.OVERDUE, source__in=sources)
        .order_by(*NEWEST_FIRST)
        .distinct("source_id")
        .defer("understanding", "questions", "answers")
    }
    return [
        Freshness(
            source=source, as_of=newest[source.pk].as_of if source.pk in newest else None, run=newest.get(source.pk)
        )
        for source in sources.order_by("name")
    ]
