"""日报: how much is owed, what came in, what share of the month's book it is, what waits.

One for each business date with an applied file, made once the day is over. Money that was paid on the days without a file
before it (a weekend) is told with the day, so that the papers of a month add up to the month.
"""

from datetime import date, datetime, timedelta

from django.utils.translation import gettext_noop as _

from reports.regular.definitions import versions_of
from reports.regular.facts.book import Book, book_at_start, book_on
from reports.regular.facts.intake import files, open_absences, waiting_money
from reports.regular.facts.money import beside, money_by_day, total
from reports.regular.paper import Paper, Text, rate
from reports.regular.parts.book import book_section
from reports.regular.parts.intake import day_section
from reports.regular.parts.money import money_section, recovery_section
from reports.regular.periods import Period

DAY = timedelta(days=1)


def build(period: Period, known_by: datetime) -> Paper:
    """The paper of one day."""
    day, month = period.last, period.last.replace(day=1)
    book = book_on(day=day, known_by=known_by)
    previous = book_on(day=(book.as_of or day) - DAY, known_by=known_by)
    since = first_day_told(day, previous)
    start = book_at_start(first=month, last=day, known_by=known_by)
    in_month = money_by_day(first=min(month, since), last=day, known_by=known_by)
    days = [one for one in in_month if one.day >= since]
    month_days = [one for one in in_month if one.day >= month]
    sections = [
        book_section(book, previous),
        money_section(
            days, first=since, last=day, month_days=month_days, is_day=True,
            aside=beside(days, first=since, last=day, known_by=known_by),
        ),
        recovery_section(start, first=month),
        day_section(
            files(first=day, last=day, known_by=known_by), open_absences(last=day, known_by=known_by),
            waiting_money(last=day, known_by=known_by), last=day,
        ),
    ]  # fmt: skip
    lead = [
        Text(
            _("欠款额 %(owed)s 元（%(count)s 件）；当日回款 %(paid)s 元，本月累计 %(month)s 元；本月回收率 %(rate)s。"),
            {
                "owed": ("money", book.whole.total), "count": ("integer", book.whole.count), "paid": ("money", total(days)),
                "month": ("money", total(month_days)), "rate": ("percent", rate(start.whole.paid, start.whole.total)),
            },
        )
    ]  # fmt: skip
    return Paper("daily", day, day, book.as_of, lead, sections, versions_of(sections, day=day, known_by=known_by))


def first_day_told(day: date, previous: Book) -> date:
    """The day after the last business date before it; the day itself after a gap of more than a holiday."""
    since = previous.as_of + DAY if previous.as_of else day
    return since if since <= day and (day - since).days <= 10 else day
