"""A statement after it was made: lines are accepted or disputed, the vendor manager confirms, finance approves and pays.

What is payable is the total less the lines that are still disputed when finance approves; a dispute that is settled later is
a correction in a later month. The row of the statement is locked first by everybody, so of two one acts and the other is
told.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import Q, Sum
from django.utils.translation import gettext as _

from collection_ops.core.models import User
from collection_ops.core.money import ZERO
from collection_ops.core.services import audit
from vendors.accruals.reversal import take_back
from vendors.models import DisputeResolution, LineDispute, LineState, Settlement, SettlementLine, SettlementState


class StateRefused(Exception):
    """The step cannot be taken; the sentence says why and what to do."""


@dataclass(frozen=True)
class Objection:
    """What an agency says against a line; `claimed` in yuan, None where it only objects."""

    reason: str
    evidence: str = ""
    claimed: Decimal | None = None


def withheld(settlement: Settlement) -> Decimal:
    """Fees of the lines that are not paid with the statement, because they are (or were, when it was approved) disputed."""
    disputes = LineDispute.objects.filter(line__settlement=settlement).filter(still_open(settlement.approved_at))
    found: Decimal | None = disputes.aggregate(found=Sum("line__fee"))["found"]
    return found or ZERO


def still_open(approved_at: datetime | None) -> Q:
    """Of disputes: not settled by then (None: not settled by now)."""
    return Q(resolved_at__isnull=True) | (Q(resolved_at__gt=approved_at) if approved_at else Q(pk__in=[]))


def payable(settlement: Settlement) -> Decimal:
    """Yuan, tax included."""
    return settlement.total - withheld(settlement)


# Lines -------------------------------------------------------------------------------------------------------------


def accept(*, settlement: Settlement, lines: Collection[int] | None, actor: User, now: datetime) -> int:
    """The agency has no objection to these lines (ids), or, None, to all that nothing was said of. How many moved."""
    with transaction.atomic():
        locked = _locked(settlement, SettlementState.PROPOSED)
        wanted = SettlementLine.objects.filter(settlement=locked, state=LineState.PROPOSED)
        if lines is not None:
            wanted = wanted.filter(pk__in=list(lines))
        moved: int = wanted.update(state=LineState.ACCEPTED)
        if not moved:
            raise StateRefused(_("没有待确认的明细；可能别人刚确认过，请刷新页面"))
        audit.record(action="settlement.accepted", actor=actor, obj=locked, data={"lines": moved})
    return moved


def dispute(*, line: SettlementLine, objection: Objection, actor: User, now: datetime) -> LineDispute:
    """The agency objects to a line, before the statement is confirmed. Once a line."""
    if not objection.reason.strip():
        raise StateRefused(_("请写明争议理由"))
    with transaction.atomic():
        settlement = _locked(line.settlement, SettlementState.PROPOSED)
        row = SettlementLine.objects.select_for_update().get(pk=line.pk)
        if row.state not in (LineState.PROPOSED, LineState.ACCEPTED):
            raise StateRefused(_("第 %(number)s 行已提过争议，一行只处理一次") % {"number": row.number})
        found = LineDispute.objects.create(
            line=row,
            reason=objection.reason.strip()[:200],
            evidence=objection.evidence.strip(),
            claimed=objection.claimed,
            disputed_by=actor,
            disputed_at=now,
        )
        row.state = LineState.DISPUTED
        row.save(update_fields=["state"])
        claimed = None if objection.claimed is None else str(objection.claimed)
        audit.record(
            action="settlement.disputed",
            actor=actor,
            obj=settlement,
            data={"line": row.number, "fee": str(row.fee), "claimed": claimed},
            reason=found.reason,
        )
    return found


def dispute_many(
    *, settlement: Settlement, objections: Mapping[int, Objection], actor: User, now: datetime
) -> list[LineDispute]:
    """Objections to several lines (by id) at once, as comparing the agency's bill gives them. A line that was disputed
    before keeps that dispute; the new ones are returned. Refused where none is left."""
    with transaction.atomic():
        locked = _locked(settlement, SettlementState.PROPOSED)
        rows = list(
            SettlementLine.objects.select_for_update()
            .filter(settlement=locked, pk__in=list(objections), state__in=[LineState.PROPOSED, LineState.ACCEPTED])
            .order_by("number")
        )
        if not rows:
            raise StateRefused(_("这些行都已提过争议，一行只处理一次"))
        found = LineDispute.objects.bulk_create(
            LineDispute(
                line=row,
                reason=objections[row.pk].reason.strip()[:200],
                evidence=objections[row.pk].evidence.strip(),
                claimed=objections[row.pk].claimed,
                disputed_by=actor,
                disputed_at=now,
            )
            for row in rows
        )
        SettlementLine.objects.filter(pk__in=[row.pk for row in rows]).update(state=LineState.DISPUTED)
        claimed = sum((one.claimed for one in found if one.claimed is not None), ZERO)
        audit.record(
            action="settlement.disputed",
            actor=actor,
            obj=locked,
            data={
                "lines": [row.number for row in rows[:100]], "count": len(rows),
                "fee": str(sum((row.fee for row in rows), ZERO)), "claimed": str(claimed),
            },
        )  # fmt: skip
    return found


def resolve(
    *, line: SettlementLine, resolution: str, agreed: Decimal | None, note: str, actor: User, now: datetime
) -> LineDispute:
    """What the two came to. Upheld: the fee that the agency claimed; rejected: ours; else `agreed` (yuan). The line keeps
    its figure, the difference comes in a later month."""
    if not note.strip():
        raise StateRefused(_("请写明处理说明"))
    with transaction.atomic():
        settlement = _locked(line.settlement)
        found = LineDispute.objects.select_for_update(of=("self",)).select_related("line").filter(line=line).first()
        if found is None or found.resolution:
            raise StateRefused(_("这一行没有待处理的争议；可能别人刚处理过，请刷新页面"))
        found.resolution = resolution
        found.agreed = _agreed(found, resolution, agreed)
        found.resolved_by, found.resolved_at, found.resolution_note = actor, now, note.strip()[:400]
        found.save(update_fields=["resolution", "agreed", "resolved_by", "resolved_at", "resolution_note"])
        SettlementLine.objects.filter(pk=line.pk).update(state=LineState.RESOLVED)
        audit.record(
            action="settlement.resolved",
            actor=actor,
            obj=settlement,
            data={"line": found.line.number, "fee": str(found.line.fee), "agreed": str(found.agreed), "as": resolution},
            reason=found.resolution_note,
        )
    return found


def _agreed(found: LineDispute, resolution: str, agreed: Decimal | None) -> Decimal:
    if resolution == DisputeResolution.REJECTED:
        return found.line.fee
    if resolution == DisputeResolution.UPHELD and found.claimed is not None:
        return found.claimed
    if agreed is None:
        raise StateRefused(_("请填写双方确认的金额"))
    return agreed


# The statement -----------------------------------------------------------------------------------------------------


def confirm(*, settlement: Settlement, accept_rest: bool, actor: User, now: datetime) -> Settlement:
    """The vendor manager has been through it with the agency. `accept_rest`: that accepted all it did not dispute."""
    with transaction.atomic():
        locked = _locked(settlement, SettlementState.PROPOSED)
        waiting = SettlementLine.objects.filter(settlement=locked, state=LineState.PROPOSED)
        accepted = waiting.update(state=LineState.ACCEPTED) if accept_rest else 0
        if not accept_rest and (count := waiting.count()):
            raise StateRefused(
                _("还有 %(count)s 行待确认；机构已整单确认的，请勾选“其余明细机构均已确认”") % {"count": count}
            )
        locked.state, locked.confirmed_by, locked.confirmed_at = SettlementState.CONFIRMED, actor, now
        locked.save(update_fields=["state", "confirmed_by", "confirmed_at"])
        audit.record(action="settlement.confirmed", actor=actor, obj=locked, data={"accepted": accepted})
    return locked


def send_back(*, settlement: Settlement, reason: str, actor: User, now: datetime) -> Settlement:
    """Finance does not approve it yet: it is the vendor manager's again, who answers the reason."""
    if not reason.strip():
        raise StateRefused(_("请写明退回原因"))
    with transaction.atomic():
        locked = _locked(settlement, SettlementState.CONFIRMED)
        locked.state, locked.confirmed_by, locked.confirmed_at = SettlementState.PROPOSED, None, None
        locked.save(update_fields=["state", "confirmed_by", "confirmed_at"])
        audit.record(action="settlement.returned", actor=actor, obj=locked, reason=reason.strip())
    return locked


