"""Leading a matter of the register to its end: who answers for it, what is put right, and who finds it settled.

open → take → in_hand → remedy → remedied → close | send_back
dismiss: it was none · state_own: what the person concerned says
"""

from datetime import datetime

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from collection_ops.core import clock
from collection_ops.core.access import has, users_with
from collection_ops.core.models import User
from collection_ops.core.services import audit
from collection_ops.core.services.notifications import notify
from compliance.breaching.refusals import BreachRefused
from compliance.breaching.register import CLOSE, HANDLE, MOST_WORDS, due_days, step
from compliance.models import STANDING, BreachCase, BreachCaseState, BreachSeverity

OPEN, IN_HAND, REMEDIED = STANDING


def take(*, row: BreachCase, owner: User, actor: User, now: datetime) -> BreachCase:
    """Give it to somebody to put right. They are told, and whom it concerns, who may say something about it. Raises
    BreachRefused: somebody who may not handle breaches, whoever did it, settled already, or waiting to be reviewed."""
    if not has(owner, HANDLE):
        raise BreachRefused(_("%(name)s 没有处理违规的权限") % {"name": owner}, "owner")
    with transaction.atomic():
        locked = _locked(row, OPEN, IN_HAND)
        _refuse_concerned(locked, actor)
        if locked.user_id == owner.pk:
            raise BreachRefused(_("当事人不能负责自己的违规，请指定其他人"), "owner")
        if locked.owner_id == owner.pk:
            return locked
        before, first = locked.owner_id, locked.state == OPEN
        locked.owner, locked.state = owner, IN_HAND
        locked.save(update_fields=["owner", "state"])
        step(locked, "assigned", actor=actor, now=now, data={"to": owner.pk, "name": str(owner)})
        audit.record(action="breach.assigned", actor=actor, obj=locked, data={"from": before, "to": owner.pk})
        if owner.pk != actor.pk:
            _tell(locked, [owner], "breach.assigned")
        if first and locked.user is not None:
            _tell(locked, [locked.user], "breach.about_you", route="compliance:my_breach")
    return locked


def note(*, row: BreachCase, words: str, actor: User, now: datetime, evidence: str = "") -> BreachCase:
    """Add what was learned; `evidence` (where it is kept) replaces what was said before. Raises BreachRefused: nothing said,
    one's own."""
    _said(words, _("请填写内容"), "words")
    with transaction.atomic():
        locked = _locked(row)
        _refuse_concerned(locked, actor)
        if evidence.strip():
            locked.evidence = evidence.strip()[:200]
            locked.save(update_fields=["evidence"])
        step(locked, "noted", actor=actor, now=now, words=words, data={"evidence": evidence.strip()[:200]})
        audit.record(action="breach.noted", actor=actor, obj=locked)
    return locked


def weigh(*, row: BreachCase, severity: BreachSeverity | int, reason: str, actor: User, now: datetime) -> BreachCase:
    """Say how grave it is; its days follow, counted from when it was found. Lighter only by somebody who may close. Raises
    BreachRefused: no reason, no change, one's own, without the authority."""
    if severity not in BreachSeverity.values:
        raise BreachRefused(_("请选择严重程度"), "severity")
    _said(reason, _("请写明调整的原因"), "reason")
    weight = BreachSeverity(severity)
    with transaction.atomic():
        locked = _locked(row, *STANDING)
        _refuse_concerned(locked, actor)
        if locked.severity == weight:
            raise BreachRefused(_("严重程度没有变化"), "severity")
        if weight < locked.severity and not has(actor, CLOSE):
            raise BreachRefused(_("调低严重程度须由合规决定"), "severity")
        before = locked.severity
        started = max(locked.found_on, clock.business_date(locked.recorded_at))
        locked.severity, locked.due_on = weight, started + due_days(started)[weight]
        locked.escalated = 0
        locked.save(update_fields=["severity", "due_on", "escalated"])
        data = {"from": int(before), "to": int(weight), "due": locked.due_on.isoformat()}
        step(locked, "weighed", actor=actor, now=now, words=reason, data=data)
        audit.record(action="breach.weighed", actor=actor, obj=locked, data=data)
    return locked


def remedy(*, row: BreachCase, words: str, actor: User, now: datetime, evidence: str = "") -> BreachCase:
    """Whoever answers for it says that it has been put right, and how. Whoever may close it is told. Raises BreachRefused:
    somebody else, nothing said, not in hand."""
    _said(words, _("请写明整改措施与结果"), "words")
    with transaction.atomic():
        locked = _locked(row, IN_HAND)
        if locked.owner_id != actor.pk:
            raise BreachRefused(_("只有负责人可以报告整改完成"))
        locked.state, locked.remedy, locked.remedied_at, locked.escalated = REMEDIED, words.strip(), now, 0
        if evidence.strip():
            locked.evidence = evidence.strip()[:200]
        locked.save(update_fields=["state", "remedy", "remedied_at", "evidence", "escalated"])
        step(locked, "remedied", actor=actor, now=now, words=words, data={"evidence": evidence.strip()[:200]})
        audit.record(action="breach.remedied", actor=actor, obj=locked)
        _tell(locked, [one for one in users_with(CLOSE) if one.pk not in (actor.pk, locked.user_id)], "breach.remedied")
    return locked


