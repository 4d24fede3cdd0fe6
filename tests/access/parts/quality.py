"""Quality checks: drawn, scored, settled, appealed. The supervisor cannot see one before there is a result."""

import datetime as dt
from typing import Any

from django.utils import timezone

from collection_ops.core.access import Role
from collection_ops.core.models import User
from collection_ops.core.services.accounts import create_user
from compliance.models import (
    ContactAttempt,
    OpinionKind,
    QualityCheck,
    QualityOpinion,
    SampleBatch,
    SamplingPlan,
    ScoreForm,
)
from compliance.quality.checking import Given, save_opinion
from compliance.quality.form import read_form
from compliance.quality.frozen import freeze
from compliance.quality.plans import NUMBERS, SHARES, terms_of
from compliance.quality.reasons import REASONS
from compliance.quality.reference import seed_quality
from compliance.quality.taking import take
from tests.access.form import Cast, Filled, Form
from tests.cases.builders import desk_of, make_case


def _attempt(person: User, case: Any = None, days: int = 3) -> ContactAttempt:
    case = case or make_case(desk=desk_of(person))
    at = timezone.now() - dt.timedelta(days=days)
    return ContactAttempt.objects.create(
        debtor_id=case.loan.debtor_id, case=case, actor=person, channel="call", state="closed", result="right_party",
        opened_at=at, started_at=at, closed_at=at,
    )  # fmt: skip


def _batch(state: str = "issued") -> SampleBatch:
    seed_quality()
    day = timezone.localdate()
    plan = SamplingPlan.objects.order_by("pk")[0]
    return SampleBatch.objects.create(
        first=day, last=day, plan=plan, seed="s", facts=freeze([], terms_of(plan)), candidates=0, drawn=0, state=state,
        drawn_at=timezone.now(), decided_at=None if state == "draft" else timezone.now(),
    )  # fmt: skip


def _waiting(person: User, case: Any = None) -> QualityCheck:
    return QualityCheck.objects.create(
        batch=_batch(), attempt=_attempt(person, case), user=person, talked_on=timezone.localdate(), probability=1,
        state="waiting",
    )  # fmt: skip


def _answers(level: int = 2) -> dict[str, int | None]:
    form = read_form(ScoreForm.objects.order_by("-version")[0].body)
    return {item.code: level for item in form.items}


def done(person: User, checker: User, case: Any = None, *, level: int = 2) -> QualityCheck:
    check = _waiting(person, case)
    save_opinion(
        check=check,
        kind=OpinionKind.FIRST,
        given=Given(_answers(level)),
        submit=True,
        actor=checker,
        now=timezone.now(),
    )
    QualityCheck.objects.filter(pk=check.pk).update(second="none")
    check.refresh_from_db()
    return check


def _of_collector(cast: Cast) -> dict[str, Any]:
    return {"check_id": done(cast["collector"], cast["compliance"]).pk}


def _score(cast: Cast) -> Filled:
    check = _waiting(cast["collector"])
    values = {f"item_{code}": str(level) for code, level in _answers().items()}
    return {"check_id": check.pk}, {**values, "kind": "first", "action": "submit"}


def _differing(cast: Cast) -> Filled:
    other = User.objects.filter(username="second.checker").first() or create_user(
        username="second.checker", display_name="复评员", password="x", roles=[Role.COMPLIANCE], actor=None
    )
    check = done(cast["collector"], other)
    QualityOpinion.objects.create(
        check_of=check, kind="second", checker=cast["compliance"], form=ScoreForm.objects.order_by("-version")[0],
        answers=_answers(0), score=0, passed=False, saved_at=timezone.now(), submitted_at=timezone.now(),
    )  # fmt: skip
    QualityCheck.objects.filter(pk=check.pk).update(second="differs")
    return {"check_id": check.pk}, {"holds": "first", "note": "一起回听后认同初评"}


