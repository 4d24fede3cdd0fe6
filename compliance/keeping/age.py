"""How old a record has to be, by the rules in force (CN-R-01): the longest time that any of them asks for."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from collection_ops.core import clock
from compliance.rulebook import rules_in_force
from compliance.rules.keeping import Retention, years_later


@dataclass(frozen=True)
class Age:
    """`rule`: which one asks for the most `years`. `first_kept`: records of this day and later are kept; what is older may
    go once all else permits it. `quiet`: a rule counts from the debt's last activity, so later contacts keep older ones."""

    rule: str
    years: int
    first_kept: date
    quiet: bool


def age_on(now: datetime) -> Age | None:
    """None where no rule says how long: then nothing may go."""
    today = clock.business_date(now)
    asked = [
        (rule.params.years, rule.id, rule.params)
        for rule in rules_in_force(today)
        if isinstance(rule.params, Retention) and rule.at_work(now)
    ]
    if not asked:
        return None
    years, rule, _params = max(asked, key=lambda one: (one[0], one[1]))
    quiet = any(params.since == "last_activity" for _years, _rule, params in asked)
    return Age(rule, years, first_kept(today, years), quiet)


def first_kept(today: date, years: int) -> date:
    """The first day whose records are kept on `today`: the period ends with the end of its last day (民法典 201—203)."""
    day = today - timedelta(days=years * 365 + years // 4 + 3)
    while years_later(day, years) < today:
        day += timedelta(days=1)
    return day
