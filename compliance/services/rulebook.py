"""Changing the rules: whoever answers for them tightens, and two people loosen. Nothing is changed back in time."""

from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from collection_ops.core import clock
from collection_ops.core.access import require
from collection_ops.core.models import User
from collection_ops.core.services import audit
from compliance.models import ChangeState, RuleChange
from compliance.rulebook import active_changes
from compliance.rules.packs import Pack, PackWrong, Rule, changed, pack_names, shipped
from compliance.rules.tighter import VERDICT, Turn
from compliance.rules.versions import is_on, turns, version_at
from compliance.rules.windows import QuietHours

CHANGE, APPROVE = "rules.change", "rules.approve"
LOCK = "SELECT pg_advisory_xact_lock(hashtext('compliance_rulebook'))"
"""Whether something loosens depends on what is in force: one change after the other."""


class ChangeRefused(Exception):
    """The change cannot be made; the sentence says why. `field`: of the form, where one is meant."""

    def __init__(self, sentence: str, field: str = "") -> None:
        super().__init__(sentence)
        self.field = field


def propose_change(
    *,
    pack: str,
    rule: str,
    params: Mapping[str, Any],
    effective_from: date,
    reason: str,
    actor: User,
    now: datetime,
    verdict: str = "",
) -> RuleChange:
    """Other values of some parameters of a rule, and perhaps another verdict, from a day on. What tightens is active at
    once; what is looser than it is shipped, and than it is, waits for a second person.

    Raises ChangeRefused: no such rule, a value that it cannot take, nothing changed, no reason, a day that is over, another
    proposal waiting. PermissionDenied: not this person's to change.
    """
    require(actor, CHANGE)
    shipped_rule = _rule(pack, rule)
    _check(effective_from, reason, now)
    with transaction.atomic():
        _one_after_the_other()
        current = version_at(shipped_rule, active_changes(), max(_start_of(effective_from), now))
        new = as_wanted(current, params, verdict)
        differs = turns(current, new)
        if not differs:
            raise ChangeRefused(_("与现行规则相同，没有变化"))
        return _save(
            RuleChange(
                pack=pack,
                rule=rule,
                params={name: new.values[name] for name in params if name in differs},
                verdict=verdict if "" in differs else "",
                effective_from=effective_from,
                loosens=loosens(shipped_rule, current, new),
                reason=reason.strip()[:200],
                proposed_by=actor,
                proposed_at=now,
            ),
            actor=actor,
            now=now,
        )


def switch_pack(*, pack: str, on: bool, effective_from: date, reason: str, actor: User, now: datetime) -> RuleChange:
    """Switch a whole pack on (at once: more rules are tighter) or off (with a second person), from a day on. Raises as
    `propose_change`."""
    require(actor, CHANGE)
    known = _pack(pack)
    _check(effective_from, reason, now)
    with transaction.atomic():
        _one_after_the_other()
        if is_on(known, active_changes(), max(_start_of(effective_from), now)) == on:
            raise ChangeRefused(_("这个规则包已经启用") if on else _("这个规则包没有启用"))
        return _save(
            RuleChange(
                pack=pack,
                switched_on=on,
                effective_from=effective_from,
                loosens=not on,
                reason=reason.strip()[:200],
                proposed_by=actor,
                proposed_at=now,
            ),
            actor=actor,
            now=now,
        )


def decide_change(*, change: RuleChange, approve: bool, actor: User, now: datetime, reason: str = "") -> RuleChange:
    """Put a proposal in force, or turn it down with a reason. Never by whoever proposed it. Raises ChangeRefused,
    PermissionDenied."""
    require(actor, APPROVE)
    with transaction.atomic():
        _one_after_the_other()
        locked = _waiting(change)
        if locked.proposed_by_id == actor.pk:
            raise ChangeRefused(_("放宽规则须由另一人批准"))
        if not approve and not reason.strip():
            raise ChangeRefused(_("请写明不批准的理由"), "reason")
        locked.state = ChangeState.ACTIVE if approve else ChangeState.REJECTED
        locked.begins_at = max(_start_of(locked.effective_from), now) if approve else None
        locked.decided_by, locked.decided_at, locked.decision_reason = actor, now, reason.strip()[:200]
        locked.save(update_fields=["state", "begins_at", "decided_by", "decided_at", "decision_reason"])
        _record("rule.approved" if approve else "rule.rejected", locked, actor, reason)
    return locked


