"""A small book over two months for the reports: every fact bears the moment at which it became known."""

import datetime as dt
from decimal import Decimal
from typing import Any

from django.utils import timezone

from cases.models import Absence, Case, Custody, Desk, ImportRun, Position, Repayment
from tests.cases.builders import add_position, make_case, make_run, make_source

FEB, D1, D2 = dt.date(2026, 2, 27), dt.date(2026, 3, 30), dt.date(2026, 3, 31)
MARCH = (dt.date(2026, 3, 1), D2)


def at(day: dt.date, hour: int = 8, minute: int = 10) -> dt.datetime:
    """The lender's time."""
    return timezone.make_aware(dt.datetime.combine(day, dt.time(hour, minute)))


MORNING_AFTER = at(dt.date(2026, 4, 1), 9, 30)


def known_on_their_days() -> None:
    """Files were booked, and rows known, on the morning of their business date."""
    for run in ImportRun.objects.all():
        ImportRun.objects.filter(pk=run.pk).update(applied_at=at(run.as_of), uploaded_at=at(run.as_of))
        Position.objects.filter(run=run, as_of=run.as_of).update(recorded_at=at(run.as_of))


def pay(case: Case, day: dt.date, amount: str, *, known: dt.datetime | None = None, **more: Any) -> Repayment:
    """Confirmed money, known at seven in the morning after."""
    loan = case.loan
    told = {"loan": loan, "status": "confirmed", "recorded_at": known or at(day + dt.timedelta(days=1), 7, 0), **more}
    return Repayment.objects.create(
        source=loan.source, contract_no=loan.contract_no, paid_on=day, amount=Decimal(amount), **told
    )


def small_book(desk: Desk | None = None) -> dict[str, Case]:
    """Three loans from February on, one new in March: at the end of March one has left, one has rolled.

    On `desk` (else in the pool) since February. Book at the start (27 February): 1,000 + 2,000 + 3,000 = 6,000. Money of
    March: 600 + 400 on them, 50 on the new one.
    """
    make_source()
    cases = {
        "pays": make_case(days=20, total="1000.00", as_of=FEB, desk=desk),
        "rolls": make_case(days=25, total="2000.00", as_of=FEB, desk=desk),
        "leaves": make_case(days=70, total="3000.00", as_of=FEB, desk=desk),
    }
    for day, days in ((D1, 31), (D2, 32)):
        add_position(cases["pays"], day, days=10 if day == D1 else 11, total="400.00")
        add_position(cases["rolls"], day, days=days + 30, total="2000.00")
    add_position(cases["leaves"], D1, days=101, total="2600.00")
    cases["new"] = make_case(days=5, total="500.00", as_of=D2)
    Case.objects.filter(pk=cases["leaves"].pk).update(absent_since=D2)
    Absence.objects.create(case=cases["leaves"], as_of=D2, run=make_run(make_source(), D2), created_at=at(D2))
    known_on_their_days()
    Custody.objects.update(started_at=at(FEB))
    pay(cases["pays"], dt.date(2026, 3, 10), "600.00", reference="P-1")
    pay(cases["leaves"], D1, "400.00", reference="P-2")
    pay(cases["new"], D2, "50.00", reference="P-3")
    return cases
