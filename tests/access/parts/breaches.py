"""The register of breaches, and major incidents."""

from typing import Any

from django.utils import timezone

from compliance.breaching import handling
from compliance.breaching.register import report_breach
from compliance.incidents import reports
from compliance.incidents.recipients import add_recipient
from compliance.incidents.register import CameFrom, Told, register_incident
from compliance.models import BreachCase, Incident, IncidentRecipient, IncidentReport
from tests.access.form import Cast, Filled, Form


def _row(cast: Cast, **more: Any) -> BreachCase:
    return report_breach(
        kind="B01.2", severity=None, what="样例", actor=None, now=timezone.now(), user=cast["collector"], **more
    )


def _breach(cast: Cast) -> dict[str, Any]:
    return {"breach_id": _row(cast).pk}


def _taken(cast: Cast) -> dict[str, Any]:
    row = _row(cast)
    handling.take(row=row, owner=cast["supervisor"], actor=cast["compliance"], now=timezone.now())
    return {"breach_id": row.pk}


def _incident(cast: Cast) -> Incident:
    told = Told(type="media", known_at=timezone.now(), what="样例")
    return register_incident(
        told=told, came_from=CameFrom(), owner=cast["manager"], actor=cast["manager"], now=timezone.now()
    )


def _id(cast: Cast) -> dict[str, Any]:
    return {"incident_id": _incident(cast).pk}


def _draft(cast: Cast) -> IncidentReport:
    return reports.write(incident=_incident(cast), kind="first", actor=cast["manager"], now=timezone.now())


def _report(cast: Cast) -> dict[str, Any]:
    one = _draft(cast)
    return {"incident_id": one.incident_id, "version": one.version}


def _recipient(cast: Cast) -> IncidentRecipient:
    found = IncidentRecipient.objects.first()
    return found or add_recipient(name="监管局", kind="regulator", how="系统", actor=None, now=timezone.now())


def _approve(cast: Cast) -> Filled:
    one = _draft(cast)
    return {"incident_id": one.incident_id, "version": one.version}, {"body_seen": one.body}


def _send(cast: Cast) -> Filled:
    one, now = _draft(cast), timezone.now()
    reports.approve(report=one, body_seen=one.body, actor=cast["compliance"], now=now)
    values = {
        "recipients": [_recipient(cast).pk],
        "sent_at": f"{timezone.localtime(now):%Y-%m-%dT%H:%M}",
        "how": "系统",
    }
    return {"incident_id": one.incident_id, "version": one.version}, values


def _facts() -> dict[str, Any]:
    known = f"{timezone.localtime():%Y-%m-%dT%H:%M}"
    return {"type": "media", "known_at": known, "what": "样例", "people_hurt": 0, "customers": 0}


ROUTES = {
    **dict.fromkeys(
        (
            "compliance:breach", "compliance:my_breach", "compliance:breach_take", "compliance:breach_note",
            "compliance:breach_weigh", "compliance:breach_review",
        ),
        _breach,
    ),
    "compliance:breach_remedy": _taken,
    **dict.fromkeys(
        (
            "compliance:incident", "compliance:incident_edit", "compliance:incident_measure",
            "compliance:incident_close", "compliance:report_new",
        ),
        _id,
    ),
    **dict.fromkeys(
        ("compliance:report", "compliance:report_edit", "compliance:report_approve", "compliance:report_send"), _report
    ),
    "compliance:recipient_switch": lambda cast: {"recipient_id": _recipient(cast).pk},
}  # fmt: skip


def _new_breach(cast: Cast) -> Filled:
    found_on = f"{timezone.localdate():%Y-%m-%d}"
    values = {"kind": "B01.6", "source": "hand", "user": cast["collector"].pk, "found_on": found_on, "what": "样例"}
    return {}, values


def _closable(cast: Cast) -> Filled:
    one = _draft(cast)
    now = timezone.now()
    first = reports.approve(report=one, body_seen=one.body, actor=cast["compliance"], now=now)
    reports.send(report=first, recipients=[_recipient(cast)], sent_at=now, how="系统", actor=cast["manager"], now=now)
    last = reports.write(incident=one.incident, kind="final", actor=cast["manager"], now=now)
    last = reports.approve(report=last, body_seen=last.body, actor=cast["compliance"], now=now)
    reports.send(report=last, recipients=[_recipient(cast)], sent_at=now, how="系统", actor=cast["manager"], now=now)
    return {"incident_id": one.incident_id}, {"words": "已平息"}


FORMS = {
    "compliance:breach_new": Form("compliance", _new_breach, doubles=True),
    "compliance:my_breach": Form("collector", lambda cast: (_breach(cast), {"words": "不是我"}), doubles=True),
    "compliance:breach_take": Form("compliance", lambda cast: (_breach(cast), {"owner": cast["supervisor"].pk})),
    "compliance:breach_note": Form("compliance", lambda cast: (_breach(cast), {"words": "补充"}), doubles=True),
    "compliance:breach_weigh": Form("compliance", lambda cast: (_breach(cast), {"severity": 1, "reason": "误听"})),
    "compliance:breach_remedy": Form("supervisor", lambda cast: (_taken(cast), {"words": "已辅导"})),
    "compliance:breach_review": Form(
        "compliance", lambda cast: (_breach(cast), {"words": "误报", "decision": "dismiss"})
    ),
    "compliance:incident_new": Form(
        "manager", lambda cast: ({}, {**_facts(), "owner": cast["manager"].pk}), doubles=True
    ),
    "compliance:incident_edit": Form("manager", lambda cast: (_id(cast), {**_facts(), "reason": "更正"}), doubles=True),
    "compliance:incident_measure": Form("manager", lambda cast: (_id(cast), {"words": "封存录音"}), doubles=True),
    "compliance:incident_close": Form("manager", _closable),
    "compliance:report_new": Form("manager", lambda cast: (_id(cast), {"kind": "first"})),
    "compliance:report_edit": Form("manager", lambda cast: (_report(cast), {"body": "改过"}), doubles=True),
    "compliance:report_approve": Form("compliance", _approve),
    "compliance:report_send": Form("manager", _send),
    "compliance:recipient_new": Form(
        "manager", lambda cast: ({}, {"name": "总部", "kind": "head_office", "how": "公文"})
    ),
    "compliance:recipient_switch": Form(
        "manager", lambda cast: ({"recipient_id": _recipient(cast).pk}, {"active": "0"})
    ),
}


def of_others(cast: Cast, case: Any, person: Any) -> dict[str, Any]:
    """Whoever may see the registers sees all of them; what concerns oneself is nobody else's."""
    now = timezone.now()
    row = BreachCase.objects.filter(source="agency").first() or report_breach(
        kind="B01.6", severity=None, what="样例", actor=None, now=now, org="agency-a", source="agency"
    )
    breach, incident = {"breach_id": row.pk}, {"incident_id": (Incident.objects.first() or _incident(cast)).pk}
    names = ("breach", "my_breach", *(f"breach_{act}" for act in ("take", "note", "weigh", "remedy", "review")))
    return {
        **{f"compliance:{name}": (breach, "breach_id") for name in names},
        **{f"compliance:incident{act}": (incident, "incident_id") for act in ("", "_edit", "_measure", "_close")},
    }
