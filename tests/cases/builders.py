"""A small book for tests: sources, desks, cases with positions, through the models the importer writes to."""

import datetime as dt
import itertools
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils import timezone

from cases.models import (
    Case,
    ContactPoint,
    Custody,
    Debtor,
    Desk,
    DeskKind,
    ImportRow,
    ImportRun,
    Loan,
    Position,
    Source,
)
from cases.stage import stage_of
from collection_ops.core.crypto import blind_index
from collection_ops.core.masking import mask_phone
from collection_ops.core.models import User

AS_OF = dt.date(2026, 3, 31)
_numbers = itertools.count(1)


def make_source(code: str = "card", name: str = "信用卡系统") -> Source:
    return Source.objects.get_or_create(code=code, defaults={"name": name})[0]


def pool_desk() -> Desk:
    return Desk.objects.get_or_create(kind=DeskKind.POOL, defaults={"code": "pool", "name": "案件池"})[0]


def desk_of(user: User) -> Desk:
    return Desk.objects.get_or_create(
        owner=user,
        defaults={
            "code": f"desk-{user.pk}",
            "name": user.display_name,
            "kind": DeskKind.COLLECTOR,
            "unit": user.unit,
        },
    )[0]


def make_run(
    source: Source, as_of: dt.date = AS_OF, *, uploaded_by: User | None = None, state: str = "applied"
) -> ImportRun:
    """One applied file of a day; the same day gives the same run."""
    found = ImportRun.objects.filter(source=source, as_of=as_of, state=state).first()
    if found:
        return found
    now = timezone.now()
    return ImportRun.objects.create(
        source=source,
        as_of=as_of,
        state=state,
        file_name=f"逾期明细{as_of:%Y%m%d}.xlsx",
        stored_name=f"imports/{source.code}-{as_of}.xlsx",
        sha256=f"{source.pk:032d}{as_of:%Y%m%d}".ljust(64, "0"),
        uploaded_by=uploaded_by,
        uploaded_at=now,
        applied_at=now if state == "applied" else None,
        applied_by=uploaded_by,
    )


def add_position(
    case: Case, as_of: dt.date, *, days: int, total: str | Decimal, run: ImportRun | None = None
) -> Position:
    """What the source said on one day; the newest becomes the case's figures."""
    run = run or make_run(case.loan.source, as_of)
    total = Decimal(total)
    with connection.cursor() as cursor:
        cursor.execute("SELECT cases_ensure_position_partition(%s)", [as_of])
    row = ImportRow.objects.create(
        run=run,
        sheet="逾期明细",
        row_number=ImportRow.objects.filter(run=run).count() + 2,
        state="accepted",
        contract_no=case.loan.contract_no,
        debtor_name=case.loan.debtor.name,
        days_past_due=days,
        principal=total,
        interest=0,
        penalty=0,
        fees=0,
        total=total,
        case_id=case.pk,
    )
    figures: dict[str, Any] = {
        "days_past_due": days,
        "due_date": as_of - dt.timedelta(days=days),
        "principal": total,
        "interest": Decimal(0),
        "penalty": Decimal(0),
        "fees": Decimal(0),
        "total": total,
    }
    position = Position(case=case, as_of=as_of, run=run, row=row.pk, **figures)
    position.save(force_insert=True)
    if as_of >= case.as_of:
        Case.objects.filter(pk=case.pk).update(as_of=as_of, last_run=run, last_row=row.pk, **figures)
        case.refresh_from_db()
    return position


def make_case(
    *,
    contract_no: str = "",
    name: str = "张三丰",
    days: int = 45,
    total: str | Decimal = "1234.56",
    as_of: dt.date = AS_OF,
    opened_on: dt.date | None = None,
    source: Source | None = None,
    desk: Desk | None = None,
    product: str = "信用卡",
    region: str = "浙江省杭州市",
    id_no: str = "",
    phones: tuple[str, ...] = (),
    debtor: Debtor | None = None,
    loan: Loan | None = None,
    episode: int = 1,
    run: ImportRun | None = None,
) -> Case:
    """One open case with its first position, on the pool's desk unless told otherwise."""
    source = source or (loan.source if loan else make_source())
    number = next(_numbers)
    if loan is None:
        if debtor is None:
            debtor = Debtor.objects.create(
                name=name,
                id_type="身份证" if id_no else "",
                id_no=id_no,
                id_index=blind_index("id_no", id_no),
                id_last4=id_no[-4:],
            )
        loan = Loan.objects.create(
            source=source, contract_no=contract_no or f"C{number:08d}", debtor=debtor, product=product, region=region
        )
    for phone in phones:
        ContactPoint.objects.create(
            debtor=loan.debtor,
            kind="phone",
            value=phone,
            value_index=blind_index("phone", phone),
            masked=mask_phone(phone),
            origin="信用卡系统",
        )
    desk = desk or pool_desk()
    case = Case.objects.create(
        loan=loan,
        episode=episode,
        opened_on=opened_on or as_of,
        as_of=as_of,
        days_past_due=days,
        due_date=as_of - dt.timedelta(days=days),
        principal=Decimal(total),
        interest=0,
        penalty=0,
        fees=0,
        total=Decimal(total),
        desk=desk,
    )
    Custody.objects.create(case=case, desk=desk, started_at=timezone.now(), reason="import")
    add_position(case, as_of, days=days, total=total, run=run)
    case.refresh_from_db()
    assert case.stage == stage_of(days)
    return case
