"""Agencies with contracts, cases in their hands and money that comes, put there as the other rooms would."""

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.utils import timezone

from cases.models import Case, Custody, Desk, DeskKind, Repayment
from cases.services.custody import move_cases
from collection_ops.core.access import Role
from collection_ops.core.models import User
from collection_ops.core.services.accounts import create_user
from tests.cases.builders import make_case, pool_desk
from vendors.models import (
    Agency,
    CoefficientStep,
    Contract,
    ContractTarget,
    ContractVersion,
    EventPrice,
    FeeBandRow,
    FeeTableRow,
    Placement,
    PlacementBatch,
    Settlement,
)
from vendors.settlement.settle import settle

JANUARY, MARCH, APRIL = dt.date(2026, 1, 1), dt.date(2026, 3, 1), dt.date(2026, 4, 1)
Bands = list[tuple[str, str]]
LADDER: Bands = [("0", "0.10"), ("0.05", "0.15"), ("0.10", "0.20")]


def march(day: int, hour: int = 10) -> dt.datetime:
    return at(dt.date(2026, 3, day), hour)


def at(day: dt.date, hour: int = 10) -> dt.datetime:
    return timezone.make_aware(dt.datetime(day.year, day.month, day.day, hour))


SETTLED_MARCH, SETTLED_APRIL = at(dt.date(2026, 4, 3)), at(dt.date(2026, 5, 4))


def person(username: str, role: Role) -> User:
    return User.objects.filter(username=username).first() or create_user(
        username=username, display_name=username, password="a-password-for-tests", roles=[role], actor=None
    )


def an_agency(code: str = "jia", name: str = "") -> Agency:
    desk = Desk.objects.create(code=code, name=name or code, kind=DeskKind.AGENCY)
    return Agency.objects.create(desk=desk, name=name or f"机构{code}", state="active")


def a_version(
    agency: Agency,
    *rows: dict[str, Any],
    since: dt.date = JANUARY,
    steps: Iterable[tuple[str, str]] = (("0", "0.80"), ("60", "0.90"), ("95", "1.00")),
    prices: dict[str, str] | None = None,
    targets: Iterable[tuple[str, str, list[int]]] = (),
    **columns: Any,
) -> ContractVersion:
    """An approved version, effective from `since`; the rows as dictionaries of `bands` and columns of FeeTableRow, targets
    as measure, figure and stages."""
    contract, _made = Contract.objects.get_or_create(
        agency=agency, number=f"WB-{agency.desk.code}", starts_on=JANUARY, ends_on=dt.date(2027, 12, 31)
    )
    version = ContractVersion.objects.create(
        contract=contract, number=contract.versions.count() + 1, effective_from=since, **columns
    )
    for number, given in enumerate(rows or ({"bands": LADDER},), start=1):
        row = FeeTableRow.objects.create(
            version=version, number=number, **{name: value for name, value in given.items() if name != "bands"}
        )
        FeeBandRow.objects.bulk_create(
            FeeBandRow(row=row, floor=Decimal(floor), rate=Decimal(rate)) for floor, rate in given["bands"]
        )
    CoefficientStep.objects.bulk_create(
        CoefficientStep(version=version, floor=Decimal(floor), factor=Decimal(factor)) for floor, factor in steps
    )
    EventPrice.objects.bulk_create(
        EventPrice(version=version, event=event, amount=Decimal(amount))
        for event, amount in ({"complaint": "500.00"} if prices is None else prices).items()
    )
    ContractTarget.objects.bulk_create(
        ContractTarget(version=version, number=number, measure=measure, figure=Decimal(figure), stages=stages)
        for number, (measure, figure, stages) in enumerate(targets, start=1)
    )
    version.state, version.approved_by, version.approved_at = (
        "approved",
        person("contract.boss", Role.FINANCE),
        at(since),
    )
    version.save()
    return ContractVersion.objects.get(pk=version.pk)


def a_case(amount: str = "25000.00", *, days: int = 45, **columns: Any) -> Case:
    """In the pool since January."""
    case = make_case(days=days, total=amount, as_of=dt.date(2026, 1, 2), desk=pool_desk(), **columns)
    Custody.objects.filter(case=case).update(started_at=at(JANUARY))
    return case


def give(
    agency: Agency, *cases: Case, on: dt.date = dt.date(2026, 2, 20), amount: str = "", hour: int = 10
) -> list[Placement]:
    batch = PlacementBatch.objects.create(
        number=f"WA{PlacementBatch.objects.count() + 1:04d}", as_of=on, seed=1, state="applied",
        applied_at=at(on, hour), approved_at=at(on, hour), approved_by=person("place.boss", Role.SUPERVISOR),
    )  # fmt: skip
    move_cases(cases=[case.pk for case in cases], desk=agency.desk, reason="placement", actor=None, now=at(on, hour))
    return [
        Placement.objects.create(
            batch=batch, agency=agency, case=case, loan=case.loan, stage=case.stage, product=case.loan.product,
            amount=Decimal(amount or case.total), placed_on=on,
        )
        for case in cases
    ]  # fmt: skip


def recall(agency: Agency, case: Case, on: dt.date, *, to: Desk | None = None, hour: int = 10) -> None:
    move_cases(cases=[case.pk], desk=to or pool_desk(), reason="recall", actor=None, now=at(on, hour))
    Placement.objects.filter(agency=agency, case=case).update(recalled_on=on, recall_reason="到期")


def pay(
    case: Case, on: dt.date, amount: str, *, told: dt.datetime | None = None, takes_back: Repayment | None = None
) -> Repayment:
    """Money of a day, told us on that day unless `told` says when."""
    return Repayment.objects.create(
        source=case.loan.source, contract_no=case.loan.contract_no, loan=case.loan, paid_on=on, amount=Decimal(amount),
        status="confirmed", recorded_at=told or at(on, 20), reversal_of=takes_back,
    )  # fmt: skip


def march_of(agency: Agency, *, now: dt.datetime = SETTLED_MARCH) -> Settlement:
    return settle(agency=agency, period=MARCH, actor=None, now=now).settlement


def april_of(agency: Agency, *, now: dt.datetime = SETTLED_APRIL) -> Settlement:
    return settle(agency=agency, period=APRIL, actor=None, now=now).settlement


def told(settlement: Settlement) -> list[tuple[str, str, str]]:
    """Kind, amount and fee of each line."""
    return [(line.kind, str(line.amount), str(line.fee)) for line in settlement.lines.order_by("number")]
