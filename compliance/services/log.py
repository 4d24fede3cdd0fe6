"""Telling what came of a contact. What happened is never refused: what was against a rule is kept and marked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from cases.models import Case, ContactPoint
from collection_ops.core.models import User
from collection_ops.core.services import audit
from compliance.gate import hold_debtor, hold_debtors
from compliance.models import AttemptState, ContactAttempt, ContactDetail
from compliance.models.attempt import Outcome
from compliance.services.breaches import recount, recount_each
from compliance.services.call_details import CallDetails, LogRefused, check_details, write_details

LATEST_START = timedelta(minutes=1)
"""Clocks differ; a contact that begins later than this from now has not taken place."""

NOTE_WITHIN = timedelta(hours=2)
"""A contact is told about within two hours of its end; what is left longer is late, and the team leader's matter as well."""


def close_attempt(
    *,
    attempt: ContactAttempt,
    actor: User | None,
    now: datetime,
    result: str = "",
    started_at: datetime | None = None,
    ended_at: datetime | None = None,
    note: str = "",
    details: CallDetails | None = None,
) -> ContactAttempt:
    """Tell what came of an allowed contact: its `result` as the rules count it, or a result code in `details`, which brings
    one. Without times they are those of the telephone line, or it began when the gate was asked.

    A second telling with the same result changes nothing. Raises LogRefused for another one, for a cancelled attempt and
    for times and details that cannot be.
    """
    code = details.result_code if details is not None else None
    result = result or (code.outcome if code is not None else "")
    with transaction.atomic():
        locked = hold_attempt(attempt)
        if locked.state == AttemptState.CANCELLED:
            raise LogRefused(_("这次联系已标记为未拨出，不能再记录结果；请重新发起"))
        if locked.state == AttemptState.CLOSED:
            if locked.result != result or (code is not None and _code_of(locked) != code.pk):
                raise LogRefused(_("这次联系已经记录为“%(result)s”") % {"result": result_label(locked)})
            return locked
        line = ContactDetail.objects.filter(attempt=locked).first()
        begun = started_at or (line.connected_at if line else None) or locked.opened_at
        ended_at = ended_at or locked.ended_at
        _check(result, begun, ended_at, now)
        if begun < locked.opened_at - LATEST_START:
            raise LogRefused(_("开始时间早于判定时间；判定之前的联系请补录"))
        if details is not None:
            check_details(details, attempt=locked, now=now)
            if code is not None and code.outcome != result:
                raise ValueError(f"result code {code.code} counts as {code.outcome}, not {result}")
        locked.state, locked.result, locked.note = AttemptState.CLOSED, result, note[:1000]
        locked.started_at, locked.ended_at, locked.closed_at = begun, ended_at, now
        locked.late_minutes = minutes_late(locked.over_at, now)
        locked.save(update_fields=["state", "result", "note", "started_at", "ended_at", "closed_at", "late_minutes"])
        write_details(details, attempt=locked)
        audit.record(
            action="contact.recorded",
            actor=actor,
            obj=locked.case,
            data={
                "attempt": locked.pk,
                "channel": locked.channel,
                "result": result,
                **({"code": code.code} if code is not None else {}),
                **({"late": locked.late_minutes} if locked.late_minutes else {}),
            },
        )
        recount(debtor_id=locked.debtor_id, since=begun, now=now)
    return locked


def cancel_attempt(*, attempt: ContactAttempt, actor: User | None, now: datetime) -> ContactAttempt:
    """Nobody was contacted after all: the attempt counts for nothing. Raises LogRefused when its result is there."""
    with transaction.atomic():
        locked = hold_attempt(attempt)
        if locked.state == AttemptState.CLOSED:
            raise LogRefused(_("这次联系已经记录为“%(result)s”") % {"result": result_label(locked)})
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
    details: CallDetails | None = None,
) -> ContactAttempt:
    """Write down a contact that took place without the gate: the debtor called, the site was away.

    One of the lender's own people is late with it as with any other; an agency's feed is not. Breaches of what this
    makes known are found, of later contacts too. Raises LogRefused for times and details that cannot be.
    """
    past = PastContact(
        case, point, channel, result, started_at, ended_at, direction, purpose, actor_kind, note, details
    )
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
    details: CallDetails | None = None


