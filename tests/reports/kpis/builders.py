"""Days of March 2026, figures of the catalogue, and what happens to cases, through the services."""

import datetime as dt
import itertools
import re
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from cases.models import Case, ContactPoint, Custody, Desk, Repayment
from cases.services.custody import move_cases
from cases.services.repayments import Payment, record_repayments
from collection_ops.core.crypto import blind_index
from collection_ops.core.masking import mask_phone
from collection_ops.core.models import User
from compliance.models import ContactAttempt, ResultCode
from compliance.services.call_details import CallDetails
from compliance.services.log import record_past
from reports.kpis import Answer, Dim, Question, kpi
from tests.cases.builders import make_case, pool_desk

CHINA = ZoneInfo("Asia/Shanghai")
_numbers = itertools.count(1)


def march(day: int, month: int = 3) -> dt.date:
    return dt.date(2026, month, day)


def at(day: int, clock: str = "10:00", month: int = 3) -> dt.datetime:
    return dt.datetime.combine(march(day, month), dt.time.fromisoformat(clock), tzinfo=CHINA)


def ask(name: str, first: int | dt.date, last: int | dt.date, *by: Dim, **more: Any) -> Answer:
    """The KPI of a period; days as numbers are of March."""
    first = march(first) if isinstance(first, int) else first
    last = march(last) if isinstance(last, int) else last
    return kpi(name, Question(first=first, as_of=last, by=by, **more))


def share(answer: Answer, *key: str) -> tuple[int, int]:
    line = answer.line(*key) if key else answer.total
    return int(line.numerator), int(line.denominator or 0)


def in_hand(desk: Desk | None = None, *, since: int = 1, opened: int = 1, **columns: Any) -> Case:
    """A case of the book of 1 March, on a desk (or in the pool) since a midnight, with a number of the debtor's own."""
    case = make_case(as_of=march(opened), desk=desk or pool_desk(), **columns)
    Custody.objects.filter(case=case).update(started_at=at(since, "00:00"))
    number = f"139{next(_numbers):08d}"
    ContactPoint.objects.create(
        debtor=case.loan.debtor, kind="phone", value=number, value_index=blind_index("phone", number),
        masked=mask_phone(number), origin="import",
    )  # fmt: skip
    return case


def own_number(case: Case) -> ContactPoint:
    return ContactPoint.objects.filter(debtor=case.loan.debtor, relation="").order_by("pk")[0]


def hand_over(case: Case, desk: Desk, day: int, clock: str = "12:00") -> None:
    move_cases(cases=[case.pk], desk=desk, reason="reassigned", actor=None, now=at(day, clock))


def call(
    case: Case, actor: User | None, day: int, result: str = "no_answer", *, clock: str = "10:00", code: str = "",
    seconds: int | None = None, told: dt.datetime | None = None, month: int = 3, **columns: Any,
) -> ContactAttempt:  # fmt: skip
    """A contact that is told about an hour later, or when `told` says."""
    begun = at(day, clock, month)
    columns.setdefault("channel", "call")
    details = CallDetails(result_code=ResultCode.objects.get(code=code)) if code else None
    if details is not None and details.result_code is not None:
        result = details.result_code.outcome
    return record_past(
        case=case, point=own_number(case), result=result, started_at=begun, actor=actor, details=details,
        ended_at=None if seconds is None else begun + dt.timedelta(seconds=seconds),
        now=told or begun + dt.timedelta(hours=1), **columns,
    )  # fmt: skip


def pay(case: Case, day: int, amount: str, *, known: dt.datetime | None = None, month: int = 3) -> Repayment:
    """Confirmed money of a day, known at noon of it or when `known` says."""
    reference = f"P{next(_numbers):08d}"
    record_repayments(
        payments=[
            Payment(
                contract_no=case.loan.contract_no, paid_on=march(day, month), amount=Decimal(amount), reference=reference
            )
        ],
        source=case.loan.source, actor=None, now=known or at(day, "12:00", month),
    )  # fmt: skip
    return Repayment.objects.get(reference=reference)


def form_token(page: str) -> dict[str, str]:
    """The token of a page's form, without which it has no effect."""
    found = re.search(r'name="(form_token)" value="([^"]+)"', page)
    return {found[1]: found[2]} if found else {}
