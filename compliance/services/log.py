"""Telling what came of a contact. What happened is never refused: what was against a rule is kept and marked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from cases.models import Case, ContactPoint
from collection_ops.core.models import User
from collection_ops.core.services import audit
from compliance.gate import hold_debtor, hold_debtors
from compliance.models import AttemptState, ContactAttempt
from compliance.models.attempt import Outcome
from compliance.services.breaches import recount

LATEST_START = timedelta(minutes=1)
"""Clocks differ; a contact that begins later than this from now has not taken place."""


class LogRefused(Exception):
    """The entry cannot be right as it stands; the sentence says what to do. Nothing was changed."""


def close_attempt(
    *,
    attempt: ContactAttempt,
    result: str,
    actor: User | None,
    now: datetime,
    started_at: datetime | None = None,
    ended_at: datetime | None = None,
    note: str = "",
) -> ContactAttempt:
    """Tell what came of an allowed contact. Without `started_at` it began when the gate was asked.

    A second telling with the same result changes nothing. Raises LogRefused for another one, for a cancelled attempt and
    for times that cannot be.
    """
    with transaction.atomic():
        hold_debtor(attempt.debtor_id)
        locked = ContactAttempt.objects.select_for_update(of=("self",)).get(pk=attempt.pk)
        if locked.state == AttemptState.CANCELLED:
            raise LogRefused(_("这次联系已标记为未拨出，不能再记录结果；请重新发起"))
        if locked.state == AttemptState.CLOSED:
            if locked.result != result:
                raise LogRefused(_("这次联系已经记录为“%(result)s”") % {"result": locked.get_result_display()})
            return locked
        begun = started_at or locked.opened_at
        _check(result, begun, ended_at, now)
        if begun < locked.opened_at - LATEST_START:
            raise LogRefused(_("开始时间早于判定时间；判定之前的联系请补录"))
        locked.state, locked.result, locked.note = AttemptState.CLOSED, result, note[:1000]
        locked.started_at, locked.ended_at, locked.closed_at = begun, ended_at, now
        locked.save(update_fields=["state", "result", "note", "started_at", "ended_at", "closed_at"])
        audit.record(
            action="contact.recorded",
            actor=actor,
            obj=locked.case,
            data={"attempt": locked.pk, "channel": locked.channel, "result": result},
        )
        recount(debtor_id=locked.debtor_id, since=begun, now=now)
    return locked


def cancel_attempt(*, attempt: ContactAttempt, actor: User | None, now: datetime) -> ContactAttempt:
    """Nobody was contacted after all: the attempt counts for nothing. Raises LogRefused when its result is there."""
    with transaction.atomic():
        hold_debtor(attempt.debtor_id)
        locked = ContactAttempt.objects.select_for_update(of=("self",)).get(pk=attempt.pk)
        if locked.state == AttemptState.CLOSED:
            raise LogRefused(_("这次联系已经记录为“%(result)s”") % {"result": locked.get_result_display()})
        if locked.state == AttemptState.OPEN:
            locked.state, locked.closed_at = AttemptState.CANCELLED, now
            locked.save(update_fields=["state", "closed_at"])
            audit.record(action="contact.cancelled", actor=actor, obj=locked.case, data={"attempt": locked.pk})
    return locked


def record_past(
    *,
    case: Case,
    point: ContactPoint | None,
    channel: str,
    result: str,
    started_at: datetime,
    actor: User | None,
    now: datetime,
    ended_at: datetime | None = None,
    direction: str = "out",
    purpose: str = "demand",
    actor_kind: str = "human",
    org: str = "own",
    note: str = "",
) -> ContactAttempt:
    """Write down a contact that took place without the gate: the debtor called, the site was away.

    Breaches of what this makes known are found, of later contacts too. Raises LogRefused for times that cannot be.
    """
    past = PastContact(case, point, channel, result, started_at, ended_at, direction, purpose, actor_kind, note)
    return record_past_contacts([past], actor=actor, now=now, org=org)[0]


@dataclass(frozen=True)
class PastContact:
    """A contact that took place, as somebody tells it. `case` with its loan."""

    case: Case
    point: ContactPoint | None
    channel: str
    result: str
    started_at: datetime
    ended_at: datetime | None = None
    direction: str = "out"
    purpose: str = "demand"
    actor_kind: str = "human"
    note: str = ""


def record_past_contacts(
    contacts: Sequence[PastContact], *, actor: User | None, now: datetime, org: str
) -> list[ContactAttempt]:
    """Write down many at once, in the order given: a handful of statements, and a recount a debtor. All or none: raises
    LogRefused for the first whose times cannot be (`check_times` asks beforehand, one by one)."""
    for contact in contacts:
        check_times(contact, now=now)
    since: dict[int, datetime] = {}
    for contact in contacts:
        debtor_id = contact.case.loan.debtor_id
        since[debtor_id] = min(contact.started_at, since.get(debtor_id, contact.started_at))
    with transaction.atomic():
        hold_debtors(since)
        attempts = ContactAttempt.objects.bulk_create(
            ContactAttempt(
                debtor_id=contact.case.loan.debtor_id,
                case=contact.case,
                point=contact.point,
                loans=[contact.case.loan_id],
                channel=contact.channel,
                direction=contact.direction,
                purpose=contact.purpose,
                actor=actor,
                actor_kind=contact.actor_kind,
                org=org,
                state=AttemptState.CLOSED,
                opened_at=contact.started_at,
                started_at=contact.started_at,
                ended_at=contact.ended_at,
                result=contact.result,
                note=contact.note[:1000],
                closed_at=now,
            )
            for contact in contacts
        )
        audit.record_each(
            action="contact.recorded",
            actor=actor,
            objects=[
                (
                    attempt.case,
                    {
                        "attempt": attempt.pk,
                        "channel": attempt.channel,
                        "result": attempt.result,
                        "org": org,
                        "afterwards": True,
                    },
                )
                for attempt in attempts
            ],
        )
        for debtor_id, first in since.items():
            recount(debtor_id=debtor_id, since=first, now=now)
    return attempts


def check_times(contact: PastContact, *, now: datetime) -> None:
    """Raises LogRefused where the contact cannot have taken place like this."""
    _check(contact.result, contact.started_at, contact.ended_at, now)


def mark_misdirected(
    *, attempt: ContactAttempt, actor: User | None, now: datetime, misdirected: bool = True, reason: str = ""
) -> ContactAttempt:
    """The number was not this person's (or was, after all): the contact counts for nothing (or again), and the breaches are
    counted anew."""
    with transaction.atomic():
        hold_debtor(attempt.debtor_id)
        locked = ContactAttempt.objects.select_for_update(of=("self",)).get(pk=attempt.pk)
        if locked.misdirected != misdirected:
            locked.misdirected = misdirected
            locked.save(update_fields=["misdirected"])
            audit.record(
                action="contact.corrected",
                actor=actor,
                obj=locked.case,
                data={"attempt": locked.pk, "misdirected": misdirected},
                reason=reason,
            )
            recount(debtor_id=locked.debtor_id, since=locked.took_place_at, now=now)
    return locked


def _check(result: str, started_at: datetime, ended_at: datetime | None, now: datetime) -> None:
    if result not in Outcome.values:
        raise LogRefused(_("请选择联系结果"))
    if started_at > now + LATEST_START or (ended_at is not None and ended_at > now + LATEST_START):
        raise LogRefused(_("联系时间在将来；请填写实际发生的时间"))
    if ended_at is not None and ended_at < started_at:
        raise LogRefused(_("结束时间早于开始时间"))
