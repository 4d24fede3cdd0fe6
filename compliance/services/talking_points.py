"""Words for a call: written by one person, approved by another."""

import re
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from collection_ops.core.models import User
from collection_ops.core.services import audit
from collection_ops.core.wording import sentences
from compliance.models import PointState, TalkingPoint
from compliance.models.detail import ArrearsReason, Temper
from compliance.models.talking_point import Topic
from compliance.wording import check_wording, told

PLACES = ("total", "principal", "interest", "penalty", "fees", "days", "as_of", "lender", "staff")
"""What a text may leave open in braces; the call's page fills it in from the ledger and the account."""
_BOUND = ("total", "principal", "interest", "penalty", "fees", "days", "as_of")
_OPEN = re.compile(r"\{([^{}]*)\}")


class WordsRefused(Exception):
    """The words cannot be saved or decided on; the sentence says why, `field` where."""

    def __init__(self, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.field = field


def submit_point(
    *,
    topic: str,
    text: str,
    author: User,
    now: datetime,
    audience: str = "debtor",
    reason: str = "",
    temper: str = "",
    text_en: str = "",
    replaces: TalkingPoint | None = None,
) -> TalkingPoint:
    """Put words before whoever approves them. `replaces`: an approved point that goes when these are approved.

    Raises WordsRefused: empty, an unknown place or word, an amount written out instead of taken from the ledger, anything
    about the debt to a third person, words that the lexicon forbids.
    """
    text, text_en = text.strip(), text_en.strip()
    check_words(topic=topic, text=text, audience=audience, reason=reason, temper=temper)
    if text_en:
        check_words(topic=topic, text=text_en, audience=audience, reason=reason, temper=temper, field="text_en")
    if replaces is not None and replaces.state != PointState.APPROVED:
        raise WordsRefused(_("只能替换已批准的话术"))
    with transaction.atomic():
        point = TalkingPoint.objects.create(
            topic=topic, audience=audience, reason=reason, temper=temper, text=text, text_en=text_en, replaces=replaces,
            author=author, written_at=now,
        )  # fmt: skip
        audit.record(action="talking_point.submitted", actor=author, obj=point, data={"topic": topic})
    return point


def check_words(
    *, topic: str, text: str, audience: str, reason: str = "", temper: str = "", field: str = "text"
) -> None:
    """The one place where words are judged before they are kept. Raises WordsRefused."""
    if not text:
        raise WordsRefused(_("请写明话术"), field=field)
    if len(text) > 300 and field == "text":
        raise WordsRefused(_("话术最多 300 个字"), field=field)
    if topic not in Topic.values or audience not in ("debtor", "third"):
        raise WordsRefused(_("请选择话题与对象"), field="topic")
    if (reason and reason not in ArrearsReason.values) or (temper and temper not in Temper.values):
        raise WordsRefused(_("请从列表中选择原因与情绪"), field="reason")
    places = _OPEN.findall(text)
    if unknown := [place for place in places if place not in PLACES] or "{" in _OPEN.sub("", text):
        shown = unknown[0] if isinstance(unknown, list) else "{"
        raise WordsRefused(
            _("“%(place)s”不是可用的占位；可用：%(places)s")
            % {"place": shown, "places": "、".join(f"{{{place}}}" for place in PLACES)},
            field=field,
        )
    if audience == "third" and (set(places) & set(_BOUND) or topic in (Topic.OWED, Topic.CONSEQUENCE, Topic.OFFER)):
        raise WordsRefused(_("对第三人的话术不得涉及欠款"), field=field)
    # Words that are about no one case may name no amount, no court and no suit; what is bound to the ledger stays open.
    found = check_wording(text, audience="contact" if audience == "third" else "debtor", ledger_amounts=())
    if found:
        raise WordsRefused(sentences(told(found)), field=field)


def decide_point(*, point: TalkingPoint, approve: bool, actor: User, now: datetime, note: str = "") -> TalkingPoint:
    """Approve or turn down; approved, it is on the call's page at once, and what it replaces is not any more.

    Raises WordsRefused: one's own words, already decided, turned down without a word.
    """
    with transaction.atomic():
        locked = TalkingPoint.objects.select_for_update(of=("self",)).get(pk=point.pk)
        if locked.state != PointState.SUBMITTED:
            raise WordsRefused(_("这条话术已经有审批结果"))
        if locked.author_id == actor.pk:
            raise WordsRefused(_("自己提交的话术由他人审批"))
        if not approve and not note.strip():
            raise WordsRefused(_("请写明不通过的原因"), field="note")
        if approve and locked.replaces_id is not None:
            TalkingPoint.objects.filter(pk=locked.replaces_id, state=PointState.APPROVED).update(
                state=PointState.RETIRED
            )
        locked.state = PointState.APPROVED if approve else PointState.REJECTED
        locked.decided_by, locked.decided_at, locked.decision_note = actor, now, note.strip()[:200]
        locked.save(update_fields=["state", "decided_by", "decided_at", "decision_note"])
        audit.record(
            action="talking_point.approved" if approve else "talking_point.rejected",
            actor=actor,
            obj=locked,
            reason=note,
        )
    return locked


def retire_point(*, point: TalkingPoint, actor: User, reason: str) -> TalkingPoint:
    """Take approved words off the call's page. Raises WordsRefused without a reason, or when they are not in use."""
    if not reason.strip():
        raise WordsRefused(_("请写明停用的原因"), field="note")
    with transaction.atomic():
        locked = TalkingPoint.objects.select_for_update(of=("self",)).get(pk=point.pk)
        if locked.state != PointState.APPROVED:
            raise WordsRefused(_("这条话术不在使用中"))
        locked.state = PointState.RETIRED
        locked.save(update_fields=["state"])
        audit.record(action="talking_point.retired", actor=actor, obj=locked, reason=reason)
    return locked
