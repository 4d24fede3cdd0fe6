"""Reasons not to collect from a person: placing, proving, renewing, lifting. Who may lift which: cases/hold_rules."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from django.db import IntegrityError, connection, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.hold_rules import LIFT_PROTECTED, MAX_RENEWALS, PAUSE_DAYS, PLACE, rule_of
from cases.models import Case, Debtor, Hold, HoldRenewal, HoldType, Loan
from collection_ops.core import clock
from collection_ops.core.access import has, users_with
from collection_ops.core.models import User
from collection_ops.core.money import round_money
from collection_ops.core.services import audit
from collection_ops.core.services.notifications import notify

_IN_TURN = "SELECT pg_advisory_xact_lock(hashtextextended('cases_hold', %s))"
# As many single locks as a ledger has people would not fit into the lock table. Whoever reads holds does not wait.
_ALL_IN_TURN = "LOCK TABLE cases_hold IN SHARE ROW EXCLUSIVE MODE"
_ONLY_COMPLIANCE = gettext_lazy("“%(type)s”只能由合规解除")


class HoldRefused(Exception):
    """The hold cannot be placed, changed or lifted; the sentence says why, `field` of which entry (or nothing)."""

    def __init__(self, sentence: str, field: str = "") -> None:
        super().__init__(sentence)
        self.field = field


def after_day(day: date) -> datetime:
    """The moment at which a hold through `day` ends: the first of the next day. («至 6 月 30 日» holds on 30 June.)"""
    return timezone.make_aware(datetime.combine(day + timedelta(days=1), time.min))


def last_day_of(hold: Hold) -> date | None:
    """The last day on which the hold is in force; None while it has no end."""
    return None if hold.ends_at is None else clock.business_date(hold.ends_at - timedelta(microseconds=1))


def place_hold(
    *,
    debtor: Debtor,
    type: HoldType | str,
    reason: str,
    actor: User | None,
    now: datetime,
    since: datetime | None = None,
    ends_at: datetime | None = None,
    proof: str = "",
    accused: User | None = None,
    accused_org: str = "",
    accused_channel: str = "",
    loan: Loan | None = None,
    amount: Decimal | None = None,
) -> Hold:
    """Stop collecting from `debtor` from `since` (by default now) until `ends_at`, a moment that is not in it any more
    (None: until it is lifted; a pause then ends after PAUSE_DAYS). Without `proof` it is unproven.
    A dispute is about `amount` (yuan) of one `loan` of the debtor.

    Raises HoldRefused: no reason, an end before the beginning or beyond what a pause may last, a dispute about nothing or
    about more than is owed, another of the type at the same time.
    """
    kind, rule, begins = HoldType(type), rule_of(type), since or now
    if actor is not None and not has(actor, PLACE):
        raise HoldRefused(_("您没有登记停催的权限"))
    if not reason.strip():
        raise HoldRefused(_("请写明停催的原因"), "reason")
    if ends_at is not None and ends_at <= begins:
        raise HoldRefused(_("停催的结束时间须在开始之后"), "ends_at")
    if rule.pauses:
        ends_at = _pause_end(begins, ends_at)
    disputed = _disputed(debtor, loan, amount) if kind == HoldType.DISPUTE else None
    try:
        with transaction.atomic():
            _in_turn(debtor.pk)
            hold = Hold.objects.create(
                debtor=debtor,
                type=kind,
                since=begins,
                ends_at=ends_at,
                proven=bool(proof.strip()),
                proof=proof.strip()[:200],
                reason=reason.strip()[:200],
                accused=accused,
                accused_org=accused_org,
                accused_channel=accused_channel,
                loan=loan if disputed is not None else None,
                amount=disputed,
                placed_by=actor,
                placed_at=now,
            )
            audit.record(action="hold.placed", actor=actor, obj=hold, data={"debtor": debtor.pk, "type": str(kind)})
            if rule.told:
                people = users_with(rule.lifted_by)
                notify(
                    users=people.exclude(pk=actor.pk) if actor is not None else people,
                    kind=rule.told,
                    params={"who": str(actor or _("系统"))},
                    url=reverse("cases:hold", args=[hold.pk]),
                    level="warning",
                )
    except IntegrityError as overlaps:
        raise HoldRefused(_("这个客户在这段时间已有同类停催")) from overlaps
    return hold


@dataclass(frozen=True)
class Accused:
    """A hold that a complaint asks for: of whom, against whom (nobody in particular when both are empty)."""

    debtor_id: int
    user_id: int | None = None
    org: str = ""


def place_complaint_holds(*, wanted: Mapping[Accused, str], now: datetime) -> dict[Accused, Hold]:
    """The hold in force for each of them, placed by the system with the reason given where there is none: what `place_hold`
    does one by one, in a few statements for thousands. In the caller's transaction."""
    debtors = sorted({one.debtor_id for one in wanted})
    with connection.cursor() as cursor:
        cursor.execute(_ALL_IN_TURN)
    in_force = Hold.objects.in_force(now).filter(debtor_id__in=debtors, type=HoldType.COMPLAINT, accused_channel="")
    found = {Accused(hold.debtor_id, hold.accused_id, hold.accused_org): hold for hold in in_force.order_by("-pk")}
    placed = Hold.objects.bulk_create(
        [
            Hold(
                debtor_id=one.debtor_id,
                type=HoldType.COMPLAINT,
                since=now,
                proven=False,
                reason=reason[:200],
                accused_id=one.user_id,
                accused_org=one.org,
                placed_at=now,
            )
            for one, reason in wanted.items()
            if one not in found
        ],
        batch_size=1_000,
    )
    audit.record_each(
        action="hold.placed",
        actor=None,
        objects=[(hold, {"debtor": hold.debtor_id, "type": str(HoldType.COMPLAINT)}) for hold in placed],
    )
    found |= {Accused(hold.debtor_id, hold.accused_id, hold.accused_org): hold for hold in placed}
    return {one: found[one] for one in wanted}


