"""The reports' part of the story: what fell due and what collecting cost, in round figures for every month; and on the last
day facts, and the reports of what is over."""

from datetime import date, time
from decimal import Decimal
from random import Random

from cases.demo.play import Staff, staff_day
from cases.models import ImportRun
from collection_ops.core.clock import month_after, month_end
from collection_ops.core.models import User
from compliance.demo_parts import at
from reports.facts import keeping
from reports.kpis import Dim, NoBook, Question, kpi
from reports.models import OWN, InputKind, KpiInput, ReportKind
from reports.regular.kinds import KINDS
from reports.regular.making import make_report
from reports.regular.periods import last_complete
from reports.regular.schedule import days_with_files
from reports.services.kpi_inputs import Figure, enter, orgs

AT = time(17, 40)
MADE_AT = time(11, 20)
ENTERS = Decimal("0.03")
"""Of what falls due, that much becomes overdue."""
OF_MONEY = {
    InputKind.STAFF: Decimal("0.045"),
    InputKind.SEAT: Decimal("0.008"),
    InputKind.PHONE: Decimal("0.006"),
    InputKind.LEGAL: Decimal("0.004"),
    InputKind.OVERHEAD: Decimal("0.012"),
}
AGENCY_FEE = Decimal("0.16")


@staff_day
def enter_inputs(*, day: date, days_left: int, staff: Staff, random: Random) -> None:
    """On the last day, once; by whoever does the books, else the supervisor."""
    first = ImportRun.objects.filter(kind="overdue").order_by("as_of").values_list("as_of", flat=True).first()
    if days_left != 1 or first is None or KpiInput.objects.exists():
        return
    actor = User.objects.filter(role_grants__role="finance", is_active=True).first() or staff.supervisor
    month = first.replace(day=1)
    while month <= day:
        last = min(month_end(month), day)
        for figure in _figures(month, last, first):
            enter(figure=figure, actor=actor, today=day, now=at(day, AT))
        month = month_after(month)


def _figures(month: date, last: date, first_file: date) -> list[Figure]:
    asked = Question(first=month, as_of=last)
    cost = kpi("cost_to_collect", asked.narrowed(by=(Dim.AGENCY,)))
    money = {line.key[0]: line.denominator or Decimal(0) for line in cost.lines}
    figures = [
        Figure(month, kind, _round(money.get("", Decimal(0)) * part), org=OWN) for kind, part in OF_MONEY.items()
    ]
    figures += [
        Figure(month, InputKind.AGENCY_FEE, _round(money.get(org, Decimal(0)) * AGENCY_FEE), org=org)
        for org, _name in orgs()
        if org != OWN
    ]
    try:
        entered = kpi("entry_rate", asked).total.numerator
    except NoBook:
        entered = Decimal(0)
    return [*figures, Figure(month, InputKind.AMOUNT_DUE, _round(max(entered, Decimal(1_000)) / ENTERS))]


def _round(yuan: Decimal) -> Decimal:
    return (yuan / 100).quantize(Decimal(1)) * 100


@staff_day
def make_reports(*, day: date, days_left: int, staff: Staff, random: Random) -> None:
    """Made in the late morning, as they are when every file has come."""
    if days_left != 1:
        return
    keeping.refresh()
    now = at(day, MADE_AT)
    for kind in (ReportKind.MONTHLY, ReportKind.WEEKLY, ReportKind.DAILY):
        period = last_complete(KINDS[kind].rhythm, day)
        if days_with_files(period.first, period.last):
            make_report(kind=kind, first=period.first, last=period.last, known_by=now, actor=None, now=now)
