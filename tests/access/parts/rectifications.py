"""Rectifications of agencies, the end of a cooperation, monthly meetings."""

import datetime as dt
import io
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from tests.access.form import Cast, Filled, Form
from tests.cases.care.files import GOOD
from tests.vendors.placement.cast import make_agency
from tests.vendors.rectification.cast import answered, raised, stopped, today
from vendors.meetings import keeping
from vendors.models import Agency, MonthlyMeeting, Rectification, RectificationFile, Termination
from vendors.rectification import handling, terminating
from vendors.rectification.evidence import keep_evidence

MANAGER, OFFICER = "vendor_manager", "compliance"


def _agency(cast: Cast) -> Agency:
    found = Agency.objects.filter(desk__code="sample-late").first()
    return found or make_agency("sample-late", "待整改的机构", approver=cast["manager"])


def _row(cast: Cast) -> Rectification:
    return Rectification.objects.first() or raised(_agency(cast), cast[MANAGER])


def _stopped(cast: Cast) -> Rectification:
    found = Rectification.objects.filter(stopped_on__isnull=False).first()
    return found or stopped(_agency(cast), cast[MANAGER])


def _file(cast: Cast) -> RectificationFile:
    return RectificationFile.objects.first() or keep_evidence(
        row=_row(cast), file=io.BytesIO(GOOD["pdf"]), file_name="证据.pdf", actor=cast[MANAGER], now=timezone.now()
    )


def _termination(cast: Cast) -> Termination:
    return Termination.objects.first() or terminating.propose(
        row=_stopped(cast), reason="屡次不改", actor=cast[MANAGER], now=timezone.now()
    )


def _period() -> dt.date:
    return (today().replace(day=1) - dt.timedelta(days=1)).replace(day=1)


def _meeting(cast: Cast) -> MonthlyMeeting:
    return keeping.make(agency=_agency(cast), period=_period(), actor=cast[MANAGER], now=timezone.now())


def _id(cast: Cast) -> dict[str, Any]:
    return {"rectification_id": _row(cast).pk}


def _asked(cast: Cast) -> dict[str, Any]:
    row = _row(cast)
    if not row.asked_extensions.exists():
        until = row.due_on + dt.timedelta(days=3)
        handling.ask_extension(row=row, until=until, reason="等报告", actor=cast[MANAGER], now=timezone.now())
    return {"rectification_id": row.pk}


ROUTES = {
    **{f"vendors:rectification{name}": _id for name in ("", "_answer", "_evidence", "_judge", "_extend", "_extension")},
    "vendors:rectification_file": lambda cast: {"file_id": _file(cast).pk},
    "vendors:termination_propose": lambda cast: {"rectification_id": _stopped(cast).pk},
    **{
        f"vendors:termination{name}": lambda cast: {"termination_id": _termination(cast).pk}
        for name in ("", "_approve", "_reject")
    },
    **{
        f"vendors:meeting{name}": lambda cast: {"meeting_id": _meeting(cast).pk} for name in ("", "_minutes", "_decide")
    },
    "api:rectification_answer": _id,
}


def _new(cast: Cast) -> Filled:
    typed = {"agency": str(_agency(cast).pk), "ground": "hand_data", "findings": "名单外存", "demand": "停止"}
    return {}, typed


def _answer(cast: Cast) -> Filled:
    row = _row(cast)
    return {"rectification_id": row.pk}, {f"finding-{one.pk}": "已整改" for one in row.findings.all()}


def _judge(cast: Cast) -> Filled:
    row = answered(_row(cast), cast[MANAGER])
    return {"rectification_id": row.pk}, {"judge-words": "到位", "decision": "accept"}


def _extend(cast: Cast) -> Filled:
    row = _row(cast)
    until = row.due_on + dt.timedelta(days=3)
    return {"rectification_id": row.pk}, {"extend-until": until.isoformat(), "extend-reason": "等报告"}


def _decide(cast: Cast) -> Filled:
    due = today() + dt.timedelta(days=20)
    return {"meeting_id": _meeting(cast).pk}, {
        "decision-text": "每周复盘", "decision-owner": str(cast["supervisor"].pk), "decision-due_on": due.isoformat(),
        "decision-figure": "complaints", "decision-target": "0",
    }  # fmt: skip


def _minutes(cast: Cast) -> Filled:
    typed = {"minutes-held_on": today().isoformat(), "minutes-text": "首次会议"}
    return {"meeting_id": _meeting(cast).pk}, typed


FORMS = {
    "vendors:rectification_new": Form(MANAGER, _new),
    "vendors:rectification_answer": Form(MANAGER, _answer),
    "vendors:rectification_evidence": Form(
        MANAGER, lambda cast: (_id(cast), {"file": SimpleUploadedFile("证据.pdf", GOOD["pdf"])}), doubles=True
    ),
    "vendors:rectification_judge": Form(OFFICER, _judge),
    "vendors:rectification_extend": Form(MANAGER, _extend),
    "vendors:rectification_extension": Form(
        "supervisor", lambda cast: (_asked(cast), {"extension-words": "同意", "decision": "grant"})
    ),
    "vendors:termination_propose": Form(
        MANAGER, lambda cast: ({"rectification_id": _stopped(cast).pk}, {"propose-reason": "屡次不改"})
    ),
    "vendors:termination_approve": Form("supervisor", lambda cast: ({"termination_id": _termination(cast).pk}, {})),
    "vendors:termination_reject": Form(
        "supervisor", lambda cast: ({"termination_id": _termination(cast).pk}, {"reject-words": "再看一月"})
    ),
    "vendors:meeting_make": Form(
        MANAGER,
        lambda cast: ({}, {"agency": str(_agency(cast).pk), "month": f"{_period():%Y-%m}"}),
        audited=False,
        doubles=True,
    ),
    "vendors:meeting_minutes": Form(MANAGER, _minutes, doubles=True),
    "vendors:meeting_decide": Form(MANAGER, _decide, doubles=True),
}
WITHOUT_EFFECT = {"vendors:rectification_file": "only gives the file, and writes down who took it"}
