"""Apply: a bill is taken in, compared once with the statement of its month, and stays as it is."""

import json
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import BinaryIO

from django.db import transaction
from django.utils.translation import gettext as _

from cases.imports.staging.copying import copy_rows
from collection_ops.core import private_files
from collection_ops.core.models import User
from collection_ops.core.money import ZERO
from collection_ops.core.private_files import FileTooLarge, NoRoom, StoredFile, kept_with_its_row, shown_name
from collection_ops.core.services import audit
from collection_ops.core.sql import all_rows
from vendors.bills import gather
from vendors.bills.pairing import Kind, Match, pair
from vendors.bills.reading import LARGEST_FILE, BillRefused, Row, read_bill
from vendors.bills.reasons import explained
from vendors.models import (
    Agency,
    AgencyBill,
    BillAnswer,
    BillLine,
    BillMatch,
    BillSide,
    Settlement,
    SettlementState,
)

FOLDER = "bills"


def take_in(
    *, agency: Agency, period: date, file: BinaryIO, file_name: str, actor: User, now: datetime
) -> tuple[AgencyBill, bool]:
    """The agency's bill for a month. The second value: whether it is new; the same file again is the bill that is there.
    Raises BillRefused, and then nothing is left of the file.

    Call it last in a transaction: a later failure cannot take the file back."""
    stored = _stored(file)
    try:
        rows = read_bill(private_files.path_of(stored.name, folder=FOLDER))
    except BaseException:
        private_files.remove(stored)
        raise
    with kept_with_its_row(stored), transaction.atomic():
        # Settling locks the same row: a statement is made before or after the bill, not in between.
        agency = Agency.objects.select_for_update(no_key=True, of=("self",)).select_related("desk").get(pk=agency.pk)
        # Bills before their statement, as whoever disputes or answers takes them.
        bills = AgencyBill.objects.select_for_update(of=("self",)).filter(agency=agency, period=period)
        before = bills.order_by("-number").first()
        settlement = _statement(agency, period)
        if before is not None and before.sha256 == stored.sha256:
            private_files.remove(stored)
            return before, False
        if before is not None:
            _replace(before, settlement, now)
        bill = _write(
            agency, period, rows, stored, file_name, number=before.number + 1 if before else 1, actor=actor, now=now
        )
    return bill, True


def has_statement(bill: AgencyBill) -> bool:
    """Is there something to compare it with?"""
    return bill.agency.settlements.filter(period=bill.period).exists()


def compare(*, bill: AgencyBill, actor: User | None, now: datetime) -> AgencyBill:
    """Compare a bill with the statement of its month, for a job; one that is compared stays so. Raises BillRefused:
    replaced, or there is no statement yet."""
    with transaction.atomic():
        locked = AgencyBill.objects.select_for_update(of=("self",)).select_related("agency__desk").get(pk=bill.pk)
        if locked.settlement_id is not None:
            return locked
        if locked.replaced_at is not None:
            raise BillRefused(_("这份账单已被后来上传的替换，请打开最新的一份"))
        settlement = _statement(locked.agency, locked.period)
        if settlement is None:
            raise BillRefused(_("%(month)s 的结算单还没有生成，生成后再核对") % {"month": f"{locked.period:%Y-%m}"})
        _compare(locked, settlement, actor=actor, now=now)
    return locked


def _stored(file: BinaryIO) -> StoredFile:
    try:
        return private_files.write(file, folder=FOLDER, most_bytes=LARGEST_FILE)
    except FileTooLarge as error:
        raise BillRefused(_("文件超过 %(megabytes)s MB，没有保存") % {"megabytes": LARGEST_FILE >> 20}) from error
    except NoRoom as error:
        raise BillRefused(_("服务器的存储空间不足，文件没有保存。请联系系统管理员腾出空间，再上传一次")) from error


def _statement(agency: Agency, period: date) -> Settlement | None:
    """Held, so that it is not confirmed while a bill is replaced."""
    found: Settlement | None = agency.settlements.select_for_update(of=("self",)).filter(period=period).first()
    return found


def _replace(before: AgencyBill, settlement: Settlement | None, now: datetime) -> None:
    if settlement is not None and settlement.state != SettlementState.PROPOSED:
        raise BillRefused(
            _("结算单已是“%(state)s”，不能再替换机构账单；新的差异请以后月份的账单提出")
            % {"state": settlement.get_state_display()}
        )
    answered = BillAnswer.objects.filter(match__bill=before).count()
    if answered:
        raise BillRefused(
            _("第 %(number)s 份账单已有 %(count)s 项答复，不能再替换；新的差异请以后月份的账单提出")
            % {"number": before.number, "count": answered}
        )
    AgencyBill.objects.filter(pk=before.pk).update(replaced_at=now)