def lift_complaint_holds(*, holds: Collection[int], reason: str, now: datetime) -> int:
    """End these holds (ids) that are in force, by the system; how many. In the caller's transaction."""
    lifted = list(
        Hold.objects.in_force(now).filter(pk__in=holds, type=HoldType.COMPLAINT).order_by("pk").select_for_update()
    )
    Hold.objects.filter(pk__in=[hold.pk for hold in lifted]).update(ends_at=now, lift_reason=reason[:200])
    return audit.record_each(
        action="hold.lifted", actor=None, objects=[(hold, {"type": hold.type}) for hold in lifted], reason=reason
    )


def lift_hold(*, hold: Hold, reason: str, actor: User | None, now: datetime) -> Hold:
    """End a hold now; one that has not begun yet never does. Raises HoldRefused without a reason, when it has ended, and for
    somebody who may not lift it (the system itself may)."""
    if not reason.strip():
        raise HoldRefused(_("请写明解除停催的原因"), "reason")
    refuse_lifting(hold, actor)
    with transaction.atomic():
        locked = _going_on(hold, now)
        locked.ends_at, locked.lifted_by, locked.lift_reason = max(now, locked.since), actor, reason.strip()[:200]
        locked.save(update_fields=["ends_at", "lifted_by", "lift_reason"])
        audit.record(action="hold.lifted", actor=actor, obj=locked, data={"type": locked.type}, reason=reason)
    return locked


def lift_by_program(*, hold: Hold, reason: str, now: datetime) -> Hold:
    """Another system ends a hold. What protects a person is the compliance officer's to lift, never a program's. Raises
    HoldRefused."""
    if rule_of(hold.type).lifted_by == LIFT_PROTECTED:
        raise HoldRefused(str(_ONLY_COMPLIANCE) % {"type": hold.get_type_display()})
    return lift_hold(hold=hold, reason=reason, actor=None, now=now)


def refuse_lifting(hold: Hold, actor: User | None) -> None:
    """Raises HoldRefused where `actor` may not lift or renew this hold. Pages ask the same before they show a button."""
    rule = rule_of(hold.type)
    if actor is None:
        return
    if not has(actor, rule.lifted_by):
        if rule.lifted_by == LIFT_PROTECTED:
            raise HoldRefused(str(_ONLY_COMPLIANCE) % {"type": hold.get_type_display()})
        raise HoldRefused(_("停催须由主管或合规解除"))
    if not rule.own_lift and hold.placed_by_id == actor.pk:
        raise HoldRefused(_("自己登记的“%(type)s”须由另一人解除") % {"type": hold.get_type_display()})