def withdraw_change(*, change: RuleChange, actor: User, now: datetime) -> RuleChange:
    """Take one's own proposal back. Raises ChangeRefused for somebody else's, or a decided one."""
    with transaction.atomic():
        locked = _waiting(change)
        if locked.proposed_by_id != actor.pk:
            raise ChangeRefused(_("只能撤回自己提出的变更"))
        locked.state, locked.decided_at = ChangeState.WITHDRAWN, now
        locked.save(update_fields=["state", "decided_at"])
        _record("rule.withdrawn", locked, actor, "")
    return locked


def loosens(as_shipped: Rule, current: Rule, new: Rule) -> bool:
    """Whether anything of `new` is looser than it is shipped and than it is now. Going back to what is shipped, or closer to
    it, takes one person; going below it takes two."""
    below_shipped, below_now = turns(as_shipped, new), turns(current, new)
    return any(turn == Turn.LOOSER and below_now.get(name) == Turn.LOOSER for name, turn in below_shipped.items())


def as_wanted(current: Rule, params: Mapping[str, Any], verdict: str) -> Rule:
    """The rule as it would be. Raises ChangeRefused for a value that it cannot take."""
    fixed = [name for name in params if (known := current.kind.directions.get(name)) is not None and known.fixed]
    if fixed:
        raise ChangeRefused(_("参数 %(names)s 属于规则本身，不能在此修改") % {"names": ", ".join(sorted(fixed))})
    if any(isinstance(value, int) and value < 0 for value in params.values()):
        raise ChangeRefused(_("数值不能为负"))
    try:
        if verdict:
            VERDICT.of(current.verdict, verdict)
        new = changed(current, params, verdict or None)  # type: ignore[arg-type]
        if isinstance(new.params, QuietHours) and new.params.start == new.params.end:
            raise ChangeRefused(_("禁催时段的开始与结束不能相同"))
        return new
    except (PackWrong, ValueError) as wrong:
        raise ChangeRefused(_("规则不能采用这个值：%(problem)s") % {"problem": wrong}) from wrong


def _save(change: RuleChange, *, actor: User, now: datetime) -> RuleChange:
    if not change.loosens:
        change.state, change.begins_at = ChangeState.ACTIVE, max(_start_of(change.effective_from), now)
    try:
        with transaction.atomic():
            change.save(force_insert=True)
    except IntegrityError as waits:
        raise ChangeRefused(_("这条规则已有一项变更等待批准，请先处理")) from waits
    _record("rule.proposed" if change.loosens else "rule.changed", change, actor, change.reason)
    return change


def _record(action: str, change: RuleChange, actor: User, reason: str) -> None:
    audit.record(
        action=action,
        actor=actor,
        obj=change,
        data={
            "pack": change.pack,
            "rule": change.rule,
            "params": change.params,
            "verdict": change.verdict,
            "on": change.switched_on,
            "day": change.effective_from.isoformat(),
            "loosens": change.loosens,
        },
        reason=reason,
    )


def _waiting(change: RuleChange) -> RuleChange:
    locked = RuleChange.objects.select_for_update(of=("self",)).get(pk=change.pk)
    if locked.state != ChangeState.PROPOSED:
        raise ChangeRefused(_("这项变更已经处理：%(state)s") % {"state": locked.get_state_display()})
    return locked


def _check(effective_from: date, reason: str, now: datetime) -> None:
    if effective_from < clock.business_date(now):
        raise ChangeRefused(_("生效日期不能早于今天：已作的判定不会改变"), "effective_from")
    if not reason.strip():
        raise ChangeRefused(_("请写明修改的原因"), "reason")


def _pack(name: str) -> Pack:
    if name not in pack_names():
        raise ChangeRefused(_("没有这个规则包"))
    return shipped(name)


def _rule(pack: str, rule: str) -> Rule:
    try:
        return _pack(pack).rule(rule)
    except StopIteration as unknown:
        raise ChangeRefused(_("没有这条规则")) from unknown


def _start_of(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))


def _one_after_the_other() -> None:
    with connection.cursor() as cursor:
        cursor.execute(LOCK)
