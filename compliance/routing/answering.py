"""What the department does with a referral: take it, answer it, or send it back."""

from datetime import datetime

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from collection_ops.core.models import User
from collection_ops.core.services import audit
from collection_ops.core.services.notifications import notify
from compliance.models import WAITING_STATES, Referral, ReferralState
from compliance.routing.people import may_act, members_of, told_of_answer
from compliance.routing.refusals import ReferralRefused
from compliance.routing.rows import locked, step

MOST_WORDS = 5000


def take(*, referral: Referral, actor: User, now: datetime) -> Referral:
    """`actor` answers it. Raises ReferralRefused: not of the department, about a complaint against them, somebody else's
    (the department's lead may take it over)."""
    with transaction.atomic():
        row = _mine(referral, actor)
        if row.owner_id == actor.pk and row.state == ReferralState.TAKEN:
            return row
        before = row.owner
        row.owner, row.state = actor, ReferralState.TAKEN
        row.save(update_fields=["owner", "state"])
        step(row, "taken", actor=actor, now=now)
        audit.record(action="referral.taken", actor=actor, obj=row, data={"from": before.pk if before else None})
        if before is not None and before.pk != actor.pk:
            _tell(row, "referral.taken_over", [before], actor, level="info")
    return row


def answer(*, referral: Referral, words: str, actor: User, now: datetime) -> Referral:
    """The answer, to whoever asked. Two at once: the second is told who answered. Raises ReferralRefused: nothing said, not
    of the department, somebody else's, answered already."""
    said = _words(words, "answer", _("请填写答复"))
    with transaction.atomic():
        row = _mine(referral, actor)
        row.state, row.owner, row.answer = ReferralState.ANSWERED, row.owner or actor, said
        row.answered_by, row.answered_at, row.reminded = actor, now, 0
        row.save(update_fields=["state", "owner", "answer", "answered_by", "answered_at", "reminded"])
        step(row, "answered", actor=actor, now=now, words=said)
        audit.record(action="referral.answered", actor=actor, obj=row)
        _tell(row, "referral.answered", told_of_answer(row), actor, level="success")
    return row


def send_back(*, referral: Referral, reason: str, actor: User, now: datetime) -> Referral:
    """Not theirs, with a reason: the asker asks another department, or withdraws. Raises ReferralRefused as `answer`."""
    said = _words(reason, "reason", _("请写明为什么不归本部门办理"))
    with transaction.atomic():
        row = _mine(referral, actor)
        row.state, row.owner, row.reminded = ReferralState.RETURNED, None, 0
        row.save(update_fields=["state", "owner", "reminded"])
        step(row, "returned", actor=actor, now=now, words=said, data={"department": row.department.name})
        audit.record(action="referral.returned", actor=actor, obj=row)
        _tell(row, "referral.returned", told_of_answer(row), actor)
    return row


def _words(text: str, field: str, missing: str) -> str:
    words = text.strip()
    if not words:
        raise ReferralRefused(missing, field)
    if len(words) > MOST_WORDS:
        raise ReferralRefused(_("最多 %(most)d 个字") % {"most": MOST_WORDS}, field)
    return words


def _mine(referral: Referral, actor: User) -> Referral:
    """The row, locked, if it is the department's turn and `actor`'s to act."""
    row = locked(referral, *WAITING_STATES)
    members = members_of(row.department, complaint=row.complaint)
    if may_act(row, actor, members):
        return row
    if all(one.user_id != actor.pk for one in members):
        raise ReferralRefused(_("只有 %(name)s 的成员可以答复") % {"name": row.department})
    raise ReferralRefused(_("由 %(who)s 办理；需要换人时由部门负责人接办") % {"who": row.owner})


def _tell(referral: Referral, kind: str, people: list[User], actor: User, *, level: str = "warning") -> None:
    notify(
        users=[one for one in people if one.pk != actor.pk],
        kind=kind,
        params={"number": referral.number, "department": referral.department.name, "who": str(actor)},
        url=reverse("compliance:referral", args=[referral.pk]),
        level=level,
    )
