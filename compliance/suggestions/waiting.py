"""Suggestions on the page of tasks."""

from django.urls import reverse
from django.utils.translation import gettext as _

from collection_ops.core.approvals import Waiting, decisions
from collection_ops.core.models import User
from compliance.models import Suggestion, SuggestionState
from compliance.suggestions.people import answers_all


@decisions
def waiting_suggestions(user: User) -> Waiting | None:
    """Open ones of this person; of nobody, for everybody who answers."""
    rows = Suggestion.objects.filter(state=SuggestionState.OPEN).exclude(filed_by=user)
    mine = rows.filter(owner=user)
    if answers_all(user):
        mine = mine | rows.filter(owner=None)
    return Waiting(_("待答复的问题与建议"), mine.count(), f"{reverse('compliance:suggestions')}?show=to_me")