def _draw(cast: Cast) -> Filled:
    seed_quality()
    _attempt(cast["collector"])
    today = timezone.localdate()
    return {}, {"first": str(today - dt.timedelta(days=6)), "last": str(today - dt.timedelta(days=1)), "seed": "s"}


def _form(cast: Cast) -> Filled:
    seed_quality()
    current = ScoreForm.objects.order_by("-version")[0]
    values: dict[str, str] = {"based_on": str(current.version), "pass_mark": "85", "reason": "提高合格线"}
    n = 0
    for section in current.body["sections"]:
        for item in section["items"]:
            values |= {f"section_{n}": section["code"], f"code_{n}": item["code"], f"label_{n}": item["label"]}
            values |= {f"weight_{n}": str(item["weight"]), f"label_en_{n}": item["label_en"]}
            values |= {f"na_{n}": "on"} if item["na"] else {}
            n += 1
    for m, error in enumerate(current.body["critical"]):
        values |= {f"critical_code_{m}": error["code"], f"critical_label_{m}": error["label"]}
    return {}, values


def _plan(cast: Cast) -> Filled:
    seed_quality()
    plan = SamplingPlan.objects.order_by("pk")[0]
    values = {name: str(getattr(plan, name)) for name in (*SHARES, *NUMBERS)}
    values |= {f"weight_{code}": "1" for code in REASONS}
    return {}, {**values, "valid_from": timezone.localdate().isoformat(), "reason": "试"}


def _begun(cast: Cast) -> Filled:
    return {"check_id": take(check=_waiting(cast["collector"]), actor=cast["compliance"], now=timezone.now()).pk}, {}


def _next(cast: Cast) -> Filled:
    _waiting(cast["collector"])
    return {}, {}


def _seeded(_cast: Cast) -> dict[str, Any]:
    seed_quality()
    return {}


ROUTES = {
    "compliance:quality_take": _of_collector,
    "compliance:quality_give_back": _of_collector,
    "compliance:quality_check": _of_collector,
    "compliance:quality_score": _of_collector,
    "compliance:quality_settle": _of_collector,
    "compliance:quality_acknowledge": _of_collector,
    "compliance:quality_appeal": _of_collector,
    "compliance:quality_batch": lambda _cast: {"batch_id": _batch().pk},
    "compliance:quality_batch_decide": lambda _cast: {"batch_id": _batch("draft").pk},
    "compliance:quality_form": _seeded,
    "compliance:quality_plan": _seeded,
}
FORMS = {
    "compliance:quality_next": Form("compliance", _next),
    "compliance:quality_take": Form("compliance", lambda cast: ({"check_id": _waiting(cast["collector"]).pk}, {})),
    "compliance:quality_give_back": Form("compliance", _begun),
    "compliance:quality_score": Form("compliance", _score),
    "compliance:quality_settle": Form("compliance", _differing),
    "compliance:quality_acknowledge": Form("collector", lambda cast: (_of_collector(cast), {})),
    "compliance:quality_appeal": Form("collector", lambda cast: (_of_collector(cast), {"reason": "录音中已核实身份"})),
    "compliance:quality_draw": Form("compliance", _draw),
    "compliance:quality_batch_decide": Form(
        "compliance", lambda _cast: ({"batch_id": _batch("draft").pk}, {"decision": "issue"})
    ),
    "compliance:quality_form": Form("compliance", _form),
    "compliance:quality_plan": Form("compliance", _plan, doubles=True),
}


def of_others(cast: Cast, case: Any, person: User) -> dict[str, Any]:
    """A talk of whoever has the case, with a result."""
    check = QualityCheck.objects.filter(attempt__case=case).first() or done(case.desk.owner, cast["compliance"], case)
    check_id = ({"check_id": check.pk}, "check_id")
    names = ("check", "score", "take", "give_back", "settle", "acknowledge", "appeal")
    return {f"compliance:quality_{name}": check_id for name in names}
