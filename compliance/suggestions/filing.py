"""What whoever has a problem or a suggestion does: file it, second another's, and say whether the answer serves."""

from datetime import datetime

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from cases.models import Case
from collection_ops.core.models import User
from collection_ops.core.services import audit
from collection_ops.core.services.notifications import notify
from compliance.models import (
    Suggestion,
    SuggestionArea,
    SuggestionState,
    SuggestionSupport,
    Urgency,
)
from compliance.suggestions.people import owner_for, owners, told_of
from compliance.suggestions.refusals import SuggestionRefused
from compliance.suggestions.rows import locked, step, words_of


def file_suggestion(
    *,
    area: SuggestionArea | str,
    text: str,
    actor: User,
    now: datetime,
    urgency: Urgency | str = Urgency.NORMAL,
    case: Case | None = None,
) -> Suggestion:
    """File it; the owner of the area is told, or everybody who answers. Raises SuggestionRefused: nothing said, somebody
    without a role."""
    words = words_of(text, "text", _("请写明问题或建议"))
    if not actor.roles:
        raise SuggestionRefused(_("没有岗位的账号不能提交"))
    with transaction.atomic():
        suggestion = Suggestion.objects.create(
            area=SuggestionArea(area),
            urgency=Urgency(urgency),
            text=words,
            case=case,
            filed_by=actor,
            filed_at=now,
            owner=owner_for(str(area), actor, owners()),
        )
        step(suggestion, "filed", actor=actor, now=now)
        data = {"area": suggestion.area, "urgency": suggestion.urgency}
        audit.record(action="suggestion.filed", actor=actor, obj=suggestion, data=data)
        level = "warning" if suggestion.urgency == Urgency.URGENT else "info"
        tell(suggestion, "suggestion.filed", told_of(suggestion), level=level)
    return suggestion


def second(*, suggestion: Suggestion, actor: User, now: datetime) -> bool:
    """`actor` has the same problem; whether it is new. Raises SuggestionRefused: one's own, one that is at its end."""
    if actor.pk == suggestion.filed_by_id:
        raise SuggestionRefused(_("自己提出的不用附议"))
    with transaction.atomic():
        row = locked(suggestion, SuggestionState.OPEN, SuggestionState.ACCEPTED)
        _support, is_new = SuggestionSupport.objects.get_or_create(suggestion=row, user=actor, defaults={"at": now})
        if is_new:
            audit.record(action="suggestion.seconded", actor=actor, obj=row)
    return is_new


def judge(*, suggestion: Suggestion, content: bool, because: str, actor: User, now: datetime) -> Suggestion:
    """Whoever filed it says whether the answer serves. Where not, it is open again, with the reason. Raises
    SuggestionRefused: not the filer, nothing done or declined yet, said already, no reason."""
    words = because.strip()
    if not content:
        words = words_of(because, "because", _("请写明哪里没有解决"))
    if actor.pk != suggestion.filed_by_id:
        raise SuggestionRefused(_("由提出人 %(who)s 评价") % {"who": suggestion.filed_by})
    with transaction.atomic():
        row = locked(suggestion, SuggestionState.DONE, SuggestionState.DECLINED)
        if row.satisfied is not None:
            raise SuggestionRefused(_("已经评价过"))
        row.satisfied, row.reminded = content, 0
        if not content:
            row.state, row.promised_on = SuggestionState.OPEN, None
        row.save(update_fields=["satisfied", "state", "promised_on", "reminded"])
        step(row, "satisfied" if content else "not_satisfied", actor=actor, now=now, words=words)
        audit.record(action="suggestion.judged", actor=actor, obj=row, data={"satisfied": content})
        if not content:
            tell(row, "suggestion.reopened", told_of(row), level="warning")
    return row


def tell(suggestion: Suggestion, kind: str, people: list[User], *, level: str = "info") -> None:
    notify(
        users=people,
        kind=kind,
        params={"number": suggestion.number, "day": str(suggestion.promised_on or "")},
        url=reverse("compliance:suggestion", args=[suggestion.pk]),
        level=level,
    )
