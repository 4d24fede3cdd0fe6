"""Messages: queued now, judged when they are about to leave.

    queue_message → (its moment comes) → dispatch_due: the gate → the gateway → the log

What was allowed at 21:58 is not allowed at 22:03, a debt may be paid meanwhile, a person may have asked to be left alone. So
each message is asked about at the moment of sending, with the debtor held, and its amounts are the ledger's of that moment.

A message is handed over outside of any transaction, by a key that stays the same. A worker that dies in between leaves it in
`sending`; `settle_unfinished` asks the gateway what it has taken, and nothing is sent twice.
"""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from cases.models import Case, ContactPoint
from collection_ops.core import clock
from collection_ops.core.models import User
from collection_ops.core.services import audit
from compliance.gate import open_attempt
from compliance.message_text import LineMissing, filled_in, message_facts
from compliance.models import Audience, MessageState, MessageTemplate, QueuedMessage, TemplateState
from compliance.senders import NotTaken, Receipt, Sender, configured
from compliance.services.log import cancel_attempt, close_attempt

logger = logging.getLogger(__name__)

DUE = (MessageState.WAITING, MessageState.REQUEUED)
UNFINISHED_AFTER = timedelta(minutes=10)
TRY_AGAIN = timedelta(minutes=5)
MOST_TRIES = 5
_KINDS = {"sms": ContactPoint.Kind.PHONE, "im": ContactPoint.Kind.PHONE, "email": ContactPoint.Kind.EMAIL}


class MessageRefused(Exception):
    """The message cannot be queued; the sentence says why."""


@dataclass
class Dispatched:
    """What became of the messages that were due."""

    sent: int = 0
    requeued: int = 0
    refused: int = 0
    failed: int = 0

    @property
    def handled(self) -> int:
        return self.sent + self.requeued + self.refused + self.failed


def queue_message(
    *,
    case: Case,
    point: ContactPoint,
    template: MessageTemplate,
    actor: User | None,
    now: datetime,
    send_after: datetime | None = None,
    org: str = "own",
) -> QueuedMessage:
    """Put a message in the queue. Whether it may be sent is asked when it is sent. Raises MessageRefused: not this debtor's
    number, a template that is not for it, not approved or not valid, the same message waiting already, no gateway."""
    if configured() is None:
        raise MessageRefused(_("还没有接入消息通道，消息发不出去；请联系系统管理员"))
    if point.debtor_id != case.loan.debtor_id:
        raise MessageRefused(_("这个号码不属于该客户"))
    if point.kind != _KINDS.get(template.channel):
        raise MessageRefused(_("这个联系方式不能用于该渠道"))
    if (template.audience == Audience.CONTACT) != bool(point.relation):
        raise MessageRefused(_("模板的对象与号码不符：给联系人的模板只能发给联系人"))
    if _template_state(template, now) != "approved":
        raise MessageRefused(_("模板没有批准或不在有效期内"))
    with transaction.atomic():
        list(Case.objects.select_for_update(of=("self",), no_key=True).filter(pk=case.pk).only("pk"))
        if QueuedMessage.objects.filter(case=case, point=point, template=template, state__in=DUE).exists():
            raise MessageRefused(_("同样的消息已在等待发送"))
        message = QueuedMessage.objects.create(
            case=case, point=point, template=template, queued_by=actor, org=org, queued_at=now,
            send_after=max(send_after or now, now),
        )  # fmt: skip
        audit.record(
            action="message.queued", actor=actor, obj=case, data={"message": message.pk, "template": str(template)}
        )
    return message


def cancel_message(*, message: QueuedMessage, actor: User | None, now: datetime) -> QueuedMessage:
    """Take a message out of the queue. Raises MessageRefused once it is being sent, or was."""
    with transaction.atomic():
        locked = QueuedMessage.objects.select_for_update(of=("self",)).get(pk=message.pk)
        if locked.state not in DUE:
            raise MessageRefused(_("这条消息已经处理：%(state)s") % {"state": locked.get_state_display()})
        locked.state = MessageState.CANCELLED
        locked.save(update_fields=["state"])
        audit.record(action="message.cancelled", actor=actor, obj=locked.case, data={"message": locked.pk})
    return locked


def dispatch_due(*, now: datetime, sender: Sender | None = None, most: int = 200) -> Dispatched:
    """Send what is due, as far as the gate allows it at `now`; oldest first, at most `most`. Without a gateway it waits."""
    done, sender = Dispatched(), sender or configured()
    if sender is None:
        return done
    due = QueuedMessage.objects.filter(state__in=DUE, send_after__lte=now).order_by("send_after", "pk")
    for pk in list(due.values_list("pk", flat=True)[:most]):
        outcome = dispatch_one(pk, now=now, sender=sender)
        if outcome:
            setattr(done, outcome, getattr(done, outcome) + 1)
    return done


