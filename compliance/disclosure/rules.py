"""What looks unusual in what people looked at. Pure: events and limits in, findings out.

An alert is a question, not an accusation: each names its events, so that whoever asks can look at them.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby

from django.utils.translation import gettext_lazy as _

from collection_ops.core.dated_settings import Setting, values_on
from compliance.disclosure.facts import EXPORTED, REVEALED, SEARCHED, Event
from compliance.models import AlertKind

POLICY = _("内部政策")


def _limit(name: str, label: object, default: int, unit: object, most: int, source: object = POLICY) -> Setting:
    return Setting(f"disclosure.{name}", label=label, default=default, source=source, unit=unit, least=1, most=most)


NOT_OWN = _limit("not_own", _("查询监测：查看非本人案件达到"), 1, _("人"), 1000)
AFTER_HOURS = _limit("after_hours", _("查询监测：非工作时间查询达到"), 3, _("次"), 1000)
IN_A_ROW = _limit("in_a_row", _("查询监测：连续查看达到"), 15, _("人"), 1000)
MINUTES = _limit("in_a_row_minutes", _("查询监测：连续查看的时间"), 10, _("分钟"), 240)
EMPTY = _limit("empty_searches", _("查询监测：按姓名查找无结果达到"), 5, _("次"), 1000)
NO_CONTACT = _limit("no_contact", _("查询监测：查看号码后未联系达到"), 3, _("人"), 1000)
PI_11 = "PI-11；法释〔2017〕10号 第5条"
EXPORT_1 = _limit("export_1", _("查询监测：导出一级警戒线"), 25, _("人"), 1_000_000, PI_11)
EXPORT_2 = _limit("export_2", _("查询监测：导出二级警戒线"), 250, _("人"), 1_000_000, PI_11)
EXPORT_3 = _limit("export_3", _("查询监测：导出三级警戒线"), 2500, _("人"), 1_000_000, PI_11)
SETTINGS = (NOT_OWN, AFTER_HOURS, IN_A_ROW, MINUTES, EMPTY, NO_CONTACT, EXPORT_1, EXPORT_2, EXPORT_3)

MOST_EVIDENCE = 200
MUCH_MORE = 3
"""Times the limit from which on it is more than a notice."""
CONTACT_REASON = "contact"
PHONES = "phones.reveal"


@dataclass(frozen=True)
class Limits:
    """From how many on something is told. Counts of persons where a person's values are opened, else of times."""

    not_own: int = 1
    after_hours: int = 3
    in_a_row: int = 15
    minutes: int = 10
    empty: int = 5
    no_contact: int = 3
    exports: tuple[int, int, int] = (25, 250, 2500)


@dataclass(frozen=True)
class Unusual:
    kind: AlertKind
    user: int
    day: date
    count: int
    severity: int
    evidence: tuple[int, ...]


def limits_on(day: date) -> Limits:
    """The limits in force on a day; one query."""
    found = values_on(day, SETTINGS)
    return Limits(
        not_own=found[NOT_OWN.name],
        after_hours=found[AFTER_HOURS.name],
        in_a_row=found[IN_A_ROW.name],
        minutes=found[MINUTES.name],
        empty=found[EMPTY.name],
        no_contact=found[NO_CONTACT.name],
        exports=(found[EXPORT_1.name], found[EXPORT_2.name], found[EXPORT_3.name]),
    )


def unusual(events: Iterable[Event], limits: Limits, *, today: date) -> list[Unusual]:
    """What is unusual in events that happened (`outcome` ok), by person and day. What somebody has not done yet on `today`
    (contact the person whose number was opened) is judged when the day is over."""
    done = sorted((event for event in events if event.outcome == "ok"), key=lambda e: (e.actor, e.day, e.at, e.id))
    found: list[Unusual] = []
    for (actor, day), group in groupby(done, key=lambda event: (event.actor, event.day)):
        rows = list(group)
        for kind, check in _CHECKS.items():
            if kind == AlertKind.NO_CONTACT and day >= today:
                continue
            count, severity, evidence = check(rows, limits)
            if count:
                ids = tuple(event.id for event in evidence)[:MOST_EVIDENCE]
                found.append(Unusual(kind, actor, day, count, severity, ids))
    return found


Answer = tuple[int, int, Sequence[Event]]
NOTHING: Answer = (0, 0, ())


def _from(count: int, limit: int, evidence: Sequence[Event]) -> Answer:
    if count < limit:
        return NOTHING
    return count, 2 if count >= limit * MUCH_MORE else 1, evidence


def _persons(rows: Iterable[Event]) -> int:
    return len({row.debtor for row in rows})


def _not_own(rows: list[Event], limits: Limits) -> Answer:
    others = [row for row in rows if row.action == REVEALED and not row.own]
    return _from(_persons(others), limits.not_own, others)


def _after_hours(rows: list[Event], limits: Limits) -> Answer:
    late = [row for row in rows if row.late]
    return _from(len(late), limits.after_hours, late)


def _in_a_row(rows: list[Event], limits: Limits) -> Answer:
    """The most persons within the minutes, wherever on the day these begin."""
    opened = [row for row in rows if row.action == REVEALED]
    within, start, most, evidence = timedelta(minutes=limits.minutes), 0, 0, opened[:0]
    for end, row in enumerate(opened):
        while row.at - opened[start].at > within:
            start += 1
        window = opened[start : end + 1]
        if len(window) > most and (count := _persons(window)) > most:
            most, evidence = count, window
    return _from(most, limits.in_a_row, evidence)


def _empty(rows: list[Event], limits: Limits) -> Answer:
    empty = [row for row in rows if row.action == SEARCHED and row.is_empty and row.by_name]
    return _from(len(empty), limits.empty, empty)


def _no_contact(rows: list[Event], limits: Limits) -> Answer:
    """Numbers opened «to contact the person», who was not contacted; other reasons call for no contact."""
    idle = [
        row
        for row in rows
        if row.action == REVEALED and row.capability == PHONES and row.why == CONTACT_REASON and not row.contacted
    ]
    return _from(_persons(idle), limits.no_contact, idle)


def _exports(rows: list[Event], limits: Limits) -> Answer:
    """Persons of all exports of the day together, masked or not: several small files are one large one."""
    out = [row for row in rows if row.action == EXPORTED and row.persons]
    persons = sum(row.persons for row in out)
    reached = [level for level, limit in enumerate(limits.exports, start=1) if persons >= limit]
    return (persons, max(reached), out) if reached else NOTHING


_CHECKS: dict[AlertKind, Callable[[list[Event], Limits], Answer]] = {
    AlertKind.NOT_OWN: _not_own,
    AlertKind.AFTER_HOURS: _after_hours,
    AlertKind.IN_A_ROW: _in_a_row,
    AlertKind.EMPTY_SEARCHES: _empty,
    AlertKind.NO_CONTACT: _no_contact,
    AlertKind.EXPORTS: _exports,
}