def renew_hold(*, hold: Hold, last_day: date, reason: str, actor: User | None, now: datetime) -> Hold:
    """Give a pause that is in force more time, through `last_day`. Raises HoldRefused: not a pause, ended already, renewed
    too often, no later day, or beyond PAUSE_DAYS from the present end."""
    if not rule_of(hold.type).pauses:
        raise HoldRefused(_("只有重大疾病、自然灾害、特殊困难的暂停可以延长"))
    if not reason.strip():
        raise HoldRefused(_("请写明延长的原因"), "reason")
    refuse_lifting(hold, actor)
    with transaction.atomic():
        locked = _going_on(hold, now)
        before = locked.ends_at
        if before is None:
            raise HoldRefused(_("这项停催没有结束时间，不需要延长"))
        most = MAX_RENEWALS.on(clock.business_date(now))
        if locked.renewals.count() >= most:
            raise HoldRefused(_("已延长 %(count)s 次，不能再延长；请重新评估客户的情况") % {"count": most})
        ends_at = after_day(last_day)
        if ends_at <= before:
            raise HoldRefused(_("延长后的日期须晚于现在的结束日期"), "ends_at")
        ends_at = _pause_end(before, ends_at)
        locked.ends_at = ends_at
        try:
            with transaction.atomic():
                _in_turn(locked.debtor_id)
                locked.save(update_fields=["ends_at"])
        except IntegrityError as overlaps:
            raise HoldRefused(_("这个客户在这段时间已有同类停催"), "ends_at") from overlaps
        HoldRenewal.objects.create(
            hold=locked, ended_at=before, ends_at=ends_at, reason=reason.strip()[:200], renewed_by=actor, renewed_at=now
        )
        audit.record(
            action="hold.renewed",
            actor=actor,
            obj=locked,
            data={"type": locked.type, "from": before.isoformat(), "to": ends_at.isoformat()},
            reason=reason,
        )
    return locked


def prove_hold(*, hold: Hold, proof: str, actor: User, now: datetime) -> Hold:
    """There is a paper now (what it is called, its number). Raises HoldRefused: none named, proven already, or ended."""
    if not proof.strip():
        raise HoldRefused(_("请填写凭证的名称或编号"), "proof")
    with transaction.atomic():
        locked = _going_on(hold, now)
        if locked.proven:
            raise HoldRefused(_("这项停催已有凭证"))
        locked.proven, locked.proof = True, proof.strip()[:200]
        locked.save(update_fields=["proven", "proof"])
        audit.record(action="hold.proven", actor=actor, obj=locked, data={"type": locked.type})
    return locked


def _in_turn(debtor_id: int) -> None:
    """Whoever changes a person's holds waits here for the one before, until the transaction ends. Without it two who
    write overlapping holds at once wait for each other at the exclusion constraint, and one is ended as a deadlock."""
    with connection.cursor() as cursor:
        cursor.execute(_IN_TURN, [debtor_id])


def _going_on(hold: Hold, now: datetime) -> Hold:
    """The row, locked until the transaction ends. Raises HoldRefused when it has ended."""
    locked = Hold.objects.select_for_update(of=("self",)).get(pk=hold.pk)
    if locked.ends_at is not None and locked.ends_at <= now:
        raise HoldRefused(_("这项停催已经结束"))
    return locked


def _pause_end(begins: datetime, ends_at: datetime | None) -> datetime:
    """When a pause (or its renewal) that begins then ends. Raises HoldRefused beyond the most days."""
    first = clock.business_date(begins)
    days = PAUSE_DAYS.on(first)
    latest = after_day(first + timedelta(days=days))
    if ends_at is None:
        return after_day(first + timedelta(days=days - 1))
    if ends_at > latest:
        raise HoldRefused(
            _("一次最多暂停 %(days)s 天，到期后可以延长") % {"days": days},
            "ends_at",
        )
    return ends_at


def _disputed(debtor: Debtor, loan: Loan | None, amount: Decimal | None) -> Decimal:
    """The disputed part, checked against what the loan owes."""
    if loan is None or loan.debtor_id != debtor.pk:
        raise HoldRefused(_("请选择有异议的合同"), "loan")
    if amount is None or amount <= 0:
        raise HoldRefused(_("请填写有异议的金额"), "amount")
    owed = Case.objects.open().filter(loan=loan).values_list("total", flat=True).first()
    if owed is None:
        raise HoldRefused(_("这份合同没有未结案件，没有可以争议的欠款"), "loan")
    if amount > owed:
        raise HoldRefused(_("争议金额不能超过欠款 %(owed)s 元") % {"owed": f"{owed:,.2f}"}, "amount")
    return round_money(amount)
