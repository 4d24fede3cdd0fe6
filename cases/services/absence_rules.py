"""Absences that money explains: what was owed when the case was last seen was paid before the file missed it.

Gather the money received (one query) → decide (`is_covered`, plain figures) → apply by sets. Only confirmed money that was
not reversed counts; a part of the debt explains nothing, it is a hint for the person who does.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import DecimalField, OuterRef, QuerySet, Subquery, Sum
from django.utils.translation import gettext_lazy as _

from cases.models import Absence, AbsenceReason, Case, CloseReason, ImportRun, Repayment, Source
from cases.querysets import CaseQuerySet
from cases.services import cache
from cases.services.book import lock_book, raise_version
from cases.services.closing import end_absent_cases, reopen
from collection_ops.core.models import User
from collection_ops.core.services import audit

COVERED = "covered_by_repayment"
RULE_NAMES = {COVERED: _("已确认还款覆盖最后总额")}


@dataclass(frozen=True, slots=True)
class Received:
    """An open absence with money. `owed` is the total when the case was last seen, `received` what was paid after that
    day up to the day of the absence; yuan."""

    absence_id: int
    case_id: int
    owed: Decimal
    received: Decimal


def is_covered(*, owed: Decimal, received: Decimal) -> bool:
    """To the cent: the money comes to at least what was owed. Nothing received covers nothing, whatever was owed."""
    return received > 0 and received >= owed


def share(*, owed: Decimal, received: Decimal) -> Decimal | None:
    """Part of the debt that came in, in percent with one place; None where nothing was owed."""
    return (received * 100 / owed).quantize(Decimal("0.1")) if owed > 0 else None


def with_received(cases: CaseQuerySet, *, known_by: datetime) -> CaseQuerySet:
    """Absent cases with `received`: money paid after the last position (which counts what was paid up to its day) and
    up to the day of the absence, as far as it was known by the moment given; NULL where there is none."""
    money = (
        Repayment.objects.filter(
            loan_id=OuterRef("loan_id"),
            status=Repayment.Status.CONFIRMED,
            reversal_of__isnull=True,
            reversal__isnull=True,
            paid_on__gt=OuterRef("as_of"),
            paid_on__lte=OuterRef("absent_since"),
            recorded_at__lte=known_by,
        )
        .order_by()
        .values("loan_id")
        .annotate(received=Sum("amount"))
        .values("received")
    )
    return cases.annotate(received=Subquery(money, output_field=DecimalField(max_digits=16, decimal_places=2)))


def explain_by_money(*, source: Source, now: datetime, run: ImportRun | None = None, actor: User | None = None) -> int:
    """Explain as paid the absences of `source` that confirmed money covers; returns how many.

    Their cases are closed on the day of the absence. `run` is the file that brought the money or the absence: its undo
    takes the explanation back. Called after every import and after money was recorded.
    """
    with transaction.atomic():
        lock_book(source_id=source.pk)
        covered = [one for one in _gather(source, now) if is_covered(owed=one.owed, received=one.received)]
        if covered:
            _apply(covered, source=source, run=run, actor=actor, now=now)
    return len(covered)


def explained_by(run: ImportRun) -> QuerySet[Absence]:
    """Absences that money explained in the wake of `run`."""
    return Absence.objects.filter(explained_by_run=run, rule=COVERED)


def take_back(*, run: ImportRun, now: datetime) -> int:
    """Ask again what money had explained in the wake of `run`, and open the cases again; returns how many. For the undo of
    a repayment file, which holds the book and has found no later episode on these contracts."""
    absences = explained_by(run)
    cases = list(absences.values_list("case_id", flat=True))
    absences.update(reason="", rule="", explained_by_run=None, explained_at=None)
    reopen(case_ids=cases, now=now)
    cache.repair(case_ids=cases)
    return len(cases)


def _gather(source: Source, now: datetime) -> Iterable[Received]:
    absent = with_received(Case.objects.absent().filter(loan__source=source), known_by=now)
    lines = absent.filter(received__gt=0, absences__reason="").order_by("pk")
    for absence_id, case_id, owed, received in lines.values_list("absences__pk", "pk", "total", "received"):
        yield Received(absence_id, case_id, owed, received)


def _apply(
    covered: list[Received], *, source: Source, run: ImportRun | None, actor: User | None, now: datetime
) -> None:
    ids = [one.absence_id for one in covered]
    Absence.objects.filter(pk__in=ids).update(
        reason=AbsenceReason.PAID, rule=COVERED, explained_by=None, explained_by_run=run, explained_at=now
    )
    end_absent_cases(absences=ids, reason=CloseReason.PAID, run_id=run.pk if run else None, now=now)
    audit.record(
        action="absence.explained_by_rule",
        actor=actor,
        obj=run or source,
        data={
            "rule": COVERED,
            "source": source.code,
            "count": len(covered),
            "received": str(sum((one.received for one in covered), Decimal(0))),
            "cases": [one.case_id for one in covered],
        },
    )
    raise_version(source_id=source.pk)
