"""What people looked at and took out, from the audit trail: one row an event, with what is known about the moment.

`own`: then, a case of the person lay on the viewer's desk or with their team (custody), or the viewer helped with one, or
handled a complaint of the person; an agency's case is the vendor manager's own. `contacted`: the viewer asked for or had a
contact with the person on that day. `late`: outside the working hours of the settings, or on a day off of the calendar.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from collection_ops.core.dated_settings import Setting, values_on

REVEALED, SEARCHED, EXPORTED = "person.revealed", "search.person", "cases.exported"
FILES = ("cases.export_downloaded", "attachment.taken", "import.file_taken", "data_request.file_taken")
ACTIONS = (REVEALED, SEARCHED, EXPORTED, *FILES)

WORK_STARTS = Setting(
    "disclosure.work_starts",
    label=_("查询监测：上班时间（时）"),
    default=8,
    source=_("内部政策"),
    unit=_("时"),
    least=0,
    most=12,
)
WORK_ENDS = Setting(
    "disclosure.work_ends",
    label=_("查询监测：下班时间（时）"),
    default=21,
    source=_("内部政策"),
    unit=_("时"),
    least=13,
    most=24,
)

ONE_EVENT = """
SELECT e.id, e.actor_id, e.at, e.day, e.action, e.outcome,
    e.debtor, e.capability, e.why, e.persons, e.unmasked, e.is_empty, e.by_name,
    NOT coalesce(w.is_business_day, extract(isodow FROM e.day) < 6)
        OR extract(hour FROM e.local) < %(starts)s OR extract(hour FROM e.local) >= %(ends)s AS late,
    e.debtor IS NULL OR EXISTS (
        SELECT 1 FROM cases_loan l JOIN cases_case c ON c.loan_id = l.id JOIN cases_custody k ON k.case_id = c.id
        JOIN cases_desk d ON d.id = k.desk_id JOIN core_user u ON u.id = e.actor_id
        WHERE l.debtor_id = e.debtor AND k.started_at <= e.at AND (k.ended_at IS NULL OR k.ended_at > e.at)
            AND (d.owner_id = e.actor_id OR d.unit <> '' AND d.unit = u.unit
                OR d.kind = 'agency' AND EXISTS (
                    SELECT 1 FROM core_rolegrant g WHERE g.user_id = u.id AND g.role = 'vendor_manager'))
    ) OR EXISTS (
        SELECT 1 FROM cases_loan l JOIN cases_case c ON c.loan_id = l.id JOIN cases_casehelper h ON h.case_id = c.id
        WHERE l.debtor_id = e.debtor AND h.user_id = e.actor_id AND h.since <= e.at
            AND (h.ended_at IS NULL OR h.ended_at > e.at)
    ) OR EXISTS (
        SELECT 1 FROM compliance_complaint p
        WHERE p.debtor_id = e.debtor AND p.handler_id = e.actor_id AND p.received_at <= e.at
            AND (p.closed_at IS NULL OR p.closed_at > e.at)
    ) AS own,
    EXISTS (
        SELECT 1 FROM compliance_contactattempt a WHERE a.debtor_id = e.debtor AND a.actor_id = e.actor_id
            AND a.opened_at >= e.midnight AND a.opened_at < e.midnight + interval '1 day'
    ) OR EXISTS (
        SELECT 1 FROM compliance_gatedecision q WHERE q.actor_id = e.actor_id AND q.debtor_id = e.debtor
            AND q.decided_at >= e.midnight AND q.decided_at < e.midnight + interval '1 day'
    ) AS contacted
FROM (
    SELECT x.id, x.actor_id, x.at, x.action, x.outcome,
        x.at AT TIME ZONE %(zone)s AS local, (x.at AT TIME ZONE %(zone)s)::date AS day,
        date_trunc('day', x.at AT TIME ZONE %(zone)s) AT TIME ZONE %(zone)s AS midnight,
        CASE WHEN x.action = 'person.revealed' THEN (x.data->>'debtor')::bigint END AS debtor,
        coalesce(x.data->>'capability', '') AS capability, coalesce(x.data->>'why', '') AS why,
        CASE WHEN x.action = 'cases.exported'
            THEN coalesce((x.data->>'persons')::int, (x.data->>'rows')::int, 0) ELSE 0 END AS persons,
        x.action = 'cases.exported' AND coalesce((x.data->>'unmasked')::boolean, false) AS unmasked,
        x.action = 'search.person' AND x.outcome = 'ok' AND coalesce((x.data->>'hits')::int, 0) = 0 AS is_empty,
        x.action = 'search.person' AND x.data->>'asked' = 'name' AS by_name
    FROM core_auditevent x
    WHERE x.action = ANY(%(actions)s) AND x.actor_id IS NOT NULL AND {which}
) e LEFT JOIN core_workday w ON w.day = e.day
"""
BY_TIME = "x.at >= %(since)s AND x.at < %(until)s"
BY_ID = "x.id = ANY(%(ids)s)"


@dataclass(frozen=True)
class Event:
    """One thing that somebody looked at, searched or took out. `persons` of an export; `debtor` of an opened value."""

    id: int
    actor: int
    at: datetime
    day: date
    action: str
    outcome: str
    debtor: int | None = None
    capability: str = ""
    why: str = ""
    persons: int = 0
    unmasked: bool = False
    is_empty: bool = False
    by_name: bool = False
    late: bool = False
    own: bool = True
    contacted: bool = True


def events(*, first: date, last: date) -> list[Event]:
    """All events of the days `first` to `last`, both in, oldest first. Working hours are those of the last day."""
    return _events(BY_TIME, last, {"since": midnight(first), "until": midnight(last + timedelta(days=1))})


def events_by_id(ids: Sequence[int], *, day: date) -> dict[int, Event]:
    """Some events, as `events` would give them."""
    return {event.id: event for event in _events(BY_ID, day, {"ids": list(ids)})} if ids else {}


def _events(which: str, day: date, asked: dict[str, Any]) -> list[Event]:
    with connection.cursor() as cursor:
        cursor.execute(ONE_EVENT.replace("{which}", which) + "ORDER BY e.at, e.id", {**asked, **shared(day)})
        return [Event(*row) for row in cursor.fetchall()]


def shared(day: date) -> dict[str, Any]:
    """Parameters of ONE_EVENT besides which rows are meant."""
    hours = values_on(day, [WORK_STARTS, WORK_ENDS])
    return {
        "zone": settings.TIME_ZONE,
        "actions": list(ACTIONS),
        "starts": hours[WORK_STARTS.name],
        "ends": hours[WORK_ENDS.name],
    }


def midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
