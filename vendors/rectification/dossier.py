"""The file of reasons for ending the cooperation, as everything is known now: frozen as JSON, with a digest."""

from datetime import date, datetime, timedelta
from typing import Any

from collection_ops.core import clock
from collection_ops.core.clock import month_end
from collection_ops.core.digests import digest_of
from vendors.agencies.gather import standing_on
from vendors.models import Agency, Rectification, Settlement
from vendors.scorecard.selectors import newest
from vendors.settlement.events import conduct_of

MONTHS = 6
"""So many months back the events are counted."""
CARDS = 12
"""So many scorecards are told, the newest."""


def file_of(agency: Agency, *, reason: str, now: datetime) -> dict[str, Any]:
    """All its rectifications with findings, answers and steps; what stands in its way; events and statements by month; the
    newest scorecards as they count now."""
    day = clock.business_date(now)
    standing = standing_on(agency, day)
    return {
        "agency": {"name": agency.name, "desk": agency.desk.code, "state": agency.state},
        "reason": reason,
        "as_of": now.isoformat(),
        "obstacles": [{"rule": one.rule, "sentence": one.sentence} for one in standing.obstacles],
        "rectifications": [_told(row) for row in _rectifications(agency)],
        "months": _months(agency, day, now),
        "settlements": _settlements(agency),
        "scorecards": _scorecards(agency),
    }


def _rectifications(agency: Agency) -> list[Rectification]:
    found = Rectification.objects.filter(agency=agency).order_by("pk")
    return list(found.prefetch_related("findings__answers", "files", "steps"))


def _told(row: Rectification) -> dict[str, Any]:
    return {
        "number": row.number,
        "rule": row.rule,
        "period": row.period.isoformat(),
        "state": row.state,
        "due": row.due_on.isoformat(),
        "failures": row.failures,
        "extensions": row.extensions,
        "stopped": row.stopped_on.isoformat() if row.stopped_on else "",
        "demand": row.demand,
        "findings": [
            {
                "number": one.number,
                "what": one.what,
                "count": one.count,
                "refs": one.refs,
                "answers": [
                    {"round": said.round, "text": said.text, "at": said.at.isoformat()} for said in one.answers.all()
                ],
            }
            for one in row.findings.all()
        ],
        "files": [{"name": one.file_name, "sha256": one.sha256} for one in row.files.all()],
        "steps": [
            {"kind": one.kind, "at": one.at.isoformat(), "words": one.words}
            for one in sorted(row.steps.all(), key=lambda one: one.pk)
        ],
    }


def _months(agency: Agency, day: date, now: datetime) -> list[dict[str, Any]]:
    """The newest first; each as a settlement would count it."""
    found, first = [], day.replace(day=1)
    for _back in range(MONTHS):  # a fixed number of months
        conduct = conduct_of([agency], first, min(month_end(first), day), now)[agency.pk]
        found.append(
            {
                "month": f"{first:%Y-%m}",
                "complaints": list(conduct.complaints),
                "critical": list(conduct.critical),
                "breaches": list(conduct.breaches),
                "late_days": [one.isoformat() for one in conduct.late_days],
            }
        )
        first = (first - timedelta(days=1)).replace(day=1)
    return found


def _settlements(agency: Agency) -> list[dict[str, str]]:
    rows = Settlement.objects.filter(agency=agency).order_by("-period")[:MONTHS]
    return [
        {"month": f"{one.period:%Y-%m}", "score": str(one.score), "total": str(one.total), "digest": one.digest}
        for one in rows
    ]


def _scorecards(agency: Agency) -> list[dict[str, str]]:
    rows = newest().filter(agency=agency).order_by("-month")[:CARDS]
    return [
        {
            "month": f"{one.month:%Y-%m}",
            "score": str(one.score),
            "grade": one.grade,
            "verdict": one.verdict,
            "digest": one.digest,
        }
        for one in rows
    ]


def digest(file: dict[str, Any]) -> str:
    return digest_of(file)
