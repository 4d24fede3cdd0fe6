"""周报: where the book stands, what came in, what is missing to the target, what goes with cure and roll, cases to learn
from.

The patterns follow the loans of the last four weeks, because a week is too short for a loan to change its stage; they are
held against the four weeks before.
"""

from datetime import date, datetime, timedelta

from django.utils.translation import gettext_noop as _

from collection_ops.core.services.calendar import business_days
from reports.patterns.gather import cohort_of
from reports.regular.definitions import versions_of
from reports.regular.facts.book import book_at_start, book_on
from reports.regular.facts.learning import hard_cases, payers, steps_of
from reports.regular.facts.money import beside, money_by_day, total
from reports.regular.facts.people import money_of_people, money_targets, team_names
from reports.regular.paper import Paper, Section, Text, rate
from reports.regular.parts.book import book_section
from reports.regular.parts.learning import chosen_hard, chosen_successes, hard_section, success_section
from reports.regular.parts.money import money_section, recovery_section
from reports.regular.parts.patterns import movement_section, patterns_section
from reports.regular.parts.people import gap_section
from reports.regular.parts.why import why_sections
from reports.regular.periods import Period, Rhythm, period_of

DAY = timedelta(days=1)
COHORT = timedelta(days=28)


def build(period: Period, known_by: datetime) -> Paper:
    """The paper of one week."""
    first, last = period.first, period.last
    month = last.replace(day=1)
    book = book_on(day=last, known_by=known_by)
    previous = book_on(day=first - DAY, known_by=known_by)
    start = book_at_start(first=month, last=last, known_by=known_by)
    money = money_by_day(first=min(first, month), last=last, known_by=known_by)
    days = [one for one in money if one.day >= first]
    month_days = [one for one in money if one.day >= month]
    cohort = cohort_of(first=last - COHORT + DAY, last=last, known_by=known_by)
    earlier = cohort_of(first=last - 2 * COHORT + DAY, last=last - COHORT, known_by=known_by)
    sections = [
        book_section(book, previous),
        money_section(
            days,
            first=first,
            last=last,
            month_days=month_days,
            aside=beside(days, first=first, last=last, known_by=known_by),
        ),
        recovery_section(start, first=month),
        *why_sections(first=month, last=last, known_by=known_by),
        gap_of(month, last, known_by),
        movement_section(cohort),
        patterns_section(cohort, earlier),
        *learning_sections(first, last, known_by),
    ]
    lead = [
        Text(
            _(
                "欠款额 %(owed)s 元（%(count)s 件），比上周末 %(change)s 元；本周回款 %(paid)s 元，本月累计 %(month)s 元；"
                "本月回收率 %(rate)s。"
            ),
            {
                "owed": ("money", book.whole.total), "count": ("integer", book.whole.count),
                "change": ("money", book.whole.total - previous.whole.total), "paid": ("money", total(days)),
                "month": ("money", total(month_days)), "rate": ("percent", rate(start.whole.paid, start.whole.total)),
            },
        )
    ]  # fmt: skip
    return Paper(
        "weekly", first, last, book.as_of, lead, sections, versions_of(sections, "lift", day=last, known_by=known_by)
    )


def gap_of(month: date, day: date, known_by: datetime) -> Section:
    """The gap to the target of the month up to `day`."""
    targets = money_targets(month, known_by=known_by)
    money = money_of_people(first=month, last=day, known_by=known_by) if targets.company is not None else {}
    end = period_of(Rhythm.MONTH, month).last
    left = len(business_days(day + DAY, end)) if day < end else 0
    return gap_section(targets, money, team_names(), day=day, days_left=left)


def learning_sections(first: date, last: date, known_by: datetime) -> list[Section]:
    """Success and hard cases, each with what was done."""
    successes = chosen_successes(payers(first=first, last=last, known_by=known_by))
    hard = chosen_hard(hard_cases(first=first, last=last, known_by=known_by))
    cases = {one.case for one, _why in successes} | {one.case for one, _why in hard}
    done = steps_of(cases, last=last, known_by=known_by)
    return [success_section(successes, done), hard_section(hard, done)]