def dispatch_one(message_id: int, *, now: datetime, sender: Sender) -> str:
    """One of them: `sent`, `requeued`, `refused`, `failed`; nothing when another worker has it."""
    claimed = _claim(message_id, now=now)
    if claimed is None or claimed.state != MessageState.SENDING:
        return "" if claimed is None else ("requeued" if claimed.state == MessageState.REQUEUED else "refused")
    try:
        receipt = sender.send(
            key=key_of(claimed), channel=claimed.template.channel, to=claimed.point.value, text=claimed.text
        )
    except NotTaken as refused:
        return _put_back(claimed, now=now, note=str(refused))
    _finish(claimed, receipt, now=now)
    return "sent"


def settle_unfinished(*, now: datetime, sender: Sender | None = None) -> Dispatched:
    """Messages whose worker has died between the gate and the log: sent, if the gateway has taken them; else to be judged
    and handed over again."""
    done, sender = Dispatched(), sender or configured()
    if sender is None:
        return done
    left = QueuedMessage.objects.filter(state=MessageState.SENDING, claimed_at__lt=now - UNFINISHED_AFTER)
    for message in left.select_related("attempt", "case").order_by("pk"):
        receipt = sender.find(key_of(message))
        if receipt is not None:
            _finish(message, receipt, now=now)
            done.sent += 1
        else:
            outcome = _put_back(message, now=now, note=_("发送中断，网关没有收到"))
            setattr(done, outcome, getattr(done, outcome) + 1)
    return done


def key_of(message: QueuedMessage) -> str:
    """By which the gateway knows a message again: a worker that was only slow and the one that took over after it hand over
    the same."""
    return f"message-{message.pk}"


def _claim(message_id: int, *, now: datetime) -> QueuedMessage | None:
    """Ask the gate, and keep its answer with the message: being sent, put off until the next moment, or refused."""
    with transaction.atomic():
        locked = (
            QueuedMessage.objects.select_for_update(skip_locked=True, of=("self",))
            .select_related("case__loan__debtor", "case__loan__source", "point", "template", "queued_by")
            .filter(pk=message_id, state__in=DUE, send_after__lte=now)
            .first()
        )
        if locked is None:
            return None
        try:
            text = filled_in(locked.template, case=locked.case)
        except LineMissing as missing:
            locked.state, locked.note = MessageState.REFUSED, str(missing)[:200]
            locked.save(update_fields=["state", "note"])
            return locked
        answer = open_attempt(
            case=locked.case,
            point=locked.point,
            actor=locked.queued_by,
            now=now,
            channel=locked.template.channel,
            purpose=locked.template.purpose,
            org=locked.org,
            message=message_facts(
                locked.template, text, case=locked.case, org=locked.org, state=_template_state(locked.template, now)
            ),
        )
        locked.decision, locked.tries = answer.decision, locked.tries + 1
        locked.note = ""
        if answer.attempt is not None:
            locked.state, locked.attempt, locked.claimed_at = MessageState.SENDING, answer.attempt, now
            locked.text, locked.amount = text, locked.case.total
        elif answer.decision.next_allowed_at is not None:
            locked.state, locked.send_after = MessageState.REQUEUED, answer.decision.next_allowed_at
        else:
            locked.state = MessageState.REFUSED
        locked.save()
        return locked


def _finish(message: QueuedMessage, receipt: Receipt, *, now: datetime) -> None:
    with transaction.atomic():
        locked = QueuedMessage.objects.select_for_update(of=("self",)).select_related("attempt").get(pk=message.pk)
        if locked.state != MessageState.SENDING:
            return  # another worker has settled it meanwhile
        assert locked.attempt is not None and locked.claimed_at is not None, "what is being sent was allowed"
        locked.state, locked.sent_at, locked.receipt = MessageState.SENT, locked.claimed_at, receipt.reference[:64]
        locked.save(update_fields=["state", "sent_at", "receipt"])
        close_attempt(attempt=locked.attempt, result="sent", actor=locked.queued_by, now=now)


def _put_back(message: QueuedMessage, *, now: datetime, note: str) -> str:
    """The gateway has not taken it: nobody was contacted, and it is tried again, a few times."""
    with transaction.atomic():
        locked = QueuedMessage.objects.select_for_update(of=("self",)).select_related("attempt").get(pk=message.pk)
        if locked.state != MessageState.SENDING:
            return ""
        assert locked.attempt is not None, "what is being sent was allowed"
        cancel_attempt(attempt=locked.attempt, actor=locked.queued_by, now=now)
        gave_up = locked.tries >= MOST_TRIES
        locked.state = MessageState.FAILED if gave_up else MessageState.REQUEUED
        locked.attempt, locked.text, locked.note = None, "", note[:200]
        locked.send_after = now + TRY_AGAIN
        locked.save(update_fields=["state", "attempt", "text", "note", "send_after"])
    return "failed" if gave_up else "requeued"


def _template_state(template: MessageTemplate, now: datetime) -> str:
    """As the rules see it on the day."""
    if template.state != TemplateState.APPROVED:
        return "pending" if template.state == TemplateState.PENDING else "expired"
    day = clock.business_date(now)
    ended = template.valid_to is not None and template.valid_to < day
    return "expired" if ended or template.valid_from > day else "approved"
