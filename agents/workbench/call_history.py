"""How often a person was called, and how often they picked up, by slot of the day and by weekday."""

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence

from django.db import connection
from django.utils import timezone

from agents.workbench.best_hour import SLOTS, History, Tried

LOOKS_BACK = dt.timedelta(days=365)

_HISTORY = """
SELECT a.debtor_id,
       width_bucket(extract(hour FROM t.local) * 60 + extract(minute FROM t.local), %(slots)s::numeric[]) - 1 AS slot,
       extract(isodow FROM t.local)::int AS weekday,
       count(*), count(*) FILTER (WHERE a.result IN ('right_party', 'connected'))
FROM compliance_contactattempt a
CROSS JOIN LATERAL (SELECT coalesce(a.started_at, a.opened_at) AT TIME ZONE %(zone)s AS local) t
LEFT JOIN cases_contactpoint p ON p.id = a.point_id
WHERE a.debtor_id = ANY(%(debtors)s) AND a.opened_at >= %(since)s AND a.state = 'closed' AND a.channel = 'call'
  AND a.direction = 'out' AND NOT a.misdirected AND coalesce(p.relation, '') = ''
  AND a.result IN ('right_party', 'connected', 'no_answer', 'busy', 'voicemail')
GROUP BY 1, 2, 3
UNION ALL
SELECT debtor_id, NULL, day, NULL, NULL FROM agents_payday WHERE debtor_id = ANY(%(debtors)s)"""


def histories_of(debtor_ids: Sequence[int], *, now: dt.datetime) -> dict[int, History]:
    """Calls of the last year to each debtor's own numbers, by slot and by weekday; one query. Somebody who was never called
    has an empty history. Dead numbers say nothing about the hour. With it comes the payday, if somebody told it."""
    slots: defaultdict[int, dict[int, Tried]] = defaultdict(dict)
    weekdays: defaultdict[int, dict[int, Tried]] = defaultdict(dict)
    paydays: dict[int, int] = {}
    begins = [time.hour * 60 + time.minute for time in SLOTS]
    with connection.cursor() as cursor:
        cursor.execute(
            _HISTORY,
            {
                "debtors": list(debtor_ids),
                "slots": begins,
                "zone": str(timezone.get_default_timezone()),
                "since": now - LOOKS_BACK,
            },
        )
        for debtor, slot, weekday, tried, answered in cursor.fetchall():
            if slot is None:  # not a call, but the day of the month on which the person is paid
                paydays[debtor] = weekday
                continue
            seen = Tried(tried, answered)
            slots[debtor][slot] = slots[debtor].get(slot, Tried()) + seen
            weekdays[debtor][weekday] = weekdays[debtor].get(weekday, Tried()) + seen
    return {debtor: History(slots[debtor], weekdays[debtor], paydays.get(debtor)) for debtor in debtor_ids}
