"""What compliance says of a hit: it is a breach, for the register, or a false alarm that does not come back. Either is taken
back with a reason."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from collection_ops.core.models import User
from collection_ops.core.services import audit
from compliance.breaching import from_findings
from compliance.breaching.kinds import of_wording
from compliance.models import BreachSource, HarmlessWording, HitState, WordingHit
from compliance.rules.plain_text import plain
from compliance.wordcheck.scanning import clear_harmless
from compliance.wordcheck.texts import texts_of
from compliance.wordcheck.words import category_label


class JudgingRefused(Exception):
    """It cannot be said so; the sentence says why, `field` of which entry (or nothing)."""

    def __init__(self, sentence: str, field: str = "") -> None:
        super().__init__(sentence)
        self.field = field


def confirm(*, hit: WordingHit, reason: str, actor: User, now: datetime) -> WordingHit:
    """The words were said or written so, and should not have been: a breach. Raises JudgingRefused: no reason, judged
    already, one's own words."""
    with transaction.atomic():
        locked = _waiting(hit, reason, actor)
        _decide(locked, HitState.CONFIRMED, reason, actor, now)
        said = {"where": locked.get_kind_display(), "words": locked.words, "what": category_label(locked.category)}
        what = _("%(where)s中的“%(words)s”：%(what)s") % said
        kind = of_wording(locked.category, locked.rule)
        _register(locked, {kind: f"{what}\n{locked.reason}"}, actor=actor, now=now)
    return locked


def call_harmless(
    *, hit: WordingHit, reason: str, actor: User, now: datetime, everywhere: bool = False, word: str = ""
) -> WordingHit:
    """A false alarm. `everywhere`: the same words in the same surroundings are none either, in what is there and in what
    comes; `word`: nor is anything that this longer word holds. Raises JudgingRefused: no reason, judged already, one's own
    words, a word that does not hold the hit or is not longer than it.
    """
    word = word.strip()
    with transaction.atomic():
        locked = _waiting(hit, reason, actor)
        if word:
            _refuse_word(locked, word)
        _decide(locked, HitState.FALSE_ALARM, reason, actor, now)
        if word:
            _mark(locked, actor=actor, now=now, reason=reason, word=word)
            clear_harmless(category=locked.category, word=word, reason=reason[:200], actor_id=actor.pk, now=now)
        elif everywhere:
            _mark(locked, actor=actor, now=now, reason=reason, surroundings=locked.surroundings)
            WordingHit.objects.filter(
                category=locked.category, surroundings=locked.surroundings, state=HitState.NEW
            ).exclude(attempt__actor=actor).update(
                state=HitState.FALSE_ALARM, decided_by=actor, decided_at=now, reason=reason.strip()[:200]
            )
    return locked


def take_back(*, hit: WordingHit, reason: str, actor: User, now: datetime) -> WordingHit:
    """What was said of it does not hold: it waits to be judged again, and a breach that it was falls, which the register
    shows. A rule of false alarms that was made with it goes on until it is ended. Raises JudgingRefused: no reason, not
    judged, one's own words."""
    if not reason.strip():
        raise JudgingRefused(_("请写明撤回的原因"), "reason")
    with transaction.atomic():
        locked = _locked(hit, actor)
        if locked.state == HitState.NEW:
            raise JudgingRefused(_("这一处还没有判定"))
        before = {"was": locked.state, "by": locked.decided_by_id, "reason": locked.reason}
        locked.state, locked.reason, locked.decided_by, locked.decided_at = HitState.NEW, "", None, None
        locked.save(update_fields=["state", "reason", "decided_by", "decided_at"])
        audit.record(action="wording.taken_back", actor=actor, obj=locked, data=before, reason=reason)
        _register(locked, {}, actor=actor, now=now, why=reason.strip()[:200])
    return locked


def end_harmless(*, harmless: HarmlessWording, reason: str, actor: User, now: datetime) -> HarmlessWording:
    """From now on it is a hit again; what was judged stays judged. Raises JudgingRefused: no reason, ended already."""
    if not reason.strip():
        raise JudgingRefused(_("请写明取消的原因"), "reason")
    with transaction.atomic():
        row = HarmlessWording.objects.select_for_update().get(pk=harmless.pk)
        if row.ended_at is not None:
            raise JudgingRefused(_("这条误报规则已取消"))
        row.ended_at, row.ended_by, row.end_reason = now, actor, reason.strip()[:200]
        row.save(update_fields=["ended_at", "ended_by", "end_reason"])
        audit.record(action="wording.harmless_ended", actor=actor, obj=row, reason=reason)
    return row


def _waiting(hit: WordingHit, reason: str, actor: User) -> WordingHit:
    if not reason.strip():
        raise JudgingRefused(_("请写明判定的理由"), "reason")
    locked = _locked(hit, actor)
    if locked.state != HitState.NEW:
        raise JudgingRefused(_("这一处已由他人判定为“%(state)s”") % {"state": locked.get_state_display()})
    return locked


def _locked(hit: WordingHit, actor: User) -> WordingHit:
    locked = WordingHit.objects.select_for_update(of=("self",)).select_related("attempt").get(pk=hit.pk)
    if locked.attempt.actor_id == actor.pk:
        raise JudgingRefused(_("自己的催记须由他人判定"))
    return locked


def _register(hit: WordingHit, kinds: dict[str, str], *, actor: User, now: datetime, why: str = "") -> None:
    attempt = hit.attempt
    finding = from_findings.Finding(
        key=f"hit-{hit.pk}", source=BreachSource.WORDING, attempt=attempt, user=attempt.actor, org=attempt.org
    )
    from_findings.follow(finding, kinds, actor=actor, now=now, why=why)


def _refuse_word(hit: WordingHit, word: str) -> None:
    text = texts_of(hit.kind, [hit.attempt_id]).get(hit.attempt_id, "")
    read, words = plain(word), plain(hit.words)
    if len(read) <= len(words) or words not in read or read not in plain(text):
        raise JudgingRefused(_("无害词语须比“%(words)s”长、包含它，并出现在这段文本里") % {"words": hit.words}, "word")


def _decide(hit: WordingHit, state: HitState, reason: str, actor: User, now: datetime) -> None:
    hit.state, hit.reason, hit.decided_by, hit.decided_at = state, reason.strip()[:200], actor, now
    hit.save(update_fields=["state", "reason", "decided_by", "decided_at"])
    audit.record(
        action="wording.confirmed" if state == HitState.CONFIRMED else "wording.false_alarm",
        actor=actor,
        obj=hit,
        data={"category": hit.category, "attempt": hit.attempt_id, "kind": hit.kind},
        reason=reason,
    )


def _mark(hit: WordingHit, *, actor: User, now: datetime, reason: str, word: str = "", surroundings: str = "") -> None:
    """Said before is said enough."""
    try:
        with transaction.atomic():
            row = HarmlessWording.objects.create(
                category=hit.category,
                word=word,
                surroundings=surroundings,
                sample=hit.words,
                reason=reason.strip()[:200],
                marked_by=actor,
                marked_at=now,
            )
            audit.record(action="wording.harmless", actor=actor, obj=row, data={"category": hit.category})
    except IntegrityError:
        return
