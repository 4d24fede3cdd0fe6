"""One complaint on its way to the end, letters, freezes, staff tasks."""

from typing import Any

from django.utils import timezone

from cases.models import Case
from collection_ops.core.access import Role
from collection_ops.core.models import User
from collection_ops.core.services.accounts import create_user
from compliance.complaints.blast import freeze
from compliance.complaints.correcting import as_classified
from compliance.complaints.ending import close_answered
from compliance.complaints.handling import extend
from compliance.complaints.letters import save_letter
from compliance.complaints.register import Accused
from compliance.models import About, Complaint, StaffTask
from compliance.services.staff_tasks import open_staff_task
from tests.access.form import Cast, Filled, Form
from tests.cases.builders import desk_of, make_case
from tests.compliance.complaints.builders import complained, decided, handled

NARRATIVE = "样例投诉：来电过于频繁"


def _complaint(cast: Cast, *, case: Case | None = None, **said: Any) -> Complaint:
    """Of nobody known unless a case is given: what holds it would place is the system's doing, not the sender's."""
    now = timezone.now()
    return complained(
        case, Accused(About.COLLECTOR, cast["collector"]), actor=cast["clerk"], now=now, received_at=now,
        narrative=NARRATIVE, **{"type": "harassment", **said},
    )  # fmt: skip


def _case(cast: Cast) -> Case:
    return make_case(desk=desk_of(cast["collector"]))


def _handled(cast: Cast, **said: Any) -> Complaint:
    one = _complaint(cast, **said)
    return handled(one, cast["compliance"], by=cast["manager"], now=timezone.now())


def _decided(cast: Cast, **said: Any) -> Complaint:
    return decided(_handled(cast, **said), cast["compliance"], now=timezone.now())


def _closed(cast: Cast) -> Complaint:
    one = _decided(cast)
    return close_answered(
        complaint=one, answered="电话", without_letter="本人要求", actor=cast["compliance"], now=timezone.now()
    )


def _drafted(cast: Cast, **said: Any) -> Complaint:
    one = _decided(cast, **said)
    save_letter(complaint=one, text="您好，答复如下。", template=None, actor=cast["compliance"], now=timezone.now())
    return one


def _sample(cast: Cast) -> dict[str, Any]:
    """The same for every route of a test: decided, with the draft of a letter."""
    found = Complaint.objects.filter(source_ref="SAMPLE-ONE").first()
    return {"complaint_id": (found or _drafted(cast, case=_case(cast), source_ref="SAMPLE-ONE")).pk}


def _task(cast: Cast) -> StaffTask:
    _sample(cast)
    return StaffTask.objects.filter(user=cast["collector"], done_at__isnull=True).order_by("pk").first() or open_staff_task(
        user=cast["collector"], kind="coaching", what="样例辅导", due_on=timezone.localdate(), actor=cast["compliance"],
        now=timezone.now(), check_number=1,
    )  # fmt: skip


def _sample_list(cast: Cast) -> dict[str, Any]:
    _sample(cast)
    return {}


OF_ONE = tuple(
    f"compliance:complaint{name}"
    for name in (
        *("", "_assign", "_note", "_extend", "_extend_special", "_correct", "_decide", "_letter_write", "_letter_sent"),
        *("_letter", "_close", "_reopen", "_follow_up", "_blast", "_release", "_pair"),
    )
)
ROUTES = {
    **dict.fromkeys(OF_ONE, _sample),
    "compliance:complaint_follow_ups": lambda cast: _closed(cast) and {},
    "compliance:staff_tasks": _sample_list,
    "compliance:my_staff_tasks": _sample_list,
    "compliance:staff_task": lambda cast: {"task_id": _task(cast).pk},
}


def _of(complaint: Complaint, **values: Any) -> Filled:
    return {"complaint_id": complaint.pk}, values


def _correct(cast: Cast) -> Filled:
    one = _handled(cast)
    given = {"type": "hours", "category": "collection", "severity": "2", "seen": as_classified(one)}
    return _of(one, part="classify", **{f"classify-{name}": value for name, value in given.items()})


