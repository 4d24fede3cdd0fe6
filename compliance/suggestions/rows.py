"""One suggestion locked, and a line about what became of it."""

from datetime import datetime

from django.utils.translation import gettext as _

from collection_ops.core.models import User
from compliance.models import Suggestion, SuggestionStep
from compliance.suggestions.refusals import SuggestionRefused

MOST_WORDS = 2000


def locked(suggestion: Suggestion, *states: str) -> Suggestion:
    """The row, locked until the transaction ends. Raises SuggestionRefused in another state than these: somebody else may
    have been faster, and is named."""
    row = Suggestion.objects.select_for_update(of=("self",)).get(pk=suggestion.pk)
    if row.state not in states:
        last = row.steps.exclude(actor=None).select_related("actor").order_by("-at", "-pk").first()
        said = {"number": row.number, "state": row.get_state_display(), "who": last.actor if last else row.filed_by}
        raise SuggestionRefused(_("%(number)s 已由 %(who)s 处理，现为“%(state)s”；请刷新") % said)
    return row


def step(
    suggestion: Suggestion,
    kind: str,
    *,
    actor: User | None,
    now: datetime,
    words: str = "",
    data: dict[str, object] | None = None,
) -> SuggestionStep:
    """One line of what became of it. Kinds have their labels in `suggestions/texts.py`."""
    return SuggestionStep.objects.create(
        suggestion=suggestion, kind=kind, at=now, actor=actor, words=words.strip(), data=data or {}
    )


def words_of(text: str, field: str, missing: str) -> str:
    """What was typed. Raises SuggestionRefused: nothing, or too much."""
    words = text.strip()
    if not words:
        raise SuggestionRefused(missing, field)
    if len(words) > MOST_WORDS:
        raise SuggestionRefused(_("最多 %(most)d 个字") % {"most": MOST_WORDS}, field)
    return words
