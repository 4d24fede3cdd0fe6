"""月报: the month's book and money, how it moved, the company, its teams and people, complaints, the quality of the data.

`PARTS` is the order of the sections. Scorecards of agencies are another line of it, as soon as there are any.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.utils.translation import gettext_noop as _

from collection_ops.core.services.calendar import business_days
from compliance.complaints.rates import by_month, rates_by
from reports.patterns.gather import cohort_of
from reports.regular.definitions import versions_of
from reports.regular.facts.book import book_at_start, book_on
from reports.regular.facts.intake import bad_numbers, files, open_absences, waiting_money
from reports.regular.facts.money import beside, money_by_day, total
from reports.regular.facts.people import money_targets, people_of, team_names
from reports.regular.paper import Paper, Section, Text, rate
from reports.regular.parts.book import book_section
from reports.regular.parts.complaints import complaints_section
from reports.regular.parts.intake import quality_section
from reports.regular.parts.money import money_section, recovery_section
from reports.regular.parts.patterns import movement_section, patterns_section
from reports.regular.parts.people import scorecards_section
from reports.regular.parts.vintage import vintage_section
from reports.regular.parts.why import why_sections
from reports.regular.periods import Period, Rhythm, before
from reports.regular.weekly import gap_of, learning_sections

DAY = timedelta(days=1)
Part = Callable[[Period, datetime], list[Section]]


def _book(period: Period, known_by: datetime) -> list[Section]:
    book = book_on(day=period.last, known_by=known_by)
    return [book_section(book, book_on(day=period.first - DAY, known_by=known_by))]


def _money(period: Period, known_by: datetime) -> list[Section]:
    first, last = period.first, period.last
    days = money_by_day(first=first, last=last, known_by=known_by)
    aside = beside(days, first=first, last=last, known_by=known_by)
    start = book_at_start(first=first, last=last, known_by=known_by)
    return [
        money_section(days, first=first, last=last, month_days=days, aside=aside),
        recovery_section(start, first=first),
        *why_sections(first=first, last=last, known_by=known_by),
        gap_of(first, last, known_by),
    ]


def _movement(period: Period, known_by: datetime) -> list[Section]:
    earlier = before(Rhythm.MONTH, period)
    cohort = cohort_of(first=period.first, last=period.last, known_by=known_by)
    return [
        movement_section(cohort),
        patterns_section(cohort, cohort_of(first=earlier.first, last=earlier.last, known_by=known_by)),
        vintage_section(month=period.first, last=period.last, known_by=known_by),
    ]


def _people(period: Period, known_by: datetime) -> list[Section]:
    targets = money_targets(period.first, known_by=known_by)
    people = people_of(first=period.first, last=period.last, known_by=known_by, targets=targets)
    return [scorecards_section(people, team_names(), company_target=targets.company)]


def _complaints(period: Period, known_by: datetime) -> list[Section]:
    found = rates_by(period.first, period.last, ("house", "type", "source"), known_by=known_by)
    (house,) = found["house"]
    months = by_month(period.first, known_by=known_by)
    return [complaints_section(house, found["type"], found["source"], months)]


def _quality(period: Period, known_by: datetime) -> list[Section]:
    first, last = period.first, period.last
    lines = files(first=first, last=last, known_by=known_by)
    due = len(business_days(first, last))
    expected = {line.source: due for line in lines if line.kind == "overdue"}
    return [
        quality_section(
            lines,
            open_absences(last=last, known_by=known_by),
            waiting_money(last=last, known_by=known_by),
            bad_numbers(first=first, last=last, known_by=known_by),
            expected,
        )
    ]


def _learning(period: Period, known_by: datetime) -> list[Section]:
    return learning_sections(period.first, period.last, known_by)


PARTS: tuple[Part, ...] = (_book, _money, _movement, _people, _complaints, _quality, _learning)


def build(period: Period, known_by: datetime) -> Paper:
    """The paper of one month."""
    sections = [section for part in PARTS for section in part(period, known_by)]
    book = book_on(day=period.last, known_by=known_by)
    days = money_by_day(first=period.first, last=period.last, known_by=known_by)
    start = book_at_start(first=period.first, last=period.last, known_by=known_by)
    lead = [
        Text(
            _("月末欠款额 %(owed)s 元（%(count)s 件）；本月回款 %(paid)s 元；回收率 %(rate)s。"),
            {
                "owed": ("money", book.whole.total), "count": ("integer", book.whole.count), "paid": ("money", total(days)),
                "rate": ("percent", rate(start.whole.paid, start.whole.total)),
            },
        )
    ]  # fmt: skip
    versions = versions_of(sections, "lift", "vintage", day=period.last, known_by=known_by)
    return Paper("monthly", period.first, period.last, book.as_of, lead, sections, versions)
