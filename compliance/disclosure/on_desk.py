"""What the disclosure watch puts on the compliance desk."""

from datetime import datetime

from django.utils.translation import gettext as _

from collection_ops.core.access import has
from collection_ops.core.models import User
from compliance.desk.parts import Card, card
from compliance.disclosure.watch import WATCH
from compliance.disclosure.weekly import waiting_alerts


@card
def unusual_looking(user: User, now: datetime) -> Card | None:
    """Alerts about others that nobody has looked into; leads to the week of the oldest."""
    if not has(user, WATCH):
        return None
    count, url = waiting_alerts(user)
    return Card(
        label=_("待核查查询提示"),
        count=count,
        url=url,
        tone="warning" if count else "neutral",
        order=35,
    )