def record_past_contacts(
    contacts: Sequence[PastContact], *, actor: User | None, now: datetime, org: str
) -> list[ContactAttempt]:
    """`record_past` for many at once, in the order given: a handful of statements, and a recount a debtor. All or none:
    raises LogRefused for the first that cannot be (`check_times` asks beforehand, one by one)."""
    for contact in contacts:
        check_times(contact, now=now)
    since: dict[int, datetime] = {}
    for contact in contacts:
        debtor_id = contact.case.loan.debtor_id
        since[debtor_id] = min(contact.started_at, since.get(debtor_id, contact.started_at))
    with transaction.atomic():
        hold_debtors(since)
        attempts = ContactAttempt.objects.bulk_create(
            [_past_row(contact, actor=actor, now=now, org=org) for contact in contacts]
        )
        for attempt, contact in zip(attempts, contacts, strict=True):
            if contact.details is not None:
                check_details(contact.details, attempt=attempt, now=now)
                write_details(contact.details, attempt=attempt)
        audit.record_each(
            action="contact.recorded",
            actor=actor,
            objects=[(attempt.case, _past_facts(attempt)) for attempt in attempts],
        )
        recount_each(since, now=now)
    return attempts


def _past_row(contact: PastContact, *, actor: User | None, now: datetime, org: str) -> ContactAttempt:
    over_at = contact.ended_at or contact.started_at
    return ContactAttempt(
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
        late_minutes=minutes_late(over_at, now) if org == "own" and actor is not None else None,
    )


def _past_facts(attempt: ContactAttempt) -> dict[str, Any]:
    told = {"attempt": attempt.pk, "channel": attempt.channel, "result": attempt.result, "org": attempt.org}
    return {**told, "afterwards": True}


def check_times(contact: PastContact, *, now: datetime) -> None:
    """Raises LogRefused where the contact cannot have taken place like this."""
    _check(contact.result, contact.started_at, contact.ended_at, now)


def mark_misdirected(
    *, attempt: ContactAttempt, actor: User | None, now: datetime, misdirected: bool = True, reason: str = ""
) -> ContactAttempt:
    """The number was not this person's (or was, after all): the contact counts for nothing (or again), and the breaches are
    counted anew."""
    with transaction.atomic():
        locked = hold_attempt(attempt)
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


def hold_attempt(attempt: ContactAttempt) -> ContactAttempt:
    """Lock the person and then the contact, and read it again: nobody else tells about it meanwhile."""
    hold_debtor(attempt.debtor_id)
    return ContactAttempt.objects.select_for_update(of=("self",)).select_related("point", "case").get(pk=attempt.pk)


def minutes_late(over_at: datetime, told_at: datetime) -> int:
    """By how many minutes, begun ones counted, something was told after NOTE_WITHIN; 0 in time."""
    return max(0, -((over_at + NOTE_WITHIN - told_at) // timedelta(minutes=1)))


def _code_of(attempt: ContactAttempt) -> int | None:
    return ContactDetail.objects.filter(attempt=attempt).values_list("result_code", flat=True).first()


def result_label(attempt: ContactAttempt) -> str:
    """What came of it, in the reader's words: the code's, or what the rules count it as."""
    detail = ContactDetail.objects.filter(attempt=attempt).select_related("result_code").first()
    code = detail.result_code if detail is not None else None
    return code.label if code is not None else str(attempt.get_result_display())


def _check(result: str, started_at: datetime, ended_at: datetime | None, now: datetime) -> None:
    if result not in Outcome.values:
        raise LogRefused(_("请选择联系结果"))
    if started_at > now + LATEST_START or (ended_at is not None and ended_at > now + LATEST_START):
        raise LogRefused(_("联系时间在将来；请填写实际发生的时间"))
    if ended_at is not None and ended_at < started_at:
        raise LogRefused(_("结束时间早于开始时间"))