def _write(
    agency: Agency,
    period: date,
    rows: Sequence[Row],
    stored: StoredFile,
    file_name: str,
    *,
    number: int,
    actor: User,
    now: datetime,
) -> AgencyBill:
    bill = AgencyBill.objects.create(
        agency=agency,
        period=period,
        number=number,
        file_name=shown_name(file_name),
        stored_name=stored.name,
        sha256=stored.sha256,
        rows=len(rows),
        total=sum((row.fee for row in rows), ZERO),
        uploaded_by=actor,
        uploaded_at=now,
    )
    loans = _loans(agency, {row.contract_no for row in rows})
    copy_rows(
        table=BillLine._meta.db_table,
        columns=("bill_id", "number", "contract_no", "loan_id", "paid_on", "amount", "rate", "fee"),
        rows=(
            (
                bill.pk,
                row.number,
                row.contract_no,
                loans.get(row.contract_no),
                row.paid_on,
                row.amount,
                row.rate,
                row.fee,
            )
            for row in rows
        ),
    )
    audit.record(
        action="bill.uploaded",
        actor=actor,
        obj=bill,
        data={
            "agency": agency.desk.code, "period": period.isoformat(), "number": number, "rows": len(rows),
            "total": str(bill.total), "sha256": stored.sha256,
        },
    )  # fmt: skip
    return bill


_LOANS = """
    SELECT l.contract_no, l.id,
           EXISTS (SELECT FROM vendors_placement p WHERE p.loan_id = l.id AND p.agency_id = %(agency)s)
    FROM cases_loan l WHERE l.contract_no = ANY(%(numbers)s) ORDER BY l.id
"""


def _loans(agency: Agency, numbers: set[str]) -> dict[str, int]:
    """Contract number → loan: of several sources' the one that was placed with the agency, else the only one. One query."""
    placed: dict[str, int] = {}
    known: dict[str, set[int]] = {}
    for number, pk, is_placed in all_rows(_LOANS, {"agency": agency.pk, "numbers": sorted(numbers)}):
        known.setdefault(number, set()).add(pk)
        if is_placed:
            placed.setdefault(number, pk)
    return {number: next(iter(pks)) for number, pks in known.items() if len(pks) == 1} | placed


def _compare(bill: AgencyBill, settlement: Settlement, *, actor: User | None, now: datetime) -> None:
    matches = pair(gather.theirs_of(bill), gather.ours_of(settlement), gather.rates_of(settlement.versions))
    claims = [one for match in matches if match.kind == Kind.THEIRS for one in match.theirs]
    matches = explained(matches, gather.known_of(bill.agency, settlement, claims))
    bill.settlement, bill.compared_at = settlement, now
    bill.save(update_fields=["settlement", "compared_at"])
    _keep(bill, matches)
    counts: dict[str, int] = {}
    for match in matches:
        counts[match.kind.value] = counts.get(match.kind.value, 0) + 1
    difference = sum((match.difference for match in matches), ZERO)
    audit.record(action="bill.compared", actor=actor, obj=bill, data={"matches": counts, "difference": str(difference)})


def _keep(bill: AgencyBill, matches: Sequence[Match]) -> None:
    copy_rows(
        table=BillMatch._meta.db_table,
        columns=("bill_id", "number", "kind", "loan_id", "claimed", "ours", "difference", "reason", "params"),
        rows=(
            (bill.pk, number, match.kind.value, _loan(match), match.claimed, match.our_fee, match.difference, match.reason,
             json.dumps(dict(match.params), ensure_ascii=False))
            for number, match in enumerate(matches, start=1)
        ),
    )  # fmt: skip
    row_of = dict(bill.matches.values_list("number", "pk"))
    copy_rows(
        table=BillSide._meta.db_table,
        columns=("match_id", "bill_id", "theirs_id", "ours_id"),
        rows=(
            (row_of[number], bill.pk, theirs, ours)
            for number, match in enumerate(matches, start=1)
            for theirs, ours in _sides(match)
        ),
    )


def _sides(match: Match) -> Iterator[tuple[int | None, int | None]]:
    """Its lines (ids), of the agency's or of ours."""
    yield from ((one.line_id, None) for one in match.theirs)
    yield from ((None, line) for one in match.ours for line in one.line_ids)


def _loan(match: Match) -> int | None:
    return match.theirs[0].loan_id if match.theirs else match.ours[0].loan_id


def original_of(*, bill: AgencyBill, actor: User) -> Path | None:
    """Where the file lies, for somebody who takes it now, which is recorded. None: it is not there any more."""
    path = private_files.path_of(bill.stored_name, folder=FOLDER)
    if not path.is_file():
        return None
    with transaction.atomic():
        audit.record(action="bill.taken", actor=actor, obj=bill, data={"number": bill.number})
    return path
