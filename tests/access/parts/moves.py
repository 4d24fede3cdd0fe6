"""Moves by hand, the rotation of idle cases, and assistance."""

import datetime as dt
from typing import Any

from django.utils import timezone

from agents.models import AssistRequest, IdleCase, MoveChoice
from agents.moves.assist import ask, decide
from agents.moves.choice import choose
from cases.models import Case
from collection_ops.core import clock
from collection_ops.core.access import Role
from collection_ops.core.models import User
from collection_ops.core.services.accounts import create_user
from tests.access.form import Cast, Filled, Form
from tests.cases.builders import desk_of, make_case, pool_desk
from tests.staff import place, qualify


def _case(cast: Cast) -> Case:
    return make_case(desk=desk_of(cast["collector"]))


def _choice(cast: Cast) -> MoveChoice:
    """Everybody's own: made by the supervisor."""
    case = _case(cast)
    return choose(
        cases=Case.objects.filter(pk=case.pk), desk=pool_desk(), reason="样例", actor=cast["supervisor"],
        now=timezone.now(),
    )  # fmt: skip


def _helper() -> User:
    found = User.objects.filter(username="xie.helper").first()
    if found is None:
        roles = [Role.COLLECTOR]
        found = create_user(
            username="xie.helper", display_name="协催员", password="x" * 20, roles=roles, actor=None, unit="team-a"
        )
        place(qualify(found))
    return found


def _assist(cast: Cast, case: Case | None = None) -> AssistRequest:
    until = clock.business_date(timezone.now()) + dt.timedelta(days=3)
    return ask(
        case=case or _case(cast), helper=_helper(), team=None, needs="样例", until=until, actor=cast["collector"],
        now=timezone.now(),
    )  # fmt: skip


def _running(cast: Cast) -> AssistRequest:
    return decide(
        request=_assist(cast), accept=True, helper=None, note="", actor=cast["team_leader"], now=timezone.now()
    )


def _idle(cast: Cast) -> IdleCase:
    case, today = _case(cast), clock.business_date(timezone.now())
    return IdleCase.objects.create(
        case=case, desk=case.desk, idle_since=today - dt.timedelta(days=20), listed_on=today,
        due_on=today + dt.timedelta(days=1),
    )  # fmt: skip


def _listed(cast: Cast) -> dict[str, Any]:
    _idle(cast)
    return {}


def _asked_list(cast: Cast) -> dict[str, Any]:
    _assist(cast)
    return {}


def _with_case(cast: Cast) -> dict[str, Any]:
    _case(cast)
    return {}


ROUTES = {
    "moves:select": _with_case,
    "moves:choose": _with_case,
    "moves:rotation": _listed,
    "moves:exempt": _listed,
    "moves:assists": _asked_list,
    "moves:limits": lambda cast: {},
    "moves:case": lambda cast: {"case_id": _case(cast).pk},
    "moves:ask": lambda cast: {"case_id": _case(cast).pk},
    "moves:choice": lambda cast: {"choice_id": _choice(cast).pk},
    **{
        f"moves:{name}": lambda cast: {"assist_id": _assist(cast).pk}
        for name in ("assist", "decide", "finish", "cancel")
    },
}


def _choose(cast: Cast) -> Filled:
    return {}, {"case": [_case(cast).pk], "desk": pool_desk().pk, "reason": "调整"}


def _move_one(cast: Cast) -> Filled:
    return {"case_id": _case(cast).pk}, {"desk": pool_desk().pk, "reason": "调整"}


def _limits(cast: Cast) -> Filled:
    values: dict[str, Any] = {"based_on": "0", "reason": "收紧"}
    for role in ("team_leader", "supervisor", "manager"):
        values |= {f"{role}-takes": ["pool"], f"{role}-gives": ["collector"], f"{role}-most": "9"}
    return {}, values


def _exempt(cast: Cast) -> Filled:
    line = _idle(cast)
    return {}, {"line": [line.pk], "until": (line.due_on + dt.timedelta(days=5)).isoformat(), "reason": "面谈"}


def _ask(cast: Cast) -> Filled:
    until = clock.business_date(timezone.now()) + dt.timedelta(days=3)
    return {"case_id": _case(cast).pk}, {"helper": _helper().pk, "needs": "方言", "until": until.isoformat()}


FORMS = {
    "moves:choose": Form("supervisor", _choose, doubles=True),
    "moves:case": Form("supervisor", _move_one, doubles=True),
    "moves:choice": Form("supervisor", lambda cast: ({"choice_id": _choice(cast).pk}, {"with_linked": "on"})),
    "moves:limits": Form("supervisor", _limits),
    "moves:exempt": Form("team_leader", _exempt),
    "moves:ask": Form("collector", _ask),
    "moves:decide": Form(
        "team_leader", lambda cast: ({"assist_id": _assist(cast).pk}, {"decision": "accept", "note": ""})
    ),
    "moves:finish": Form("collector", lambda cast: ({"assist_id": _running(cast).pk}, {"outcome": "已说清"})),
    "moves:cancel": Form("collector", lambda cast: ({"assist_id": _assist(cast).pk}, {})),
}


def of_others(cast: Cast, case: Case, person: User) -> dict[str, Any]:
    now, stranger = timezone.now(), cast["outsider"]
    choice = MoveChoice.objects.create(
        desk=pool_desk(), cases=[case.pk], seen=[case.desk_id], reason="别人的", made_by=stranger, made_at=now
    )
    request = AssistRequest.objects.create(
        case=case, asked_by=stranger, asked_at=now, helper=stranger, needs="别人的", until=now.date(), state="refused"
    )
    return {
        "moves:case": ({"case_id": case.pk}, "case_id"),
        "moves:ask": ({"case_id": case.pk}, "case_id"),
        "moves:choice": ({"choice_id": choice.pk}, "choice_id"),
        **{
            f"moves:{name}": ({"assist_id": request.pk}, "assist_id")
            for name in ("assist", "decide", "finish", "cancel")
        },
    }
