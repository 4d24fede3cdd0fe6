"""What the drawing looks at: the talks of a period, with what makes each likelier. One query, however many talks."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import connection
from django.utils import timezone

from compliance.models import FOUND_TRUE, OPEN_STATES, SamplingPlan
from compliance.quality import reasons
from compliance.quality.drawing import Talk
from compliance.rules.facts import MISSED

COMPLAINT_LOOKS_BACK = timedelta(days=90)
"""How long an upheld complaint makes talks of the person, or with the debtor, likelier."""
TOLD_WITHIN = timedelta(minutes=5)
"""A promise is written with the result of its talk, or right after it."""

# A talk: somebody was on the line, or at the door, and it has been told about. Complaints, refusals and promises are few
# beside the talks of a week: each is read once and joined by an equality, since an EXISTS over a range is asked once a talk
# (50,000 talks took 50 seconds so).
_TALKS = """
WITH talks AS MATERIALIZED (
    SELECT a.id, a.debtor_id, a.case_id, a.actor_id, a.org, a.opened_at, a.closed_at, a.late_minutes, a.result,
           coalesce(d.no_recording, false) AS no_recording,
           extract(epoch FROM a.ended_at - coalesce(d.connected_at, a.started_at)) AS seconds
    FROM compliance_contactattempt a LEFT JOIN compliance_contactdetail d ON d.attempt_id = a.id
    WHERE a.opened_at >= %(since)s AND a.opened_at < %(until)s AND a.state = 'closed' AND a.channel IN ('call', 'visit')
      AND a.result <> ALL(%(missed)s) AND a.result <> 'nobody_home' AND a.actor_kind = 'human'
      AND (a.org <> 'own' OR a.actor_id IS NOT NULL)
), complaints AS MATERIALIZED (
    SELECT c.id, c.debtor_id FROM compliance_complaint c
    WHERE c.state = ANY(%(open)s)
       OR c.outcome = ANY(%(upheld)s) AND c.state = 'closed' AND c.received_on >= %(complained_since)s
), accused AS MATERIALIZED (
    SELECT DISTINCT s.user_id FROM compliance_complaintsubject s JOIN complaints c ON c.id = s.complaint_id
    WHERE s.user_id IS NOT NULL
), refused AS MATERIALIZED (
    SELECT g.debtor_id, g.decided_at FROM compliance_gatedecision g
    WHERE g.verdict = 'block' AND g.decided_at >= %(since)s - interval '1 hour' AND g.decided_at < %(until)s
), broken AS MATERIALIZED (
    SELECT p.case_id, p.made_at, p.made_by_id FROM cases_promise p
    WHERE p.state = 'broken' AND p.made_at >= %(since)s AND p.made_at < %(told_until)s
), after_refusal AS MATERIALIZED (
    SELECT DISTINCT t.id FROM talks t JOIN refused r ON r.debtor_id = t.debtor_id
    WHERE r.decided_at < t.opened_at AND r.decided_at >= t.opened_at - interval '1 hour'
), with_broken AS MATERIALIZED (
    SELECT DISTINCT t.id FROM talks t JOIN broken b ON b.case_id = t.case_id
    WHERE b.made_at >= t.opened_at AND b.made_at <= t.closed_at + %(told_within)s
), worded AS MATERIALIZED (
    SELECT DISTINCT t.id FROM talks t JOIN compliance_wordinghit h ON h.attempt_id = t.id
    WHERE h.state <> 'false_alarm'
), complaining AS MATERIALIZED (
    SELECT DISTINCT debtor_id FROM complaints WHERE debtor_id IS NOT NULL
), people AS MATERIALIZED (
    SELECT u.actor_id, f.at AS first_at, c.at AS certified_at
    FROM (SELECT DISTINCT actor_id FROM talks WHERE actor_id IS NOT NULL) u
    CROSS JOIN LATERAL (
        SELECT min(opened_at) AS at FROM compliance_contactattempt x WHERE x.actor_id = u.actor_id
    ) f
    LEFT JOIN LATERAL (
        SELECT min(recorded_at) AS at FROM compliance_trainingcertificate k WHERE k.user_id = u.actor_id
    ) c ON true
)
SELECT t.id, CASE WHEN t.org = 'own' THEN t.actor_id END, t.org,
       date_trunc('week', t.opened_at AT TIME ZONE %(zone)s)::date,
       c.debtor_id IS NOT NULL OR x.user_id IS NOT NULL,
       r.id IS NOT NULL,
       coalesce(t.seconds >= %(long)s, false),
       b.id IS NOT NULL,
       coalesce(t.opened_at - p.first_at < %(starter)s, false)
         OR coalesce(t.opened_at >= p.certified_at AND t.opened_at - p.certified_at < %(starter)s, false),
       t.no_recording,
       coalesce(t.late_minutes > 0, false),
       coalesce(t.result = 'right_party' AND t.seconds < %(short)s, false),
       w.id IS NOT NULL,
       q.id IS NOT NULL
FROM talks t
LEFT JOIN people p ON p.actor_id = t.actor_id
LEFT JOIN complaining c ON c.debtor_id = t.debtor_id
LEFT JOIN accused x ON x.user_id = t.actor_id
LEFT JOIN after_refusal r ON r.id = t.id
LEFT JOIN with_broken b ON b.id = t.id
LEFT JOIN worded w ON w.id = t.id
LEFT JOIN compliance_qualitycheck q ON q.attempt_id = t.id
ORDER BY t.id
"""
_CODES = (
    reasons.COMPLAINT, reasons.REFUSED, reasons.LONG, reasons.BROKEN, reasons.STARTER, reasons.NO_RECORDING,
    reasons.LATE, reasons.SHORT, reasons.WORDING,
)  # fmt: skip


def gather(*, first: date, last: date, plan: SamplingPlan) -> list[Talk]:
    """Talks of the days `first` to `last`, both in, by number. Those of an earlier batch are marked, since they count."""
    since, until = _midnight(first), _midnight(last + timedelta(days=1))
    asked: dict[str, Any] = {
        "since": since,
        "until": until,
        "told_until": until + timedelta(days=1),
        "told_within": TOLD_WITHIN,
        "missed": sorted(MISSED),
        "open": list(OPEN_STATES),
        "upheld": list(FOUND_TRUE),
        "complained_since": last - COMPLAINT_LOOKS_BACK,
        "long": plan.long_minutes * 60,
        "short": plan.short_seconds,
        "starter": timedelta(days=plan.starter_days),
        "zone": str(timezone.get_default_timezone()),
    }
    with connection.cursor() as cursor:
        cursor.execute(_TALKS, asked)
        return [
            Talk(attempt, user, org, week, tuple(code for code, is_so in zip(_CODES, so, strict=True) if is_so), taken)
            for attempt, user, org, week, *so, taken in cursor.fetchall()
        ]


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