def close(*, row: BreachCase, words: str, actor: User, now: datetime) -> BreachCase:
    """Find it settled: another person than who answers for it and than who did it. Raises BreachRefused: one of those, no
    finding, without the authority, nothing put right yet, or somebody was faster."""
    _said(words, _("请写明复核意见"), "words")
    with transaction.atomic():
        locked = _for_review(row, actor, REMEDIED)
        _settle(locked, BreachCaseState.CLOSED, actor, now)
        in_time = clock.business_date(locked.remedied_at or now) <= locked.due_on
        step(locked, "closed", actor=actor, now=now, words=words, data={"in_time": in_time})
        audit.record(action="breach.closed", actor=actor, obj=locked, data={"in_time": in_time})
    return locked


def send_back(*, row: BreachCase, words: str, actor: User, now: datetime) -> BreachCase:
    """What was done is not enough: back to whoever answers for it, who is told. Raises BreachRefused as `close` does."""
    _said(words, _("请写明退回的原因"), "words")
    with transaction.atomic():
        locked = _for_review(row, actor, REMEDIED)
        locked.state, locked.remedied_at, locked.escalated = IN_HAND, None, 0
        locked.save(update_fields=["state", "remedied_at", "escalated"])
        step(locked, "sent_back", actor=actor, now=now, words=words)
        audit.record(action="breach.sent_back", actor=actor, obj=locked)
        if locked.owner is not None:
            _tell(locked, [locked.owner], "breach.sent_back")
    return locked


def dismiss(*, row: BreachCase, words: str, actor: User, now: datetime) -> BreachCase:
    """It was no breach, and why. Not by whoever answers for it. Raises BreachRefused as `close` does."""
    _said(words, _("请写明为什么不构成违规"), "words")
    with transaction.atomic():
        locked = _for_review(row, actor, *STANDING)
        _settle(locked, BreachCaseState.DISMISSED, actor, now)
        step(locked, "dismissed", actor=actor, now=now, words=words)
        audit.record(action="breach.dismissed", actor=actor, obj=locked)
        if locked.user is not None:
            _tell(locked, [locked.user], "breach.dismissed", route="compliance:my_breach", level="info")
    return locked


def state_own(*, row: BreachCase, words: str, actor: User, now: datetime) -> BreachCase:
    """What the person concerned says. Raises BreachRefused: somebody else's, nothing said, settled already."""
    _said(words, _("请填写您的说明"), "words")
    with transaction.atomic():
        locked = _locked(row, *STANDING)
        if locked.user_id != actor.pk:
            raise BreachRefused(_("只有当事人可以提交说明"))
        step(locked, "statement", actor=actor, now=now, words=words)
        audit.record(action="breach.statement", actor=actor, obj=locked)
        if locked.owner is not None:
            _tell(locked, [locked.owner], "breach.statement", level="info")
    return locked


def _for_review(row: BreachCase, actor: User, *states: BreachCaseState) -> BreachCase:
    if not has(actor, CLOSE):
        raise BreachRefused(_("您没有复核违规的权限"))
    locked = _locked(row, *states)
    _refuse_concerned(locked, actor)
    if locked.owner_id == actor.pk:
        raise BreachRefused(_("负责人不能复核自己的整改，请由另一人复核"))
    return locked


def _refuse_concerned(row: BreachCase, actor: User) -> None:
    if row.user_id == actor.pk:
        raise BreachRefused(_("当事人不能处理自己的违规，请由他人处理"))


def _settle(row: BreachCase, state: BreachCaseState, actor: User, now: datetime) -> None:
    row.state, row.closed_by, row.closed_at = state, actor, now
    row.save(update_fields=["state", "closed_by", "closed_at"])


def _said(words: str, otherwise: str, field: str) -> None:
    if not words.strip():
        raise BreachRefused(otherwise, field)
    if len(words) > MOST_WORDS:
        raise BreachRefused(_("内容不能超过 %(most)s 字") % {"most": f"{MOST_WORDS:,}"}, field)


def _locked(row: BreachCase, *states: BreachCaseState) -> BreachCase:
    """Without the people: joined in the same query they would be those of before the wait for the lock."""
    locked = BreachCase.objects.select_for_update(of=("self",)).get(pk=row.pk)
    if states and locked.state not in states:
        raise BreachRefused(_("这件违规已是“%(state)s”，请刷新后再试") % {"state": locked.get_state_display()})
    return locked


def _tell(
    row: BreachCase, people: list[User], kind: str, *, route: str = "compliance:breach", level: str = "warning"
) -> None:
    notify(
        users=people,
        kind=kind,
        params={"number": row.number, "due": row.due_on.isoformat()},
        url=reverse(route, args=[row.pk]),
        level=level,
    )
