"""Gather: what a week was like, step by step and stage by stage, for all people at once.

Steps, each a numerator and a denominator:
contact     cases in hand during the week that the person contacted ÷ cases in hand (open at its beginning or later)
promise     talks with the debtor himself after which a promise was noted that day ÷ such talks
kept        promises of the person that fell due in the week and were kept ÷ those that fell due and are decided
follow_up   agreed call-backs made by their time (CALLBACK_GRACE), and broken promises called about by the end of the next
            day ÷ those whose time is over
The stage is that of the promise, else of the case as it stands; what is over M4 is one segment.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import connection
from django.utils.translation import gettext_lazy as _

SEGMENTS = {1: "M1", 2: "M2", 3: "M3", 4: "M4+"}
STEPS = {
    "contact": (_("触达"), _("当周联系过的在手案件 ÷ 在手案件")),
    "promise": (_("承诺"), _("当天登记了承诺的本人通话 ÷ 本人通话")),
    "kept": (_("兑现"), _("已兑现的承诺 ÷ 当周到期且已有结果的承诺")),
    "follow_up": (_("按时跟进"), _("按时完成的约定回拨与失约跟进 ÷ 已到时限的")),
}
CALLBACK_GRACE = timedelta(minutes=30)


@dataclass(frozen=True)
class Count:
    """Of `of` there were `number`, for one person, segment and step."""

    user_id: int
    segment: int
    step: str
    number: int
    of: int


_COUNTED = """
WITH span AS (
    SELECT %(first)s::date::timestamp AT TIME ZONE %(zone)s AS since,
           (%(last)s::date + 1)::timestamp AT TIME ZONE %(zone)s AS until
), hand AS (
    SELECT DISTINCT d.owner_id AS user_id, u.case_id
    FROM span, cases_custody u JOIN cases_desk d ON d.id = u.desk_id AND d.kind = 'collector'
    WHERE u.started_at < span.until AND (u.ended_at IS NULL OR u.ended_at > span.since)
), log AS (
    SELECT a.id, a.actor_id, a.case_id, a.debtor_id, a.result, (a.opened_at AT TIME ZONE %(zone)s)::date AS day
    FROM span, compliance_contactattempt a
    WHERE a.opened_at >= span.since AND a.opened_at < span.until AND a.state = 'closed' AND a.direction = 'out'
      AND a.actor_id IS NOT NULL
), called AS (SELECT DISTINCT actor_id, case_id FROM log)
SELECT h.user_id, least(greatest(c.stage, 1), 4), 'contact', count(l.case_id), count(*)
FROM hand h JOIN cases_case c ON c.id = h.case_id AND (c.closed_on IS NULL OR c.closed_on >= %(first)s)
LEFT JOIN called l ON l.case_id = h.case_id AND l.actor_id = h.user_id
GROUP BY 1, 2
UNION ALL
SELECT l.actor_id, least(greatest(c.stage, 1), 4), 'promise',
       count(*) FILTER (WHERE EXISTS (
           SELECT FROM cases_promise p WHERE p.case_id = l.case_id AND p.made_by_id = l.actor_id AND p.made_on = l.day)),
       count(*)
FROM log l JOIN cases_case c ON c.id = l.case_id WHERE l.result IN ('right_party', 'met')
GROUP BY 1, 2
UNION ALL
SELECT p.made_by_id, least(greatest(p.stage, 1), 4), 'kept', count(*) FILTER (WHERE p.state = 'kept'), count(*)
FROM cases_promise p
WHERE p.due_on BETWEEN %(first)s AND %(last)s AND p.state IN ('kept', 'part_kept', 'broken') AND p.made_by_id IS NOT NULL
GROUP BY 1, 2
UNION ALL
SELECT t.user_id, least(greatest(t.stage, 1), 4), 'follow_up',
       count(*) FILTER (WHERE EXISTS (
           SELECT FROM compliance_contactattempt n
           WHERE n.debtor_id = t.debtor_id AND n.state <> 'cancelled' AND n.direction = 'out'
             AND n.opened_at > t.from_at AND n.opened_at <= t.by_at)),
       count(*)
FROM (
    SELECT a.actor_id AS user_id, c.stage, a.debtor_id, a.opened_at AS from_at, d.callback_at + %(grace)s AS by_at
    FROM span, compliance_contactdetail d
    JOIN compliance_contactattempt a ON a.id = d.attempt_id JOIN cases_case c ON c.id = a.case_id
    WHERE d.callback_at >= span.since AND d.callback_at < span.until AND a.actor_id IS NOT NULL
    UNION ALL
    SELECT p.made_by_id, p.stage, l.debtor_id, p.settled_on::timestamp AT TIME ZONE %(zone)s,
           (p.settled_on + 2)::timestamp AT TIME ZONE %(zone)s
    FROM cases_promise p JOIN cases_case c ON c.id = p.case_id JOIN cases_loan l ON l.id = c.loan_id
    WHERE p.settled_on BETWEEN %(first)s AND %(last)s AND p.state IN ('part_kept', 'broken')
      AND p.made_by_id IS NOT NULL
) t
WHERE t.by_at <= %(now)s
GROUP BY 1, 2
"""


def week_counts(*, monday: date, now: datetime) -> list[Count]:
    """The week from `monday` through Sunday, of everybody, as it is known at `now`. One query."""
    asked = {
        "first": monday,
        "last": monday + timedelta(days=6),
        "zone": settings.TIME_ZONE,
        "grace": CALLBACK_GRACE,
        "now": now,
    }
    with connection.cursor() as cursor:
        cursor.execute(_COUNTED, asked)
        return [Count(*row) for row in cursor.fetchall()]
