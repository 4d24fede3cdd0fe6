"""Changes of rules as people read them: what waits, what was changed when and by whom."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from collection_ops.core.models import User
from collection_ops.core.wording import listed
from compliance import rule_texts as texts
from compliance.models import ChangeState, RuleChange
from compliance.rules.packs import PackWrong, Rule, pack_names, shipped
from compliance.selectors_rules import in_words

MOST_SHOWN = 50


@dataclass(frozen=True)
class ChangeLine:
    """A change in words. `title` of the pack; `may_decide`, `may_withdraw`: what this reader may do with it."""

    change: RuleChange
    what: str
    title: str
    tone: str
    is_coming: bool
    may_decide: bool
    may_withdraw: bool


TONES = {"proposed": "warning", "active": "success", "rejected": "neutral", "withdrawn": "neutral"}


def changes_shown(user: User, *, now: datetime, may_approve: bool, rule: str = "", pack: str = "") -> list[ChangeLine]:
    """Newest first: all, or those of one rule (and of its pack as a whole). One query."""
    found: QuerySet[RuleChange] = RuleChange.objects.select_related("proposed_by", "decided_by").order_by("-pk")
    if rule:
        found = found.filter(Q(rule=rule) | Q(rule=""), pack=pack)
    return [_line(change, user, now=now, may_approve=may_approve) for change in found[:MOST_SHOWN]]


def _line(change: RuleChange, user: User, *, now: datetime, may_approve: bool) -> ChangeLine:
    waits = change.state == ChangeState.PROPOSED
    own = change.proposed_by_id == user.pk
    return ChangeLine(
        change=change,
        what=what_of(change),
        title=texts.spoken(shipped(change.pack).title) if change.pack in pack_names() else change.pack,
        tone=TONES[change.state],
        is_coming=change.begins_at is not None and change.begins_at > now,
        may_decide=waits and may_approve and not own,
        may_withdraw=waits and own,
    )


def what_of(change: RuleChange) -> str:
    """«上限 2 次、处理 禁止», or that a pack is switched."""
    if not change.rule:
        return _("启用规则包") if change.switched_on else _("停用规则包")
    rule = _rule(change)
    told = _values(change, rule) if rule is not None else [f"{name} {value}" for name, value in change.params.items()]
    if change.verdict:
        told.append(f"{_('处理')} {texts.VERDICTS.get(change.verdict, change.verdict)}")
    return listed(told)


def _rule(change: RuleChange) -> Rule | None:
    if change.pack not in pack_names():
        return None
    return next((rule for rule in shipped(change.pack).rules if rule.id == change.rule), None)


def _values(change: RuleChange, rule: Rule) -> list[str]:
    try:
        return in_words(rule, change.params)
    except PackWrong:
        return [f"{name} {value}" for name, value in change.params.items()]
