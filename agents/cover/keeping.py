"""What the schedule does by itself, every few minutes: hand back what is over, begin what is due. Each cover in a
transaction of its own, so that a worker that dies leaves whole ones; again, or twice at once, changes nothing more."""

import datetime as dt
import logging

from django.utils.translation import gettext as _

from agents.cover.changing import cancel_cover
from agents.cover.ending import end_cover
from agents.cover.refusals import CoverRefused
from agents.cover.starting import start_covers
from agents.models import Cover, CoverState, LeaveState
from cases.services.custody import CustodyRefused
from collection_ops.core import clock

logger = logging.getLogger(__name__)


def keep_covers(*, now: dt.datetime) -> dict[str, int]:
    """How many were ended, cancelled and begun. Three queries when there is nothing to do."""
    today = clock.business_date(now)
    # Back before out: a case may go from one helper to the next on the same morning.
    return {
        "ended": _hand_back(today, now),
        "cancelled": _drop(today, now),
        "started": _begin(today, now),
    }


def _hand_back(today: dt.date, now: dt.datetime) -> int:
    done = 0
    over = Cover.objects.filter(state=CoverState.RUNNING, last_day__lt=today).order_by("pk")
    for cover_id in over.values_list("pk", flat=True):
        try:
            end_cover(cover_id=cover_id, actor=None, now=now)
            done += 1
        except CoverRefused:  # somebody was quicker
            continue
        except CustodyRefused:
            logger.warning("cover could not be handed back yet", extra={"cover": cover_id})
    return done


def _drop(today: dt.date, now: dt.datetime) -> int:
    """The leave was taken back, or the days went by without the cover ever having been able to begin."""
    waiting = Cover.objects.filter(state=CoverState.PLANNED)
    no_leave = waiting.filter(leave__isnull=False).exclude(leave__state=LeaveState.APPROVED)
    reasons = dict.fromkeys(no_leave.values_list("pk", flat=True), _("请假已取消"))
    reasons |= dict.fromkeys(waiting.filter(last_day__lt=today).values_list("pk", flat=True), _("期间一直未能开始"))
    done = 0
    for cover_id, reason in sorted(reasons.items()):
        try:
            cancel_cover(cover_id=cover_id, reason=reason, actor=None, now=now)
            done += 1
        except CoverRefused:
            continue
    return done


def _begin(today: dt.date, now: dt.datetime) -> int:
    due = Cover.objects.filter(state=CoverState.PLANNED, first_day__lte=today, last_day__gte=today)
    arrangements = due.order_by("arrangement").values_list("arrangement", flat=True).distinct()
    return sum(not start_covers(arrangement=arrangement, actor=None, now=now) for arrangement in list(arrangements))