def _decide(cast: Cast) -> Filled:
    one = _handled(cast)
    given = {"outcome": "upheld", "finding": "属实", "remedy": "致歉", "seen": ""}
    return _of(one, **given, responsible=[one.subjects.get().pk])


def _special(cast: Cast) -> Filled:
    one = _handled(cast)
    extend(complaint=one, complexity="complex", reason="须调取录音", actor=cast["compliance"], now=timezone.now())
    return _of(one, **{"extend-reason": "等待机构回复"})


def _frozen(cast: Cast) -> Filled:
    one = _complaint(cast, case=_case(cast))
    document = freeze(complaint=one, keys=["channel-sms"], reason="核查", actor=cast["compliance"], now=timezone.now())
    ticked = [str(pk) for pk in document.lines.values_list("pk", flat=True)]
    return _of(one, **{"release-lines": ticked, "release-reason": "已核实"})


HEARD = {"follow-remedied": "yes", "follow-content": "content", "follow-note": ""}
CLOSING = {"close-answered": "电话", "close-without_letter": "本人要求"}
FORMS = {
    "compliance:complaint_assign": Form(
        "manager", lambda cast: _of(_complaint(cast), **{"assign-handler": cast["compliance"].pk})
    ),
    "compliance:complaint_note": Form(
        "compliance", lambda cast: _of(_complaint(cast), **{"note-words": "已联系"}), doubles=True
    ),
    "compliance:complaint_extend": Form(
        "compliance", lambda cast: _of(_handled(cast), **{"extend-reason": "须调取录音"})
    ),
    "compliance:complaint_extend_special": Form("manager", _special),
    "compliance:complaint_correct": Form("compliance", _correct),
    "compliance:complaint_decide": Form("compliance", _decide),
    "compliance:complaint_letter_write": Form(
        "compliance", lambda cast: _of(_decided(cast), text="您好，答复如下。", based_on="")
    ),
    "compliance:complaint_letter_sent": Form(
        "compliance",
        lambda cast: _of(_drafted(cast), **{"sent-sent_on": timezone.localdate().isoformat(), "sent-how": "post"}),
    ),
    "compliance:complaint_close": Form("compliance", lambda cast: _of(_decided(cast), **CLOSING)),
    "compliance:complaint_reopen": Form("compliance", lambda cast: _of(_closed(cast), **{"reopen-reason": "不接受"})),
    "compliance:complaint_follow_up": Form("compliance", lambda cast: _of(_closed(cast), **HEARD)),
    "compliance:complaint_blast": Form(
        "supervisor", lambda cast: _of(_complaint(cast, case=_case(cast)), lines=["channel-sms"], reason="核查")
    ),
    "compliance:complaint_release": Form("compliance", _frozen),
    "compliance:staff_task": Form("supervisor", lambda cast: ({"task_id": _task(cast).pk}, {"note": "已面谈"})),
}


def of_others(cast: Cast, case: Any, person: User) -> dict[str, Any]:
    """About a case of another team, recorded by nobody of those who look; a task of that team."""
    found = Complaint.objects.filter(source_ref="FOREIGN-ONE").first()
    if found is None:
        now = timezone.now()
        found = complained(case, now=now, received_at=now, actor=cast["supervisor"], source_ref="FOREIGN-ONE")
    far = User.objects.filter(username="far.trained").first() or create_user(
        username="far.trained", display_name="远方学员", password="x", roles=[Role.COLLECTOR], actor=None, unit="team-y"
    )
    task = open_staff_task(
        user=far, kind="coaching", what="样例辅导", due_on=timezone.localdate(), actor=None, now=timezone.now(),
        check_number=2,
    )  # fmt: skip
    return {
        **{route: ({"complaint_id": found.pk}, "complaint_id") for route in (*OF_ONE, "compliance:referral_new")},
        "compliance:staff_task": ({"task_id": task.pk}, "task_id"),
    }
