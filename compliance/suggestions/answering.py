"""Answering suggestions: accept, decline, done, duplicate of another; and whose they are."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from collection_ops.core import clock
from collection_ops.core.models import User
from collection_ops.core.services import audit
from compliance.models import (
    Suggestion,
    SuggestionArea,
    SuggestionOwner,
    SuggestionState,
    SuggestionSupport,
)
from compliance.suggestions.filing import tell
from compliance.suggestions.people import answers_all, may_answer
from compliance.suggestions.refusals import SuggestionRefused
from compliance.suggestions.rows import locked, step, words_of

LONGEST = timedelta(days=366)
ACCEPT, DECLINE, DONE = "accept", "decline", "done"
STATES = {ACCEPT: SuggestionState.ACCEPTED, DECLINE: SuggestionState.DECLINED, DONE: SuggestionState.DONE}


def answer(
    *,
    suggestion: Suggestion,
    decision: str,
    words: str,
    actor: User,
    now: datetime,
    promised_on: date | None = None,
    seen: str = "",
) -> Suggestion:
    """Accept it (will be done by `promised_on`), decline it with a reason, or say that it is done and how. Whoever filed it,
    seconded it or filed a duplicate is told. `seen`: the state on the page that the answer was written on; two at once: the
    second is told who answered.

    Raises SuggestionRefused: not the owner's, one's own, no words, no day or one that is over, not waiting for this."""
    if decision not in STATES:
        raise SuggestionRefused(_("请选择答复"), "decision")
    said = words_of(words, "words", _("请写明答复；不采纳的写明原因"))
    today = clock.business_date(now)
    if decision == ACCEPT and (promised_on is None or not today <= promised_on <= today + LONGEST):
        raise SuggestionRefused(_("请填写落实日期，今天起一年之内"), "promised_on")
    with transaction.atomic():
        row = locked(suggestion, SuggestionState.OPEN, SuggestionState.ACCEPTED)
        _refuse(row, actor)
        if row.state != (seen or suggestion.state):
            raise SuggestionRefused(
                _("%(who)s 刚刚已答复：%(state)s；请刷新")
                % {"who": row.answered_by or row.filed_by, "state": row.get_state_display()}
            )
        row.state, row.answer, row.answered_by = STATES[decision], said, actor
        row.answered_at = row.answered_at or now
        row.promised_on = promised_on if decision == ACCEPT else row.promised_on
        row.owner, row.satisfied, row.reminded = row.owner or actor, None, 0
        row.save(
            update_fields=[
                "state", "answer", "answered_by", "answered_at", "promised_on", "owner", "satisfied", "reminded",
            ]
        )  # fmt: skip
        data: dict[str, object] = {"promised": promised_on.isoformat()} if decision == ACCEPT and promised_on else {}
        step(row, STATES[decision], actor=actor, now=now, words=said, data=data)
        audit.record(action=f"suggestion.{STATES[decision]}", actor=actor, obj=row, data=data)
        tell(row, f"suggestion.{STATES[decision]}", _who_waits(row, actor))
    return row


def link_duplicate(*, suggestion: Suggestion, to: Suggestion, actor: User, now: datetime) -> Suggestion:
    """The same matter as `to`, whose answer is its answer: who filed it supports that one, and hears of its answers; what
    was linked to this one is linked to that one. Raises SuggestionRefused: itself, a duplicate as target, at its end."""
    if suggestion.pk == to.pk:
        raise SuggestionRefused(_("不能与自身重复"), "to")
    with transaction.atomic():
        # Both rows in one order: two who link them to each other at once do not wait for one another for ever.
        list(Suggestion.objects.select_for_update(of=("self",)).filter(pk__in=[suggestion.pk, to.pk]).order_by("pk"))
        row = locked(suggestion, SuggestionState.OPEN)
        target = Suggestion.objects.get(pk=to.pk)
        _refuse(row, actor)
        if target.state == SuggestionState.DUPLICATE:
            raise SuggestionRefused(
                _("%(number)s 本身是重复的，请选 %(root)s") % {"number": target.number, "root": target.duplicate_of},
                "to",
            )
        row.duplicates.update(duplicate_of=target)
        row.state, row.duplicate_of, row.reminded = SuggestionState.DUPLICATE, target, 0
        row.save(update_fields=["state", "duplicate_of", "reminded"])
        waiting = {row.filed_by_id, *row.supports.values_list("user", flat=True)} - {target.filed_by_id}
        SuggestionSupport.objects.bulk_create(
            (SuggestionSupport(suggestion=target, user_id=user, at=now) for user in sorted(waiting)),
            ignore_conflicts=True,
        )
        step(row, "duplicate", actor=actor, now=now, data={"of": target.pk, "number": target.number})
        step(target, "duplicated_by", actor=actor, now=now, data={"by": row.pk, "number": row.number})
        audit.record(action="suggestion.duplicate", actor=actor, obj=row, data={"of": target.pk})
        tell(row, "suggestion.duplicate", [row.filed_by])
    return row


def assign(*, suggestion: Suggestion, owner: User, actor: User, now: datetime) -> Suggestion:
    """Somebody else answers it. Raises SuggestionRefused: without the authority, an account that is not in force, the
    filer."""
    if not answers_all(actor) and suggestion.owner_id != actor.pk:
        raise SuggestionRefused(_("您不能指定负责人"))
    if not owner.is_active:
        raise SuggestionRefused(_("%(who)s 的账号已停用") % {"who": owner}, "owner")
    if owner.pk == suggestion.filed_by_id:
        raise SuggestionRefused(_("提出人不能答复自己的建议"), "owner")
    with transaction.atomic():
        row = locked(suggestion, SuggestionState.OPEN, SuggestionState.ACCEPTED)
        if row.owner_id == owner.pk:
            return row
        row.owner, row.reminded = owner, 0
        row.save(update_fields=["owner", "reminded"])
        step(row, "assigned", actor=actor, now=now, data={"to": owner.pk, "name": str(owner)})
        audit.record(action="suggestion.assigned", actor=actor, obj=row, data={"to": owner.pk})
        if owner.pk != actor.pk:
            tell(row, "suggestion.assigned", [owner])
    return row


def save_owners(*, chosen: Mapping[str, User | None], actor: User, now: datetime) -> int:
    """Who is in charge of which area from now on; what waits without an owner in it is theirs. How many areas changed.
    Raises SuggestionRefused: without the authority, an account that is not in force."""
    if not answers_all(actor):
        raise SuggestionRefused(_("您可以查看，不能修改"))
    changed = 0
    with transaction.atomic():
        known = {line.area: line for line in SuggestionOwner.objects.select_for_update().select_related("user")}
        for area in SuggestionArea.values:
            user, line = chosen.get(area), known.get(area)
            if user is not None and not user.is_active:
                raise SuggestionRefused(_("%(who)s 的账号已停用") % {"who": user}, area)
            if (line.user_id if line else None) == (user.pk if user else None):
                continue
            changed += 1
            if user is None:
                SuggestionOwner.objects.filter(area=area).delete()
            else:
                SuggestionOwner.objects.update_or_create(area=area, defaults={"user": user})
                waiting = Suggestion.objects.filter(area=area, state=SuggestionState.OPEN, owner=None)
                waiting.exclude(filed_by=user).update(owner=user)
            audit.record(action="suggestion.owner", actor=actor, data={"area": area, "user": user.pk if user else None})
    return changed


def _refuse(row: Suggestion, actor: User) -> None:
    if may_answer(row, actor):
        return
    if actor.pk == row.filed_by_id:
        raise SuggestionRefused(_("自己提出的由他人答复"))
    raise SuggestionRefused(_("由负责人 %(who)s 答复") % {"who": row.owner or _("（未指定）")})


def _who_waits(row: Suggestion, actor: User) -> list[User]:
    """Who filed it, who seconded it, and who filed a duplicate."""
    ids = {
        row.filed_by_id,
        *row.supports.values_list("user", flat=True),
        *row.duplicates.values_list("filed_by", flat=True),
    } - {actor.pk}
    return list(User.objects.filter(pk__in=ids, is_active=True).order_by("pk"))
