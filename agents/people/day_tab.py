"""The tab of a person's page that shows the day."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from agents.people.board_views import CAPABILITY, day_context
from agents.people.tabs import person_tab
from collection_ops.core import clock
from collection_ops.core.http import SignedInRequest
from collection_ops.core.models import User


@person_tab("today", label=_("今日"), template="agents/people/_day.html", order=20, capability=CAPABILITY)
def today(request: SignedInRequest, person: User) -> dict[str, Any]:
    """As the day's own page, whose addresses the filters lead to."""
    day = clock.business_date(clock.now())
    return {**day_context(request, person, day), "day_base": reverse("people:day", args=[person.pk]), "is_tab": True}
