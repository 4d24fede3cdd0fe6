"""Each morning: owners are told of what nobody has answered for a week, and of what was promised for a day that is over."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.urls import reverse

from collection_ops.core import clock
from collection_ops.core.models import Notification
from compliance.models import Suggestion, SuggestionState, SuggestionStep
from compliance.suggestions.people import everybody

UNANSWERED_AFTER = timedelta(days=7)


def remind_owners(*, now: datetime) -> int:
    """Tell them, once a step; of how many. Two runs at once tell of each once."""
    unanswered = Q(state=SuggestionState.OPEN, filed_at__lte=now - UNANSWERED_AFTER)
    late = Q(state=SuggestionState.ACCEPTED, promised_on__lt=clock.business_date(now))
    with transaction.atomic():
        due = Suggestion.objects.filter(unanswered | late, reminded=0).order_by("pk")
        rows = list(due.select_for_update(of=("self",), skip_locked=True).select_related("owner"))
        if not rows:
            return 0
        all_who_answer = [one.pk for one in everybody()]
        whom = {row.pk: [row.owner.pk] if row.owner and row.owner.is_active else all_who_answer for row in rows}
        Notification.objects.bulk_create(
            Notification(
                user_id=user,
                kind="suggestion.unanswered" if row.state == SuggestionState.OPEN else "suggestion.late",
                params={"number": row.number, "day": str(row.promised_on or "")},
                url=reverse("compliance:suggestion", args=[row.pk]),
                level="warning",
            )
            for row in rows
            for user in whom[row.pk]
            if user != row.filed_by_id
        )
        SuggestionStep.objects.bulk_create(SuggestionStep(suggestion=row, kind="reminded", at=now) for row in rows)
        Suggestion.objects.filter(pk__in=[row.pk for row in rows]).update(reminded=1)
    return len(rows)
