"""Apply: freeze an agency's month, once, in one transaction.

`total` is what is owed, tax included (含税): the tax in it is total − total ÷ (1 + rate), half-up to the cent. A statement
keeps two hashes, over the facts and over the lines; `check` gathers again as it was known then and compares.
"""

import gc
import hashlib
import io
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice

from django.db import connection, transaction
from django.utils.translation import gettext as _
from psycopg2.errors import UniqueViolation

from collection_ops.core import clock
from collection_ops.core.clock import month_end
from collection_ops.core.models import User
from collection_ops.core.services import audit
from vendors.contracts.fees import tax_in
from vendors.contracts.terms import in_force
from vendors.models import Agency, LineState, SettledRepayment, Settlement
from vendors.settlement.decide import Facts, Kind, Line, Month, NoTerms, decide
from vendors.settlement.digest import facts_digest
from vendors.settlement.gather import GatherRefused, credited_once, facts_of, first_unsettled

CHARGED = (Kind.COMMISSION, Kind.CLAWBACK, Kind.NOT_TAKEN_BACK)
"""Lines that tell of a payment or of one that was taken back: once each, whichever agency."""


class SettleRefused(Exception):
    """The month cannot be settled; the sentence says what to do."""


@dataclass(frozen=True)
class Settled:
    """`is_new` False: it was settled before, and `same` says whether the same would come out again."""

    settlement: Settlement
    is_new: bool
    same: bool = True


@dataclass(frozen=True)
class Check:
    """What gathering again as it was known then gives: the two hashes, and whether they are those of the statement."""

    facts_digest: str
    digest: str
    same_facts: bool
    same_lines: bool

    @property
    def holds(self) -> bool:
        return self.same_facts and self.same_lines


def settle(*, agency: Agency, period: date, actor: User | None, now: datetime, credited: str = "") -> Settled:
    """The statement of the month that begins on `period`, as it is known `now`; the one that is there, if there is one.

    Raises SettleRefused: the month is not over, an earlier one comes first, no contract, money without a placement, money
    that another agency was paid for, nothing to settle.
    """
    _say_no_if_not_over(period, now)
    with _no_walks_over_lines(), transaction.atomic():
        # One settles at a time: later months build on earlier ones.
        agency = Agency.objects.select_for_update(no_key=True, of=("self",)).select_related("desk").get(pk=agency.pk)
        # Whoever approves terms locks their contract: the month is settled before or after, not in between.
        list(agency.contracts.select_for_update(no_key=True).order_by("pk").values_list("pk", flat=True))
        before = Settlement.objects.select_related("agency__desk").filter(agency=agency, period=period).first()
        if before is not None:
            return Settled(before, is_new=False, same=check(before).holds)
        earlier = first_unsettled(agency, period, now)
        if earlier is not None:
            raise SettleRefused(
                _("%(agency)s %(month)s 有回款但还没有结算，请先结算那个月")
                % {"agency": agency.name, "month": f"{earlier:%Y-%m}"}
            )
        facts = _facts(agency, period, now, credited)
        month = _decided(agency, facts)
        if not month.lines and not facts.placed:
            raise SettleRefused(
                _("%(agency)s %(month)s 没有在手委案、回款与扣款，不需要结算")
                % {"agency": agency.name, "month": f"{period:%Y-%m}"}
            )
        settlement = _freeze(agency, facts, month, actor, now)
        audit.record(
            action="settlement.made",
            actor=actor,
            obj=settlement,
            data={
                "agency": agency.desk.code, "period": period.isoformat(), "lines": len(month.lines),
                "total": str(settlement.total), "facts": settlement.facts_digest, "digest": settlement.digest,
            },
        )  # fmt: skip
    return Settled(settlement, is_new=True)


def settle_all(
    *, agencies: Iterable[Agency], period: date, actor: User | None, now: datetime
) -> list[tuple[Agency, Settled | SettleRefused]]:
    """Each of the agencies in a transaction of its own, with the reason for those that cannot be settled. Whose money each
    payment is, is asked once for all of them."""
    _say_no_if_not_over(period, now)
    told: list[tuple[Agency, Settled | SettleRefused]] = []
    with credited_once(period, now) as credited:
        for agency in agencies:
            try:
                told.append((agency, settle(agency=agency, period=period, actor=actor, now=now, credited=credited)))
            except SettleRefused as refused:
                told.append((agency, refused))
    return told


def check(settlement: Settlement) -> Check:
    """Gather and decide again, as it was known when the statement was made. Changes nothing.

    Facts that cannot be told any more (a placement that is gone) are no match."""
    try:
        with _no_walks_over_lines():
            facts = facts_of(settlement.agency, settlement.period, settlement.known_by)
            found, lines = facts_digest(facts), lines_digest(decide(facts).lines)
    except (GatherRefused, NoTerms):
        found = lines = ""
    return Check(found, lines, found == settlement.facts_digest, lines == settlement.digest)


def lines_digest(lines: Iterable[Line]) -> str:
    """SHA-256 over the lines in their order, as they are written down."""
    return hashlib.sha256("".join(map(_told, lines)).encode()).hexdigest()


