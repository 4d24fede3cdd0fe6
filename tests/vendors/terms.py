"""Contracts for the tests: rows as an accountant would write them."""

import datetime as dt
from decimal import Decimal
from typing import Any

from vendors.contracts.terms import Band, Event, FeeRow, Method, Step, Terms


def bands(*pairs: tuple[str, str]) -> tuple[Band, ...]:
    return tuple(Band(Decimal(floor), Decimal(rate)) for floor, rate in pairs)


LADDER = bands(("0", "0.10"), ("0.05", "0.15"), ("0.10", "0.20"))
COEFFICIENT = (Step(Decimal(0), Decimal("0.80")), Step(Decimal(60), Decimal("0.90")), Step(Decimal(85), Decimal(1)))
EVENTS = {Event.COMPLAINT: Decimal("500.00"), Event.BREACH: Decimal("200.00"), Event.LATE_FILE: Decimal("50.00")}


def row(number: int = 1, *, of: tuple[Band, ...] = LADDER, method: Method = Method.WHOLE, **more: Any) -> FeeRow:
    return FeeRow(number, of, method, **more)


def terms(*rows: FeeRow, version: int = 1, since: dt.date = dt.date(2026, 1, 1), **more: Any) -> Terms:
    more.setdefault("coefficient", COEFFICIENT)
    more.setdefault("events", EVENTS)
    return Terms(version, since, rows or (row(),), **more)
