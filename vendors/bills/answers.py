"""What is done with differences: those of both sides become disputes of the statement, the agency's own are answered.

What is answered with «paid» comes as a correction of the next statement, which finance approves like any other line.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from collection_ops.core.models import User
from collection_ops.core.money import ZERO, split
from collection_ops.core.services import audit
from vendors.bills.reasons import COUNTED, WAITS
from vendors.bills.wording import Explained
from vendors.models import (
    AgencyBill,
    AnswerResolution,
    BillAnswer,
    BillMatch,
    BillSide,
    LineState,
    MatchKind,
    Placement,
    SettlementLine,
    SettlementState,
)
from vendors.settlement.states import Objection, StateRefused, dispute_many

BOTH_SIDES = (MatchKind.AMOUNT, MatchKind.RATE, MatchKind.ROUNDING)
"""Classes that can be disputed whole: both have the line and reckon otherwise. Of what only we have, deductions too."""


class AnswerRefused(Exception):
    """Nothing was done; the sentence says why and what to do."""


@dataclass(frozen=True)
class Chosen:
    """Matches by number, or all of a class."""

    numbers: Collection[int] = ()
    kind: str = ""

    def of(self, bill: AgencyBill) -> QuerySet[BillMatch]:
        found = BillMatch.objects.filter(bill=bill).order_by("number")
        return found.filter(kind=self.kind) if self.kind else found.filter(number__in=list(self.numbers))


def dispute_chosen(*, bill: AgencyBill, chosen: Chosen, actor: User, now: datetime) -> int:
    """Open a dispute on every line of ours in the chosen matches that has none yet; how many. Raises AnswerRefused."""
    with transaction.atomic():
        locked = _compared(bill)
        settlement = locked.settlement
        assert settlement is not None, "a compared bill has its statement"
        if settlement.state != SettlementState.PROPOSED:
            raise AnswerRefused(_too_late(settlement.state))
        matches = [one for one in chosen.of(locked) if _can_be_disputed(one)]
        if not matches:
            raise AnswerRefused(_("所选的没有可提争议的明细：一致的、仅机构有的，以及机构没有列示的回款不提争议"))
        try:
            made = dispute_many(settlement=settlement, objections=_objections(matches), actor=actor, now=now)
        except StateRefused as refused:
            raise AnswerRefused(str(refused)) from refused
        audit.record(
            action="bill.disputed",
            actor=actor,
            obj=locked,
            data={"lines": len(made), "class": chosen.kind, "matches": [one.number for one in matches[:100]]},
        )
    return len(made)


def answer_chosen(
    *,
    bill: AgencyBill,
    chosen: Chosen,
    resolution: str,
    agreed: Decimal | None,
    note: str,
    actor: User,
    now: datetime,
) -> int:
    """Answer what only the agency has: rejected with the reason, or to be paid with the next statement, by default what it
    claims; `agreed` (yuan) for a single one. How many were answered. Raises AnswerRefused."""
    if not note.strip():
        raise AnswerRefused(_("请写明答复说明"))
    with transaction.atomic():
        locked = _compared(bill)
        wanted = chosen.of(locked).filter(kind=MatchKind.THEIRS, answer__isnull=True)
        matches = list(wanted)
        if not matches:
            raise AnswerRefused(_("所选的没有待答复的项目：只有“仅机构有”的、还没有答复的可以答复"))
        if agreed is not None and len(matches) > 1:
            raise AnswerRefused(_("补付金额只能逐项填写；多项一起补付时留空，按机构主张支付"))
        is_paid = resolution == AnswerResolution.PAID
        if is_paid:
            _check_paid(matches, agreed)
        placements = _placements(locked, matches) if is_paid else {}
        BillAnswer.objects.bulk_create(
            BillAnswer(
                match=one,
                resolution=resolution,
                agreed=(one.claimed if agreed is None else agreed) if is_paid else ZERO,
                placement_id=placements.get(one.loan_id or 0),
                note=note.strip()[:400],
                answered_by=actor,
                answered_at=now,
            )
            for one in matches
        )
        paid = (sum((one.claimed for one in matches), ZERO) if agreed is None else agreed) if is_paid else ZERO
        audit.record(
            action="bill.answered",
            actor=actor,
            obj=locked,
            data={
                "as": resolution,
                "items": [one.number for one in matches[:100]],
                "count": len(matches),
                "agreed": str(paid),
            },
            reason=note.strip()[:200],
        )
    return len(matches)


def _compared(bill: AgencyBill) -> AgencyBill:
    """The bill, held; refused where it is not the one that counts, or was compared with nothing yet."""
    row: AgencyBill = (
        AgencyBill.objects.select_for_update(of=("self",)).select_related("settlement__agency").get(pk=bill.pk)
    )
    if row.replaced_at is not None:
        raise AnswerRefused(_("这份账单已被后来上传的替换，请打开最新的一份"))
    if row.settlement_id is None:
        raise AnswerRefused(_("账单还没有与结算单核对"))
    return row


def _too_late(state: str) -> str:
    if state == SettlementState.CONFIRMED:
        return _("结算单已核对、待财务批准，不能再提争议；请财务退回后再提")
    return _("结算单已批准，不能再提争议；请机构在下月账单中提出，商定的差额在以后月份补付")


def _can_be_disputed(match: BillMatch) -> bool:
    return match.kind in BOTH_SIDES or (match.kind == MatchKind.OURS and match.ours < 0)


def _objections(matches: Sequence[BillMatch]) -> dict[int, Objection]:
    """Line → objection. Of a match with several lines the difference is split by their amounts, to the cent."""
    words = Explained(matches)
    found: dict[int, Objection] = {}
    lines: dict[int, list[SettlementLine]] = {}
    rows: dict[int, list[int]] = {}
    sides = BillSide.objects.filter(match__in=[one.pk for one in matches]).select_related("ours", "theirs")
    for side in sides.order_by("match_id", "pk"):
        if side.ours is not None and side.ours.state in (LineState.PROPOSED, LineState.ACCEPTED):
            lines.setdefault(side.match_id, []).append(side.ours)
        if side.theirs is not None:
            rows.setdefault(side.match_id, []).append(side.theirs.number)
    for match in matches:
        open_lines = lines.get(match.pk, [])
        if not open_lines:
            continue
        weights = [abs(line.amount) for line in open_lines]
        parts = split(match.difference, weights if any(weights) else [1] * len(open_lines))
        at = rows.get(match.pk, [])
        evidence = _("机构账单第 %(rows)s 行") % {"rows": ", ".join(map(str, at[:10]))} if at else ""
        reason = words.of(match)[:200]
        found |= {
            line.pk: Objection(reason, evidence, line.fee + part) for line, part in zip(open_lines, parts, strict=True)
        }
    return found


def _check_paid(matches: Sequence[BillMatch], agreed: Decimal | None) -> None:
    """Refuses what would be paid twice, or is nothing."""
    for one in matches:
        if one.reason in WAITS:
            raise AnswerRefused(
                _("第 %(number)s 项的还款会自动计入以后月份，补付会付两次；请以“不予支付”答复并说明")
                % {"number": one.number}
            )
        if one.reason in COUNTED:
            raise AnswerRefused(_("第 %(number)s 项的还款已经计费，不能再补付") % {"number": one.number})
        if (one.claimed if agreed is None else agreed) == 0:
            raise AnswerRefused(_("第 %(number)s 项的补付金额为 0") % {"number": one.number})


def _placements(bill: AgencyBill, matches: Sequence[BillMatch]) -> dict[int, int]:
    """Loan → its last placement with the agency. One query."""
    loans = {one.loan_id for one in matches if one.loan_id is not None}
    found = Placement.objects.filter(agency=bill.agency_id, loan__in=loans).order_by("placed_on", "pk")
    return dict(found.values_list("loan_id", "pk"))
