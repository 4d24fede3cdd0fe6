"""Requests of people about their own data: received, identity checked, decided with a reason, done in time (PI-05, 06)."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import connection, transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.models import Debtor
from collection_ops.core import clock
from collection_ops.core.access import users_with
from collection_ops.core.dated_settings import Setting
from collection_ops.core.models import User
from collection_ops.core.services import audit
from collection_ops.core.services.notifications import notify
from compliance.keeping.assessing import assess
from compliance.keeping.refusals import KeepingRefused
from compliance.keeping.runs import APPROVE
from compliance.models import (
    OPEN_REQUESTS,
    DataRequest,
    DataRequestKind,
    DataRequestOutcome,
    DataRequestState,
    Requester,
)

VIEW, RECORD, DECIDE = "data_requests.view", "data_requests.record", "data_requests.decide"
DAYS = Setting(
    "dsr.days",
    label=gettext_lazy("个人信息请求答复天数"),
    default=15,
    source="PI-05 dsr_days；个人信息保护法 50",
    unit=gettext_lazy("天"),
    least=1,
    most=30,
)
CARRIED_OUT = (DataRequestKind.DELETION, DataRequestKind.WITHDRAW)
"""Kinds of which, once granted, something is done to the data."""
STEPS = (50, 80, 100)
"""Per cent of the time after which people are reminded."""


@dataclass(frozen=True)
class Asked:
    """What somebody asks for. `proof`: which document a relative or an agent showed; `received_at`: when it reached us."""

    kind: DataRequestKind | str
    details: str
    received_at: datetime
    requester: Requester | str = Requester.SELF
    requester_name: str = ""
    proof: str = ""


def receive_request(*, debtor: Debtor, asked: Asked, actor: User, now: datetime) -> DataRequest:
    """Write it down; the days run from the day after it was received, whenever it was typed in. Raises KeepingRefused:
    nothing said, received in the future, no proof of who is not the person."""
    if not asked.details.strip():
        raise KeepingRefused(_("请写明请求的内容"), "details")
    if clock.business_date(asked.received_at) > clock.business_date(now):
        raise KeepingRefused(_("收到日期不能晚于今天"), "received_at")
    if asked.requester != Requester.SELF and not asked.proof.strip():
        raise KeepingRefused(_("近亲属或代理人须有证明：亲属关系与死亡证明，或授权委托书"), "proof")
    received_on = clock.business_date(asked.received_at)
    with transaction.atomic():
        request = DataRequest.objects.create(
            debtor=debtor,
            kind=asked.kind,
            requester=asked.requester,
            requester_name=asked.requester_name.strip()[:64],
            proof=asked.proof.strip()[:200],
            details=asked.details.strip(),
            received_at=asked.received_at,
            received_on=received_on,
            due_on=received_on + timedelta(days=DAYS.on(received_on)),
            recorded_by=actor,
            recorded_at=now,
        )
        audit.record(
            action="data_request.received",
            actor=actor,
            obj=request,
            data={"kind": str(asked.kind), "requester": str(asked.requester), "due": request.due_on.isoformat()},
        )
        notify(
            users=users_with(DECIDE).exclude(pk=actor.pk),
            kind="data_request.received",
            params={"number": request.number, "due": request.due_on.isoformat()},
            url=reverse("compliance:data_request", args=[request.pk]),
        )
    return request


def check_identity(*, request: DataRequest, identity: str, actor: User, now: datetime) -> DataRequest:
    """How it was made sure who asks. Raises KeepingRefused: no words, or not waiting for it."""
    if not identity.strip():
        raise KeepingRefused(_("请写明如何核验了请求人的身份"), "identity")
    with transaction.atomic():
        locked = _locked(request, DataRequestState.RECEIVED)
        locked.state, locked.identity = DataRequestState.CHECKING, identity.strip()[:200]
        locked.checked_by, locked.checked_at = actor, now
        locked.save(update_fields=["state", "identity", "checked_by", "checked_at"])
        audit.record(action="data_request.checked", actor=actor, obj=locked)
    return locked


def decide_request(
    *, request: DataRequest, outcome: DataRequestOutcome | str, answer: str, actor: User, now: datetime
) -> DataRequest:
    """What the person is told. A deletion is granted no further than the parts that may go: what has to be kept is kept,
    and the answer says so. Raises KeepingRefused: no answer (a refusal needs its reason), more than may go, not its turn."""
    outcome = DataRequestOutcome(outcome)
    if not answer.strip():
        refusing = outcome != DataRequestOutcome.GRANTED
        raise KeepingRefused(_("不同意或部分同意须写明理由") if refusing else _("请写明答复内容"), "answer")
    with transaction.atomic():
        locked = _locked(request, DataRequestState.CHECKING)
        if locked.kind == DataRequestKind.DELETION:
            parts = assess(debtor=locked.debtor, now=now)
            kept = [part for part in parts if part.count and not part.may_go]
            free = [part for part in parts if part.count and part.may_go]
            if outcome == DataRequestOutcome.GRANTED and kept:
                raise KeepingRefused(_("有依法须保存的部分，不能全部同意删除；请部分同意或不同意"), "outcome")
            if outcome != DataRequestOutcome.REFUSED and not free:
                raise KeepingRefused(_("目前没有可以删除的部分，请写明理由，不同意"), "outcome")
            locked.parts = [part.as_dict() for part in parts]
        locked.state, locked.outcome, locked.answer = DataRequestState.DECIDED, outcome, answer.strip()
        locked.decided_by, locked.decided_at = actor, now
        locked.save(update_fields=["state", "outcome", "answer", "parts", "decided_by", "decided_at"])
        if locked.kind == DataRequestKind.DELETION and outcome != DataRequestOutcome.REFUSED:
            notify(
                users=users_with(APPROVE).exclude(pk=actor.pk),
                kind="data_request.erase",
                params={"number": locked.number},
                url=reverse("compliance:data_request", args=[locked.pk]),
                level="warning",
            )
        audit.record(
            action="data_request.decided",
            actor=actor,
            obj=locked,
            data={"outcome": str(outcome), "kept": [part["code"] for part in locked.parts if not part["may_go"]]},
        )
    return locked


def finish_request(*, request: DataRequest, how: str, actor: User, now: datetime) -> DataRequest:
    """The person was answered, and what was granted was done: `how` says what and where (which correction, which run).
    Raises KeepingRefused: no words, a granted copy that was never made or deletion that was never done, not decided."""
    if not how.strip():
        raise KeepingRefused(_("请写明如何办结：怎样答复的、改了什么"), "how")
    with transaction.atomic():
        locked = _locked(request, DataRequestState.DECIDED)
        if (
            locked.kind == DataRequestKind.COPY
            and locked.outcome != DataRequestOutcome.REFUSED
            and locked.file_made_at is None
        ):
            raise KeepingRefused(_("已同意提供副本，请先生成副本"), "how")
        if (
            locked.kind in CARRIED_OUT
            and locked.outcome != DataRequestOutcome.REFUSED
            and locked.carried_out_at is None
        ):
            raise KeepingRefused(_("已同意的内容还没有执行，执行后再办结"), "how")
        locked.state, locked.done_how = DataRequestState.DONE, how.strip()[:200]
        locked.done_by, locked.done_at = actor, now
        locked.save(update_fields=["state", "done_how", "done_by", "done_at"])
        in_time = clock.business_date(now) <= locked.due_on
        audit.record(action="data_request.done", actor=actor, obj=locked, data={"in_time": in_time})
    return locked


def remind(*, now: datetime) -> int:
    """In the morning: those open whose time is half, four fifths or all over, each step told once. Safe to repeat."""
    today, told = clock.business_date(now), 0
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('compliance_data_requests', 0))")
        people = list(users_with(DECIDE))
        for request in DataRequest.objects.filter(state__in=OPEN_REQUESTS, told__lt=STEPS[-1]).order_by("due_on", "pk"):
            step = max((one for one in STEPS if passed_percent(request, today) >= one), default=0)
            if step <= request.told:
                continue
            DataRequest.objects.filter(pk=request.pk).update(told=step)
            told += notify(
                users=people,
                kind="data_request.reminder",
                params={"number": request.number, "percent": step, "due": request.due_on.isoformat()},
                url=reverse("compliance:data_request", args=[request.pk]),
                level="danger" if step == STEPS[-1] else "warning",
            )
    return told


def passed_percent(request: DataRequest, today: date) -> int:
    """How much of the time is over, in whole per cent; 100 on the last day."""
    whole = max((request.due_on - request.received_on).days, 1)
    return max(0, (today - request.received_on).days * 100 // whole)


def open_requests() -> QuerySet[DataRequest]:
    return DataRequest.objects.filter(state__in=OPEN_REQUESTS)


def _locked(request: DataRequest, state: DataRequestState) -> DataRequest:
    locked = DataRequest.objects.select_for_update(no_key=True).get(pk=request.pk)
    if locked.state != state:
        raise KeepingRefused(_("这项请求已是“%(state)s”") % {"state": locked.get_state_display()})
    return locked
