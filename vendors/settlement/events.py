"""What happened at agencies in a span of days: upheld complaints, breaches, days that were told late. Each matter by its
id or day, so that a settlement counts what a rectification names. Three queries, however many agencies.

Complaints count on the day on which they were found true (as in compliance/complaints/rates.py), breaches on that on which
they were found, or, where that month was settled before they were entered, in the first span after. What the register has
from a complaint is counted as that complaint: one matter costs once.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.conf import settings
from django.utils.translation import gettext_lazy

from collection_ops.core.dated_settings import Setting
from collection_ops.core.sql import all_rows
from compliance.models import FOUND_TRUE, BreachCaseState, BreachSeverity, BreachSource, ComplaintState
from vendors.models import Agency

FEED_DAYS = Setting(
    "agency.feed_days",
    label=gettext_lazy("委外机构回传当日联系记录的期限"),
    default=1,
    unit=gettext_lazy("天"),
    source=gettext_lazy("委外合同约定：联系当日之后这些自然日内须回传，超过的联系日每天计一次迟交"),
    least=0,
    most=31,
)


@dataclass(frozen=True)
class Conduct:
    """Ids of complaints and of matters of the register of breaches; days of contacts that were told late."""

    complaints: tuple[int, ...] = ()
    critical: tuple[int, ...] = ()
    breaches: tuple[int, ...] = ()
    """Without the critical ones."""
    late_days: tuple[date, ...] = ()


def conduct_of(agencies: Iterable[Agency], first: date, last: date, known_by: datetime) -> dict[int, Conduct]:
    """By id of the agency, from `first` through `last`; nothing that was learned after `known_by` counts."""
    ids = [agency.pk for agency in agencies]
    given = {
        "agencies": ids, "first": first, "last": last, "known_by": known_by, "zone": settings.TIME_ZONE,
        "critical": BreachSeverity.CRITICAL, "dismissed": BreachCaseState.DISMISSED,
        "withdrawn": BreachCaseState.WITHDRAWN, "by_complaint": BreachSource.COMPLAINT, "days": FEED_DAYS.on(last),
        "true": list(FOUND_TRUE), "joined": ComplaintState.JOINED,
    }  # fmt: skip
    complaints, breaches, late = all_rows(_COMPLAINTS, given), all_rows(_BREACHES, given), all_rows(_LATE_DAYS, given)
    return {
        pk: Conduct(
            complaints=tuple(row[1] for row in complaints if row[0] == pk),
            critical=tuple(row[1] for row in breaches if row[0] == pk and row[2]),
            breaches=tuple(row[1] for row in breaches if row[0] == pk and not row[2]),
            late_days=tuple(row[1] for row in late if row[0] == pk),
        )
        for pk in ids
    }


_ASKED = "vendors_agency g JOIN cases_desk k ON k.id = g.desk_id AND g.id = ANY(%(agencies)s)"
_COMPLAINTS = f"""
    SELECT DISTINCT g.id, c.id
    FROM {_ASKED}
    JOIN compliance_complaintsubject s ON s.org = k.code AND s.about = 'agency' AND s.responsible
    JOIN compliance_complaint c ON c.id = s.complaint_id
    WHERE c.outcome = ANY(%(true)s) AND c.recorded_at <= %(known_by)s AND c.decided_at <= %(known_by)s
      AND c.decided_at >= %(first)s::date::timestamp AT TIME ZONE %(zone)s
      AND c.decided_at < (%(last)s::date + 1)::timestamp AT TIME ZONE %(zone)s
      AND (c.state <> %(joined)s OR EXISTS (
          SELECT FROM compliance_complaintstep p
          WHERE p.complaint_id = c.id AND p.kind = 'joined' AND p.at > %(known_by)s))
    ORDER BY 1, 2
"""  # noqa: S608  names of ours, here and below
_BREACHES = f"""
    SELECT g.id, b.id, b.severity = %(critical)s
    FROM {_ASKED}
    JOIN compliance_breachcase b ON b.org = k.code
    WHERE b.found_on <= %(last)s AND b.recorded_at <= %(known_by)s AND b.state <> %(withdrawn)s
      AND b.source <> %(by_complaint)s
      AND (b.state <> %(dismissed)s OR b.closed_at > %(known_by)s)
      AND (b.found_on >= %(first)s OR b.recorded_at > (
          SELECT max(s.known_by) FROM vendors_settlement s WHERE s.agency_id = g.id AND s.period < %(first)s))
    ORDER BY 1, 2
"""  # noqa: S608
# Each day of whose contacts some were told after the days allowed for it.
_LATE_DAYS = f"""
    SELECT DISTINCT g.id, (a.started_at AT TIME ZONE %(zone)s)::date
    FROM {_ASKED}
    JOIN compliance_contactattempt a ON a.org = k.code
    JOIN compliance_reportedcontact f ON f.attempt_id = a.id AND f.org = a.org
    WHERE a.recorded_at <= %(known_by)s
      AND a.started_at >= %(first)s::date::timestamp AT TIME ZONE %(zone)s
      AND a.started_at < (%(last)s::date + 1)::timestamp AT TIME ZONE %(zone)s
      AND (a.recorded_at AT TIME ZONE %(zone)s)::date > (a.started_at AT TIME ZONE %(zone)s)::date + %(days)s
    ORDER BY 1, 2
"""  # noqa: S608
