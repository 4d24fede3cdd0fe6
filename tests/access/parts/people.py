"""People, teams, shifts, certificates and leave for the walks over all routes."""

import datetime as dt
from collections.abc import Callable
from typing import Any

from django.utils import timezone

from agents.models import Leave, Shift, Team
from agents.people.leave import Away, ask_leave
from collection_ops.core.access import Role
from collection_ops.core.models import User
from collection_ops.core.services.accounts import create_user
from compliance.models import StaffPaper, TrainingCertificate
from tests.access.form import Cast, Filled, Form
from tests.staff import make_team, place


def _team(cast: Cast) -> Team:
    return make_team("team-z", "样例组")


def _shift(_cast: Cast) -> Shift:
    return Shift.objects.get_or_create(name="早班", defaults={"starts": dt.time(9), "ends": dt.time(18)})[0]


def _leave(cast: Cast) -> Leave:
    day = timezone.localdate() + dt.timedelta(days=7)
    found = Leave.objects.filter(user=cast["collector"]).first()
    return found or ask_leave(
        user=cast["collector"], away=Away("annual", day, day), actor=cast["collector"], now=timezone.now()
    )


def _certificate(cast: Cast) -> TrainingCertificate:
    return TrainingCertificate.objects.get_or_create(
        user=cast["collector"],
        course="样例课程",
        passed_on=dt.date(2026, 1, 5),
        defaults={"recorded_at": timezone.now()},
    )[0]


def _paper(cast: Cast) -> StaffPaper:
    return StaffPaper.objects.get_or_create(
        user=cast["collector"], kind="nda", withdrawn_on=None,
        defaults={"received_on": dt.date(2026, 1, 5), "recorded_at": timezone.now()},
    )[0]  # fmt: skip


def _of(name: str, build: Callable[[Cast], Any]) -> Callable[[Cast], dict[str, Any]]:
    return lambda cast: {name: build(cast).pk}


def _person(cast: Cast) -> dict[str, Any]:
    return {"user_id": cast["collector"].pk}


ROUTES = {
    "people:team": _of("team_id", _team),
    "people:shift": _of("shift_id", _shift),
    "people:leave_decide": _of("leave_id", _leave),
    "people:leave_cancel": _of("leave_id", _leave),
    "people:certificate_revoke": _of("certificate_id", _certificate),
    "people:paper_withdraw": _of("paper_id", _paper),
    **dict.fromkeys(
        [f"people:{name}" for name in ("person", "edit", "place", "leave_record", "certificate", "paper")], _person
    ),
}


def _fresh(user_column: str, **columns: Any) -> Callable[[Cast], Filled]:
    return lambda cast: ({user_column: cast["collector"].pk}, columns)


def _change_team(cast: Cast) -> Filled:
    team = _team(cast)
    return {"team_id": team.pk}, {f"team-{team.pk}-name": "新名字", f"team-{team.pk}-leader": "", "do": "save"}


def _change_shift(cast: Cast) -> Filled:
    shift = _shift(cast)
    given = {"name": "早班", "starts": "08:30", "ends": "18:00", "is_active": "on"}
    return {"shift_id": shift.pk}, {f"shift-{shift.pk}-{name}": value for name, value in given.items()}


def _edit(cast: Cast) -> Filled:
    given = {"joined_on": "2026-01-05", "soft_count": "10", "hard_count": "20", "takes_new": "on", "based_on": "new"}
    return {"user_id": cast["collector"].pk}, {**given, "stages": ["1", "2"]}


def _place(cast: Cast) -> Filled:
    team = _team(cast)
    given = {"place-team": team.pk, "place-since": timezone.localdate().isoformat(), "based_on": "0"}
    return {"user_id": cast["collector"].pk}, given


DAY = (timezone.localdate() + dt.timedelta(days=14)).isoformat()
AWAY = {"kind": "annual", "first_day": DAY, "first_half": "whole", "last_day": DAY, "last_half": "whole"}
PASSED = {"certificate-course": "上岗培训", "certificate-passed_on": "2026-01-06", "certificate-level": "3"}


def _hand_in(cast: Cast) -> Filled:
    StaffPaper.objects.filter(user=cast["collector"], kind="nda").delete()
    return {"user_id": cast["collector"].pk}, {"paper-kind": "nda", "paper-received_on": "2026-01-06"}


FORMS = {
    "people:teams": Form("supervisor", lambda cast: ({}, {"name": "新组", "code": "team-new", "leader": ""})),
    "people:team": Form("supervisor", _change_team),
    "people:shifts": Form(
        "supervisor", lambda cast: ({}, {"name": "晚班", "starts": "12:00", "ends": "20:00", "is_active": "on"})
    ),
    "people:shift": Form("supervisor", _change_shift),
    "people:edit": Form("team_leader", _edit),
    "people:place": Form("supervisor", _place),
    "people:leave_ask": Form("collector", lambda cast: ({}, AWAY)),
    "people:leave_record": Form("team_leader", _fresh("user_id", **AWAY)),
    "people:leave_decide": Form("team_leader", lambda cast: ({"leave_id": _leave(cast).pk}, {"decision": "approve"})),
    "people:leave_cancel": Form("collector", lambda cast: ({"leave_id": _leave(cast).pk}, {})),
    "people:certificate": Form("compliance", _fresh("user_id", **PASSED)),
    "people:paper": Form("compliance", _hand_in),
    "people:certificate_revoke": Form(
        "compliance", lambda cast: ({"certificate_id": _certificate(cast).pk}, {"reason": "登记有误"})
    ),
    "people:paper_withdraw": Form("compliance", lambda cast: ({"paper_id": _paper(cast).pk}, {"reason": "重签"})),
}


def of_others(cast: Cast, case: Any, person: Any) -> dict[str, Any]:
    """Of a collector of another team: to the cast's leader and collector they do not exist."""
    other = User.objects.filter(username="far.collector").first() or create_user(
        username="far.collector",
        display_name="远方催收",
        password="x",
        roles=[Role.COLLECTOR],
        actor=None,
        unit="team-y",
    )
    place(other)
    day, now = timezone.localdate() + dt.timedelta(days=7), timezone.now()
    leave = Leave.objects.filter(user=other).first() or ask_leave(
        user=other, away=Away("annual", day, day), actor=other, now=now
    )
    return {
        **{
            f"people:{name}": ({"user_id": other.pk}, "user_id")
            for name in ("person", "edit", "place", "leave_record", "certificate", "paper")
        },
        **{f"people:{name}": ({"leave_id": leave.pk}, "leave_id") for name in ("leave_decide", "leave_cancel")},
        # Who may change any of these may change all; nobody else comes so far.
        "people:team": ({"team_id": _team(cast).pk}, "team_id"),
        "people:shift": ({"shift_id": _shift(cast).pk}, "shift_id"),
        "people:certificate_revoke": ({"certificate_id": _certificate(cast).pk}, "certificate_id"),
        "people:paper_withdraw": ({"paper_id": _paper(cast).pk}, "paper_id"),
    }