def approve(*, settlement: Settlement, actor: User, now: datetime) -> Settlement:
    """Finance approves what is payable; from now on the database keeps the statement as it is. What was accrued for the
    month is taken back."""
    with transaction.atomic():
        locked = _locked(settlement, SettlementState.CONFIRMED)
        if locked.confirmed_by_id == actor.pk:
            raise StateRefused(_("核对与批准须为两人，您核对过这张结算单"))
        locked.state, locked.approved_by, locked.approved_at = SettlementState.APPROVED, actor, now
        locked.save(update_fields=["state", "approved_by", "approved_at"])
        audit.record(
            action="settlement.approved",
            actor=actor,
            obj=locked,
            data={"total": str(locked.total), "payable": str(payable(locked))},
        )
        take_back(settlement=locked, actor=actor, now=now)
    return locked


def pay(
    *, settlement: Settlement, reference: str, paid_on: date, today: date, actor: User, now: datetime
) -> Settlement:
    """The money has left: the bank's reference and its day."""
    if not reference.strip():
        raise StateRefused(_("请填写付款流水号"))
    if paid_on > today:
        raise StateRefused(_("付款日期不能晚于今天"))
    with transaction.atomic():
        locked = _locked(settlement, SettlementState.APPROVED)
        locked.state, locked.paid_on, locked.payment_reference = SettlementState.PAID, paid_on, reference.strip()[:64]
        locked.save(update_fields=["state", "paid_on", "payment_reference"])
        audit.record(
            action="settlement.paid",
            actor=actor,
            obj=locked,
            data={"payable": str(payable(locked)), "paid_on": paid_on.isoformat(), "reference": reference.strip()[:64]},
        )
    return locked


def _locked(settlement: Settlement, wanted: SettlementState | None = None) -> Settlement:
    """The row, held; refused where it is not in the state that the step begins from."""
    row: Settlement = Settlement.objects.select_for_update(of=("self",)).select_related("agency").get(pk=settlement.pk)
    if wanted is not None and row.state != wanted:
        raise StateRefused(
            _("%(what)s 现在是“%(state)s”，不能做这一步；可能别人刚处理过，请刷新页面")
            % {"what": f"{row.agency.name} {row.period:%Y-%m}", "state": row.get_state_display()}
        )
    return row
