"""A month in plain objects: cases all of one size in a stratum, of which some pay in full."""

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from vendors.scorecard.criteria import Scheme, shipped_scheme
from vendors.scorecard.facts import AgencyFacts, Cell, MonthFacts
from vendors.scorecard.limits import Limits
from vendors.scorecard.strata import Stratum

APRIL, DAYS = dt.date(2026, 4, 1), 30
M2, M3 = Stratum(2, 0, 1, "信用卡", 0), Stratum(3, 0, 1, "信用卡", 0)
ALONE = Limits(stratum_least=1, least_cases=1, widest_percent=500)
"""Every stratum stands alone, and nobody is too small."""


def cell(cases: int, each: str, *, paid: int = 0, days: int = DAYS, rolled: int = 0) -> Cell:
    """`cases` of `each` yuan, in hand for `days`; `paid` of them paid in full, `rolled` are in a later stage."""
    size = Decimal(each)
    x = size * days
    return Cell(
        cases=cases, amount=size * cases, exposed=x * cases, observed=size * paid, squares=size * size * paid,
        cross=size * x * paid, exposed_squares=x * x * cases, sizes=size * x * cases,
        roll_base=size * cases, rolled=size * rolled,
    )  # fmt: skip


def of_payments(payments: Sequence[Decimal], each: Decimal, days: int = DAYS) -> Cell:
    """A case of `each` yuan for each payment, which may be nought, and more than the case."""
    x, n = each * days, len(payments)
    return Cell(
        cases=n, amount=each * n, exposed=x * n, observed=sum(payments, Decimal("0.00")),
        squares=sum((y * y for y in payments), Decimal(0)), cross=sum(payments, Decimal(0)) * x,
        exposed_squares=x * x * n, sizes=each * x * n,
    )  # fmt: skip


def agency(number: int, cells: Mapping[Stratum, Cell], **about: Any) -> AgencyFacts:
    held = sum((one.amount for one in cells.values()), Decimal(0))
    return AgencyFacts(agency=number, code=f"ag-{number}", cells=cells, **{"held": held, **about})


def month(*agencies: AgencyFacts, limits: Limits = ALONE, scheme: Scheme | None = None) -> MonthFacts:
    return MonthFacts(APRIL, DAYS, scheme or shipped_scheme(), agencies, limits)


def three() -> MonthFacts:
    """M2 cases of 1,000 and M3 cases of 2,000 yuan; see test_funnel for the sums."""
    return month(
        agency(1, {M2: cell(40, "1000.00", paid=8, rolled=4), M3: cell(10, "2000.00", paid=1, rolled=3)}),
        agency(2, {M2: cell(10, "1000.00", paid=1, rolled=3), M3: cell(40, "2000.00", paid=3, rolled=7)}),
        agency(3, {M2: cell(50, "1000.00", paid=6, rolled=13)}),
    )
