"""The demo's scorecards: every finished month that had cases with agencies, as it was known on the fourth of the next."""

from datetime import date, time, timedelta
from random import Random

from cases.demo.play import Staff, staff_day
from collection_ops.core.access import users_with
from collection_ops.core.clock import month_end
from compliance.demo_parts import at
from vendors.models import Scorecard
from vendors.scorecard.scoring import ScoreRefused, score_month
from vendors.settlement.demo import finished_months


@staff_day
def score_months(*, day: date, days_left: int, staff: Staff, random: Random) -> None:
    """On the last day that people play; a month without a scheme or without cases has none."""
    manager = users_with("scorecards.make").order_by("pk").first()
    if days_left > 1 or manager is None or Scorecard.objects.exists():
        return
    for month in finished_months(day):
        known = min(month_end(month) + timedelta(days=4), day)
        try:
            score_month(month=month, actor=manager, now=at(known, time(18, 30)))
        except ScoreRefused:
            continue