@contextmanager
def _no_walks_over_lines() -> Iterator[None]:
    """Python's collector of cycles rests: lines make none, and it would walk a month of them again and again."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def _say_no_if_not_over(period: date, now: datetime) -> None:
    if clock.business_date(now) <= month_end(period):
        raise SettleRefused(_("%(month)s 还没有结束，下月 1 日起才能结算") % {"month": f"{period:%Y-%m}"})


def _facts(agency: Agency, period: date, now: datetime, credited: str) -> Facts:
    try:
        return facts_of(agency, period, now, credited=credited)
    except GatherRefused as refused:
        raise SettleRefused(f"{agency.name}：{refused}") from refused


def _decided(agency: Agency, facts: Facts) -> Month:
    try:
        return decide(facts)
    except NoTerms as missing:
        raise SettleRefused(
            _("%(agency)s 在 %(day)s 没有已批准的合同版本或适用的费率行，请先登记并批准合同")
            % {"agency": agency.name, "day": missing.day.isoformat()}
        ) from missing


LINES_AT_ONCE = 1_000
"""So many are made ready while the database writes those before: few enough that it never waits for long."""
_SIZE = 1 << 18
_PROPOSED = LineState.PROPOSED.value
_COLUMNS = (
    *("settlement_id", "number", "state", "kind", "repayment_id", "placement_id", "version", "row", "band", "amount"),
    *("rate", "base", "pieces", "event", "fee", "in_grace", "held_on", "of_line_id", "of_period"),
)


def _freeze(agency: Agency, facts: Facts, month: Month, actor: User | None, now: datetime) -> Settlement:
    closing = in_force(facts.versions, facts.last)
    assert closing is not None, "decide refuses a month without terms"
    total = month.total
    settlement = Settlement.objects.create(
        agency=agency,
        period=facts.period,
        known_by=now,
        versions=[one.version for one in facts.versions],
        score=facts.score,
        factor=month.paid.factor,
        cap=month.paid.cap,
        clawback_days=month.paid.clawback_days,
        commission=month.paid.commission,
        total=total,
        tax_rate=closing.tax_rate,
        tax=tax_in(total, closing.tax_rate),
        made_by=actor,
        made_at=now,
    )
    settlement.digest = _write(settlement.pk, month.lines)
    charged = sorted({line.repayment_id for line in month.lines if line.repayment_id and line.kind in CHARGED})
    with ThreadPoolExecutor(max_workers=1) as aside:
        hashing = aside.submit(facts_digest, facts)  # while the database writes
        _charge(settlement, charged)
        settlement.facts_digest = hashing.result()
    settlement.save(update_fields=["facts_digest", "digest"])
    return settlement


def _charge(settlement: Settlement, repayments: Sequence[int]) -> None:
    """That each payment was charged, in the order of ids, so that two who write wait for each other and never lock up."""
    # Numbers alone, of which copy_rows would ask cell by cell what they are.
    rows = io.StringIO("".join([f"{repayment}\t{settlement.pk}\n" for repayment in repayments]))
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.copy_expert("COPY vendors_settledrepayment (repayment_id, settlement_id) FROM STDIN", rows, _SIZE)
    except UniqueViolation as error:  # as the driver says it: nobody wraps what COPY raises
        raise SettleRefused(_charged_before(settlement, repayments)) from error


class _Rows:
    """Rows for COPY, made while the database writes those before."""

    def __init__(self, rows: Iterator[str]) -> None:
        self._rows = rows

    def read(self, _size: int) -> str:
        return "".join(islice(self._rows, LINES_AT_ONCE))


def _write(settlement: int, lines: Iterable[Line]) -> str:
    """All lines by COPY: nothing in them is a text of people, so that none needs to be escaped. Returns their digest."""
    digest = hashlib.sha256()

    def rows() -> Iterator[str]:
        for number, line in enumerate(lines, start=1):
            told = _told(line)
            digest.update(told.encode())
            yield f"{settlement}\t{number}\t{_PROPOSED}\t{told}"

    columns = ", ".join(f'"{column}"' for column in _COLUMNS)
    with connection.cursor() as cursor:
        # By position: the cursor that writes queries down knows no names.
        cursor.copy_expert(
            f"COPY vendors_settlementline ({columns}) FROM STDIN WITH (FORMAT text, NULL 'None')", _Rows(rows()), _SIZE
        )
    return digest.hexdigest()


def _told(line: Line) -> str:
    """A line as it is written down, without where it stands."""
    kind, fee, amount, rate, repayment, placement, version, row, band, base, pieces, event, of, month, grace, held = (
        line
    )
    # !s: text as it is, without asking for a format, of a million lines.
    return (
        f"{kind!s}\t{repayment}\t{placement}\t{version}\t{row}\t{band}\t{amount!s}\t{rate!s}\t{base!s}\t{pieces}"
        f"\t{event!s}\t{fee!s}\t{grace!s}\t{held!s}\t{of}\t{month!s}\n"
    )


def _charged_before(settlement: Settlement, repayments: Sequence[int]) -> str:
    """The sentence for money that somebody was paid for already."""
    before = SettledRepayment.objects.filter(repayment_id__in=repayments).exclude(settlement=settlement)
    count, row = (
        before.count(),
        before.select_related("settlement__agency", "repayment").order_by("repayment_id").first(),
    )
    if row is None:
        return _("有还款正被另一张结算单计费，请稍后再试")
    return _("有 %(count)s 笔还款已在 %(agency)s %(month)s 的结算单中计费(如合同 %(number)s)，请先核对案件归属") % {
        "count": count,
        "agency": row.settlement.agency.name,
        "month": f"{row.settlement.period:%Y-%m}",
        "number": f"***{row.repayment.contract_no[-4:]}",
    }
